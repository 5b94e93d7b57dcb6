package ledger

import (
	"context"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/eventstore"
)

// grantClass is the class of a line that pays one-off money.
const grantClass = "grant"

// needing works out what a run needs, class by class, compared with the run before it.
type needing struct {
	*Ledger
	need *fund.Need
	run  payrun.State
	last payrun.State // zero when there was none

	now    map[string]payrun.Line   // by draw
	before map[string][]payrun.Line // lines of the last run that were not stopped, by person
	held   map[string]bool          // enrolments and grants that the run holds
	found  int                      // lines of now that were counted
}

// fundNeed counts the lines of a run. Lines are those of its pages, units and classes those of each person's own events; the
// read models only say who to look at, and a line that they do not know is a fault.
func (l *Ledger) fundNeed(ctx context.Context, run payrun.State, book *rulebook.Rulebook) (*needing, error) {
	n := &needing{Ledger: l, need: fund.NewNeed(book), run: run, now: map[string]payrun.Line{}, before: map[string][]payrun.Line{}, held: map[string]bool{}}
	if err := n.lists(ctx); err != nil {
		return nil, fmt.Errorf("need of pay run %s: %w", run.Opened.Run, err)
	}
	for fold, err := range l.views.People(ctx, run.Opened.Office, run.Opened.Programme) {
		if err == nil {
			err = n.person(ctx, fold)
		}
		if err != nil {
			return nil, fmt.Errorf("need of pay run %s: %w", run.Opened.Run, err)
		}
	}
	if n.found != len(n.now) {
		return nil, fmt.Errorf("need of pay run %s: it lists %d lines, and %d of their draws stand", run.Opened.Run, len(n.now), n.found)
	}
	return n, nil
}

// lists reads the pages of the run, and those of the regular run before it.
func (n *needing) lists(ctx context.Context) error {
	if err := n.syncedToHead(ctx); err != nil {
		return err
	}
	lines, err := n.Lines(ctx, n.run.Opened.Run)
	if err != nil {
		return err
	}
	for _, line := range lines {
		n.now[line.Draw] = line
	}
	held, err := n.heldLines(ctx, n.run)
	if err != nil {
		return err
	}
	for _, line := range held {
		n.held[line.Enrolment+line.Grant] = true
	}
	if n.run.Opened.Kind != payrun.Regular {
		return nil // only what comes round again can be compared
	}
	last, err := n.views.RunBefore(ctx, n.run.Opened.Run)
	if err != nil || last == "" {
		return err
	}
	if n.last, err = n.Payrun(ctx, last); err != nil {
		return err
	}
	if lines, err = n.Lines(ctx, last); err != nil {
		return err
	}
	for _, line := range lines {
		if !slices.ContainsFunc(n.last.Stopped, func(s payrun.Stop) bool { return s.Line == line.Line }) {
			n.before[line.Person] = append(n.before[line.Person], line)
		}
	}
	return nil
}

// heldLines reads the held lines of a run's present round.
func (l *Ledger) heldLines(ctx context.Context, s payrun.State) ([]payrun.HeldLine, error) {
	var lines []payrun.HeldLine
	for r, err := range l.store.ReadStream(ctx, payrun.Stream(s.Opened.Run), 0, eventstore.Forwards) {
		if err != nil {
			return nil, fmt.Errorf("held lines: %w", err)
		}
		if r.Type != (payrun.HeldPage{}).EventType() {
			continue
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return nil, fmt.Errorf("held lines: %w", err)
		}
		if page := e.Event.(payrun.HeldPage); page.Round == s.Listing.Round {
			lines = append(lines, page.Lines...)
		}
	}
	return lines, nil
}

// person counts the lines of one person, and those of the last run.
func (n *needing) person(ctx context.Context, fold Fold) error {
	was, err := n.was(ctx, fold)
	if err != nil {
		return err
	}
	paid := map[string]string{} // class by enrolment or grant
	for _, d := range fold.State.Draws {
		if _, listed := n.now[d.ID]; !listed {
			continue
		}
		n.found++
		key, class := d.Enrolment+d.Grant, classAt(fold.State, d.Enrolment, n.run.Opened.To)
		paid[key] = class
		n.need.Add(fund.NeedLine{Person: fold.Person, Class: class, Net: d.Net, Items: d.Items, Before: was[key] == class})
	}
	for key, class := range was {
		_, now := paid[key]
		n.need.Was(class, paid[key] == class, !now && n.held[key])
	}
	return nil
}

// was is the class that the last run paid each enrolment or grant of a person in. A draw that was undone since is read from the
// person's stream.
func (n *needing) was(ctx context.Context, fold Fold) (map[string]string, error) {
	classes := map[string]string{}
	for _, line := range n.before[fold.Person] {
		enrolment, grant := "", ""
		if i := slices.IndexFunc(fold.State.Draws, func(d beneficiary.Draw) bool { return d.ID == line.Draw }); i >= 0 {
			enrolment, grant = fold.State.Draws[i].Enrolment, fold.State.Draws[i].Grant
		} else {
			d, err := n.drawn(ctx, line)
			if err != nil {
				return nil, err
			}
			enrolment, grant = d.Enrolment, d.Grant
		}
		classes[enrolment+grant] = classAt(fold.State, enrolment, n.last.Opened.To)
	}
	return classes, nil
}

// drawn reads the draw of a line as it was stored.
func (l *Ledger) drawn(ctx context.Context, line payrun.Line) (beneficiary.Drawn, error) {
	for r, err := range l.store.ReadStream(ctx, beneficiary.Stream(line.Person), line.Revision, eventstore.Forwards) {
		if err != nil {
			return beneficiary.Drawn{}, err
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return beneficiary.Drawn{}, err
		}
		if d, ok := e.Event.(beneficiary.Drawn); ok && d.Draw == line.Draw {
			return d, nil
		}
		break
	}
	return beneficiary.Drawn{}, fmt.Errorf("the draw of line %d is not in its stream", line.Line)
}

// classAt is the class of an enrolment in a unit.
func classAt(s beneficiary.State, enrolment string, unit domain.Period) string {
	if e, ok := s.Enrolment(enrolment); ok {
		return e.ClassAt(unit).String()
	}
	return grantClass
}
