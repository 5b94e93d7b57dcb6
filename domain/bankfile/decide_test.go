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
		BankFile: "in-1", Commitment: "c", File: "key-2", Format: "csv", Parts: 1, ReceivedOn: january(11), Size: 90, Private: &File{Hash: "h", Name: "n", Salt: "s"},
	}
}

func aRead() ReadFile {
	return ReadFile{BankFile: "in-1", Findings: []Finding{{Count: 1, Rule: "bankfile.pay-ref"}}, Format: "csv", FormatHash: "fh", Lines: 3, Total: yuan("80.00")}
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

func wasRead(t *testing.T) State {
	t.Helper()
	s := receivedAndKept(t)
	events, err := DecideRead(s, aRead())
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Read(aRead())}, events)
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
	s := wasRead(t)
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

func TestAFileWithoutLinesIsClassifiedWhenRead(t *testing.T) {
	read := aRead()
	read.Lines, read.Total = 0, domain.Money{}
	s := receivedAndKept(t)
	require.Equal(t, StatusKept, s.Status)
	events, err := DecideRead(s, read)
	require.NoError(t, err)
	s = after(s, events...)
	require.Equal(t, StatusClassified, s.Status)
	require.True(t, s.Done, "nothing follows from no line")
}

func TestRead(t *testing.T) {
	_, err := DecideRead(State{}, aRead())
	refused(t, err, domain.NotFound, "bankfile.unknown")
	for _, s := range []State{after(State{}, Received(aReceive())), sentAndKept(t), after(wasRead(t), pageEvent(firstPage()))} {
		other := aRead()
		other.Format = "other"
		_, err := DecideRead(s, other)
		refused(t, err, domain.Conflict, "bankfile.not-readable")
		_, err = DecideUnreadable(s, Fail{Format: "csv", FormatHash: "fh", Rule: "bankfile.no-titles"})
		refused(t, err, domain.Conflict, "bankfile.not-readable")
	}
	for _, c := range []struct {
		name string
		edit func(*ReadFile)
		rule string
	}{
		{"no format", func(c *ReadFile) { c.Format = "" }, "bankfile.incomplete"},
		{"no hash", func(c *ReadFile) { c.FormatHash = "" }, "bankfile.incomplete"},
		{"fewer lines than none", func(c *ReadFile) { c.Lines = -1 }, "bankfile.counts"},
		{"more money than can be written", func(c *ReadFile) { c.Total = domain.Yuan(-1e14) }, "bankfile.counts"},
		{"a layout too long", func(c *ReadFile) { c.Descriptor = strings.Repeat("x", MaxDescriptor+1) }, "bankfile.descriptor-size"},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := aRead()
			c.edit(&read)
			_, err := DecideRead(receivedAndKept(t), read)
			refused(t, err, domain.Invalid, c.rule)
		})
	}
	events, err := DecideRead(wasRead(t), aRead())
	require.NoError(t, err)
	require.Empty(t, events, "the same again")
}

func TestUnreadableIsTriedAgainInAnotherLayout(t *testing.T) {
	s, fail := receivedAndKept(t), Fail{Format: "xlsx", FormatHash: "xh", Rule: "bankfile.no-titles"}
	_, err := DecideUnreadable(s, Fail{Format: "xlsx", FormatHash: "xh"})
	refused(t, err, domain.Invalid, "bankfile.rule")
	events, err := DecideUnreadable(s, fail)
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Unreadable{BankFile: "in-1", Format: "xlsx", FormatHash: "xh", Rule: "bankfile.no-titles"}}, events)
	s = after(s, events...)
	require.Equal(t, StatusUnreadable, s.Status)
	require.Equal(t, "xlsx", s.Format())
	events, err = DecideUnreadable(s, fail)
	require.NoError(t, err)
	require.Empty(t, events)
	_, err = DecideClassify(s, firstPage())
	refused(t, err, domain.Conflict, "bankfile.not-classifying")
	events, err = DecideRead(s, aRead())
	require.NoError(t, err)
	s = after(s, events...)
	require.Equal(t, StatusRead, s.Status)
	require.Nil(t, s.Unreadable)
}

func TestFollowed(t *testing.T) {
	_, err := DecideFollowed(State{}, 0)
	refused(t, err, domain.NotFound, "bankfile.unknown")
	half := after(wasRead(t), pageEvent(firstPage()))
	for page := range 3 {
		_, err = DecideFollowed(half, page)
		refused(t, err, domain.Conflict, "bankfile.not-followed")
	}
	whole := after(half, pageEvent(lastPage()))
	require.False(t, whole.Done)
	_, err = DecideFollowed(whole, 1)
	refused(t, err, domain.Conflict, "bankfile.not-followed")
	events, err := DecideFollowed(whole, 2)
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Followed{BankFile: "in-1", Page: 2}}, events)
	whole = after(whole, events...)
	require.True(t, whole.Done)
	events, err = DecideFollowed(whole, 2)
	require.NoError(t, err)
	require.Empty(t, events)

	rejected := after(sentAndKept(t), RefusedWhole{BankFile: "out-1", Proof: "in-9", Reason: "format"})
	require.False(t, rejected.Done)
	_, err = DecideFollowed(rejected, 1)
	refused(t, err, domain.Conflict, "bankfile.not-followed")
	events, err = DecideFollowed(rejected, 0)
	require.NoError(t, err)
	require.True(t, after(rejected, events...).Done)
}

