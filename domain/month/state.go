package month

import (
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Status is where a month stands.
type Status string

// The statuses. The empty status is a month that was never submitted: it is open.
const (
	StatusOpen      Status = ""
	StatusAwaiting  Status = "awaiting"  // submitted, wants signatures
	StatusSentBack  Status = "sent-back" // to its handler
	StatusClosed    Status = "closed"
	StatusReopening Status = "reopening" // closed, and its reopening wants the second signature
	StatusReopened  Status = "reopened"
)

// Stood is what a submission or a close says, as far as decisions and checks need it.
type Stood struct {
	CutOff  int64     `json:"cutOff"`
	Root    string    `json:"root"`
	Round   int       `json:"round"`
	Figures []Figures `json:"figures"` // by programme
}

// State is what decisions about a month need. It shares nothing it may write to.
type State struct {
	Finance   string        `json:"finance"`
	Month     domain.Period `json:"month,omitempty"`
	Status    Status        `json:"status"`
	Submitted Stood         `json:"submitted"`
	Closes    []Stood       `json:"closes,omitempty"` // all of them, the last one last
	Reason    string        `json:"reason,omitempty"` // of the reopening asked for last
	Signing   signoff.State `json:"signing"`          // of the close
	Reopening signoff.State `json:"reopening"`        // of its reopening
}

// Close is the last close; ok is false for a month that was never closed. It stands unless the month was reopened.
func (s State) Close() (c Stood, ok bool) {
	if len(s.Closes) == 0 {
		return Stood{}, false
	}
	return s.Closes[len(s.Closes)-1], true
}

// Closed says that the month is locked.
func (s State) Closed() bool { return s.Status == StatusClosed || s.Status == StatusReopening }

// Evolve applies one fact. Events of other aggregates change nothing.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Submitted:
		s.Finance, s.Month = e.Finance, e.Month
		s.Signing = s.signing(e.Chain).EvolveSubmitted(e.Submission, e.Signed, f.Officer)
		s.Submitted = Stood{CutOff: e.LogIndex, Root: e.Root, Round: e.Round, Figures: slices.Clone(e.Figures)}
		s.Status = StatusAwaiting
	case SignedOff:
		s.Signing = s.Signing.EvolveSigned(e.Signed, f.Officer)
	case SentBack:
		s.Signing, s.Status = s.Signing.EvolveReturned(e.Returned), StatusSentBack
	case Closed:
		s.Status, s.Closes = StatusClosed, append(slices.Clip(s.Closes), s.Submitted)
	case ReopenSubmitted:
		s.Status, s.Reason = StatusReopening, e.Reason
		s.Reopening = s.reopening(e.Chain).EvolveSubmitted(e.Submission, e.Signed, f.Officer)
	case ReopenSignedOff:
		s.Reopening = s.Reopening.EvolveSigned(e.Signed, f.Officer)
	case ReopenSentBack:
		s.Reopening, s.Status = s.Reopening.EvolveReturned(e.Returned), StatusClosed
	case Reopened:
		s.Reopening, s.Status = s.Reopening.EvolveSigned(e.Signed, f.Officer), StatusReopened
	}
	return s
}

// signing is the close's signing state before a submission: the present one, or, for the first and after a reopening, a new
// one that goes on with the rounds and remembers who signed which step.
func (s State) signing(chain []signoff.Step) signoff.State {
	if s.Status == StatusSentBack || s.Status == StatusAwaiting {
		return s.Signing
	}
	return again(s, s.Signing, chain)
}

// reopening is signing for the reopening: each time a month is reopened other people may sign than the last time, but each
// still one step only.
func (s State) reopening(chain []signoff.Step) signoff.State {
	if len(s.Reopening.Chain) > 0 && s.Reopening.Status != signoff.Complete {
		return s.Reopening
	}
	return again(s, signoff.State{Round: s.Reopening.Round}, chain)
}

func again(s State, before signoff.State, chain []signoff.Step) signoff.State {
	next := signoff.Begin(Stream(s.Finance, s.Month), slices.Clone(chain))
	next.Round, next.People = before.Round, slices.Clip(before.People)
	return next
}
