package ledger

import (
	"context"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/codec"
	"almoner/domain/rulebook"
	"almoner/domain/slot"
	"almoner/eventstore"
)

// An agreed change takes effect in this order, each step durable before the next:
//
//	claims on slots → the person's events → slots given back by exits → persons named only as related
//
// A claim that was taken for an enrolment which the person's stream then refused is given up: claim-abandoned in that
// stream first, so that no slower process can still enrol on it, then the failure is recorded, then the slot is free. Every
// step is a follow-up with an id of its own and may be repeated after a crash at any point.

// agreedRow is one agreed change: that of a case, or one row of an import.
type agreedRow struct {
	cause  string // event id of the change
	change change.Change
	row    int
	sheet  string
	failed string // rule that stopped it

	recorded bool     // the failure stands in the import already
	wants    []wanted // slots it claims; worked out by claim
}

// effects carries agreed changes out in the name of whoever signed last.
type effects struct {
	*Ledger
	actor     Actor
	intent    string // event id of the decision
	book      *rulebook.Rulebook
	decidedOn domain.Date
}

func (e *effects) agreed(r *agreedRow) change.Agreed {
	return change.Agreed{Cause: r.cause, Rulebook: e.book, DecidedOn: e.decidedOn}
}

// take carries out a chunk of changes. A change that may not take effect any more gets its rule in failed; record makes that
// durable, after no slower process can enrol on the change's claims any more and before those are given back. An error is a
// fault, and the call may be repeated.
func (e *effects) take(ctx context.Context, rows []*agreedRow, record func() error) error {
	keys, err := e.rowKeys(ctx, rows)
	if err != nil {
		return err
	}
	if err := e.claim(ctx, rows, keys); err != nil {
		return fmt.Errorf("claim slots: %w", err)
	}
	if err := e.enter(ctx, rows, keys); err != nil {
		return fmt.Errorf("append to persons: %w", err)
	}
	if err := e.abandonFailed(ctx, rows, keys); err != nil {
		return fmt.Errorf("give up claims: %w", err)
	}
	if err := record(); err != nil {
		return err
	}
	if err := e.releaseFailed(ctx, rows, keys); err != nil {
		return fmt.Errorf("give back slots: %w", err)
	}
	if err := e.relate(ctx, rows, keys); err != nil {
		return fmt.Errorf("register relatives: %w", err)
	}
	return nil
}

// rowKeys reads the keys of everybody the rows name.
func (e *effects) rowKeys(ctx context.Context, rows []*agreedRow) (codec.KeySource, error) {
	var kids []string
	for _, r := range rows {
		kids = append(kids, r.change.Person)
		for _, x := range r.change.Related {
			kids = append(kids, x.Person)
		}
	}
	return e.bulkKeys(ctx, kids)
}

// enter appends the changes to the persons' streams and releases the slots of enrolments that ended.
func (e *effects) enter(ctx context.Context, rows []*agreedRow, keys codec.KeySource) error {
	var tasks []*task[beneficiary.State]
	var of []*agreedRow
	for _, r := range rows {
		if r.failed != "" {
			continue
		}
		c := r.change
		tasks = append(tasks, &task[beneficiary.State]{
			stream: beneficiary.Stream(c.Person), step: "effect", cause: r.cause,
			fresh:  c.Private != nil && c.Private.Identity != nil, // nothing was known when it was proposed
			decide: func(s beneficiary.State) ([]domain.Event, error) { return change.Effects(s, c, e.agreed(r)) },
		})
		of = append(of, r)
	}
	if err := runTasks(ctx, e.Ledger, e.actor, tasks, beneficiary.Evolve, keys); err != nil {
		return err
	}
	var releases []*task[slot.State]
	for i, t := range tasks {
		if t.refused != nil {
			of[i].failed = ruleOf(t.refused)
			continue
		}
		releases = append(releases, e.releases(of[i], t.state.state)...)
	}
	return runTasks(ctx, e.Ledger, e.actor, releases, slot.Evolve, keys)
}

// releases gives back the slots of the enrolment that a change ended.
func (e *effects) releases(r *agreedRow, s beneficiary.State) []*task[slot.State] {
	var ended string
	reason := slot.Exited
	switch c := r.change; {
	case c.Exit != nil && c.Exit.Enrolment != "":
		ended = c.Exit.Enrolment
	case c.Exit != nil:
		open, _ := s.Open(c.Programme)
		ended = open.ID
	case c.Correction != nil && c.Correction.Annul:
		ended, reason = c.Correction.Of, slot.Annulled
	}
	enrolment, _ := s.Enrolment(ended)
	var out []*task[slot.State]
	for _, claim := range enrolment.Slots {
		out = append(out, e.releaseAllTask(r.cause, claim, ended, reason))
	}
	return out
}

