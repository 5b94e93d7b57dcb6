package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
)

// run is the hot part of one pay run.
type run struct {
	stream    int64
	state     payrun.State
	opened    int64
	released  int64 // log index; -1 before
	intended  bool  // its preparation stands in intents_v1
	persisted bool  // it was opened; a draw for a run that never was makes none
}

// run gives a run by its id. One that was never opened has an empty state.
func (b *batch) run(id string) (*run, error) {
	if r, ok := b.dirtyRuns[id]; ok {
		return r, nil
	}
	if r, ok := b.runs.get(id); ok {
		return r, nil
	}
	r := &run{released: -1}
	var state []byte
	var released *int64
	found, err := b.row([]any{&r.stream, &r.opened, &released, &state}, `SELECT stream, opened, released, state FROM payruns_v1 WHERE run = ?`, id)
	if err == nil && found {
		err = codec.Unmarshal(state, &r.state)
		r.persisted = true
		if released != nil {
			r.released = *released
		}
	}
	if err == nil && found {
		r.intended, err = b.row([]any{new(int64)}, `SELECT 1 FROM intents_v1 WHERE stream = ? AND kind = ?`, r.stream, string(PrepareRun))
	}
	if err != nil {
		return nil, fmt.Errorf("state of pay run %s: %w", id, err)
	}
	b.runs.put(id, r)
	return r, nil
}

func (b *batch) writeRun(r *run) error {
	state, err := encode(r.state)
	if err != nil {
		return err
	}
	var released any
	if r.released >= 0 {
		released = r.released
	}
	o := r.state.Opened
	return b.exec(`INSERT OR REPLACE INTO payruns_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		o.Run, r.stream, o.Programme, o.Office, o.Period.String(), string(r.state.Status), r.opened, released, state)
}

func (b *batch) applyRun(at, stream int64, e *decoded) error {
	id := runOf(e.Event)
	r, err := b.run(id)
	if err != nil {
		return err
	}
	if opened, ok := e.Event.(payrun.Opened); ok {
		r.stream, r.opened, r.persisted = stream, at, true
		if err := b.subjectOpened(at, stream, Subject{Kind: PayrunSubject, ID: id, Office: opened.Office, Programme: opened.Programme}); err != nil {
			return err
		}
	}
	if !r.persisted {
		return fmt.Errorf("pay run %s was never opened", id)
	}
	r.state = payrun.Evolve(r.state, e.Fact)
	b.dirtyRuns[id] = r
	if err := b.runRows(at, stream, r, e); err != nil {
		return err
	}
	if err := b.bookRun(at, r, e); err != nil {
		return err
	}
	return b.runFollowUps(at, r, e.Event)
}

// runOf is the run an event of a run's stream belongs to.
func runOf(event domain.Event) string {
	switch e := event.(type) {
	case payrun.Opened:
		return e.Run
	case payrun.Listed:
		return e.Run
	case payrun.HeldPage:
		return e.Run
	case payrun.Prepared:
		return e.Run
	case payrun.Submitted:
		return e.Run
	case payrun.SignedOff:
		return e.Run
	case payrun.SentBack:
		return e.Run
	case payrun.Released:
		return e.Run
	case payrun.Cancelled:
		return e.Run
	case payrun.StoppedLine:
		return e.Run
	case payrun.Undone:
		return e.Run
	case payrun.Instructed:
		return e.Run
	case payrun.InstructionRejected:
		return e.Run
	case payrun.Settled:
		return e.Run
	}
	return ""
}

// runRows writes pages, signatures and stops, and what waits for whom.
func (b *batch) runRows(at, stream int64, r *run, e *decoded) error {
	switch event := e.Event.(type) {
	case payrun.Listed:
		first := 0
		if len(event.Lines) > 0 {
			first = event.Lines[0].Line
		}
		return b.page(e, event.Run, event.Round, 0, event.Page, first, len(event.Lines), event)
	case payrun.HeldPage:
		return b.page(e, event.Run, event.Round, 1, event.Page, 0, len(event.Lines), event)
	case payrun.Submitted:
		if err := b.signature(at, event.Run, event.Signed); err != nil {
			return err
		}
	case payrun.SignedOff:
		if err := b.signature(at, event.Run, event.Signed); err != nil {
			return err
		}
	case payrun.SentBack:
		if err := b.exec(`INSERT INTO payrun_signatures_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, event.Run, at, event.Round, event.Step, signoff.WholeScope,
			string(signoff.SendBack), event.Person, event.Reason, string(event.Signature.Custody), event.Signature.Key); err != nil {
			return err
		}
	case payrun.Released:
		r.released = at
	case payrun.StoppedLine:
		if err := b.stopped(at, event); err != nil {
			return err
		}
	case payrun.Instructed:
		if err := b.instructed(at, r, e, event); err != nil {
			return err
		}
	case payrun.InstructionRejected:
		if err := b.rejected(at, r, e, event.Run); err != nil {
			return err
		}
	case payrun.Settled:
		if err := b.gaveUp(event.Run); err != nil {
			return err
		}
	}
	return b.subjectChanged(at, stream, string(r.state.Status), SubjectCounts{}, r.state.Signing)
}

