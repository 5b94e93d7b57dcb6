package ledger

import (
	"maps"
	"slices"
	"strings"

	"almoner/domain/rulebook"
	"almoner/ledger/rosterfile"
)

// A problem that a row's proposal runs into is told with the cell it comes from, as the ones found while reading are: the
// clerk mends a cell, not a rule.

// fail bars the row. at names the fields that the problem is about, the likeliest first; none when it is of no column.
func (d *draft) fail(rule, message, remedy string, at ...rosterfile.Field) {
	d.report(rosterfile.Error, d.row.Cell(at...), rule, message, remedy)
}

// warn is fail for what a person should look at and may be right.
func (d *draft) warn(rule, message, remedy string, at ...rosterfile.Field) {
	d.report(rosterfile.Warning, d.row.Cell(at...), rule, message, remedy)
}

func (d *draft) report(severity rosterfile.Severity, at rosterfile.Cell, rule, message, remedy string) {
	d.problems = append(d.problems, problemAt(d.row, at, rosterfile.Problem{Rule: rule, Severity: severity, Message: message, Remedy: remedy}))
}

// problemAt places a problem in a row.
func problemAt(row rosterfile.Row, at rosterfile.Cell, p rosterfile.Problem) rosterfile.Problem {
	p.Sheet, p.Line, p.Column, p.Letter, p.Value = row.Sheet, row.Line, at.Column, at.Letter, at.Value
	return p
}

// childFields are where a row says which child it means.
func childFields() []rosterfile.Field {
	return []rosterfile.Field{
		rosterfile.FieldChildNumber, rosterfile.FieldChildDisability, rosterfile.FieldChildBirth, rosterfile.FieldChildName, rosterfile.FieldChildSex,
	}
}

// cellOfChild is where the row names the child that is this person.
func cellOfChild(row rosterfile.Row, who people, child string) rosterfile.Cell {
	return row.ChildCell(slices.Index(who.children, child), childFields()...)
}

// refusalFields are the columns that a rule of the domain is about. Whatever is about the person as such points at their
// number: it may be somebody else's.
func refusalFields(rule string) []rosterfile.Field {
	switch rule {
	case "beneficiary.account-relation", "beneficiary.account-holder":
		return []rosterfile.Field{rosterfile.FieldAccount, rosterfile.FieldHolder}
	case "beneficiary.died-once":
		return []rosterfile.Field{rosterfile.FieldDiedOn}
	case "beneficiary.reported-before":
		return []rosterfile.Field{rosterfile.FieldReportedOn, rosterfile.FieldOccurredOn, rosterfile.FieldDiedOn}
	case "beneficiary.fact-days":
		return []rosterfile.Field{rosterfile.FieldAppliedOn, rosterfile.FieldReportedOn}
	case "beneficiary.carried-over":
		return []rosterfile.Field{rosterfile.FieldPaidThrough, rosterfile.FieldDocument}
	case "beneficiary.grant-amount":
		return []rosterfile.Field{rosterfile.FieldAmount}
	case "beneficiary.unit-kind", "beneficiary.class-from":
		return []rosterfile.Field{rosterfile.FieldStart}
	case "slot.share":
		return []rosterfile.Field{rosterfile.FieldShare}
	case "slot.taken":
		return childFields()
	case "rulebook.closed", "rulebook.decided-before-applied", "rulebook.nothing-due":
		return []rosterfile.Field{rosterfile.FieldAppliedOn}
	case "rulebook.no-class", "rulebook.unknown-class", "rulebook.no-rate", "rulebook.key":
		return []rosterfile.Field{rosterfile.FieldClass}
	case "rulebook.unknown-reason":
		return []rosterfile.Field{rosterfile.FieldReason}
	case "case.village":
		return []rosterfile.Field{rosterfile.FieldVillage}
	}
	return []rosterfile.Field{rosterfile.FieldNumber}
}

// variableFields are the columns from which a variable of the rulebooks follows; none for what lists have no columns for.
func variableFields(variable string) []rosterfile.Field {
	switch variable {
	case "age", "born", "sex":
		return []rosterfile.Field{rosterfile.FieldNumber, rosterfile.FieldBirth}
	case "alive":
		return []rosterfile.Field{rosterfile.FieldDiedOn, rosterfile.FieldNumber}
	case "hukou":
		return []rosterfile.Field{rosterfile.FieldHukou}
	case "marriage", "single":
		return []rosterfile.Field{rosterfile.FieldMarriage}
	case "spouse_age", "wife_age", "spouse_hukou": // the last has no column of its own: whose it is
		return []rosterfile.Field{rosterfile.FieldSpouseNumber, rosterfile.FieldSpouseName}
	case "child_grade":
		return []rosterfile.Field{rosterfile.FieldChildGrade, rosterfile.FieldChildDisability, rosterfile.FieldDisability}
	case "certificate":
		return []rosterfile.Field{rosterfile.FieldCertificate, rosterfile.FieldCertificateOn}
	case "certificate_on":
		return []rosterfile.Field{rosterfile.FieldCertificateOn}
	}
	if isOfChildren(variable) {
		return childFields()
	}
	return nil
}

func isOfChildren(variable string) bool {
	return strings.HasPrefix(variable, "child") || strings.HasPrefix(variable, "living_") || strings.HasPrefix(variable, "dead_")
}

// withoutColumn says that lists have no column for a variable: the office states it for all of a list, or in a case.
func withoutColumn(variable string) bool {
	return variable == "spouse_hukou" || len(variableFields(variable)) == 0
}

// traceFields are the columns behind an entry of a trace: those of the variables that are missing, else of those that the
// criterion asks for, in the order in which it names them.
func traceFields(t rulebook.CriterionTrace, c rulebook.Criterion) []rosterfile.Field {
	variables := t.Missing
	if len(variables) == 0 {
		variables = variablesOf(c.When)
	}
	if len(variables) == 0 {
		variables = slices.Sorted(maps.Keys(t.Values))
	}
	var fields []rosterfile.Field
	for _, v := range variables {
		fields = append(fields, variableFields(v)...)
	}
	return fields
}

// variablesOf lists the words of a criterion's expression; those that are no variables lead to no column.
func variablesOf(when string) []string {
	return strings.FieldsFunc(when, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
}
