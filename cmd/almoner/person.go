package main

import (
	"context"
	"fmt"
	"io"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/officer"
	"almoner/projections"
)

type personCmd struct {
	Show     personShow     `cmd:"" help:"一个对象的现状（个人信息打码）|where a person stands (personal data masked)"`
	Timeline personTimeline `cmd:"" help:"一个对象的全部记录|everything recorded about a person"`
	Find     personFind     `cmd:"" help:"按完整身份证号或姓名查找|find by the exact number or name"`
}

// maskedName is a person's name as lists show it; empty for an erased person.
func (s *session) maskedName(ctx context.Context, person string) (string, error) {
	who, _, err := s.ledger.Identity(ctx, person)
	return who.Name.String(), err
}

type personShow struct {
	ID      string `arg:"" help:"对象编号|person id"`
	Unmask  bool   `help:"显示完整姓名和号码（需 unmask 职责，查看留痕）|show name and number in full (needs the capacity unmask, and leaves a trace)"`
	Purpose string `help:"查看用途代码，与 --unmask 同用|why, as a code; goes with --unmask" placeholder:"CODE"`
}

// personJSON is where a person stands.
type personJSON struct {
	LogIndex     int64             `json:"logIndex"`
	Person       string            `json:"person"`
	Name         string            `json:"name,omitempty"`   // masked
	Number       string            `json:"number,omitempty"` // masked
	Sex          string            `json:"sex,omitempty"`
	DiedOn       string            `json:"diedOn,omitempty"`
	Account      *payeeJSON        `json:"account,omitempty"` // present account
	Enrolments   []enrolmentJSON   `json:"enrolments"`
	Paid         []drawJSON        `json:"draws"` // standing draws
	Overpayments []overpaymentJSON `json:"overpayments"`
}

// payeeJSON says where money goes now, without the account: the event that Event names holds that sealed.
type payeeJSON struct {
	Event    string `json:"event"`
	Holder   string `json:"holderPerson"`
	Relation string `json:"relation"`
}

type suspensionJSON struct {
	From     string `json:"from"`
	To       string `json:"to,omitempty"` // first unit paid again; absent while it lasts
	Effect   string `json:"effect"`
	Reason   string `json:"reason"`
	ReviewBy string `json:"reviewBy,omitempty"`
}

type enrolmentJSON struct {
	Enrolment   string `json:"enrolment"`
	Programme   string `json:"programme"`
	Region      string `json:"region"`
	Class       string `json:"class"`
	Share       string `json:"share"`
	Office      string `json:"office"`
	Village     string `json:"village"`
	FirstUnit   string `json:"firstUnit"`
	PaidThrough string `json:"paidThrough,omitempty"` // paid outside this ledger
	Until       string `json:"until,omitempty"`
	LastUnit    string `json:"lastUnit,omitempty"`
	ExitReason  string `json:"exitReason,omitempty"`
	Annulled    bool   `json:"annulled,omitempty"`

	Suspensions []suspensionJSON `json:"suspensions,omitempty"`
}

type drawJSON struct {
	Run   string   `json:"run"`
	Line  int      `json:"line"`
	Net   string   `json:"net"`
	Units []string `json:"units"`
}

type overpaymentJSON struct {
	ID          string `json:"id"`
	Cause       string `json:"cause"`
	Amount      string `json:"amount"`
	Outstanding string `json:"outstanding"`
}

// Run shows a person.
func (c *personShow) Run(a *app) error {
	return a.with(func(s *session) error {
		fold, err := s.views.PersonFold(a.ctx, c.ID)
		if err != nil {
			return err
		}
		who, err := c.who(a, s)
		if err != nil {
			return err
		}
		out := shownPerson(fold, who)
		if c.Unmask {
			out.Name, out.Number = who.Name.Reveal(), who.Number.Reveal()
		}
		return a.print(out, func(w io.Writer) { writePerson(w, a, out) })
	})
}

// who reads the person's identity; in full only after the look was recorded.
func (c *personShow) who(a *app, s *session) (beneficiary.Identity, error) {
	if !c.Unmask {
		who, _, err := s.ledger.Identity(a.ctx, c.ID)
		return who, err
	}
	actor, err := a.actor(s, officer.Unmask)
	if err != nil {
		return beneficiary.Identity{}, err
	}
	return s.ledger.Unmask(a.ctx, a.command(actor), c.ID, "person", c.Purpose)
}

