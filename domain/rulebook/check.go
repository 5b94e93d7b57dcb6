package rulebook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"

	"almoner/domain"
)

// checker turns the shape of a file into a Rulebook and collects everything wrong on the way. It always goes on: a value
// that cannot be read is reported once and stands as its zero value.
type checker struct {
	*problems
	env  *cel.Env
	src  *source
	book *Rulebook
}

// check runs every section. Later sections look up what earlier ones declared, so the order matters.
func (c *checker) check() {
	c.checkDocuments()
	c.checkHead()
	c.checkSchedule()
	c.checkAttributes()
	c.checkCriteria()
	c.checkClasses()
	c.checkFunding()
	c.checkRates()
	c.checkExits()
	c.checkSuspensions()
	c.checkDueAtDeath()
	c.checkStart()
	c.checkArrears()
	c.checkChange()
	c.checkUntil()
	c.checkExclusive()
	c.checkDeductions()
	c.checkNotices()
	c.checkChains()
	c.checkCalendar()
	c.checkCoverage()
}

func (c *checker) checkHead() {
	s, b := c.src, c.book
	if !s.Format.absent() && s.Format.text != "1" || s.Format.absent() {
		c.add(s.Format.line, "write format: 1", "the format is %q", s.Format.text)
	}
	b.programme = c.code(s.Programme, "programme")
	b.region = c.region(s.Region)
	b.title = c.words(s.Title.Zh, s.Title.En, "title")
	b.from = c.date(s.Effective.From, "effective.from")
	if !s.Effective.To.absent() {
		b.to = c.date(s.Effective.To, "effective.to")
		if b.to.Before(b.from) {
			c.add(s.Effective.To.line, "put the days in order", "the programme ends before it begins")
		}
	}
	c.needGrounds(s.Effective.grounds, s.Effective.From.line, "effective")
	if !s.Closes.After.absent() {
		b.closes = c.date(s.Closes.After, "closes.after")
		c.needGrounds(s.Closes.grounds, s.Closes.After.line, "closes")
	}
	b.holder = c.choice(s.Holder, "holder", HolderPerson, HolderPerson, HolderHousehold)
	b.slot = c.choice(s.Slot, "slot", SlotHolder, SlotHolder, SlotChild)
}

func (c *checker) region(s scalar) string {
	if s.text == WholeCountry {
		return WholeCountry
	}
	if c.need(s, "region") {
		area, err := domain.ParseAreaCode(s.text)
		if err != nil || string(area) != s.text {
			c.add(s.line, `write an area code of 6, 9 or 12 digits such as "320000", or "000000" for the whole country`, "region %q is no area code", s.text)
		}
	}
	return s.text
}

func (c *checker) checkDocuments() {
	c.book.documents = map[string]Document{}
	for _, key := range sortedKeys(c.src.Documents) {
		d := c.src.Documents[key]
		if !isCode(key) {
			c.add(d.line(), "use lower-case letters, digits and hyphens", "the document key %q is not a code", key)
		}
		if d.Number.absent() && d.Source.absent() {
			c.add(d.line(), "state the number (文号) or the public source where it was read; never invent one", "document %q has neither number nor source", key)
		}
		c.book.documents[key] = Document{Number: d.Number.text, Title: d.Title.text, Source: d.Source.text}
	}
}

func (d documentSource) line() int { return max(d.Number.line, d.Title.line, d.Source.line) }

// The payout month is counted from the first month covered: 24 reaches to the end of the year after.
const maxPayoutMonth = 24

func (c *checker) checkSchedule() {
	b, s := c.book, c.src.Schedule
	b.unit = c.period(c.src.Unit, "unit")
	b.schedule.Covers = c.period(s.Covers, "schedule.covers")
	b.schedule.PayoutMonth = c.integer(s.Month, "schedule.payout-month", 1, maxPayoutMonth)
	b.schedule.PayoutDay = c.integer(s.Day, "schedule.payout-day", 1, 31)
	c.needGrounds(s.grounds, s.Covers.line, "schedule")
	if (b.unit == domain.Once) != (b.schedule.Covers == domain.Once) || !fits(b.unit, b.schedule.Covers) {
		c.add(s.Covers.line, "cover a period of one or more whole units", "a payout that covers a %s cannot pay units of a %s", b.schedule.Covers, b.unit)
	}
}

// need reports whether a value is there, and adds a problem if not.
func (c *checker) need(s scalar, what string) bool {
	if s.absent() || s.text == "" {
		c.add(s.line, "add it", "%s is missing", what)
		return false
	}
	return true
}

