package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/domain/slot"
	"almoner/eventstore"
)

// A claim is not taken over by time. When a slot is taken, each holder is looked at in their own stream:
//
//   - the enrolment behind the claim ended before the new one begins: the slot is given back, which its exit left undone or
//     which no exit had to say, because the end was known at admission;
//   - there is no enrolment behind it, and the case or row that claimed is decided no more: claim-abandoned is appended to
//     the holder's stream at its exact revision, and the slot is given back;
//   - otherwise the claim stands, and this change fails with slot.taken.

// wanted is one claim that a change makes before it takes effect.
type wanted struct {
	beneficiary.Claim
	enrolment string
	share     string
	first     domain.Period // first unit for which the slot is wanted
}

// wants lists the slots a change claims: those of an admission, and those of an enrolment whose exit is corrected, which
// had been given back. Claim ids are used once, so the latter get new ones.
func (e *effects) wants(ctx context.Context, r *agreedRow) ([]wanted, error) {
	var out []wanted
	switch c := r.change; {
	case c.Admission != nil:
		for _, claim := range e.agreed(r).Claims(c) {
			out = append(out, wanted{Claim: claim, enrolment: e.agreed(r).EnrolmentID(), share: c.Admission.Share, first: c.Admission.FirstUnit})
		}
	case c.Correction != nil && !c.Correction.Annul:
		s, err := fold(ctx, e.Ledger, beneficiary.Stream(c.Person), beneficiary.Evolve)
		if err != nil {
			return nil, err
		}
		for _, enrolment := range s.state.Enrolments {
			if enrolment.Exit == nil || enrolment.Exit.Event != c.Correction.Of {
				continue
			}
			for _, old := range enrolment.Slots {
				id := uuid.NewSHA1(uuid.MustParse(r.cause), []byte("claim again|"+old.Group+"|"+old.Person)).String()
				claim := beneficiary.Claim{Claim: id, Group: old.Group, Person: old.Person}
				out = append(out, wanted{Claim: claim, enrolment: enrolment.ID, share: enrolment.Share, first: enrolment.Exit.LastUnit.Next()})
			}
		}
	}
	return out, nil
}

// claim takes the slots that the changes want.
func (e *effects) claim(ctx context.Context, rows []*agreedRow, keys codec.KeySource) error {
	var tasks []*task[slot.State]
	var of []*agreedRow
	var claims []wanted
	for _, r := range rows {
		var err error
		if r.wants, err = e.wants(ctx, r); err != nil {
			return err
		}
		if r.failed != "" {
			continue
		}
		for _, c := range r.wants {
			fresh := c.Person == r.change.Person && r.change.Private != nil && r.change.Private.Identity != nil
			tasks, of, claims = append(tasks, e.claimTask(r, c, fresh)), append(of, r), append(claims, c)
		}
	}
	if err := runTasks(ctx, e.Ledger, e.actor, tasks, slot.Evolve, keys); err != nil {
		return err
	}
	for i, t := range tasks {
		if t.refused == nil || of[i].failed != "" {
			continue
		}
		if err := e.contest(ctx, of[i], claims[i], t, keys); err != nil {
			return err
		}
	}
	return nil
}

func (e *effects) claimTask(r *agreedRow, c wanted, fresh bool) *task[slot.State] {
	take := slot.Take{Group: c.Group, Person: c.Person, Claim: c.Claim.Claim, By: r.change.Person, Enrolment: c.enrolment, Share: c.share}
	return &task[slot.State]{
		stream: slot.Stream(c.Group, c.Person), step: "claim|" + take.Claim, cause: r.cause, fresh: fresh,
		decide: func(s slot.State) ([]domain.Event, error) { return s.DecideClaim(take) },
	}
}

// contest looks at the holders of a taken slot, frees what nobody has a right to any more, and claims again.
func (e *effects) contest(ctx context.Context, r *agreedRow, claim wanted, t *task[slot.State], keys codec.KeySource) error {
	var taken *slot.TakenError
	if errors.As(t.refused, &taken) {
		for _, holder := range taken.Holders {
			if err := e.free(ctx, r, claim, holder, keys); err != nil {
				return err
			}
		}
		t = e.claimTask(r, claim, false)
		if err := runTasks(ctx, e.Ledger, e.actor, []*task[slot.State]{t}, slot.Evolve, keys); err != nil {
			return err
		}
	}
	// A claim that was given back belongs to an effect that failed before a crash: the person's stream says why.
	if t.refused != nil && ruleOf(t.refused) != "slot.claim-released" {
		r.failed = ruleOf(t.refused)
	}
	return nil
}

