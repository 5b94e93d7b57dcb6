package rulebook

import (
	"regexp"
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// AggregateState is the stream of one rulebook: its published versions, and the one on its way.
//
//	(none) --Propose--> proposed --Submit--> awaiting --SignOff, once per step--> published; the next Propose begins anew
//	awaiting --SendBack--> proposed --Propose another version, or Submit again--> …
//
// The last signature and Published stand in one append, so nothing is in force that is not signed. It shares nothing it
// may write to.
type AggregateState struct {
	ID       string        `json:"id"` // programme@region; empty before the first proposal
	Versions []Version     `json:"versions,omitempty"`
	Proposed *Proposal     `json:"proposed,omitempty"` // nil when nothing is on its way
	Signing  signoff.State `json:"signing"`
}

// Version is one published version.
type Version struct {
	Hash        string      `json:"hash"`
	PublishedOn domain.Date `json:"publishedOn"`
	Source      string      `json:"source"` // the YAML, as written
}

// Proposal is the version put forward last.
type Proposal struct {
	Chain  []signoff.Step `json:"chain"`
	Hash   string         `json:"hash"`
	Lowers string         `json:"lowers,omitempty"` // reason code, when it lowers units already drawn
	Source string         `json:"source"`
}

// EvolveAggregate applies one fact. Events of other aggregates change nothing.
func EvolveAggregate(s AggregateState, f domain.Fact) AggregateState {
	switch e := f.Event.(type) {
	case Proposed:
		s.ID = e.Rulebook
		s.Signing = s.signingOf(e.Chain).EvolveHandled(f.Officer)
		s.Proposed = &Proposal{Chain: slices.Clone(e.Chain), Hash: e.Hash, Lowers: e.Lowers, Source: e.Source}
	case Submitted:
		s.Signing = s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer)
	case SignedOff:
		s.Signing = s.Signing.EvolveSigned(e.Signed, f.Officer)
	case SentBack:
		s.Signing = s.Signing.EvolveReturned(e.Returned)
	case Published:
		s = s.published(e)
	}
	return s
}

// signingOf begins the signing of a proposal. One that replaces a version sent back goes on with its rounds and people:
// who signed one step, or proposed an earlier version, does not sign another of the corrected one.
func (s AggregateState) signingOf(chain []signoff.Step) signoff.State {
	next := signoff.Begin(Stream(s.ID), slices.Clone(chain))
	if s.Proposed != nil {
		next.Round, next.People, next.Handlers = s.Signing.Round, s.Signing.People, s.Signing.Handlers
	}
	return next
}

func (s AggregateState) published(e Published) AggregateState {
	v := Version{Hash: e.Hash, PublishedOn: e.PublishedOn}
	if s.Proposed != nil && s.Proposed.Hash == e.Hash {
		v.Source = s.Proposed.Source
	}
	s.Versions, s.Proposed = append(slices.Clip(s.Versions), v), nil
	return s
}

// Current is the version in force; ok is false before the first was published.
func (s AggregateState) Current() (v Version, ok bool) {
	if len(s.Versions) == 0 {
		return Version{}, false
	}
	return s.Versions[len(s.Versions)-1], true
}

// Version is the version published with a hash; ok is false if there is none.
func (s AggregateState) Version(hash string) (v Version, ok bool) {
	i := slices.IndexFunc(s.Versions, func(v Version) bool { return v.Hash == hash })
	if i < 0 {
		return Version{}, false
	}
	return s.Versions[i], true
}

// Propose puts a version forward for signature.
type Propose struct {
	Book    *Rulebook // parsed, and so checked
	Current *Rulebook // the version in force, parsed; nil before the first was published
	Lowered []string  // units already drawn that the version would lower, as the ledger compared them; none: nothing
	Lowers  string    // code of the reason to lower them; empty: there is none
}

// Submit is the handler's signature over the proposed version.
type Submit struct {
	Origin string // the log's origin
	Root   string // hex signoff.Leaf of the stored bytes of the Proposed event
	Act    signoff.Act
	On     domain.Date // day of publication, should this be the last signature
}

// SignOff is one officer's signature at the step that waits.
type SignOff struct {
	Origin string
	Act    signoff.Act
	On     domain.Date // day of publication, should this be the last signature
}

// Return sends the version back.
type Return = signoff.Return

// chain is who signs a proposal: those whom the version in force names, and for the first version the default. A proposal
// does not choose its own signers.
func (c Propose) chain() []signoff.Step {
	if c.Current == nil {
		return DefaultChain("rulebook")
	}
	return c.Current.Chain("rulebook")
}

