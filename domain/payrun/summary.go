package payrun

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Summarize returns what a list comes to: the totals of the whole, and those of each village in the order of their codes.
// The root of each is the RFC 6962 root over the leaves of its lines in line order. A village whose people are all held
// has a section of no lines. Sections is nil for an empty list. It fails only on a leaf that is not a hash.
func Summarize(lines []Line, held []HeldLine) (signoff.Totals, []signoff.SectionTotals, error) {
	var whole tally
	villages := map[domain.AreaCode]*tally{}
	village := func(code domain.AreaCode) *tally {
		if villages[code] == nil {
			villages[code] = &tally{}
		}
		return villages[code]
	}
	for _, l := range lines {
		leaf, err := signoff.ParseHex(l.Leaf)
		if err != nil {
			return signoff.Totals{}, nil, fmt.Errorf("summarize line %d: %w", l.Line, err)
		}
		whole.add(leaf, l.Amount)
		village(l.Village).add(leaf, l.Amount)
	}
	whole.held = len(held)
	for _, h := range held {
		village(h.Village).held++
	}
	var sections []signoff.SectionTotals
	for _, code := range slices.Sorted(maps.Keys(villages)) {
		sections = append(sections, signoff.SectionTotals{Scope: string(code), Totals: villages[code].totals()})
	}
	return whole.totals(), sections, nil
}

// tally counts one scope of a list.
type tally struct {
	leaves []tlog.Hash
	total  domain.Money
	held   int
}

func (t *tally) add(leaf tlog.Hash, amount domain.Money) {
	t.leaves = append(t.leaves, leaf)
	t.total = t.total.Add(amount)
}

func (t *tally) totals() signoff.Totals {
	return signoff.Totals{Held: t.held, Lines: len(t.leaves), Root: signoff.Hex(signoff.Root(t.leaves)), Total: t.total.String()}
}

// rollLines continues the running digest of a list by lines. It lets a state that keeps no lines tell whether the lines it
// is shown later are the ones it was shown before.
func rollLines(digest string, lines []Line) string {
	for _, l := range lines {
		digest = roll(digest, l.Amount.String(), l.Draw, l.Leaf, strconv.Itoa(l.Line), l.PayRef, l.Person, strconv.FormatInt(l.Revision, 10), string(l.Village))
	}
	return digest
}

// rollHeld is rollLines for held lines.
func rollHeld(digest string, lines []HeldLine) string {
	for _, l := range lines {
		digest = roll(digest, l.Amount.String(), l.Enrolment, l.Grant, l.Person, string(l.Reason), string(l.Village))
	}
	return digest
}

// roll hashes a digest with the fields of one more line. Each field is quoted, so that no two lines read the same.
func roll(digest string, fields ...string) string {
	var b strings.Builder
	b.WriteString(digest)
	for _, f := range fields {
		b.WriteString(strconv.Quote(f))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
