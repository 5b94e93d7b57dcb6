package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/domain/slot"
	"almoner/eventstore"
	"almoner/ledger/rosterfile"
)

// importChunk is how many rows are looked up, worked out and written together: enough that the vault and the disk are asked
// seldom, few enough that memory stays flat.
const importChunk = 1000

// evaluated is one row of the file with what became of it.
type evaluated struct {
	row      rosterfile.Row
	change   change.Change
	problems []rosterfile.Problem // the row is refused if one is an error
}

// each reads the file from row number from on (0 is the first) and hands the rows to do, chunk by chunk, in order. While
// one chunk is worked out and written, the next is being read.
func (i *importing) each(ctx context.Context, register bool, from int, do func([]evaluated) error) error {
	chunks := make(chan []rosterfile.Row, 1)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(chunks)
		return i.read(ctx, from, chunks)
	})
	group.Go(func() error {
		for rows := range chunks {
			out, err := i.evaluate(ctx, rows, register)
			if err != nil {
				return err
			}
			if err := do(out); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

func (i *importing) read(ctx context.Context, from int, chunks chan<- []rosterfile.Row) error {
	var chunk []rosterfile.Row
	send := func() error {
		if len(chunk) == 0 {
			return nil
		}
		select {
		case chunks <- chunk:
			chunk = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	n := 0
	for row, err := range i.file.Rows() {
		if err != nil {
			return err
		}
		n++
		if n <= from {
			continue
		}
		chunk = append(chunk, row)
		if len(chunk) == importChunk {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// evaluate works out a chunk on all cores; what rows of one file do to each other is looked at in their order.
func (i *importing) evaluate(ctx context.Context, rows []rosterfile.Row, register bool) ([]evaluated, error) {
	who, err := i.resolve(ctx, i.book, rows, register)
	if err != nil {
		return nil, err
	}
	out := make([]evaluated, len(rows))
	err = eachParallel(ctx, len(rows), func(_ context.Context, k int) error {
		out[k] = evaluated{row: rows[k], problems: rows[k].Problems}
		if rows[k].OK() {
			out[k].change, out[k].problems = i.proposer.propose(rows[k], who[k])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for k := range out {
		if e := &out[k]; !barred(e.problems) {
			if err := cases.CheckChange(e.change); err != nil {
				e.problems = append(e.problems, problemOf(e.row, err))
				continue
			}
			if p := i.slots.take(i.book, e.change, e.row, who[k]); p != nil {
				e.problems = append(e.problems, *p)
			}
		}
	}
	return out, nil
}

func problemOf(row rosterfile.Row, err error) rosterfile.Problem {
	p := rosterfile.Problem{Rule: "import.fault", Severity: rosterfile.Error, Message: "无法计算：" + err.Error(), Remedy: "联系管理员。"}
	var refusal *domain.RefusedError
	if !errors.As(err, &refusal) {
		return problemAt(row, rosterfile.Cell{}, p)
	}
	p.Rule = refusal.Rule
	p.Message, p.Remedy = refusalWords(refusal)
	return problemAt(row, row.Cell(refusalFields(refusal.Rule)...), p)
}

// fileSlots is what the accepted rows of one file take of children's slots, with the row that took it first.
type fileSlots map[string]*fileSlot

type fileSlot struct {
	state slot.State
	line  int
}

// take adds a row's share, or says that the file gives the child away more than once.
func (s fileSlots) take(book *rulebook.Rulebook, c change.Change, row rosterfile.Row, who people) *rosterfile.Problem {
	if c.Admission == nil || book.SlotKind() != rulebook.SlotChild {
		return nil
	}
	for _, child := range c.Admission.SlotOf {
		held := s[child]
		if held == nil {
			held = &fileSlot{line: row.Line}
			for _, h := range who.claims[child] {
				if h.covers(c.Person, c.Admission.FirstUnit) {
					held.state.Claims = append(held.state.Claims, h.Claim)
				}
			}
			s[strings.Clone(child)] = held // a decoded event's strings share its bytes, which would all be kept
		}
		by := strings.Clone(c.Person)
		events, err := held.state.DecideClaim(slot.Take{Group: c.Admission.Group, Person: child, Claim: by, By: by, Enrolment: dryCause, Share: strings.Clone(c.Admission.Share)})
		if err != nil {
			p := problemAt(row, cellOfChild(row, who, child), rosterfile.Problem{
				Rule: "import.slot-in-file", Severity: rosterfile.Error, Message: fmt.Sprintf("与第 %d 行是同一个子女，份额合计超过一份。", held.line),
				Remedy: "夫妻各领一半的，两行份额都填 1/2；只由一方领取的，删除另一行。",
			})
			return &p
		}
		for _, e := range events {
			held.state = slot.Evolve(held.state, domain.Fact{Event: e})
		}
	}
	return nil
}

// rulesOf lists the rule ids of a severity, each once, in order.
func rulesOf(problems []rosterfile.Problem, severity rosterfile.Severity) []string {
	var rules []string
	for _, p := range problems {
		if p.Severity == severity && !slices.Contains(rules, p.Rule) {
			rules = append(rules, p.Rule)
		}
	}
	return rules
}

// ImportRow is one accepted row as it is stored and signed. Names and numbers print masked; Change.Private is nil when the
// person was erased or the row was read without keys.
type ImportRow struct {
	Event    string // event id: the cause of the row's effects
	Row      int
	Sheet    string // index in the file, from "1"; empty for a text file
	Change   change.Change
	Warnings []string             // rule ids
	Notes    []rosterfile.Problem // the warnings as the dry run told them; nil when the file's key was not read
	Leaf     tlog.Hash
}

// storedRows yields the accepted rows of an import in order, without opening anything.
func (l *Ledger) storedRows(ctx context.Context, id string) iter.Seq2[ImportRow, error] {
	return func(yield func(ImportRow, error) bool) {
		for r, err := range l.store.ReadStream(ctx, imports.Stream(id), 0, eventstore.Forwards) {
			if err != nil {
				yield(ImportRow{}, fmt.Errorf("read import %s: %w", id, err))
				return
			}
			if r.Type != (imports.RowAccepted{}).EventType() {
				continue
			}
			row, err := importRow(r, nil)
			if err != nil {
				yield(ImportRow{}, fmt.Errorf("read import %s at %d: %w", id, r.Revision, err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func importRow(r eventstore.Recorded, keys codec.KeySource) (ImportRow, error) {
	stored, err := codec.DecodeEvent(r.Data, keys)
	if err != nil {
		return ImportRow{}, err
	}
	e, ok := stored.Event.(imports.RowAccepted)
	if !ok {
		return ImportRow{}, fmt.Errorf("%s is no accepted row", stored.EventType())
	}
	return ImportRow{
		Event: stored.ID, Row: e.Row, Sheet: e.Sheet, Change: e.Change, Warnings: e.Warnings, Notes: problemsOf(e.Row, e.Private), Leaf: stored.Leaf,
	}, nil
}

// rowChunks yields accepted rows, opened with their persons' keys, chunk by chunk.
func (l *Ledger) rowChunks(ctx context.Context, id, scope string) iter.Seq2[[]ImportRow, error] {
	return func(yield func([]ImportRow, error) bool) {
		var held []eventstore.Recorded
		flush := func() bool {
			rows, err := l.openRows(ctx, held, scope)
			held = held[:0]
			return yield(rows, err) && err == nil
		}
		for r, err := range l.store.ReadStream(ctx, imports.Stream(id), 0, eventstore.Forwards) {
			if err != nil {
				yield(nil, fmt.Errorf("read import %s: %w", id, err))
				return
			}
			if r.Type != (imports.RowAccepted{}).EventType() {
				continue
			}
			if held = append(held, r); len(held) == importChunk && !flush() {
				return
			}
		}
		if len(held) > 0 {
			flush()
		}
	}
}

// openRows decodes stored rows on all cores with the keys of everybody they name. scope is "whole" or a village.
func (l *Ledger) openRows(ctx context.Context, stored []eventstore.Recorded, scope string) ([]ImportRow, error) {
	var kids []string
	for _, r := range stored {
		e, err := codec.Decode(r.Data)
		if err != nil {
			return nil, fmt.Errorf("read %s at %d: %w", r.Stream, r.Revision, err)
		}
		for _, s := range e.Sealed {
			kids = append(kids, s.Kid)
		}
	}
	keys, err := l.bulkKeys(ctx, kids)
	if err != nil {
		return nil, err
	}
	rows := make([]ImportRow, len(stored))
	err = eachParallel(ctx, len(stored), func(_ context.Context, i int) (err error) {
		rows[i], err = importRow(stored[i], keys)
		return err
	})
	if err != nil {
		return nil, err
	}
	if scope != "" && scope != signoff.WholeScope {
		rows = slices.DeleteFunc(rows, func(r ImportRow) bool { return string(r.Change.Village) != scope })
	}
	return rows, nil
}

// Rows yields what is signed of an import: the accepted rows of a scope ("whole" or a village's code), in order.
func (l *Ledger) Rows(ctx context.Context, id, scope string) iter.Seq2[ImportRow, error] {
	return func(yield func(ImportRow, error) bool) {
		for rows, err := range l.rowChunks(ctx, id, scope) {
			if err != nil {
				yield(ImportRow{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// RefusedRow is one row that was not taken in. Problems and cells are readable as long as the file's key is.
type RefusedRow struct {
	Row      int
	Sheet    string // index in the file, from "1"; empty for a text file
	Rules    []string
	Cells    []string             // as imports.Row says, in clear
	Problems []rosterfile.Problem // as the dry run tells them, warnings too
	More     int                  // problems beyond those kept
}

// RefusedRows yields the rows of an import that were refused, in order.
func (l *Ledger) RefusedRows(ctx context.Context, id string) iter.Seq2[RefusedRow, error] {
	return func(yield func(RefusedRow, error) bool) {
		keys := l.keySource(ctx)
		for r, err := range l.store.ReadStream(ctx, imports.Stream(id), 0, eventstore.Forwards) {
			if err == nil && r.Type != (imports.RowRefused{}).EventType() {
				continue
			}
			var stored codec.Stored
			if err == nil {
				stored, err = codec.DecodeEvent(r.Data, keys)
			}
			if err != nil {
				yield(RefusedRow{}, fmt.Errorf("read import %s: %w", id, err))
				return
			}
			e := stored.Event.(imports.RowRefused)
			row := RefusedRow{Row: e.Row, Sheet: e.Sheet, Rules: e.Rules}
			if e.Private != nil {
				row.Cells, row.Problems, row.More = e.Private.Cells, problemsOf(e.Row, &e.Private.Notes), e.Private.More
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// rowTotals builds roots, counts and sums of rows as they come.
type rowTotals struct {
	whole    *sectionTotals
	sections map[domain.AreaCode]*sectionTotals
}

type sectionTotals struct {
	root rootBuilder
	sum  domain.Money
}

func newRowTotals() *rowTotals {
	return &rowTotals{whole: &sectionTotals{}, sections: map[domain.AreaCode]*sectionTotals{}}
}

func (t *rowTotals) add(row ImportRow) {
	village := t.sections[row.Change.Village]
	if village == nil {
		village = &sectionTotals{}
		t.sections[row.Change.Village] = village
	}
	for _, s := range []*sectionTotals{t.whole, village} {
		s.root.add(row.Leaf)
		s.sum = s.sum.Add(cases.Money(row.Change))
	}
}

func (s *sectionTotals) totals() signoff.Totals {
	return signoff.Totals{Lines: s.root.leaves, Root: s.root.root(), Total: s.sum.String()}
}

func (t *rowTotals) submission() (signoff.Totals, []signoff.SectionTotals) {
	var sections []signoff.SectionTotals
	for _, village := range slices.Sorted(maps.Keys(t.sections)) {
		sections = append(sections, signoff.SectionTotals{Scope: string(village), Totals: t.sections[village].totals()})
	}
	return t.whole.totals(), sections
}
