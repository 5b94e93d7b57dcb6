package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// print gives a verb's result: as one line of JSON, or as text by the function.
func (a *app) print(result any, text func(w io.Writer)) error {
	if !a.flags.JSON {
		text(a.out)
		return nil
	}
	line, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	_, err = fmt.Fprintf(a.out, "%s\n", line)
	return err
}

// say speaks to the person, beside the result.
func (a *app) say(zh, en string, args ...any) {
	fmt.Fprintf(a.err, a.words.pick(zh, en)+"\n", args...)
}

// table is rows of cells under a heading, aligned by what a terminal shows: East-Asian characters take two columns.
type table struct {
	heading []string
	rows    [][]string
	right   []int // columns of numbers
}

// header names the columns, each in both languages.
func (a *app) header(pairs ...string) []string {
	var names []string
	for _, p := range pairs {
		names = append(names, a.words.of(p))
	}
	return names
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write prints the table: two spaces between columns, none at the end of a line.
func (t *table) write(w io.Writer) {
	widths := make([]int, len(t.heading))
	lines := append([][]string{t.heading}, t.rows...)
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	for _, line := range lines {
		var b strings.Builder
		for i, cell := range line {
			padding := strings.Repeat(" ", widths[i]-columns(cell))
			if i > 0 {
				b.WriteString("  ")
			}
			if slices.Contains(t.right, i) {
				b.WriteString(padding + cell)
			} else {
				b.WriteString(cell + padding)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// columns is how many columns of a terminal a text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// fields prints names and values, one a line; empty values are left out.
func fields(w io.Writer, l language, pairs ...string) {
	widest := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		widest = max(widest, columns(l.of(pairs[i])))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		name := l.of(pairs[i])
		fmt.Fprintf(w, "%s%s  %s\n", name, strings.Repeat(" ", widest-columns(name)), pairs[i+1])
	}
}
