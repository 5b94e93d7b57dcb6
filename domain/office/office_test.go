package office

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

const (
	county  = domain.AreaCode("340523")
	town    = domain.AreaCode("340523100")
	village = domain.AreaCode("340523100201")
)

var (
	newYear = domain.MustDate("2022-01-01")
	june    = domain.MustDate("2022-06-01")
)

func granter() officer.Granter {
	public := rootKey().Public().(ed25519.PublicKey)
	return officer.Granter{Officer: "root", Person: "person-root", Root: true, Custody: signoff.Hardware, Key: officer.KeyID(public), Public: public}
}

func rootKey() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("root"))
	return ed25519.NewKeyFromSeed(seed[:])
}

func by(day domain.Date) officer.Act {
	return officer.Act{Granter: granter(), Place: officer.Place{Origin: "log.example.cn/huaishang", Revision: 1, On: day}}
}

func personnel(area domain.AreaCode) officer.Granter {
	g := granter()
	g.Root, g.Capacity, g.Area = false, officer.Personnel, area
	return g
}

func signed(a officer.Act, e officer.Granted) officer.Act {
	a.Statement = officer.StatementFor(a.Place, e, a.Granter.Officer, a.Granter.Key, "2021-12-30T01:02:03Z").Text()
	a.Sig = ed25519.Sign(rootKey(), []byte(a.Statement))
	return a
}

// aTown is a town's office opened on newYear; extra facts follow on the days given.
func aTown(extra ...domain.Fact) State {
	opened := Opened{Area: town, Level: signoff.Town, Name: "镇", Office: "o-town", Parent: "o-county", Villages: []Village{{village, "村"}}}
	return domain.Fold(State{}, Evolve, append([]domain.Fact{{Event: opened, On: newYear}}, extra...)...)
}

func requireRefused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.NotEmpty(t, refused.Next)
}

// row is one branch of a decision: what is edited before the granter signs and after, and the answer.
type row[C any] struct {
	name   string
	state  State
	edit   func(*C)
	tamper func(*C)
	kind   domain.Kind
	rule   string // empty: agreed
	none   bool   // agreed, and there is nothing to do
}

func run[C any](t *testing.T, rows []row[C], base C, sign func(State, *C) officer.Granted, on func(C) domain.Date, decide func(State, C) ([]domain.Event, error)) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := base
			if r.edit != nil {
				r.edit(&c)
			}
			sign(r.state, &c)
			if r.tamper != nil {
				r.tamper(&c)
			}
			events, err := decide(r.state, c)
			if r.rule != "" {
				require.Empty(t, events)
				requireRefused(t, err, r.kind, r.rule)
				return
			}
			require.NoError(t, err)
			if r.none {
				require.Empty(t, events)
				return
			}
			require.Equal(t, []domain.Event{sign(r.state, &c)}, events)
			again, err := decide(Evolve(r.state, domain.Fact{Event: events[0], On: on(c)}), c)
			require.NoError(t, err)
			require.Empty(t, again, "asking twice changes nothing")
		})
	}
}

