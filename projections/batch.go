package projections

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/month"
)

// What the runner keeps in memory, in entries of each cache's generation: a county's people with their states are some
// 60 MB, and nothing grows beyond that.
const (
	hotStreams = 1 << 16
	hotPeople  = 1 << 14
	hotRuns    = 64
)

// sampleEvery is how many entries lie between two samples of instants_v1: finding an instant reads that many at most.
const sampleEvery = 500

// runner is what the one who moves the read models keeps between batches. It belongs to whoever holds Views.mover. What it
// holds was committed, or is dropped together with the transaction that failed.
type runner struct {
	at stand

	words   map[string]int64 // words_v1; they are few
	streams *cache[string, *head]
	people  *cache[int64, *person]
	runs    *cache[string, *run]
	houses  *cache[string, int64]
	nextRow struct{ word, stream, house int64 }
	loaded  bool // nextRow was read
}

// head is the end of a stream.
type head struct {
	id, rev, logIndex int64
}

func newRunner(at stand) *runner {
	return &runner{
		at: at, words: map[string]int64{}, streams: newCache[string, *head](hotStreams),
		people: newCache[int64, *person](hotPeople), runs: newCache[string, *run](hotRuns), houses: newCache[string, int64](hotPeople),
	}
}

// batch is one transaction on its way.
type batch struct {
	*runner
	ctx   context.Context
	tx    *sql.Tx
	stmts map[string]*sql.Stmt

	maxAt  int64 // latest "at" of all entries so far
	events *bulk
	draws  *bulk

	// Written once at the end, however often they changed in the batch.
	heads       map[int64]*head
	dirtyPeople map[int64]*person
	dirtyRuns   map[string]*run
	totals      map[totalsKey]totalsRow
	bankFiles   map[string]*bankFile
	monthBooks  map[string]month.Books // by finance office
}

func (r *runner) begin(ctx context.Context, tx *sql.Tx) *batch {
	return &batch{
		runner: r, ctx: ctx, tx: tx, stmts: map[string]*sql.Stmt{}, maxAt: r.at.maxAt,
		events: newBulk("events_v1", 12), draws: newBulk("draws_v1", 11),
		heads: map[int64]*head{}, dirtyPeople: map[int64]*person{}, dirtyRuns: map[string]*run{}, totals: map[totalsKey]totalsRow{},
		bankFiles: map[string]*bankFile{}, monthBooks: map[string]month.Books{},
	}
}

// prepared gives the statement of a query, prepared once a transaction.
func (b *batch) prepared(query string) (*sql.Stmt, error) {
	if s, ok := b.stmts[query]; ok {
		return s, nil
	}
	s, err := b.tx.PrepareContext(b.ctx, query)
	if err != nil {
		return nil, fmt.Errorf("%.60s: %w", query, err)
	}
	b.stmts[query] = s
	return s, nil
}

func (b *batch) exec(query string, args ...any) error {
	s, err := b.prepared(query)
	if err != nil {
		return err
	}
	if _, err := s.ExecContext(b.ctx, args...); err != nil {
		return fmt.Errorf("%.60s: %w", query, err)
	}
	return nil
}

// row reads the one row of a query; found is false if there is none.
func (b *batch) row(dest []any, query string, args ...any) (found bool, err error) {
	s, err := b.prepared(query)
	if err != nil {
		return false, err
	}
	err = s.QueryRowContext(b.ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%.60s: %w", query, err)
	}
	return true, nil
}

// load reads where numbering goes on.
func (b *batch) load() error {
	if b.loaded {
		return nil
	}
	for _, x := range []struct {
		query string
		dest  *int64
	}{
		{`SELECT coalesce(max(id), 0) + 1 FROM words_v1`, &b.nextRow.word},
		{`SELECT coalesce(max(id), 0) + 1 FROM streams_v1`, &b.nextRow.stream},
		{`SELECT coalesce(max(id), 0) + 1 FROM households_v1`, &b.nextRow.house},
	} {
		if _, err := b.row([]any{x.dest}, x.query); err != nil {
			return err
		}
	}
	b.loaded = true
	return nil
}

// word gives the number of a text that repeats.
func (b *batch) word(text string) (int64, error) {
	if id, ok := b.words[text]; ok {
		return id, nil
	}
	var id int64
	found, err := b.row([]any{&id}, `SELECT id FROM words_v1 WHERE word = ?`, text)
	if err == nil && !found {
		id = b.nextRow.word
		b.nextRow.word++
		err = b.exec(`INSERT INTO words_v1 VALUES (?, ?)`, id, text)
	}
	if err == nil {
		b.words[text] = id
	}
	return id, err
}

// household gives the number of a household; 0 for none.
func (b *batch) household(name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	if id, ok := b.houses.get(name); ok {
		return id, nil
	}
	var id int64
	found, err := b.row([]any{&id}, `SELECT id FROM households_v1 WHERE household = ?`, name)
	if err == nil && !found {
		id = b.nextRow.house
		b.nextRow.house++
		err = b.exec(`INSERT INTO households_v1 VALUES (?, ?)`, id, name)
	}
	if err == nil {
		b.houses.put(name, id)
	}
	return id, err
}