// releaseAllTask gives back whatever an enrolment holds of a slot: the claim it was made with, or the one it got when an
// exit of it was corrected.
func (e *effects) releaseAllTask(cause string, at beneficiary.Claim, enrolment string, reason slot.Reason) *task[slot.State] {
	return &task[slot.State]{
		stream: slot.Stream(at.Group, at.Person), step: "release-all|" + enrolment, cause: cause,
		decide: func(s slot.State) ([]domain.Event, error) {
			var events []domain.Event
			for _, c := range s.Claims {
				if c.Enrolment != enrolment {
					continue
				}
				more, err := s.DecideRelease(slot.Release{Group: at.Group, Person: at.Person, Claim: c.Claim, Reason: reason})
				if err != nil {
					return nil, err
				}
				events = append(events, more...)
			}
			return events, nil
		},
	}
}

// releaseTask gives one claim back. A claim that is not there needs nothing.
func (e *effects) releaseTask(cause string, claim beneficiary.Claim, reason slot.Reason) *task[slot.State] {
	return &task[slot.State]{
		stream: slot.Stream(claim.Group, claim.Person), step: "release|" + claim.Claim, cause: cause,
		decide: func(s slot.State) ([]domain.Event, error) {
			if !slices.ContainsFunc(s.Claims, func(c slot.Claim) bool { return c.Claim == claim.Claim }) {
				return nil, nil
			}
			return s.DecideRelease(slot.Release{Group: claim.Group, Person: claim.Person, Claim: claim.Claim, Reason: reason})
		},
	}
}

// abandonFailed appends claim-abandoned for every claim of a change that failed. A change that another process carried out
// meanwhile did not fail.
func (e *effects) abandonFailed(ctx context.Context, rows []*agreedRow, keys codec.KeySource) error {
	for _, r := range rows {
		if r.failed == "" {
			continue
		}
		for _, claim := range r.wants {
			used, err := e.abandon(ctx, r.change.Person, claim.Claim, keys)
			if err != nil {
				return err
			}
			if used {
				r.failed = ""
			}
		}
	}
	return nil
}

// releaseFailed gives back the slots that failed changes had claimed.
func (e *effects) releaseFailed(ctx context.Context, rows []*agreedRow, keys codec.KeySource) error {
	var releases []*task[slot.State]
	for _, r := range rows {
		if r.failed == "" {
			continue
		}
		for _, claim := range r.wants {
			releases = append(releases, e.releaseTask(r.cause, claim.Claim, slot.Abandoned))
		}
	}
	return runTasks(ctx, e.Ledger, e.actor, releases, slot.Evolve, keys)
}

// relate registers the people whom the changes name only as related, and records the relation in their streams too, so
// that an officer is known to be the spouse, child or parent of a payee.
func (e *effects) relate(ctx context.Context, rows []*agreedRow, keys codec.KeySource) error {
	var tasks []*task[beneficiary.State]
	for _, r := range rows {
		if r.failed != "" {
			continue
		}
		for _, x := range r.change.Related {
			if x.Private == nil {
				continue // erased since
			}
			tasks = append(tasks, &task[beneficiary.State]{
				stream: beneficiary.Stream(x.Person), step: "related|" + r.change.Person, cause: r.cause, fresh: true,
				decide: func(s beneficiary.State) ([]domain.Event, error) { return mirrored(s, r.change, x) },
			})
		}
	}
	return runTasks(ctx, e.Ledger, e.actor, tasks, beneficiary.Evolve, keys)
}

// mirrored is what a change says in the stream of a relative: who they are, and whose spouse or child. A child's parent
// stands in its fact of birth.
func mirrored(s beneficiary.State, c change.Change, x change.Related) ([]domain.Event, error) {
	events, err := s.DecideRegister(beneficiary.Registered{How: "citizen-number", Person: x.Person, Private: x.Private})
	if err != nil {
		return nil, err
	}
	for _, f := range c.Facts {
		kind := beneficiary.FactKind("")
		switch {
		case f.Related != x.Person:
		case f.Fact == beneficiary.Marriage:
			kind = beneficiary.Marriage
		case f.Fact == beneficiary.Child:
			kind = beneficiary.Birth
		}
		known := slices.ContainsFunc(s.Facts, func(old beneficiary.FactRef) bool { return old.Kind == kind && old.Related == c.Person })
		if kind == "" || known {
			continue
		}
		events = append(events, beneficiary.FactRecorded{Fact: kind, Person: x.Person, Related: c.Person, ReportedOn: f.ReportedOn, Source: f.Source, On: f.On})
	}
	return events, nil
}

