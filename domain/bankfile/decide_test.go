package bankfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func aSend() Send {
	return Send{
		BankFile: "out-1", Commitment: "c", File: "key-1", Format: "csv", Instruction: 1, Lines: 2, Parts: 2, Runs: []string{"r1", "r2"},
		Size: 90, Total: yuan("160.00"), Private: &File{Hash: "h", Name: "n", Salt: "s"},
	}
}

func aReceive() Receive {
	return Receive{
		BankFile: "in-1", Commitment: "c", File: "key-2", Format: "csv", Lines: 3, Parts: 1, ReceivedOn: january(11), Size: 90,
		Total: yuan("80.00"), Private: &File{Hash: "h", Name: "n", Salt: "s"},
	}
}

// after folds events, as they would be read back: with their private parts.
func after(s State, events ...domain.Event) State {
	for _, e := range events {
		s = Evolve(s, domain.Fact{Event: e})
	}
	return s
}

func keep(n int) Keep { return Keep{Part: n, Private: &Bytes{Gzip: "AAAA"}} }

func sentAndKept(t *testing.T) State {
	t.Helper()
	s := after(State{}, Sent(aSend()))
	for n := range 2 {
		events, err := DecideKeep(s, keep(n+1))
		require.NoError(t, err)
		require.Len(t, events, 1)
		s = after(s, events...)
	}
	return s
}

func receivedAndKept(t *testing.T) State {
	t.Helper()
	s := after(State{}, Received(aReceive()))
	events, err := DecideKeep(s, keep(1))
	require.NoError(t, err)
	return after(s, events...)
}

// pages of three lines: 80.00 paid, 80.00 reversed, 80.00 of somebody unknown.
func firstPage() ClassifyPage {
	return ClassifyPage{
		Page:    1,
		Lines:   []ClassifiedLine{{Amount: yuan("80.00"), Class: Matched, Draw: "d1", Line: 2}, {Amount: yuan("-80.00"), Class: Reversed, Draw: "d1", Line: 3}},
		Effects: []Effect{{Day: january(5), Line: 2, PayRef: "P1", Result: ResultPaid}, {Day: january(5), Line: 3, PayRef: "P1", Result: ResultReversed, Undraw: true}},
	}
}

func lastPage() ClassifyPage {
	return ClassifyPage{Page: 2, Lines: []ClassifiedLine{{Amount: yuan("80.00"), Class: Unknown, Line: 7, Reason: WhyNoLine}}}
}

func pageEvent(c ClassifyPage) Classified {
	return Classified{BankFile: "in-1", Effects: c.Effects, Lines: c.Lines, Page: c.Page}
}

func TestSend(t *testing.T) {
	events, err := DecideSend(State{}, aSend())
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Sent(aSend())}, events)
	s := after(State{}, events...)
	require.Equal(t, StatusKeeping, s.Status)
	require.Nil(t, s.Sent.Private, "a state keeps nothing sealed")

	events, err = DecideSend(s, aSend())
	require.NoError(t, err)
	require.Empty(t, events)
	other := aSend()
	other.Total = yuan("160.01")
	_, err = DecideSend(s, other)
	refused(t, err, domain.Conflict, "bankfile.exists")
	_, err = DecideSend(after(State{}, Received(aReceive())), aSend())
	refused(t, err, domain.Conflict, "bankfile.exists")

	for _, c := range []struct {
		name string
		edit func(*Send)
		rule string
	}{
		{"no id", func(c *Send) { c.BankFile = "" }, "bankfile.incomplete"},
		{"no commitment", func(c *Send) { c.Commitment = "" }, "bankfile.incomplete"},
		{"no key", func(c *Send) { c.File = "" }, "bankfile.incomplete"},
		{"no format", func(c *Send) { c.Format = "" }, "bankfile.incomplete"},
		{"no parts", func(c *Send) { c.Parts = 0 }, "bankfile.empty"},
		{"no bytes", func(c *Send) { c.Size = 0 }, "bankfile.empty"},
		{"nothing private", func(c *Send) { c.Private = nil }, "bankfile.hash"},
		{"no hash", func(c *Send) { c.Private = &File{Name: "n"} }, "bankfile.hash"},
		{"no instruction", func(c *Send) { c.Instruction = 0 }, "bankfile.nothing-to-pay"},
		{"no lines", func(c *Send) { c.Lines = 0 }, "bankfile.nothing-to-pay"},
		{"no money", func(c *Send) { c.Total = domain.Money{} }, "bankfile.nothing-to-pay"},
		{"more money than can be written", func(c *Send) { c.Total = domain.Yuan(1e14) }, "bankfile.nothing-to-pay"},
		{"no run", func(c *Send) { c.Runs = nil }, "bankfile.runs"},
		{"a run without id", func(c *Send) { c.Runs = []string{""} }, "bankfile.runs"},
		{"a run twice", func(c *Send) { c.Runs = []string{"r1", "r1"} }, "bankfile.runs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			send := aSend()
			c.edit(&send)
			_, err := DecideSend(State{}, send)
			refused(t, err, domain.Invalid, c.rule)
		})
	}
}

