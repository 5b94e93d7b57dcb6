package bankfile

import "almoner/domain"

// DeskStream is where a finance office takes turns in classifying: one received file at a time. The class of a line
// depends on what was classified before it, so two files may not be classified at once: each of two payments of one line
// would be taken for the only one.
//
// A turn ends with its file: when the file is classified, anybody may take the next turn. Whoever finds the turn taken by
// a file that is not classified yet classifies that file first, which everybody can, since its bytes are kept. A process
// that was slow meanwhile cannot write to it any more, because its pages name revisions that have passed. Nothing is taken
// over by time.
func DeskStream(finance string) string { return "bankdesk-" + finance }

// Desk is the file whose turn it is; empty before the first.
type Desk struct {
	BankFile string `json:"bankFile"`
}

// EvolveDesk applies one fact.
func EvolveDesk(s Desk, f domain.Fact) Desk {
	if e, ok := f.Event.(TurnTaken); ok {
		s.BankFile = e.BankFile
	}
	return s
}

// TakeTurn asks for the turn of a file. Classified is the file whose turn ended, as the caller found it.
type TakeTurn struct {
	BankFile   string
	Finance    string
	Classified string
}

// DecideTurn gives the turn to a file. Its own turn yields nothing.
func DecideTurn(s Desk, c TakeTurn) ([]domain.Event, error) {
	switch {
	case s.BankFile == c.BankFile:
		return nil, nil
	case c.BankFile == "" || c.Finance == "":
		return nil, domain.Refuse(domain.Invalid, "bankdesk.incomplete", "a turn names no file or no finance office").WithNext("name both")
	case s.BankFile != c.Classified:
		return nil, domain.Refuse(domain.Conflict, "bankdesk.turn", "it is the turn of file %s", s.BankFile).WithNext("classify that file first")
	}
	return []domain.Event{TurnTaken{BankFile: c.BankFile, Finance: c.Finance}}, nil
}
