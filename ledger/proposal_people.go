package ledger

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/rulebook"
	"almoner/domain/slot"
	"almoner/eventstore"
	"almoner/ledger/rosterfile"
)

// people are the persons a row names, as the vault and the ledger know them.
type people struct {
	person      string
	known       *record // nil when the person has no stream
	spouse      string  // "" without a number
	spouseKnown *record
	children    []string // in the row's order; "" for a child without number
	guardian    string
	heir        string
	head        string                 // of the household, when the account is theirs
	claims      map[string][]heldClaim // by person of the slot: who holds or held it in the programme's group
}

// record is a person's stream with the contents of facts, opened under their key.
type record struct {
	state      beneficiary.State
	registered string                // event id
	identity   *beneficiary.Identity // nil when erased
	details    map[string]beneficiary.Detail
}

// heldClaim is a claim on a slot, standing or given back, with the last unit of the enrolment behind it: zero while that is
// open or has not come about. What was given back still says up to which unit the right was another's.
type heldClaim struct {
	slot.Claim
	last domain.Period
}

// covers says that the right was or is another person's in the unit first or later.
func (h heldClaim) covers(person string, first domain.Period) bool {
	return h.By != person && (h.last.IsZero() || !h.last.Before(first))
}

// latest is the fact of a kind that holds now: that with the latest day, of several the last recorded. since is that day if
// an earlier one of the kind is known, and zero if it is the first, which then says how things have been as far as matters.
func (r *record) latest(kind beneficiary.FactKind) (ref beneficiary.FactRef, detail beneficiary.Detail, since domain.Date, ok bool) {
	if r == nil {
		return
	}
	count := 0
	for _, f := range r.state.Facts {
		if f.Kind != kind {
			continue
		}
		if count == 0 || !f.On.Before(ref.On) {
			ref = f
		}
		count++
	}
	if count > 1 {
		since = ref.On
	}
	return ref, r.details[ref.Event], since, count > 0
}

// loadRecord reads a person's stream with what keys opens; nil when there is no stream.
func (l *Ledger) loadRecord(ctx context.Context, person string, keys codec.KeySource) (*record, error) {
	stream := beneficiary.Stream(person)
	r := &record{details: map[string]beneficiary.Detail{}}
	found := false
	for e, err := range l.store.ReadStream(ctx, stream, 0, eventstore.Forwards) {
		if err != nil {
			return nil, fmt.Errorf("read stream %s: %w", stream, err)
		}
		stored, err := codec.DecodeEvent(e.Data, keys)
		if err != nil {
			return nil, fmt.Errorf("read stream %s at %d: %w", stream, e.Revision, err)
		}
		r.evolve(stored)
		found = true
	}
	if !found {
		return nil, nil
	}
	return r, nil
}

func (r *record) evolve(stored codec.Stored) {
	r.state = beneficiary.Evolve(r.state, stored.Fact)
	switch e := stored.Event.(type) {
	case beneficiary.Registered:
		r.registered, r.identity = stored.ID, e.Private
	case beneficiary.IdentityCorrected:
		r.identity = e.Private
	case beneficiary.FactRecorded:
		if e.Private != nil {
			r.details[stored.ID] = *e.Private
		}
	}
}

// bulkKeys reads many keys at once. A kid that is not among them is not held, as one that was destroyed is not.
func (l *Ledger) bulkKeys(ctx context.Context, kids []string) (codec.KeySource, error) {
	keys, err := l.vault.KeysFor(ctx, kids)
	if err != nil {
		return nil, err
	}
	return func(kid string) ([]byte, bool, error) {
		key, ok := keys[kid]
		return key[:], ok, nil
	}, nil
}

