package projections

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
)

// RollStatus is what the unit around a day comes to.
type RollStatus string

// Running units are paid; withheld ones (缓发) are paid on resumption, forfeited ones (停发) never.
const (
	Running   RollStatus = "running"
	Withheld  RollStatus = "withheld"
	Forfeited RollStatus = "forfeited"
)

// RollQuery asks for the roll (名册) of a day as known at a moment. Empty fields do not restrict.
type RollQuery struct {
	Programme string
	Office    string
	Village   string
	Person    string
	AsOf      domain.Date // required
	KnownAt   Known       // zero: everything known now
	Cursor    string      // Roll.Next of the page before; empty: the first page
	Limit     int         // entries in the answer; 0: all
}

// RollEntry is one enrolment on the roll.
type RollEntry struct {
	Enrolment string
	Person    string
	Household string // empty where the right is a person's
	Programme string
	Office    string
	Village   string
	Class     string // rulebook.Key's form, "child=one-girl"
	Unit      string // "person", "household"
	Share     string // "1/1", "1/2"
	Status    RollStatus
	From      domain.Date // first day on which all this is true
	Until     domain.Date // last such day; zero: open
	KnownFrom int64       // log index of the entry that said so
	KnownTo   int64       // of the one that ended it; -1 while it is what is known
}

// Roll is who is on the roll, sorted by village and person.
type Roll struct {
	LogIndex   int64 // of the read models
	Known      int64 // entries known
	Persons    int   // on the whole roll, not only on this page
	Households int
	Entries    []RollEntry
	Next       string // cursor of the next page; empty at the end
}

// rollFilter is the condition of a query, with its arguments.
func rollFilter(q RollQuery, known int64) (where string, args []any) {
	conditions := []string{"on_from <= ?", "(on_to IS NULL OR on_to > ?)", "known_from < ?", "(known_to IS NULL OR known_to >= ?)"}
	args = []any{q.AsOf.String(), q.AsOf.String(), known, known}
	for _, c := range []struct{ column, value string }{
		{"programme", q.Programme}, {"office", q.Office}, {"village", q.Village}, {"person", q.Person},
	} {
		if c.value != "" {
			conditions, args = append(conditions, c.column+" = ?"), append(args, c.value)
		}
	}
	return strings.Join(conditions, " AND "), args
}

const rollColumns = `enrolment, person, household, programme, office, village, class, unit, share, status, on_from, on_to, known_from, known_to`

func scanRoll(r *sql.Rows) (RollEntry, error) {
	var e RollEntry
	var from string
	var to sql.NullString
	var knownTo sql.NullInt64
	if err := r.Scan(&e.Enrolment, &e.Person, &e.Household, &e.Programme, &e.Office, &e.Village, &e.Class, &e.Unit, &e.Share, &e.Status,
		&from, &to, &e.KnownFrom, &knownTo); err != nil {
		return RollEntry{}, err
	}
	e.KnownTo = -1
	if knownTo.Valid {
		e.KnownTo = knownTo.Int64
	}
	var err error
	if e.From, err = day(from); err != nil {
		return RollEntry{}, err
	}
	end, err := day(to.String)
	e.Until = end.AddDays(-1)
	return e, err
}

// Roll answers who was on the roll on a day, as known at a moment.
func (v *Views) Roll(ctx context.Context, q RollQuery) (Roll, error) {
	var out Roll
	if err := q.check(); err != nil {
		return out, err
	}
	err := v.read(ctx, "roll as of "+q.AsOf.String(), func(tx *sql.Tx, at stand) (err error) {
		out.LogIndex = at.logIndex
		if out.Known, err = q.KnownAt.resolve(ctx, tx, at); err != nil {
			return err
		}
		where, args := rollFilter(q, out.Known)
		err = tx.QueryRowContext(ctx, `SELECT count(DISTINCT person), count(DISTINCT nullif(household, '')) FROM roll_v1 WHERE `+where, args...).
			Scan(&out.Persons, &out.Households)
		if err != nil {
			return err
		}
		out.Entries, out.Next, err = rollPage(ctx, tx, q, where, args)
		return err
	})
	return out, err
}

func (q RollQuery) check() error {
	if !q.AsOf.Valid() {
		return domain.Refuse(domain.Invalid, "roll.as-of", "a roll is asked for without a day of the calendar").WithNext("name the day, such as 2021-11-30")
	}
	return nil
}

func rollPage(ctx context.Context, tx *sql.Tx, q RollQuery, where string, args []any) (page []RollEntry, next string, err error) {
	if q.Cursor != "" {
		after, err := parseRollCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		where += " AND (village, person, enrolment) > (?, ?, ?)"
		args = append(args, after[0], after[1], after[2])
	}
	limit := -1
	if q.Limit > 0 {
		limit = q.Limit + 1
	}
	page, err = scanAll(ctx, tx, scanRoll, `SELECT `+rollColumns+` FROM roll_v1 WHERE `+where+` ORDER BY village, person, enrolment LIMIT ?`, append(args, limit)...)
	if err == nil && q.Limit > 0 && len(page) > q.Limit {
		page = page[:q.Limit]
		last := page[q.Limit-1]
		next = rollCursor(last.Village, last.Person, last.Enrolment)
	}
	return page, next, err
}

// A cursor is opaque to callers: the sort keys of the last entry shown.
func rollCursor(keys ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(keys, "\x00")))
}

