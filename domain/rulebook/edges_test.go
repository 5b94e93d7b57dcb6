package rulebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

// TestTracesNameOnlyWhatIsMissing: a criterion that is decided although a fact is unknown misses nothing, and one that is not
// decided names the unknown facts alone, each once.
func TestTracesNameOnlyWhatIsMissing(t *testing.T) {
	trace := func(when string) CriterionTrace {
		e, err := book(t, "when: age >= 60", "when: '"+when+"'").Evaluate(boyOf60(), day("2020-06-01"))
		require.NoError(t, err)
		return e.Trace[0]
	}
	require.Empty(t, trace(`age >= 60 || hukou == "rural"`).Missing)
	require.Equal(t, []string{"hukou"}, trace(`age >= 60 && hukou == "rural"`).Missing)
	require.Equal(t, []string{"hukou"}, trace(`hukou == "rural" && hukou != "urban"`).Missing)

	r := book(t, "zh: 男, en: boy}", "zh: 男, en: boy, when: living_boys >= 1}")
	f := boyOf60()
	f.ChildrenFact = "cs"
	e, err := r.Evaluate(f, day("2020-06-01"))
	require.NoError(t, err)
	require.Equal(t, []string{"cs"}, e.Trace[1].Facts, "two class rules asked for the same fact")
}

// TestAttestationsInAnyOrder: two different answers are no answer, whichever came last.
func TestAttestationsInAnyOrder(t *testing.T) {
	for _, answers := range [][]Answer{{Said, Deny}, {Deny, Said}} {
		verdict, _ := (&Facts{Attested: []Attestation{{Criterion: "x", Answer: answers[0]}, {Criterion: "x", Answer: answers[1]}}}).attested("x")
		require.Equal(t, Unsure, verdict, answers)
	}
}

func TestNoGroupIsNoSharedGroup(t *testing.T) {
	require.Equal(t, Additive, (&Rulebook{programme: "a"}).Exclusive("b", ""))
}

// TestDayOfAssessmentLooksAhead: never back, and past days on which something changes but not enough.
func TestDayOfAssessmentLooksAhead(t *testing.T) {
	short := book(t, "when: age >= 60", "when: age >= 60 && age < 62")
	assessed, err := short.DayOfAssessment(boyOf60(), day("2023-01-01"))
	require.NoError(t, err)
	require.Equal(t, day("2023-01-01"), assessed, "it was met, and is not any more")
	_, err = short.QualifiedOn(boyOf60(), day("2023-01-01"))
	requireRule(t, "rulebook.not-qualified", err)

	f := boyOf60()
	f.Hukou = Hukou{Kind: "rural", Since: day("2020-01-10")}
	assessed, err = book(t).DayOfAssessment(f, day("2019-12-01"))
	require.NoError(t, err)
	require.Equal(t, day("2020-05-15"), assessed, "not the day of the hukou, which changes nothing")
}

// TestQualifiedOnWithoutADate: facts without a day are no days on which one might have qualified.
func TestQualifiedOnWithoutADate(t *testing.T) {
	r := book(t, "when: age >= 60", "when: children_ever == 0")
	on, err := r.QualifiedOn(Facts{NoChildren: true}, day("2020-03-04"))
	require.NoError(t, err)
	require.Equal(t, day("2020-03-04"), on)
	_, err = r.QualifiedOn(Facts{NoChildren: true}, domain.Date{})
	require.ErrorContains(t, err, "the decision has no day")
}

// TestNotQualifiedNamesCriteria: a programme held beside is no criterion.
func TestNotQualifiedNamesCriteria(t *testing.T) {
	f := boyOf60()
	f.Birth, f.Held = day("1980-01-01"), []Held{{Programme: "held-one"}}
	_, err := book(t).QualifiedOn(f, day("2020-06-01"))
	require.ErrorContains(t, err, "are not met on 2020-06-01: age (rulebook.not-qualified)")
}

// TestPlanClasses is a table of class rules and the classes that a plan foretells from them.
func TestPlanClasses(t *testing.T) {
	const girl, boy = "{key: {child: girl}, zh: 女, en: girl, when: living_girls >= 1}", "{key: {child: boy}, zh: 男, en: boy}"
	for _, c := range []struct {
		name string
		text []string
		want []string
	}{
		{"a day without a class changes nothing", []string{boy, `{key: {child: boy}, zh: 男, en: boy, when: child_age < 40}`}, []string{"2020-05 child=boy"}},
		{"there and back again, years apart", []string{girl, `{key: {child: girl}, zh: 女, en: girl, when: age >= 62 && age < 64}`},
			[]string{"2020-05 child=boy", "2022-06 child=girl", "2024-06 child=boy"}},
		{"two changes within a month, the later holds", []string{"  child: [boy, girl]", "  child: [boy, girl, twins]",
			girl, `{key: {child: twins}, zh: 双, en: twins, when: day >= date("2021-03-31")}` + "\n  - " + `{key: {child: girl}, zh: 女, en: girl, when: day >= date("2021-03-05")}`},
			[]string{"2020-05 child=boy", "2021-04 child=twins"}},
		{"there and back again within a month", []string{girl, `{key: {child: girl}, zh: 女, en: girl, when: day >= date("2021-03-05") && day < date("2021-03-20")}`},
			[]string{"2020-05 child=boy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := book(t, c.text...).Plan(boyOf60(), Application{AppliedOn: day("2020-05-15"), DecidedOn: day("2020-06-15")})
			require.NoError(t, err)
			var got []string
			for _, class := range p.Classes {
				got = append(got, class.From.String()+" "+class.Key.String())
			}
			require.Equal(t, c.want, got)
		})
	}
}

