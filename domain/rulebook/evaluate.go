package rulebook

import (
	"fmt"
	"maps"
	"slices"

	"almoner/domain"
)

// Outcome is the answer to an application: yes, no, or unknown, which means that a person has to find something out.
type Outcome string

// The outcomes.
const (
	Yes     Outcome = "yes"
	No      Outcome = "no"
	Unknown Outcome = "unknown"
)

// Verdict is the answer of one criterion.
type Verdict string

// The verdicts.
const (
	Pass   Verdict = "pass"
	Fail   Verdict = "fail"
	Unsure Verdict = "unknown"
)

// The ids of trace entries that come from the evaluation itself, and the reason of every unknown.
const (
	TraceClass     = "class"
	TraceExclusive = "exclusive"

	ReasonFactMissing     = "fact-missing"
	ReasonNoClass         = "no-class"
	ReasonAlreadyEnrolled = "already-enrolled"
	ReasonHeldElsewhere   = "held-elsewhere"
	ReasonHeldHigher      = "held-higher"
)

// CriterionTrace says how one criterion came out and why. It is stored in clear: it holds codes, counts and whole years.
type CriterionTrace struct {
	ID      string            `json:"id"`
	Outcome Verdict           `json:"outcome"`
	Reason  string            `json:"reason,omitempty"`  // code, unless the criterion passed
	Missing []string          `json:"missing,omitempty"` // variables or criteria nobody has answered, if unknown
	Facts   []string          `json:"facts,omitempty"`   // event ids of the facts used
	Values  map[string]string `json:"values,omitempty"`  // variable → value, as far as it may be shown
	Cite    string            `json:"cite,omitempty"`    // document number or source, and clause
}

// Evaluation is the answer of all criteria for one day.
type Evaluation struct {
	Outcome Outcome
	Trace   []CriterionTrace
	Class   Key // nil unless the class is known
	// Replaces names the programmes held that give way to this one.
	Replaces []string
}

// Facts lists the event ids of all facts used, each once, in order of first use.
func (e Evaluation) Facts() []string {
	var ids []string
	for _, t := range e.Trace {
		for _, id := range t.Facts {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Reasons lists the reasons of all entries that did not pass, in order.
func (e Evaluation) Reasons() []string {
	var reasons []string
	for _, t := range e.Trace {
		if t.Outcome != Pass {
			reasons = append(reasons, t.Reason)
		}
	}
	return reasons
}

// Criterion is a condition of eligibility as people read it.
type Criterion struct {
	ID       string
	Text     Words
	When     string // CEL, empty if attested
	Attested bool
	Reason   string // code when it fails
	Cite     string
}

type criterion struct {
	Criterion
	when *expression // nil if attested
}

// classRule gives a class when its expression holds; a nil expression always does.
type classRule struct {
	title Words
	when  *expression
	key   Key
}

// Criteria returns the conditions of eligibility in the file's order.
func (r *Rulebook) Criteria() []Criterion {
	all := make([]Criterion, len(r.criteria))
	for i, c := range r.criteria {
		all[i] = c.Criterion
	}
	return all
}

// Evaluate answers every criterion, the class and exclusivity for a day, never stopping at the first failure. Any failure
// makes the outcome no; otherwise anything unknown makes it unknown. For a decision, evaluate on DayOfAssessment: someone
// who reaches the age later in the year does not qualify yet on the day of the decision.
//
// It refuses with rulebook.day-missing. Any other error is a fault.
func (r *Rulebook) Evaluate(f Facts, on domain.Date) (Evaluation, error) {
	if on.IsZero() {
		return Evaluation{}, refuseDay("the evaluation")
	}
	v := view{&f, on}
	e := Evaluation{Trace: make([]CriterionTrace, 0, len(r.criteria)+2)}
	for i := range r.criteria {
		t, err := r.criteria[i].trace(v)
		if err != nil {
			return Evaluation{}, fmt.Errorf("rulebook %s: criterion %s on %s: %w", r.ID(), r.criteria[i].ID, on, err)
		}
		e.Trace = append(e.Trace, t)
	}
	key, t, err := r.classOn(v)
	if err != nil {
		return Evaluation{}, fmt.Errorf("rulebook %s: class on %s: %w", r.ID(), on, err)
	}
	e.Class = key
	e.Trace = append(e.Trace, t)
	t, e.Replaces = r.exclusion(v, key)
	e.Trace = append(e.Trace, t)
	e.Outcome = outcomeOf(e.Trace)
	return e, nil
}

func outcomeOf(trace []CriterionTrace) Outcome {
	outcome := Yes
	for _, t := range trace {
		switch t.Outcome {
		case Fail:
			return No
		case Unsure:
			outcome = Unknown
		}
	}
	return outcome
}

// verdict answers the criterion alone, for the search for the day of qualification.
func (c *criterion) verdict(v view) (Verdict, error) {
	if c.Attested {
		verdict, _ := v.facts.attested(c.ID)
		return verdict, nil
	}
	return c.when.verdict(v)
}

func (c *criterion) trace(v view) (CriterionTrace, error) {
	t := CriterionTrace{ID: c.ID, Cite: c.Cite}
	verdict, err := c.verdict(v)
	if err != nil {
		return t, err
	}
	t.Outcome = verdict
	t.Reason = reasonOf(verdict, c.Reason)
	if c.Attested {
		_, t.Facts = v.facts.attested(c.ID)
		if verdict == Unsure {
			t.Missing = []string{c.ID}
		}
		return t, nil
	}
	t.Facts, t.Values = c.when.factIDs(v.facts), c.when.values(v)
	if verdict == Unsure {
		t.Missing = c.when.missing(v)
	}
	return t, nil
}

func reasonOf(verdict Verdict, failed string) string {
	switch verdict {
	case Fail:
		return failed
	case Unsure:
		return ReasonFactMissing
	}
	return ""
}

// attested answers a criterion that people testify to. Two different answers are no answer.
func (f *Facts) attested(criterion string) (Verdict, []string) {
	var said, denied bool
	var ids []string
	for _, a := range f.Attested {
		if a.Criterion != criterion {
			continue
		}
		said, denied = said || a.Answer == Said, denied || a.Answer == Deny
		if a.Fact != "" {
			ids = append(ids, a.Fact)
		}
	}
	switch {
	case said && !denied:
		return Pass, ids
	case denied && !said:
		return Fail, ids
	}
	return Unsure, ids
}

// classOn finds the first class rule that holds. A rule that is unknown before it makes the class unknown, because it
// might have been the one.
func (r *Rulebook) classOn(v view) (Key, CriterionTrace, error) {
	t := CriterionTrace{ID: TraceClass, Outcome: Fail, Reason: ReasonNoClass, Values: map[string]string{}}
	for _, rule := range r.classes {
		verdict := Pass
		if rule.when != nil {
			var err error
			if verdict, err = rule.when.verdict(v); err != nil {
				return nil, t, err
			}
			t.see(rule.when, v)
		}
		switch verdict {
		case Pass:
			t.Outcome, t.Reason = Pass, ""
			return maps.Clone(rule.key), t, nil
		case Unsure:
			t.Outcome, t.Reason, t.Missing = Unsure, ReasonFactMissing, rule.when.missing(v)
			return nil, t, nil
		}
	}
	return nil, t, nil
}

// see adds what an expression looked at to a trace entry.
func (t *CriterionTrace) see(x *expression, v view) {
	maps.Copy(t.Values, x.values(v))
	for _, id := range x.factIDs(v.facts) {
		if !slices.Contains(t.Facts, id) {
			t.Facts = append(t.Facts, id)
		}
	}
}
