package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"almoner/domain"
	"almoner/domain/fund"
	"almoner/ledger"
	"almoner/projections"
)

// fundJSON is a fund. Amounts are yuan: inHand = received + recovered − spent − returned, free = inHand − outstanding.
type fundJSON struct {
	LogIndex     int64              `json:"logIndex"`
	Fund         string             `json:"fund"`
	Finance      string             `json:"finance"`
	Programme    string             `json:"programme"`
	Year         int                `json:"year"`
	Closed       bool               `json:"closed"`
	Appropriated string             `json:"appropriated"`
	Received     string             `json:"received"`
	Recovered    string             `json:"recovered"`
	Spent        string             `json:"spent"`
	Returned     string             `json:"returned"`
	InHand       string             `json:"inHand"`
	Outstanding  string             `json:"outstanding"` // set aside for runs
	Free         string             `json:"free"`
	Levels       []fundLevelJSON    `json:"levels"`
	Runs         []fundRunJSON      `json:"runs"`
	Entries      []fundEntryJSON    `json:"entries,omitempty"`  // only where one fund is shown
	Requests     []fundRequestsJSON `json:"requests,omitempty"` // only where one fund is shown
}

// fundLevelJSON is one level's money.
type fundLevelJSON struct {
	Level        string `json:"level"`
	Appropriated string `json:"appropriated"`
	Received     string `json:"received"`
}

// fundRunJSON is what one run took.
type fundRunJSON struct {
	Run         string `json:"run"`
	Committed   string `json:"committed"`
	Released    string `json:"released"`
	Spent       string `json:"spent"`
	Outstanding string `json:"outstanding"`
}

