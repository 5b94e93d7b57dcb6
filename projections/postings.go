package projections

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/month"
)

// Figures of a Posting beside those of month.Figures.
const (
	PostedReceived     = "received"      // a fund got money
	PostedRepaid       = "repaid"        // a fund returned unspent money
	PostedFound        = "found"         // an overpayment was found
	PostedFoundOpening = "found-opening" // one that came with the books before
	PostedVoid         = "void"          // it turned out not to be owed
)

// Posting is what one event changed in one figure of a finance office's books.
type Posting struct {
	Month     domain.Period // in which it is booked
	On        domain.Date   // on which it was recorded
	LogIndex  int64
	Event     string // its id
	Figure    string
	Programme string
	Run       string       // empty: of none
	Amount    domain.Money // signed
}

// PostedStanding is where the money of a finance office stands by the tables that postings are not made from.
type PostedStanding struct {
	Funded      bool         // the office keeps funds here
	Funds       domain.Money // received, recovered, less spent and returned, over all its funds
	Outstanding domain.Money // of the lines that the bank was told to pay
	Waiting     domain.Money // released, and the bank not told yet
	Owed        domain.Money // of overpayments that it paid
}

// Postings are all that was ever booked for a finance office and concerns accounts, in log order.
type Postings struct {
	LogIndex int64
	At       time.Time // of the last entry
	Rows     []Posting
	Standing PostedStanding
}

// Postings reads the books of a finance office. Rows of the recovery ledger belong to the office that paid: of the run of
// their draw or, where an overpayment came with the books before, of the person's last one. What one office paid and another
// one's run sets off stands with each as its own.
func (v *Views) Postings(ctx context.Context, finance string) (Postings, error) {
	var out Postings
	err := v.read(ctx, "postings of "+finance, func(tx *sql.Tx, at stand) (err error) {
		out.LogIndex, out.At = at.logIndex, at.status().At
		p := &poster{ctx: ctx, tx: tx, finance: finance}
		if p.books, err = booksOf(ctx, tx, finance); err != nil {
			return err
		}
		for _, step := range []func() error{p.booked, p.funds, p.overpayments, p.standing} {
			if err := step(); err != nil {
				return err
			}
		}
		out.Rows, out.Standing = p.rows, p.stands
		return nil
	})
	slices.SortStableFunc(out.Rows, func(a, b Posting) int { return cmp.Compare(a.LogIndex, b.LogIndex) })
	return out, err
}

// poster gathers the postings of one finance office from one snapshot of the tables.
type poster struct {
	ctx     context.Context
	tx      *sql.Tx
	finance string
	books   month.Books
	rows    []Posting
	stands  PostedStanding
}

// booked takes what book_v1 has: one row for each event, run and figure.
func (p *poster) booked() error {
	rows, err := scanAll(p.ctx, p.tx, func(r *sql.Rows) (Posting, error) {
		return p.scan(r)
	}, `SELECT b.log_index, e.id, e.at, b.month, '', b.figure, b.programme, b.run, sum(b.amount) FROM book_v1 b JOIN events_v1 e ON e.log_index = b.log_index
		WHERE b.finance = ? AND b.figure IN ('released', 'stopped', 'settled', 'returned', 'beyond', 'early', 'setOff', 'refunded', 'gotBack', 'writtenOff')
		GROUP BY b.log_index, b.programme, b.run, b.figure ORDER BY b.log_index, b.programme, b.run, b.figure`, p.finance)
	p.rows = append(p.rows, rows...)
	return err
}

// funds takes what funds got and gave back. Refunds are booked with the overpayment that they are about.
func (p *poster) funds() error {
	rows, err := scanAll(p.ctx, p.tx, func(r *sql.Rows) (Posting, error) { return p.scan(r) },
		`SELECT f.log_index, e.id, e.at, '', coalesce(f.on_day, ''), iif(f.kind = ?2, ?3, ?4), f.programme, f.run, f.amount
		FROM fund_entries_v1 f JOIN events_v1 e ON e.log_index = f.log_index WHERE f.finance = ?1 AND f.kind IN (?2, ?5) ORDER BY f.log_index`,
		p.finance, string(FundReceived), PostedReceived, PostedRepaid, string(FundReturned))
	p.rows = append(p.rows, rows...)
	return err
}

// scan reads log index, event, instant, book month, own day, figure, programme, run and amount. Where no book month is
// stored it is worked out, as that of book_v1 was.
func (p *poster) scan(r *sql.Rows) (Posting, error) {
	var x Posting
	var id []byte
	var at, amount int64
	var in, on string
	if err := r.Scan(&x.LogIndex, &id, &at, &in, &on, &x.Figure, &x.Programme, &x.Run, &amount); err != nil {
		return x, err
	}
	x.On, x.Amount = domain.DateOf(time.UnixMicro(at)), domain.Fen(amount)
	var err error
	if x.Event, err = textID(id); err != nil {
		return x, err
	}
	if in != "" {
		x.Month, err = domain.ParsePeriod(in)
		return x, err
	}
	own, err := day(on)
	x.Month = p.books.MonthOf(x.LogIndex, x.On, own)
	return x, err
}

