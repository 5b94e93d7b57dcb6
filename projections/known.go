package projections

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"almoner/domain"
)

// Known is a moment of knowledge: a prefix of the log. The zero value is everything the read models have taken in.
type Known struct {
	index   int64
	instant time.Time
	kind    knownKind
}

type knownKind uint8

const (
	knownNow knownKind = iota
	knownIndex
	knownInstant
)

// KnownIndex is the knowledge of the first n entries: what entries 0 to n-1 say.
func KnownIndex(n int64) Known { return Known{index: n, kind: knownIndex} }

// KnownAt is the knowledge at an instant: the longest prefix of the log whose entries all have an `at` not after it.
func KnownAt(t time.Time) Known { return Known{instant: t, kind: knownInstant} }

// KnownOn is the knowledge at the end of a day in Asia/Shanghai.
func KnownOn(day domain.Date) Known { return KnownAt(day.End()) }

// ParseKnown reads a log index ("123"), an instant (RFC 3339, "2022-03-01T09:00:00+08:00") or a day ("2022-03-01", its
// end in Asia/Shanghai). Empty text is everything known now. It refuses anything else with known.form.
func ParseKnown(text string) (Known, error) {
	if text == "" {
		return Known{}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return KnownIndex(n), nil
	}
	if day, err := domain.ParseDate(text); err == nil {
		return KnownOn(day), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return KnownAt(t), nil
	}
	return Known{}, domain.Refuse(domain.Invalid, "known.form", "%.40q is neither a log index, an instant nor a day", text).
		WithNext("write a log index such as 1204, an instant such as 2022-03-01T09:00:00+08:00, or a day such as 2022-03-01")
}

// String is the form ParseKnown reads.
func (k Known) String() string {
	switch k.kind {
	case knownIndex:
		return strconv.FormatInt(k.index, 10)
	case knownInstant:
		return k.instant.Format(time.RFC3339Nano)
	}
	return ""
}

// ResolveKnown reads text as ParseKnown does and says which log index it means: how many entries were known then.
func (v *Views) ResolveKnown(ctx context.Context, text string) (logIndex int64, err error) {
	k, err := ParseKnown(text)
	if err != nil {
		return 0, err
	}
	err = v.read(ctx, "resolve "+strconv.Quote(text), func(tx *sql.Tx, at stand) error {
		logIndex, err = k.resolve(ctx, tx, at)
		return err
	})
	return logIndex, err
}

// resolve gives the number of entries known.
func (k Known) resolve(ctx context.Context, tx *sql.Tx, at stand) (int64, error) {
	switch k.kind {
	case knownNow:
		return at.logIndex, nil
	case knownIndex:
		if k.index > at.logIndex {
			return 0, &StaleError{Have: at.logIndex, Want: k.index}
		}
		return k.index, nil
	}
	return prefixAt(ctx, tx, at, k.instant)
}

// prefixAt finds the first entry later than t. The samples say between which two indexes it lies.
func prefixAt(ctx context.Context, tx *sql.Tx, at stand, t time.Time) (int64, error) {
	micros := t.UnixMicro()
	if at.maxAt <= micros {
		return at.logIndex, nil
	}
	var from int64
	err := tx.QueryRowContext(ctx, `SELECT log_index FROM instants_v1 WHERE max_at <= ? ORDER BY max_at DESC, log_index DESC LIMIT 1`, micros).Scan(&from)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("find the prefix known at %v: %w", t, err)
	}
	var first int64
	err = tx.QueryRowContext(ctx, `SELECT log_index FROM events_v1 WHERE log_index >= ? AND at > ? ORDER BY log_index LIMIT 1`, from, micros).Scan(&first)
	if errors.Is(err, sql.ErrNoRows) {
		return at.logIndex, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find the prefix known at %v: %w", t, err)
	}
	return first, nil
}
