package rulebook

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// boyOf60 reaches 60 on 15 May 2020 and has a boy.
func boyOf60() Facts {
	return Facts{Birth: day("1960-05-15"), Sex: domain.Male, Children: []Child{{Birth: day("1990-01-01"), Sex: domain.Male}}}
}

func planText(p Plan) string {
	var parts []string
	for _, c := range p.Basis.Cut {
		parts = append(parts, fmt.Sprintf("%s..%s %s", c.From, c.To, c.Why))
	}
	return p.FirstUnit.String() + " [" + strings.Join(parts, "; ") + "]"
}

func TestStartPolicies(t *testing.T) {
	const start, arrears = "start: {policy: month-of, event: paid, office-delay: arrears", "arrears: {limit: none"
	for _, c := range []struct {
		name             string
		start, arrears   string
		applied, decided string
		delayed          bool
		want             string
	}{
		{"month-of paid", "policy: month-of, event: paid, office-delay: none", "limit: none", "2020-04-01", "2020-06-10", false, "2020-05 []"},
		{"month-of unpaid", "policy: month-of, event: unpaid, office-delay: none", "limit: none", "2020-04-01", "2020-06-10", false, "2020-06 []"},
		{"year paid", "policy: year, event: paid, office-delay: none", "limit: none", "2020-04-01", "2020-06-10", false, "2020-01 []"},
		{"year unpaid", "policy: year, event: unpaid, office-delay: none", "limit: none", "2020-04-01", "2020-06-10", false, "2021-01 []"},
		{"half-year paid", "policy: half-year, event: paid, office-delay: none", "limit: none", "2020-04-01", "2020-06-10", false, "2020-01 []"},
		{"half-year unpaid", "policy: half-year, event: unpaid, office-delay: none", "limit: none", "2020-04-01", "2020-06-10", false, "2020-07 []"},

		{"in grace, last day", "policy: month-after-approval, event: paid, grace-months: 3, office-delay: none", "limit: none", "2020-08-15", "2020-09-10", false, "2020-05 []"},
		{"late by a day", "policy: month-after-approval, event: paid, grace-months: 3, office-delay: none", "limit: none", "2020-08-16", "2020-09-10", false, "2020-10 [2020-05..2020-09 late-application]"},
		{"late and the office too, arrears", "policy: month-after-approval, event: paid, grace-months: 3, office-delay: arrears", "limit: none", "2020-08-16", "2020-12-10", true, "2020-09 [2020-05..2020-08 late-application]"},
		{"late and the office too, none", "policy: month-after-approval, event: paid, grace-months: 3, office-delay: none", "limit: none", "2020-08-16", "2020-12-10", true, "2021-01 [2020-05..2020-08 late-application; 2020-09..2020-12 office-delay]"},
		{"no grace", "policy: month-after-approval, event: paid, grace-months: 0, office-delay: none", "limit: none", "2020-05-16", "2020-06-10", false, "2020-07 [2020-05..2020-06 late-application]"},
		{"lateness is no matter elsewhere", "policy: month-of, event: paid, office-delay: none", "limit: none", "2022-05-16", "2022-06-10", false, "2020-05 []"},

		{"year of the decision", "policy: month-of, event: paid, office-delay: none", "limit: decision-year", "2021-12-20", "2022-02-10", false, "2022-01 [2020-05..2021-12 year-rule]"},
		{"year of the decision, same year", "policy: month-of, event: paid, office-delay: none", "limit: decision-year", "2020-06-20", "2020-12-31", false, "2020-05 []"},
		{"office late, arrears", "policy: month-of, event: paid, office-delay: arrears", "limit: decision-year", "2021-12-20", "2022-02-10", true, "2021-01 [2020-05..2020-12 year-rule]"},
		{"office late, none", "policy: month-of, event: paid, office-delay: none", "limit: decision-year", "2021-12-20", "2022-02-10", true, "2022-01 [2020-05..2020-12 year-rule; 2021-01..2021-12 office-delay]"},
		{"year of the application", "policy: month-of, event: paid, office-delay: none", "limit: application-year", "2021-12-20", "2022-02-10", false, "2021-01 [2020-05..2020-12 year-rule]"},
		{"months back", "policy: month-of, event: paid, office-delay: none", "limit: months, months: 6", "2021-12-20", "2022-02-10", false, "2021-08 [2020-05..2021-07 arrears-limit]"},
		{"no months back", "policy: month-of, event: paid, office-delay: none", "limit: months, months: 0", "2021-12-20", "2022-02-10", false, "2022-02 [2020-05..2022-01 arrears-limit]"},
		{"months back, office late, arrears", "policy: month-of, event: paid, office-delay: arrears", "limit: months, months: 6", "2021-12-20", "2022-02-10", true, "2021-06 [2020-05..2021-05 arrears-limit]"},
		{"decided before the birthday", "policy: month-of, event: paid, office-delay: none", "limit: decision-year", "2019-12-20", "2020-02-10", false, "2020-05 []"},
		{"decided the year before", "policy: year, event: paid, office-delay: none", "limit: decision-year", "2019-11-20", "2019-12-10", false, "2020-01 []"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := book(t, start, "start: {"+c.start, arrears, "arrears: {"+c.arrears)
			p, err := r.Plan(boyOf60(), Application{day(c.applied), day(c.decided), c.delayed})
			require.NoError(t, err)
			require.Equal(t, c.want, planText(p))
			require.Equal(t, day("2020-05-15"), p.QualifiedOn)
			require.Equal(t, day(c.applied), p.Basis.AppliedOn)
			require.Equal(t, day(c.decided), p.Basis.DecidedOn)
			require.Equal(t, p.FirstUnit, p.Classes[0].From)
		})
	}
}

