package ledger

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// regions lists the regions whose rulebook may apply in an area, most specific first: village, town, county, city,
// province, the nation. Codes of cities and provinces are padded with zeros to six digits (GB/T 2260).
func regions(area domain.AreaCode) []string {
	code := string(area)
	var out []string
	add := func(r string) {
		for _, known := range out {
			if known == r {
				return
			}
		}
		out = append(out, r)
	}
	for _, n := range []int{12, 9, 6} {
		if len(code) >= n {
			add(code[:n])
		}
	}
	if len(code) >= 6 {
		add(code[:4] + "00")
		add(code[:2] + "0000")
	}
	add("000000")
	return out
}

// Rulebook is the published rulebook of a programme that applies in an area: that of the most specific region.
func (l *Ledger) Rulebook(ctx context.Context, programme string, area domain.AreaCode) (*rulebook.Rulebook, error) {
	for _, region := range regions(area) {
		s, err := load(ctx, l, rulebook.Stream(programme+"@"+region), rulebook.EvolveAggregate)
		if err != nil {
			return nil, err
		}
		if v, ok := s.state.Current(); ok {
			return l.parsed(v)
		}
	}
	return nil, domain.Refuse(domain.NotFound, "rulebook.unpublished", "no rulebook of %q is published for %s", programme, area).
		WithNext("publish one: almoner rulebook publish FILE")
}

