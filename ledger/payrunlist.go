package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/eventstore"
)

// pageBatch is how many pages of a list become durable together: some 6 MB.
const pageBatch = 100

// listing is one event of a run's list.
type listing struct {
	name   string // tells it from the run's others
	decide func(payrun.State) ([]domain.Event, error)
}

// list writes the pages of lines and held lines, and then that the list is complete.
func (p *preparing) list(candidates []*candidate, held []payrun.HeldLine) error {
	lines := make([]payrun.Line, len(candidates))
	for i, c := range candidates {
		lines[i] = payrun.Line{
			Amount: c.amount, Draw: c.draw, Leaf: c.leaf, Line: c.line, PayRef: payrun.PayRef(p.run.Run, c.line), Person: c.fold.Person,
			Revision: c.rev, Village: c.assessed.Place.Village,
		}
	}
	pages := p.pages(lines, held)
	for batch := range slices.Chunk(pages, pageBatch) {
		if err := p.listTogether(batch); err != nil {
			return err
		}
	}
	s, err := p.Payrun(p.ctx, p.run.Run)
	if err != nil {
		return err
	}
	for _, page := range pages { // what the store did not take together is given to it one by one
		if events, err := page.decide(s); err == nil && len(events) == 0 {
			continue
		}
		if err := p.step(page); err != nil {
			return err
		}
	}
	return p.step(listing{"prepared", func(s payrun.State) ([]domain.Event, error) {
		return payrun.DecidePrepared(s, payrun.Prepare{Round: p.round, Lines: lines, Held: held})
	}})
}

// pages lays lines and held lines out. A page that was listed before a crash needs nothing: DecidePrepared compares the whole.
func (p *preparing) pages(lines []payrun.Line, held []payrun.HeldLine) []listing {
	var pages []listing
	n := 0
	for chunk := range slices.Chunk(lines, payrun.MaxPage) {
		n++
		page := n
		pages = append(pages, listing{"page|" + strconv.Itoa(page), func(s payrun.State) ([]domain.Event, error) {
			if page <= s.Listing.Pages && s.Listing.Round == p.round {
				return nil, nil
			}
			return payrun.DecideList(s, payrun.List{Round: p.round, Page: page, Lines: chunk})
		}})
	}
	n = 0
	for chunk := range slices.Chunk(held, payrun.MaxPage) {
		n++
		page := n
		pages = append(pages, listing{"held|" + strconv.Itoa(page), func(s payrun.State) ([]domain.Event, error) {
			if page <= s.Listing.HeldPages && s.Listing.Round == p.round {
				return nil, nil
			}
			return payrun.DecideHold(s, payrun.Hold{Round: p.round, Page: page, Lines: chunk})
		}})
	}
	return pages
}

// stepCommand is the follow-up of the run's opening that appends one event of the list.
func (p *preparing) stepCommand(page listing) Command {
	c := p.c
	c.Cause, c.Content = p.intent, page.name
	c.ID = followUp(p.intent, payrun.Stream(p.run.Run), strconv.Itoa(p.round)+"|"+page.name)
	return c
}

// listTogether appends pages in one batch, each decided on those before it, so that a list costs few commits. What the store
// does not take is no error here: list looks at each page again.
func (p *preparing) listTogether(pages []listing) error {
	stream := payrun.Stream(p.run.Run)
	run, err := load(p.ctx, p.Ledger, stream, payrun.Evolve)
	if err != nil {
		return err
	}
	at, err := p.stamp(run.at)
	if err != nil {
		return err
	}
	var batch []eventstore.Append
	for _, page := range pages {
		events, err := page.decide(run.state)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			continue
		}
		c := p.stepCommand(page)
		digest, err := p.digest(c.Content)
		if err != nil {
			return err
		}
		a, _, err := p.encode(stream, run.rev, at, c, digest, events, p.keySource(p.ctx))
		if err != nil {
			return err
		}
		for _, e := range events {
			run.rev++
			run.state = payrun.Evolve(run.state, domain.Fact{Event: e, Revision: run.rev, Officer: c.Officer})
		}
		batch = append(batch, a)
	}
	if len(batch) == 0 {
		return nil
	}
	for _, r := range p.store.AppendBatch(p.ctx, batch) {
		if r.Err == nil {
			p.saw(time.Time{}, r.Position)
		}
	}
	return p.ctx.Err()
}

// step appends one event of the list, unless it stands.
func (p *preparing) step(page listing) error {
	_, err := execute(p.ctx, p.Ledger, payrun.Stream(p.run.Run), p.stepCommand(page), payrun.Evolve, page.decide)
	return err
}

// Lines reads a run's list as its pages have it, in the present round.
func (l *Ledger) Lines(ctx context.Context, id string) ([]payrun.Line, error) {
	s, err := l.Payrun(ctx, id)
	if err != nil {
		return nil, err
	}
	var lines []payrun.Line
	for r, err := range l.store.ReadStream(ctx, payrun.Stream(id), 0, eventstore.Forwards) {
		if err != nil {
			return nil, fmt.Errorf("lines of pay run %s: %w", id, err)
		}
		if r.Type != (payrun.Listed{}).EventType() {
			continue
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return nil, fmt.Errorf("lines of pay run %s: %w", id, err)
		}
		if page := e.Event.(payrun.Listed); page.Round == s.Listing.Round {
			lines = append(lines, page.Lines...)
		}
	}
	return lines, nil
}