func TestArrearsMonthsAccessor(t *testing.T) {
	require.Equal(t, 6, book(t, "arrears: {limit: none", "arrears: {limit: months, months: 6").ArrearsMonths())
}

func TestStartByCertificate(t *testing.T) {
	for _, c := range []struct{ policy, issued, want string }{
		{"cert-month", "2021-03-31", "2021-03"},
		{"cert-month", "2019-03-31", "2020-05"}, // the certificate alone does not qualify
		{"cert-year", "2021-03-31", "2021-01"},
		{"cert-year", "2019-03-31", "2020-01"},
	} {
		r := book(t, "start: {policy: month-of", "start: {policy: "+c.policy)
		f := boyOf60()
		f.Certificate = Certificate{Held: Said, IssuedOn: day(c.issued)}
		p, err := r.Plan(f, Application{AppliedOn: day("2021-04-01"), DecidedOn: day("2021-05-01")})
		require.NoError(t, err)
		require.Equal(t, c.want, p.FirstUnit.String(), c)
		_, err = r.Plan(boyOf60(), Application{AppliedOn: day("2021-04-01"), DecidedOn: day("2021-05-01")})
		requireRule(t, "rulebook.fact-missing", err)
	}
}

func TestPlanBeforeTheProgramme(t *testing.T) {
	r := book(t)
	f := boyOf60()
	f.Birth = day("1949-05-15")
	p, err := r.Plan(f, Application{AppliedOn: day("2010-04-01"), DecidedOn: day("2010-05-01")})
	require.NoError(t, err)
	require.Equal(t, "2010-01 [2009-05..2009-12 before-programme]", planText(p))
}

func TestPlanEnds(t *testing.T) {
	until := func(rules string) string { return "until:\n" + rules }
	for _, c := range []struct {
		name  string
		text  []string
		facts func(*Facts)
		want  string
	}{
		{"open", nil, func(f *Facts) {}, "none  "},
		{"an age", []string{"until: []", until("  - {who: self, age: 65, reason: end-age, hand-over: next, document: doc}")}, func(f *Facts) {}, "2025-04 end-age next"},
		{"the earliest of two", []string{"until: []", until("  - {who: self, age: 65, reason: end-age, document: doc}\n  - {who: self, age: 62, reason: dead, document: doc}")}, func(f *Facts) {}, "2022-05 dead "},
		{"the earliest of two, listed first", []string{"until: []", until("  - {who: self, age: 62, reason: dead, document: doc}\n  - {who: self, age: 65, reason: end-age, document: doc}")}, func(f *Facts) {}, "2022-05 dead "},
		{"the child's age", []string{"until: []", until("  - {who: child, age: 33, reason: end-age, document: doc}")}, func(f *Facts) {}, "2022-12 end-age "},
		{"the wife's age", []string{"until: []", until("  - {who: wife, age: 60, reason: end-age, document: doc}")}, func(f *Facts) {
			f.Marriage.Status, f.Spouse.Birth = "first", day("1963-01-01")
		}, "2022-12 end-age "},
		{"the wife herself", []string{"until: []", until("  - {who: wife, age: 65, reason: end-age, document: doc}")}, func(f *Facts) { f.Sex = domain.Female }, "2025-04 end-age "},
		{"a condition that holds", []string{"until: []", until("  - {who: self, age: 65, reason: end-age, when: living_boys == 1, document: doc}")}, func(f *Facts) {}, "2025-04 end-age "},
		{"a condition that does not hold", []string{"until: []", until("  - {who: self, age: 65, reason: end-age, when: living_boys == 2, document: doc}")}, func(f *Facts) {}, "none  "},
		{"a death", nil, func(f *Facts) { f.Died = day("2021-02-03") }, "2021-02 dead "},
		{"the end of the programme", []string{"effective: {from: 2010-01-01", "effective: {from: 2010-01-01, to: 2030-06-30"}, func(f *Facts) {}, "2030-06 programme-ended "},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := boyOf60()
			c.facts(&f)
			p, err := book(t, c.text...).Plan(f, Application{AppliedOn: day("2020-05-15"), DecidedOn: day("2020-05-15")})
			require.NoError(t, err)
			require.Equal(t, c.want, fmt.Sprintf("%s %s %s", periodOrNone(p.Until), p.UntilReason, p.HandOver))
		})
	}
}

