package rulebook

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// verdictOf evaluates one expression for facts on a day.
func verdictOf(t *testing.T, text string, f Facts, on string) (*expression, Verdict) {
	t.Helper()
	env, err := newEnvironment()
	require.NoError(t, err)
	x, err := compile(env, text)
	require.NoError(t, err)
	v, err := x.verdict(view{&f, day(on)})
	require.NoError(t, err)
	return x, v
}

// family is a married man with a daughter, a son who died, a stepson, and a child born later.
func family() Facts {
	return Facts{
		Birth: day("1960-05-15"), Sex: domain.Male, BirthFact: "b", Died: day("2030-01-01"), DiedFact: "d",
		Hukou:    Hukou{Kind: "rural", Place: "340311001", Since: day("2000-01-01"), Fact: "h"},
		Marriage: Marriage{Status: "remarried", Since: day("1985-01-01"), Fact: "m"},
		Spouse:   Spouse{Birth: day("1965-02-01"), HukouKind: "urban", Fact: "s"},
		Children: []Child{
			{Birth: day("1988-03-03"), Sex: domain.Female, Source: "both", Fact: "c1"},
			{Birth: day("1990-03-03"), Sex: domain.Male, Source: "both", DiedOn: day("2010-10-10"), Fact: "c2"},
			{Birth: day("1986-03-03"), Sex: domain.Male, Source: "spouse", Fact: "c3"},
			{Birth: day("2021-03-03"), Sex: domain.Female, Source: "adopted", DisabilityGrade: 2, DisabilityFrom: day("2022-01-01"), DisabilityUntil: day("2022-12-31"), Fact: "c4"},
		},
		ChildrenFact: "cs",
		Certificate:  Certificate{Held: Said, IssuedOn: day("1989-01-01"), Fact: "ce"},
		Retirement:   Retirement{Channel: "enterprise", On: day("2020-05-15"), Fact: "r"},
		Employers:    Employers{Count: "one", Fact: "e"},
		Complication: Complication{Held: Said, Level: 2, From: day("2005-05-05"), Until: day("2015-05-05"), Fact: "co"},
	}
}

func TestVariables(t *testing.T) {
	for _, c := range []struct{ on, when string }{
		{"2020-05-14", `age == 59`}, {"2020-05-15", `age == 60`}, {"1960-05-14", `age == -1 || age < 0`}, {"1960-05-15", `age == 0`},
		{"2020-01-01", `sex == "male" && sex != "female"`}, {"2020-01-01", `born == date("1960-05-15")`},
		{"2020-01-01", `day == date("2020-01-01") && day < date("2020-01-02") && day > date("2019-12-31")`},
		{"2029-12-31", `alive`}, {"2030-01-01", `!alive`},
		{"2000-01-01", `hukou == "rural"`}, {"2020-01-01", `hukou in ["rural", "urban"]`}, {"2020-01-01", `!(hukou in ["urban"])`},
		{"2020-01-01", `marriage == "remarried" && !single`}, {"2020-01-31", `spouse_age == 54`}, {"2020-02-01", `spouse_age == 55 && wife_age == 55`},
		{"2020-01-01", `spouse_hukou == "urban"`},
		{"2020-01-01", `children_ever == 3 && children_living == 2 && living_boys == 1 && living_girls == 1 && dead_boys == 1 && dead_girls == 0`},
		{"2010-10-09", `living_boys == 2 && dead_boys == 0`}, {"2010-10-10", `living_boys == 1 && dead_boys == 1`},
		{"2021-03-02", `children_ever == 3 && child_age == 32`}, {"2021-03-03", `children_ever == 4 && living_girls == 2 && child_age == 0`},
		{"2021-03-03", `child_born == date("2021-03-03")`},
		{"2021-12-31", `child_grade == 0`}, {"2022-01-01", `child_grade == 2`}, {"2022-12-31", `child_grade == 2`}, {"2023-01-01", `child_grade == 0`},
		{"1988-12-31", `!certificate`}, {"1989-01-01", `certificate && certificate_on == date("1989-01-01")`},
		{"2020-05-14", `retirement == "none"`}, {"2020-05-15", `retirement == "enterprise"`}, {"2020-01-01", `employers == "one"`},
		{"2005-05-04", `complication_level == 0`}, {"2005-05-05", `complication_level == 2`}, {"2015-05-05", `complication_level == 2`}, {"2015-05-06", `complication_level == 0`},
	} {
		_, verdict := verdictOf(t, c.when, family(), c.on)
		require.Equal(t, Pass, verdict, "%s on %s", c.when, c.on)
		_, verdict = verdictOf(t, "!("+c.when+")", family(), c.on)
		require.Equal(t, Fail, verdict, "the opposite of %s on %s", c.when, c.on)
	}
}

