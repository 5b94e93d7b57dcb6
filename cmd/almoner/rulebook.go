package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"almoner/domain"
	"almoner/domain/rulebook"
	"almoner/ledger"
	"almoner/projections"
)

type rulebookCmd struct {
	Check    rulebookCheck   `cmd:"" help:"检查规则文件，可带情景测试|check a rulebook file, and situations against it"`
	Publish  rulebookPublish `cmd:"" help:"提出并送签（县区经办签字）；签齐即生效|propose and submit a version; the last signature publishes it"`
	SignOff  signOffVerb     `cmd:"" name:"sign-off" help:"签字|sign the step that waits"`
	SendBack sendBackVerb    `cmd:"" name:"send-back" help:"退回|send back"`
	Compare  rulebookCompare `cmd:"" help:"与生效版本比较|compare a file with the version in force"`
	List     rulebookList    `cmd:"" help:"列出各版本|list every version"`
	Show     rulebookShow    `cmd:"" help:"看生效版本|show the version in force"`
	Shipped  rulebookShipped `cmd:"" help:"列出或输出随程序附带的规则|list the shipped rulebooks, or print one"`
}

// AfterApply tells the signing verbs what they sign.
func (rulebookCmd) AfterApply(ctx *kong.Context) error {
	ctx.Bind(ledger.RulebookSubject)
	return nil
}

// readRulebook parses a file; one that is no rulebook lists everything wrong with it.
func (a *app) readRulebook(path string) (*rulebook.Rulebook, []byte, error) {
	source, err := a.content(path, rulebook.MaxSource)
	if err != nil {
		return nil, nil, fmt.Errorf("rulebook: %w", err)
	}
	book, err := rulebook.Parse(source)
	if err != nil {
		return nil, nil, fmt.Errorf("rulebook %s: %w", path, err)
	}
	return book, source, nil
}

type rulebookCheck struct {
	File       string   `arg:"" help:"规则文件（YAML）；- 表示标准输入|rulebook file (YAML); - for standard input"`
	Situations []string `help:"情景文件，可重复|file of situations; repeat it" sep:"none" placeholder:"FILE"`
}

// rulebookJSON is what a rulebook says of itself.
type rulebookJSON struct {
	Rulebook  string          `json:"rulebook"`
	Hash      string          `json:"hash"`
	Title     string          `json:"title"`
	Unit      string          `json:"unit"`
	From      string          `json:"from"`
	To        string          `json:"to,omitempty"`
	Classes   []string        `json:"classes"`
	Rates     int             `json:"rates"`
	Situation []situationJSON `json:"situations,omitempty"`
}

type situationJSON struct {
	Name     string   `json:"name"`
	Failures []string `json:"failures,omitempty"`
}

func (a *app) shownRulebook(book *rulebook.Rulebook) rulebookJSON {
	from, to := book.Effective()
	out := rulebookJSON{
		Rulebook: book.ID(), Hash: book.Hash(), Title: a.words.pick(book.Title().Zh, book.Title().En), Unit: string(book.Unit()), From: from.String(), To: to.String(),
		Classes: []string{}, Rates: len(book.Rows()),
	}
	for _, key := range book.Keys() {
		out.Classes = append(out.Classes, key.String())
	}
	return out
}

func writeRulebook(w io.Writer, a *app, r rulebookJSON) {
	fields(w, a.words, "规则|rulebook", r.Rulebook, "名称|title", r.Title, "哈希|hash", r.Hash, "计发单元|unit", r.Unit, "自|from", r.From, "至|to", r.To,
		"类别|classes", strings.Join(r.Classes, " "), "标准行|rate rows", count(r.Rates))
}

