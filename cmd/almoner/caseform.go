package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// caseForm is what an office fills in to open a case. Its flags are the fields that most cases need; --field takes any
// column of a roster by its header, and the same reader reads it: what may stand in a list may stand in a form.
type caseForm struct {
	Kind      string   `help:"事项种类|kind of change" enum:"admission,exit,class-change,account-change,correction,transfer,annual-review,suspension,resumption,grants,recovery-plan,write-off" required:""`
	Programme string   `help:"项目|programme" required:""`
	Office    string   `help:"对象所属单位|whose person it is" required:""`
	Person    string   `help:"对象编号（或用 --number）|person id (or give --number)"`
	Number    string   `help:"身份证号；- 表示从标准输入读|citizen number; - reads standard input" placeholder:"NUMBER"`
	Name      string   `help:"姓名|name"`
	Village   string   `help:"村居名称或代码|village, by name or code"`
	Reason    string   `help:"原因代码；退出和暂停也可用政策规则中的中文名|reason code; for exit and suspension also its Chinese label in the rulebook" placeholder:"CODE"`
	From      string   `help:"从哪个单元起|first unit" placeholder:"UNIT"`
	Field     []string `help:"名单中的一栏，写作 表头=内容，可重复；见 docs/import.md|a roster column as HEADER=VALUE; repeat it; see docs/import.md" sep:"none" placeholder:"HEADER=VALUE"`

	AppliedOn  string `help:"申报日期|day of application" placeholder:"DAY"`
	OccurredOn string `help:"发生日期|day on which it happened" placeholder:"DAY"`
	ReportedOn string `help:"报告日期|day on which the office learnt of it" placeholder:"DAY"`
	DiedOn     string `help:"死亡日期|day of death" placeholder:"DAY"`

	Restored    []string `help:"恢复：补回的单元，可重复|resumption: a unit given back; repeat it" sep:"none" placeholder:"UNIT"`
	Of          string   `help:"更正哪个事件|correction: the event"`
	Annul       bool     `help:"更正：整项纳入作废|correction: the enrolment is void from the start"`
	ToOffice    string   `help:"转入单位|transfer: the office moved to" placeholder:"OFFICE"`
	ToVillage   string   `help:"转入村居代码|transfer: the village moved to" placeholder:"CODE"`
	Year        int      `help:"年审年度|annual review: the year"`
	Result      string   `help:"年审结论|annual review: the result" enum:",continue,changed,exit,not-found" default:""`
	VisitedOn   string   `help:"入户日期|annual review: day of the visit" placeholder:"DAY"`
	Visitor     []string `help:"入户人员编号，可重复|annual review: an officer who visited; repeat it" sep:"none" placeholder:"OFFICER"`
	Overpayment string   `help:"追回计划、核销：哪一笔错发|recovery plan, write-off: the overpayment" placeholder:"ID"`
	Amount      string   `help:"金额（元）|amount in yuan" placeholder:"YUAN"`

	statedFlags
	grantFlags
	recoveryFlags
}

// request is the case as the ledger takes it.
func (c *caseForm) request(a *app, s *session) (ledger.CaseRequest, error) {
	stated, err := c.stated()
	if err != nil {
		return ledger.CaseRequest{}, err
	}
	r := ledger.CaseRequest{
		Kind: change.Kind(c.Kind), Programme: c.Programme, Office: c.Office, Person: c.Person, Stated: stated, Grant: c.terms(), Reason: c.Reason,
		Of: c.Of, Annul: c.Annul, ToOffice: c.ToOffice, ToVillage: domain.AreaCode(c.ToVillage), Overpayment: c.Overpayment,
	}
	if r.Plan, err = c.plan(a); err != nil {
		return r, err
	}
	if r.Row, err = c.row(a, s); err != nil {
		return r, err
	}
	if err := c.dates(&r); err != nil {
		return r, err
	}
	if c.Amount != "" {
		if r.Amount, err = domain.ParseMoney(c.Amount); err != nil {
			return r, fmt.Errorf("--amount: %w", err)
		}
		r.Row.Amount, r.Row.HasAmount = r.Amount, true
	}
	if r.Reason, err = c.reasonCode(a, s); err != nil {
		return r, err
	}
	r.Row.Reason = exitReason(r.Reason, r.Row.Reason)
	r.Review = change.ReviewPart{Year: c.Year, Result: c.Result, VisitedOn: r.Review.VisitedOn, Visitors: c.Visitor}
	return r, nil
}

