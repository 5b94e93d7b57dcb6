package rulebook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// faulty is an expression that fails while it is evaluated, as none that passes inspection does: it divides by zero on the
// days for which when holds.
func faulty(t *testing.T, when string) *expression {
	t.Helper()
	env, err := newEnvironment()
	require.NoError(t, err)
	checked, issues := env.Compile("(" + when + ") ? 1 / 0 == 1 : true")
	require.NoError(t, issues.Err())
	program, err := env.Program(checked)
	require.NoError(t, err)
	return &expression{text: when, program: program}
}

// TestFaultsAreNotAnswers: where an expression fails, nobody is told yes, no or unknown; the error names the rulebook, the part
// and the day.
func TestFaultsAreNotAnswers(t *testing.T) {
	asked := Application{AppliedOn: day("2021-01-15"), DecidedOn: day("2021-06-15")}
	plan := func(r *Rulebook, f Facts) error { _, err := r.Plan(f, asked); return err }
	failing := func(when string) func(*Rulebook) {
		return func(r *Rulebook) { r.criteria[0].when = faulty(t, when) }
	}
	class := func(when string) func(*Rulebook) {
		return func(r *Rulebook) { r.classes[0].when = faulty(t, when) }
	}
	for _, c := range []struct {
		name   string
		breaks func(*Rulebook)
		asks   func(*Rulebook, Facts) error
		want   string
	}{
		{"a criterion, evaluated", failing("true"), func(r *Rulebook, f Facts) error { _, err := r.Evaluate(f, day("2021-06-15")); return err },
			"rulebook plain@320000: criterion age on 2021-06-15: "},
		{"a class, evaluated", class("true"), func(r *Rulebook, f Facts) error { _, err := r.Evaluate(f, day("2021-06-15")); return err },
			"rulebook plain@320000: class on 2021-06-15: "},
		{"a criterion, on the day of the decision alone", failing(`day == date("2021-06-15")`), plan, "criterion age on 2021-06-15: "},
		{"the same, for the day of assessment", failing(`day == date("2021-06-15")`), func(r *Rulebook, f Facts) error { _, err := r.DayOfAssessment(f, asked.DecidedOn); return err },
			"criterion age on 2021-06-15: "},
		{"a criterion, on an earlier day", failing(`day == date("2020-05-15")`), plan, "criterion age on 2020-05-15: "},
		{"a criterion that is only asked to say why not", func(r *Rulebook) {
			failing("true")(r)
			r.criteria = []criterion{criterionOf(t, "age >= 90"), r.criteria[0]}
		}, plan, "criterion age on 2021-06-15: "},
		{"a class, on the day of assessment", class("true"), plan, "class on 2021-06-15: "},
		{"a class, on the first day", class(`day < date("2021-01-01")`), plan, "class on 2020-05-15: "},
		{"a class, on a later day", func(r *Rulebook) {
			r.classes[0].when = faulty(t, `day > date("2022-01-01")`)
		}, plan, "class on 2030-01-01: "},
		{"an end", func(r *Rulebook) {
			r.until = []untilRule{{who: WhoSelf, age: 65, reason: ReasonDead, when: faulty(t, "true")}}
		}, plan, "end by self at 65: "},
		{"an end asked for alone", func(r *Rulebook) {
			r.until = []untilRule{{who: WhoSelf, age: 65, reason: ReasonDead, when: faulty(t, "true")}}
		}, func(r *Rulebook, f Facts) error { _, err := r.EndFor(f, day("2021-06-15")); return err }, "end by self at 65: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := book(t)
			c.breaks(r)
			f := boyOf60()
			f.Children[0].DiedOn = day("2030-01-01") // a day to come on which the class is asked for again
			err := c.asks(r, f)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "division by zero")
			var refused *domain.RefusedError
			require.NotErrorAs(t, err, &refused, "a fault, not a refusal")
		})
	}
}

// TestFaultOnALaterDay: one who does not qualify yet is judged on days to come, and there too a fault is a fault.
func TestFaultOnALaterDay(t *testing.T) {
	r := book(t)
	r.criteria = append(r.criteria, r.criteria[0])
	r.criteria[1].when = faulty(t, `day >= date("2020-05-15")`)
	_, err := r.DayOfAssessment(boyOf60(), day("2019-06-15"))
	require.ErrorContains(t, err, "criterion age on 2020-05-15: ")
	_, err = r.QualifiedOn(boyOf60(), day("2019-06-15"))
	require.ErrorContains(t, err, "criterion age on 2020-05-15: ")
}

// TestSituationTellsAFault: a situation under a rulebook that cannot be evaluated fails with that.
func TestSituationTellsAFault(t *testing.T) {
	r := situationBook(t)
	r.classes[0].when = faulty(t, "true")
	results, err := CheckSituations(r, []byte(truth))
	require.NoError(t, err)
	require.Len(t, results[0].Failures, 1)
	require.Contains(t, results[0].Failures[0], "division by zero")
}

func compiled(t *testing.T, text string) *expression {
	t.Helper()
	env, err := newEnvironment()
	require.NoError(t, err)
	x, err := compile(env, text)
	require.NoError(t, err)
	return x
}

func criterionOf(t *testing.T, when string) criterion {
	return criterion{Criterion: Criterion{ID: "other", When: when, Reason: "other"}, when: compiled(t, when)}
}
