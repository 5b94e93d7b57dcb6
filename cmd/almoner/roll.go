package main

import (
	"fmt"
	"io"

	"almoner/projections"
)

type rollCmd struct {
	Show rollShow `cmd:"" help:"某日的名册，可按当时所知回看，可比较两次所知|the roll of a day, as known at a moment, or what two knowings differ in"`
}

type rollShow struct {
	Programme string `help:"项目|programme" required:""`
	Office    string `help:"单位|office"`
	Village   string `help:"村居代码|village code"`
	Person    string `help:"对象编号|person"`
	AsOf      string `help:"哪一天的名册|the day" required:"" placeholder:"DAY"`
	KnownAt   string `help:"按何时所知：日志序号、时刻或日期（默认现在）|as known at a log index, an instant or a day (default: now)" placeholder:"K"`
	Compare   string `help:"与另一次所知比较|compare with another knowing" placeholder:"K"`
	Limit     int    `help:"最多几行，0 为全部|at most so many, 0 for all" default:"0"`
	Cursor    string `help:"接着上一页|cursor of the page before" placeholder:"CURSOR"`
	Names     bool   `help:"带姓名（打码）|with names, masked"`
}

// entryJSON is one enrolment on the roll.
type entryJSON struct {
	Enrolment string `json:"enrolment"`
	Person    string `json:"person"`
	Name      string `json:"name,omitempty"` // masked
	Household string `json:"household,omitempty"`
	Programme string `json:"programme"`
	Office    string `json:"office"`
	Village   string `json:"village"`
	Class     string `json:"class"`
	Unit      string `json:"unit"`
	Share     string `json:"share"`
	Status    string `json:"status"`
	From      string `json:"from"`            // first day on which all this is true
	Until     string `json:"until,omitempty"` // last such day
	KnownFrom int64  `json:"knownFrom"`       // log index of the entry that said so
	KnownTo   int64  `json:"knownTo"`         // of the one that ended it; -1 while it is what is known
}

func shownEntry(e projections.RollEntry) entryJSON {
	return entryJSON{
		Enrolment: e.Enrolment, Person: e.Person, Household: e.Household, Programme: e.Programme, Office: e.Office, Village: e.Village, Class: e.Class, Unit: e.Unit,
		Share: e.Share, Status: string(e.Status), From: e.From.String(), Until: e.Until.String(), KnownFrom: e.KnownFrom, KnownTo: e.KnownTo,
	}
}

// rollJSON is the roll of a day: logIndex is what the read models have taken in, known how much of it was known.
type rollJSON struct {
	LogIndex   int64       `json:"logIndex"`
	Known      int64       `json:"known"`
	AsOf       string      `json:"asOf"`
	Programme  string      `json:"programme"`
	Office     string      `json:"office,omitempty"`
	Persons    int         `json:"persons"`
	Households int         `json:"households"`
	Entries    []entryJSON `json:"entries"`
	Next       string      `json:"next,omitempty"`
}

// Run shows the roll, or compares two knowings of it.
func (c *rollShow) Run(a *app) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	return a.with(func(s *session) error {
		if c.Compare != "" {
			return c.compare(a, s, q)
		}
		roll, err := s.views.Roll(a.ctx, q)
		if err != nil {
			return err
		}
		out := rollJSON{
			LogIndex: roll.LogIndex, Known: roll.Known, AsOf: q.AsOf.String(), Programme: q.Programme, Office: q.Office, Persons: roll.Persons, Households: roll.Households,
			Entries: []entryJSON{}, Next: roll.Next,
		}
		for _, e := range roll.Entries {
			shown := shownEntry(e)
			if c.Names {
				if shown.Name, err = s.maskedName(a.ctx, e.Person); err != nil {
					return err
				}
			}
			out.Entries = append(out.Entries, shown)
		}
		return a.print(out, func(w io.Writer) { writeRoll(w, a, out) })
	})
}

func (c *rollShow) query() (projections.RollQuery, error) {
	day, err := dayFlag("--as-of", c.AsOf)
	if err != nil {
		return projections.RollQuery{}, err
	}
	known, err := projections.ParseKnown(c.KnownAt)
	if err != nil {
		return projections.RollQuery{}, fmt.Errorf("--known-at: %w", err)
	}
	return projections.RollQuery{
		Programme: c.Programme, Office: c.Office, Village: c.Village, Person: c.Person, AsOf: day, KnownAt: known, Cursor: c.Cursor, Limit: c.Limit,
	}, nil
}

