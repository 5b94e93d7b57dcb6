package cases

import (
	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

// CheckChange says what keeps a change from being proposed at all: its common fields, and exactly the part that its kind
// names. An admission may bring an account; a correction brings at most one other part, its replacement.
func CheckChange(c change.Change) error {
	for _, field := range []struct{ name, value string }{{"person", c.Person}, {"office", c.Office}, {"rulebook", c.Rulebook}} {
		if field.value == "" {
			return domain.Refuse(domain.Invalid, "case.incomplete", "the change has no %s", field.name).WithNext("name the %s", field.name)
		}
	}
	if personal := c.Kind == change.AccountChange || c.Kind == change.Correction; !personal && (c.Programme == "" || c.Region == "") {
		return domain.Refuse(domain.Invalid, "case.incomplete", "the change has no programme or no region").WithNext("name both")
	}
	if c.Village.Level() != domain.VillageLevel {
		return domain.Refuse(domain.Invalid, "case.village", "%q is no village: its code has 12 digits", c.Village).WithNext("name the village that signs the change")
	}
	return checkParts(c)
}

func checkParts(c change.Change) error {
	parts := []struct {
		kind change.Kind
		set  bool
	}{
		{change.Admission, c.Admission != nil}, {change.Exit, c.Exit != nil}, {change.ClassChange, c.Class != nil},
		{change.AccountChange, c.Account != nil}, {change.Correction, c.Correction != nil}, {change.Transfer, c.Transfer != nil},
		{change.Review, c.Review != nil}, {change.Suspension, c.Suspension != nil}, {change.Resumption, c.Resumption != nil},
		{change.GrantMoney, c.Grant != nil}, {change.WriteOff, c.Overpaid != nil}, {change.RecoveryPlan, c.Recovery != nil},
	}
	own, others := false, 0
	for _, p := range parts {
		switch {
		case !p.set:
		case p.kind == c.Kind:
			own = true
		case p.kind != change.AccountChange || c.Kind != change.Admission:
			others++
		}
	}
	allowed := 0
	if c.Kind == change.Correction {
		allowed = 1
	}
	if !own || others > allowed {
		return domain.Refuse(domain.Invalid, "case.parts", "a change of kind %q does not carry what that kind says, or carries more", c.Kind).
			WithNext("fill in what the change does, and nothing else")
	}
	return nil
}

// checkChain checks the steps, and that one handler alone does nothing but withhold.
func checkChain(chain []signoff.Step, c change.Change) error {
	if len(chain) == 0 || chain[0].Duty != signoff.Handler {
		return domain.Refuse(domain.Invalid, "case.chain", "the chain of sign-offs does not begin with a handler").
			WithNext("correct the chain %q of the rulebook: whoever handled the case signs first", c.Kind)
	}
	for i, step := range chain {
		if err := step.Check(); err != nil {
			return domain.Refuse(domain.Invalid, "case.chain", "step %d of the chain of sign-offs: %v", i+1, err).WithNext("correct the chain %q of the rulebook", c.Kind)
		}
	}
	withholds := c.Kind == change.Suspension && c.Suspension.Effect == beneficiary.Withhold
	if len(chain) == 1 && chain[0].Min == 1 && !withholds {
		return domain.Refuse(domain.Refused, "case.one-person", "one handler alone can only withhold payment").
			WithNext("send the change through the chain %q of the rulebook", c.Kind)
	}
	return nil
}
