package rulebook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"almoner/domain"
)

// A situation is a test of a rulebook that a policy officer can write, in the manner of OpenFisca: a named synthetic
// person with dated facts, the days of the case, and what must come out, to the fen.
type situation struct {
	Name          string      `yaml:"name"`
	Person        string      `yaml:"person"` // a synthetic name
	Facts         Facts       `yaml:"facts"`
	Applied       domain.Date `yaml:"applied"`
	Decided       domain.Date `yaml:"decided"`
	OfficeDelayed bool        `yaml:"office-delayed"`
	On            domain.Date `yaml:"on"`    // day of the evaluation; default the day of assessment
	Times         int64       `yaml:"times"` // so many persons alike; amounts are for all of them; default 1
	Exit          exitCase    `yaml:"exit"`
	Expect        expectation `yaml:"expect"`
}

// exitCase is what happened after the admission, if anything.
type exitCase struct {
	Reason  string        `yaml:"reason"`
	On      domain.Date   `yaml:"on"`
	Through domain.Period `yaml:"drawn-through"` // last unit drawn when the exit was decided; units after it were not
}

// expectation is what must come out. What is left out is not looked at, but a situation that expects nothing fails.
type expectation struct {
	Outcome     Outcome           `yaml:"outcome"`
	Reasons     []string          `yaml:"reasons"` // of the criteria that do not pass, in order
	Class       string            `yaml:"class"`   // canonical key on the day of the evaluation
	Qualified   domain.Date       `yaml:"qualified"`
	First       domain.Period     `yaml:"first"`
	Until       string            `yaml:"until"` // last unit known in advance, or open
	UntilReason string            `yaml:"until-reason"`
	HandOver    string            `yaml:"hand-over"`
	Last        string            `yaml:"last"`     // last unit due after the exit, or never
	AtDeath     string            `yaml:"at-death"` // account, heirs or forfeit
	Left        string            `yaml:"left"`     // money due and not drawn when the exit was decided, which is still paid
	Cuts        []string          `yaml:"cuts"`     // "2020-03..2020-12 year-rule"
	Classes     []string          `yaml:"classes"`
	Replaces    []string          `yaml:"replaces"`
	Amounts     map[string]string `yaml:"amounts"` // period → yuan with two decimals
	Refused     string            `yaml:"refused"` // rule by which the plan is refused
}

// SituationResult is how one situation came out.
type SituationResult struct {
	Name     string
	Failures []string // "first: want 2021-03, got 2021-04"; empty if it holds
}

// OK reports whether everything came out as expected.
func (s SituationResult) OK() bool { return len(s.Failures) == 0 }

// SituationsRulebook returns the id of the rulebook that a file of situations names.
func SituationsRulebook(source []byte) (string, error) {
	file, err := readSituations(source)
	return file.Rulebook, err
}

// situationFile is the shape of a file of situations.
type situationFile struct {
	Rulebook   string      `yaml:"rulebook"`
	Situations []situation `yaml:"situations"`
}

func readSituations(source []byte) (situationFile, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	decoder.KnownFields(true)
	var file situationFile
	if err := decoder.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		ps := &problems{}
		addYAML(ps, err)
		return file, ps.err()
	}
	if file.Rulebook == "" || len(file.Situations) == 0 {
		return file, domain.Refuse(domain.Invalid, "rulebook.situations", "the file names no rulebook or holds no situations").
			WithNext("write rulebook: and situations:; docs/rulebooks.md shows how")
	}
	return file, nil
}

// CheckSituations runs a file of situations against the rulebook it names. It returns one result for each; an error means
// that the file cannot be read or names another rulebook, not that a situation failed.
func CheckSituations(r *Rulebook, source []byte) ([]SituationResult, error) {
	file, err := readSituations(source)
	if err != nil {
		return nil, err
	}
	if file.Rulebook != r.ID() {
		return nil, domain.Refuse(domain.Invalid, "rulebook.situations", "the situations are for %s, not for %s", file.Rulebook, r.ID()).
			WithNext("check them with the rulebook they name")
	}
	results := make([]SituationResult, len(file.Situations))
	for i, s := range file.Situations {
		run := &situationRun{book: r, situation: s}
		results[i] = SituationResult{Name: s.Name, Failures: run.check()}
	}
	return results, nil
}

// situationRun checks one situation.
type situationRun struct {
	situation
	book     *Rulebook
	plan     Plan
	last     domain.Period // last unit due after an exit
	exited   bool
	failures []string
	asked    int // expectations looked at
}

func (s *situationRun) check() []string {
	if err := s.evaluate(); err != nil {
		return []string{err.Error()}
	}
	if s.needsPlan() {
		s.checkPlan()
	}
	if s.asked == 0 {
		s.failures = append(s.failures, "it expects nothing: state at least an outcome")
	}
	return s.failures
}

func (s *situationRun) want(what, want, got string) {
	s.asked++
	if want != got {
		s.failures = append(s.failures, fmt.Sprintf("%s: want %s, got %s", what, want, got))
	}
}

func (s *situationRun) evaluate() error {
	on := s.On
	if on.IsZero() {
		var err error
		if on, err = s.book.DayOfAssessment(s.Facts, s.Decided); err != nil {
			return err
		}
	}
	e, err := s.book.Evaluate(s.Facts, on)
	if err != nil {
		return err
	}
	if s.Expect.Outcome != "" {
		s.want("outcome", string(s.Expect.Outcome), string(e.Outcome))
	}
	if s.Expect.Reasons != nil || s.Expect.Outcome != "" {
		s.want("reasons", strings.Join(s.Expect.Reasons, ", "), strings.Join(e.Reasons(), ", "))
	}
	if s.Expect.Class != "" {
		s.want("class", s.Expect.Class, e.Class.String())
	}
	return nil
}

