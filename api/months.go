package api

import (
	"context"
	"strconv"

	"almoner/domain"
	"almoner/domain/month"
	"almoner/ledger"
	"almoner/projections"
)

// subjectOf is the subject that a path names: by its id, or, of a book month, by its finance office and month.
func subjectOf(r *request, kind ledger.SubjectKind) ledger.Subject {
	if kind == ledger.MonthSubject || kind == ledger.MonthReopenSubject {
		return ledger.Subject{Kind: kind, ID: r.path("finance") + "/" + r.path("month")}
	}
	return ledger.Subject{Kind: kind, ID: r.path("id")}
}

// streamOfMonth is the stream of a book month. An id that names none has the stream of no month.
func streamOfMonth(id string) string {
	finance, in, err := projections.ParseMonthID(id)
	if err != nil {
		return ""
	}
	return month.Stream(finance, in)
}

// monthStatus names the status of a month that nobody submitted.
func monthStatus(s month.Status) string {
	if s == month.StatusOpen {
		return "open"
	}
	return string(s)
}

// monthRow is one book month of a list.
type monthRow struct {
	Finance     string `json:"finance"`
	Month       string `json:"month"`
	Status      string `json:"status"`
	Instructed  money  `json:"instructed"`
	Outstanding money  `json:"outstanding"`      // at its end
	Root        string `json:"root,omitempty"`   // of the last close
	CutOff      int64  `json:"cutOff,omitempty"` // of the last close
}

// listMonths lists the months in which anything was booked, by finance office and month. They are few.
func (s *Server) listMonths(ctx context.Context, r *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, all, err := s.views.Months(ctx, r.query.Get("finance"))
	if err != nil {
		return response{}, err
	}
	items := make([]monthRow, len(all))
	for i, m := range all {
		items[i] = monthRow{Finance: m.Finance, Month: m.Month.String(), Status: monthStatus(m.State.Status), Instructed: m.Instructed, Outstanding: m.Outstanding}
		if last, ok := m.State.Close(); ok {
			items[i].Root, items[i].CutOff = last.Root, last.CutOff
		}
	}
	return response{Body: listed[monthRow]{items}, LogIndex: at}, nil
}

// monthView is a book month on one page (对账).
type monthView struct {
	Status string `json:"status"`
	At     int64  `json:"at"` // entries that the figures take in
	month.Reckoning
	Total    month.Figures    `json:"total"`
	Balanced bool             `json:"balanced"`
	Root     string           `json:"root"` // over all of it, as officers sign it
	Causes   []month.CauseSum `json:"causes"`
	Bank     []monthBank      `json:"bank"`
	Funds    []monthFund      `json:"funds"`
	Variance monthVariance    `json:"variance"`
	Closes   []monthClose     `json:"closes"`
	Signing  monthSignings    `json:"signing"`
	Revision int64            `json:"revision"`
}

// monthBank is what the bank lines of one class came to.
type monthBank struct {
	Class       string `json:"class"`
	Lines       int    `json:"lines"`
	Stated      money  `json:"stated"`
	Settled     money  `json:"settled"`
	Returned    money  `json:"returned"`
	Outstanding money  `json:"outstanding"`
	Beyond      money  `json:"beyond"`
	Early       money  `json:"early"`
}

// monthFund is what a fund says of one run.
type monthFund struct {
	Fund      string `json:"fund"`
	Run       string `json:"run"`
	Committed money  `json:"committed"`
	Spent     money  `json:"spent"`
	Released  money  `json:"released"`
}

// monthVariance explains the difference to the month before.
type monthVariance struct {
	Before money              `json:"before"`
	This   money              `json:"this"`
	Rows   []monthVarianceRow `json:"rows"`
}

type monthVarianceRow struct {
	Programme string `json:"programme"`
	Cause     string `json:"cause"`
	Persons   int    `json:"persons"`
	Amount    money  `json:"amount"`
}

// monthClose is one close of the month, the last one last.
type monthClose struct {
	CutOff  int64           `json:"cutOff"`
	Root    string          `json:"root"`
	Round   int             `json:"round"`
	Figures []month.Figures `json:"figures"` // by programme
}

// monthSignings are the chains and the signatures of the present round.
type monthSignings struct {
	Close       []chainStep `json:"close"`
	CloseMarks  []mark      `json:"closeMarks"`
	Reopen      []chainStep `json:"reopen"`
	ReopenMarks []mark      `json:"reopenMarks"`
}

// getMonth reconciles a month: as it was submitted, if it waits or is closed, else as it stands; or at a log index.
func (s *Server) getMonth(ctx context.Context, r *request) (response, error) {
	finance, in, err := projections.ParseMonthID(r.path("finance") + "/" + r.path("month"))
	if err != nil {
		return response{}, err
	}
	if _, err := s.ledger.Office(ctx, finance); err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	var found projections.Reconciliation
	if text := r.query.Get("at"); text != "" {
		at, bad := strconv.ParseInt(text, 10, 64)
		if bad != nil || at < 0 {
			return response{}, refuse(domain.Invalid, "api.at", "%.40q is no log index", text).WithNext("write a number of entries: at=1204")
		}
		found, err = s.views.ReconciliationAt(ctx, finance, in, at)
	} else {
		found, err = s.views.Reconciliation(ctx, finance, in)
	}
	if err != nil {
		return response{}, err
	}
	v := viewMonth(found)
	if v.Revision, err = s.revision(ctx, month.Stream(finance, in)); err != nil {
		return response{}, err
	}
	return response{Body: v, LogIndex: found.LogIndex, ETag: etag(v.Revision)}, nil
}

func viewMonth(r projections.Reconciliation) monthView {
	root, _ := r.Root()
	v := monthView{
		Status: monthStatus(r.State.Status), At: r.At, Reckoning: r.Reckoning.Listed(), Total: r.Total(), Balanced: r.Balanced(), Root: root,
		Causes: append([]month.CauseSum{}, r.Causes()...), Bank: []monthBank{}, Funds: []monthFund{}, Closes: []monthClose{},
		Variance: monthVariance{r.Variance.Before, r.Variance.This, []monthVarianceRow{}},
		Signing:  monthSignings{chainOf(r.State.Signing.Chain), marksOf(r.State.Signing), chainOf(r.State.Reopening.Chain), marksOf(r.State.Reopening)},
	}
	for _, b := range r.Bank {
		v.Bank = append(v.Bank, monthBank{string(b.Class), b.Lines, b.Stated, b.Settled, b.Returned, b.Outstanding, b.Beyond, b.Early})
	}
	for _, f := range r.Funds {
		v.Funds = append(v.Funds, monthFund{f.Fund, f.Run, f.Committed, f.Spent, f.Released})
	}
	for _, x := range r.Variance.Rows {
		v.Variance.Rows = append(v.Variance.Rows, monthVarianceRow{x.Programme, string(x.Cause), x.Persons, x.Amount})
	}
	for _, c := range r.State.Closes {
		v.Closes = append(v.Closes, monthClose{c.CutOff, c.Root, c.Round, c.Figures})
	}
	return v
}