func TestPlanRefusals(t *testing.T) {
	asked := Application{AppliedOn: day("2020-05-15"), DecidedOn: day("2020-06-15")}
	for _, c := range []struct {
		name, rule string
		text       []string
		facts      func(*Facts)
		asked      Application
	}{
		{"no day of application", "rulebook.day-missing", nil, nil, Application{DecidedOn: asked.DecidedOn}},
		{"no day of decision", "rulebook.day-missing", nil, nil, Application{AppliedOn: asked.AppliedOn}},
		{"decided before applied", "rulebook.decided-before-applied", nil, nil, Application{AppliedOn: day("2020-06-16"), DecidedOn: day("2020-06-15")}},
		{"closed", "rulebook.closed", []string{"holder: person", "closes: {after: 2020-05-14, document: doc}\nholder: person"}, nil, asked},
		{"not qualified", "rulebook.not-qualified", nil, func(f *Facts) { f.Birth = day("1980-01-01") }, asked},
		{"out of reach by a day", "rulebook.not-qualified", nil, func(f *Facts) { f.Birth = day("1962-01-01") }, asked},
		{"birth not known", "rulebook.fact-missing", nil, func(f *Facts) { f.Birth = domain.Date{} }, asked},
		{"class not known", "rulebook.fact-missing", nil, func(f *Facts) { f.Children = nil }, asked},
		{"no class", "rulebook.no-class", []string{"zh: 男, en: boy}", "zh: 男, en: boy, when: living_boys == 1}"}, func(f *Facts) { f.Children, f.NoChildren = nil, true }, asked},
		{"enrolled already", "rulebook.exclusive", nil, func(f *Facts) { f.Held = []Held{{Programme: "plain"}} }, asked},
		{"worth not known", "rulebook.fact-missing", nil, func(f *Facts) { f.Held = []Held{{Programme: "higher-one"}} }, asked},
		{"end not known", "rulebook.fact-missing", []string{"until: []", "until: [{who: wife, age: 60, reason: end-age, document: doc}]"}, nil, asked},
		{"condition of the end not known", "rulebook.fact-missing", []string{"until: []", `until: [{who: self, age: 65, reason: end-age, when: hukou == "rural", document: doc}]`}, nil, asked},
		{"dead before the first unit", "rulebook.nothing-due", nil, func(f *Facts) { f.Died = day("2020-04-30") }, asked},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := boyOf60()
			if c.facts != nil {
				c.facts(&f)
			}
			_, err := book(t, c.text...).Plan(f, c.asked)
			requireRule(t, c.rule, err)
		})
	}
}

func TestRefusalsSayWhatStandsInTheWay(t *testing.T) {
	r := book(t, "classes:", `  - {id: rural, zh: 农, en: rural, when: hukou == "rural", document: doc}
  - {id: clean, zh: 无, en: clean, attested: true, document: doc}
classes:`)
	_, err := r.QualifiedOn(Facts{Birth: day("1950-01-01")}, day("2020-01-01"))
	require.ErrorContains(t, err, "without: hukou, clean (rulebook.fact-missing)")
	_, err = r.QualifiedOn(Facts{Birth: day("1990-01-01"), Hukou: Hukou{Kind: "urban"}}, day("2020-01-01"))
	require.ErrorContains(t, err, "on 2020-01-01: age, rural (rulebook.not-qualified)")
}

