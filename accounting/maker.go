package accounting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"almoner/domain"
	"almoner/projections"
)

// Format is the form of an export.
type Format string

// The forms.
const (
	Journal Format = "journal"
	XLSX    Format = "xlsx"
)

// ParseFormat reads a form: accounting.format.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case Journal, XLSX:
		return f, nil
	}
	return "", domain.Refuse(domain.Invalid, "accounting.format", "%.40q is no form of an accounting export", s).WithNext("choose journal or xlsx")
}

// MediaType is what HTTP calls the form.
func (f Format) MediaType() string {
	if f == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/plain; charset=utf-8"
}

// Write writes a book in the form.
func (f Format) Write(w io.Writer, b *Book) error {
	if f == XLSX {
		return b.Workbook(w, "")
	}
	return b.Journal(w)
}

// Maker makes the books of one ledger.
type Maker struct {
	Views  *projections.Views
	Ledger string // its name, on every head
	Demo   bool   // the clock is simulated and the people are made up: every head says so
	Dir    string // where read models of an earlier position are built; empty: the system's folder for such files
}

// Request asks for the books of a finance office and a month, quarter, half-year or year; Known is a log index, an instant or
// a day as projections.ParseKnown reads them, or empty for now.
type Request struct {
	Finance string
	Period  domain.Period
	Known   string
}

// Check refuses what no books can be made of: accounting.finance, accounting.period.
func (r Request) Check() error {
	if r.Finance == "" {
		return domain.Refuse(domain.Invalid, "accounting.finance", "an accounting export is of one finance office, and none is named").WithNext("name the finance office")
	}
	switch r.Period.Kind() {
	case domain.Month, domain.Quarter, domain.Half, domain.Year:
		return nil
	}
	return domain.Refuse(domain.Invalid, "accounting.period", "an accounting export is of a month or a year, and %q is neither", r.Period).WithNext("name a month, as 2021-12, or a year, as 2021")
}

// Make makes a book. It refuses as Check does, an office that there is none of or that never booked anything with
// accounting.no-books, and a moment as ParseKnown does.
func (m *Maker) Make(ctx context.Context, r Request) (*Book, error) {
	b, err := m.make(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("accounting export of %s for %s: %w", r.Finance, r.Period, err)
	}
	return b, nil
}

func (m *Maker) make(ctx context.Context, r Request) (b *Book, err error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	position, err := m.Views.ResolveKnown(ctx, r.Known)
	if err != nil {
		return nil, err
	}
	postings, err := m.Views.Postings(ctx, r.Finance)
	if err != nil {
		return nil, err
	}
	views := m.Views
	if postings.LogIndex != position && r.Known != "" {
		dir, err := os.MkdirTemp(m.Dir, "almoner-accounting-") // 0700
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		if views, err = m.Views.Snapshot(ctx, dir, position); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, views.Close()) }()
		if postings, err = views.Postings(ctx, r.Finance); err != nil {
			return nil, err
		}
	}
	if len(postings.Rows) == 0 {
		return nil, domain.Refuse(domain.NotFound, "accounting.no-books", "nothing was ever booked for %q by position %d", r.Finance, postings.LogIndex).
			WithNext("see the finance offices with month list")
	}
	if b, err = enter(postings, r.Period); err != nil {
		return nil, err
	}
	b.Ledger, b.Demo, b.Finance = m.Ledger, m.Demo, r.Finance
	_, offices, err := views.Offices(ctx)
	if i := slices.IndexFunc(offices, func(o projections.Office) bool { return o.Office == r.Finance }); i >= 0 {
		b.Name = offices[i].Name
	}
	return b, err
}
