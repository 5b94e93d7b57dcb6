package imports

import (
	"fmt"
	"reflect"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/signoff"
)

// Limits of reading. An append holds at most 500 events. Sections stand in one event of at most 60,000 bytes, at 150
// bytes each.
const (
	MaxBatch    = 500 // parts or rows
	MaxSections = 350 // villages
)

// Open asks for an import; it says what Opened will say.
type Open Opened

// DecideOpen opens an import. The same import asked for again yields nothing; another under its id is refused.
func DecideOpen(s State, c Open) ([]domain.Event, error) {
	if s.Status != "" {
		c.Private = nil
		if reflect.DeepEqual(s.Opened, Opened(c)) {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "import.exists", "the import %s is open already, of another file", c.Import).WithNext("open one under a new id")
	}
	for _, field := range []struct{ name, value string }{
		{"id", c.Import}, {"file", c.File}, {"commitment", c.Commitment}, {"office", c.Office}, {"programme", c.Programme}, {"region", c.Region}, {"rulebook", c.Rulebook},
	} {
		if field.value == "" {
			return nil, domain.Refuse(domain.Invalid, "import.incomplete", "the import has no %s", field.name).WithNext("name the %s", field.name)
		}
	}
	if c.Parts < 1 || c.Size < 1 {
		return nil, domain.Refuse(domain.Invalid, "import.empty-file", "the file has %d bytes in %d parts", c.Size, c.Parts).WithNext("choose a file that is not empty")
	}
	if err := checkChain(c.Chain); err != nil {
		return nil, err
	}
	return []domain.Event{Opened(c)}, nil
}

func checkChain(chain []signoff.Step) error {
	const next = "correct the chain \"import\" of the rulebook: whoever reads the file signs first, and others after"
	if len(chain) < 2 || chain[0].Duty != signoff.Handler {
		return domain.Refuse(domain.Invalid, "import.chain", "the chain of sign-offs has fewer than two steps or does not begin with a handler").WithNext(next)
	}
	for i, step := range chain {
		if err := step.Check(); err != nil {
			return domain.Refuse(domain.Invalid, "import.chain", "step %d of the chain of sign-offs: %v", i+1, err).WithNext(next)
		}
	}
	return nil
}

// known refuses what is asked of an import that was never opened.
func known(s State) error {
	if s.Status == "" {
		return domain.Refuse(domain.NotFound, "import.unknown", "there is no such import").WithNext("check the id, or open the import")
	}
	return nil
}

// reading refuses what belongs to reading when that has ended.
func reading(s State) error {
	if s.Status != StatusReading {
		return domain.Refuse(domain.Conflict, "import.not-reading", "the import is %s; what was read stands", s.Status).WithNext("open another import for another file")
	}
	return nil
}

// whileReading passes on what is new, which nothing may be once reading has ended.
func whileReading(s State, events []domain.Event) ([]domain.Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	if err := reading(s); err != nil {
		return nil, err
	}
	return events, nil
}

// KeepParts keeps parts of the file, in order.
type KeepParts struct {
	Parts []FilePart
}

// DecideParts keeps the parts that are not kept yet. Parts kept before are passed over, so that a slow upload can be
// sent again from its beginning.
func DecideParts(s State, c KeepParts) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if len(c.Parts) > MaxBatch {
		return nil, tooMany("parts", len(c.Parts))
	}
	var events []domain.Event
	kept := s.Parts
	for _, p := range c.Parts {
		same := p.File == s.Opened.File
		switch {
		case same && p.Part >= 1 && p.Part <= kept:
			continue
		case !same || p.Part != kept+1 || p.Part > s.Opened.Parts:
			return nil, domain.Refuse(domain.Conflict, "import.part-order", "part %d of the file %s stands where part %d of %d is expected", p.Part, p.File, kept+1, s.Opened.Parts).
				WithNext("send the parts of the file in order")
		}
		p.Import, kept = s.Opened.Import, p.Part
		events = append(events, p)
	}
	return whileReading(s, events)
}

func tooMany(what string, n int) error {
	return domain.Refuse(domain.Invalid, "import.batch", "%d %s at once; at most %d", n, what, MaxBatch).WithNext("send %d at a time", MaxBatch)
}

// Rows are rows in the order of the file, accepted or refused: each a RowAccepted or a RowRefused, whose Import may be empty.
type Rows struct {
	Rows []domain.Event
}

