package payrun

import (
	"testing"

	"almoner/domain"
	"almoner/domain/signoff"
)

func TestOpen(t *testing.T) {
	open := func(change func(*Open)) func(State) ([]domain.Event, error) {
		c := terms()
		change(&c)
		return func(s State) ([]domain.Event, error) { return DecideOpen(s, c) }
	}
	accepted := func(name string, change func(*Open)) row {
		c := terms()
		change(&c)
		return row{name: name, ask: open(change), events: []domain.Event{Opened(c)}}
	}
	invalid := func(name, rule, detail string, change func(*Open)) row {
		return row{name: name, ask: open(change), kind: domain.Invalid, rule: rule, detail: detail}
	}
	runRows(t, []row{
		accepted("a regular run of one month", func(*Open) {}),
		accepted("supplementary", func(c *Open) { c.Kind = Supplementary }),
		accepted("reissue", func(c *Open) { c.Kind = Reissue }),
		accepted("grants, once", func(c *Open) {
			c.Kind, c.Period, c.From, c.To = GrantRun, domain.MustPeriod("2021-12"), domain.MustPeriod("once"), domain.MustPeriod("once")
		}),
		accepted("several units", func(c *Open) { c.From = domain.MustPeriod("2021-01") }),
		accepted("a chain of one step", func(c *Open) { c.Chain = c.Chain[:1] }),
		{name: "the same run again", state: opened(t), ask: open(func(*Open) {})},
		{name: "the same run again, later", state: released(t), ask: open(func(*Open) {})},
		{name: "another run under its id", state: opened(t), ask: open(func(c *Open) { c.Office = "office-2" }), kind: domain.Conflict, rule: "payrun.exists"},
		invalid("no run", "payrun.incomplete", "no run", func(c *Open) { c.Run = "" }),
		invalid("no office", "payrun.incomplete", "no office", func(c *Open) { c.Office = "" }),
		invalid("no finance office", "payrun.incomplete", "no finance office", func(c *Open) { c.Finance = "" }),
		invalid("no programme", "payrun.incomplete", "no programme", func(c *Open) { c.Programme = "" }),
		invalid("no region", "payrun.incomplete", "no region", func(c *Open) { c.Region = "" }),
		invalid("no rulebook", "payrun.incomplete", "no rulebook", func(c *Open) { c.Rulebook = "" }),
		invalid("no kind", "payrun.kind", "", func(c *Open) { c.Kind = "" }),
		invalid("another kind", "payrun.kind", "bonus", func(c *Open) { c.Kind = "bonus" }),
		invalid("no cut-off", "payrun.cut-off", "", func(c *Open) { c.CutOff = 0 }),
		invalid("no payout period", "payrun.period", "", func(c *Open) { c.Period = domain.Period{} }),
		invalid("no first unit", "payrun.period", "", func(c *Open) { c.From = domain.Period{} }),
		invalid("no last unit", "payrun.period", "", func(c *Open) { c.To = domain.Period{} }),
		invalid("units of two kinds", "payrun.covers", "different kinds", func(c *Open) { c.To = domain.MustPeriod("2022-Q1") }),
		invalid("units backwards", "payrun.covers", "after", func(c *Open) { c.From = domain.MustPeriod("2022-01") }),
		invalid("no chain", "payrun.chain", "handler", func(c *Open) { c.Chain = nil }),
		invalid("a chain that a head begins", "payrun.chain", "handler", func(c *Open) { c.Chain = c.Chain[1:] }),
		invalid("a bad first step", "payrun.chain", "step 1 ", func(c *Open) { c.Chain = []signoff.Step{step("moon", signoff.Handler)} }),
		invalid("a bad later step", "payrun.chain", "step 2 ", func(c *Open) { c.Chain[1].Min = 0 }),
	})
}

// Whatever is asked of a run that was never opened is answered the same way.
func TestUnknownRun(t *testing.T) {
	asks := map[string]func(State) ([]domain.Event, error){
		"prepare":    func(s State) ([]domain.Event, error) { _, err := DecidePrepare(s); return nil, err },
		"list":       func(s State) ([]domain.Event, error) { return DecideList(s, List{}) },
		"hold":       func(s State) ([]domain.Event, error) { return DecideHold(s, Hold{}) },
		"prepared":   func(s State) ([]domain.Event, error) { return DecidePrepared(s, Prepare{}) },
		"submit":     func(s State) ([]domain.Event, error) { return DecideSubmit(s, Submit{}) },
		"sign off":   func(s State) ([]domain.Event, error) { return DecideSignOff(s, SignOff{}) },
		"send back":  func(s State) ([]domain.Event, error) { return DecideSendBack(s, SendBack{}) },
		"cancel":     func(s State) ([]domain.Event, error) { return DecideCancel(s, Cancel{}) },
		"undone":     func(s State) ([]domain.Event, error) { return DecideUndone(s, Undo{}) },
		"stop":       func(s State) ([]domain.Event, error) { return DecideStop(s, StopLine{}) },
		"instruct":   func(s State) ([]domain.Event, error) { return DecideInstruct(s, Instruct{}) },
		"instruct 0": func(s State) ([]domain.Event, error) { return DecideInstruct(s, Instruct{Instruction: 0}) },
		"reject":     func(s State) ([]domain.Event, error) { return DecideReject(s, RejectInstruction{}) },
		"settle":     func(s State) ([]domain.Event, error) { return DecideSettle(s, Settle{}) },
	}
	var rows []row
	for name, ask := range asks {
		rows = append(rows, row{name: name, ask: ask, kind: domain.NotFound, rule: "payrun.unknown"})
	}
	runRows(t, rows)
}
