package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/fund"
	"almoner/domain/payrun"
	"almoner/eventstore"
)

// CancelPayrun ends a run before it is instructed and undoes its draws.
func (l *Ledger) CancelPayrun(ctx context.Context, c Command, id, reason string) (Outcome, error) {
	run, err := l.Payrun(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if err := l.mayRun(ctx, c.Actor, run.Opened.Office, run.Opened.Finance, "town.handler", "town.head", "county.handler", "county.head"); err != nil {
		return Outcome{}, err
	}
	c.Content = map[string]string{"cancel": id, "reason": reason}
	out, err := execute(ctx, l, payrun.Stream(id), c, payrun.Evolve, func(s payrun.State) ([]domain.Event, error) {
		return payrun.DecideCancel(s, payrun.Cancel{Reason: reason})
	})
	if err != nil {
		return out, err
	}
	if err := l.undoRound(ctx, c, id); err != nil {
		return out, &FollowUpError{Subject{PayrunSubject, id}, err}
	}
	return out, nil
}

// StopLine (止付) takes a line out after release and before the file, and undoes its draw. A line that the bank paid although
// it had refused the file whole keeps its draw: its units are paid and not due again.
func (l *Ledger) StopLine(ctx context.Context, c Command, id string, line int, reason string) (Outcome, error) {
	run, err := l.Payrun(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if err := l.mayRun(ctx, c.Actor, run.Opened.Office, run.Opened.Finance, "town.handler", "town.head", "county.handler", "county.head", "finance.handler", "finance.head"); err != nil {
		return Outcome{}, err
	}
	lines, err := l.Lines(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if line < 1 || line > len(lines) {
		return Outcome{}, domain.Refuse(domain.NotFound, "payrun.no-line", "the run has lines 1 to %d, not %d", len(lines), line).WithNext("look the line up in the list")
	}
	kept, err := l.holdsMoney(ctx, run, lines[line-1])
	if err != nil {
		return Outcome{}, err
	}
	c.Content = map[string]string{"line": strconv.Itoa(line), "reason": reason, "stop": id}
	out, err := execute(ctx, l, payrun.Stream(id), c, payrun.Evolve, func(s payrun.State) ([]domain.Event, error) {
		return payrun.DecideStop(s, payrun.StopLine{Line: lines[line-1], Reason: reason, Kept: kept})
	})
	if err != nil {
		return out, err
	}
	if err := l.undoStopped(ctx, c, id); err != nil {
		return out, &FollowUpError{Subject{PayrunSubject, id}, err}
	}
	return out, nil
}

// holdsMoney says that the payee of a line has money of it that its standing draw covers. Only a run that was instructed
// before can have such a line; what banks said of it must then be known to the end.
func (l *Ledger) holdsMoney(ctx context.Context, run payrun.State, line payrun.Line) (bool, error) {
	if run.Instruction.Number == 0 || slices.ContainsFunc(run.Stopped, func(s payrun.Stop) bool { return s.Draw == line.Draw }) {
		return false, nil
	}
	if _, err := l.booked(ctx, run.Opened.Finance, nil); err != nil {
		return false, err
	}
	known, err := l.views.InstructedByRef(ctx, run.Opened.Finance, []string{line.PayRef})
	for _, k := range known {
		if !k.Line.Undrawn && k.State.Standing(k.Line).Held().Sign() > 0 {
			return true, err
		}
	}
	return false, err
}

// undoStopped undoes the draws of stopped lines that still stand and are not kept.
func (l *Ledger) undoStopped(ctx context.Context, c Command, id string) error {
	for r, err := range l.store.ReadStream(ctx, payrun.Stream(id), 0, eventstore.Forwards) {
		if err != nil {
			return err
		}
		if r.Type != (payrun.StoppedLine{}).EventType() {
			continue
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return err
		}
		stopped := e.Event.(payrun.StoppedLine)
		if err := l.freeStopped(ctx, c, id, r.ID); err != nil {
			return err
		}
		if stopped.Kept {
			continue
		}
		if err := l.undo(ctx, c, stopped.Person, stopped.Draw, id, r.ID, beneficiary.Stopped); err != nil {
			return err
		}
	}
	return nil
}

// freeStopped releases what the fund had set aside for a stopped line. It comes before its draw is undone: that ends the
// follow-up.
func (l *Ledger) freeStopped(ctx context.Context, c Command, id, stop string) error {
	s, err := l.Payrun(ctx, id)
	if err != nil || s.Status != payrun.StatusReleased {
		return err // instructed meanwhile: the instruction set aside exactly what is payable
	}
	_, payable := s.Payable()
	return l.freeFund(ctx, c, s.Opened, stop, "stopped", payable, fund.ForStopped)
}

// undoRound undoes the draws of a round that was sent back or cancelled, and says so when none is left. A cancelled run is
// swept each time it is asked for: somebody who was still preparing it may have drawn after the others were undone.
func (l *Ledger) undoRound(ctx context.Context, c Command, id string) error {
	s, err := l.Payrun(ctx, id)
	cancelled := s.Status == payrun.StatusCancelled
	if err != nil || s.Undoing == 0 && !cancelled {
		return err
	}
	why, released := beneficiary.SentBack, fund.ForSentBack
	if cancelled {
		why, released = beneficiary.Cancelled, fund.ForCancelled
	}
	intent := s.VoidedBy
	if err := l.freeFund(ctx, c, s.Opened, intent, fmt.Sprintf("round|%d|%s", s.Undoing, released), domain.Money{}, released); err != nil {
		return err
	}
	if err := l.sweep(ctx, c, s, intent, why); err != nil || s.Undoing == 0 {
		return err
	}
	round := s.Undoing
	undone, err := l.countUndone(ctx, s, round)
	if err != nil {
		return err
	}
	c.ID, c.Cause, c.Content = followUp(intent, payrun.Stream(id), fmt.Sprintf("undone|%d", round)), intent, round
	_, err = execute(ctx, l, payrun.Stream(id), c, payrun.Evolve, func(s payrun.State) ([]domain.Event, error) {
		if s.Undoing != round {
			return nil, nil
		}
		return payrun.DecideUndone(s, payrun.Undo{Round: round, Draws: undone})
	})
	return err
}

// sweep undoes every draw of a run that stands and was not stopped. Draws are found in the folds of everybody on the run's
// list, so that one that was drawn and never listed is found too.
func (l *Ledger) sweep(ctx context.Context, c Command, s payrun.State, intent string, why beneficiary.Cause) error {
	if err := l.syncedToHead(ctx); err != nil {
		return err
	}
	for fold, err := range l.views.People(ctx, s.Opened.Office, s.Opened.Programme) {
		if err != nil {
			return fmt.Errorf("draws of pay run %s: %w", s.Opened.Run, err)
		}
		for _, d := range fold.State.Draws {
			if d.Run != s.Opened.Run || stoppedDraw(s, d.ID) {
				continue
			}
			if err := l.undo(ctx, c, fold.Person, d.ID, s.Opened.Run, intent, why); err != nil {
				return err
			}
		}
	}
	return nil
}

func stoppedDraw(s payrun.State, draw string) bool {
	for _, stop := range s.Stopped {
		if stop.Draw == draw {
			return true
		}
	}
	return false
}

// countUndone is how many draws the round had that were not stopped, once none of them stands any more.
func (l *Ledger) countUndone(ctx context.Context, s payrun.State, round int) (int, error) {
	if err := l.syncedToHead(ctx); err != nil {
		return 0, err
	}
	for fold, err := range l.views.People(ctx, s.Opened.Office, s.Opened.Programme) {
		if err != nil {
			return 0, err
		}
		for _, d := range fold.State.Draws {
			if d.Run == s.Opened.Run && !stoppedDraw(s, d.ID) {
				return 0, fmt.Errorf("draw %s of pay run %s still stands", d.ID, s.Opened.Run)
			}
		}
	}
	if s.Listing.Round != round {
		return 0, nil // nothing was listed yet
	}
	return s.Listing.Lines - len(s.Stopped), nil
}