// DecideRows records the rows after the last one read. Rows read before are passed over: reading resumes where it broke off.
func DecideRows(s State, c Rows) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if len(c.Rows) > MaxBatch {
		return nil, tooMany("rows", len(c.Rows))
	}
	var events []domain.Event
	last, total := s.Last, s.Total
	for _, event := range c.Rows {
		place, money, named, err := s.checkRow(event)
		if err != nil {
			return nil, err
		}
		if place.Compare(last) <= 0 {
			if len(events) == 0 {
				continue
			}
			return nil, domain.Refuse(domain.Invalid, "import.row-order", "row %d of sheet %q comes after row %d of sheet %q", place.Row, place.Sheet, last.Row, last.Sheet).
				WithNext("send the rows in the order of the file, each once")
		}
		last, total = place, total.Add(money)
		events = append(events, named)
	}
	if !total.InBounds() {
		return nil, domain.Refuse(domain.Invalid, "import.total-bounds", "the rows come to %v yuan, more than can be written", total).WithNext("correct the amounts")
	}
	return whileReading(s, events)
}

// checkRow returns a row's place and money, and the event as it will be recorded.
func (s State) checkRow(event domain.Event) (Place, domain.Money, domain.Event, error) {
	switch e := event.(type) {
	case RowAccepted:
		e.Import = s.Opened.Import
		place := Place{e.Sheet, e.Row}
		if e.Private != nil && e.File != s.Opened.File {
			return place, domain.Money{}, nil, domain.Refuse(domain.Invalid, "import.row-file", "the warnings of row %d are for another file", e.Row).WithNext("seal them under the key of the import's file")
		}
		if err := cases.CheckChange(e.Change); err != nil {
			return place, domain.Money{}, nil, fmt.Errorf("row %d: %w", e.Row, err)
		}
		if e.Change.Programme != s.Opened.Programme || e.Change.Region != s.Opened.Region || e.Change.Rulebook != s.Opened.Rulebook {
			return place, domain.Money{}, nil, domain.Refuse(domain.Invalid, "import.another-programme", "row %d is not for the programme, region and rulebook of the import", e.Row).
				WithNext("open an import for each programme and region")
		}
		return place, cases.Money(e.Change), e, place.check()
	case RowRefused:
		e.Import = s.Opened.Import
		place := Place{e.Sheet, e.Row}
		if len(e.Rules) == 0 || e.File != s.Opened.File {
			return place, domain.Money{}, nil, domain.Refuse(domain.Invalid, "import.refused-row", "row %d is refused without a rule, or for another file", e.Row).WithNext("name the rules that refuse the row")
		}
		return place, domain.Money{}, e, place.check()
	}
	return Place{}, domain.Money{}, nil, domain.Refuse(domain.Invalid, "import.row", "%T is no row", event).WithNext("send accepted and refused rows")
}

func (p Place) check() error {
	if p.Row < 1 || sheetNumber(p.Sheet) < 0 {
		return domain.Refuse(domain.Invalid, "import.place", "row %d of sheet %q is no place in a file", p.Row, p.Sheet).WithNext("number rows from 1, and sheets from 1 or not at all")
	}
	return nil
}

// FinishReading says how many rows were read, and the root over the accepted ones' stored entries in order.
type FinishReading struct {
	Accepted int
	Refused  int
	Root     string // hex
}

// DecideRead ends reading, when the file is whole and the counts agree with the rows.
func DecideRead(s State, c FinishReading) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	agree := c.Accepted == s.Accepted && c.Refused == s.Refused
	if s.Root != "" && agree && c.Root == s.Root {
		return nil, nil
	}
	if err := reading(s); err != nil {
		return nil, err
	}
	if s.Parts != s.Opened.Parts {
		return nil, domain.Refuse(domain.Conflict, "import.file-incomplete", "%d of the file's %d parts are kept", s.Parts, s.Opened.Parts).WithNext("send the parts from %d on", s.Parts+1)
	}
	if !agree {
		return nil, domain.Refuse(domain.Conflict, "import.counts", "%d accepted and %d refused rows were recorded, not %d and %d", s.Accepted, s.Refused, c.Accepted, c.Refused).
			WithNext("go on reading after row %d", s.Last.Row)
	}
	if _, err := signoff.ParseHex(c.Root); err != nil {
		return nil, domain.Refuse(domain.Invalid, "import.root", "%v", err).WithNext("compute the root over the entries of the accepted rows")
	}
	if len(s.Villages) > MaxSections {
		return nil, domain.Refuse(domain.Invalid, "import.sections", "the file covers %d villages; one import holds %d", len(s.Villages), MaxSections).
			WithNext("withdraw this import and open one for each town")
	}
	return []domain.Event{Read{Accepted: c.Accepted, Import: s.Opened.Import, Refused: c.Refused, Root: c.Root}}, nil
}