// Kin lists the persons to whom somebody is related by recorded facts, both ways: spouse, children, parents, guardian. The
// facts stand in the person's own stream, whoever brought them in (回避: nobody signs their own family's case).
func (l *Ledger) Kin(ctx context.Context, person string) ([]string, error) {
	if person == "" {
		return nil, nil
	}
	s, err := load(ctx, l, beneficiary.Stream(person), beneficiary.Evolve)
	if err != nil {
		return nil, fmt.Errorf("relatives of %s: %w", person, err)
	}
	var kin []string
	for _, f := range s.state.Facts {
		if f.Related != "" && f.Related != person && !slices.Contains(kin, f.Related) {
			kin = append(kin, f.Related)
		}
	}
	return kin, nil
}

// ApplyCase carries an agreed case out and ends it. It may be repeated; a case that is not agreed needs nothing.
func (l *Ledger) ApplyCase(ctx context.Context, id string) error {
	if err := l.applyCase(ctx, id); err != nil {
		return fmt.Errorf("apply case %s: %w", id, err)
	}
	return nil
}

func (l *Ledger) applyCase(ctx context.Context, id string) error {
	stream := cases.Stream(id)
	s, err := load(ctx, l, stream, cases.Evolve)
	if err != nil {
		return err
	}
	if s.state.Status != cases.StatusAgreed {
		return nil
	}
	decision, err := l.decision(ctx, stream, (cases.Decided{}).EventType())
	if err != nil {
		return err
	}
	proposed, err := l.proposedChange(ctx, id, s.state.Proposal.Revision)
	if err != nil {
		return err
	}
	book, err := l.inForce(ctx, proposed.Programme, proposed.Region, proposed.Rulebook)
	if err != nil {
		return err
	}
	row := &agreedRow{cause: s.state.Proposal.Event, change: proposed}
	e := &effects{Ledger: l, actor: decision.actor, intent: decision.ID, book: book, decidedOn: decision.Event.(cases.Decided).DecidedOn}
	if err := e.take(ctx, []*agreedRow{row}, func() error { return nil }); err != nil {
		return err
	}
	c := Command{Actor: decision.actor, ID: followUp(decision.ID, stream, "applied"), Cause: decision.ID, Content: followUpContent{decision.ID, "applied"}}
	_, err = execute(ctx, l, stream, c, cases.Evolve, func(s cases.State) ([]domain.Event, error) {
		return cases.DecideApplied(s, cases.Apply{Failed: row.failed})
	})
	return err
}

// decision is the event by which a subject was decided, and who made it.
type decision struct {
	codec.Stored
	actor Actor
}

// decision reads the last event of a type from a stream's end.
func (l *Ledger) decision(ctx context.Context, stream, eventType string) (decision, error) {
	r, ok, err := l.lastOf(ctx, stream, func(r eventstore.Recorded) bool { return r.Type == eventType })
	if err != nil {
		return decision{}, err
	}
	if !ok {
		return decision{}, fmt.Errorf("stream %s has no %s", stream, eventType)
	}
	stored, err := codec.DecodeEvent(r.Data, nil)
	if err != nil {
		return decision{}, fmt.Errorf("read stream %s at %d: %w", stream, r.Revision, err)
	}
	e := stored.Envelope
	return decision{stored, Actor{Officer: e.Officer, Office: e.Office, Capacity: e.Capacity}}, nil
}

// inForce is the version by whose rates an ended enrolment is settled: the one in force when the change takes effect, since a
// later published rulebook holds for all units (EVENTS.md section 8).
func (l *Ledger) inForce(ctx context.Context, programme, region, proposedUnder string) (*rulebook.Rulebook, error) {
	s, err := load(ctx, l, rulebook.Stream(programme+"@"+region), rulebook.EvolveAggregate)
	if err != nil {
		return nil, err
	}
	if v, ok := s.state.Current(); ok {
		return l.parsed(v)
	}
	return l.RulebookByHash(ctx, proposedUnder)
}

// bookOf is the version of a rulebook that a change was proposed under.
func (l *Ledger) bookOf(ctx context.Context, programme, region, hash string) (*rulebook.Rulebook, error) {
	s, err := load(ctx, l, rulebook.Stream(programme+"@"+region), rulebook.EvolveAggregate)
	if err != nil {
		return nil, err
	}
	for _, v := range s.state.Versions {
		if v.Hash == hash {
			return l.parsed(v)
		}
	}
	return l.RulebookByHash(ctx, hash)
}