func writeRoll(w io.Writer, a *app, r rollJSON) {
	fmt.Fprintf(w, a.words.pick("%s 在册 %d 人，%d 户（按前 %d 条所知）\n", "%s: %d persons and %d households on the roll (as the first %d entries know)\n"), r.AsOf, r.Persons, r.Households, r.Known)
	t := table{heading: a.header("村居|village", "对象|person", "姓名|name", "类别|class", "份额|share", "状态|status", "自|from", "至|until", "单位|office")}
	for _, e := range r.Entries {
		t.add(e.Village, e.Person, e.Name, e.Class, e.Share, e.Status, e.From, e.Until, e.Office)
	}
	t.write(w)
	if r.Next != "" {
		a.say("后面还有：--cursor %s", "there is more: --cursor %s", r.Next)
	}
}

type rollChangeJSON struct {
	Before *entryJSON   `json:"before,omitempty"`
	After  *entryJSON   `json:"after,omitempty"`
	Causes []loggedJSON `json:"causes"`
}

// loggedJSON is one entry of the log as lists show it.
type loggedJSON struct {
	LogIndex int64  `json:"logIndex"`
	Event    string `json:"event"`
	Type     string `json:"type"`
	At       string `json:"at"`
	On       string `json:"on,omitempty"`
	Officer  string `json:"officer"`
	Office   string `json:"office"`
	Capacity string `json:"capacity"`
	Reason   string `json:"reason,omitempty"`
	Cause    string `json:"cause,omitempty"`
}

func shownLogged(e projections.Entry) loggedJSON {
	return loggedJSON{
		LogIndex: e.LogIndex, Event: e.ID, Type: e.Type, At: instant(e.At), On: e.On.String(), Officer: e.Officer, Office: e.Office, Capacity: e.Capacity, Reason: e.Reason, Cause: e.Cause,
	}
}

type comparedJSON struct {
	LogIndex int64            `json:"logIndex"`
	AsOf     string           `json:"asOf"`
	From     int64            `json:"from"` // entries known at the earlier knowing
	To       int64            `json:"to"`   // at the later
	Added    []rollChangeJSON `json:"added"`
	Removed  []rollChangeJSON `json:"removed"`
	Changed  []rollChangeJSON `json:"changed"`
}

func (c *rollShow) compare(a *app, s *session, q projections.RollQuery) error {
	other, err := projections.ParseKnown(c.Compare)
	if err != nil {
		return fmt.Errorf("--compare: %w", err)
	}
	compared, err := s.views.CompareRoll(a.ctx, q, other)
	if err != nil {
		return err
	}
	out := comparedJSON{
		LogIndex: compared.LogIndex, AsOf: q.AsOf.String(), From: compared.From, To: compared.To,
		Added: shownChanges(compared.Added), Removed: shownChanges(compared.Removed), Changed: shownChanges(compared.Changed),
	}
	return a.print(out, func(w io.Writer) {
		fmt.Fprintf(w, a.words.pick("%s 的名册，前 %d 条与前 %d 条所知之间：\n", "the roll of %s, between the first %d and the first %d entries:\n"), out.AsOf, out.From, out.To)
		for _, part := range []struct {
			sign    string
			changes []rollChangeJSON
		}{{"+", out.Added}, {"-", out.Removed}, {"~", out.Changed}} {
			for _, change := range part.changes {
				writeChange(w, part.sign, change)
			}
		}
	})
}

func shownChanges(changes []projections.RollChange) []rollChangeJSON {
	out := []rollChangeJSON{}
	for _, c := range changes {
		change := rollChangeJSON{Causes: []loggedJSON{}}
		if c.Before.Enrolment != "" {
			e := shownEntry(c.Before)
			change.Before = &e
		}
		if c.After.Enrolment != "" {
			e := shownEntry(c.After)
			change.After = &e
		}
		for _, cause := range c.Causes {
			change.Causes = append(change.Causes, shownLogged(cause))
		}
		out = append(out, change)
	}
	return out
}

func writeChange(w io.Writer, sign string, c rollChangeJSON) {
	shown := c.After
	if shown == nil {
		shown = c.Before
	}
	fmt.Fprintf(w, "%s %s %s %s %s\n", sign, shown.Village, shown.Person, shown.Class, shown.Status)
	for _, x := range c.Causes {
		fmt.Fprintf(w, "    %d %s %s %s %s@%s %s\n", x.LogIndex, x.At, x.Type, x.On, x.Officer, x.Office, x.Reason)
	}
}