func TestPlanAtTheEdges(t *testing.T) {
	asked := Application{AppliedOn: day("2020-05-15"), DecidedOn: day("2020-06-15")}
	closing := book(t, "holder: person", "closes: {after: 2020-05-15, document: doc}\nholder: person")
	_, err := closing.Plan(boyOf60(), asked)
	require.NoError(t, err, "the last day is open")
	require.Equal(t, day("2020-05-15"), closing.ClosedToNewEntryAfter())

	f := boyOf60()
	f.Birth = day("1961-12-31")
	p, err := book(t).Plan(f, asked)
	require.NoError(t, err, "until the end of the next year")
	require.Equal(t, per("2021-12"), p.FirstUnit)

	f = boyOf60()
	f.Died = day("2020-05-15")
	p, err = book(t).Plan(f, asked)
	require.NoError(t, err, "one unit is due")
	require.Equal(t, p.FirstUnit, p.Until)

	_, err = book(t).Plan(boyOf60(), Application{AppliedOn: day("2020-06-15"), DecidedOn: day("2020-06-15")})
	require.NoError(t, err, "decided on the day of application")
}

func TestPlanWithOtherEnrolments(t *testing.T) {
	asked := Application{AppliedOn: day("2021-05-15"), DecidedOn: day("2021-06-15")}
	for _, c := range []struct {
		name     string
		held     Held
		want     string
		replaces []string
	}{
		{"ended before, exclusive", Held{Programme: "held-one", Until: per("2020-12")}, "2021-01 [2020-05..2020-12 held]", nil},
		{"ended before the natural start", Held{Programme: "held-one", Until: per("2020-04")}, "2020-05 []", nil},
		{"the same programme, ended", Held{Programme: "plain", Until: per("2020-Q3")}, "2020-10 [2020-05..2020-09 held]", nil},
		{"ended before, additive", Held{Programme: "additive-one", Until: per("2020-12")}, "2020-05 []", nil},
		{"running, additive", Held{Programme: "additive-one"}, "2020-05 []", nil},
		{"running, gives way", Held{Programme: "newer-one"}, "2020-05 []", []string{"newer-one"}},
		{"running with an end, gives way", Held{Programme: "newer-one", Until: per("2030-12")}, "2020-05 []", []string{"newer-one"}},
		{"running, worth less", Held{Programme: "higher-one", PerYear: yuan("1199.99")}, "2020-05 []", []string{"higher-one"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := boyOf60()
			f.Held = []Held{c.held}
			p, err := book(t).Plan(f, asked)
			require.NoError(t, err)
			require.Equal(t, c.want, planText(p))
			require.Equal(t, c.replaces, p.Replaces)
		})
	}
}

func TestHeldBoundWithLongerUnits(t *testing.T) {
	r := book(t, "unit: month", "unit: half")
	f := boyOf60()
	f.Held = []Held{{Programme: "plain", Until: per("2020-08")}}
	p, err := r.Plan(f, Application{AppliedOn: day("2021-05-15"), DecidedOn: day("2021-06-15")})
	require.NoError(t, err)
	require.Equal(t, "2021-H1 [2020-H1..2020-H2 held]", planText(p), "no half that overlaps August")
	f.Held[0].Until = per("2020-06")
	p, err = r.Plan(f, Application{AppliedOn: day("2021-05-15"), DecidedOn: day("2021-06-15")})
	require.NoError(t, err)
	require.Equal(t, "2020-H2 [2020-H1..2020-H1 held]", planText(p))
}

