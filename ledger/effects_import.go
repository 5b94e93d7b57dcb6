package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// ApplyImport carries an agreed import out, row by row in the order of the file, and ends it. A row that may not take effect
// any more is recorded with the rule that stopped it and holds up nobody else. It may be repeated after a crash at any
// point; an import that is not agreed needs nothing.
func (l *Ledger) ApplyImport(ctx context.Context, id string, progress Progress) error {
	if err := l.applyImport(ctx, id, progress); err != nil {
		return fmt.Errorf("apply import %s: %w", id, err)
	}
	return nil
}

func (l *Ledger) applyImport(ctx context.Context, id string, progress Progress) error {
	stream := imports.Stream(id)
	s, err := load(ctx, l, stream, imports.Evolve)
	if err != nil || s.state.Status != imports.StatusAgreed {
		return err
	}
	decision, err := l.decision(ctx, stream, (imports.Decided{}).EventType())
	if err != nil {
		return err
	}
	opened := s.state.Opened
	book, err := l.inForce(ctx, opened.Programme, opened.Region, opened.Rulebook)
	if err != nil {
		return err
	}
	failed, err := l.failedRows(ctx, stream)
	if err != nil {
		return err
	}
	e := &effects{Ledger: l, actor: decision.actor, intent: decision.ID, book: book, decidedOn: decision.Event.(imports.Decided).DecidedOn}
	done := 0
	for rows, err := range l.rowChunks(ctx, id, signoff.WholeScope) {
		if err != nil {
			return err
		}
		if err := e.takeRows(ctx, id, rows, failed); err != nil {
			return err
		}
		done += len(rows)
		progress.tell(done, s.state.Accepted)
	}
	return e.endImport(ctx, id)
}

// failedRows lists the rows that were recorded as failed before: they are not tried again, whatever has changed since.
func (l *Ledger) failedRows(ctx context.Context, stream string) (map[imports.Place]bool, error) {
	failed := map[imports.Place]bool{}
	for r, err := range l.store.ReadStream(ctx, stream, eventstore.End, eventstore.Backwards) {
		if err != nil {
			return nil, fmt.Errorf("read stream %s: %w", stream, err)
		}
		switch r.Type {
		case (imports.Decided{}).EventType():
			return failed, nil
		case (imports.RowFailed{}).EventType():
			stored, err := codec.DecodeEvent(r.Data, nil)
			if err != nil {
				return nil, fmt.Errorf("read stream %s at %d: %w", stream, r.Revision, err)
			}
			row := stored.Event.(imports.RowFailed)
			failed[imports.Place{Sheet: row.Sheet, Row: row.Row}] = true
		}
	}
	return failed, nil
}

// takeRows carries one chunk out and records what failed.
func (e *effects) takeRows(ctx context.Context, id string, rows []ImportRow, failed map[imports.Place]bool) error {
	agreed := make([]*agreedRow, 0, len(rows))
	for _, r := range rows {
		a := &agreedRow{cause: r.Event, change: r.Change, row: r.Row, sheet: r.Sheet}
		if failed[imports.Place{Sheet: r.Sheet, Row: r.Row}] {
			a.failed, a.recorded = "import.failed-before", true
		}
		agreed = append(agreed, a)
	}
	return e.take(ctx, agreed, func() error { return e.recordFailed(ctx, id, agreed) })
}

// recordFailed appends the failures of a chunk, in the order of the file. The command id of a page covers every row and rule
// in it: a page with the same first row and others after it is another page, and is not taken for a repetition.
func (e *effects) recordFailed(ctx context.Context, id string, rows []*agreedRow) error {
	fresh := slices.DeleteFunc(slices.Clone(rows), func(r *agreedRow) bool { return r.failed == "" || r.recorded })
	for page := range slices.Chunk(fresh, imports.MaxBatch) {
		stream := imports.Stream(id)
		first, step := page[0].cause, "failed|"+pageHash(page)
		c := Command{Actor: e.actor, ID: followUp(first, stream, step), Cause: first, Content: followUpContent{first, step}}
		_, err := execute(ctx, e.Ledger, stream, c, imports.Evolve, func(s imports.State) ([]domain.Event, error) { return failures(s, page) })
		if err != nil {
			return fmt.Errorf("record failed rows: %w", err)
		}
	}
	return nil
}

func pageHash(rows []*agreedRow) string {
	h := sha256.New()
	for _, r := range rows {
		fmt.Fprintf(h, "%q %q\n", r.cause, r.failed)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func failures(s imports.State, rows []*agreedRow) ([]domain.Event, error) {
	var events []domain.Event
	for _, r := range rows {
		more, err := imports.DecideRowFailed(s, imports.FailRow{Person: r.change.Person, Place: imports.Place{Sheet: r.sheet, Row: r.row}, Rule: r.failed})
		if err != nil {
			return nil, err
		}
		for _, e := range more {
			s = imports.Evolve(s, domain.Fact{Event: e})
		}
		events = append(events, more...)
	}
	return events, nil
}

// endImport says how many rows took effect and how many failed.
func (e *effects) endImport(ctx context.Context, id string) error {
	stream := imports.Stream(id)
	c := Command{Actor: e.actor, ID: followUp(e.intent, stream, "applied"), Cause: e.intent, Content: followUpContent{e.intent, "applied"}}
	_, err := execute(ctx, e.Ledger, stream, c, imports.Evolve, func(s imports.State) ([]domain.Event, error) {
		return imports.DecideApplied(s, imports.Apply{Applied: s.Accepted - s.Failed, Failed: s.Failed})
	})
	return err
}
