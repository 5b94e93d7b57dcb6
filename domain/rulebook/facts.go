package rulebook

import "almoner/domain"

// Answer is what is known of a yes-or-no matter; empty means that it is not known.
type Answer string

// The answers.
const (
	Said Answer = "yes"
	Deny Answer = "no"
)

// Facts is what the ledger has recorded about an applicant, built by the caller from the facts in force. A zero value
// means unknown; it never means "no". Dated facts hold from their day on, so the same Facts answer for any day: a child
// with a DiedOn counts as living the day before. Each fact may carry the id of the event that recorded it, and the
// evaluation lists the ids it used.
type Facts struct {
	Birth     domain.Date `yaml:"birth"`
	Sex       domain.Sex  `yaml:"sex"`
	Died      domain.Date `yaml:"died"`
	BirthFact string      `yaml:"birth-fact"` // event id behind Birth and Sex
	DiedFact  string      `yaml:"died-fact"`

	Hukou        Hukou        `yaml:"hukou"`
	Marriage     Marriage     `yaml:"marriage"`
	Spouse       Spouse       `yaml:"spouse"`
	Children     []Child      `yaml:"children"`    // all children of the person or the couple, also those given away
	NoChildren   bool         `yaml:"no-children"` // known never to have had any; an empty list alone means unknown
	ChildrenFact string       `yaml:"children-fact"`
	Certificate  Certificate  `yaml:"certificate"`
	Retirement   Retirement   `yaml:"retirement"`
	Employers    Employers    `yaml:"employers"`
	Complication Complication `yaml:"complication"`

	Attested []Attestation `yaml:"attested"`
	Held     []Held        `yaml:"held"` // enrolments in this and other programmes; leave out the one under review
}

// Hukou is the household registration (户口). Before Since nothing is known of it; a zero Since means "always".
type Hukou struct {
	Kind  string      `yaml:"kind"`  // rural (农业 or 界定为农村居民), urban (非农业)
	Place string      `yaml:"place"` // area code of 6, 9 or 12 digits
	Since domain.Date `yaml:"since"`
	Fact  string      `yaml:"fact"`
}

// Marriage is the state of marriage: first 初婚, remarried 再婚, restored 复婚, divorced 离婚, widowed 丧偶, unmarried 未婚.
// Before Since nothing is known of it; a zero Since means "as long as matters".
type Marriage struct {
	Status string      `yaml:"status"`
	Since  domain.Date `yaml:"since"`
	Fact   string      `yaml:"fact"`
}

// Spouse is the present wife or husband of a married applicant.
type Spouse struct {
	Birth     domain.Date `yaml:"birth"`
	HukouKind string      `yaml:"hukou-kind"` // rural or urban
	Fact      string      `yaml:"fact"`
}

// Child is one child who was ever born to, or adopted by, the applicant or the spouse.
type Child struct {
	Birth  domain.Date `yaml:"birth"`
	Sex    domain.Sex  `yaml:"sex"`
	Source string      `yaml:"source"` // both, mine, spouse, adopted, given-away; a spouse's child counts during the marriage
	DiedOn domain.Date `yaml:"died-on"`
	// Dead says that the child died even if the day is not known; the day is then needed before anything is decided.
	Dead            bool        `yaml:"dead"`
	DisabilityGrade int         `yaml:"disability-grade"` // 1 to 4; 0 = no certificate known
	DisabilityFrom  domain.Date `yaml:"disability-from"`  // issue of the certificate (残疾人证)
	DisabilityUntil domain.Date `yaml:"disability-until"` // its last day; zero = open
	Fact            string      `yaml:"fact"`
}

// Certificate is the certificate of an only child's parents (独生子女父母光荣证).
type Certificate struct {
	Held     Answer      `yaml:"held"`
	IssuedOn domain.Date `yaml:"issued-on"`
	Fact     string      `yaml:"fact"`
}

// Retirement is how the applicant is retired: none, public (机关事业), enterprise (企业), resident (城乡居民).
type Retirement struct {
	Channel string      `yaml:"channel"`
	On      domain.Date `yaml:"on"`
	Fact    string      `yaml:"fact"`
}

// Employers says how many of an only child's parents have an employer who owes the allowance: none, one or both.
type Employers struct {
	Count string `yaml:"count"`
	Fact  string `yaml:"fact"`
}

// Complication is an appraised complication of a birth-control operation (计划生育手术并发症), level 1 to 3, 1 the worst.
// None is known when Held is no.
type Complication struct {
	Held  Answer      `yaml:"held"`
	Level int         `yaml:"level"`
	From  domain.Date `yaml:"from"`  // day of the appraisal
	Until domain.Date `yaml:"until"` // last day before cure; zero = open
	Fact  string      `yaml:"fact"`
}

// Attestation is what people testify to under a criterion marked `attested`.
type Attestation struct {
	Criterion string `yaml:"criterion"`
	Answer    Answer `yaml:"answer"`
	Fact      string `yaml:"fact"`
}

// Held is an enrolment the person already has.
type Held struct {
	Programme string        `yaml:"programme"`
	Group     string        `yaml:"group"` // its exclusivity group
	From      domain.Period `yaml:"from"`
	Until     domain.Period `yaml:"until"`    // last unit due; zero = open
	PerYear   domain.Money  `yaml:"per-year"` // what its present class is worth in a year; zero = unknown
	Fact      string        `yaml:"fact"`
}

// endsBefore reports whether nothing of h is due on or after day.
func (h Held) endsBefore(day domain.Date) bool {
	return !h.Until.IsZero() && h.Until.Last().Before(day)
}
