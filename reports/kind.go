package reports

import (
	"slices"
	"strings"

	"almoner/domain"
)

// Kind names a report.
type Kind string

// The reports.
const (
	Roll          Kind = "roll"          // 花名册: who is on the roll on a day
	Summary       Kind = "summary"       // 汇总表: the roll by village and class
	Appropriation Kind = "appropriation" // 拨款报告: one fund request
	Notice        Kind = "notice"        // 公示表: the roll as it may be posted
	Exits         Kind = "exits"         // 退出人员表: exits reported in a period
	Timeliness    Kind = "timeliness"    // 时效表: how long people waited
	PayList       Kind = "paylist"       // 发放清册: the lines of a run
	Signatures    Kind = "signatures"    // 签字表: who signed a run, when, with which key
	MonthSummary  Kind = "month"         // 月结表: what a book month comes to
)

// Spec says what a report is and which parts of a request it reads.
type Spec struct {
	Kind     Kind
	Title    string
	English  string
	Needs    []string // names of parts that must be given; "a|b" means one of both
	May      []string // further parts it reads
	Personal bool     // it can be had unmasked
}

// Kinds lists the reports in the order of a month's work.
func Kinds() []Spec {
	return []Spec{
		{Roll, "花名册", "roll", []string{"programme", "office"}, []string{"as-of", "village"}, true},
		{Summary, "汇总表", "summary by village and class", []string{"programme", "office"}, []string{"as-of", "period"}, false},
		{Notice, "公示表", "public notice list", []string{"programme", "office"}, []string{"as-of", "village"}, false},
		{Exits, "退出人员表", "exits of a period", []string{"programme", "office", "period"}, nil, true},
		{PayList, "发放清册", "pay list", []string{"run|programme", "run|office", "run|period"}, nil, true},
		{Signatures, "签字表", "signature sheet of a pay run", []string{"run|programme", "run|office", "run|period"}, nil, false},
		{Appropriation, "拨款报告", "appropriation request", []string{"request|programme", "request|office", "request|period"}, nil, false},
		{MonthSummary, "月结表", "what a book month comes to", []string{"finance", "period"}, nil, false},
		{Timeliness, "时效表", "how long people waited", []string{"programme", "office"}, []string{"period"}, true},
	}
}

// SpecOf finds a report. It refuses with report.kind.
func SpecOf(kind Kind) (Spec, error) {
	var names []string
	for _, s := range Kinds() {
		if s.Kind == kind {
			return s, nil
		}
		names = append(names, string(s.Kind))
	}
	return Spec{}, domain.Refuse(domain.Invalid, "report.kind", "there is no report %.40q", kind).WithNext("choose one of: %s", strings.Join(names, ", "))
}

// Format is the form a report is written in.
type Format string

// The forms.
const (
	XLSX Format = "xlsx"
	HTML Format = "html"
)

// MediaType is the form's media type.
func (f Format) MediaType() string {
	if f == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/html; charset=utf-8"
}

// ParseFormat refuses anything but the two forms with report.format.
func ParseFormat(s string) (Format, error) {
	if f := Format(s); slices.Contains([]Format{XLSX, HTML}, f) {
		return f, nil
	}
	return "", domain.Refuse(domain.Invalid, "report.format", "%.40q is no form of a report", s).WithNext("choose xlsx or html")
}

// Request asks for a report. Which parts a kind reads stands in its Spec; others must be empty.
type Request struct {
	Kind      Kind
	Programme string
	Office    string
	Village   string
	Period    domain.Period
	AsOf      domain.Date // default: the day of the position
	Run       string
	Request   string // id of a fund request
	Finance   string
	Unmasked  bool
}

// parts names what the request gives.
func (r Request) parts() map[string]bool {
	return map[string]bool{
		"programme": r.Programme != "", "office": r.Office != "", "village": r.Village != "", "period": !r.Period.IsZero(), "as-of": !r.AsOf.IsZero(),
		"run": r.Run != "", "request": r.Request != "", "finance": r.Finance != "",
	}
}

// Check refuses a request that lacks something its report needs, or gives what it does not read: report.kind,
// report.parameter, report.notice-masked, report.masked-only.
func (r Request) Check() error {
	spec, err := SpecOf(r.Kind)
	if err != nil {
		return err
	}
	given, read := r.parts(), slices.Clone(spec.May)
	for _, need := range spec.Needs {
		names := strings.Split(need, "|")
		read = append(read, names...)
		if !slices.ContainsFunc(names, func(n string) bool { return given[n] }) {
			return domain.Refuse(domain.Invalid, "report.parameter", "the report %s needs %s", r.Kind, strings.Join(names, " or ")).WithNext("give %s", strings.Join(names, " or "))
		}
	}
	for _, name := range []string{"programme", "office", "village", "period", "as-of", "run", "request", "finance"} {
		if given[name] && !slices.Contains(read, name) {
			return domain.Refuse(domain.Invalid, "report.parameter", "the report %s does not read %s", r.Kind, name).WithNext("leave %s out", name)
		}
	}
	switch {
	case r.Unmasked && r.Kind == Notice:
		return domain.Refuse(domain.Forbidden, "report.notice-masked", "a public notice is always masked").WithNext("make the roll instead, for use inside the office")
	case r.Unmasked && !spec.Personal:
		return domain.Refuse(domain.Invalid, "report.masked-only", "the report %s holds nothing that could be unmasked", r.Kind).WithNext("leave --unmasked out")
	}
	return nil
}
