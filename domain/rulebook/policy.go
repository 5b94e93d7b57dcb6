package rulebook

import (
	"cmp"
	"slices"

	"almoner/domain"
)

// Policy is a named way in which a day becomes a first or a last unit (DOMAIN.md 2.10).
type Policy string

// The policies. A policy looks at the stretch of the calendar that holds the event: its year, its half-year or its
// accrual unit. Whether that stretch itself is paid is said beside the policy (`event: paid` or `event: unpaid`).
const (
	// PolicyYear counts whole calendar years: who reaches the age by 31 December is paid from January, and the year of a
	// death is paid in full. Start, stop, class change.
	PolicyYear Policy = "year"
	// PolicyHalfYear counts half-years: a birthday from January to June starts in January, one from July to December in
	// July; a death in the first half is paid to June, one in the second to December. Start, stop, class change.
	PolicyHalfYear Policy = "half-year"
	// PolicyMonthOf counts the accrual unit of the event. Start, stop, class change.
	PolicyMonthOf Policy = "month-of"
	// PolicyMonthAfterApproval is month-of for those who apply within the months of grace; who applies later starts with
	// the unit after the decision. Start only.
	PolicyMonthAfterApproval Policy = "month-after-approval"
	// PolicyCertMonth starts with the unit in which the certificate was issued, or in which the last criterion was met if
	// that is later. Start only.
	PolicyCertMonth Policy = "cert-month"
	// PolicyCertYear is cert-month, from January of that year. Start only.
	PolicyCertYear Policy = "cert-year"
	// PolicyNextPayout pays every period whose payout day came on or before the event, and nothing after. Stop only.
	PolicyNextPayout Policy = "next-payout"
	// PolicyVoid pays nothing: the enrolment was never due. Stop only.
	PolicyVoid Policy = "void"
)

var (
	startPolicies  = []Policy{PolicyYear, PolicyHalfYear, PolicyMonthOf, PolicyMonthAfterApproval, PolicyCertMonth, PolicyCertYear}
	stopPolicies   = []Policy{PolicyYear, PolicyHalfYear, PolicyMonthOf, PolicyNextPayout, PolicyVoid}
	changePolicies = []Policy{PolicyYear, PolicyHalfYear, PolicyMonthOf}
)

// timing is a policy with its flag: whether the stretch that holds the event is paid (start, stop), or paid by the old
// class (class change).
type timing struct {
	policy Policy
	paid   bool
}

// stretch returns the kind of period a policy looks at, given the accrual unit.
func (p Policy) stretch(unit domain.PeriodKind) domain.PeriodKind {
	switch p {
	case PolicyYear, PolicyCertYear:
		return domain.Year
	case PolicyHalfYear:
		return domain.Half
	}
	return unit
}

// firstAfter returns the first unit due, or of the new class, after an event on that day.
func (r *Rulebook) firstAfter(t timing, day domain.Date) domain.Period {
	p := domain.PeriodOf(t.policy.stretch(r.unit), day)
	if !t.paid {
		p = p.Next()
	}
	return r.unitIn(p, p.First())
}

// lastBefore returns the last unit due when something ends on that day.
func (r *Rulebook) lastBefore(t timing, day domain.Date) domain.Period {
	switch t.policy {
	case PolicyVoid:
		return domain.Period{}
	case PolicyNextPayout:
		paid := r.lastPaidOutBy(day)
		return r.unitIn(paid, paid.Last())
	}
	p := domain.PeriodOf(t.policy.stretch(r.unit), day)
	if !t.paid {
		p = p.Prev()
	}
	return r.unitIn(p, p.Last())
}

// unitIn returns the accrual unit that holds a day of p; once has no days and is its own unit.
func (r *Rulebook) unitIn(p domain.Period, day domain.Date) domain.Period {
	if r.unit == domain.Once {
		return p
	}
	return r.unitOf(day)
}

// lastPaidOutBy returns the last period covered whose payout day is not after day.
func (r *Rulebook) lastPaidOutBy(day domain.Date) domain.Period {
	p := domain.PeriodOf(r.schedule.Covers, day)
	for r.schedule.PayoutOn(p).After(day) {
		p = p.Prev()
	}
	return p
}

// Fault says what an exit means for what was paid.
type Fault string

// An exit without fault stops; an exit with recovery also claims back what was paid after the last unit due.
const (
	FaultNone    Fault = "none"
	FaultRecover Fault = "recover"
)