// Run checks the file and runs the situations. What does not hold is a failed check.
func (c *rulebookCheck) Run(a *app) error {
	book, _, err := a.readRulebook(c.File)
	if err != nil {
		return &failedError{text: err.Error(), next: a.words.pick("按每行所说修改后再检查", "mend each line as it says, and check again")}
	}
	out := a.shownRulebook(book)
	failed := 0
	for _, path := range c.Situations {
		const most = 1 << 20 // bytes
		source, err := a.content(path, most)
		if err != nil {
			return fmt.Errorf("situations: %w", err)
		}
		results, err := rulebook.CheckSituations(book, source)
		if err != nil {
			return fmt.Errorf("situations %s: %w", path, err)
		}
		for _, r := range results {
			out.Situation = append(out.Situation, situationJSON{Name: r.Name, Failures: r.Failures})
			if !r.OK() {
				failed++
			}
		}
	}
	err = a.print(out, func(w io.Writer) {
		writeRulebook(w, a, out)
		for _, r := range out.Situation {
			fmt.Fprintf(w, "%s %s\n", map[bool]string{true: "ok  ", false: "FAIL"}[len(r.Failures) == 0], r.Name)
			for _, f := range r.Failures {
				fmt.Fprintf(w, "       %s\n", f)
			}
		}
	})
	if err == nil && failed > 0 {
		return &failedError{text: fmt.Sprintf(a.words.pick("%d 个情景与规则不符", "%d situations do not come out as expected"), failed),
			next: a.words.pick("改规则或改情景，直到一致", "correct the rulebook or the situations until they agree")}
	}
	return err
}

type rulebookPublish struct {
	File   string `arg:"" help:"规则文件；- 表示标准输入|rulebook file; - for standard input"`
	Lowers string `help:"若降低已发单元的标准，说明原因代码|reason code, if it lowers units already drawn" placeholder:"CODE"`
	penFlags
}

// Run proposes the version and submits it with the handler's signature.
func (c *rulebookPublish) Run(a *app) error {
	book, source, err := a.readRulebook(c.File)
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		actor, err := a.actor(s, "county.handler")
		if err != nil {
			return err
		}
		pen, err := c.pen(a, s, actor.Officer)
		if err != nil {
			return err
		}
		command := a.command(actor)
		propose := command
		propose.ID = ledger.NewID(actor.Officer, command.ID+"|propose")
		if _, _, err := s.ledger.ProposeRulebook(a.ctx, propose, source, c.Lowers); err != nil {
			return fmt.Errorf("propose %s: %w", book.ID(), err)
		}
		subject := ledger.Subject{Kind: ledger.RulebookSubject, ID: book.ID()}
		out, err := s.ledger.Submit(a.ctx, command, ledger.Sign{Subject: subject, Pen: pen})
		return a.signed(s, subject, out, err)
	})
}

type rulebookCompare struct {
	File string `arg:"" help:"新规则文件|the new file"`
	From string `help:"比较的第一个单元|first unit compared" required:"" placeholder:"UNIT"`
	To   string `help:"比较的最后一个单元|last unit compared" required:"" placeholder:"UNIT"`
}

type comparisonJSON struct {
	Rulebook string           `json:"rulebook"`
	Before   string           `json:"before"`
	Now      string           `json:"now"`
	Sections []string         `json:"sections"`
	Rates    []rateChangeJSON `json:"rates"`
}

type rateChangeJSON struct {
	Class  string `json:"class"`
	Unit   string `json:"unit"`
	Old    string `json:"old"`
	New    string `json:"new"`
	Lowers bool   `json:"lowers,omitempty"`
}

// Run compares the file with the version in force, unit by unit.
func (c *rulebookCompare) Run(a *app) error {
	book, _, err := a.readRulebook(c.File)
	if err != nil {
		return err
	}
	from, err := periodFlag("--from", c.From)
	if err != nil {
		return err
	}
	to, err := periodFlag("--to", c.To)
	if err != nil {
		return err
	}
	var units []domain.Period
	for unit := range from.Through(to) {
		units = append(units, unit)
	}
	return a.with(func(s *session) error {
		before, err := s.inForce(a, book.ID())
		if err != nil {
			return err
		}
		compared, err := rulebook.Compare(before, book, nil, units)
		if err != nil {
			return err
		}
		out := comparisonJSON{Rulebook: book.ID(), Before: before.Hash(), Now: book.Hash(), Sections: append([]string{}, compared.Sections...), Rates: []rateChangeJSON{}}
		t := table{heading: a.header("类别|class", "单元|unit", "原|old", "新|new", "降低|lowers"), right: []int{2, 3}}
		for _, r := range compared.Rates {
			out.Rates = append(out.Rates, rateChangeJSON{Class: r.Key.String(), Unit: r.Unit.String(), Old: r.Old.String(), New: r.New.String(), Lowers: r.Lowered()})
			t.add(r.Key.String(), r.Unit.String(), r.Old.String(), r.New.String(), yes(r.Lowered(), a.words))
		}
		return a.print(out, func(w io.Writer) {
			fmt.Fprintf(w, a.words.pick("除标准外有变化的部分：%s\n", "sections that differ, beside rates: %s\n"), orNone(strings.Join(out.Sections, ", ")))
			t.write(w)
		})
	})
}

