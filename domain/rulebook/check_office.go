package rulebook

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"almoner/domain/signoff"
)

// The parts of a rulebook that say who signs, what is posted, and on which days an office works.

func (c *checker) checkExclusive() {
	s := c.src.Exclusive
	c.book.group = c.code(s.Group, "exclusive group")
	c.book.relations = map[string]Relation{}
	for _, with := range s.With {
		programme := c.code(with.Programme, "exclusive programme")
		relation := c.choice(with.Rule, "rule with "+programme, "", string(Additive), string(ExclusiveNewer), string(ExclusiveHigher), string(ExclusiveHeld))
		if _, twice := c.book.relations[programme]; twice || programme == c.book.programme {
			c.add(with.Programme.line, "keep one rule for each other programme", "programme %s is listed twice or is this one", programme)
		}
		c.needGrounds(with.grounds, with.Programme.line, "rule with "+programme)
		c.book.relations[programme] = Relation(relation)
	}
}

// maxNoticeDays is a season: no notice in any text found lasts longer than two months.
const maxNoticeDays = 90

func (c *checker) checkNotices() {
	for _, s := range c.src.Notices {
		level := c.choice(s.Level, "notice level", "", string(signoff.Village), string(signoff.Town), string(signoff.County))
		what := "notice of the " + level
		made := Notice{
			Level:   level,
			Days:    c.integer(s.Days, what+" days", 1, maxNoticeDays),
			Working: c.choice(s.Calendar, what+" calendar", "", "working", "calendar") == "working",
			Form:    c.choice(s.Form, what+" form", "", NoticePublic, NoticeDiscreet),
		}
		if slices.ContainsFunc(c.book.notices, func(n Notice) bool { return n.Level == level }) {
			c.add(s.Level.line, "keep one notice a level", "there are two notices of the %s", level)
		}
		c.needGrounds(s.grounds, s.Level.line, what)
		c.book.notices = append(c.book.notices, made)
	}
}

func (c *checker) checkChains() {
	c.book.chains = map[string][]signoff.Step{}
	for _, subject := range sortedKeys(c.src.Chains) {
		steps := c.src.Chains[subject]
		line := 0
		if len(steps) > 0 {
			line = steps[0].Level.line
		}
		if !slices.Contains(Subjects(), subject) {
			c.add(line, "use a subject of docs/rulebooks.md", "there is no subject %q to sign", subject)
		}
		if len(steps) == 0 {
			c.add(line, "list its steps or leave it out", "the chain of %s has no steps", subject)
		}
		for _, s := range steps {
			c.book.chains[subject] = append(c.book.chains[subject], c.step(s, subject))
		}
		if steps := c.book.chains[subject]; givesUpMoney(subject) && len(steps) == 1 && steps[0].Min == 1 {
			c.add(line, "add a step, or ask for two people", "the chain of %s is one person's, and money is not given up by one", subject)
		}
	}
}

// givesUpMoney says that two people at least sign a subject (EVENTS.md section 4: a write-off has two signatures).
func givesUpMoney(subject string) bool { return subject == "write-off" || subject == "recovery-plan" }

// step reads one step; per defaults to whole and min to 1.
func (c *checker) step(s stepSource, subject string) signoff.Step {
	made := signoff.Step{Level: signoff.Level(s.Level.text), Department: s.Department.text, Duty: signoff.Duty(s.Duty.text), Per: signoff.Whole, Min: 1}
	if !s.Per.absent() {
		made.Per = signoff.Per(s.Per.text)
	}
	if !s.Min.absent() {
		made.Min = c.integer(s.Min, "min", 1, 9)
		if made.Min == 0 {
			made.Min = 1 // already reported
		}
	}
	if !s.Department.absent() {
		made.Department = c.code(s.Department, "department")
	}
	if err := made.Check(); err != nil {
		c.add(s.Level.line, "correct the step", "a step of the chain of %s: %v", subject, err)
	}
	return made
}

// checkCalendar starts from the default calendar and replaces the days the file names.
func (c *checker) checkCalendar() {
	c.book.calendar = defaultCalendar()
	month, s := &c.book.calendar.Month, c.src.Calendar.Month
	for _, day := range []struct {
		from scalar
		to   *int
		what string
	}{
		{s.Facts, &month.Facts, "facts"}, {s.Prepare, &month.Prepare, "prepare"}, {s.Town, &month.Town, "town"},
		{s.County, &month.County, "county"}, {s.Finance, &month.Finance, "finance"}, {s.File, &month.File, "file"},
		{s.ReturnDays, &month.ReturnDays, "return-days"}, {s.Reissue, &month.Reissue, "reissue"}, {s.Close, &month.Close, "close"},
	} {
		if !day.from.absent() {
			*day.to = c.integer(day.from, "calendar.month."+day.what, 1, 31)
		}
	}
	year, y := &c.book.calendar.Year, c.src.Calendar.Year
	c.dayOfYear(y.Apply, &year.Apply, "apply")
	c.dayOfYear(y.Village, &year.Village, "village")
	c.dayOfYear(y.Town, &year.Town, "town")
	c.dayOfYear(y.County, &year.County, "county")
}

var dayOfYearForm = regexp.MustCompile(`^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`)

func (c *checker) dayOfYear(s scalar, to *DayOfYear, what string) {
	if s.absent() {
		return
	}
	m := dayOfYearForm.FindStringSubmatch(s.text)
	if m == nil {
		c.add(s.line, `write month and day as "01-15"`, "calendar.year.%s %q is not a day of the year", what, s.text)
		return
	}
	month, _ := strconv.Atoi(m[1])
	day, _ := strconv.Atoi(m[2])
	*to = DayOfYear{Month: time.Month(month), Day: day}
}
