package rulebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
)

// Problem is one thing wrong with the text of a rulebook.
type Problem struct {
	Line int    // 1-based; 0 if it concerns the whole file
	What string // what is wrong
	Next string // what to do
}

// String writes the problem for people: "line 12: … — …".
func (p Problem) String() string {
	where := "the file"
	if p.Line > 0 {
		where = fmt.Sprintf("line %d", p.Line)
	}
	return where + ": " + p.What + "; " + p.Next
}

// SourceError says that a text is not a rulebook, with everything found wrong with it. It unwraps to a
// domain.RefusedError of kind Invalid with the rule rulebook.source.
type SourceError struct{ Problems []Problem }

// Error lists all problems, one a line.
func (e *SourceError) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, fmt.Sprintf("the rulebook has %d problem(s) (rulebook.source)", len(e.Problems)))
	for _, p := range e.Problems {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the refusal, for errors.As and errors.Is.
func (e *SourceError) Unwrap() error {
	return domain.Refuse(domain.Invalid, "rulebook.source", "%s", strings.TrimSuffix(e.Error(), "\n")).WithNext("correct the lines named and check again")
}

// problems collects while a text is read, so that its author sees everything at once.
type problems struct{ all []Problem }

func (ps *problems) add(line int, next, format string, args ...any) {
	ps.all = append(ps.all, Problem{Line: line, What: fmt.Sprintf(format, args...), Next: next})
}

// err returns the problems in the order of lines, or nil.
func (ps *problems) err() error {
	if len(ps.all) == 0 {
		return nil
	}
	slices.SortStableFunc(ps.all, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return &SourceError{Problems: ps.all}
}
