package rulebook

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// scalar is one value of the file with its place. The text is kept as written: no YAML number ever becomes a float.
type scalar struct {
	text string
	line int
	tag  string // how YAML reads it: !!str, !!int, !!float, !!bool, !!timestamp; "" if absent
}

// UnmarshalYAML accepts a single value.
func (s *scalar) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: want a single value here", node.Line)}}
	}
	*s = scalar{text: node.Value, line: node.Line, tag: node.ShortTag()}
	return nil
}

func (s scalar) absent() bool { return s.tag == "" || s.tag == "!!null" }

// source is the shape of a rulebook file. Anything else in the file is an unknown key.
type source struct {
	Format     scalar                    `yaml:"format"`
	Programme  scalar                    `yaml:"programme"`
	Region     scalar                    `yaml:"region"`
	Title      wordsSource               `yaml:"title"`
	Effective  effectiveSource           `yaml:"effective"`
	Closes     closesSource              `yaml:"closes"`
	Holder     scalar                    `yaml:"holder"`
	Slot       scalar                    `yaml:"slot"`
	Unit       scalar                    `yaml:"unit"`
	Schedule   scheduleSource            `yaml:"schedule"`
	Documents  map[string]documentSource `yaml:"documents"`
	Attributes map[string][]scalar       `yaml:"attributes"`
	Criteria   []criterionSource         `yaml:"criteria"`
	Classes    []classSource             `yaml:"classes"`
	Rates      []rateSource              `yaml:"rates"`
	Funding    []fundingSource           `yaml:"funding"`
	Start      startSource               `yaml:"start"`
	Arrears    arrearsSource             `yaml:"arrears"`
	Until      []untilSource             `yaml:"until"`
	Change     changeSource              `yaml:"class-change"`
	Stop       stopSource                `yaml:"stop"`
	Exits      []exitSource              `yaml:"exits"`
	Suspend    []suspensionSource        `yaml:"suspensions"`
	DueAtDeath *dueAtDeathSource         `yaml:"due-at-death"`
	Exclusive  exclusiveSource           `yaml:"exclusive"`
	Deductions deductionSource           `yaml:"deductions"`
	Notices    []noticeSource            `yaml:"notices"`
	Chains     map[string][]stepSource   `yaml:"chains"`
	Calendar   calendarSource            `yaml:"calendar"`
}

// grounds say on what a number or rule rests: `document` names an entry of documents, or `status: assumed` with a note.
type grounds struct {
	Document scalar `yaml:"document"`
	Clause   scalar `yaml:"clause"`
	Status   scalar `yaml:"status"`
	Note     scalar `yaml:"note"`
}

type wordsSource struct {
	Zh scalar `yaml:"zh"`
	En scalar `yaml:"en"`
}

type effectiveSource struct {
	From    scalar `yaml:"from"`
	To      scalar `yaml:"to"`
	grounds `yaml:",inline"`
}

type closesSource struct {
	After   scalar `yaml:"after"`
	grounds `yaml:",inline"`
}

type scheduleSource struct {
	Covers  scalar `yaml:"covers"`
	Month   scalar `yaml:"payout-month"`
	Day     scalar `yaml:"payout-day"`
	grounds `yaml:",inline"`
}

type documentSource struct {
	Number scalar `yaml:"number"`
	Title  scalar `yaml:"title"`
	Source scalar `yaml:"source"`
}

type criterionSource struct {
	ID       scalar `yaml:"id"`
	Zh       scalar `yaml:"zh"`
	En       scalar `yaml:"en"`
	When     scalar `yaml:"when"`
	Attested scalar `yaml:"attested"`
	Reason   scalar `yaml:"reason"`
	grounds  `yaml:",inline"`
}

type classSource struct {
	Key  map[string]scalar `yaml:"key"`
	Zh   scalar            `yaml:"zh"`
	En   scalar            `yaml:"en"`
	When scalar            `yaml:"when"`
}