func TestPlannedClasses(t *testing.T) {
	asked := Application{AppliedOn: day("2021-05-15"), DecidedOn: day("2021-06-15")}
	bands := []string{
		"child: [boy, girl]", "child: [boy, girl]\n  band: [young, old]",
		"  - {key: {child: girl}, zh: 女, en: girl, when: living_girls >= 1}\n  - {key: {child: boy}, zh: 男, en: boy}",
		"  - {key: {child: boy, band: old}, zh: 老, en: old, when: age >= 70}\n  - {key: {child: boy, band: young}, zh: 青, en: young, when: age < 80}",
	}
	classes := func(p Plan) string {
		var all []string
		for _, c := range p.Classes {
			all = append(all, c.From.String()+" "+c.Key.String())
		}
		return strings.Join(all, "; ")
	}
	t.Run("age band ahead", func(t *testing.T) {
		p, err := book(t, bands...).Plan(boyOf60(), asked)
		require.NoError(t, err)
		require.Equal(t, "2020-05 band=young,child=boy; 2030-06 band=old,child=boy", classes(p))
		require.Nil(t, p.ClassAt(per("2020-04")))
		require.Equal(t, "young", p.ClassAt(per("2030-05"))["band"])
		require.Equal(t, "old", p.ClassAt(per("2030-06"))["band"])
	})
	t.Run("not beyond the end", func(t *testing.T) {
		ends := append([]string{"until: []", "until: [{who: self, age: 70, reason: end-age, document: doc}]"}, bands...)
		p, err := book(t, ends...).Plan(boyOf60(), asked)
		require.NoError(t, err)
		require.Equal(t, per("2030-04"), p.Until)
		require.Equal(t, "2020-05 band=young,child=boy", classes(p))
	})
	t.Run("the last unit may have another class", func(t *testing.T) {
		ends := append([]string{"until: []", "until: [{who: self, age: 70, reason: dead, document: doc}]", "event: old", "event: new"}, bands...)
		p, err := book(t, ends...).Plan(boyOf60(), asked)
		require.NoError(t, err)
		require.Equal(t, per("2030-05"), p.Until)
		require.Equal(t, "2020-05 band=young,child=boy; 2030-05 band=old,child=boy", classes(p))
	})
	t.Run("a change before the decision", func(t *testing.T) {
		f := boyOf60()
		f.Children = append(f.Children, Child{Birth: day("2021-01-20"), Sex: domain.Female})
		p, err := book(t).Plan(f, asked)
		require.NoError(t, err)
		require.Equal(t, "2020-05 child=boy; 2021-02 child=girl", classes(p))
	})
	t.Run("a change within the first unit, after what was cut off", func(t *testing.T) {
		f := boyOf60()
		f.Children = append(f.Children, Child{Birth: day("2021-01-20"), Sex: domain.Female})
		p, err := book(t, "arrears: {limit: none", "arrears: {limit: application-year").Plan(f, asked)
		require.NoError(t, err)
		require.Equal(t, "2021-01 child=boy; 2021-02 child=girl", classes(p))
	})
	t.Run("the later of two changes in one unit", func(t *testing.T) {
		f := boyOf60()
		f.Children = append(f.Children, Child{Birth: day("2021-01-10"), Sex: domain.Female, DiedOn: day("2021-01-20")})
		p, err := book(t).Plan(f, asked)
		require.NoError(t, err)
		require.Equal(t, "2020-05 child=boy", classes(p), "a change that is undone in its unit leaves nothing")
	})
	t.Run("a change in the first unit", func(t *testing.T) {
		f := boyOf60()
		f.Children = append(f.Children, Child{Birth: day("2020-05-20"), Sex: domain.Female})
		p, err := book(t, "event: old", "event: new").Plan(f, asked)
		require.NoError(t, err)
		require.Equal(t, "2020-05 child=girl", classes(p))
	})
	t.Run("a class that could not be told at the start", func(t *testing.T) {
		f := boyOf60()
		f.Hukou = Hukou{Kind: "rural", Since: day("2021-03-01")}
		p, err := book(t, "when: living_girls >= 1", `when: hukou == "rural"`).Plan(f, asked)
		require.NoError(t, err)
		require.Equal(t, "2020-05 child=girl", classes(p))
	})
}