// fundEntryJSON is one movement.
type fundEntryJSON struct {
	LogIndex int64  `json:"logIndex"`
	Kind     string `json:"kind"`
	Amount   string `json:"amount"`
	Level    string `json:"level,omitempty"`
	Run      string `json:"run,omitempty"`
	Document string `json:"document,omitempty"`
	On       string `json:"on,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

func shownFund(f projections.FundView) fundJSON {
	s := f.State
	out := fundJSON{
		LogIndex: f.LogIndex, Fund: s.Opened.Fund, Finance: s.Opened.Finance, Programme: s.Opened.Programme, Year: s.Opened.Year, Closed: s.Closed,
		Received: s.Received.String(), Recovered: s.Recovered.String(), Spent: s.Spent.String(), Returned: s.Returned.String(), InHand: s.InHand().String(),
		Outstanding: s.Outstanding().String(), Free: s.Free().String(), Levels: []fundLevelJSON{}, Runs: []fundRunJSON{},
	}
	var granted domain.Money
	for _, level := range fund.Levels() {
		if amount := s.Appropriated(level); !amount.IsZero() {
			granted = granted.Add(amount)
			out.Levels = append(out.Levels, fundLevelJSON{level, amount.String(), s.ReceivedOf(level).String()})
		}
	}
	out.Appropriated = granted.String()
	for _, r := range s.Runs {
		out.Runs = append(out.Runs, fundRunJSON{r.Run, r.Committed.String(), r.Released.String(), r.Spent.String(), r.Outstanding().String()})
	}
	for _, e := range f.Entries {
		out.Entries = append(out.Entries, fundEntryJSON{LogIndex: e.LogIndex, Kind: string(e.Kind), Amount: e.Amount.String(), Level: e.Level, Run: e.Run, Document: e.Document, On: e.On.String(), Detail: e.Detail})
	}
	for _, r := range f.Requests {
		out.Requests = append(out.Requests, listedRequest(r))
	}
	return out
}

// moved shows what a write did to a fund, and where the fund stands now.
func (a *app) moved(s *session, id string, out ledger.Outcome, err error) error {
	if err != nil {
		return fmt.Errorf("fund %s: %w", id, err)
	}
	did := actedOn(fundKind, id, out)
	f, err := s.ledger.Fund(a.ctx, id)
	if errors.Is(err, domain.NotFound) { // nothing was to be done, and the fund has no money yet
		return a.print(did, func(w io.Writer) { did.write(w, a.words) })
	}
	if err != nil {
		return err
	}
	result := struct {
		acted
		InHand string `json:"inHand"`
		Free   string `json:"free"`
	}{did, f.InHand().String(), f.Free().String()}
	return a.print(result, func(w io.Writer) {
		did.write(w, a.words)
		fmt.Fprintf(w, a.words.pick("  结存 %s 元，预留 %s 元，可用 %s 元\n", "  in hand %s yuan, set aside %s, free %s\n"), f.InHand(), f.Outstanding(), f.Free())
	})
}

type fundShow struct {
	ID string `arg:"" help:"资金编号或拨款报告编号|id of a fund, or of a request"`
}

// Run shows a fund; what is no fund is looked for among the requests.
func (c *fundShow) Run(a *app) error {
	return a.with(func(s *session) error {
		if err := s.synced(a.ctx); err != nil {
			return err
		}
		f, err := s.views.Fund(a.ctx, c.ID)
		if errors.Is(err, domain.NotFound) {
			if r, missing := s.views.FundRequest(a.ctx, c.ID); missing == nil {
				return a.showRequest(s, r)
			}
		}
		if err != nil {
			return err
		}
		out := shownFund(f)
		return a.print(out, func(w io.Writer) { writeFund(w, a, out) })
	})
}

func writeFund(w io.Writer, a *app, f fundJSON) {
	fields(w, a.words, "资金|fund", f.Fund, "财政|finance", f.Finance, "项目|programme", f.Programme, "年度|year", count(f.Year), "已结清|closed", yes(f.Closed, a.words),
		"指标（元）|appropriated (yuan)", f.Appropriated, "到账|received", f.Received, "追回|recovered", f.Recovered, "支出|spent", f.Spent, "缴回|returned", f.Returned,
		"结存|in hand", f.InHand, "预留|set aside", f.Outstanding, "可用|free", f.Free)
	levels := table{heading: a.header("资金来源|level", "指标|appropriated", "到账|received"), right: []int{1, 2}}
	for _, l := range f.Levels {
		levels.add(l.Level, l.Appropriated, l.Received)
	}
	runs := table{heading: a.header("批次|run", "预留|committed", "放回|released", "支出|spent", "尚留|outstanding"), right: []int{1, 2, 3, 4}}
	for _, r := range f.Runs {
		runs.add(r.Run, r.Committed, r.Released, r.Spent, r.Outstanding)
	}
	entries := table{heading: a.header("序号|log index", "日期|day", "变动|what", "金额|amount", "来源|level", "文号或凭证|document", "批次|run", "说明|detail"), right: []int{0, 3}}
	for _, e := range f.Entries {
		entries.add(fmt.Sprint(e.LogIndex), e.On, e.Kind, e.Amount, e.Level, e.Document, e.Run, e.Detail)
	}
	for _, t := range []table{levels, runs, requestTable(a, f.Requests), entries} {
		if len(t.rows) > 0 {
			fmt.Fprintln(w)
			t.write(w)
		}
	}
}

type fundList struct {
	Finance   string `help:"财政单位|finance office" placeholder:"OFFICE"`
	Programme string `help:"项目|programme"`
	Year      int    `help:"年度|year" placeholder:"YYYY"`
}

// Run lists funds, the latest year first.
func (c *fundList) Run(a *app) error {
	return a.with(func(s *session) error {
		_, all, err := s.views.Funds(a.ctx, projections.FundFilter{Finance: c.Finance, Programme: c.Programme, Year: c.Year})
		if err != nil {
			return err
		}
		out := []fundJSON{}
		t := table{heading: a.header("资金|fund", "指标|appropriated", "到账|received", "支出|spent", "缴回|returned", "结存|in hand", "可用|free", "已结清|closed"), right: []int{1, 2, 3, 4, 5, 6}}
		for _, f := range all {
			shown := shownFund(f)
			out = append(out, shown)
			t.add(shown.Fund, shown.Appropriated, shown.Received, shown.Spent, shown.Returned, shown.InHand, shown.Free, yes(shown.Closed, a.words))
		}
		return a.print(out, t.write)
	})
}

// fundRequestsJSON is a request as lists show it.
type fundRequestsJSON struct {
	Request string `json:"request"`
	Run     string `json:"run"`
	Fund    string `json:"fund"`
	Office  string `json:"office"`
	Period  string `json:"period"`
	Need    string `json:"need"`
	Balance string `json:"balance"`
	Amount  string `json:"amount"` // asked for
	Status  string `json:"status"`
}

func listedRequest(r projections.FundRequest) fundRequestsJSON {
	q := r.State.Requested
	return fundRequestsJSON{q.Request, q.Run, q.Fund, q.Office, q.Period.String(), q.Need.String(), q.Balance.String(), q.Amount.String(), string(r.State.Status)}
}

func requestTable(a *app, all []fundRequestsJSON) table {
	t := table{heading: a.header("拨款报告|request", "批次|run", "单位|office", "发放期|period", "需要|need", "可用|balance", "申请|asked", "状态|status"), right: []int{4, 5, 6}}
	for _, r := range all {
		t.add(r.Request, r.Run, r.Office, r.Period, r.Need, r.Balance, r.Amount, r.Status)
	}
	return t
}

type fundRequests struct {
	PayRun string `name:"run" help:"批次编号|id of the run" placeholder:"RUN"`
	Fund   string `help:"资金编号|id of the fund"`
	Status string `help:"状态：draft、awaiting、sent-back、signed|status: draft, awaiting, sent-back, signed"`
}

// Run lists requests, the last changed first.
func (c *fundRequests) Run(a *app) error {
	return a.with(func(s *session) error {
		_, all, err := s.views.FundRequests(a.ctx, projections.FundRequestFilter{Run: c.PayRun, Fund: c.Fund, Status: c.Status})
		if err != nil {
			return err
		}
		out := []fundRequestsJSON{}
		for _, r := range all {
			out = append(out, listedRequest(r))
		}
		t := requestTable(a, out)
		return a.print(out, t.write)
	})
}

// requestJSON is a request (拨款报告) in full, as it was signed.
type requestJSON struct {
	LogIndex    int64          `json:"logIndex"`
	RequestedAt int64          `json:"requestedAt"` // log index
	Status      string         `json:"status"`
	Waits       string         `json:"waits,omitempty"`
	Capitals    string         `json:"capitals"` // 大写 of the amount asked for
	Requested   fund.Requested `json:"requested"`
	Returns     []returnJSON   `json:"returns,omitempty"`
}

func (a *app) showRequest(s *session, r projections.FundRequest) error {
	q := r.State.Requested
	out := requestJSON{LogIndex: r.LogIndex, RequestedAt: r.RequestedAt, Status: string(r.State.Status), Capitals: q.Amount.Capitals(), Requested: q}
	if waiting := r.State.Signing; len(waiting.Waiting()) > 0 {
		out.Waits = waiting.Chain[waiting.Step].Capacity()
	}
	var err error
	if out.Returns, err = a.returns(s, ledger.FundSubject, q.Request); err != nil {
		return err
	}
	return a.print(out, func(w io.Writer) { writeRequest(w, a, out) })
}

// writeRequest prints the request as the form has it: what it rests on, who is paid, what is needed, who pays.
func writeRequest(w io.Writer, a *app, r requestJSON) {
	q := r.Requested
	fields(w, a.words, "拨款报告|request", q.Request, "状态|status", r.Status, "待签|waits for", r.Waits, "资金|fund", q.Fund, "批次|run", q.Run, "文号|document", q.Document,
		"单位|office", q.Office, "项目|programme", q.Programme, "发放期|period", q.Period.String(), "所属单元|units", q.From.String()+" – "+q.To.String(),
		"人数|persons", count(q.Persons), "缓发|held", count(q.Held), "与之比较的批次|compared with the run", q.Last,
		"需要（元）|need (yuan)", q.Need.String(), "可用|balance", q.Balance.String(), "申请拨款|asked for", q.Amount.String(), "大写|in words", r.Capitals)
	classes := table{heading: a.header("类别|class", "上期|before", "新增|entered", "退出|exited", "缓发|held", "本期|lines", "金额|amount"), right: []int{1, 2, 3, 4, 5, 6}}
	standards := table{heading: a.header("类别|class", "标准行|rate row", "标准|rate", "单元|unit", "数量|units", "金额|amount"), right: []int{2, 4, 5}}
	for _, c := range q.Classes {
		classes.add(c.Class, count(c.Before), count(c.Entered), count(c.Exited), count(c.Held), count(c.Lines), c.Amount.String())
		for _, x := range c.Standards {
			standards.add(c.Class, x.Row, x.Rate.String(), x.Unit, count(x.Units), x.Amount.String())
		}
	}
	shares := table{heading: a.header("负担级次|level", "份额|weight", "金额|amount"), right: []int{1, 2}}
	for _, x := range q.Shares {
		shares.add(x.Level, fmt.Sprint(x.Weight), x.Amount.String())
	}
	documents := table{heading: a.header("依据文号|basis", "名称|title")}
	for _, x := range q.Documents {
		documents.add(strings.TrimSpace(x.Number), x.Title)
	}
	for _, t := range []table{classes, standards, shares, documents} {
		if len(t.rows) > 0 {
			fmt.Fprintln(w)
			t.write(w)
		}
	}
	writeReturns(w, a, r.Returns)
}