type rateSource struct {
	Key        map[string]scalar `yaml:"key"`
	From       scalar            `yaml:"from"`
	Per        scalar            `yaml:"per"`
	Components []componentSource `yaml:"components"`
}

type componentSource struct {
	Amount  scalar `yaml:"amount"`
	Payer   scalar `yaml:"payer"`
	Fund    scalar `yaml:"fund"`
	grounds `yaml:",inline"`
}

type fundingSource struct {
	Fund    scalar        `yaml:"fund"`
	From    scalar        `yaml:"from"`
	Shares  []shareSource `yaml:"shares"`
	grounds `yaml:",inline"`
}

type shareSource struct {
	Level  scalar `yaml:"level"`
	Weight scalar `yaml:"weight"`
}

type startSource struct {
	Policy      scalar `yaml:"policy"`
	Event       scalar `yaml:"event"`
	GraceMonths scalar `yaml:"grace-months"`
	OfficeDelay scalar `yaml:"office-delay"`
	grounds     `yaml:",inline"`
}

type arrearsSource struct {
	Limit   scalar `yaml:"limit"`
	Months  scalar `yaml:"months"`
	grounds `yaml:",inline"`
}

type untilSource struct {
	Who      scalar `yaml:"who"`
	Age      scalar `yaml:"age"`
	Reason   scalar `yaml:"reason"`
	HandOver scalar `yaml:"hand-over"`
	When     scalar `yaml:"when"`
	grounds  `yaml:",inline"`
}

type changeSource struct {
	Policy  scalar `yaml:"policy"`
	Event   scalar `yaml:"event"`
	grounds `yaml:",inline"`
}

type stopSource struct {
	Policy  scalar `yaml:"policy"`
	Event   scalar `yaml:"event"`
	grounds `yaml:",inline"`
}

type exitSource struct {
	Code   scalar `yaml:"code"`
	Zh     scalar `yaml:"zh"`
	En     scalar `yaml:"en"`
	Fault  scalar `yaml:"fault"`
	Policy scalar `yaml:"policy"` // default: that of stop
	Event  scalar `yaml:"event"`  // default: that of stop
}

type suspensionSource struct {
	Code         scalar `yaml:"code"`
	Zh           scalar `yaml:"zh"`
	En           scalar `yaml:"en"`
	Effect       scalar `yaml:"effect"`
	ReviewMonths scalar `yaml:"review-months"`
}

type exclusiveSource struct {
	Group scalar           `yaml:"group"`
	With  []relationSource `yaml:"with"`
}

type relationSource struct {
	Programme scalar `yaml:"programme"`
	Rule      scalar `yaml:"rule"`
	grounds   `yaml:",inline"`
}

type deductionSource struct {
	CapPercent scalar `yaml:"cap-percent"`
	grounds    `yaml:",inline"`
}

type noticeSource struct {
	Level    scalar `yaml:"level"`
	Days     scalar `yaml:"days"`
	Calendar scalar `yaml:"calendar"`
	Form     scalar `yaml:"form"`
	grounds  `yaml:",inline"`
}

type stepSource struct {
	Level      scalar `yaml:"level"`
	Department scalar `yaml:"department"`
	Duty       scalar `yaml:"duty"`
	Per        scalar `yaml:"per"`
	Min        scalar `yaml:"min"`
}

type calendarSource struct {
	Month struct {
		Facts      scalar `yaml:"facts"`
		Prepare    scalar `yaml:"prepare"`
		Town       scalar `yaml:"town"`
		County     scalar `yaml:"county"`
		Finance    scalar `yaml:"finance"`
		File       scalar `yaml:"file"`
		ReturnDays scalar `yaml:"return-days"`
		Reissue    scalar `yaml:"reissue"`
		Close      scalar `yaml:"close"`
	} `yaml:"month"`
	Year struct {
		Apply   scalar `yaml:"apply"`
		Village scalar `yaml:"village"`
		Town    scalar `yaml:"town"`
		County  scalar `yaml:"county"`
	} `yaml:"year"`
}
