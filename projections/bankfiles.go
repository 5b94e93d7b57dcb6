package projections

import (
	"context"
	"database/sql"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/codec"
)

// The directions of a bank file.
const (
	directionSent     = "sent"
	directionReceived = "received"
)

// BankFile is one file sent to a bank or received from one.
type BankFile struct {
	LogIndex  int64  // of the read models
	ID        string //
	Stream    string //
	Direction string // "sent" or "received"
	Finance   string // the finance office
	OpenedAt  int64  // log index of its first entry
	State     bankfile.State
}

// BankFileFilter restricts a list of bank files. Empty fields do not restrict.
type BankFileFilter struct {
	Finance, Direction, Status string
	Run                        string // files sent for this run, and received ones with a line of it
}

const bankFileColumns = `SELECT f.file, s.name, f.direction, f.finance, f.log_index, f.state FROM bankfiles_v1 f JOIN streams_v1 s ON s.id = f.stream`

func scanBankFile(r *sql.Rows) (BankFile, error) {
	var f BankFile
	var state []byte
	if err := r.Scan(&f.ID, &f.Stream, &f.Direction, &f.Finance, &f.OpenedAt, &state); err != nil {
		return BankFile{}, err
	}
	return f, codec.Unmarshal(state, &f.State)
}

// BankFiles lists bank files, the last recorded first.
func (v *Views) BankFiles(ctx context.Context, f BankFileFilter) ([]BankFile, error) {
	var all []BankFile
	err := v.read(ctx, "bank files", func(tx *sql.Tx, at stand) (err error) {
		all, err = scanAll(ctx, tx, scanBankFile, bankFileColumns+` WHERE (?1 = '' OR f.finance = ?1) AND (?2 = '' OR f.direction = ?2) AND (?3 = '' OR f.status = ?3)
			AND (?4 = '' OR f.file IN (SELECT file FROM instructed_v1 WHERE run = ?4 UNION SELECT file FROM rejected_v1 WHERE run = ?4 UNION SELECT file FROM bank_moves_v1 WHERE run = ?4))
			ORDER BY f.log_index DESC`, f.Finance, f.Direction, f.Status, f.Run)
		for i := range all {
			all[i].LogIndex = at.logIndex
		}
		return err
	})
	return all, err
}

// BankFile is one bank file. It refuses with projections.no-bank-file.
func (v *Views) BankFile(ctx context.Context, id string) (BankFile, error) {
	var out BankFile
	err := v.read(ctx, "bank file "+id, func(tx *sql.Tx, at stand) (err error) {
		out, err = oneBankFile(ctx, tx, id)
		out.LogIndex = at.logIndex
		return err
	})
	return out, err
}

func oneBankFile(ctx context.Context, tx *sql.Tx, id string) (BankFile, error) {
	found, err := scanAll(ctx, tx, scanBankFile, bankFileColumns+` WHERE f.file = ?`, id)
	if err == nil && len(found) == 0 {
		err = domain.Refuse(domain.NotFound, "projections.no-bank-file", "there is no bank file %s", id).WithNext("look at the list of bank files")
	}
	if err != nil {
		return BankFile{}, err
	}
	return found[0], nil
}

// BankLineView is one line of a received file with what it came to.
type BankLineView struct {
	bankfile.ClassifiedLine
	Page     int
	PayRef   string // of the instruction line that it counts for; empty for none
	Run      string
	RunLine  int
	BookedOn domain.Date // named by the bank, or else the day the file was received; zero for a line about nothing of ours
	Dated    bool        // the bank named the day
	Result   bankfile.Result
	Overpaid domain.Money // beyond what was due, by this line
	GotBack  domain.Money // of what was overpaid before
	Undraw   bool         // the units of its draw are due again
	Delta    bankfile.Buckets
}

// BankLines is a page of a received file's classified lines.
type BankLines struct {
	LogIndex int64
	File     string
	Lines    []BankLineView
	Next     int // cursor of the next page; 0 at the end
}

// BankLines lists the classified lines of a received file in its order, from the one after cursor (0: the first), at most
// limit of them (0: all).
func (v *Views) BankLines(ctx context.Context, file string, cursor, limit int) (BankLines, error) {
	out := BankLines{File: file}
	err := v.read(ctx, "lines of bank file "+file, func(tx *sql.Tx, at stand) error {
		out.LogIndex = at.logIndex
		if _, err := oneBankFile(ctx, tx, file); err != nil {
			return err
		}
		pages, err := scanAll(ctx, tx, func(r *sql.Rows) (page bankfile.Classified, err error) {
			var data string
			if err := r.Scan(&data); err != nil {
				return page, err
			}
			return page, codec.Unmarshal(data, &page)
		}, `SELECT p.data FROM bank_pages_v1 p WHERE p.file = ?1
			AND p.page >= coalesce((SELECT max(page) FROM bank_pages_v1 WHERE file = ?1 AND first <= ?2), 1)
			ORDER BY p.page LIMIT ?3`, file, cursor+1, pagesFor(limit))
		if err != nil {
			return err
		}
		for _, page := range pages {
			for _, l := range linesOf(page) {
				if l.Line <= cursor {
					continue
				}
				if limit > 0 && len(out.Lines) == limit {
					out.Next = out.Lines[limit-1].Line
					return nil
				}
				if err := placeLine(ctx, tx, file, &l); err != nil {
					return err
				}
				out.Lines = append(out.Lines, l)
			}
		}
		if n := len(out.Lines); n > 0 && len(pages) == pagesFor(limit) { // pages were short: there may be more
			out.Next = out.Lines[n-1].Line
		}
		return nil
	})
	return out, err
}