func TestDecideOpen(t *testing.T) {
	base := Open{
		Office: "o-town", Level: signoff.Town, Department: "family-planning", Name: "镇", Area: town, Parent: "o-county", ParentArea: county,
		Villages: []Village{{village, "村"}, {"340523100202", "二村"}}, By: by(newYear),
	}
	sign := func(_ State, c *Open) officer.Granted { c.By = signed(c.By, c.Event()); return c.Event() }
	on := func(c Open) domain.Date { return c.By.Place.On }
	as := func(level signoff.Level, area domain.AreaCode) func(*Open) {
		return func(c *Open) { c.Level, c.Area, c.Parent, c.Villages = level, area, "", nil }
	}
	many := make([]Village, 151)
	for i := range many {
		many[i] = Village{domain.AreaCode("340523100" + string(rune('2'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))), "村"}
	}
	fresh := Evolve(State{}, domain.Fact{Event: base.Event(), On: newYear})
	run(t, []row[Open]{
		{name: "a town with its villages"},
		{name: "a village", edit: as(signoff.Village, village)},
		{name: "a county", edit: as(signoff.County, county)},
		{name: "a province", edit: as(signoff.County, "340000")},
		{name: "a county's finance office", edit: as(signoff.Finance, county)},
		{name: "a town's finance office", edit: as(signoff.Finance, town)},
		{name: "without a department", edit: func(c *Open) { c.Department = "" }},
		{name: "twice the same is nothing", state: fresh, none: true},
		{name: "twice with another id", state: fresh, edit: func(c *Open) { c.Office = "o-2" }, kind: domain.Conflict, rule: "office.exists"},
		{name: "twice with another level", state: fresh, edit: func(c *Open) { c.Level = signoff.Finance }, kind: domain.Conflict, rule: "office.exists"},
		{name: "twice with another department", state: fresh, edit: func(c *Open) { c.Department = "" }, kind: domain.Conflict, rule: "office.exists"},
		{name: "twice with another parent", state: fresh, edit: func(c *Open) { c.Parent = "o-2" }, kind: domain.Conflict, rule: "office.exists"},
		{name: "twice with another name", state: fresh, edit: func(c *Open) { c.Name = "乡" }, kind: domain.Conflict, rule: "office.exists"},
		{name: "twice with another area", state: fresh, edit: func(c *Open) { c.Area = "340523101" }, kind: domain.Conflict, rule: "office.exists"},
		{name: "twice with other villages", state: fresh, edit: func(c *Open) { c.Villages = nil }, kind: domain.Conflict, rule: "office.exists"},
		{name: "twice from an earlier day", state: fresh, edit: func(c *Open) { c.By = by(newYear.AddDays(-1)) }, kind: domain.Conflict, rule: "office.exists"},
		{name: "no id", edit: func(c *Open) { c.Office = "" }, kind: domain.Invalid, rule: "office.id"},
		{name: "a department that is no code", edit: func(c *Open) { c.Department = "计生" }, kind: domain.Invalid, rule: "office.department"},
		{name: "an area that is none", edit: func(c *Open) { c.Area = "34052" }, kind: domain.Invalid, rule: "office.area"},
		{name: "an area padded with zeros", edit: func(c *Open) { c.Area = "340523100000" }, kind: domain.Invalid, rule: "office.area"},
		{name: "no level", edit: func(c *Open) { c.Level = "" }, kind: domain.Invalid, rule: "office.level"},
		{name: "a village's level for a town", edit: as(signoff.Village, town), kind: domain.Invalid, rule: "office.level-area"},
		{name: "a town's level for a county", edit: as(signoff.Town, county), kind: domain.Invalid, rule: "office.level-area"},
		{name: "a county's level for a town", edit: as(signoff.County, town), kind: domain.Invalid, rule: "office.level-area"},
		{name: "a county's level for a village", edit: as(signoff.County, village), kind: domain.Invalid, rule: "office.level-area"},
		{name: "finance for a village", edit: as(signoff.Finance, village), kind: domain.Invalid, rule: "office.level-area"},
		{name: "its own parent", edit: func(c *Open) { c.Parent = c.Office }, kind: domain.Invalid, rule: "office.parent"},
		{name: "a parent that is not open", edit: func(c *Open) { c.ParentArea = "" }, kind: domain.NotFound, rule: "office.parent"},
		{name: "outside the parent's area", edit: func(c *Open) { c.ParentArea = "340521" }, kind: domain.Invalid, rule: "office.parent-area"},
		{name: "no name", edit: func(c *Open) { c.Name = "" }, kind: domain.Invalid, rule: "office.name"},
		{name: "a name with blanks around it", edit: func(c *Open) { c.Name = " 镇" }, kind: domain.Invalid, rule: "office.name"},
		{name: "a name on two lines", edit: func(c *Open) { c.Name = "镇\n府" }, kind: domain.Invalid, rule: "office.name"},
		{name: "the longest name", edit: func(c *Open) { c.Name = strings.Repeat("a", 90) }},
		{name: "a name that is too long", edit: func(c *Open) { c.Name = strings.Repeat("a", 91) }, kind: domain.Invalid, rule: "office.name"},
		{name: "a county with villages", edit: func(c *Open) { c.Level, c.Area = signoff.County, county }, kind: domain.Invalid, rule: "office.villages"},
		{name: "the most villages", edit: func(c *Open) { c.Villages = many[:150] }},
		{name: "too many villages", edit: func(c *Open) { c.Villages = many }, kind: domain.Invalid, rule: "office.villages"},
		{name: "a village that is a town", edit: func(c *Open) { c.Villages = []Village{{town, "村"}} }, kind: domain.Invalid, rule: "office.village-code"},
		{name: "a village without a code", edit: func(c *Open) { c.Villages = []Village{{"", "村"}} }, kind: domain.Invalid, rule: "office.village-code"},
		{name: "a village of letters", edit: func(c *Open) { c.Villages = []Village{{"340523100abc", "村"}} }, kind: domain.Invalid, rule: "office.village-code"},
		{name: "another town's village", edit: func(c *Open) { c.Villages = []Village{{"340523101201", "村"}} }, kind: domain.Invalid, rule: "office.village-area"},
		{name: "a village without a name", edit: func(c *Open) { c.Villages = []Village{{village, ""}} }, kind: domain.Invalid, rule: "office.village-name"},
		{name: "a village with too long a name", edit: func(c *Open) { c.Villages = []Village{{village, strings.Repeat("a", 61)}} }, kind: domain.Invalid, rule: "office.village-name"},
		{name: "a village twice", edit: func(c *Open) { c.Villages = []Village{{village, "村"}, {village, "村"}} }, kind: domain.Invalid, rule: "office.village-order"},
		{name: "villages out of order", edit: func(c *Open) { c.Villages = []Village{{"340523100202", "村"}, {village, "村"}} }, kind: domain.Invalid, rule: "office.village-order"},
		{name: "personnel of the county", edit: func(c *Open) { c.By.Granter = personnel(county) }},
		{name: "personnel elsewhere", edit: func(c *Open) { c.By.Granter = personnel("340521") }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "a granter who may not", edit: func(c *Open) { c.By.Granter.Root = false }, kind: domain.Forbidden, rule: "officer.granter"},
		{name: "no effective day", edit: func(c *Open) { c.By = by(domain.Date{}) }, kind: domain.Invalid, rule: "officer.on"},
		{name: "signed for other villages", tamper: func(c *Open) { c.Villages = c.Villages[:1] }, kind: domain.Conflict, rule: "officer.grant-statement"},
		{name: "signed for another name of a village", kind: domain.Conflict, rule: "officer.grant-statement",
			tamper: func(c *Open) { c.Villages = []Village{{village, "东村"}, {"340523100202", "二村"}} }},
	}, base, sign, on, State.DecideOpen)
}

