package office

import (
	"strconv"

	"almoner/domain/officer"
	"almoner/domain/signoff"
)

// GrantLines of an opening. Villages stand as their number and then one line each: the code, a space and the name.
func (e Opened) GrantLines() []officer.Line {
	return append([]officer.Line{
		{Key: "area", Value: string(e.Area)}, {Key: "department", Value: e.Department}, {Key: "level", Value: string(e.Level)},
		{Key: "name", Value: e.Name}, {Key: "office", Value: e.Office}, {Key: "parent", Value: e.Parent},
	}, villageLines(e.Villages)...)
}

// GrantLines of a change.
func (e Changed) GrantLines() []officer.Line {
	return append([]officer.Line{
		{Key: "area", Value: string(e.Area)}, {Key: "name", Value: e.Name}, {Key: "office", Value: e.Office},
	}, villageLines(e.Villages)...)
}

// GrantLines of a closing.
func (e Closed) GrantLines() []officer.Line {
	return []officer.Line{{Key: "into", Value: e.Into}, {Key: "office", Value: e.Office}}
}

func villageLines(villages []Village) []officer.Line {
	lines := []officer.Line{{Key: "villages", Value: strconv.Itoa(len(villages))}}
	for _, v := range villages {
		lines = append(lines, officer.Line{Key: "village", Value: string(v.Code) + " " + v.Name})
	}
	return lines
}

// The grants of the events.
func (e Opened) GrantedBy() signoff.Grant  { return e.Grant }
func (e Changed) GrantedBy() signoff.Grant { return e.Grant }
func (e Closed) GrantedBy() signoff.Grant  { return e.Grant }