// TestOneOffHasNoEnd: a single unit does not end with the programme.
func TestOneOffHasNoEnd(t *testing.T) {
	r := onceBook(t, "effective: {from: 2010-01-01", "effective: {from: 2010-01-01, to: 2030-06-30")
	p, err := r.Plan(boyOf60(), Application{AppliedOn: day("2020-05-15"), DecidedOn: day("2020-06-15")})
	require.NoError(t, err)
	require.Equal(t, "once", p.FirstUnit.String())
	require.True(t, p.Until.IsZero(), "until %v", p.Until)
}

// TestKeysOfDifferentAttributes: both could be the key of one class.
func TestKeysOfDifferentAttributes(t *testing.T) {
	require.True(t, Key{"child": "boy"}.overlaps(Key{"grade": "1"}))
	require.False(t, Key{"child": "boy"}.overlaps(Key{"child": "girl", "grade": "1"}))
}

// TestUnknownClassNamesTheClasses: one wrong value among right ones is enough, and the refusal lists what there is.
func TestUnknownClassNamesTheClasses(t *testing.T) {
	r := book(t, "  child: [boy, girl]", "  child: [boy, girl]\n  grade: [a, b]\n  region: [x]",
		"{key: {child: girl}, zh", "{key: {child: girl, grade: a, region: x}, zh", "{key: {child: boy}, zh", "{key: {child: boy, grade: b, region: x}, zh")
	for range 50 { // a map is walked in another order each time
		_, err := r.RateFor(Key{"child": "boy", "grade": "c", "region": "x"}, per("2022-01"))
		requireRule(t, "rulebook.unknown-class", err)
		require.ErrorContains(t, err, "use one of its classes: child=girl,grade=a,region=x; child=boy,grade=b,region=x")
	}
}

// TestExternalPaymentsAreRoundedApart: what another payer owes does not move a fen of what is paid here.
func TestExternalPaymentsAreRoundedApart(t *testing.T) {
	r := book(t, `from: "2022-07", per: month, components: [{amount: "130.00", payer: government, fund: base, document: doc}, {amount: "7.00", payer: external, document: page}]`,
		`from: "2022-01", per: year, components: [{amount: "7.00", payer: external, document: page}, {amount: "100.00", payer: government, fund: base, document: doc}]`)
	for month, want := range map[string][2]string{"2022-01": {"8.33", "0.58"}, "2022-02": {"8.34", "0.59"}, "2022-03": {"8.33", "0.58"}, "2022-12": {"8.33", "0.58"}} {
		rate, err := r.RateFor(Key{"child": "boy"}, per(month))
		require.NoError(t, err)
		require.Equal(t, want, [2]string{rate.Amount.String(), rate.External[0].Amount.String()}, month)
	}
}

func TestSameSource(t *testing.T) {
	c := Component{Payer: PayerGovernment, Document: "d", Source: "s", Fund: "f", Status: Found}
	require.True(t, c.sameSource(Component{Amount: yuan("1.00"), Payer: PayerGovernment, Document: "d", Source: "s", Fund: "f", Status: Found}))
	for name, change := range map[string]func(*Component){
		"payer": func(c *Component) { c.Payer = PayerEmployer }, "document": func(c *Component) { c.Document = "" }, "source": func(c *Component) { c.Source = "" },
		"fund": func(c *Component) { c.Fund = "" }, "status": func(c *Component) { c.Status = Assumed },
	} {
		other := c
		change(&other)
		require.False(t, c.sameSource(other), name)
	}
}

// TestCompareAmountsOfTheSameRow: a row that keeps its month and changes its amount is a change.
func TestCompareAmountsOfTheSameRow(t *testing.T) {
	c, err := Compare(book(t), book(t, `amount: "130.00"`, `amount: "125.00"`), []Key{{"child": "boy"}}, []domain.Period{per("2022-07")})
	require.NoError(t, err)
	require.Equal(t, []RateChange{{Key{"child": "boy"}, per("2022-07"), yuan("130.00"), yuan("125.00"), "all/2022-07", "all/2022-07"}}, c.Rates)
}