func shownPerson(f projections.Fold, who beneficiary.Identity) personJSON {
	out := personJSON{
		LogIndex: f.LogIndex, Person: f.Person, Name: who.Name.String(), Number: who.Number.String(), Sex: string(who.Sex), DiedOn: f.State.DiedOn.String(),
		Enrolments: []enrolmentJSON{}, Paid: []drawJSON{}, Overpayments: []overpaymentJSON{},
	}
	if account, ok := f.State.Account(); ok {
		out.Account = &payeeJSON{Event: account.Event, Holder: account.HolderPerson, Relation: account.Relation}
	}
	for _, e := range f.State.Enrolments {
		out.Enrolments = append(out.Enrolments, shownEnrolment(e))
	}
	for _, d := range f.State.Draws {
		draw := drawJSON{Run: d.Run, Line: d.Line, Net: d.Net.String(), Units: []string{}}
		for _, i := range d.Items {
			draw.Units = append(draw.Units, i.Unit.String())
		}
		out.Paid = append(out.Paid, draw)
	}
	for _, o := range f.State.Overpayments {
		out.Overpayments = append(out.Overpayments, overpaymentJSON{ID: o.ID, Cause: o.Cause, Amount: o.Amount().String(), Outstanding: o.Outstanding().String()})
	}
	return out
}

func shownEnrolment(e beneficiary.Enrolment) enrolmentJSON {
	out := enrolmentJSON{
		Enrolment: e.ID, Programme: e.Programme, Region: e.Region, Share: e.Share, FirstUnit: e.FirstUnit.String(), PaidThrough: e.PaidThrough.String(), Until: e.Until.String(), Annulled: e.Annulled,
	}
	if n := len(e.Classes); n > 0 {
		out.Class = e.Classes[n-1].Key.String()
	}
	if n := len(e.Places); n > 0 {
		out.Office, out.Village = e.Places[n-1].Office, string(e.Places[n-1].Village)
	}
	if e.Exit != nil {
		out.LastUnit, out.ExitReason = e.Exit.LastUnit.String(), e.Exit.Reason
	}
	for _, x := range e.Suspensions {
		out.Suspensions = append(out.Suspensions, suspensionJSON{From: x.From.String(), To: x.To.String(), Effect: string(x.Effect), Reason: x.Reason, ReviewBy: x.Review.String()})
	}
	return out
}

func writePerson(w io.Writer, a *app, p personJSON) {
	fields(w, a.words, "对象|person", p.Person, "姓名|name", p.Name, "身份证号|number", p.Number, "性别|sex", p.Sex, "死亡|died", p.DiedOn)
	if p.Account != nil {
		fields(w, a.words, "户名关系|account relation", p.Account.Relation, "账户事件|account event", p.Account.Event)
	}
	enrolled := table{heading: a.header("项目|programme", "类别|class", "份额|share", "单位|office", "村居|village", "起领|first", "此前发至|paid through", "止于|until", "末单元|last", "退出原因|exit")}
	for _, e := range p.Enrolments {
		enrolled.add(e.Programme+"@"+e.Region, e.Class, e.Share, e.Office, e.Village, e.FirstUnit, e.PaidThrough, e.Until, e.LastUnit, e.ExitReason)
	}
	suspended := table{heading: a.header("暂停项目|suspended", "自|from", "恢复|to", "方式|effect", "原因|reason", "复核期限|review by")}
	for _, e := range p.Enrolments {
		for _, x := range e.Suspensions {
			suspended.add(e.Programme+"@"+e.Region, x.From, x.To, x.Effect, x.Reason, x.ReviewBy)
		}
	}
	draws := table{heading: a.header("批次|run", "行|line", "实发|net", "单元数|units"), right: []int{1, 2, 3}}
	for _, d := range p.Paid {
		draws.add(d.Run, count(d.Line), d.Net, count(len(d.Units)))
	}
	over := table{heading: a.header("错发多发|overpayment", "原因|cause", "金额|amount", "未追回|outstanding"), right: []int{2, 3}}
	for _, o := range p.Overpayments {
		over.add(o.ID, o.Cause, o.Amount, o.Outstanding)
	}
	for _, t := range []table{enrolled, suspended, draws, over} {
		if len(t.rows) > 0 {
			fmt.Fprintln(w)
			t.write(w)
		}
	}
}

