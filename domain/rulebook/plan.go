package rulebook

import (
	"fmt"

	"almoner/domain"
)

// Application is when somebody asked and when it was decided.
type Application struct {
	AppliedOn     domain.Date
	DecidedOn     domain.Date
	OfficeDelayed bool // the decision came late through no fault of the applicant (DOMAIN.md section 9, case 23)
}

// Cut is a stretch of units that the natural start would have given and a rule took away, both ends included.
type Cut struct {
	From domain.Period `json:"from"`
	To   domain.Period `json:"to"`
	Why  Why           `json:"why"`
}

// Basis explains the first unit due. It is stored with the enrolment.
type Basis struct {
	// QualifiedIn is the month in which all criteria were first met. The day is often a birthday, which never stands in
	// clear; it follows again from the sealed facts.
	QualifiedIn domain.Period `json:"qualifiedIn,omitempty"`
	AppliedOn   domain.Date   `json:"appliedOn,omitempty"`
	DecidedOn   domain.Date   `json:"decidedOn,omitempty"`
	Cut         []Cut         `json:"cut,omitempty"`
}

// ClassFrom is the class of an enrolment from a unit on.
type ClassFrom struct {
	From domain.Period `json:"from"`
	Key  Key           `json:"key"`
}

// Plan is the units an admission gives, with the reasons.
type Plan struct {
	QualifiedOn domain.Date // the day all criteria were first met; not stored, see Basis
	FirstUnit   domain.Period
	Until       domain.Period // last unit due; zero = open
	UntilReason string        // exit reason that will end it, if Until is set
	HandOver    string        // programme that takes over after Until, if any
	Classes     []ClassFrom   // in order; the first From is FirstUnit
	Replaces    []string      // programmes held whose last unit is the one before FirstUnit
	Basis       Basis
}

// OfficeDelay says who bears an office's delay.
type OfficeDelay string

// Arrears are due as if it had decided on the day of application, or nothing is made good.
const (
	DelayArrears OfficeDelay = "arrears"
	DelayNone    OfficeDelay = "none"
)

type startRule struct {
	timing
	graceMonths int
	officeDelay OfficeDelay
}

// ArrearsLimit says how far back arrears may reach when a case is decided.
type ArrearsLimit string

// The limits. With DelayArrears and a delayed office, the day of application takes the place of the day of decision.
const (
	ArrearsDecisionYear    ArrearsLimit = "decision-year"    // to January of the year of the decision
	ArrearsApplicationYear ArrearsLimit = "application-year" // to January of the year of the application
	ArrearsMonthsBack      ArrearsLimit = "months"           // so many months before the month of the decision
	ArrearsNoLimit         ArrearsLimit = "none"
)

type arrearsRule struct {
	limit  ArrearsLimit
	months int
}

// untilRule ends an enrolment on a birthday that is known from the start.
type untilRule struct {
	who      string // self, wife, child
	age      int
	reason   string // exit reason, whose policy gives the last unit
	handOver string
	when     *expression // nil = always
}

// Plan works out the units of an admission: first unit, end if known, classes, and what was cut off and why. It is asked
// once, when the case is decided, and its answer stands.
//
// It refuses with rulebook.day-missing, rulebook.closed (no new entry), rulebook.not-qualified, rulebook.fact-missing,
// rulebook.exclusive (another enrolment is in the way), rulebook.no-class or rulebook.nothing-due.
func (r *Rulebook) Plan(f Facts, a Application) (Plan, error) {
	if err := r.checkApplication(a); err != nil {
		return Plan{}, err
	}
	qualified, err := r.QualifiedOn(f, a.DecidedOn)
	if err != nil {
		return Plan{}, err
	}
	v := view{&f, later(qualified, a.DecidedOn)}
	plan := Plan{QualifiedOn: qualified, Basis: Basis{QualifiedIn: qualified.MonthPeriod(), AppliedOn: a.AppliedOn, DecidedOn: a.DecidedOn}}
	if err := r.planClassesAndRoom(&plan, v); err != nil {
		return Plan{}, err
	}
	if err := r.planStart(&plan, v, a); err != nil {
		return Plan{}, err
	}
	if err := r.planEnd(&plan, v); err != nil {
		return Plan{}, err
	}
	if err := r.planClasses(&plan, v); err != nil {
		return Plan{}, err
	}
	return plan, nil
}