func (c *checker) code(s scalar, what string) string {
	if c.need(s, what) && !isCode(s.text) {
		c.add(s.line, "use lower-case letters, digits and hyphens", "%s %q is not a code", what, s.text)
	}
	return s.text
}

func (c *checker) words(zh, en scalar, what string) Words {
	c.need(zh, what+" in Chinese (zh)")
	c.need(en, what+" in English (en)")
	return Words{Zh: zh.text, En: en.text}
}

func (c *checker) date(s scalar, what string) domain.Date {
	if !c.need(s, what) {
		return domain.Date{}
	}
	d, err := domain.ParseDate(s.text)
	if err != nil {
		c.add(s.line, "write a day of the calendar as 2022-07-01", "%s %q is not a day", what, s.text)
	}
	return d
}

func (c *checker) month(s scalar, what string) domain.Period {
	if !c.need(s, what) {
		return domain.Period{}
	}
	p, err := domain.ParsePeriod(s.text)
	if err != nil || p.Kind() != domain.Month {
		c.add(s.line, "write a month as 2022-07", "%s %q is not a month", what, s.text)
		return domain.Period{}
	}
	return p
}

func (c *checker) period(s scalar, what string) domain.PeriodKind {
	kind := c.choice(s, what, "", string(domain.Month), string(domain.Quarter), string(domain.Half), string(domain.Year), string(domain.Once))
	return domain.PeriodKind(kind)
}

func (c *checker) integer(s scalar, what string, low, high int) int {
	if !c.need(s, what) {
		return 0
	}
	n, err := strconv.Atoi(s.text)
	if err != nil || strconv.Itoa(n) != s.text || n < low || n > high {
		c.add(s.line, fmt.Sprintf("write a whole number from %d to %d", low, high), "%s is %q", what, s.text)
		return 0
	}
	return n
}

// minComponent is 1 yuan: a yearly amount below 24 fen would have months below zero, and nobody pays so little.
var minComponent = domain.Yuan(1)

// money reads an amount, which must be a quoted text with exactly two decimals: a YAML number could be read as a float by
// other tools.
func (c *checker) money(s scalar, what string) domain.Money {
	if !c.need(s, what) {
		return domain.Money{}
	}
	next := `write yuan with two decimals between quotes, such as "590.00"`
	if s.tag != "!!str" {
		c.add(s.line, next, "%s %s is not between quotes", what, s.text)
		return domain.Money{}
	}
	m, err := domain.ParseMoney(s.text)
	if err != nil || m.String() != s.text {
		c.add(s.line, next, "%s %q is not an amount", what, s.text)
		return domain.Money{}
	}
	if m.Cmp(minComponent) < 0 {
		c.add(s.line, "correct the amount; a part that pays nothing is left out", "%s %s is less than %s yuan", what, m, minComponent)
	}
	return m
}

// choice reads one of a closed set of codes; an absent value is the fallback, or missing if that is empty.
func (c *checker) choice(s scalar, what, fallback string, among ...string) string {
	if s.absent() && fallback != "" {
		return fallback
	}
	if !c.need(s, what) {
		return ""
	}
	if !slices.Contains(among, s.text) {
		c.add(s.line, "use "+strings.Join(among, ", "), "%s is %q", what, s.text)
		return ""
	}
	return s.text
}

// needGrounds requires that a number or rule names its document, or is marked as assumed with a note.
func (c *checker) needGrounds(g grounds, line int, what string) {
	const next = "name the document's key, or write status: assumed with a note saying why"
	assumed := c.choice(g.Status, what+" status", string(Found), string(Found), string(Assumed)) == string(Assumed)
	_, declared := c.book.documents[g.Document.text]
	switch {
	case assumed && !g.Document.absent():
		c.add(g.Document.line, "leave one of the two out", "%s is assumed and yet names a document", what)
	case assumed && g.Note.text == "":
		c.add(g.Status.line, next, "%s is assumed without a note", what)
	case assumed:
	case g.Document.absent():
		c.add(line, next, "%s names no document", what)
	case !declared:
		c.add(g.Document.line, "add it to documents or correct the key", "%s names the document %q, which is not declared", what, g.Document.text)
	}
}

// cite writes what a criterion rests on for a trace.
func (c *checker) cite(g grounds) string {
	document, ok := c.book.documents[g.Document.text]
	text := "assumed: " + g.Note.text
	if ok {
		text = document.Number
		if text == "" {
			text = document.Source
		}
	}
	if !g.Clause.absent() {
		text += " " + g.Clause.text
	}
	return text
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