func TestUnknownFacts(t *testing.T) {
	for _, c := range []struct {
		name  string
		when  string
		facts Facts
		want  Verdict
	}{
		{"nothing known", `age >= 60`, Facts{}, Unsure},
		{"or is decided by the other side", `age >= 60 || day > date("2000-01-01")`, Facts{}, Pass},
		{"or, the other way round", `day > date("2000-01-01") || age >= 60`, Facts{}, Pass},
		{"or is not decided", `age >= 60 || day < date("2000-01-01")`, Facts{}, Unsure},
		{"and is decided by the other side", `age >= 60 && day < date("2000-01-01")`, Facts{}, Fail},
		{"and is not decided", `age >= 60 && day > date("2000-01-01")`, Facts{}, Unsure},
		{"a branch not taken", `day > date("2000-01-01") ? true : age >= 60`, Facts{}, Pass},
		{"a branch taken", `day < date("2000-01-01") ? true : age >= 60`, Facts{}, Unsure},
		{"an unknown choice", `single ? true : false`, Facts{}, Unsure},
		{"in a list", `hukou in ["rural"]`, Facts{}, Unsure},
		{"not", `!certificate`, Facts{}, Unsure},
		{"hukou before it began", `hukou == "rural"`, Facts{Hukou: Hukou{Kind: "rural", Since: day("2020-01-02")}}, Unsure},
		{"marriage before it began", `marriage == "first"`, Facts{Marriage: Marriage{Status: "first", Since: day("2020-01-02")}}, Unsure},
		{"no wife", `wife_age >= 49`, Facts{Sex: domain.Male, Birth: day("1950-01-01"), Marriage: Marriage{Status: "divorced"}, Spouse: Spouse{Birth: day("1950-01-01")}}, Unsure},
		{"a woman is the wife", `wife_age == 70`, Facts{Sex: domain.Female, Birth: day("1950-01-01")}, Pass},
		{"an empty list is not known", `children_living == 0`, Facts{}, Unsure},
		{"known to have none", `children_living == 0 && children_ever == 0 && child_grade == 0`, Facts{NoChildren: true}, Pass},
		{"no child has no age", `child_age < 16`, Facts{NoChildren: true}, Unsure},
		{"no child has no birth", `child_born < date("2016-01-01")`, Facts{NoChildren: true}, Unsure},
		{"a child without a birth", `children_living == 1`, Facts{Children: []Child{{Sex: domain.Male}}}, Unsure},
		{"a child without a sex", `children_living == 1`, Facts{Children: []Child{{Birth: day("2000-01-01")}}}, Unsure},
		{"dead on an unknown day", `children_living == 0`, Facts{Children: []Child{{Birth: day("2000-01-01"), Sex: domain.Male, Dead: true}}}, Unsure},
		{"dead on a known day", `children_living == 0`, Facts{Children: []Child{{Birth: day("2000-01-01"), Sex: domain.Male, Dead: true, DiedOn: day("2001-01-01")}}}, Pass},
		{"grade without a list", `child_grade == 0`, Facts{}, Unsure},
		{"a stepchild after the marriage", `children_ever == 0`, Facts{Marriage: Marriage{Status: "divorced"}, Children: []Child{{Birth: day("2000-01-01"), Sex: domain.Male, Source: "spouse"}}}, Pass},
		{"a certificate without a day", `certificate`, Facts{Certificate: Certificate{Held: Said}}, Unsure},
		{"no certificate", `certificate`, Facts{Certificate: Certificate{Held: Deny}}, Fail},
		{"no retirement known", `retirement == "none"`, Facts{}, Unsure},
		{"no complication", `complication_level == 0`, Facts{Complication: Complication{Held: Deny}}, Pass},
		{"complication not known", `complication_level == 0`, Facts{}, Unsure},
		{"a code nobody knows", `hukou == "rural"`, Facts{Hukou: Hukou{Kind: "Rural"}}, Unsure},
		{"a marriage nobody knows", `single`, Facts{Marriage: Marriage{Status: "married"}}, Unsure},
		{"alive as far as known", `alive`, Facts{}, Pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, verdict := verdictOf(t, c.when, c.facts, "2020-01-01")
			require.Equal(t, c.want, verdict)
		})
	}
}