// needsPlan reports whether anything expected comes from the plan.
func (s *situationRun) needsPlan() bool {
	x := s.Expect
	return x.Refused != "" || !x.First.IsZero() || !x.Qualified.IsZero() || x.Until != "" || x.UntilReason != "" || x.HandOver != "" ||
		x.Last != "" || x.AtDeath != "" || x.Left != "" || x.Cuts != nil || x.Classes != nil || x.Replaces != nil || x.Amounts != nil
}

func (s *situationRun) checkPlan() {
	plan, err := s.book.Plan(s.Facts, Application{AppliedOn: s.Applied, DecidedOn: s.Decided, OfficeDelayed: s.OfficeDelayed})
	if err != nil || s.Expect.Refused != "" {
		s.want("refused", s.Expect.Refused, ruleOf(err))
		return
	}
	s.plan, s.last = plan, plan.Until
	if s.Exit.Reason != "" {
		if err := s.leave(); err != nil {
			s.want("exit", "", err.Error())
			return
		}
	}
	s.checkUnits()
	s.checkLists()
	for _, period := range slices.Sorted(maps.Keys(s.Expect.Amounts)) {
		s.want("amount of "+period, s.Expect.Amounts[period], s.amount(period))
	}
	s.checkDeath()
}

// ruleOf names the rule of a refusal, or gives the text of a fault.
func ruleOf(err error) string {
	var refused *domain.RefusedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Rule
	}
	return err.Error()
}

func (s *situationRun) leave() error {
	last, _, err := s.book.LastUnit(s.Exit.Reason, s.Exit.On)
	if err != nil {
		return err
	}
	s.exited = true
	if s.last.IsZero() || last.Before(s.last) {
		s.last = last
	}
	return nil
}

func (s *situationRun) checkUnits() {
	x := s.Expect
	if !x.Qualified.IsZero() {
		s.want("qualified", x.Qualified.String(), s.plan.QualifiedOn.String())
	}
	if !x.First.IsZero() {
		s.want("first", x.First.String(), s.plan.FirstUnit.String())
	}
	if x.Until != "" {
		s.want("until", x.Until, orWord(s.plan.Until, "open"))
	}
	if x.UntilReason != "" {
		s.want("until-reason", x.UntilReason, s.plan.UntilReason)
	}
	if x.HandOver != "" {
		s.want("hand-over", x.HandOver, s.plan.HandOver)
	}
	if x.Last != "" {
		s.want("last", x.Last, orWord(s.last, "never"))
	}
}

func orWord(p domain.Period, word string) string {
	if p.IsZero() {
		return word
	}
	return p.String()
}

func (s *situationRun) checkLists() {
	x := s.Expect
	if x.Cuts != nil {
		var cuts []string
		for _, c := range s.plan.Basis.Cut {
			cuts = append(cuts, fmt.Sprintf("%s..%s %s", c.From, c.To, c.Why))
		}
		s.want("cuts", strings.Join(x.Cuts, "; "), strings.Join(cuts, "; "))
	}
	if x.Classes != nil {
		var classes []string
		for _, c := range s.plan.Classes {
			classes = append(classes, c.From.String()+" "+c.Key.String())
		}
		s.want("classes", strings.Join(x.Classes, "; "), strings.Join(classes, "; "))
	}
	if x.Replaces != nil {
		s.want("replaces", strings.Join(x.Replaces, ", "), strings.Join(s.plan.Replaces, ", "))
	}
}

// checkDeath looks at what becomes of money due and unpaid at a death.
func (s *situationRun) checkDeath() {
	if s.Expect.AtDeath != "" {
		s.want("at-death", s.Expect.AtDeath, string(s.book.AtExit(s.Exit.Reason)))
	}
	if s.Expect.Left != "" {
		s.want("left", s.Expect.Left, s.left())
	}
}

// left sums what is due after the last unit drawn.
func (s *situationRun) left() string {
	through := s.Exit.Through
	if through.IsZero() || s.last.IsZero() || through.Kind() != s.last.Kind() {
		return "unknown: state exit.drawn-through as a unit"
	}
	total := domain.Money{}
	for unit := through.Next(); !unit.After(s.last); unit = unit.Next() {
		amount, err := s.worth(unit)
		if err != nil {
			return err.Error()
		}
		total = total.Add(amount)
	}
	return total.Times(max(s.Times, 1)).String()
}

// worth is what one unit is worth, 0.00 when it is not due.
func (s *situationRun) worth(unit domain.Period) (domain.Money, error) {
	if !s.due(unit) {
		return domain.Money{}, nil
	}
	rate, err := s.book.RateFor(s.plan.ClassAt(unit), unit)
	return rate.Amount, err
}

// amount sums what is due for the units in a period, or says why it cannot.
func (s *situationRun) amount(text string) string {
	period, err := domain.ParsePeriod(text)
	if err != nil {
		return err.Error()
	}
	units, err := s.book.Covers(period)
	if err != nil {
		return err.Error()
	}
	total := domain.Money{}
	for _, unit := range units {
		amount, err := s.worth(unit)
		if err != nil {
			return err.Error()
		}
		total = total.Add(amount)
	}
	return total.Times(max(s.Times, 1)).String()
}

// due reports whether a unit lies between the first and the last, and was not forfeited at a death.
func (s *situationRun) due(unit domain.Period) bool {
	if unit.Before(s.plan.FirstUnit) || s.exited && s.last.IsZero() {
		return false
	}
	if drawn := s.Exit.Through; s.exited && !drawn.IsZero() && unit.After(drawn) && s.book.AtExit(s.Exit.Reason) == DeathForfeits {
		return false
	}
	return s.last.IsZero() || !unit.After(s.last)
}