// reasonCode is the code of a reason given by its code or, as refusals list them, by its Chinese label in the rulebook.
func (c *caseForm) reasonCode(a *app, s *session) (string, error) {
	isSuspension, isExit := change.Kind(c.Kind) == change.Suspension, change.Kind(c.Kind) == change.Exit
	if c.Reason == "" || !isSuspension && !isExit {
		return c.Reason, nil
	}
	o, err := s.ledger.Office(a.ctx, c.Office)
	if err != nil {
		return "", err
	}
	place, _ := o.On(s.ledger.Today())
	book, err := s.ledger.Rulebook(a.ctx, c.Programme, place.Area)
	if err != nil {
		return "", err
	}
	for _, r := range book.SuspensionReasons() {
		if isSuspension && r.Zh == c.Reason {
			return r.Code, nil
		}
	}
	for _, r := range book.ExitReasons() {
		if isExit && r.Zh == c.Reason {
			return r.Code, nil
		}
	}
	return c.Reason, nil
}

func exitReason(flag string, row rosterfile.ExitReason) rosterfile.ExitReason {
	if flag == "" {
		return row
	}
	return rosterfile.ExitReason(flag)
}

// dates reads every day and unit of the form.
func (c *caseForm) dates(r *ledger.CaseRequest) (err error) {
	for _, d := range []struct {
		flag, text string
		into       *domain.Date
	}{
		{"--applied-on", c.AppliedOn, &r.Row.AppliedOn}, {"--occurred-on", c.OccurredOn, &r.Row.OccurredOn}, {"--reported-on", c.ReportedOn, &r.Row.ReportedOn},
		{"--died-on", c.DiedOn, &r.Row.DiedOn}, {"--visited-on", c.VisitedOn, &r.Review.VisitedOn},
	} {
		if d.text == "" {
			continue
		}
		if *d.into, err = dayFlag(d.flag, d.text); err != nil {
			return err
		}
	}
	if r.From, err = periodFlag("--from", c.From); err != nil {
		return err
	}
	for _, text := range c.Restored {
		unit, err := periodFlag("--restored", text)
		if err != nil {
			return err
		}
		r.Restored = append(r.Restored, unit)
	}
	return nil
}

// row reads the fields as a list of one row, and the flags over it.
func (c *caseForm) row(a *app, s *session) (rosterfile.Row, error) {
	villages, err := s.ledger.Villages(a.ctx, c.Office)
	if err != nil {
		return rosterfile.Row{}, err
	}
	number, err := a.given(c.Number)
	if err != nil {
		return rosterfile.Row{}, err
	}
	var row rosterfile.Row
	if len(c.Field) > 0 {
		if row, err = c.readFields(a, s, number, villages); err != nil {
			return row, err
		}
	}
	if number != "" && row.Number == "" {
		if row.Number, err = domain.ParseCitizenNumber(number); err != nil {
			return row, fmt.Errorf("--number: %w", err)
		}
	}
	if c.Name != "" && row.Name == "" {
		if row.Name, err = domain.ParseName(c.Name); err != nil {
			return row, fmt.Errorf("--name: %w", err)
		}
	}
	if c.Village != "" {
		area, known := villages[c.Village]
		if !known {
			return row, domain.Refuse(domain.NotFound, "import.village-unknown", "%q is no village of %s", c.Village, c.Office).WithNext("look the village up: almoner office show %s", c.Office)
		}
		row.Area, row.Village = area, c.Village
	}
	return row, nil
}