func (r *Rulebook) checkApplication(a Application) error {
	switch {
	case a.AppliedOn.IsZero():
		return refuseDay("the application")
	case a.DecidedOn.IsZero():
		return refuseDay("the decision")
	case a.DecidedOn.Before(a.AppliedOn):
		return domain.Refuse(domain.Invalid, "rulebook.decided-before-applied", "decided on %s but applied on %s", a.DecidedOn, a.AppliedOn).
			WithNext("correct one of the two days")
	case !r.closes.IsZero() && a.AppliedOn.After(r.closes):
		return domain.Refuse(domain.Refused, "rulebook.closed", "%s has taken no new applications after %s", r.ID(), r.closes).
			WithNext("refuse the application; those enrolled stay")
	}
	return nil
}

// planClassesAndRoom refuses when the class cannot be told on the day of assessment or another enrolment is in the way.
func (r *Rulebook) planClassesAndRoom(plan *Plan, v view) error {
	key, t, err := r.classOn(v)
	if err != nil {
		return fmt.Errorf("rulebook %s: class on %s: %w", r.ID(), v.on, err)
	}
	if t.Outcome == Unsure {
		return r.refuseMissing("the class", t.Missing)
	}
	if key == nil {
		return domain.Refuse(domain.Refused, "rulebook.no-class", "%s has no class for this person on %s", r.ID(), v.on).
			WithNext("correct a wrong fact, or refuse the application")
	}
	t, replaces := r.exclusion(v, key)
	switch t.Outcome {
	case Unsure:
		return r.refuseMissing("what the programmes held are worth", t.Missing)
	case Fail:
		return domain.Refuse(domain.Conflict, "rulebook.exclusive", "another enrolment is in the way of %s: %s", r.ID(), t.Reason).
			WithNext("end the other enrolment first, or refuse the application")
	}
	plan.Replaces = replaces
	return nil
}

func (r *Rulebook) refuseMissing(what string, missing []string) error {
	return domain.Refuse(domain.Refused, "rulebook.fact-missing", "%s cannot be told under %s without: %q", what, r.ID(), missing).
		WithNext("find out and record these facts")
}

// planStart finds the first unit due: the natural one by the start policy, postponed by the rules that apply.
func (r *Rulebook) planStart(plan *Plan, v view, a Application) error {
	event := plan.QualifiedOn
	if r.start.policy == PolicyCertMonth || r.start.policy == PolicyCertYear {
		issued := v.facts.Certificate.IssuedOn
		if issued.IsZero() {
			return r.refuseMissing("the start", []string{"certificate_on"})
		}
		event = later(event, issued)
	}
	natural := r.firstAfter(r.start.timing, event)
	bounds := []bound{{r.unitOf(r.from), WhyBeforeProgramme}}
	bounds = append(bounds, r.lateness(plan.QualifiedOn, a)...)
	bounds = append(bounds, r.arrearsBounds(a)...)
	for _, h := range v.facts.Held {
		if h.endsBefore(v.on) && r.Exclusive(h.Programme, h.Group) != Additive {
			bounds = append(bounds, bound{r.unitFrom(h.Until.Last().AddDays(1)), WhyHeld})
		}
	}
	plan.FirstUnit, plan.Basis.Cut = cut(natural, bounds)
	return nil
}

