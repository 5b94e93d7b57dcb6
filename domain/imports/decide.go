package imports

import (
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Submit is the handler's signature (经办) over Submission(Roots).
type Submit struct {
	Origin string // of the log
	Roots  map[domain.AreaCode]string
	Act    signoff.Act
}

// DecideSubmit starts the signatures over the rows as read.
func DecideSubmit(s State, c Submit) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	hash := signoff.HashText(c.Act.Statement)
	if slices.ContainsFunc(s.Signing.Marks, func(m signoff.Mark) bool { return m.Step == 0 && m.Hash == hash }) {
		return nil, nil
	}
	if s.Status != StatusRead {
		return nil, domain.Refuse(domain.Conflict, "import.not-read", "the import is %s; only a file that was read can be submitted", s.Status).
			WithNext("read the file to its end; a file that was sent back is withdrawn and imported again")
	}
	if s.Accepted == 0 {
		return nil, domain.Refuse(domain.Refused, "import.nothing-accepted", "no row of the file was accepted").WithNext("withdraw the import and correct the file")
	}
	sub := s.Submission(c.Roots)
	if err := checkRoots(sub, len(c.Roots)); err != nil {
		return nil, err
	}
	signed, err := s.Signing.DecideSubmit(c.Origin, sub, c.Act)
	if err != nil {
		return nil, err
	}
	return []domain.Event{Submitted{Import: s.Opened.Import, Submission: sub, Signed: signed}}, nil
}

// checkRoots checks that every village has a root and nobody else, and that the only section is the whole.
func checkRoots(sub signoff.Submission, roots int) error {
	refused := domain.Refuse(domain.Invalid, "import.section-roots", "%d roots were given for %d villages, or one of them is no hash", roots, len(sub.Sections)).
		WithNext("compute the root of each village over its accepted rows")
	if roots != len(sub.Sections) {
		return refused
	}
	for _, section := range sub.Sections {
		if _, err := signoff.ParseHex(section.Root); err != nil {
			return refused
		}
	}
	if len(sub.Sections) == 1 && sub.Sections[0].Root != sub.Root {
		return refused
	}
	return nil
}

// SignOff is one officer's agreement at the present step, for the whole or for a village.
type SignOff struct {
	Origin string
	On     domain.Date // today, should this decide the import
	Act    signoff.Act
}

// DecideSignOff records a signature; the last one decides the import in the same append.
func DecideSignOff(s State, c SignOff) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	signed, news, err := s.Signing.DecideSign(c.Origin, c.Act, signoff.Agree)
	if err != nil || !news {
		return nil, err
	}
	events := []domain.Event{SignedOff{Import: s.Opened.Import, Signed: signed}}
	if s.Signing.EvolveSigned(signed, c.Act.Officer).Status != signoff.Complete {
		return events, nil
	}
	if !c.On.Valid() {
		return nil, domain.Refuse(domain.Invalid, "import.decided-on", "the day of the decision is missing").WithNext("name the day")
	}
	return append(events, Decided{DecidedOn: c.On, Import: s.Opened.Import, Outcome: Agreed}), nil
}

// SendBack is one officer's signed sending-back (补正) to an earlier step.
type SendBack = signoff.Return

// DecideSendBack voids the signatures. The import can then only be withdrawn.
func DecideSendBack(s State, c SendBack) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	returned, news, err := s.Signing.DecideReturn(c)
	if err != nil || !news {
		return nil, err
	}
	return []domain.Event{SentBack{Import: s.Opened.Import, Returned: returned}}, nil
}

// Withdraw takes an import back.
type Withdraw struct {
	Officer string
	Office  string
	Reason  string // closed code
}

// DecideWithdraw ends an import that is not decided, for the officer or the office that opened it.
func DecideWithdraw(s State, c Withdraw) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case c.Officer != s.OpenedBy && c.Office != s.Opened.Office:
		return nil, domain.Refuse(domain.Forbidden, "import.withdrawn-by", "another office opened this import").WithNext("ask the office %s", s.Opened.Office)
	case s.Status == StatusWithdrawn:
		return nil, nil
	case s.Status == StatusAgreed || s.Status == StatusApplied:
		return nil, domain.Refuse(domain.Conflict, "import.decided", "the import is %s", s.Status).WithNext("open cases that correct its effects")
	case c.Reason == "":
		return nil, domain.Refuse(domain.Invalid, "import.reason", "withdrawing needs a reason").WithNext("name a reason code")
	}
	return []domain.Event{Withdrawn{Import: s.Opened.Import, Reason: c.Reason}}, nil
}

// FailRow says that a signed row could not take effect, and which rule stopped it.
type FailRow struct {
	Person string
	Place  Place
	Rule   string
}

// DecideRowFailed records a failed row. Rows MUST take effect in the order of the file: a row at or before the last failed
// one is taken for the same report again.
func DecideRowFailed(s State, c FailRow) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	if s.Failed > 0 && c.Place.Compare(s.LastFailed) <= 0 {
		return nil, nil
	}
	if err := s.takesEffect(); err != nil {
		return nil, err
	}
	if err := c.Place.check(); err != nil {
		return nil, err
	}
	switch {
	case c.Person == "" || c.Rule == "":
		return nil, domain.Refuse(domain.Invalid, "import.failed-row", "row %d failed without a person or a rule", c.Place.Row).WithNext("name both")
	case c.Place.Compare(s.Last) > 0 || s.Failed >= s.Accepted:
		return nil, domain.Refuse(domain.Conflict, "import.no-row", "the import has no such row, or all its %d rows failed already", s.Accepted).WithNext("read the rows of the import again")
	}
	return []domain.Event{RowFailed{Import: s.Opened.Import, Person: c.Person, Row: c.Place.Row, Rule: c.Rule, Sheet: c.Place.Sheet}}, nil
}

func (s State) takesEffect() error {
	if s.Status == StatusAgreed {
		return nil
	}
	return domain.Refuse(domain.Conflict, "import.not-agreed", "the import is %s; only what was agreed takes effect, once", s.Status).WithNext("look at its signatures")
}

// Apply says how many rows took effect and how many failed.
type Apply struct {
	Applied int
	Failed  int
}

// DecideApplied ends an agreed import, when every accepted row took effect or failed.
func DecideApplied(s State, c Apply) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	agree := c.Failed == s.Failed && c.Applied+c.Failed == s.Accepted
	if s.Status == StatusApplied && agree {
		return nil, nil
	}
	if err := s.takesEffect(); err != nil {
		return nil, err
	}
	if !agree {
		return nil, domain.Refuse(domain.Conflict, "import.applied-counts", "%d rows applied and %d failed; %d were accepted and %d recorded as failed", c.Applied, c.Failed, s.Accepted, s.Failed).
			WithNext("go on with the rows that neither took effect nor failed")
	}
	return []domain.Event{Applied{Applied: c.Applied, Failed: c.Failed, Import: s.Opened.Import}}, nil
}