// readFields gives the fields to the reader of rosters.
func (c *caseForm) readFields(a *app, s *session, number string, villages map[string]domain.AreaCode) (rosterfile.Row, error) {
	var headers, cells []string
	for _, f := range append([]string{}, c.Field...) {
		header, value, found := strings.Cut(f, "=")
		if !found {
			return rosterfile.Row{}, usage(a.words, "--field %q 应写成 表头=内容", "--field %q must be HEADER=VALUE", f)
		}
		headers, cells = append(headers, header), append(cells, value)
	}
	for _, f := range []struct{ header, value string }{{"姓名", c.Name}, {"身份证号", number}, {"村居", c.Village}} {
		if f.value != "" {
			headers, cells = append(headers, f.header), append(cells, f.value)
		}
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.WriteAll([][]string{headers, cells}); err != nil {
		return rosterfile.Row{}, fmt.Errorf("fields: %w", err)
	}
	kind := map[change.Kind]rosterfile.Kind{change.Exit: rosterfile.Exit, change.AccountChange: rosterfile.AccountChange, change.GrantMoney: rosterfile.Grant}[change.Kind(c.Kind)]
	if kind == "" {
		kind = rosterfile.Admission
	}
	file, err := rosterfile.Open("form", bytes.NewReader(text.Bytes()), int64(text.Len()), rosterfile.Options{
		Kind: kind, Programme: c.Programme, Villages: villages, FirstPeriod: s.ledger.Created().FirstPeriod, Today: s.ledger.Today(),
	})
	if err != nil {
		return rosterfile.Row{}, fmt.Errorf("fields: %w", err)
	}
	for row, err := range file.Rows() {
		if err != nil {
			return row, fmt.Errorf("fields: %w", err)
		}
		return row.Detached(), nil
	}
	return rosterfile.Row{}, errors.New("fields: they make no row")
}

// unitNames lists units as they are written on the command line.
func unitNames(units []domain.Period) string {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.String()
	}
	return strings.Join(names, " ")
}

// writeProposal says in a few lines what a change would do.
func writeProposal(w io.Writer, a *app, c change.Change) {
	switch {
	case c.Admission != nil:
		class := ""
		if len(c.Admission.Classes) > 0 {
			class = c.Admission.Classes[0].Key.String()
		}
		fields(w, a.words, "类别|class", class, "起领|first unit", c.Admission.FirstUnit.String(), "止于|until", c.Admission.Until.String(), "份额|share", c.Admission.Share)
	case c.Exit != nil:
		fields(w, a.words, "原因|reason", c.Exit.Reason, "发生|occurred", c.Exit.OccurredOn.String(), "报告|reported", c.Exit.ReportedOn.String(), "末单元|last unit", c.Exit.LastUnit.String(), "死亡时应发未发款|money due at death", string(c.Exit.AtDeath))
	case c.Suspension != nil:
		fields(w, a.words, "原因|reason", c.Suspension.Reason, "自|from", c.Suspension.From.String(), "方式|effect", string(c.Suspension.Effect))
	case c.Resumption != nil:
		fields(w, a.words, "原因|reason", c.Resumption.Reason, "自|from", c.Resumption.From.String(), "补回单元|restored", unitNames(c.Resumption.Restored))
	case c.Class != nil:
		fields(w, a.words, "类别|class", c.Class.Class.String(), "自|from", c.Class.From.String(), "原因|reason", c.Class.Reason)
	case c.Transfer != nil:
		fields(w, a.words, "转入|to", c.Transfer.ToOffice, "村居|village", string(c.Transfer.ToVillage), "自|from", c.Transfer.FirstUnit.String())
	case c.Account != nil:
		fields(w, a.words, "户名关系|relation", c.Account.Relation)
	case c.Grant != nil:
		fields(w, a.words, "批名|campaign", c.Grant.Campaign, "金额|amount", c.Grant.Amount.String(), "文号|document", c.Grant.Document)
	case c.Overpaid != nil:
		fields(w, a.words, "错发|overpayment", c.Overpaid.Overpayment, "金额|amount", c.Overpaid.Amount.String())
	case c.Recovery != nil:
		p := recoveryPlan(&beneficiary.Plan{Method: c.Recovery.Method, Cap: c.Recovery.Cap, From: c.Recovery.From, Enrolment: c.Recovery.Enrolment, Instalments: c.Recovery.Instalments})
		fields(w, a.words, "错发|overpayment", c.Recovery.Overpayment, "追回方式|plan", p.Method, "每次上限|cap", p.Cap, "自|from", p.From, "抵扣|paid by", p.Enrolment)
		for _, i := range p.Instalments {
			fields(w, a.words, "分期|instalment", i.DueOn+" "+i.Amount)
		}
	case c.Correction != nil:
		fields(w, a.words, "更正|corrects", c.Correction.Of, "作废|annuls", yes(c.Correction.Annul, a.words), "原因|reason", c.Correction.Reason)
	case c.Review != nil:
		fields(w, a.words, "年度|year", count(c.Review.Year), "结论|result", c.Review.Result, "入户|visited", c.Review.VisitedOn.String())
	}
}