func TestDecideChange(t *testing.T) {
	base := Change{Name: "街道", Area: town, ParentArea: county, Villages: []Village{{village, "社区"}}, By: by(june)}
	sign := func(s State, c *Change) officer.Granted {
		c.By = signed(c.By, c.Event(s.Office))
		return c.Event(s.Office)
	}
	on := func(c Change) domain.Date { return c.By.Place.On }
	changed := domain.Fact{Event: base.Event("o-town"), On: june}
	closed := domain.Fact{Event: Closed{Office: "o-town"}, On: june}
	top := domain.Fold(State{}, Evolve, domain.Fact{Event: Opened{Area: town, Level: signoff.Town, Name: "镇", Office: "o-town"}, On: newYear})
	run(t, []row[Change]{
		{name: "another name and other villages", state: aTown()},
		{name: "another area", state: aTown(), edit: func(c *Change) { c.Area, c.Villages = "340523101", nil }},
		{name: "an office without a parent", state: top, edit: func(c *Change) { c.ParentArea = "" }},
		{name: "twice the same is nothing", state: aTown(changed), none: true},
		{name: "from an earlier day", state: aTown(changed), edit: func(c *Change) { c.By = by(june.AddDays(-1)) }},
		{name: "before the closing", state: aTown(closed), edit: func(c *Change) { c.By = by(june.AddDays(-1)) }},
		{name: "no office", kind: domain.NotFound, rule: "office.unknown"},
		{name: "from the day of closing", state: aTown(closed), kind: domain.Conflict, rule: "office.closed"},
		{name: "before it opened", state: aTown(), edit: func(c *Change) { c.By = by(newYear.AddDays(-1)) }, kind: domain.Conflict, rule: "office.not-open"},
		{name: "an area of another level", state: aTown(), edit: func(c *Change) { c.Area = county }, kind: domain.Invalid, rule: "office.level-area"},
		{name: "a parent that is not open", state: aTown(), edit: func(c *Change) { c.ParentArea = "" }, kind: domain.NotFound, rule: "office.parent"},
		{name: "outside the parent's area", state: aTown(), edit: func(c *Change) { c.Area = "340521100" }, kind: domain.Invalid, rule: "office.parent-area"},
		{name: "no name", state: aTown(), edit: func(c *Change) { c.Name = "" }, kind: domain.Invalid, rule: "office.name"},
		{name: "another town's village", state: aTown(), edit: func(c *Change) { c.Area = "340523101" }, kind: domain.Invalid, rule: "office.village-area"},
		{name: "personnel of the old area alone", state: aTown(), edit: func(c *Change) { c.Area, c.Villages = "340523101", nil; c.By.Granter = personnel(town) }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "personnel of the new area alone", state: aTown(), edit: func(c *Change) { c.Area, c.Villages = "340523101", nil; c.By.Granter = personnel("340523101") }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "signed for another name", state: aTown(), tamper: func(c *Change) { c.Name = "乡" }, kind: domain.Conflict, rule: "officer.grant-statement"},
	}, base, sign, on, State.DecideChange)
}