func TestMarriageStates(t *testing.T) {
	for status, want := range map[string]Verdict{"first": Fail, "remarried": Fail, "restored": Fail, "divorced": Pass, "widowed": Pass, "unmarried": Pass} {
		_, verdict := verdictOf(t, "single", Facts{Marriage: Marriage{Status: status}}, "2020-01-01")
		require.Equal(t, want, verdict, status)
	}
}

func TestFactIDs(t *testing.T) {
	for when, want := range map[string]string{
		`age >= 60 && sex == "male"`: "b", `alive`: "d", `hukou == "rural"`: "h", `marriage == "first" || single`: "m",
		`spouse_age > 1 || spouse_hukou == "rural"`: "s", `wife_age > 1`: "b m s", `children_living > 1`: "cs c1 c2 c3 c4",
		`certificate`: "ce", `retirement == "none"`: "r", `employers == "one"`: "e", `complication_level == 1`: "co", `day > date("2000-01-01")`: "",
	} {
		f := family()
		x, _ := verdictOf(t, when, f, "2020-01-01")
		require.Equal(t, want, strings.Join(x.factIDs(&f), " "), when)
	}
	f := Facts{Birth: day("1960-05-15")}
	x, _ := verdictOf(t, "age >= 60", f, "2020-01-01")
	require.Empty(t, x.factIDs(&f), "facts without an event have no id")
}

func TestEvaluateTracesEveryCriterion(t *testing.T) {
	r := book(t, "classes:", `  - {id: rural, zh: 农, en: rural, when: hukou == "rural" && born > date("1933-01-01"), document: page}
  - {id: clean, zh: 无, en: clean, attested: true, reason: violation, status: assumed, note: synthetic}
classes:`)
	f := family()
	f.Attested = []Attestation{{Criterion: "other", Answer: Said, Fact: "x"}, {Criterion: "clean", Answer: Deny, Fact: "a"}}
	e, err := r.Evaluate(f, day("2020-01-01"))
	require.NoError(t, err)
	require.Equal(t, No, e.Outcome)
	require.Equal(t, []string{"too-young", "violation"}, e.Reasons())
	require.Equal(t, []string{"b", "h", "a", "cs", "c1", "c2", "c3", "c4"}, e.Facts())
	require.Equal(t, Key{"child": "girl"}, e.Class)
	require.Equal(t, []CriterionTrace{
		{ID: "age", Outcome: Fail, Reason: "too-young", Facts: []string{"b"}, Values: map[string]string{"age": "59"}, Cite: "测试〔2010〕1号 第一条"},
		{ID: "rural", Outcome: Pass, Facts: []string{"h", "b"}, Values: map[string]string{"hukou": "rural"}, Cite: "example.org/page"},
		{ID: "clean", Outcome: Fail, Reason: "violation", Facts: []string{"a"}, Cite: "assumed: synthetic"},
		{ID: TraceClass, Outcome: Pass, Facts: []string{"cs", "c1", "c2", "c3", "c4"}, Values: map[string]string{"living_girls": "1"}},
		{ID: TraceExclusive, Outcome: Pass, Values: map[string]string{}},
	}, e.Trace)
}