// pagesFor is how many full pages hold so many lines and one more, wherever in a page the first stands.
func pagesFor(limit int) int {
	if limit == 0 {
		return -1
	}
	return limit/bankfile.MaxPage + 2
}

// linesOf joins the lines of a page with their effects.
func linesOf(page bankfile.Classified) []BankLineView {
	effects := page.Effects
	var out []BankLineView
	for _, l := range page.Lines {
		shown := BankLineView{ClassifiedLine: l, Page: page.Page}
		if len(effects) > 0 && effects[0].Line == l.Line {
			e := effects[0]
			effects = effects[1:]
			shown.PayRef, shown.BookedOn, shown.Dated, shown.Result = e.PayRef, e.Day, e.Dated, e.Result
			shown.Overpaid, shown.GotBack, shown.Undraw = e.Overpaid, e.GotBack, e.Undraw
		}
		out = append(out, shown)
	}
	return out
}

func placeLine(ctx context.Context, tx *sql.Tx, file string, l *BankLineView) error {
	var m [5]int64
	err := tx.QueryRowContext(ctx, `SELECT run, line, settled, returned, outstanding, beyond, early FROM bank_moves_v1 WHERE file = ? AND bank_line = ?`, file, l.Line).
		Scan(&l.Run, &l.RunLine, &m[0], &m[1], &m[2], &m[3], &m[4])
	l.Delta = bankfile.Buckets{
		Settled: domain.Fen(m[0]), Returned: domain.Fen(m[1]), Outstanding: domain.Fen(m[2]), Beyond: domain.Fen(m[3]), Early: domain.Fen(m[4]),
	}
	return err
}

// RunMove is how one run's money moved.
type RunMove struct {
	Run       string
	Delta     bankfile.Buckets
	ToldAgain domain.Money // of lines whose instruction was refused whole, and which count again
}

// BankMoves sums, for each run, what the lines of a received file from one number to another moved.
func (v *Views) BankMoves(ctx context.Context, file string, from, to int) ([]RunMove, error) {
	var out []RunMove
	err := v.read(ctx, "moves of bank file "+file, func(tx *sql.Tx, _ stand) (err error) {
		out, err = scanAll(ctx, tx, func(r *sql.Rows) (RunMove, error) {
			var m RunMove
			var sums [6]int64
			err := r.Scan(&m.Run, &sums[0], &sums[1], &sums[2], &sums[3], &sums[4], &sums[5])
			m.ToldAgain = domain.Fen(sums[5])
			m.Delta = bankfile.Buckets{
				Settled: domain.Fen(sums[0]), Returned: domain.Fen(sums[1]), Outstanding: domain.Fen(sums[2]), Beyond: domain.Fen(sums[3]), Early: domain.Fen(sums[4]),
			}
			return m, err
		}, `SELECT run, sum(settled), sum(returned), sum(outstanding), sum(beyond), sum(early), sum(told_again) FROM bank_moves_v1
			WHERE file = ? AND bank_line BETWEEN ? AND ? AND run <> '' GROUP BY run ORDER BY run`, file, from, to)
		return err
	})
	return out, err
}

// WaitingBankFiles lists the received files of a finance office whose lines are not classified and followed to the end: in
// the order in which their first pages were classified, then as they came. Files that no layout could read are not waited
// for.
func (v *Views) WaitingBankFiles(ctx context.Context, finance string) (files []string, err error) {
	err = v.read(ctx, "bank files to be classified", func(tx *sql.Tx, _ stand) (err error) {
		files, err = scanAll(ctx, tx, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
			`SELECT f.file FROM bankfiles_v1 f JOIN intents_v1 i ON i.stream = f.stream AND i.kind = ? LEFT JOIN bank_pages_v1 p ON p.file = f.file AND p.page = 1
			WHERE f.finance = ? ORDER BY p.log_index IS NULL, p.log_index, f.log_index`, string(ClassifyFile), finance)
		return err
	})
	return files, err
}

// UnreadableBankFiles lists the received files of a finance office that came from a log index on and that no layout named so
// far could read.
func (v *Views) UnreadableBankFiles(ctx context.Context, finance string, since int64) (files []string, err error) {
	err = v.read(ctx, "bank files that cannot be read", func(tx *sql.Tx, _ stand) (err error) {
		files, err = scanAll(ctx, tx, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
			`SELECT file FROM bankfiles_v1 WHERE finance = ? AND log_index >= ? AND direction = ? AND status = ? ORDER BY log_index`,
			finance, since, directionReceived, string(bankfile.StatusUnreadable))
		return err
	})
	return files, err
}