// RulebookByHash is a published version by its hash, among the versions of a rulebook id or, when the id is unknown, of
// those parsed before.
func (l *Ledger) RulebookByHash(ctx context.Context, hash string) (*rulebook.Rulebook, error) {
	l.mu.Lock()
	book := l.books[hash]
	l.mu.Unlock()
	if book != nil {
		return book, nil
	}
	if err := l.readRulebooks(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if book := l.books[hash]; book != nil {
		return book, nil
	}
	return nil, domain.Refuse(domain.NotFound, "rulebook.version", "no version %s of a rulebook was published in this ledger", hash).
		WithNext("list the published versions: almoner rulebook list")
}

// readRulebooks parses every version that was ever published. Rulebooks are few and small.
func (l *Ledger) readRulebooks(ctx context.Context) error {
	if err := l.synced(ctx); err != nil {
		return err
	}
	ids, err := l.views.Rulebooks(ctx)
	if err != nil {
		return fmt.Errorf("rulebooks: %w", err)
	}
	for _, id := range ids {
		s, err := load(ctx, l, rulebook.Stream(id), rulebook.EvolveAggregate)
		if err != nil {
			return err
		}
		for _, v := range s.state.Versions {
			if _, err := l.parsed(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// parsed parses a version once.
func (l *Ledger) parsed(v rulebook.Version) (*rulebook.Rulebook, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if book := l.books[v.Hash]; book != nil {
		return book, nil
	}
	book, err := rulebook.Parse([]byte(v.Source))
	if err != nil {
		return nil, fmt.Errorf("published rulebook %s: %w", v.Hash, err)
	}
	l.books[v.Hash] = book
	return book, nil
}

// ProposeRulebook puts a version forward for signature. A version that would lower units already drawn is refused unless
// lowers gives a reason code, which is then signed with it.
func (l *Ledger) ProposeRulebook(ctx context.Context, c Command, source []byte, lowers string) (*rulebook.Rulebook, Outcome, error) {
	who, err := l.authorise(ctx, c.Actor, "county.handler")
	if err != nil {
		return nil, Outcome{}, err
	}
	book, err := rulebook.Parse(source)
	if err != nil {
		return nil, Outcome{}, err
	}
	if err := l.checkRegion(book, reachOf(who, c.Actor, l.Today())); err != nil {
		return nil, Outcome{}, l.denied(ctx, c.Actor, "propose", Subject{RulebookSubject, book.ID()}, err)
	}
	lowered, err := l.lowered(ctx, book)
	if err != nil {
		return nil, Outcome{}, err
	}
	c.Content = map[string]string{"hash": book.Hash(), "lowers": lowers}
	out, err := execute(ctx, l, rulebook.Stream(book.ID()), c, rulebook.EvolveAggregate, func(s rulebook.AggregateState) ([]domain.Event, error) {
		proposal := rulebook.Propose{Book: book, Lowered: lowered, Lowers: lowers}
		if v, ok := s.Current(); ok {
			if proposal.Current, err = l.parsed(v); err != nil {
				return nil, err
			}
		}
		return s.DecidePropose(proposal)
	})
	return book, out, err
}

// lowered lists, as "class unit", the drawn units whose rate the new version would lower.
func (l *Ledger) lowered(ctx context.Context, next *rulebook.Rulebook) ([]string, error) {
	s, err := load(ctx, l, rulebook.Stream(next.ID()), rulebook.EvolveAggregate)
	if err != nil {
		return nil, err
	}
	current, ok := s.state.Current()
	if !ok {
		return nil, nil
	}
	before, err := l.parsed(current)
	if err != nil {
		return nil, err
	}
	if err := l.synced(ctx); err != nil {
		return nil, err
	}
	units, err := l.views.DrawnUnits(ctx, next.Programme(), next.Region())
	if err != nil || len(units) == 0 {
		return nil, err
	}
	compared, err := rulebook.Compare(before, next, before.Keys(), units)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, change := range compared.Lowered() {
		out = append(out, change.Key.String()+" "+change.Unit.String())
	}
	return out, nil
}

// lastLeaf is the hex leaf hash of a stream's last event of a type.
func (l *Ledger) lastLeaf(ctx context.Context, stream, eventType string) (string, error) {
	r, ok, err := l.lastOf(ctx, stream, func(r eventstore.Recorded) bool { return r.Type == eventType })
	if err != nil {
		return "", err
	}
	if ok {
		return signoff.Hex(signoff.Leaf(r.Data)), nil
	}
	return "", domain.Refuse(domain.NotFound, "ledger.no-event", "%s has no event %s", stream, eventType).
		WithNext("check the id: nothing of that kind was recorded there")
}

// rulebookSubject signs rulebooks.
type rulebookSubject struct {
	*Ledger
	id string
}

func (b rulebookSubject) stream() string { return rulebook.Stream(b.id) }

func (b rulebookSubject) state(ctx context.Context) (loaded[rulebook.AggregateState], error) {
	return load(ctx, b.Ledger, b.stream(), rulebook.EvolveAggregate)
}

func (b rulebookSubject) read(ctx context.Context) (signoff.State, error) {
	s, err := b.state(ctx)
	return s.state.Signing, err
}

func (b rulebookSubject) submission(ctx context.Context) (signoff.Submission, error) {
	s, err := b.state(ctx)
	if err != nil {
		return signoff.Submission{}, err
	}
	root, err := b.lastLeaf(ctx, b.stream(), (rulebook.Proposed{}).EventType())
	return s.state.Submission(root), err
}

func (b rulebookSubject) kin(context.Context, string, map[string]bool) (string, error) {
	return "", nil
}

// run carries out a signature that the rules of signing allow, of an officer whose area holds everything that the rulebook
// binds in this ledger.
func (b rulebookSubject) run(ctx context.Context, c Command, act signoff.Act, decide func(rulebook.AggregateState) ([]domain.Event, error)) (Outcome, error) {
	return execute(ctx, b.Ledger, b.stream(), c, rulebook.EvolveAggregate, func(s rulebook.AggregateState) ([]domain.Event, error) {
		events, err := decide(s)
		if err != nil || len(events) == 0 {
			return nil, err
		}
		book, err := rulebook.Parse([]byte(s.Proposed.Source))
		if err != nil {
			return nil, fmt.Errorf("proposed rulebook %s: %w", b.id, err)
		}
		return events, b.checkRegion(book, act.Area)
	})
}

// checkRegion refuses an area that does not hold what a rulebook binds.
func (l *Ledger) checkRegion(book *rulebook.Rulebook, area domain.AreaCode) error {
	binds := boundBy(domain.AreaCode(book.Region()), l.created.Area)
	if binds.Within(area) {
		return nil
	}
	return domain.Refuse(domain.Forbidden, "rulebook.region", "the rulebook of %s binds %s in this ledger, your area is %s", book.Region(), binds, area).
		WithNext("an officer whose area holds all of %s has to do it; for a part of it, name that part as the rulebook's region", binds)
}

// boundBy is the area for which a rulebook of a region makes the rules of a ledger. Rules of a region above the ledger bind
// the ledger's whole area: a county that keeps its own ledger adopts a national rulebook for itself. In a ledger of several
// counties it binds them all, so that one of them cannot sign it for the others: an office for the whole has to.
func boundBy(region, ledger domain.AreaCode) domain.AreaCode {
	if ledger.Within(region) {
		return ledger
	}
	return region
}

func (b rulebookSubject) submit(ctx context.Context, c Command, _ signoff.Submission, act signoff.Act) (Outcome, error) {
	return b.run(ctx, c, act, func(s rulebook.AggregateState) ([]domain.Event, error) {
		root, err := b.lastLeaf(ctx, b.stream(), (rulebook.Proposed{}).EventType()) // it may have been proposed anew
		if err != nil {
			return nil, err
		}
		return s.DecideSubmit(rulebook.Submit{Origin: b.created.Origin, Root: root, Act: act, On: b.Today()})
	})
}

func (b rulebookSubject) sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error) {
	if outcome != signoff.Agree {
		return Outcome{}, domain.Refuse(domain.Invalid, "rulebook.outcome", "a rulebook is signed or sent back, not refused").WithNext("send it back with a reason")
	}
	return b.run(ctx, c, act, func(s rulebook.AggregateState) ([]domain.Event, error) {
		return s.DecideSignOff(rulebook.SignOff{Origin: b.created.Origin, Act: act, On: b.Today()})
	})
}

func (b rulebookSubject) sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error) {
	return b.run(ctx, c, act, func(s rulebook.AggregateState) ([]domain.Event, error) { return s.DecideSendBack(b.returning(act, r)) })
}

func (b rulebookSubject) followUp(context.Context, Command) error { return nil }