// eachParallel calls do for 0 to n-1 on all cores and stops at the first error.
func eachParallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() error {
			for i := w; i < n; i += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// numbersOf lists the citizen numbers that a row's change may name.
func numbersOf(r rosterfile.Row) []domain.CitizenNumber {
	numbers := []domain.CitizenNumber{r.Number, r.SpouseNumber, r.GuardianNumber}
	if r.HolderRelation == beneficiary.HeirRelation {
		numbers = append(numbers, r.HeirNumber)
	}
	if r.HolderRelation == "household-head" {
		numbers = append(numbers, r.HouseholdHeadNumber)
	}
	for _, c := range r.Children {
		numbers = append(numbers, c.Number)
	}
	return numbers
}

// resolve finds out who the good rows of a chunk name. A commit registers them in the vault first; a dry run writes nothing
// and gives whoever is not known an id that means nothing outside it.
func (l *Ledger) resolve(ctx context.Context, book *rulebook.Rulebook, rows []rosterfile.Row, register bool) ([]people, error) {
	ids, fresh, err := l.persons(ctx, rows, register)
	if err != nil {
		return nil, err
	}
	out := make([]people, len(rows))
	for i, r := range rows {
		if !r.OK() {
			continue
		}
		who := people{person: ids[r.Number], spouse: ids[r.SpouseNumber], guardian: ids[r.GuardianNumber], heir: ids[r.HeirNumber], head: ids[r.HouseholdHeadNumber]}
		for _, c := range r.Children {
			who.children = append(who.children, ids[c.Number])
		}
		out[i] = who
	}
	if err := l.loadPeople(ctx, out, fresh); err != nil {
		return nil, err
	}
	if book.SlotKind() == rulebook.SlotChild {
		err = l.loadClaims(ctx, book, out, fresh)
	}
	return out, err
}

// persons maps every number of the good rows to a person, and says which of them cannot have a stream yet.
func (l *Ledger) persons(ctx context.Context, rows []rosterfile.Row, register bool) (ids map[domain.CitizenNumber]string, fresh map[string]bool, err error) {
	ids, fresh = map[domain.CitizenNumber]string{}, map[string]bool{}
	var numbers []string
	for _, r := range rows {
		if !r.OK() {
			continue
		}
		for _, n := range numbersOf(r) {
			if _, seen := ids[n]; n != "" && !seen {
				ids[n] = ""
				numbers = append(numbers, n.Reveal())
			}
		}
	}
	if len(numbers) == 0 {
		return ids, fresh, nil
	}
	if register {
		persons, err := l.vault.RegisterMany(ctx, numbers)
		if err != nil {
			return nil, nil, err
		}
		for i, p := range persons {
			ids[domain.CitizenNumber(numbers[i])] = p.ID
			fresh[p.ID] = p.Created
		}
		return ids, fresh, nil
	}
	known, err := l.vault.LookupMany(ctx, numbers)
	if err != nil {
		return nil, nil, err
	}
	for i, id := range known {
		if id == "" {
			id = uuid.NewSHA1(uuid.NameSpaceOID, l.vault.KeyedHash("dry run", []byte(numbers[i]))).String()
			fresh[id] = true
		}
		ids[domain.CitizenNumber(numbers[i])] = id
	}
	return ids, fresh, nil
}

// loadPeople reads what the ledger knows of the rows' persons and their spouses.
func (l *Ledger) loadPeople(ctx context.Context, rows []people, fresh map[string]bool) error {
	var wanted []string
	at := map[string]int{}
	for _, who := range rows {
		for _, person := range []string{who.person, who.spouse} {
			if _, seen := at[person]; person != "" && !fresh[person] && !seen {
				at[person] = len(wanted)
				wanted = append(wanted, person)
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	keys, err := l.bulkKeys(ctx, wanted)
	if err != nil {
		return err
	}
	records := make([]*record, len(wanted))
	err = eachParallel(ctx, len(wanted), func(ctx context.Context, i int) (err error) {
		records[i], err = l.loadRecord(ctx, wanted[i], keys)
		return err
	})
	if err != nil {
		return err
	}
	for i := range rows {
		if k, ok := at[rows[i].person]; ok {
			rows[i].known = records[k]
		}
		if k, ok := at[rows[i].spouse]; ok {
			rows[i].spouseKnown = records[k]
		}
	}
	return nil
}

// loadClaims reads who holds the slots of the rows' children.
func (l *Ledger) loadClaims(ctx context.Context, book *rulebook.Rulebook, rows []people, fresh map[string]bool) error {
	return eachParallel(ctx, len(rows), func(ctx context.Context, i int) error {
		for _, child := range rows[i].children {
			if child == "" || fresh[child] {
				continue
			}
			held, err := l.slotClaims(ctx, book.ExclusivityGroup(), child)
			if err != nil {
				return err
			}
			if len(held) > 0 {
				if rows[i].claims == nil {
					rows[i].claims = map[string][]heldClaim{}
				}
				rows[i].claims[child] = held
			}
		}
		return nil
	})
}

// slotClaims lists the claims ever made on one slot, with the last unit of the enrolment behind each. A claim that came to
// nothing is left out.
func (l *Ledger) slotClaims(ctx context.Context, group, person string) ([]heldClaim, error) {
	history, err := fold(ctx, l, slot.Stream(group, person), func(s slotHistory, f domain.Fact) slotHistory { return s.evolve(f) })
	if err != nil {
		return nil, err
	}
	var held []heldClaim
	for _, c := range history.state.all {
		holder, err := fold(ctx, l, beneficiary.Stream(c.By), beneficiary.Evolve)
		if err != nil {
			return nil, err
		}
		standing := slices.Contains(history.state.Claims, c)
		h, e := heldClaim{Claim: c}, beneficiary.Enrolment{}
		enrolled, none := false, false
		if e, enrolled = holder.state.Enrolment(c.Enrolment); enrolled {
			h.last, none = e.LastUnit()
		}
		if !none && (enrolled || standing) {
			held = append(held, h)
		}
	}
	return held, nil
}

// slotHistory is a slot with every claim there ever was.
type slotHistory struct {
	slot.State
	all []slot.Claim
}

func (s slotHistory) evolve(f domain.Fact) slotHistory {
	s.State = slot.Evolve(s.State, f)
	if c, ok := f.Event.(slot.Claimed); ok {
		s.all = append(slices.Clip(s.all), slot.Claim{Claim: c.Claim, By: c.By, Enrolment: c.Enrolment, Share: c.Share})
	}
	return s
}

// fold reads a stream from its beginning without keeping it: bulk work would only push the busy streams out of the cache.
func fold[S any](ctx context.Context, l *Ledger, stream string, evolve func(S, domain.Fact) S) (loaded[S], error) {
	out := loaded[S]{rev: eventstore.NoStream, commands: map[string]commandMark{}}
	for r, err := range l.store.ReadStream(ctx, stream, 0, eventstore.Forwards) {
		if err != nil {
			return out, fmt.Errorf("read stream %s: %w", stream, err)
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return out, fmt.Errorf("read stream %s at %d: %w", stream, r.Revision, err)
		}
		out.take(e, r, evolve)
	}
	return out, nil
}

// take folds one stored event.
func (f *loaded[S]) take(e codec.Stored, r eventstore.Recorded, evolve func(S, domain.Fact) S) {
	f.state = evolve(f.state, e.Fact)
	f.rev, f.at = r.Revision, e.Envelope.At.Time
	key := e.Envelope.Officer + "|" + e.Envelope.Command.ID
	if _, known := f.commands[key]; !known {
		f.commands[key] = commandMark{digest: e.Envelope.Command.Digest, first: r.Revision}
	}
}