// overpayments takes what was found and what of it was void; book_v1 has the rest of the recovery ledger.
func (p *poster) overpayments() error {
	list, err := scanAll(p.ctx, p.tx, scanOverpayment, overpaymentColumns+` ORDER BY person, overpayment`)
	if err != nil {
		return err
	}
	all, err := recoveriesOf(p.ctx, p.tx, list)
	if err != nil {
		return err
	}
	for _, r := range all {
		payer, err := p.payer(r)
		if err != nil {
			return err
		}
		if payer != p.finance {
			continue
		}
		p.stands.Owed = p.stands.Owed.Add(r.Outstanding)
		for _, e := range r.Entries {
			if err := p.entry(r, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *poster) entry(r Recovery, e RecoveryEntry) error {
	x := Posting{LogIndex: e.LogIndex, Figure: PostedFound, Programme: r.Programme, Run: e.Run, Amount: e.Amount}
	switch e.Kind {
	case beneficiary.EntryFound:
		x.Amount = e.Amount.Sub(r.Opening)
	case beneficiary.EntryVoid:
		x.Figure = PostedVoid
	default:
		return nil
	}
	var id []byte
	var at int64
	if err := p.tx.QueryRowContext(p.ctx, `SELECT id, at FROM events_v1 WHERE log_index = ?`, e.LogIndex).Scan(&id, &at); err != nil {
		return err
	}
	var err error
	if x.Event, err = textID(id); err != nil {
		return err
	}
	x.On = domain.DateOf(time.UnixMicro(at))
	x.Month = p.books.MonthOf(x.LogIndex, x.On, e.On)
	if !x.Amount.IsZero() {
		p.rows = append(p.rows, x)
	}
	if e.Kind == beneficiary.EntryFound && !r.Opening.IsZero() {
		x.Figure, x.Amount = PostedFoundOpening, r.Opening
		p.rows = append(p.rows, x)
	}
	return nil
}

// payer is the finance office that paid what was overpaid; empty: none did here.
func (p *poster) payer(r Recovery) (string, error) {
	run := ""
	for _, o := range r.Origins {
		if run == "" {
			run = o.Run
		}
	}
	if run == "" {
		stream, err := streamOf(p.ctx, p.tx, beneficiary.Stream(r.Person))
		if err != nil {
			return "", err
		}
		err = p.tx.QueryRowContext(p.ctx, `SELECT run FROM payruns_v1 WHERE stream = (SELECT run FROM draws_v1 WHERE stream = ? ORDER BY rev DESC LIMIT 1)`, stream).Scan(&run)
		if errors.Is(err, sql.ErrNoRows) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
	of, err := onePayrun(p.ctx, p.tx, run)
	return of.State.Opened.Finance, err
}

// standing sums the tables that hold how things are, not how they came to be.
func (p *poster) standing() error {
	s := &p.stands
	var funds, outstanding int64
	err := p.tx.QueryRowContext(p.ctx, `SELECT (SELECT count(*) FROM funds_v1 WHERE finance = ?1) > 0, (SELECT coalesce(sum(CASE kind WHEN ?2 THEN amount WHEN ?3 THEN amount
			WHEN ?4 THEN -amount WHEN ?5 THEN -amount ELSE 0 END), 0) FROM fund_entries_v1 WHERE finance = ?1),
		(SELECT coalesce(sum(outstanding), 0) FROM instructed_v1 WHERE finance = ?1)`,
		p.finance, string(FundReceived), string(FundRecovered), string(FundSpent), string(FundReturned)).Scan(&s.Funded, &funds, &outstanding)
	if err != nil {
		return err
	}
	s.Funds, s.Outstanding = domain.Fen(funds), domain.Fen(outstanding)
	return p.waiting()
}

// waiting sums the runs that were released and of which the bank knows nothing.
func (p *poster) waiting() error {
	type released struct {
		run string
		net int64
	}
	list, err := scanAll(p.ctx, p.tx, func(r *sql.Rows) (x released, err error) { return x, r.Scan(&x.run, &x.net) },
		`SELECT p.run, coalesce(sum(t.net), 0) FROM payruns_v1 p JOIN totals_v1 t ON t.run = p.run
		WHERE p.status = 'released' AND NOT EXISTS (SELECT 1 FROM instructed_v1 i WHERE i.run = p.run) GROUP BY p.run`)
	if err != nil {
		return err
	}
	for _, x := range list {
		run, err := onePayrun(p.ctx, p.tx, x.run)
		if err != nil {
			return err
		}
		if run.State.Opened.Finance == p.finance {
			p.stands.Waiting = p.stands.Waiting.Add(domain.Fen(x.net))
		}
	}
	return nil
}
