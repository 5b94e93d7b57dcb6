package bankfile

import (
	"slices"

	"almoner/domain"
)

// Book holds instruction lines in memory and classifies bank lines against them, one after the other. It is for one page
// or one run at a time: of a file of a million lines only those that a page asks for have to be in it.
type Book struct {
	lines     []Candidate
	byRef     map[string]int
	byAccount map[accountAmount][]int
}

// NewBook takes instruction lines with their states. It refuses two lines of one payRef and a line that is not positive.
func NewBook(lines []Candidate) (*Book, error) {
	b := &Book{byRef: make(map[string]int, len(lines)), byAccount: make(map[accountAmount][]int, len(lines)), lines: slices.Clone(lines)}
	for i, c := range b.lines {
		ref := c.Line.PayRef
		if ref == "" || c.Line.Amount.Sign() <= 0 {
			return nil, domain.Refuse(domain.Invalid, "bankfile.instruction-line", "instruction line %d (%q) has no payRef or pays nothing", i+1, ref).
				WithNext("take the lines from the pages of the released run, without those of 0.00")
		}
		if _, twice := b.byRef[ref]; twice {
			return nil, domain.Refuse(domain.Invalid, "bankfile.pay-ref-twice", "two instruction lines have the payRef %s", ref).
				WithNext("give each line once: a file sent again has the same lines")
		}
		b.byRef[ref] = i
		key := accountAmount{c.Line.Account, c.Line.Amount.String()}
		b.byAccount[key] = append(b.byAccount[key], i)
	}
	return b, nil
}

// accountAmount is an account token with an amount in its text form, which, unlike Money, can be a key.
type accountAmount struct{ account, amount string }

// Read classifies a line and takes it in: the next line is classified with what this one said.
func (b *Book) Read(file ReturnFile, l BankLine) Outcome {
	places := b.places(l.Wants())
	candidates := make([]Candidate, len(places))
	for i, at := range places {
		candidates[i] = b.lines[at]
	}
	out := Classify(file, l, candidates)
	if out.Candidate >= 0 {
		at := places[out.Candidate]
		b.lines[at].State = out.State
		b.lines[at].Line.Undrawn = b.lines[at].Line.Undrawn || out.Effect.Undraw
		out.Candidate = at
	}
	return out
}

func (b *Book) places(w Want) []int {
	if at, found := b.byRef[w.PayRef]; found {
		return []int{at}
	}
	if w.Account == "" {
		return nil
	}
	return b.byAccount[accountAmount{w.Account, w.Amount.String()}]
}

// Lines are the lines as they stand now, in the order in which NewBook got them: an Outcome's Candidate is an index into
// them.
func (b *Book) Lines() []Candidate { return slices.Clone(b.lines) }