// lateness bounds the start of who applied after the months of grace (policy month-after-approval).
func (r *Rulebook) lateness(qualified domain.Date, a Application) []bound {
	if r.start.policy != PolicyMonthAfterApproval || !a.AppliedOn.After(qualified.AddMonths(r.start.graceMonths)) {
		return nil
	}
	return r.byDecision(a, WhyLateApplication, func(d domain.Date) domain.Period { return r.unitOf(d).Next() })
}

// arrearsBounds bounds the start by the arrears limit.
func (r *Rulebook) arrearsBounds(a Application) []bound {
	switch r.arrears.limit {
	case ArrearsApplicationYear:
		return []bound{{r.unitOf(yearOf(a.AppliedOn).First()), WhyYearRule}}
	case ArrearsDecisionYear:
		return r.byDecision(a, WhyYearRule, func(d domain.Date) domain.Period { return r.unitOf(yearOf(d).First()) })
	case ArrearsMonthsBack:
		return r.byDecision(a, WhyArrearsLimit, func(d domain.Date) domain.Period {
			return r.unitOf(d.MonthPeriod().Add(-r.arrears.months).First())
		})
	}
	return nil
}

// byDecision bounds the start by the day of decision, or, when the office was late, by the day of application; what the
// office's delay then still costs is said to be that.
func (r *Rulebook) byDecision(a Application, why Why, at func(domain.Date) domain.Period) []bound {
	switch {
	case !a.OfficeDelayed:
		return []bound{{at(a.DecidedOn), why}}
	case r.start.officeDelay == DelayArrears:
		return []bound{{at(a.AppliedOn), why}}
	}
	return []bound{{at(a.AppliedOn), why}, {at(a.DecidedOn), WhyOfficeDelay}}
}

func yearOf(d domain.Date) domain.Period { return domain.PeriodOf(domain.Year, d) }

// planEnd notes the last unit due as far as it is known, and refuses a plan that would end before it begins.
func (r *Rulebook) planEnd(plan *Plan, v view) error {
	end, err := r.endFor(v)
	if err != nil {
		return err
	}
	plan.Until, plan.UntilReason, plan.HandOver = end.Unit, end.Reason, end.HandOver
	if !plan.Until.IsZero() && plan.Until.Before(plan.FirstUnit) {
		return domain.Refuse(domain.Refused, "rulebook.nothing-due", "%s gives nothing: the first unit would be %s, the last was %s (%s)",
			r.ID(), plan.FirstUnit, plan.Until, plan.UntilReason).WithNext("refuse the application with this reason")
	}
	return nil
}

// End is the last unit due as far as it is known in advance; the zero End is open.
type End struct {
	Unit     domain.Period
	Reason   string // exit reason
	HandOver string // programme that follows, if any
}

// EndFor returns the end of an enrolment that was not planned here (carried over, transferred in) as the facts foretell it
// on a day. It refuses with rulebook.fact-missing.
func (r *Rulebook) EndFor(f Facts, on domain.Date) (End, error) {
	if on.IsZero() {
		return End{}, refuseDay("the end")
	}
	return r.endFor(view{&f, on})
}

// endFor finds the earliest of a death that has happened, the ages that will be reached, and the end of the programme.
func (r *Rulebook) endFor(v view) (End, error) {
	end := End{}
	if died := v.facts.Died; !died.IsZero() {
		last, _, err := r.LastUnit(ReasonDead, died)
		if err != nil {
			return End{}, err
		}
		end.earlier(End{last, ReasonDead, ""})
	}
	for _, rule := range r.until {
		applies, err := rule.applies(r, v)
		if err != nil {
			return End{}, err
		}
		if !applies {
			continue
		}
		birth := rule.birth(v)
		if birth.IsZero() {
			return End{}, r.refuseMissing("the end", []string{rule.who + " birth"})
		}
		last, _, err := r.LastUnit(rule.reason, domain.BirthdayAt(birth, rule.age))
		if err != nil {
			return End{}, err
		}
		end.earlier(End{last, rule.reason, rule.handOver})
	}
	if !r.to.IsZero() && r.unit != domain.Once {
		end.earlier(End{r.unitOf(r.to), ReasonProgrammeEnds, ""})
	}
	return end, nil
}