func TestEvaluateUnknown(t *testing.T) {
	r := book(t, "classes:", "  - {id: clean, zh: 无, en: clean, attested: true, document: doc}\nclasses:")
	e, err := r.Evaluate(Facts{Birth: day("1950-01-01")}, day("2020-01-01"))
	require.NoError(t, err)
	require.Equal(t, Unknown, e.Outcome)
	require.Nil(t, e.Class)
	require.Equal(t, []string{ReasonFactMissing, ReasonFactMissing}, e.Reasons())
	require.Equal(t, []string{"clean"}, e.Trace[1].Missing)
	require.Equal(t, []string{"living_girls"}, e.Trace[2].Missing)

	e, err = r.Evaluate(Facts{}, day("2020-01-01"))
	require.NoError(t, err)
	require.Equal(t, []string{"age"}, e.Trace[0].Missing)
	require.Empty(t, e.Trace[0].Values)

	_, err = r.Evaluate(Facts{}, domain.Date{})
	requireRule(t, "rulebook.day-missing", err)
}

func TestAttestations(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []Answer
		want    Verdict
	}{
		{"none", nil, Unsure}, {"yes", []Answer{Said}, Pass}, {"no", []Answer{Deny}, Fail}, {"both", []Answer{Said, Deny}, Unsure},
		{"twice yes", []Answer{Said, Said}, Pass}, {"not an answer", []Answer{""}, Unsure},
	} {
		f := Facts{}
		for _, a := range c.answers {
			f.Attested = append(f.Attested, Attestation{Criterion: "x", Answer: a})
		}
		verdict, ids := f.attested("x")
		require.Equal(t, c.want, verdict, c.name)
		require.Empty(t, ids)
	}
}

// A trace is stored in clear for ever: nothing in it may tell a birthday.
func TestTracesHoldNoDates(t *testing.T) {
	for _, v := range variables {
		if v.typ.String() == "timestamp" || strings.Contains(v.typ.String(), "Timestamp") {
			require.False(t, v.shown, v.name)
		} else {
			require.True(t, v.shown, v.name)
		}
	}
	f := family()
	for _, id := range ShippedIDs() {
		r, err := Shipped(id)
		require.NoError(t, err)
		e, err := r.Evaluate(f, day("2020-01-01"))
		require.NoError(t, err)
		values := []any{}
		for _, tr := range e.Trace {
			values = append(values, tr.Values, tr.Reason, tr.Missing)
		}
		text, err := json.Marshal(values)
		require.NoError(t, err)
		require.NotRegexp(t, `\d{4}-\d{2}`, string(text), id)
	}
}

func TestExclusive(t *testing.T) {
	r := book(t)
	for _, c := range []struct {
		programme, group string
		want             Relation
	}{
		{"additive-one", "g", Additive}, {"newer-one", "", ExclusiveNewer}, {"plain", "", ExclusiveHeld}, {"stranger", "other", Additive},
		{"stranger", "g", ExclusiveHeld}, {"stranger", "", Additive},
	} {
		require.Equal(t, c.want, r.Exclusive(c.programme, c.group), c)
	}
}

