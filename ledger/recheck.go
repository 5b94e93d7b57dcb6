package ledger

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// Mismatch is one line of a run that events alone do not bear out.
type Mismatch struct {
	Line   int    `json:"line"`
	Person string `json:"person"`
	What   string `json:"what"`
}

// Recheck is what recomputing a run from events alone came to.
type Recheck struct {
	Run        string       `json:"run"`
	Lines      int          `json:"lines"`
	Total      domain.Money `json:"total"`
	Mismatches []Mismatch   `json:"mismatches"`
}

// recheckWorkers reads streams ahead of each other; SQLite serves several readers at once.
const recheckWorkers = 4

// RecheckPayrun recomputes every draw of a run from the events of its person's stream up to the draw, and the run's totals
// and roots from the draws' stored bytes. No read model is asked.
func (l *Ledger) RecheckPayrun(ctx context.Context, id string, progress Progress) (Recheck, error) {
	s, err := l.Payrun(ctx, id)
	if err != nil {
		return Recheck{}, err
	}
	book, err := l.RulebookByHash(ctx, s.Opened.Rulebook)
	if err != nil {
		return Recheck{}, err
	}
	lines, err := l.Lines(ctx, id)
	if err != nil {
		return Recheck{}, err
	}
	out := Recheck{Run: id, Lines: len(lines), Mismatches: []Mismatch{}}
	found := make([]string, len(lines))
	group, ctx := errgroup.WithContext(ctx)
	for w := range recheckWorkers {
		group.Go(func() error {
			for i := w; i < len(lines); i += recheckWorkers {
				what, err := l.recheckLine(ctx, s.Opened, book, lines[i])
				if err != nil {
					return fmt.Errorf("recheck line %d of pay run %s: %w", lines[i].Line, id, err)
				}
				found[i] = what
				if w == 0 {
					progress.tell(i+1, len(lines))
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return out, err
	}
	for i, line := range lines {
		out.Total = out.Total.Add(line.Amount)
		if found[i] != "" {
			out.Mismatches = append(out.Mismatches, Mismatch{Line: line.Line, Person: line.Person, What: found[i]})
		}
	}
	return l.recheckTotals(s, lines, out)
}

// recheckLine says what is wrong with one line; empty when nothing is.
func (l *Ledger) recheckLine(ctx context.Context, run payrun.Opened, book *rulebook.Rulebook, line payrun.Line) (string, error) {
	var state beneficiary.State
	for r, err := range l.store.ReadStream(ctx, beneficiary.Stream(line.Person), 0, eventstore.Forwards) {
		if err != nil {
			return "", err
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return "", err
		}
		if r.Revision < line.Revision {
			state = beneficiary.Evolve(state, e.Fact)
			continue
		}
		stored, ok := e.Event.(beneficiary.Drawn)
		if !ok || stored.Draw != line.Draw {
			return "the event at the revision listed is not this draw", nil
		}
		if signoff.Hex(e.Leaf) != line.Leaf {
			return "the stored draw has another hash than the list says", nil
		}
		return compareDraw(state, run, book, line, stored)
	}
	return "the draw is not in its stream", nil
}

// compareDraw decides the draw again from the state before it and compares the canonical bytes.
func compareDraw(state beneficiary.State, run payrun.Opened, book *rulebook.Rulebook, line payrun.Line, stored beneficiary.Drawn) (string, error) {
	again, err := state.DecideDraw(beneficiary.TakeDraw{
		Run:       drawTerms(run),
		Enrolment: stored.Enrolment, Grant: stored.Grant, Line: line.Line, PayRef: line.PayRef, Draw: line.Draw,
	}, book)
	if err != nil {
		return "the events before it allow no draw: " + err.Error(), nil
	}
	if len(again) != 1 {
		return "the events before it hold the draw already", nil
	}
	want, err := codec.Marshal(again[0])
	if err != nil {
		return "", err
	}
	have, err := codec.Marshal(stored)
	if err != nil {
		return "", err
	}
	switch {
	case string(want) != string(have):
		return fmt.Sprintf("recomputed %s, stored %s", again[0].(beneficiary.Drawn).Net, stored.Net), nil
	case !stored.Net.Equal(line.Amount):
		return fmt.Sprintf("the list says %s, the draw %s", line.Amount, stored.Net), nil
	}
	return "", nil
}

// recheckTotals compares what was prepared and signed with what the lines come to.
func (l *Ledger) recheckTotals(s payrun.State, lines []payrun.Line, out Recheck) (Recheck, error) {
	if !s.Listing.Prepared {
		return out, nil
	}
	totals, _, err := payrun.Summarize(lines, nil)
	if err != nil {
		return out, err
	}
	if totals.Root != s.Listing.Totals.Root || totals.Lines != s.Listing.Totals.Lines || totals.Total != s.Listing.Totals.Total {
		out.Mismatches = append(out.Mismatches, Mismatch{What: fmt.Sprintf("the lines come to %s under root %s; signed were %s under %s",
			totals.Total, totals.Root, s.Listing.Totals.Total, s.Listing.Totals.Root)})
	}
	return out, nil
}
