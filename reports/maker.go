package reports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/projections"
)

// Opener opens the sealed data of people, in the order asked for. The ledger is one.
type Opener interface {
	Particulars(ctx context.Context, people []beneficiary.Sight) ([]beneficiary.Particulars, error)
}

// Maker makes reports of one ledger.
type Maker struct {
	Views  *projections.Views
	Open   Opener
	Ledger string // its name, on every head
	Demo   bool   // the clock is simulated and the people are made up: every head says so
	Dir    string // where reports lie while they are made; empty: the system's folder for such files
}

// Made is a finished report. Close removes it.
type Made struct {
	Request  Request
	Format   Format
	Title    string
	Position int64  // entries it is made from
	Hash     string // of its content, hex
	Rows     int
	People   int      // whose data are in it
	Persons  []string // the first hundred of them
	Size     int64

	folder string
	file   *os.File
}

// WriteTo writes the bytes from the first on, each time it is called.
func (m *Made) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, io.NewSectionReader(m.file, 0, m.Size))
}

// Close removes the report and everything it was made in.
func (m *Made) Close() error { return errors.Join(m.file.Close(), os.RemoveAll(m.folder)) }

// errMoved says that the read models moved while a report was made from them.
var errMoved = errors.New("the read models moved on")

// Make makes a report from what was known at a moment: a log index, an instant or a day as projections.ParseKnown reads
// them, or empty for now. It is made from the ledger's read models if they stand there and stay there, else from a snapshot
// of them, which takes as long as a rebuild up to that position.
//
// It refuses a request as Request.Check does, and with report.no-rulebook, report.no-run, report.which-run,
// report.no-request, report.which-request and report.not-prepared; a moment as ParseKnown does.
func (m *Maker) Make(ctx context.Context, r Request, known string, f Format) (*Made, error) {
	made, err := m.make(ctx, r, known, f)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", r.Kind, err)
	}
	return made, nil
}

func (m *Maker) make(ctx context.Context, r Request, known string, f Format) (made *Made, err error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	if _, err := ParseFormat(string(f)); err != nil {
		return nil, err
	}
	position, err := m.Views.ResolveKnown(ctx, known)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(m.Dir, "almoner-report-") // 0700
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	at, err := m.Views.Status(ctx)
	if err != nil {
		return nil, err
	}
	if at.LogIndex == position {
		made, err = m.from(ctx, m.Views, folder, position, r, f)
		if !errors.Is(err, errMoved) {
			return made, err
		}
	}
	views, err := m.Views.Snapshot(ctx, filepath.Join(folder, "views"), position)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, views.Close()) }()
	return m.from(ctx, views, folder, position, r, f)
}

// from makes the report from read models that must stand at the position all the while.
func (m *Maker) from(ctx context.Context, views *projections.Views, folder string, position int64, r Request, f Format) (made *Made, err error) {
	at, err := views.Status(ctx)
	switch {
	case err != nil:
		return nil, err
	case at.LogIndex != position:
		return nil, errMoved
	}
	var out renderer
	if f == XLSX {
		out, err = newWorkbook(folder)
	} else {
		out, err = newPage(folder)
	}
	if err != nil {
		return nil, err
	}
	work := &making{Maker: m, ctx: ctx, views: views, req: r, book: newBook(out), position: position, at: at.At}
	if err := work.run(); err != nil {
		return nil, err
	}
	if now, err := views.Status(ctx); err != nil {
		return nil, err
	} else if now.LogIndex != position {
		return nil, errMoved
	}
	file, err := os.CreateTemp(folder, "report-") // 0600
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	made = &Made{Request: work.req, Format: f, Title: work.title, Position: position, Rows: work.book.rows, People: work.book.people, Persons: work.book.persons, folder: folder, file: file}
	if made.Hash, err = work.book.finish(file); err != nil {
		return nil, err
	}
	made.Size, err = file.Seek(0, io.SeekCurrent)
	return made, err
}

// run makes the report of the request's kind.
func (m *making) run() error {
	if err := m.readOffices(); err != nil {
		return err
	}
	if m.req.AsOf.IsZero() {
		m.req.AsOf = domain.DateOf(m.at)
	}
	switch m.req.Kind {
	case Roll:
		return m.roll()
	case Summary:
		return m.summary()
	case Notice:
		return m.notice()
	case Exits:
		return m.exits()
	case PayList:
		return m.payList()
	case Signatures:
		return m.signatures()
	case Appropriation:
		return m.appropriation()
	case MonthSummary:
		return m.month()
	case Timeliness:
		return m.timeliness()
	}
	return fmt.Errorf("no maker for %s", m.req.Kind)
}