func TestEvaluateExclusivity(t *testing.T) {
	r := book(t)
	for _, c := range []struct {
		name     string
		held     []Held
		outcome  Outcome
		reasons  []string
		replaces []string
	}{
		{"nothing held", nil, Yes, nil, nil},
		{"additive", []Held{{Programme: "additive-one"}}, Yes, nil, nil},
		{"newer", []Held{{Programme: "newer-one"}}, Yes, nil, []string{"newer-one"}},
		{"held", []Held{{Programme: "held-one"}}, No, []string{ReasonHeldElsewhere}, nil},
		{"the same", []Held{{Programme: "plain"}}, No, []string{ReasonAlreadyEnrolled}, nil},
		{"ended the day before", []Held{{Programme: "held-one", Until: per("2020-05")}}, Yes, nil, nil},
		{"ends that very day", []Held{{Programme: "held-one", Until: per("2020-06")}}, No, []string{ReasonHeldElsewhere}, nil},
		{"worth more", []Held{{Programme: "higher-one", PerYear: yuan("1200.01")}}, No, []string{ReasonHeldHigher}, nil},
		{"worth the same", []Held{{Programme: "higher-one", PerYear: yuan("1200.00")}}, No, []string{ReasonHeldHigher}, nil},
		{"worth less", []Held{{Programme: "higher-one", PerYear: yuan("1199.99")}}, Yes, nil, []string{"higher-one"}},
		{"worth unknown", []Held{{Programme: "higher-one"}}, Unknown, []string{ReasonFactMissing}, nil},
		{"fail beats unknown", []Held{{Programme: "higher-one"}, {Programme: "held-one"}, {Programme: "higher-one"}}, No, []string{ReasonHeldElsewhere}, nil},
		{"the first failure is told", []Held{{Programme: "held-one"}, {Programme: "plain"}}, No, []string{ReasonHeldElsewhere}, nil},
		{"none gives way if one stands", []Held{{Programme: "newer-one"}, {Programme: "held-one"}}, No, []string{ReasonHeldElsewhere}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := boyOf60()
			f.Held = c.held
			e, err := r.Evaluate(f, day("2020-06-01"))
			if c.name == "ended the day before" || c.name == "ends that very day" {
				e, err = r.Evaluate(f, day("2020-06-30"))
			}
			require.NoError(t, err)
			require.Equal(t, c.outcome, e.Outcome)
			require.Equal(t, c.reasons, e.Reasons())
			require.Equal(t, c.replaces, e.Replaces)
		})
	}
	f := boyOf60()
	f.Held = []Held{{Programme: "newer-one", Fact: "n"}, {Programme: "higher-one", Fact: "h"}, {Programme: "higher-two", Fact: ""}}
	e, err := r.Evaluate(f, day("2020-06-01"))
	require.NoError(t, err)
	exclusive := e.Trace[len(e.Trace)-1]
	require.Equal(t, []string{"n", "h"}, exclusive.Facts)
	require.Equal(t, []string{"higher-one"}, exclusive.Missing)
	require.Equal(t, map[string]string{"newer-one": "exclusive-newer", "higher-one": "exclusive-higher", "higher-two": "additive"}, exclusive.Values)

	f.Held = []Held{{Programme: "higher-one", PerYear: yuan("1.00")}}
	e, err = r.Evaluate(f, day("2009-06-01"))
	require.NoError(t, err)
	require.Contains(t, e.Reasons(), ReasonFactMissing, "own worth is not known where there is no rate")
}

func TestEvaluateConcurrently(t *testing.T) {
	r := book(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				e, err := r.Evaluate(boyOf60(), day("2020-05-15"))
				if err != nil || e.Outcome != Yes {
					t.Errorf("outcome %v, error %v", e.Outcome, err)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkEvaluate(b *testing.B) {
	r, err := Shipped("rural-reward@340300")
	require.NoError(b, err)
	f := family()
	for b.Loop() {
		if _, err := r.Evaluate(f, day("2020-05-15")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	r, err := Shipped("rural-reward@340300")
	require.NoError(b, err)
	f := boyOf60()
	f.Hukou.Kind, f.Marriage.Status = "rural", "widowed"
	f.Attested = []Attestation{{Criterion: "no-violation", Answer: Said}}
	for b.Loop() {
		if _, err := r.Plan(f, Application{AppliedOn: day("2020-01-10"), DecidedOn: day("2020-03-31")}); err != nil {
			b.Fatal(err)
		}
	}
}