// inForce is the version of a rulebook published last.
func (s *session) inForce(a *app, id string) (*rulebook.Rulebook, error) {
	_, all, err := s.views.Rulebooks(a.ctx)
	if err != nil {
		return nil, err
	}
	var last *projections.RulebookVersion
	for i, v := range all {
		if v.Rulebook == id && v.PublishedAt >= 0 && (last == nil || v.PublishedAt > last.PublishedAt) {
			last = &all[i]
		}
	}
	if last == nil {
		return nil, domain.Refuse(domain.NotFound, "rulebook.unpublished", "no version of %q is published", id).WithNext("look at the list: almoner rulebook list")
	}
	return rulebook.Parse([]byte(last.Source))
}

type rulebookList struct{}

type versionJSON struct {
	Rulebook    string `json:"rulebook"`
	Hash        string `json:"hash"`
	ProposedAt  int64  `json:"proposedAt"`            // log index
	PublishedAt int64  `json:"publishedAt"`           // log index; -1: not published
	PublishedOn string `json:"publishedOn,omitempty"` // day
}

// Run lists every version put forward.
func (c *rulebookList) Run(a *app) error {
	return a.with(func(s *session) error {
		at, all, err := s.views.Rulebooks(a.ctx)
		if err != nil {
			return err
		}
		versions := []versionJSON{}
		t := table{heading: a.header("规则|rulebook", "生效日|published", "哈希|hash")}
		for _, v := range all {
			versions = append(versions, versionJSON{Rulebook: v.Rulebook, Hash: v.Hash, ProposedAt: v.ProposedAt, PublishedAt: v.PublishedAt, PublishedOn: v.PublishedOn.String()})
			t.add(v.Rulebook, orNone(v.PublishedOn.String()), v.Hash)
		}
		return a.print(map[string]any{"logIndex": at, "rulebooks": versions}, t.write)
	})
}

type rulebookShow struct {
	ID     string `arg:"" help:"规则编号，如 rural-reward@000000|id, such as rural-reward@000000"`
	Source bool   `help:"输出原文|print the YAML as published"`
}

// Run shows the version in force.
func (c *rulebookShow) Run(a *app) error {
	return a.with(func(s *session) error {
		book, err := s.inForce(a, c.ID)
		if err != nil {
			return err
		}
		if c.Source {
			return a.print(map[string]string{"rulebook": book.ID(), "hash": book.Hash(), "source": string(book.Source())}, func(w io.Writer) { fmt.Fprint(w, string(book.Source())) })
		}
		out := a.shownRulebook(book)
		return a.print(out, func(w io.Writer) { writeRulebook(w, a, out) })
	})
}

type rulebookShipped struct {
	ID string `arg:"" optional:"" help:"规则编号|id"`
}

// Run lists the shipped rulebooks, or prints one. They bind nobody until an office publishes them.
func (c *rulebookShipped) Run(a *app) error {
	if c.ID == "" {
		ids := rulebook.ShippedIDs()
		return a.print(ids, func(w io.Writer) { fmt.Fprintln(w, strings.Join(ids, "\n")) })
	}
	source, err := rulebook.ShippedSource(c.ID)
	if err != nil {
		return err
	}
	return a.print(map[string]string{"rulebook": c.ID, "source": string(source)}, func(w io.Writer) { fmt.Fprint(w, string(source)) })
}
