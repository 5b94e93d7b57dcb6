package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
)

// subjectOpened adds a subject, or begins it anew: a rulebook's next version.
func (b *batch) subjectOpened(at, stream int64, s Subject) error {
	empty, err := encode(SubjectCounts{})
	if err != nil {
		return err
	}
	signing, err := encode(signoff.State{})
	if err != nil {
		return err
	}
	return b.exec(`INSERT OR REPLACE INTO subjects_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		stream, string(s.Kind), s.ID, s.Office, s.Programme, s.Person, s.Change, StatusDraft, at, at, empty, signing)
}

// subjectChanged writes where a subject stands, and who it waits for.
func (b *batch) subjectChanged(at, stream int64, status string, counts SubjectCounts, signing signoff.State) error {
	data, err := encode(counts)
	if err != nil {
		return err
	}
	state, err := encode(signing)
	if err != nil {
		return err
	}
	if err := b.exec(`UPDATE subjects_v1 SET status = ?, changed = ?, data = ?, signing = ? WHERE stream = ?`, status, at, data, state, stream); err != nil {
		return err
	}
	if err := b.exec(`DELETE FROM waits_v1 WHERE stream = ?`, stream); err != nil {
		return err
	}
	capacity, scopes := wants(signing, status)
	for _, scope := range scopes {
		if err := b.exec(`INSERT INTO waits_v1 VALUES (?, ?, ?)`, stream, capacity, scope); err != nil {
			return err
		}
	}
	return nil
}

// wants is the capacity a subject waits for, and over what: the handler's submission first, then the present step. An
// import waits for its handler once its rows are read, a pay run once its list is prepared; one that was sent back waits
// for its handler too.
func wants(s signoff.State, status string) (capacity string, scopes []string) {
	switch {
	case len(s.Chain) == 0:
		return "", nil
	case s.Status == signoff.Awaiting:
		return s.Chain[s.Step].Capacity(), s.Waiting()
	case s.Status == signoff.Draft && status != StatusReading:
		return s.Chain[0].Capacity(), []string{signoff.WholeScope}
	}
	return "", nil
}

// applySubject takes an event of a case, an import or a rulebook.
func (b *batch) applySubject(at, stream int64, e *decoded) error {
	if err := b.opening(at, stream, e); err != nil {
		return err
	}
	s, err := b.subject(stream)
	if err != nil || s == nil {
		return err
	}
	changed := evolveSubject(s, e.Fact, e.Envelope.Stream)
	if !changed {
		return nil
	}
	if err := b.subjectChanged(at, stream, s.Status, s.Counts, s.Signing); err != nil {
		return err
	}
	return b.subjectFollowUps(at, stream, e)
}

func (b *batch) subject(stream int64) (*Subject, error) {
	var s Subject
	var data, signing []byte
	found, err := b.row([]any{&s.Status, &data, &signing}, `SELECT status, data, signing FROM subjects_v1 WHERE stream = ?`, stream)
	if err != nil || !found {
		return nil, err
	}
	if err := codec.Unmarshal(data, &s.Counts); err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	return &s, codec.Unmarshal(signing, &s.Signing)
}

// opening takes the events that bring a subject into being.
func (b *batch) opening(at, stream int64, e *decoded) error {
	switch event := e.Event.(type) {
	case cases.Opened:
		return b.subjectOpened(at, stream, Subject{Kind: CaseSubject, ID: event.Case, Office: event.Office,
			Programme: event.Change.Programme, Person: event.Change.Person, Change: string(event.Change.Kind)})
	case imports.Opened:
		return b.subjectOpened(at, stream, Subject{Kind: ImportSubject, ID: event.Import, Office: event.Office, Programme: event.Programme})
	case rulebook.Proposed:
		if err := b.exec(`INSERT OR REPLACE INTO rulebooks_v1 VALUES (?, ?, ?, NULL, NULL, ?)`, event.Rulebook, event.Hash, at, event.Source); err != nil {
			return err
		}
		return b.subjectOpened(at, stream, Subject{Kind: RulebookSubject, ID: event.Rulebook, Office: e.Envelope.Office})
	case rulebook.Published:
		return b.exec(`UPDATE rulebooks_v1 SET published = ?, published_on = ? WHERE rulebook = ? AND hash = ?`,
			at, nullDay(event.PublishedOn), event.Rulebook, event.Hash)
	}
	return nil
}

// evolveSubject moves a subject on; changed is false for events that do not.
func evolveSubject(s *Subject, f domain.Fact, stream string) (changed bool) {
	switch e := f.Event.(type) {
	case cases.Opened:
		s.begin(stream, e.Chain, StatusDraft)
	case imports.Opened:
		s.begin(stream, e.Chain, StatusReading)
	case rulebook.Proposed:
		s.begin(stream, e.Chain, StatusDraft)
	case cases.Submitted:
		s.signed(s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer))
	case imports.Submitted:
		s.signed(s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer))
	case rulebook.Submitted:
		s.signed(s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer))
	case cases.SignedOff:
		s.signed(s.Signing.EvolveSigned(e.Signed, f.Officer))
	case imports.SignedOff:
		s.signed(s.Signing.EvolveSigned(e.Signed, f.Officer))
	case rulebook.SignedOff:
		s.signed(s.Signing.EvolveSigned(e.Signed, f.Officer))
	case cases.SentBack:
		s.sentBack(e.Returned)
	case imports.SentBack:
		s.sentBack(e.Returned)
	case rulebook.SentBack:
		s.sentBack(e.Returned)
	default:
		return s.end(f.Event)
	}
	return true
}

func (s *Subject) begin(stream string, chain []signoff.Step, status string) {
	s.Signing, s.Status, s.Counts = signoff.Begin(stream, chain), status, SubjectCounts{}
}

func (s *Subject) signed(signing signoff.State) {
	s.Signing, s.Status = signing, StatusAwaiting
	if signing.Status == signoff.Complete {
		s.Status = StatusSigned
	}
}

func (s *Subject) sentBack(r signoff.Returned) {
	s.Signing, s.Status = s.Signing.EvolveReturned(r), StatusSentBack
}

// end takes the events after which nothing more is signed, and what is counted on the way.
func (s *Subject) end(event domain.Event) (changed bool) {
	switch e := event.(type) {
	case imports.Read:
		s.Status, s.Counts.Accepted, s.Counts.Refused = StatusDraft, e.Accepted, e.Refused
	case cases.Revised:
	case cases.Withdrawn, imports.Withdrawn:
		s.Status, s.Signing = StatusWithdrawn, s.Signing.EvolveEnded()
	case cases.Decided:
		s.decided(e.Outcome)
	case imports.Decided:
		s.decided(e.Outcome)
	case imports.RowFailed:
		s.Counts.Failed++
	case cases.Applied:
		s.Status, s.Counts.Rule = StatusApplied, e.Failed
		if e.Failed != "" {
			s.Status = StatusFailed
		}
	case imports.Applied:
		s.Status, s.Counts.Applied, s.Counts.Failed = StatusApplied, e.Applied, e.Failed
	case rulebook.Published:
		s.Status = StatusPublished
	default:
		return false
	}
	return true
}

func (s *Subject) decided(outcome string) {
	s.Status = StatusAgreed
	if outcome != cases.Agreed {
		s.Status, s.Signing = StatusRefused, s.Signing.EvolveRefused()
	}
}

// subjectFollowUps keeps the intents of cases and imports.
func (b *batch) subjectFollowUps(at, stream int64, e *decoded) error {
	switch event := e.Event.(type) {
	case cases.Decided:
		if event.Outcome == cases.Agreed {
			return b.intend(stream, ApplyEffects, at, "", "")
		}
	case imports.Decided:
		if event.Outcome == cases.Agreed {
			return b.intend(stream, ApplyEffects, at, "", "")
		}
	case cases.Applied, imports.Applied:
		return b.fulfil(stream, ApplyEffects)
	}
	return nil
}