// TestSituationSaysWhichExpectationFailed: each is looked at also where it stands alone, and one not stated is not.
func TestSituationSaysWhichExpectationFailed(t *testing.T) {
	const start = "rulebook: plain@320000\nsituations:\n  - name: n\n    facts: {birth: 1960-05-15, sex: male, children: [{birth: 1990-01-01, sex: male}], held: [{programme: newer-one}]}\n" +
		"    applied: 2020-05-15\n    decided: 2020-06-15\n"
	for what, wrong := range map[string]string{
		"qualified": "qualified: 2020-05-16", "first": "first: 2020-06", "until": "until: open", "until-reason": "until-reason: dead", "hand-over": "hand-over: last",
		"last": "last: never", "at-death": "at-death: heirs", "left": `left: "1.00"`, "cuts": "cuts: [x]", "classes": "classes: []", "replaces": "replaces: []",
		"amount of 2022": `amounts: {"2022": "1.00"}`, "refused": "refused: rulebook.closed",
	} {
		failures := check(t, start+"    expect: {"+wrong+"}\n").Failures
		require.Len(t, failures, 1, wrong)
		require.Regexp(t, "^"+what+": want ", failures[0])
	}
	require.Empty(t, check(t, start+"    expect: {first: 2020-05}\n").Failures)
	_, err := SituationsRulebook([]byte("situations: [{name: a}]\n"))
	requireRule(t, "rulebook.situations", err)
}

// TestVersionIsOneWhole: a stream without a proposal has nothing to submit, and who signed a later step did not submit.
func TestVersionIsOneWhole(t *testing.T) {
	require.Equal(t, signoff.Submission{Round: 1, Totals: signoff.Totals{Lines: 1, Root: entryRoot, Total: "0.00"}}, AggregateState{}.Submission(entryRoot))

	awaiting := submitted(t, proposed(t, AggregateState{}, Propose{Book: edition("one")}))
	published := publishedVersion(t, AggregateState{}, "one")
	late := submitting(awaiting, "wang") // the head, who signed the second step
	_, err := published.DecideSubmit(late)
	requireRuleRefused(t, err, domain.NotFound, "rulebook.nothing-proposed")

	back := sentBack(t, awaiting)
	events, err := back.DecideSendBack(returning(awaiting, "wang"))
	require.NoError(t, err)
	require.Empty(t, events, "sent back already")
}

// TestSendBackIsForTheWhole: whatever part the request names, a version has none.
func TestSendBackIsForTheWhole(t *testing.T) {
	awaiting := submitted(t, proposed(t, AggregateState{}, Propose{Book: edition("one")}))
	c := returning(awaiting, "wang")
	c.Act.Scope = "340311101201"
	events, err := awaiting.DecideSendBack(c)
	require.NoError(t, err)
	require.Len(t, events, 1)
}

// TestVariablesAtTheirEdges: what is known by halves is not known.
func TestVariablesAtTheirEdges(t *testing.T) {
	for _, c := range []struct {
		name, when string
		facts      Facts
		want       Verdict
	}{
		{"years before the birth", "age == -1", Facts{Birth: day("2030-01-01")}, Pass},
		{"the wife of somebody whose sex is not known", "wife_age >= 1", Facts{Marriage: Marriage{Status: "first"}, Spouse: Spouse{Birth: day("1960-01-01")}}, Unsure},
		{"a certificate of which nobody says that it is held", "certificate", Facts{Certificate: Certificate{IssuedOn: day("2000-01-01")}}, Unsure},
		{"a level of a complication that was denied", "complication_level == 0", Facts{Complication: Complication{Held: Deny, Level: 2}}, Pass},
	} {
		_, verdict := verdictOf(t, c.when, c.facts, "2020-01-01")
		require.Equal(t, c.want, verdict, c.name)
	}
	_, known := view{facts: &Facts{}, on: day("2020-01-01")}.ResolveName("height")
	require.False(t, known)
}

// TestForfeitNeedsTheLastUnitDrawn: a situation that does not say what was drawn forfeits nothing.
func TestForfeitNeedsTheLastUnitDrawn(t *testing.T) {
	r := book(t, "exclusive:", "due-at-death: {to: forfeit, document: doc}\nexclusive:")
	results, err := CheckSituations(r, []byte(`rulebook: plain@320000
situations:
  - name: n
    facts: {birth: 1960-01-15, sex: male, children: [{birth: 1990-01-01, sex: male}]}
    applied: 2022-01-15
    decided: 2022-01-15
    exit: {reason: dead, on: 2022-04-20}
    expect: {amounts: {"2022-03": "100.00"}}
`))
	require.NoError(t, err)
	require.Empty(t, results[0].Failures)
}

// TestLeftIsCountedInUnits: a year is no last unit of months.
func TestLeftIsCountedInUnits(t *testing.T) {
	result := check(t, `rulebook: plain@320000
situations:
  - name: n
    facts: {birth: 1960-01-15, sex: male, children: [{birth: 1990-01-01, sex: male}]}
    applied: 2022-01-15
    decided: 2022-01-15
    exit: {reason: dead, on: 2022-04-20, drawn-through: 2021}
    expect: {left: "400.00"}
`)
	require.Equal(t, []string{"left: want 400.00, got unknown: state exit.drawn-through as a unit"}, result.Failures)
}