func TestReceive(t *testing.T) {
	events, err := DecideReceive(State{}, aReceive())
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Received(aReceive())}, events)
	s := after(State{}, events...)
	require.Nil(t, s.Received.Private)

	events, err = DecideReceive(s, aReceive())
	require.NoError(t, err)
	require.Empty(t, events)
	other := aReceive()
	other.Commitment = "other"
	_, err = DecideReceive(s, other)
	refused(t, err, domain.Conflict, "bankfile.exists")
	_, err = DecideReceive(after(State{}, Sent(aSend())), aReceive())
	refused(t, err, domain.Conflict, "bankfile.exists")

	for _, c := range []struct {
		name string
		edit func(*Receive)
		rule string
	}{
		{"no id", func(c *Receive) { c.BankFile = "" }, "bankfile.incomplete"},
		{"no bytes", func(c *Receive) { c.Size = 0 }, "bankfile.empty"},
		{"no hash", func(c *Receive) { c.Private = nil }, "bankfile.hash"},
		{"no day", func(c *Receive) { c.ReceivedOn = domain.Date{} }, "bankfile.received-on"},
		{"no such day", func(c *Receive) { c.ReceivedOn = domain.Date{Year: 2022, Month: 2, Day: 30} }, "bankfile.received-on"},
		{"fewer lines than none", func(c *Receive) { c.Lines = -1 }, "bankfile.counts"},
		{"more money than can be written", func(c *Receive) { c.Total = domain.Yuan(-1e14) }, "bankfile.counts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			receive := aReceive()
			c.edit(&receive)
			_, err := DecideReceive(State{}, receive)
			refused(t, err, domain.Invalid, c.rule)
		})
	}
}

func TestKeep(t *testing.T) {
	_, err := DecideKeep(State{}, keep(1))
	refused(t, err, domain.NotFound, "bankfile.unknown")

	s := after(State{}, Sent(aSend()))
	for _, n := range []int{-1, 0, 2, 3} {
		_, err = DecideKeep(s, keep(n))
		refused(t, err, domain.Conflict, "bankfile.part-order")
	}
	for _, empty := range []*Bytes{nil, {}} {
		_, err = DecideKeep(s, Keep{Part: 1, Private: empty})
		refused(t, err, domain.Invalid, "bankfile.part-empty")
	}
	events, err := DecideKeep(s, keep(1))
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Part{BankFile: "out-1", File: "key-1", Part: 1, Private: &Bytes{Gzip: "AAAA"}}}, events)
	s = after(s, events...)
	require.Equal(t, StatusKeeping, s.Status)
	events, err = DecideKeep(s, keep(1))
	require.NoError(t, err)
	require.Empty(t, events)

	s = sentAndKept(t)
	require.Equal(t, StatusKept, s.Status)
	_, err = DecideKeep(s, keep(3))
	refused(t, err, domain.Conflict, "bankfile.part-order")
	require.Equal(t, StatusKept, receivedAndKept(t).Status)
	require.Equal(t, "key-2", receivedAndKept(t).key())
}