// ExitReason is one coded reason for leaving (DOMAIN.md 3.4) with what follows from it.
type ExitReason struct {
	Code      string
	Zh, En    string // labels
	Fault     Fault
	Policy    Policy // how the last unit follows from the day of the event
	EventPaid bool   // whether the stretch that holds the event is paid
}

// Effect says what happens to the units of a suspension.
type Effect string

// Withheld units (缓发) are paid on resumption; forfeited ones (停发) are not due.
const (
	Withhold Effect = "withhold"
	Forfeit  Effect = "forfeit"
)

// SuspensionReason is one coded reason for a suspension.
type SuspensionReason struct {
	Code         string
	Zh, En       string
	Effect       Effect
	ReviewMonths int // the suspension is looked at again within so many months
}

// ExitReasons returns the reasons for leaving, in the file's order.
func (r *Rulebook) ExitReasons() []ExitReason { return slices.Clone(r.exits) }

// ExitReason finds one reason for leaving or refuses with rulebook.unknown-reason.
func (r *Rulebook) ExitReason(code string) (ExitReason, error) {
	for _, e := range r.exits {
		if e.Code == code {
			return e, nil
		}
	}
	return ExitReason{}, domain.Refuse(domain.Invalid, "rulebook.unknown-reason", "%s has no exit reason %q", r.ID(), code).
		WithNext("use a code of its exits section")
}

// SuspensionReasons returns the reasons for suspending, in the file's order.
func (r *Rulebook) SuspensionReasons() []SuspensionReason { return slices.Clone(r.suspensions) }

// SuspensionReason finds one reason for suspending or refuses with rulebook.unknown-reason.
func (r *Rulebook) SuspensionReason(code string) (SuspensionReason, error) {
	for _, s := range r.suspensions {
		if s.Code == code {
			return s, nil
		}
	}
	return SuspensionReason{}, domain.Refuse(domain.Invalid, "rulebook.unknown-reason", "%s has no suspension reason %q", r.ID(), code).
		WithNext("use a code of its suspensions section")
}

// LastUnit returns the last unit due to someone who leaves for a reason that occurred on a day, and the name of the policy
// applied. The absent period means that no unit was ever due (policy void). A one-off stays due. It refuses with
// rulebook.unknown-reason or, without a day, rulebook.day-missing.
func (r *Rulebook) LastUnit(reason string, occurredOn domain.Date) (domain.Period, Policy, error) {
	exit, err := r.ExitReason(reason)
	if err != nil {
		return domain.Period{}, "", err
	}
	if occurredOn.IsZero() {
		return domain.Period{}, "", refuseDay("the exit for " + reason)
	}
	return r.lastBefore(timing{exit.Policy, exit.EventPaid}, occurredOn), exit.Policy, nil
}

// ClassChangeFrom returns the first unit of the new class when its cause occurred on a day.
func (r *Rulebook) ClassChangeFrom(occurredOn domain.Date) domain.Period {
	return r.firstAfter(timing{r.change.policy, !r.change.paid}, occurredOn)
}

func refuseDay(what string) error {
	return domain.Refuse(domain.Invalid, "rulebook.day-missing", "%s has no day", what).WithNext("state the day as 2022-07-01")
}

// Why names the reason for which units were cut off the beginning.
type Why string

// The reasons. Each names a rule that postponed the first unit.
const (
	WhyLateApplication Why = "late-application" // the person applied after the months of grace
	WhyOfficeDelay     Why = "office-delay"     // the office decided late and the region pays no arrears for that
	WhyYearRule        Why = "year-rule"        // nothing before the year of confirmation
	WhyArrearsLimit    Why = "arrears-limit"    // nothing further back than so many months
	WhyBeforeProgramme Why = "before-programme" // the programme did not exist yet
	WhyHeld            Why = "held"             // paid by another enrolment until then
)

// bound is a rule that allows no unit before its own.
type bound struct {
	unit domain.Period
	why  Why
}

// cut applies bounds to the natural first unit and returns the first unit due with the stretches cut off, each explained
// by the rule that cut it. Of two rules with the same unit the one listed first explains.
func cut(natural domain.Period, bounds []bound) (domain.Period, []Cut) {
	slices.SortStableFunc(bounds, func(a, b bound) int { return cmp.Or(a.unit.Compare(b.unit)) })
	first, cuts := natural, []Cut(nil)
	for _, b := range bounds {
		if b.unit.After(first) {
			cuts = append(cuts, Cut{From: first, To: b.unit.Prev(), Why: b.why})
			first = b.unit
		}
	}
	return first, cuts
}
