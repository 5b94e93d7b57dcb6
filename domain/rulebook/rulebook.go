package rulebook

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Rulebook is the rules of one programme in one region. It is made by Parse and never changes.
type Rulebook struct {
	source []byte
	hash   string

	programme string
	region    string
	title     Words
	from, to  domain.Date
	closes    domain.Date
	holder    string
	slot      string
	unit      domain.PeriodKind
	schedule  Schedule
	calendar  Calendar
	documents map[string]Document

	attributes map[string][]string
	criteria   []criterion
	classes    []classRule
	ages       []int         // every whole number in an expression: an age at which something may change
	days       []domain.Date // every date in an expression
	rows       []Row
	funds      []fundShares

	start       startRule
	arrears     arrearsRule
	until       []untilRule
	change      timing
	exits       []ExitReason
	suspensions []SuspensionReason
	atDeath     AtDeath
	group       string
	relations   map[string]Relation // by programme
	setOff      int
	notices     []Notice
	chains      map[string][]signoff.Step
}

// Words is a text in both languages.
type Words struct{ Zh, En string }

// Document is what a number or rule rests on: a document number (文号), or, where none was found, a public source.
type Document struct {
	Number string // 文号, empty if not found
	Title  string
	Source string // where it was read
}

// Notice is one public notice (公示) that a decision needs.
type Notice struct {
	Level   string // village, town or county
	Days    int
	Working bool // counted in working days by the published holiday calendar, else in calendar days
	Form    string
}

// The forms of a public notice: public, or discreet where a list would hurt (合理方式).
const (
	NoticePublic   = "public"
	NoticeDiscreet = "discreet"
)

// Whose right it is, and which person a claim to it is unique for.
const (
	HolderPerson    = "person"
	HolderHousehold = "household"
	SlotHolder      = "holder"
	SlotChild       = "child"
)

// Hash is "sha256:" and the hex digest of the source bytes.
func (r *Rulebook) Hash() string { return r.hash }

func hashOf(source []byte) string {
	sum := sha256.Sum256(source)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Source returns a copy of the bytes the rulebook was read from.
func (r *Rulebook) Source() []byte { return slices.Clone(r.source) }

// ID is programme@region, such as "rural-reward@320000". Later editions of the same rules have the same id and another hash.
func (r *Rulebook) ID() string { return r.programme + "@" + r.region }

// Programme is the code of the programme, such as "special-assistance".
func (r *Rulebook) Programme() string { return r.programme }

// Region is the area code of the region, 6, 9 or 12 digits; WholeCountry for national rules.
func (r *Rulebook) Region() string { return r.region }

// WholeCountry is the region of national rules.
const WholeCountry = "000000"

// AppliesIn reports whether an area lies in the rulebook's region.
func (r *Rulebook) AppliesIn(area domain.AreaCode) bool {
	return r.region == WholeCountry || area.Within(domain.AreaCode(r.region))
}

// Title is the programme's name.
func (r *Rulebook) Title() Words { return r.title }

// Effective returns the first day of the programme in the region and its last, which is zero while it runs.
func (r *Rulebook) Effective() (from, to domain.Date) { return r.from, r.to }

// ClosedToNewEntryAfter is the last day on which one could apply; zero while entry is open. Those enrolled stay.
func (r *Rulebook) ClosedToNewEntryAfter() domain.Date { return r.closes }

// Holder says whose right it is: HolderPerson or HolderHousehold.
func (r *Rulebook) Holder() string { return r.holder }

// SlotKind says which person is claimed as the exclusive slot: SlotChild where parents share one right, else SlotHolder.
func (r *Rulebook) SlotKind() string { return r.slot }

// Unit is the accrual unit: month, quarter, half, year or once.
func (r *Rulebook) Unit() domain.PeriodKind { return r.unit }

// Schedule says what one payout covers and when it is due.
func (r *Rulebook) Schedule() Schedule { return r.schedule }

// Calendar returns the office's days of the month and of the year.
func (r *Rulebook) Calendar() Calendar { return r.calendar }

// Documents returns the documents by their key in the file.
func (r *Rulebook) Documents() map[string]Document { return maps.Clone(r.documents) }

// Attributes returns the attributes of a class with their values.
func (r *Rulebook) Attributes() map[string][]string {
	all := make(map[string][]string, len(r.attributes))
	for name, values := range r.attributes {
		all[name] = slices.Clone(values)
	}
	return all
}

// Keys returns every class that a class rule can give, in the file's order, without repetition.
func (r *Rulebook) Keys() []Key {
	keys := []Key{}
	for _, c := range r.classes {
		if !slices.ContainsFunc(keys, c.key.Equal) {
			keys = append(keys, maps.Clone(c.key))
		}
	}
	return keys
}

// ClassTitle returns the name of a class, or its key if no class rule gives it.
func (r *Rulebook) ClassTitle(key Key) Words {
	for _, c := range r.classes {
		if c.key.Equal(key) {
			return c.title
		}
	}
	return Words{Zh: key.String(), En: key.String()}
}

// Rows returns the rate rows, latest first.
func (r *Rulebook) Rows() []Row { return slices.Clone(r.rows) }

// SetOffCap is how much of one payout's money may be kept back to recover an overpayment, in percent, 0 to 100.
func (r *Rulebook) SetOffCap() int { return r.setOff }

// Notices returns the public notices a decision needs, in order.
func (r *Rulebook) Notices() []Notice { return slices.Clone(r.notices) }

// NoticeDays is how long the notice of a level lasts, in its own kind of days; 0 if the level posts none.
func (r *Rulebook) NoticeDays(level string) int {
	for _, n := range r.notices {
		if n.Level == level {
			return n.Days
		}
	}
	return 0
}

// ExclusivityGroup is the group within which one person or child has at most one whole share.
func (r *Rulebook) ExclusivityGroup() string { return r.group }

// ArrearsLimit returns how far back arrears reach.
func (r *Rulebook) ArrearsLimit() ArrearsLimit { return r.arrears.limit }

// ArrearsMonths is the number of months under ArrearsMonthsBack, else 0.
func (r *Rulebook) ArrearsMonths() int { return r.arrears.months }