func TestClassify(t *testing.T) {
	s := receivedAndKept(t)
	events, err := DecideClassify(s, firstPage())
	require.NoError(t, err)
	require.Equal(t, []domain.Event{pageEvent(firstPage())}, events)
	s = after(s, events...)
	require.Equal(t, StatusClassifying, s.Status)
	require.Equal(t, 2, s.Lines)

	events, err = DecideClassify(s, firstPage())
	require.NoError(t, err)
	require.Empty(t, events, "the page that stands")
	other := firstPage()
	other.Lines[0].Late = true
	_, err = DecideClassify(s, other)
	refused(t, err, domain.Conflict, "bankfile.page")

	events, err = DecideClassify(s, lastPage())
	require.NoError(t, err)
	s = after(s, events...)
	require.Equal(t, StatusClassified, s.Status)
	require.Equal(t, ClassSum{Class: Unknown, Lines: 1, Amount: yuan("80.00")}, s.Classes[6])
	require.Equal(t, ClassSum{Class: Reversed, Lines: 1, Amount: yuan("-80.00")}, s.Classes[7])
	require.Equal(t, "80.00", s.Total.String())

	again := lastPage()
	again.Effects = []Effect{} // as it may be read back
	events, err = DecideClassify(s, again)
	require.NoError(t, err)
	require.Empty(t, events)
	_, err = DecideClassify(s, ClassifyPage{Page: 3, Lines: lastPage().Lines})
	refused(t, err, domain.Conflict, "bankfile.not-classifying")
}

func TestAFileWithoutLinesIsClassifiedWhenKept(t *testing.T) {
	receive := aReceive()
	receive.Lines, receive.Total = 0, domain.Money{}
	s := after(State{}, Received(receive))
	require.Equal(t, StatusKeeping, s.Status)
	require.Equal(t, StatusClassified, after(s, Part{BankFile: "in-1", Part: 1}).Status)
}

