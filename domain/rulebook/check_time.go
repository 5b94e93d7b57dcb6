package rulebook

import (
	"slices"

	"almoner/domain"
)

// The parts of a rulebook that say from when to when.

// The two values of an `event` flag for starts and stops, and those for class changes.
const (
	eventPaid   = "paid"
	eventUnpaid = "unpaid"
	eventOld    = "old"
	eventNew    = "new"
)

// maxMonths bounds spans of months: grace, arrears, review.
const maxMonths = 600

// maxAge bounds an age that a rule counts.
const maxAge = 120

// policy reads one of the policies that make sense here and fit the accrual unit.
func (c *checker) policy(s scalar, what string, among []Policy) Policy {
	names := make([]string, len(among))
	for i, p := range among {
		names[i] = string(p)
	}
	p := Policy(c.choice(s, what+" policy", "", names...))
	if p == "" {
		return p
	}
	stretch := p.stretch(c.book.unit)
	once := c.book.unit == domain.Once && (stretch != domain.Once || p == PolicyNextPayout)
	if once || !fits(c.book.unit, stretch) {
		c.add(s.line, "choose a policy that counts at least one whole unit", "the policy %s of %s does not fit units of a %s", p, what, c.book.unit)
	}
	return p
}

func (c *checker) checkStart() {
	s, start := c.src.Start, &c.book.start
	start.policy = c.policy(s.Policy, "start", startPolicies)
	start.paid = c.choice(s.Event, "start event", "", eventPaid, eventUnpaid) == eventPaid
	start.officeDelay = OfficeDelay(c.choice(s.OfficeDelay, "start office-delay", "", string(DelayArrears), string(DelayNone)))
	switch {
	case start.policy == PolicyMonthAfterApproval:
		start.graceMonths = c.integer(s.GraceMonths, "start grace-months", 0, maxMonths)
	case !s.GraceMonths.absent():
		c.add(s.GraceMonths.line, "remove it or use month-after-approval", "grace-months has no meaning for the start policy %s", start.policy)
	}
	c.needGrounds(s.grounds, s.Policy.line, "start")
}

func (c *checker) checkArrears() {
	s, arrears := c.src.Arrears, &c.book.arrears
	arrears.limit = ArrearsLimit(c.choice(s.Limit, "arrears limit", "", string(ArrearsDecisionYear), string(ArrearsApplicationYear), string(ArrearsMonthsBack), string(ArrearsNoLimit)))
	switch {
	case arrears.limit == ArrearsMonthsBack:
		arrears.months = c.integer(s.Months, "arrears months", 0, maxMonths)
	case !s.Months.absent():
		c.add(s.Months.line, "remove it or use limit: months", "months has no meaning for the arrears limit %s", arrears.limit)
	}
	c.needGrounds(s.grounds, s.Limit.line, "arrears")
}

func (c *checker) checkChange() {
	s, change := c.src.Change, &c.book.change
	change.policy = c.policy(s.Policy, "class-change", changePolicies)
	change.paid = c.choice(s.Event, "class-change event", "", eventOld, eventNew) == eventOld
	c.needGrounds(s.grounds, s.Policy.line, "class-change")
}

func (c *checker) checkExits() {
	stop := c.src.Stop
	policy := c.policy(stop.Policy, "stop", stopPolicies)
	event := c.choice(stop.Event, "stop event", "", eventPaid, eventUnpaid)
	c.needGrounds(stop.grounds, stop.Policy.line, "stop")
	for _, s := range c.src.Exits {
		code := c.code(s.Code, "exit code")
		what := "exit " + code
		made := ExitReason{Code: code, Policy: policy}
		labels := c.words(s.Zh, s.En, what)
		made.Zh, made.En = labels.Zh, labels.En
		made.Fault = Fault(c.choice(s.Fault, what+" fault", "", string(FaultNone), string(FaultRecover)))
		if !s.Policy.absent() {
			made.Policy = c.policy(s.Policy, what, stopPolicies)
		}
		made.EventPaid = c.choice(s.Event, what+" event", event, eventPaid, eventUnpaid) == eventPaid
		if slices.ContainsFunc(c.book.exits, func(e ExitReason) bool { return e.Code == code }) || code == ReasonProgrammeEnds {
			c.add(s.Code.line, "give each exit its own code; programme-ended is taken", "the exit code %s is used twice", code)
		}
		c.book.exits = append(c.book.exits, made)
	}
	if dead, err := c.book.ExitReason(ReasonDead); err != nil || dead.Policy == PolicyVoid {
		c.add(0, "add an exit with code: dead and a policy that is not void", "the exit dead is missing or void")
	}
}

func (c *checker) checkSuspensions() {
	for _, s := range c.src.Suspend {
		code := c.code(s.Code, "suspension code")
		what := "suspension " + code
		labels := c.words(s.Zh, s.En, what)
		made := SuspensionReason{Code: code, Zh: labels.Zh, En: labels.En}
		made.Effect = Effect(c.choice(s.Effect, what+" effect", "", string(Withhold), string(Forfeit)))
		made.ReviewMonths = c.integer(s.ReviewMonths, what+" review-months", 1, maxMonths)
		if slices.ContainsFunc(c.book.suspensions, func(e SuspensionReason) bool { return e.Code == code }) {
			c.add(s.Code.line, "give each suspension its own code", "the suspension code %s is used twice", code)
		}
		c.book.suspensions = append(c.book.suspensions, made)
	}
}

func (c *checker) checkUntil() {
	for _, s := range c.src.Until {
		made := untilRule{
			who:    c.choice(s.Who, "until who", "", WhoSelf, WhoWife, WhoChild),
			age:    c.integer(s.Age, "until age", 1, maxAge),
			reason: c.code(s.Reason, "until reason"),
		}
		exit, err := c.book.ExitReason(made.reason)
		if err != nil || exit.Policy == PolicyVoid {
			c.add(s.Reason.line, "name a code of exits whose policy is not void", "until has the reason %s, which ends nothing", made.reason)
		}
		if !s.HandOver.absent() {
			made.handOver = c.code(s.HandOver, "until hand-over")
		}
		if !s.When.absent() {
			made.when = c.expression(s.When, "until "+made.reason, s.When.line)
		}
		c.needGrounds(s.grounds, s.Who.line, "until "+made.reason)
		c.book.until = append(c.book.until, made)
	}
}
