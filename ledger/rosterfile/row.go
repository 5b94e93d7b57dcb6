package rosterfile

import "almoner/domain"

// Row is one person as the list states them. Every field is zero when the list does not state it or states it wrongly;
// Problems tells which.
type Row struct {
	Sheet  string // "" for a text file
	Line   int    // row as Excel shows it, from 1
	Hidden bool   // the row is hidden, by a filter for instance

	Name   domain.PersonName
	Number domain.CitizenNumber // 18 characters, also when the list has 15
	Birth  domain.Date          // from the number; from the column when there is no valid number
	Sex    domain.Sex           // the same

	SpouseName     domain.PersonName
	SpouseNumber   domain.CitizenNumber
	Children       []Child
	Guardian       domain.PersonName
	GuardianNumber domain.CitizenNumber
	Heir           domain.PersonName // of somebody who died, who may claim what was due
	HeirNumber     domain.CitizenNumber

	Village  string          // as written, without the group
	Area     domain.AreaCode // of the village, when Options.Villages knows it
	Group    string
	Hukou    string // "agricultural", "non-agricultural", "other"
	Marriage string // "never-married", "married", "first-marriage", "remarried", "remarried-same", "divorced", "widowed"

	Programme   string // as written, or Options.Programme
	Class       string // as written
	AppliedOn   domain.Date
	Start       domain.Period // first month due
	PaidThrough domain.Period // last month paid outside this ledger
	Share       string        // "1/1", "1/2"
	Document    string        // 文号

	Stop          domain.Period // first month no longer due
	Reason        ExitReason
	ReasonImplied bool // the list gives a day of death and no reason
	DiedOn        domain.Date
	OccurredOn    domain.Date
	ReportedOn    domain.Date

	Bank           string
	Account        domain.AccountNumber
	Holder         domain.PersonName
	HolderRelation string // "self", "spouse", "guardian", "household-head", "child", "parent", "heir", "other"

	Household           string
	HouseholdHead       domain.PersonName
	HouseholdHeadNumber domain.CitizenNumber
	Relation            string // to the head, as written

	Certificate           string // 光荣证号
	CertificateOn         domain.Date
	DisabilityCertificate domain.DisabilityCertificate // of the person; those of children are in Children

	Phone        string
	Address      string
	HukouAddress string
	Standard     domain.Money // as stated, yuan; see HasStandard
	HasStandard  bool
	Amount       domain.Money // as stated, yuan; see HasAmount
	HasAmount    bool
	Note         string

	Problems []Problem

	cells *rowCells // nil for a row that was not read from a file
}

// Child is one child as the row states it.
type Child struct {
	Name                  domain.PersonName
	Number                domain.CitizenNumber
	Birth                 domain.Date // from the number or the column
	Sex                   domain.Sex  // the same
	DiedOn                domain.Date
	DisabilityGrade       int // 1 (severest) to 4; 0 when not stated
	DisabilityCertificate domain.DisabilityCertificate
}

// OK reports whether nothing bars the row. Warnings do not.
func (r Row) OK() bool {
	for _, p := range r.Problems {
		if p.Severity == Error {
			return false
		}
	}
	return true
}

// Skip is a stretch of rows that are no persons.
type Skip struct {
	Sheet    string
	From, To int // rows as Excel shows them, both included
	Why      SkipReason
}

// SkipReason is why a row is no person.
type SkipReason string

// The reasons for skipping.
const (
	SkipBlank   SkipReason = "blank"   // nothing, or a running number alone
	SkipTotal   SkipReason = "total"   // 合计, 小计 …
	SkipFooter  SkipReason = "footer"  // 制表人, 审核人, 说明 …
	SkipSection SkipReason = "section" // a heading across merged cells
	SkipHeader  SkipReason = "header"  // the header again, at the top of a printed page
)

// Label is the Chinese word for the reason.
func (s SkipReason) Label() string {
	switch s {
	case SkipBlank:
		return "空行"
	case SkipTotal:
		return "合计行"
	case SkipFooter:
		return "落款或说明行"
	case SkipSection:
		return "分组标题行"
	default:
		return "重复的表头"
	}
}

// Summary is what one pass read.
type Summary struct {
	Complete bool // the pass reached the end
	Rows     int  // persons
	Good     int  // of them without an error
	Errors   int  // problems of severity Error
	Warnings int
	Skipped  []Skip    // in file order; at most maxSkips, Rest counts on
	Rest     int       // skipped rows beyond those listed
	Problems []Problem // of no single row: totals that do not agree
}

// maxSkips bounds the list of skipped stretches.
const maxSkips = 1000

func (s *Summary) skip(sheet string, from, to int, why SkipReason) {
	if n := len(s.Skipped); n > 0 {
		last := &s.Skipped[n-1]
		if last.Sheet == sheet && last.Why == why && last.To+1 == from {
			last.To = to
			return
		}
	}
	if len(s.Skipped) == maxSkips {
		s.Rest += to - from + 1
		return
	}
	s.Skipped = append(s.Skipped, Skip{sheet, from, to, why})
}

func (s *Summary) count(r Row) {
	s.Rows++
	if r.OK() {
		s.Good++
	}
	for _, p := range r.Problems {
		if p.Severity == Error {
			s.Errors++
		} else {
			s.Warnings++
		}
	}
}