func TestClassifyRefuses(t *testing.T) {
	_, err := DecideClassify(State{}, firstPage())
	refused(t, err, domain.NotFound, "bankfile.unknown")
	_, err = DecideClassify(after(State{}, Received(aReceive())), firstPage())
	refused(t, err, domain.Conflict, "bankfile.not-classifying")
	_, err = DecideClassify(sentAndKept(t), firstPage())
	refused(t, err, domain.Conflict, "bankfile.not-classifying")

	second := after(receivedAndKept(t), pageEvent(firstPage()))
	whole := func(edit func(*ClassifyPage)) ClassifyPage {
		c := firstPage()
		edit(&c)
		return c
	}
	last := func(edit func(*ClassifyPage)) ClassifyPage {
		c := lastPage()
		edit(&c)
		return c
	}
	for _, c := range []struct {
		name  string
		state State
		page  ClassifyPage
		rule  string
	}{
		{"a page left out", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Page = 2 }), "bankfile.page"},
		{"page 0", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Page = 0 }), "bankfile.page"},
		{"no lines", receivedAndKept(t), ClassifyPage{Page: 1}, "bankfile.page"},
		{"too many lines", receivedAndKept(t), ClassifyPage{Page: 1, Lines: make([]ClassifiedLine, MaxPage+1)}, "bankfile.page"},
		{"lines not in order", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[1].Line = 2 }), "bankfile.line"},
		{"line 0", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Line = 0 }), "bankfile.line"},
		{"a line of the page before", second, last(func(c *ClassifyPage) { c.Lines[0].Line = 3 }), "bankfile.line"},
		{"no class", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Class = "" }), "bankfile.line"},
		{"a draw too long", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Draw = strings.Repeat("d", 37) }), "bankfile.line"},
		{"a number too long", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Serial = strings.Repeat("9", 33) }), "bankfile.line"},
		{"a reason too long", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Reason = strings.Repeat("r", 33) }), "bankfile.line"},
		{"an amount too large", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Amount = domain.Yuan(1e14) }), "bankfile.line"},
		{"an unknown line with an effect", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Class = Unknown }), "bankfile.line"},
		{"a known line without one", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Effects = c.Effects[:1] }), "bankfile.line"},
		{"an effect without a line", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Effects = append(c.Effects, Effect{Line: 4}) }), "bankfile.line"},
		{"effects in another order", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Effects[0], c.Effects[1] = c.Effects[1], c.Effects[0] }), "bankfile.line"},
		{"an effect on no draw", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Lines[0].Draw = "" }), "bankfile.line"},
		{"an effect without payRef", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Effects[0].PayRef = "" }), "bankfile.line"},
		{"an effect with a payRef too long", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Effects[0].PayRef = strings.Repeat("P", 37) }), "bankfile.line"},
		{"an effect without a day", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Effects[0].Day = domain.Date{} }), "bankfile.line"},
		{"an effect without a result", receivedAndKept(t), whole(func(c *ClassifyPage) { c.Effects[0].Result = "" }), "bankfile.line"},
		{"more lines than the file has", second, last(func(c *ClassifyPage) {
			c.Lines = append(c.Lines, ClassifiedLine{Class: Unknown, Line: 8})
		}), "bankfile.too-many-lines"},
		{"a sum that is not the file's", second, last(func(c *ClassifyPage) { c.Lines[0].Amount = yuan("80.01") }), "bankfile.footing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := DecideClassify(c.state, c.page)
			var r *domain.RefusedError
			require.ErrorAs(t, err, &r)
			require.Equal(t, c.rule, r.Rule)
			require.NotEmpty(t, r.Next)
		})
	}
}

func TestRefuseWhole(t *testing.T) {
	_, err := DecideRefuseWhole(State{}, RefuseWhole{Reason: "format"})
	refused(t, err, domain.NotFound, "bankfile.unknown")
	for _, s := range []State{after(State{}, Sent(aSend())), receivedAndKept(t)} {
		_, err = DecideRefuseWhole(s, RefuseWhole{Reason: "format"})
		refused(t, err, domain.Conflict, "bankfile.not-sent")
	}
	s := sentAndKept(t)
	_, err = DecideRefuseWhole(s, RefuseWhole{Reason: "format", Booked: 1})
	refused(t, err, domain.Conflict, "bankfile.booked")
	for _, reason := range []string{"", strings.Repeat("r", 33)} {
		_, err = DecideRefuseWhole(s, RefuseWhole{Reason: reason})
		refused(t, err, domain.Invalid, "bankfile.reason")
	}
	events, err := DecideRefuseWhole(s, RefuseWhole{Reason: "format"})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{RefusedWhole{BankFile: "out-1", Reason: "format"}}, events)
	s = after(s, events...)
	require.Equal(t, StatusRefused, s.Status)
	require.Equal(t, "format", s.Refusal.Reason)
	events, err = DecideRefuseWhole(s, RefuseWhole{Reason: "format"})
	require.NoError(t, err)
	require.Empty(t, events)
}

func TestEvolveOfAFileSharesNothing(t *testing.T) {
	kept := receivedAndKept(t)
	one := after(kept, pageEvent(firstPage()))
	require.Equal(t, 0, kept.Classes[0].Lines)
	require.Equal(t, 1, one.Classes[0].Lines)
	require.Equal(t, one, after(one, domain.Event(other{})), "an event of another stream changes nothing")
}

type other struct{}

func (other) EventType() string { return "other.happened" }