func parseRollCursor(cursor string) ([]string, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	keys := strings.Split(string(b), "\x00")
	if err != nil || len(keys) != 3 {
		return nil, domain.Refuse(domain.Invalid, "roll.cursor", "%.40q is not a cursor of this list", cursor).WithNext("start from the first page")
	}
	return keys, nil
}

// RollChange is one enrolment whose entry differs between two knowings. Before is zero when it was not on the roll as
// known first, After when it is not as known later.
type RollChange struct {
	Before, After RollEntry
	Causes        []Entry // what the ledger learnt in between that made this difference, in log order
}

// RollComparison is the difference between two knowings of one day's roll, from the earlier to the later.
type RollComparison struct {
	LogIndex int64 // of the read models
	From, To int64 // entries known at the earlier and the later knowing
	Added    []RollChange
	Removed  []RollChange
	Changed  []RollChange
}

// CompareRoll compares the roll of q as known at q.KnownAt with the same day's roll as known at other, whichever is
// earlier. Cursor and Limit are not used. An entry counts as changed when household, office, village, class, share or
// status on that day differ; the days before and after it do not matter.
func (v *Views) CompareRoll(ctx context.Context, q RollQuery, other Known) (RollComparison, error) {
	var out RollComparison
	if err := q.check(); err != nil {
		return out, err
	}
	err := v.read(ctx, "compare rolls as of "+q.AsOf.String(), func(tx *sql.Tx, at stand) (err error) {
		out.LogIndex = at.logIndex
		if out.From, err = q.KnownAt.resolve(ctx, tx, at); err != nil {
			return err
		}
		if out.To, err = other.resolve(ctx, tx, at); err != nil {
			return err
		}
		out.From, out.To = min(out.From, out.To), max(out.From, out.To)
		return out.fill(ctx, tx, q)
	})
	return out, err
}

func (c *RollComparison) fill(ctx context.Context, tx *sql.Tx, q RollQuery) error {
	before, err := rollByEnrolment(ctx, tx, q, c.From)
	if err != nil {
		return err
	}
	after, err := rollByEnrolment(ctx, tx, q, c.To)
	if err != nil {
		return err
	}
	for id, b := range before {
		a, still := after[id]
		if still && a.content() == b.content() {
			continue
		}
		change, err := explain(ctx, tx, RollChange{Before: b, After: a}, id, q.AsOf, c.From, c.To)
		if err != nil {
			return err
		}
		if still {
			c.Changed = append(c.Changed, change)
		} else {
			c.Removed = append(c.Removed, change)
		}
	}
	for id, a := range after {
		if _, was := before[id]; was {
			continue
		}
		change, err := explain(ctx, tx, RollChange{After: a}, id, q.AsOf, c.From, c.To)
		if err != nil {
			return err
		}
		c.Added = append(c.Added, change)
	}
	for _, list := range [][]RollChange{c.Added, c.Removed, c.Changed} {
		slices.SortFunc(list, func(a, b RollChange) int { return compareEntries(a.shown(), b.shown()) })
	}
	return nil
}

// shown is the entry a change is sorted by.
func (c RollChange) shown() RollEntry {
	if c.After.Enrolment != "" {
		return c.After
	}
	return c.Before
}

func compareEntries(a, b RollEntry) int {
	return cmp.Or(cmp.Compare(a.Village, b.Village), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Enrolment, b.Enrolment))
}

// content is what is true of an enrolment on a day, apart from which days and log indexes it holds for.
func (e RollEntry) content() RollEntry {
	e.From, e.Until, e.KnownFrom, e.KnownTo = domain.Date{}, domain.Date{}, 0, 0
	return e
}

func rollByEnrolment(ctx context.Context, tx *sql.Tx, q RollQuery, known int64) (map[string]RollEntry, error) {
	where, args := rollFilter(q, known)
	entries, err := scanAll(ctx, tx, scanRoll, `SELECT `+rollColumns+` FROM roll_v1 WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]RollEntry, len(entries))
	for _, e := range entries {
		byID[e.Enrolment] = e
	}
	return byID, nil
}

// explain lists the entries at which what was known of the enrolment on the day changed, between the two knowings. The
// query's office and village do not restrict it: an enrolment that moved away left by its transfer.
func explain(ctx context.Context, tx *sql.Tx, c RollChange, enrolment string, asOf domain.Date, from, to int64) (RollChange, error) {
	known, err := scanAll(ctx, tx, scanRoll, `SELECT `+rollColumns+` FROM roll_v1 WHERE enrolment = ? AND on_from <= ? AND (on_to IS NULL OR on_to > ?)
		ORDER BY known_from`, enrolment, asOf.String(), asOf.String())
	if err != nil {
		return c, err
	}
	for _, at := range turns(known) {
		if at < from || at >= to {
			continue
		}
		e, err := entryAt(ctx, tx, at)
		if err != nil {
			return c, fmt.Errorf("entry %d: %w", at, err)
		}
		c.Causes = append(c.Causes, e)
	}
	return c, nil
}

// turns gives the log indexes at which the content changed, of entries that follow one another in knowledge.
func turns(known []RollEntry) []int64 {
	var at []int64
	for i, e := range known {
		joined := i > 0 && known[i-1].KnownTo == e.KnownFrom
		if !joined || known[i-1].content() != e.content() {
			at = append(at, e.KnownFrom)
		}
		followed := i+1 < len(known) && e.KnownTo == known[i+1].KnownFrom
		if e.KnownTo >= 0 && !followed {
			at = append(at, e.KnownTo)
		}
	}
	return at
}