// free gives back a holder's claim if nothing stands behind it at the time the slot is wanted for.
func (e *effects) free(ctx context.Context, r *agreedRow, want wanted, holder slot.Claim, keys codec.KeySource) error {
	theirs := beneficiary.Claim{Claim: holder.Claim, Group: want.Group, Person: want.Person}
	s, err := fold(ctx, e.Ledger, beneficiary.Stream(holder.By), beneficiary.Evolve)
	if err != nil {
		return err
	}
	reason := slot.Exited
	if enrolment, ok := s.state.Enrolment(holder.Enrolment); ok {
		last, none := enrolment.LastUnit()
		if enrolment.Annulled {
			reason = slot.Annulled
		}
		if !none && (last.IsZero() || !last.Before(want.first)) {
			return nil
		}
	} else {
		pending, err := e.claimPending(ctx, theirs)
		if err != nil || pending {
			return err
		}
		used, err := e.abandon(ctx, holder.By, theirs, keys)
		if err != nil || used {
			return err
		}
		reason = slot.Abandoned
	}
	return runTasks(ctx, e.Ledger, e.actor, []*task[slot.State]{e.releaseTask(r.cause, theirs, reason)}, slot.Evolve, keys)
}

// abandon appends claim-abandoned to the holder's stream at its exact revision: a slow process that still wants to enrol on
// the claim then fails and is refused. used says that the enrolment came about meanwhile. Its cause is the decision, not the
// row: a person's stream takes the row for carried out once an event names it as cause.
func (e *effects) abandon(ctx context.Context, holder string, claim beneficiary.Claim, keys codec.KeySource) (used bool, err error) {
	t := &task[beneficiary.State]{
		stream: beneficiary.Stream(holder), step: "abandon|" + claim.Claim, cause: e.intent,
		decide: func(s beneficiary.State) ([]domain.Event, error) {
			return s.DecideAbandon(beneficiary.ClaimAbandoned{Claim: claim.Claim, Group: claim.Group, Person: holder, Slot: claim.Person})
		},
	}
	err = runTasks(ctx, e.Ledger, e.actor, []*task[beneficiary.State]{t}, beneficiary.Evolve, keys)
	return t.refused != nil, err
}

// ruleOf is the stable id of a refusal's rule.
func ruleOf(err error) string {
	var refusal *domain.RefusedError
	if errors.As(err, &refusal) {
		return refusal.Rule
	}
	return "effect.refused"
}

// claimPending says that whoever claimed may still enrol: their case or import is not over. When it cannot be found out the
// claim counts as pending, since a decided change is always carried to its end (Resume).
func (e *effects) claimPending(ctx context.Context, claim beneficiary.Claim) (bool, error) {
	cause, err := e.claimCause(ctx, claim)
	if err != nil {
		return false, err
	}
	if cause == "" {
		return true, nil
	}
	stream, ok, err := e.views.EventStream(ctx, cause)
	if err != nil {
		return false, fmt.Errorf("who claimed %s: %w", claim.Claim, err)
	}
	if !ok {
		return true, nil
	}
	over, err := e.over(ctx, stream)
	return !over, err
}

// claimCause is the event in whose name a claim was made.
func (e *effects) claimCause(ctx context.Context, claim beneficiary.Claim) (string, error) {
	for r, err := range e.store.ReadStream(ctx, slot.Stream(claim.Group, claim.Person), 0, eventstore.Forwards) {
		if err != nil {
			return "", fmt.Errorf("read slot: %w", err)
		}
		stored, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return "", fmt.Errorf("read slot at %d: %w", r.Revision, err)
		}
		if c, ok := stored.Event.(slot.Claimed); ok && c.Claim == claim.Claim {
			return stored.Cause, nil
		}
	}
	return "", nil
}

// over says that the case or import of a stream can take no effect any more.
func (e *effects) over(ctx context.Context, stream string) (bool, error) {
	c, err := fold(ctx, e.Ledger, stream, func(s ended, f domain.Fact) ended { return s.evolve(f) })
	return bool(c.state), err
}

// ended follows a case or an import to its end.
type ended bool

func (s ended) evolve(f domain.Fact) ended {
	switch x := f.Event.(type) {
	case cases.Withdrawn, cases.Applied, imports.Withdrawn, imports.Applied:
		return true
	case cases.Decided:
		return s || x.Outcome != cases.Agreed
	case imports.Decided:
		return s || x.Outcome != "agreed"
	}
	return s
}
