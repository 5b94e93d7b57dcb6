package main

import (
	"io"
	"strings"

	"almoner/domain"
	"almoner/domain/office"
	"almoner/domain/signoff"
)

type officeCmd struct {
	Open officeOpen `cmd:"" help:"设立单位|open an office"`
	Show officeShow `cmd:"" help:"看一个单位|show one office"`
	List officeList `cmd:"" help:"列出单位|list the offices"`
}

// officeOpen brings an office into the ledger; a root officer or 人事 signs it.
type officeOpen struct {
	ID         string   `arg:"" help:"单位编号|office id"`
	Name       string   `help:"名称|name" required:""`
	Level      string   `help:"层级|level" enum:"village,town,county,finance" required:""`
	Area       string   `help:"行政区划代码|area code" required:"" placeholder:"CODE"`
	Department string   `help:"部门代码|department code" placeholder:"CODE"`
	Parent     string   `help:"上级单位|the office above" placeholder:"OFFICE"`
	Village    []string `help:"镇所辖村居，写作 12位代码:名称，可重复|a village of the town as CODE:NAME; repeat it" sep:"none" placeholder:"CODE:NAME"`
	On         string   `help:"从哪天起（默认今天）|effective day (default: today)" placeholder:"DAY"`
}

// Run opens the office.
func (c *officeOpen) Run(a *app) error {
	villages, err := c.villages(a)
	if err != nil {
		return err
	}
	on, err := dayFlag("--on", c.On)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		g, err := a.granting(s, on)
		if err != nil {
			return err
		}
		out, err := s.ledger.OpenOffice(a.ctx, a.commandID(), g, office.Open{
			Office: c.ID, Level: signoff.Level(c.Level), Department: c.Department, Name: c.Name, Area: domain.AreaCode(c.Area), Parent: c.Parent, Villages: villages,
		})
		return a.did(s, "office", c.ID, out, err)
	})
}

func (c *officeOpen) villages(a *app) ([]office.Village, error) {
	var all []office.Village
	for _, text := range c.Village {
		code, name, found := strings.Cut(text, ":")
		if !found {
			return nil, usage(a.words, "--village %q 应写成 12位代码:名称", "--village %q must be CODE:NAME", text)
		}
		all = append(all, office.Village{Code: domain.AreaCode(code), Name: name})
	}
	return all, nil
}

// officeJSON is an office as it is now.
type officeJSON struct {
	Office     string        `json:"office"`
	Name       string        `json:"name"`
	Level      string        `json:"level"`
	Department string        `json:"department,omitempty"`
	Area       string        `json:"area"`
	Parent     string        `json:"parent,omitempty"`
	Villages   []villageJSON `json:"villages,omitempty"`
	ClosedFrom string        `json:"closedFrom,omitempty"`
	Into       string        `json:"into,omitempty"`
}

type villageJSON struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func villagesJSON(all []office.Village) []villageJSON {
	var out []villageJSON
	for _, v := range all {
		out = append(out, villageJSON{Code: string(v.Code), Name: v.Name})
	}
	return out
}

type officeShow struct {
	ID string `arg:"" help:"单位编号|office id"`
}

// Run shows one office as it is today.
func (c *officeShow) Run(a *app) error {
	return a.with(func(s *session) error {
		o, err := s.ledger.Office(a.ctx, c.ID)
		if err != nil {
			return err
		}
		v, _ := o.On(s.ledger.Today())
		out := officeJSON{
			Office: o.Office, Name: v.Name, Level: string(o.Level), Department: o.Department, Area: string(v.Area), Parent: o.Parent,
			Villages: villagesJSON(v.Villages), ClosedFrom: o.ClosedFrom.String(), Into: o.Into,
		}
		return a.print(out, func(w io.Writer) {
			fields(w, a.words, "编号|id", out.Office, "名称|name", out.Name, "层级|level", out.Level, "部门|department", out.Department, "区划|area", out.Area,
				"上级|parent", out.Parent, "撤销自|closed from", out.ClosedFrom, "并入|into", out.Into)
			t := table{heading: a.header("村居代码|village", "名称|name")}
			for _, v := range out.Villages {
				t.add(v.Code, v.Name)
			}
			if len(t.rows) > 0 {
				t.write(w)
			}
		})
	})
}

type officeList struct{}

// officesJSON is the list of offices, with the log index it was read at.
type officesJSON struct {
	LogIndex int64        `json:"logIndex"`
	Offices  []officeJSON `json:"offices"`
}

// Run lists every office.
func (c *officeList) Run(a *app) error {
	return a.with(func(s *session) error {
		at, all, err := s.views.Offices(a.ctx)
		if err != nil {
			return err
		}
		out := officesJSON{LogIndex: at, Offices: []officeJSON{}}
		for _, o := range all {
			out.Offices = append(out.Offices, officeJSON{
				Office: o.Office, Name: o.Name, Level: string(o.Level), Department: o.Department, Area: string(o.Area), Parent: o.Parent, Villages: villagesJSON(o.Villages), Into: o.Into,
			})
		}
		return a.print(out, func(w io.Writer) {
			t := table{heading: a.header("单位|office", "名称|name", "层级|level", "区划|area", "上级|parent", "村居|villages"), right: []int{5}}
			for _, o := range out.Offices {
				t.add(o.Office, o.Name, o.Level, o.Area, o.Parent, count(len(o.Villages)))
			}
			t.write(w)
		})
	})
}
