package signoff

import "slices"

// Status is where a subject stands between its handler and its last signature.
type Status string

// Draft is the zero value: not yet submitted, or sent back.
const (
	Draft    Status = ""
	Awaiting Status = "awaiting"
	Complete Status = "complete"
	Refused  Status = "refused"
	Ended    Status = "ended" // withdrawn or cancelled
)

// Mark is a signature of the present round, as far as rules need it.
type Mark struct {
	Step    int    `json:"step"`
	Scope   string `json:"scope"`
	Officer string `json:"officer"`
	Person  string `json:"person"`
	Hash    string `json:"hash"` // of the statement
}

// Stood says that a person has signed a step of this subject in some round.
type Stood struct {
	Person string `json:"person"`
	Step   int    `json:"step"`
}

// State is the sign-off side of a subject's state. It shares nothing it may write to.
//
// It knows handlers by their accounts: an envelope names an officer, not a person. Whose an account is never changes, so the
// shell looks it up when somebody signs (Act.Handlers).
type State struct {
	Subject string     `json:"subject"` // stream
	Chain   []Step     `json:"chain"`
	Status  Status     `json:"status"`
	Round   int        `json:"round"` // of the present or last submission
	Sub     Submission `json:"sub"`
	Step    int        `json:"step"`            // the step that waits for signatures, while awaiting
	Marks   []Mark     `json:"marks,omitempty"` // this round
	People  []Stood    `json:"people,omitempty"`

	LastReturn string `json:"lastReturn,omitempty"` // hash of the statement of the last sending-back

	Handlers []string `json:"handlers,omitempty"` // officer ids of all who opened, prepared or revised it, in any round
}

// Begin is the state of a subject that was just opened with a chain.
func Begin(subject string, chain []Step) State { return State{Subject: subject, Chain: chain} }

// EvolveHandled notes that an officer opened, prepared or revised the subject. An event whose officer is not known adds nobody.
func (s State) EvolveHandled(officer string) State {
	if officer != "" && !slices.Contains(s.Handlers, officer) {
		s.Handlers = append(slices.Clip(s.Handlers), officer)
	}
	return s
}

// EvolveSubmitted applies a submission, whose signature is step 0's.
func (s State) EvolveSubmitted(sub Submission, signed Signed, officer string) State {
	s.Status, s.Round, s.Sub, s.Step, s.Marks = Awaiting, sub.Round, sub, 0, nil
	return s.EvolveSigned(signed, officer)
}

// EvolveSigned applies one signature and moves on when its step is complete.
func (s State) EvolveSigned(signed Signed, officer string) State {
	mark := Mark{Step: signed.Step, Scope: signed.Scope, Officer: officer, Person: signed.Person, Hash: HashText(signed.Signature.Statement)}
	s.Marks = append(slices.Clip(s.Marks), mark)
	s = s.stood(signed.Person, signed.Step)
	for s.Step < len(s.Chain) && s.stepComplete(s.Step) {
		s.Step++
	}
	if s.Step == len(s.Chain) {
		s.Status = Complete
	}
	return s
}

// EvolveReturned applies a sending-back.
func (s State) EvolveReturned(r Returned) State {
	s.Status, s.Marks, s.LastReturn = Draft, nil, HashText(r.Signature.Statement)
	return s.stood(r.Person, r.Step)
}

// EvolveRefused and EvolveEnded close a subject.
func (s State) EvolveRefused() State { s.Status = Refused; return s }

// EvolveEnded closes a subject that was withdrawn or cancelled.
func (s State) EvolveEnded() State { s.Status = Ended; return s }

func (s State) stood(person string, step int) State {
	if !slices.Contains(s.People, Stood{person, step}) {
		s.People = append(slices.Clip(s.People), Stood{person, step})
	}
	return s
}

// Scopes lists what must be signed at a step: the whole, or each section. Step 0 is signed by submitting, as a whole.
func (s State) Scopes(step int) []string {
	if step == 0 || s.Chain[step].Per != Section || len(s.Sub.Sections) == 0 {
		return []string{WholeScope}
	}
	scopes := make([]string, len(s.Sub.Sections))
	for i, section := range s.Sub.Sections {
		scopes[i] = section.Scope
	}
	return scopes
}

// Waiting lists the scopes of the present step that still want a signature.
func (s State) Waiting() []string {
	if s.Status != Awaiting {
		return nil
	}
	var waiting []string
	for _, scope := range s.Scopes(s.Step) {
		if s.count(s.Step, scope) < s.wanted(s.Step) {
			waiting = append(waiting, scope)
		}
	}
	return waiting
}

func (s State) wanted(step int) int { return max(1, s.Chain[step].Min) }

func (s State) count(step int, scope string) int {
	n := 0
	for _, m := range s.Marks {
		if m.Step == step && m.Scope == scope {
			n++
		}
	}
	return n
}

func (s State) stepComplete(step int) bool {
	for _, scope := range s.Scopes(step) {
		if s.count(step, scope) < s.wanted(step) {
			return false
		}
	}
	return true
}

// Totals returns what a scope comes to.
func (s State) Totals(scope string) (Totals, bool) { return s.Sub.totalsOf(scope) }

func (sub Submission) totalsOf(scope string) (Totals, bool) {
	if scope == WholeScope {
		return sub.Totals, true
	}
	for _, section := range sub.Sections {
		if section.Scope == scope {
			return section.Totals, true
		}
	}
	return Totals{}, false
}

// previous is what a statement at a step says of the step before it.
func (s State) previous(step int) string {
	if step == 0 {
		return "-"
	}
	var hashes []string
	for _, m := range s.Marks {
		if m.Step == step-1 {
			hashes = append(hashes, m.Hash)
		}
	}
	return PreviousHash(hashes)
}