func TestDecideClose(t *testing.T) {
	base := Close{Into: "o-next", By: by(june)}
	sign := func(s State, c *Close) officer.Granted {
		c.By = signed(c.By, c.Event(s.Office))
		return c.Event(s.Office)
	}
	on := func(c Close) domain.Date { return c.By.Place.On }
	closed := aTown(domain.Fact{Event: base.Event("o-town"), On: june})
	run(t, []row[Close]{
		{name: "into another", state: aTown()},
		{name: "into none", state: aTown(), edit: func(c *Close) { c.Into = "" }},
		{name: "twice the same is nothing", state: closed, none: true},
		{name: "twice into another", state: closed, edit: func(c *Close) { c.Into = "o-2" }, kind: domain.Conflict, rule: "office.closed"},
		{name: "twice from an earlier day", state: closed, edit: func(c *Close) { c.By = by(june.AddDays(-1)) }, kind: domain.Conflict, rule: "office.closed"},
		{name: "twice from a later day", state: closed, edit: func(c *Close) { c.By = by(june.AddDays(1)) }, kind: domain.Conflict, rule: "office.closed"},
		{name: "no office", kind: domain.NotFound, rule: "office.unknown"},
		{name: "no office and no day", edit: func(c *Close) { c.By = by(domain.Date{}); c.Into = "" }, kind: domain.NotFound, rule: "office.unknown"},
		{name: "an open office and no day", state: aTown(), edit: func(c *Close) { c.By = by(domain.Date{}); c.Into = "" }, kind: domain.Conflict, rule: "office.not-open"},
		{name: "before it opened", state: aTown(), edit: func(c *Close) { c.By = by(newYear.AddDays(-1)) }, kind: domain.Conflict, rule: "office.not-open"},
		{name: "into itself", state: aTown(), edit: func(c *Close) { c.Into = "o-town" }, kind: domain.Invalid, rule: "office.into"},
		{name: "into what is no office", state: aTown(), edit: func(c *Close) { c.Into = "?" }, kind: domain.Invalid, rule: "office.id"},
		{name: "personnel elsewhere", state: aTown(), edit: func(c *Close) { c.By.Granter = personnel("340521") }, kind: domain.Forbidden, rule: "officer.granter-area"},
		{name: "signed into another", state: aTown(), tamper: func(c *Close) { c.Into = "o-2" }, kind: domain.Conflict, rule: "officer.grant-statement"},
	}, base, sign, on, State.DecideClose)
}

func TestOn(t *testing.T) {
	at := func(day, name string) domain.Fact {
		return domain.Fact{Event: Changed{Area: town, Name: name, Office: "o-town"}, On: domain.MustDate(day)}
	}
	s := aTown(at("2022-09-01", "秋"), at("2022-06-01", "夏"), at("2022-09-01", "秋二"), domain.Fact{Event: Closed{Into: "o-next"}, On: domain.MustDate("2023-01-01")})
	for day, name := range map[string]string{
		"2021-12-31": "", "2022-01-01": "镇", "2022-05-31": "镇", "2022-06-01": "夏", "2022-08-31": "夏", "2022-09-01": "秋二", "2022-12-31": "秋二", "2023-01-01": "",
	} {
		v, open := s.On(domain.MustDate(day))
		require.Equal(t, name != "", open, day)
		require.Equal(t, name, v.Name, day)
	}
	require.Equal(t, "o-next", s.Into)
	require.Equal(t, s, Evolve(s, domain.Fact{Event: foreign{}}))

	stored, err := json.Marshal(s)
	require.NoError(t, err)
	Evolve(s, at("2022-06-01", "另"))
	Evolve(s, at("2022-07-01", "另"))
	after, err := json.Marshal(s)
	require.NoError(t, err)
	require.Equal(t, string(stored), string(after), "a later fold writes to nothing of an earlier one")
	var read State
	require.NoError(t, json.Unmarshal(stored, &read))
	require.Equal(t, s, read)
}

type foreign struct{}

func (foreign) EventType() string { return "foreign.happened" }

// The grant has to cover every field of its event: a field that no line holds could be changed under the signature.
func TestGrantLinesHoldEveryField(t *testing.T) {
	for _, e := range []officer.Granted{
		Opened{Area: "1", Department: "2", Level: "3", Name: "4", Office: "5", Parent: "6"},
		Changed{Area: "1", Name: "2", Office: "3"},
		Closed{Into: "1", Office: "2"},
	} {
		lines := e.GrantLines()
		require.Len(t, lines, reflect.TypeOf(e).NumField()-1, "%T", e)
		values := map[string]bool{}
		for i, l := range lines {
			require.NotEmpty(t, l.Value)
			require.False(t, values[l.Value], "%T %s", e, l.Key)
			values[l.Value] = true
			require.True(t, i == 0 || lines[i-1].Key < l.Key, "%T: %s is not in order", e, l.Key)
		}
	}
	lines := Changed{Villages: []Village{{village, "东 村"}}}.GrantLines()
	require.Equal(t, []officer.Line{{Key: "villages", Value: "1"}, {Key: "village", Value: "340523100201 东 村"}}, lines[len(lines)-2:])
}