// earlier takes another end if it comes first.
func (e *End) earlier(other End) {
	if e.Unit.IsZero() || other.Unit.Before(e.Unit) {
		*e = other
	}
}

// The exit reasons that a plan itself may give. Every rulebook has the first; the second needs no entry.
const (
	ReasonDead          = "dead"
	ReasonProgrammeEnds = "programme-ended"
)

func (rule untilRule) applies(r *Rulebook, v view) (bool, error) {
	if rule.when == nil {
		return true, nil
	}
	verdict, err := rule.when.verdict(v)
	if err != nil {
		return false, fmt.Errorf("rulebook %s: end by %s at %d: %w", r.ID(), rule.who, rule.age, err)
	}
	if verdict == Unsure {
		return false, r.refuseMissing("the end", rule.when.missing(v))
	}
	return verdict == Pass, nil
}

// birth is the birth of the person whose age ends the enrolment.
func (rule untilRule) birth(v view) domain.Date {
	switch rule.who {
	case WhoWife:
		return v.facts.wifeBirth()
	case WhoChild:
		child, _ := v.youngest()
		return child.Birth
	}
	return v.facts.Birth
}

// Whose age an until rule counts.
const (
	WhoSelf  = "self"
	WhoWife  = "wife"
	WhoChild = "child"
)

// planClasses lists the class at the first unit and the changes that the facts already foretell: an age band, or a change
// that happened between the first unit and the decision.
func (r *Rulebook) planClasses(plan *Plan, v view) error {
	start := later(plan.QualifiedOn, plan.FirstUnit.First())
	key, _, err := r.classOn(view{v.facts, start})
	if err != nil {
		return fmt.Errorf("rulebook %s: class on %s: %w", r.ID(), start, err)
	}
	if key == nil { // not told for the start: the class of the day of assessment, known by now, holds from the first unit
		if key, _, err = r.classOn(v); err != nil {
			return fmt.Errorf("rulebook %s: class on %s: %w", r.ID(), v.on, err)
		}
	}
	plan.Classes = []ClassFrom{{From: plan.FirstUnit, Key: key}}
	if r.unit == domain.Once {
		return nil
	}
	for _, day := range r.moments(v.facts) {
		if !day.After(start) {
			continue
		}
		from := r.ClassChangeFrom(day)
		if !plan.Until.IsZero() && from.After(plan.Until) {
			return nil
		}
		key, _, err := r.classOn(view{v.facts, day})
		if err != nil {
			return fmt.Errorf("rulebook %s: class on %s: %w", r.ID(), day, err)
		}
		plan.changeClass(from, key)
	}
	return nil
}

// changeClass adds a class from a unit on. A day without a class changes nothing; of two changes in one unit the later
// holds.
func (plan *Plan) changeClass(from domain.Period, key Key) {
	last := &plan.Classes[len(plan.Classes)-1]
	switch {
	case key == nil || last.Key.Equal(key):
	case !from.After(last.From) && len(plan.Classes) > 1 && plan.Classes[len(plan.Classes)-2].Key.Equal(key):
		plan.Classes = plan.Classes[:len(plan.Classes)-1]
	case !from.After(last.From):
		last.Key = key
	default:
		plan.Classes = append(plan.Classes, ClassFrom{From: from, Key: key})
	}
}

func later(a, b domain.Date) domain.Date {
	if a.After(b) {
		return a
	}
	return b
}

// ClassAt returns the class of a unit; nil before the first.
func (plan Plan) ClassAt(unit domain.Period) Key {
	var key Key
	for _, c := range plan.Classes {
		if !c.From.After(unit) {
			key = c.Key
		}
	}
	return key
}