// DecidePropose puts a version forward. A version that lowers units already drawn needs a reason, which is then signed.
func (s AggregateState) DecidePropose(c Propose) ([]domain.Event, error) {
	current, _ := s.Current()
	chain := c.chain()
	switch {
	case c.Current != nil && c.Current.Hash() != current.Hash:
		return nil, domain.Refuse(domain.Conflict, "rulebook.not-current", "another version is in force than the one this was prepared against").
			WithNext("compare it with the version in force, and propose it again")
	case s.ID != "" && s.ID != c.Book.ID():
		return nil, domain.Refuse(domain.Conflict, "rulebook.id", "this is the stream of %s, not of %s", s.ID, c.Book.ID()).
			WithNext("propose it as %s", c.Book.ID())
	case s.Proposed != nil && s.Proposed.Hash == c.Book.Hash() && s.Proposed.Lowers == c.Lowers:
		return nil, nil
	case s.Proposed == nil && current.Hash == c.Book.Hash():
		return nil, nil
	case s.Signing.Status == signoff.Awaiting:
		return nil, domain.Refuse(domain.Conflict, "rulebook.awaiting", "another version of %s is being signed", s.ID).
			WithNext("wait until it is published, or have it sent back")
	case len(c.Book.Chain("rulebook")) < 2:
		return nil, domain.Refuse(domain.Invalid, "rulebook.chain", "this version would let one person alone change the rules").
			WithNext("name a handler and a head at least in the chain \"rulebook\"")
	case len(c.Lowered) > 0 && c.Lowers == "":
		return nil, domain.Refuse(domain.Refused, "rulebook.lowers", "the version lowers %d units already drawn, the first being %s", len(c.Lowered), c.Lowered[0]).
			WithNext("correct the rates, or give the reason to lower them")
	case len(c.Lowered) == 0 && c.Lowers != "":
		return nil, domain.Refuse(domain.Invalid, "rulebook.lowers-nothing", "the version lowers no unit already drawn").WithNext("leave the reason out")
	case c.Lowers != "" && !reasonPattern.MatchString(c.Lowers):
		return nil, domain.Refuse(domain.Invalid, "rulebook.reason", "the reason %.40q is not a code", c.Lowers).
			WithNext("give a code of small letters and hyphens, such as wrong-rate")
	}
	return []domain.Event{Proposed{
		Chain: chain, Hash: c.Book.Hash(), Lowers: c.Lowers, Rulebook: c.Book.ID(), Source: string(c.Book.Source()),
	}}, nil
}

var reasonPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Submission is what the handler submits and signs: one line, the stored Proposed event, and no money.
func (s AggregateState) Submission(root string) signoff.Submission {
	hash := ""
	if s.Proposed != nil {
		hash = s.Proposed.Hash
	}
	return signoff.Submission{Round: s.Signing.Round + 1, Rulebook: hash, Totals: signoff.Totals{Lines: 1, Root: root, Total: domain.Fen(0).String()}}
}

// DecideSubmit submits the proposed version. The events' officer MUST be the act's.
func (s AggregateState) DecideSubmit(c Submit) ([]domain.Event, error) {
	if s.submittedBy(c) {
		return nil, nil
	}
	if s.Proposed == nil {
		return nil, domain.Refuse(domain.NotFound, "rulebook.nothing-proposed", "no version is proposed").WithNext("propose one first")
	}
	sub := s.Submission(c.Root)
	signed, err := s.Signing.DecideSubmit(c.Origin, sub, c.Act)
	if err != nil {
		return nil, err
	}
	next := s.Signing.EvolveSubmitted(sub, signed, c.Act.Officer)
	return s.publishing(Submitted{Rulebook: s.ID, Submission: sub, Signed: signed}, next, c.On)
}

// submittedBy says that this person's submission of this very proposal stands.
func (s AggregateState) submittedBy(c Submit) bool {
	standing := s.Signing.Status == signoff.Awaiting || s.Signing.Status == signoff.Complete
	return standing && s.Signing.Sub.Root == c.Root && slices.ContainsFunc(s.Signing.Marks, func(m signoff.Mark) bool {
		return m.Step == 0 && m.Officer == c.Act.Officer && m.Person == c.Act.Person
	})
}

// DecideSignOff signs the step that waits; the last signature also publishes.
func (s AggregateState) DecideSignOff(c SignOff) ([]domain.Event, error) {
	c.Act.Scope = signoff.WholeScope // a version has no sections
	signed, changed, err := s.Signing.DecideSign(c.Origin, c.Act, signoff.Agree)
	if err != nil || !changed {
		return nil, err
	}
	return s.publishing(SignedOff{Rulebook: s.ID, Signed: signed}, s.Signing.EvolveSigned(signed, c.Act.Officer), c.On)
}

// publishing appends Published to a signature that was the last.
func (s AggregateState) publishing(signature domain.Event, next signoff.State, on domain.Date) ([]domain.Event, error) {
	if next.Status != signoff.Complete {
		return []domain.Event{signature}, nil
	}
	if !on.Valid() {
		return nil, domain.Refuse(domain.Invalid, "rulebook.published-on", "the last signature publishes the version and needs a day").WithNext("say on which day")
	}
	return []domain.Event{signature, Published{Hash: s.Proposed.Hash, PublishedOn: on, Rulebook: s.ID}}, nil
}

// DecideSendBack sends the version back. A new proposal, or submitting again, starts the next round.
func (s AggregateState) DecideSendBack(c Return) ([]domain.Event, error) {
	c.Act.Scope = signoff.WholeScope
	returned, news, err := s.Signing.DecideReturn(c)
	if err != nil || !news {
		return nil, err
	}
	return []domain.Event{SentBack{Rulebook: s.ID, Returned: returned}}, nil
}
