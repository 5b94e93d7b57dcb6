package imports

import (
	"cmp"
	"slices"
	"strconv"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/signoff"
)

// Status is where an import stands.
type Status string

// The statuses, in the order of the lifecycle. The empty status is an import that was never opened.
const (
	StatusReading   Status = "reading"
	StatusRead      Status = "read"
	StatusAwaiting  Status = "awaiting"
	StatusSentBack  Status = "sent-back"
	StatusAgreed    Status = "agreed" // its rows are taking effect
	StatusWithdrawn Status = "withdrawn"
	StatusApplied   Status = "applied"
)

// Agreed is the outcome of Decided.
const Agreed = "agreed"

// State is what decisions about an import need. It holds counts and sums, never rows.
type State struct {
	Opened   Opened `json:"opened"`
	OpenedBy string `json:"openedBy"` // officer
	Status   Status `json:"status"`

	// Reading.
	Parts    int          `json:"parts"` // of the file, kept so far
	Accepted int          `json:"accepted"`
	Refused  int          `json:"refused"`
	Last     Place        `json:"last"` // of the last row read
	Total    domain.Money `json:"total"`
	Villages []Village    `json:"villages,omitempty"` // of accepted rows, in the order of their codes
	Root     string       `json:"root,omitempty"`     // once read

	// Signing and effect.
	Signing    signoff.State `json:"signing"`
	Failed     int           `json:"failed"`
	LastFailed Place         `json:"lastFailed"`
}

// Village is what one village's accepted rows come to.
type Village struct {
	Code  domain.AreaCode `json:"code"`
	Lines int             `json:"lines"`
	Total domain.Money    `json:"total"` // of one-off money and write-offs; 0.00 for every other change
}

// Place is where a row stands in its file.
type Place struct {
	Sheet string `json:"sheet,omitempty"`
	Row   int    `json:"row"`
}

// Compare orders places as the file does: sheets by their number, a file without sheets first, then rows.
func (p Place) Compare(other Place) int {
	return cmp.Or(cmp.Compare(sheetNumber(p.Sheet), sheetNumber(other.Sheet)), cmp.Compare(p.Row, other.Row))
}

// sheetNumber is 0 for no sheet, -1 for what is no sheet's number.
func sheetNumber(sheet string) int {
	if sheet == "" {
		return 0
	}
	n, err := strconv.Atoi(sheet)
	if err != nil || n < 1 || strconv.Itoa(n) != sheet {
		return -1
	}
	return n
}

// Evolve applies one fact. Facts that are not an import's leave the state as it is.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Opened:
		private := e
		private.Private = nil
		s = State{Opened: private, OpenedBy: f.Officer, Status: StatusReading, Signing: signoff.Begin(Stream(e.Import), e.Chain).EvolveHandled(f.Officer)}
	case FilePart:
		s.Parts, s.Signing = e.Part, s.Signing.EvolveHandled(f.Officer)
	case RowAccepted:
		money := cases.Money(e.Change)
		s.Accepted, s.Last, s.Total = s.Accepted+1, Place{e.Sheet, e.Row}, s.Total.Add(money)
		s.Villages = count(s.Villages, e.Change.Village, money)
		s.Signing = s.Signing.EvolveHandled(f.Officer)
	case RowRefused:
		s.Refused, s.Last = s.Refused+1, Place{e.Sheet, e.Row}
		s.Signing = s.Signing.EvolveHandled(f.Officer)
	case Read:
		s.Status, s.Root = StatusRead, e.Root
		s.Signing = s.Signing.EvolveHandled(f.Officer)
	case Submitted:
		s.Status, s.Signing = StatusAwaiting, s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer)
	case SignedOff:
		s.Signing = s.Signing.EvolveSigned(e.Signed, f.Officer)
	case SentBack:
		s.Status, s.Signing = StatusSentBack, s.Signing.EvolveReturned(e.Returned)
	case Withdrawn:
		s.Status, s.Signing = StatusWithdrawn, s.Signing.EvolveEnded()
	case Decided:
		s.Status = StatusAgreed
	case RowFailed:
		s.Failed, s.LastFailed = s.Failed+1, Place{e.Sheet, e.Row}
	case Applied:
		s.Status = StatusApplied
	}
	return s
}

// count adds one row to its village. It returns a new slice, so that folds share none.
func count(villages []Village, code domain.AreaCode, money domain.Money) []Village {
	i, found := slices.BinarySearchFunc(villages, code, func(v Village, code domain.AreaCode) int { return cmp.Compare(v.Code, code) })
	villages = slices.Clone(villages)
	if !found {
		villages = slices.Insert(villages, i, Village{Code: code})
	}
	villages[i].Lines++
	villages[i].Total = villages[i].Total.Add(money)
	return villages
}

// Submission is what the handler submits and signs. roots are the hex RFC 6962 roots over each village's accepted rows in
// order, by village; a village without one gets the empty root, which DecideSubmit refuses.
func (s State) Submission(roots map[domain.AreaCode]string) signoff.Submission {
	sub := signoff.Submission{
		Round: s.Signing.Round + 1, Rulebook: s.Opened.Rulebook,
		Totals: signoff.Totals{Lines: s.Accepted, Root: s.Root, Total: s.Total.String()},
	}
	for _, v := range s.Villages {
		sub.Sections = append(sub.Sections, signoff.SectionTotals{
			Scope: string(v.Code), Totals: signoff.Totals{Lines: v.Lines, Root: roots[v.Code], Total: v.Total.String()},
		})
	}
	return sub
}