func TestClassifyRefuses(t *testing.T) {
	_, err := DecideClassify(State{}, firstPage())
	refused(t, err, domain.NotFound, "bankfile.unknown")
	_, err = DecideClassify(after(State{}, Received(aReceive())), firstPage())
	refused(t, err, domain.Conflict, "bankfile.not-classifying")
	_, err = DecideClassify(sentAndKept(t), firstPage())
	refused(t, err, domain.Conflict, "bankfile.not-classifying")

	second := after(wasRead(t), pageEvent(firstPage()))
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
		{"a page left out", wasRead(t), whole(func(c *ClassifyPage) { c.Page = 2 }), "bankfile.page"},
		{"page 0", wasRead(t), whole(func(c *ClassifyPage) { c.Page = 0 }), "bankfile.page"},
		{"no lines", wasRead(t), ClassifyPage{Page: 1}, "bankfile.page"},
		{"too many lines", wasRead(t), ClassifyPage{Page: 1, Lines: make([]ClassifiedLine, MaxPage+1)}, "bankfile.page"},
		{"lines not in order", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[1].Line = 2 }), "bankfile.line"},
		{"line 0", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Line = 0 }), "bankfile.line"},
		{"a line of the page before", second, last(func(c *ClassifyPage) { c.Lines[0].Line = 3 }), "bankfile.line"},
		{"no class", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Class = "" }), "bankfile.line"},
		{"a draw too long", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Draw = strings.Repeat("d", 37) }), "bankfile.line"},
		{"a number too long", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Serial = strings.Repeat("9", 33) }), "bankfile.line"},
		{"a reason too long", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Reason = strings.Repeat("r", 33) }), "bankfile.line"},
		{"an amount too large", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Amount = domain.Yuan(1e14) }), "bankfile.line"},
		{"an unknown line with an effect", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Class = Unknown }), "bankfile.line"},
		{"a known line without one", wasRead(t), whole(func(c *ClassifyPage) { c.Effects = c.Effects[:1] }), "bankfile.line"},
		{"an effect without a line", wasRead(t), whole(func(c *ClassifyPage) { c.Effects = append(c.Effects, Effect{Line: 4}) }), "bankfile.line"},
		{"effects in another order", wasRead(t), whole(func(c *ClassifyPage) { c.Effects[0], c.Effects[1] = c.Effects[1], c.Effects[0] }), "bankfile.line"},
		{"an effect on no draw", wasRead(t), whole(func(c *ClassifyPage) { c.Lines[0].Draw = "" }), "bankfile.line"},
		{"an effect without payRef", wasRead(t), whole(func(c *ClassifyPage) { c.Effects[0].PayRef = "" }), "bankfile.line"},
		{"an effect with a payRef too long", wasRead(t), whole(func(c *ClassifyPage) { c.Effects[0].PayRef = strings.Repeat("P", 37) }), "bankfile.line"},
		{"an effect without a day", wasRead(t), whole(func(c *ClassifyPage) { c.Effects[0].Day = domain.Date{} }), "bankfile.line"},
		{"an effect without a result", wasRead(t), whole(func(c *ClassifyPage) { c.Effects[0].Result = "" }), "bankfile.line"},
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
	_, err := DecideRefuseWhole(State{}, RefuseWhole{Proof: "in-9", Reason: "format"})
	refused(t, err, domain.NotFound, "bankfile.unknown")
	for _, s := range []State{after(State{}, Sent(aSend())), receivedAndKept(t)} {
		_, err = DecideRefuseWhole(s, RefuseWhole{Proof: "in-9", Reason: "format"})
		refused(t, err, domain.Conflict, "bankfile.not-sent")
	}
	s := sentAndKept(t)
	_, err = DecideRefuseWhole(s, RefuseWhole{Proof: "in-9", Reason: "format", Booked: 1})
	refused(t, err, domain.Conflict, "bankfile.booked")
	_, err = DecideRefuseWhole(s, RefuseWhole{Reason: "format"})
	refused(t, err, domain.Invalid, "bankfile.proof")
	for _, reason := range []string{"", strings.Repeat("r", 33)} {
		_, err = DecideRefuseWhole(s, RefuseWhole{Proof: "in-9", Reason: reason})
		refused(t, err, domain.Invalid, "bankfile.reason")
	}
	events, err := DecideRefuseWhole(s, RefuseWhole{Proof: "in-9", Reason: "format"})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{RefusedWhole{BankFile: "out-1", Proof: "in-9", Reason: "format"}}, events)
	s = after(s, events...)
	require.Equal(t, StatusRefused, s.Status)
	require.Equal(t, "format", s.Refusal.Reason)
	events, err = DecideRefuseWhole(s, RefuseWhole{Proof: "in-9", Reason: "format"})
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