func TestQualifiedOn(t *testing.T) {
	const certificate = `  - {id: cert, zh: 证, en: cert, when: certificate, document: doc}` + "\nclasses:"
	for _, c := range []struct {
		name    string
		text    []string
		facts   func(*Facts)
		decided string
		want    string
	}{
		{"the birthday", nil, func(f *Facts) {}, "2022-01-01", "2020-05-15"},
		{"on the birthday itself", nil, func(f *Facts) {}, "2020-05-15", "2020-05-15"},
		{"ahead", nil, func(f *Facts) {}, "2020-05-14", "2020-05-15"},
		{"29 February", nil, func(f *Facts) { f.Birth = day("1960-02-29") }, "2020-01-01", "2020-02-29"},
		{"older than", []string{"when: age >= 60", "when: age > 60"}, func(f *Facts) {}, "2022-01-01", "2021-05-15"},
		{"not yet older than", []string{"when: age >= 60", "when: age <= 60"}, func(f *Facts) {}, "2020-05-15", "1960-05-15"},
		{"the certificate after the birthday", []string{"classes:", certificate}, func(f *Facts) {
			f.Certificate = Certificate{Held: Said, IssuedOn: day("2021-07-07")}
		}, "2022-01-01", "2021-07-07"},
		{"moving in", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: hukou == "rural"`, 1)}, func(f *Facts) {
			f.Hukou = Hukou{Kind: "rural", Since: day("2021-08-08")}
		}, "2022-01-01", "2021-08-08"},
		{"marriage", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: single`, 1)}, func(f *Facts) {
			f.Marriage = Marriage{Status: "widowed", Since: day("2021-09-09")}
		}, "2022-01-01", "2021-09-09"},
		{"retirement", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: retirement == "enterprise"`, 1)}, func(f *Facts) {
			f.Retirement = Retirement{Channel: "enterprise", On: day("2021-10-10")}
		}, "2022-01-01", "2021-10-10"},
		{"a date in the rule", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: day >= date("2021-11-11")`, 1)}, func(f *Facts) {}, "2022-01-01", "2021-11-11"},
		{"the day after a date in the rule", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: day > date("2021-11-11")`, 1)}, func(f *Facts) {}, "2022-01-01", "2021-11-12"},
		{"the spouse's age", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: spouse_age >= 55`, 1)}, func(f *Facts) {
			f.Spouse.Birth = day("1966-06-06")
		}, "2022-01-01", "2021-06-06"},
		{"the child's age", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: child_age >= 31`, 1)}, func(f *Facts) {}, "2022-01-01", "2021-01-01"},
		{"the child's death", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: children_living == 0`, 1)}, func(f *Facts) {
			f.Children[0].DiedOn = day("2021-02-02")
		}, "2022-01-01", "2021-02-02"},
		{"the child's certificate", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: child_grade == 2`, 1)}, func(f *Facts) {
			f.Children[0].DisabilityGrade, f.Children[0].DisabilityFrom = 2, day("2021-02-02")
		}, "2022-01-01", "2021-02-02"},
		{"after the child's certificate", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: child_grade == 0`, 1)}, func(f *Facts) {
			f.Children[0].DisabilityGrade, f.Children[0].DisabilityUntil = 2, day("2021-02-02")
		}, "2022-01-01", "2021-02-03"},
		{"an appraisal", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: complication_level == 2`, 1)}, func(f *Facts) {
			f.Complication = Complication{Level: 2, From: day("2021-02-02")}
		}, "2022-01-01", "2021-02-02"},
		{"after a cure", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: complication_level == 0`, 1)}, func(f *Facts) {
			f.Complication = Complication{Level: 2, Until: day("2021-02-02")}
		}, "2022-01-01", "2021-02-03"},
		{"the last stretch counts, not the first", []string{"classes:", strings.Replace(certificate, "when: certificate", `when: living_girls == 0`, 1)}, func(f *Facts) {
			f.Children = append(f.Children, Child{Birth: day("2020-08-01"), Sex: domain.Female, DiedOn: day("2021-03-03")})
		}, "2022-01-01", "2021-03-03"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := boyOf60()
			c.facts(&f)
			got, err := book(t, c.text...).QualifiedOn(f, day(c.decided))
			require.NoError(t, err)
			require.Equal(t, c.want, got.String())
		})
	}
	_, err := book(t).QualifiedOn(boyOf60(), domain.Date{})
	requireRule(t, "rulebook.day-missing", err)
}

func TestDayOfAssessment(t *testing.T) {
	for decided, want := range map[string]string{"2021-01-01": "2021-01-01", "2020-05-15": "2020-05-15", "2019-01-01": "2020-05-15", "2018-12-31": "2018-12-31"} {
		got, err := book(t).DayOfAssessment(boyOf60(), day(decided))
		require.NoError(t, err)
		require.Equal(t, want, got.String(), decided)
	}
	_, err := book(t).DayOfAssessment(boyOf60(), domain.Date{})
	requireRule(t, "rulebook.day-missing", err)
}

func TestEndFor(t *testing.T) {
	r := book(t, "until: []", "until: [{who: self, age: 65, reason: end-age, hand-over: next, document: doc}]")
	end, err := r.EndFor(boyOf60(), day("2021-01-01"))
	require.NoError(t, err)
	require.Equal(t, End{per("2025-04"), "end-age", "next"}, end)
	end, err = book(t).EndFor(boyOf60(), day("2021-01-01"))
	require.NoError(t, err)
	require.Equal(t, End{}, end)
	_, err = r.EndFor(Facts{}, day("2021-01-01"))
	requireRule(t, "rulebook.fact-missing", err)
	_, err = r.EndFor(boyOf60(), domain.Date{})
	requireRule(t, "rulebook.day-missing", err)
}