// stream gives a stream's head; that of a new one has the revision -1.
func (b *batch) stream(name string) (*head, error) {
	if h, ok := b.streams.get(name); ok {
		return h, nil
	}
	h := &head{rev: -1}
	found, err := b.row([]any{&h.id, &h.rev, &h.logIndex},
		`SELECT s.id, h.rev, h.log_index FROM streams_v1 s JOIN heads_v1 h ON h.stream = s.id WHERE s.name = ?`, name)
	if err == nil && !found {
		h.id = b.nextRow.stream
		b.nextRow.stream++
		err = b.exec(`INSERT INTO streams_v1 VALUES (?, ?)`, h.id, name)
		if err == nil {
			// The row is there at once: the cache may forget the head before the batch ends.
			err = b.exec(`INSERT INTO heads_v1 VALUES (?, -1, 0)`, h.id)
		}
	}
	if err != nil {
		return nil, err
	}
	b.streams.put(name, h)
	return h, nil
}

// apply takes one event into every read model.
func (b *batch) apply(at int64, e *decoded) error {
	if err := b.load(); err != nil {
		return err
	}
	h, err := b.head(e.Envelope.Stream)
	if err != nil {
		return err
	}
	if e.Envelope.Rev != h.rev+1 {
		return broken("entry %d: stream %s goes on at revision %d after %d: an event is missing or came twice", at, e.Envelope.Stream, e.Envelope.Rev, h.rev)
	}
	h.rev, h.logIndex = e.Envelope.Rev, at
	b.heads[h.id] = h
	if err := errors.Join(b.sample(at, e), b.addEvent(at, h.id, e)); err != nil {
		return err
	}
	return b.dispatch(at, h.id, e)
}

// sample notes the latest time before every so many entries.
func (b *batch) sample(at int64, e *decoded) error {
	before := b.maxAt
	b.maxAt = max(b.maxAt, e.Envelope.At.UnixMicro())
	if at == 0 || at%sampleEvery != 0 {
		return nil
	}
	return b.exec(`INSERT INTO instants_v1 VALUES (?, ?)`, at, before)
}

// head is stream, but prefers what this batch has changed and the cache has forgotten.
func (b *batch) head(name string) (*head, error) {
	h, err := b.stream(name)
	if err != nil {
		return nil, err
	}
	if changed, ok := b.heads[h.id]; ok && changed != h {
		b.streams.put(name, changed)
		return changed, nil
	}
	return h, nil
}

func (b *batch) addEvent(at, stream int64, e *decoded) error {
	env := &e.Envelope
	var words [4]int64
	for i, text := range [4]string{env.Type, env.Officer, env.Office, env.Capacity} {
		var err error
		if words[i], err = b.word(text); err != nil {
			return err
		}
	}
	id, err := uuid.Parse(env.ID)
	if err != nil {
		return err
	}
	var cause, on, reason any
	if env.Cause != "" {
		c, err := uuid.Parse(env.Cause)
		if err != nil {
			return err
		}
		cause = c[:]
	}
	if !env.On.IsZero() {
		on = env.On.String()
	}
	if r := reasonOf(e.Event); r != "" {
		reason = r
	}
	return b.events.add(b, at, stream, env.Rev, words[0], id[:], env.At.UnixMicro(), on, words[1], words[2], words[3], cause, reason)
}

// finish writes what was gathered.
func (b *batch) finish() error {
	if err := errors.Join(b.events.flush(b), b.draws.flush(b)); err != nil {
		return err
	}
	heads := newBulk("heads_v1", 3)
	for _, h := range sortedBy(b.heads, func(h *head) int64 { return h.id }) {
		if err := heads.add(b, h.id, h.rev, h.logIndex); err != nil {
			return err
		}
	}
	if err := heads.flush(b); err != nil {
		return err
	}
	for _, p := range sortedBy(b.dirtyPeople, func(p *person) int64 { return p.stream }) {
		if err := b.writePerson(p); err != nil {
			return err
		}
	}
	for _, r := range sortedBy(b.dirtyRuns, func(r *run) string { return r.state.Opened.Run }) {
		if err := b.writeRun(r); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.bankFiles)) {
		if err := b.writeBankFile(id, b.bankFiles[id]); err != nil {
			return err
		}
	}
	return b.writeTotals()
}

// sortedBy gives a map's values in order of a key, so that the same log makes the same file.
func sortedBy[K comparable, V any, O cmp.Ordered](m map[K]V, key func(V) O) []V {
	values := make([]V, 0, len(m))
	for _, v := range m {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b V) int { return cmp.Compare(key(a), key(b)) })
	return values
}

// bulkRows is how many rows one INSERT carries: a statement costs several times as much as a row, but the driver looks for
// each parameter among all of the statement's, so that many more rows cost more again (measured: 8 to 16 are best).
const bulkRows = 12

// bulk gathers rows of one table. A row that is there already is replaced.
type bulk struct {
	table   string
	columns int
	args    []any
}

func newBulk(table string, columns int) *bulk {
	return &bulk{table: table, columns: columns, args: make([]any, 0, columns*bulkRows)}
}

func (k *bulk) add(b *batch, values ...any) error {
	k.args = append(k.args, values...)
	if len(k.args) < k.columns*bulkRows {
		return nil
	}
	return k.flush(b)
}

func (k *bulk) flush(b *batch) error {
	if len(k.args) == 0 {
		return nil
	}
	one := "(" + strings.Repeat("?,", k.columns-1) + "?)"
	rows := len(k.args) / k.columns
	err := b.exec("INSERT OR REPLACE INTO "+k.table+" VALUES "+strings.Repeat(one+",", rows-1)+one, k.args...)
	clear(k.args)
	k.args = k.args[:0]
	return err
}

// encode is the stored form of a state.
func encode(v any) ([]byte, error) {
	data, err := codec.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write %T: %w", v, err)
	}
	return data, nil
}

// nullDay is a day as stored: NULL for the absent one.
func nullDay(d domain.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}