type personTimeline struct {
	ID      string `arg:"" help:"对象编号|person id"`
	KnownAt string `help:"按何时所知|as known at" placeholder:"K"`
}

type timelineJSON struct {
	LogIndex int64        `json:"logIndex"`
	Known    int64        `json:"known"`
	Person   string       `json:"person"`
	Entries  []loggedJSON `json:"entries"`
}

// Run lists what the ledger knew of a person, in the order in which it learnt it.
func (c *personTimeline) Run(a *app) error {
	known, err := projections.ParseKnown(c.KnownAt)
	if err != nil {
		return fmt.Errorf("--known-at: %w", err)
	}
	return a.with(func(s *session) error {
		timeline, err := s.views.Timeline(a.ctx, c.ID, known)
		if err != nil {
			return err
		}
		out := timelineJSON{LogIndex: timeline.LogIndex, Known: timeline.Known, Person: c.ID, Entries: []loggedJSON{}}
		t := table{heading: a.header("序号|index", "记录时间|recorded", "生效日|effective", "事件|event", "经手|officer", "职责|capacity", "原因|reason"), right: []int{0}}
		for _, e := range timeline.Entries {
			shown := shownLogged(e)
			out.Entries = append(out.Entries, shown)
			t.add(fmt.Sprint(shown.LogIndex), shown.At, shown.On, shown.Type, shown.Officer+"@"+shown.Office, shown.Capacity, shown.Reason)
		}
		return a.print(out, t.write)
	})
}

type personFind struct {
	Number string `help:"身份证号；- 表示从标准输入读|citizen number; - reads standard input" placeholder:"NUMBER" xor:"by" required:""`
	Name   string `help:"姓名；- 表示从标准输入读|name; - reads standard input" placeholder:"NAME" xor:"by" required:""`
}

type foundJSON struct {
	Person string `json:"person"`
	Name   string `json:"name,omitempty"`   // masked
	Number string `json:"number,omitempty"` // masked
}

// Run finds persons through the vault's keyed hashes: no list of names or numbers exists anywhere.
func (c *personFind) Run(a *app) error {
	return a.with(func(s *session) error {
		ids, err := c.find(a, s)
		if err != nil {
			return err
		}
		found := []foundJSON{}
		t := table{heading: a.header("对象|person", "姓名|name", "身份证号|number")}
		for _, id := range ids {
			who, _, err := s.ledger.Identity(a.ctx, id)
			if err != nil {
				return err
			}
			found = append(found, foundJSON{Person: id, Name: who.Name.String(), Number: who.Number.String()})
			t.add(id, who.Name.String(), who.Number.String())
		}
		return a.print(found, t.write)
	})
}

func (c *personFind) find(a *app, s *session) ([]string, error) {
	if c.Name != "" {
		text, err := a.given(c.Name)
		if err != nil {
			return nil, err
		}
		name, err := domain.ParseName(text)
		if err != nil {
			return nil, fmt.Errorf("--name: %w", err)
		}
		ids, err := s.vault.FindByName(a.ctx, name.MatchKey())
		if err == nil && len(ids) == 0 {
			err = domain.Refuse(domain.NotFound, "person.none", "nobody in this ledger has this name").WithNext("check the spelling, or look for the number")
		}
		return ids, err
	}
	text, err := a.given(c.Number)
	if err != nil {
		return nil, err
	}
	number, err := canonicalNumber(text)
	if err != nil {
		return nil, fmt.Errorf("--number: %w", err)
	}
	id, ok, err := s.vault.Lookup(a.ctx, number)
	if err == nil && !ok {
		err = domain.Refuse(domain.NotFound, "person.none", "nobody in this ledger has this number").WithNext("check the number; a corrected one is found by either")
	}
	return []string{id}, err
}