func (b *batch) signature(at int64, run string, s signoff.Signed) error {
	return b.exec(`INSERT INTO payrun_signatures_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		run, at, s.Round, s.Step, s.Scope, string(signoff.Agree), s.Person, opinionOf(s), string(s.Signature.Custody), s.Signature.Key)
}

// page keeps the event's data: it is read again as it was stored.
func (b *batch) page(e *decoded, run string, round, held, page, first, lines int, event domain.Event) error {
	data := string(e.Envelope.Data)
	if info, ok := codec.Lookup(e.Envelope.Type); !ok || info.Schema != e.Envelope.Schema {
		upcast, err := encode(event)
		if err != nil {
			return err
		}
		data = string(upcast)
	}
	return b.exec(`INSERT INTO payrun_pages_v1 VALUES (?, ?, ?, ?, ?, ?, ?)`, run, round, held, page, first, lines, data)
}

// stopped marks a stopped line's draw and takes it out of the run's totals. What a bank says of the line from now on knows
// that its units are due again. A line whose draw is kept was paid, and stays in all totals.
func (b *batch) stopped(at int64, e payrun.StoppedLine) error {
	if err := b.exec(`INSERT OR REPLACE INTO payrun_stops_v1 VALUES (?, ?, ?, ?)`, e.Run, e.Line, at, e.Reason); err != nil {
		return err
	}
	if e.Kept {
		return nil
	}
	if err := b.undrawnLine(e.Run, e.Line, e.Draw); err != nil {
		return err
	}
	h, err := b.head(beneficiary.Stream(e.Person))
	if err != nil || h.rev < 0 {
		return err // nobody by that id: nothing was drawn
	}
	found, err := b.findDraw(h.id, e.Draw)
	if err != nil || found == nil || found.stopped {
		return err
	}
	if err := b.exec(`UPDATE draws_v1 SET stopped = ? WHERE stream = ? AND rev = ?`, at, h.id, found.rev); err != nil {
		return err
	}
	b.count(e.Run, found.class, amounts(found.event), -1)
	return b.intend(b.dirtyRuns[e.Run].stream, UndoStopped, at, e.Draw, e.Person)
}

// runFollowUps keeps the intents that a run's events open and close.
func (b *batch) runFollowUps(at int64, r *run, event domain.Event) error {
	switch event.(type) {
	case payrun.Opened, payrun.Listed, payrun.HeldPage:
		return b.preparing(at, r)
	case payrun.Prepared:
		return b.preparationEnded(r)
	case payrun.SentBack:
		return b.intend(r.stream, UndoDraws, at, "", "")
	case payrun.Cancelled:
		if err := b.preparationEnded(r); err != nil {
			return err
		}
		return b.intend(r.stream, UndoDraws, at, "", "")
	case payrun.Undone:
		return b.fulfil(r.stream, UndoDraws)
	}
	return nil
}

// preparing notes that a run's list is being made: its opening, and a draw or a page of a later round, begin it.
func (b *batch) preparing(at int64, r *run) error {
	if r.intended || !r.persisted || r.state.Status == payrun.StatusCancelled {
		return nil
	}
	r.intended = true
	return b.intend(r.stream, PrepareRun, at, "", "")
}

func (b *batch) preparationEnded(r *run) error {
	r.intended = false
	return b.fulfil(r.stream, PrepareRun)
}

func (b *batch) intend(stream int64, kind IntentKind, at int64, draw, person string) error {
	return b.exec(`INSERT OR REPLACE INTO intents_v1 VALUES (?, ?, ?, ?, ?)`, stream, string(kind), draw, person, at)
}

func (b *batch) fulfil(stream int64, kind IntentKind) error {
	return b.exec(`DELETE FROM intents_v1 WHERE stream = ? AND kind = ?`, stream, string(kind))
}
