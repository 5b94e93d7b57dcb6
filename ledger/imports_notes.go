package ledger

import (
	"slices"

	"almoner/domain"
	"almoner/domain/imports"
	"almoner/ledger/rosterfile"
)

// What the office was told of a row is sealed beside it under the file's key, so that it can be read again, word for word,
// for as long as the file is kept.

// Limits of what is kept of one row: an event holds 60,000 bytes, of which sealing takes a quarter and a refused row's cells
// some more.
const (
	maxNoteBytes   = 24_000
	maxNoteColumns = 60 // characters of a header
)

// event is how a row is recorded. file is the key id of the file.
func (i *importing) event(e evaluated, file string) domain.Event {
	sheet := i.sheets[e.row.Sheet]
	if barred(e.problems) {
		return imports.RowRefused{
			File: file, Row: e.row.Line, Rules: rulesOf(e.problems, rosterfile.Error), Sheet: sheet,
			Private: &imports.Row{Cells: cellsOf(e.row), Notes: notesOf(e.row.Sheet, e.problems)},
		}
	}
	row := imports.RowAccepted{Change: e.change, Row: e.row.Line, Sheet: sheet, Warnings: rulesOf(e.problems, rosterfile.Warning)}
	if len(e.problems) > 0 {
		notes := notesOf(e.row.Sheet, e.problems)
		row.File, row.Private = file, &notes
	}
	return row
}

// cellsOf is what a refused row said of who it is about; the whole row stands in the file's parts.
func cellsOf(r rosterfile.Row) []string {
	return []string{r.Name.Reveal(), r.Number.Reveal(), r.Village, r.Programme, r.Class}
}

// notesOf packs problems for storing: errors first, as far as there is room, and the number of those left out.
func notesOf(sheet string, problems []rosterfile.Problem) imports.Notes {
	notes := imports.Notes{Sheet: sheet, Problems: []imports.Problem{}}
	ordered := slices.Clone(problems)
	slices.SortStableFunc(ordered, func(a, b rosterfile.Problem) int {
		return severityOrder(a.Severity) - severityOrder(b.Severity)
	})
	room := maxNoteBytes
	for _, p := range ordered {
		stored := imports.Problem{
			Column: firstCharacters(p.Column, maxNoteColumns), Letter: p.Letter, Message: p.Message, Remedy: p.Remedy, Rule: p.Rule, Severity: string(p.Severity), Value: p.Value,
		}
		room -= len(stored.Column) + len(stored.Message) + len(stored.Remedy) + len(stored.Value) + len(stored.Rule) + 100
		if room < 0 {
			notes.More++
			continue
		}
		notes.Problems = append(notes.Problems, stored)
	}
	return notes
}

func severityOrder(s rosterfile.Severity) int {
	if s == rosterfile.Error {
		return 0
	}
	return 1
}

func firstCharacters(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// problemsOf is what was told of the row at a line, as a dry run tells it.
func problemsOf(line int, notes *imports.Notes) []rosterfile.Problem {
	if notes == nil {
		return nil
	}
	out := make([]rosterfile.Problem, len(notes.Problems))
	for i, p := range notes.Problems {
		out[i] = rosterfile.Problem{
			Sheet: notes.Sheet, Line: line, Column: p.Column, Letter: p.Letter, Value: p.Value, Rule: p.Rule, Severity: rosterfile.Severity(p.Severity),
			Message: p.Message, Remedy: p.Remedy,
		}
	}
	return out
}
