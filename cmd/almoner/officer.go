package main

import (
	"fmt"
	"io"
	"strings"

	"almoner/domain"
	"almoner/domain/officer"
)

type officerCmd struct {
	Appoint  officerAppoint  `cmd:"" help:"任命|appoint a person as an officer"`
	Grant    officerGrant    `cmd:"" help:"授予职责|grant a capacity"`
	Withdraw officerWithdraw `cmd:"" help:"收回职责|withdraw a capacity"`
	Show     officerShow     `cmd:"" help:"看一位人员|show one officer"`
	List     officerList     `cmd:"" help:"列出人员|list the officers"`
}

// officerAppoint makes a person an officer; a root officer or 人事 signs it.
type officerAppoint struct {
	ID     string `arg:"" help:"人员编号|officer id"`
	Name   string `help:"姓名|name" required:""`
	Post   string `help:"职务|post" required:""`
	Number string `help:"身份证号；- 表示从标准输入读|citizen number; - reads standard input" placeholder:"NUMBER"`
	On     string `help:"从哪天起（默认今天）|effective day (default: today)" placeholder:"DAY"`
}

// Run appoints. An officer who is there already keeps their person: only name and post change.
func (c *officerAppoint) Run(a *app) error {
	on, err := dayFlag("--on", c.On)
	if err != nil {
		return err
	}
	text, err := a.given(c.Number)
	if err != nil {
		return err
	}
	number, err := canonicalNumber(text)
	if err != nil {
		return fmt.Errorf("appoint %s: %w", c.ID, err)
	}
	return a.with(func(s *session) error {
		g, err := a.granting(s, on)
		if err != nil {
			return err
		}
		person, err := c.person(a, s, number)
		if err != nil {
			return fmt.Errorf("appoint %s: %w", c.ID, err)
		}
		out, err := s.ledger.Appoint(a.ctx, a.commandID(), g, officer.Appoint{Officer: c.ID, Person: person, Name: c.Name, Post: c.Post})
		return a.did(s, "officer", c.ID, out, err)
	})
}

func (c *officerAppoint) person(a *app, s *session, number string) (string, error) {
	if number == "" {
		if known, err := s.ledger.Officer(a.ctx, c.ID); err == nil {
			return known.Person, nil
		}
		a.say("注意：%s 没有身份证号，回避与不相容职责只按本人员编号核对。", "note: %s has no citizen number: conflicts of interest are judged by this officer id alone.", c.ID)
	}
	return personOf(a.ctx, s.vault, number)
}

type officerGrant struct {
	ID       string `arg:"" help:"人员编号|officer id"`
	Capacity string `arg:"" help:"职责，如 town.handler|capacity, such as town.handler"`
	At       string `help:"在哪个单位|for which office" required:"" placeholder:"OFFICE"`
	From     string `help:"从哪天起（默认今天）|first day (default: today)" placeholder:"DAY"`
	Until    string `help:"到哪天止（默认不限）|last day (default: open)" placeholder:"DAY"`
}

// Run grants a capacity for an office; the office's area is what it reaches.
func (c *officerGrant) Run(a *app) error {
	from, err := dayFlag("--from", c.From)
	if err != nil {
		return err
	}
	until, err := dayFlag("--until", c.Until)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		if from.IsZero() {
			from = s.ledger.Today()
		}
		g, err := a.granting(s, domain.Date{})
		if err != nil {
			return err
		}
		out, err := s.ledger.GrantCapacity(a.ctx, a.commandID(), g, c.ID, officer.GrantCapacity{Capacity: c.Capacity, Office: c.At, From: from, Until: until})
		return a.did(s, "officer", c.ID, out, err)
	})
}

type officerWithdraw struct {
	ID       string `arg:"" help:"人员编号|officer id"`
	Capacity string `arg:"" help:"职责|capacity"`
	At       string `help:"在哪个单位|for which office" required:"" placeholder:"OFFICE"`
	Until    string `help:"最后一天（默认今天）|last day (default: today)" placeholder:"DAY"`
	Reason   string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	commitFlag
}

// Run withdraws a capacity after a day.
func (c *officerWithdraw) Run(a *app) error {
	until, err := dayFlag("--until", c.Until)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		if until.IsZero() {
			until = s.ledger.Today()
		}
		who, err := s.ledger.Officer(a.ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("收回 %s（%s）在 %s 的职责 %s，最后一天 %s", "would withdraw from %s (%s), at %s, the capacity %s; last day %s", who.Officer, who.Name, c.At, c.Capacity, until)
		}
		g, err := a.granting(s, domain.Date{})
		if err != nil {
			return err
		}
		out, err := s.ledger.WithdrawCapacity(a.ctx, a.commandID(), g, c.ID, officer.WithdrawCapacity{Capacity: c.Capacity, Office: c.At, Until: until, Reason: c.Reason})
		return a.did(s, "officer", c.ID, out, err)
	})
}

// officerJSON is an officer as the ledger knows them: duty data, nothing masked.
type officerJSON struct {
	Officer    string         `json:"officer"`
	Name       string         `json:"name"`
	Post       string         `json:"post"`
	Person     string         `json:"person"`
	Left       bool           `json:"left,omitempty"`
	Capacities []capacityJSON `json:"capacities"`
	Keys       []heldKeyJSON  `json:"keys"`
}

type capacityJSON struct {
	Capacity string `json:"capacity"`
	Office   string `json:"office"`
	Area     string `json:"area"`
	From     string `json:"from"`
	Until    string `json:"until,omitempty"`
}

type heldKeyJSON struct {
	Key     string `json:"key"`
	Public  string `json:"public"`
	Custody string `json:"custody"`
	Revoked bool   `json:"revoked,omitempty"`
}

func shownOfficer(o officer.State) officerJSON {
	out := officerJSON{Officer: o.Officer, Name: o.Name, Post: o.Post, Person: o.Person, Left: o.Left, Capacities: []capacityJSON{}, Keys: []heldKeyJSON{}}
	for _, h := range o.Capacities {
		out.Capacities = append(out.Capacities, capacityJSON{Capacity: h.Capacity, Office: h.Office, Area: string(h.Area), From: h.From.String(), Until: h.Until.String()})
	}
	for _, k := range o.Keys {
		out.Keys = append(out.Keys, heldKeyJSON{Key: k.Key, Public: k.Public, Custody: string(k.Custody), Revoked: k.RevokedRev != 0})
	}
	return out
}

type officerShow struct {
	ID string `arg:"" help:"人员编号|officer id"`
}

// Run shows one officer.
func (c *officerShow) Run(a *app) error {
	return a.with(func(s *session) error {
		o, err := s.ledger.Officer(a.ctx, c.ID)
		if err != nil {
			return err
		}
		out := shownOfficer(o)
		return a.print(out, func(w io.Writer) {
			fields(w, a.words, "编号|id", out.Officer, "姓名|name", out.Name, "职务|post", out.Post, "对象编号|person", out.Person, "已离任|left", yes(out.Left, a.words))
			t := table{heading: a.header("职责|capacity", "单位|office", "辖区|area", "自|from", "至|until")}
			for _, h := range out.Capacities {
				t.add(h.Capacity, h.Office, h.Area, h.From, h.Until)
			}
			t.write(w)
			writeKeys(w, a, out.Keys)
		})
	})
}

func writeKeys(w io.Writer, a *app, keys []heldKeyJSON) {
	t := table{heading: a.header("密钥|key", "保管|custody", "已吊销|revoked", "公钥|public")}
	for _, k := range keys {
		t.add(k.Key, k.Custody, yes(k.Revoked, a.words), k.Public)
	}
	t.write(w)
}

type officerList struct{}

type officersJSON struct {
	LogIndex int64         `json:"logIndex"`
	Officers []officerJSON `json:"officers"`
}

// Run lists every officer.
func (c *officerList) Run(a *app) error {
	return a.with(func(s *session) error {
		at, all, err := s.views.Officers(a.ctx)
		if err != nil {
			return err
		}
		out := officersJSON{LogIndex: at, Officers: []officerJSON{}}
		t := table{heading: a.header("编号|officer", "姓名|name", "职务|post", "职责|capacities")}
		for _, o := range all {
			shown := shownOfficer(o)
			out.Officers = append(out.Officers, shown)
			var held []string
			for _, h := range shown.Capacities {
				held = append(held, h.Capacity+"@"+h.Office)
			}
			t.add(o.Officer, o.Name, o.Post, strings.Join(held, " "))
		}
		return a.print(out, t.write)
	})
}
