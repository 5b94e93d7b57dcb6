package payrun

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

// stranger is an event of another stream.
type stranger struct{}

func (stranger) EventType() string { return "office.opened" }

func TestEvolveLeavesStrangersAlone(t *testing.T) {
	s := released(t)
	require.Equal(t, s, Evolve(s, domain.Fact{Event: stranger{}}))
	require.Equal(t, State{}, Evolve(State{}, domain.Fact{}))
}

// Read models keep folds as JSON and go on from them.
func TestStateSurvivesJSON(t *testing.T) {
	for name, s := range scenes(t) {
		t.Run(name, func(t *testing.T) {
			b, err := json.Marshal(s)
			require.NoError(t, err)
			var read State
			require.NoError(t, json.Unmarshal(b, &read))
			require.Equal(t, s, read)
		})
	}
}

func scenes(t *testing.T) map[string]State {
	return map[string]State{
		"opened": opened(t), "preparing": preparing(t), "prepared": prepared(t), "awaiting": awaiting(t), "sent back": sentBack(t), "undone": undone(t),
		"released": released(t), "stopped": stopped(t, released(t), 1), "instructed": withBank(t), "rejected": rejected(t), "settled": settled(t),
		"settled without the bank": settledEmpty(t), "cancelled": cancelled(t, released(t)),
		"all stopped": stopped(t, stopped(t, stopped(t, released(t), 1), 3), 4),
	}
}

// Two folds that begin with the same state do not write into each other.
func TestEvolveSharesNothing(t *testing.T) {
	s := stopped(t, released(t), 1)
	one, other := stopped(t, s, 3), stopped(t, s, 4)
	require.Equal(t, 3, one.Stopped[1].Line)
	require.Equal(t, 4, other.Stopped[1].Line)
	require.Len(t, s.Stopped, 1)
}

func TestEvolve(t *testing.T) {
	require.Equal(t, Listing{Round: 1, Pages: 2, Lines: 4, Zeros: 1, Total: domain.MustMoney("220.50"), HeldPages: 1, Held: 1,
		Before: rollLines("", listLines()[:3]), Digest: rollLines("", listLines()), HeldBefore: "", HeldDigest: rollHeld("", listHeld())}, preparing(t).Listing)
	require.Equal(t, Listing{Round: 2}, Evolve(undone(t), domain.Fact{Event: Prepared{Round: 2}}).Listing.withoutPrepared())

	s := prepared(t)
	require.Equal(t, signoff.Submission{Round: 1, Rulebook: "rb-1", Sections: s.Listing.Sections, Totals: s.Listing.Totals}, s.Submission())
	require.Len(t, s.Listing.Sections, 2)

	s = stopped(t, rejected(t), 3)
	require.Equal(t, []Stop{{Line: 3, Draw: "draw-3", Amount: domain.MustMoney("100.50")}}, s.Stopped)
	require.Equal(t, Instruction{Number: 1, BankFiles: []string{"file-1"}, Lines: 3, Total: domain.MustMoney("220.50"), Rejected: true}, s.Instruction)
	require.False(t, instructed(t, s).Instruction.Rejected)
	require.Equal(t, Bank{Settled: domain.MustMoney("180.50"), Returned: domain.MustMoney("40.00")}, settled(t).Bank)
	require.Equal(t, 2, Evolve(withBank(t), domain.Fact{Event: Settled{Missing: 2}}).Bank.Missing)

	s = cancelled(t, undone(t))
	require.Equal(t, []int{2, 1}, []int{s.Undoing, s.Undone})
	require.Equal(t, signoff.Ended, s.Signing.Status)
	require.Equal(t, Stream(runID), s.Signing.Subject)
	require.Equal(t, "payrun-"+runID, Stream(runID))
}

func (l Listing) withoutPrepared() Listing {
	l.Prepared = false
	return l
}

func TestEventTypes(t *testing.T) {
	names := map[string]bool{}
	for _, e := range []domain.Event{Opened{}, Listed{}, HeldPage{}, Prepared{}, Submitted{}, SignedOff{}, SentBack{}, Released{}, Cancelled{}, StoppedLine{},
		Undone{}, Instructed{}, InstructionRejected{}, Settled{}} {
		require.Regexp(t, `^payrun\.[a-z-]+$`, e.EventType())
		names[e.EventType()] = true
	}
	require.Len(t, names, 14)
}

func TestNext(t *testing.T) {
	finance := "finance-340311"
	office := "office-340311101"
	bySection := awaiting(t)
	bySection.Signing.Chain = append([]signoff.Step{}, bySection.Signing.Chain...)
	bySection.Signing.Chain[1].Per = signoff.Section
	want := map[string]struct {
		next Next
		text string
	}{
		"opened":                   {Next{Wait: WaitList, Capacity: "town.handler", Office: office}, "the list has to be prepared by town.handler"},
		"preparing":                {Next{Wait: WaitList, Capacity: "town.handler", Office: office}, "the list has to be prepared by town.handler"},
		"prepared":                 {Next{Wait: WaitSubmission, Capacity: "town.handler", Office: office}, "the list has to be submitted by town.handler"},
		"awaiting":                 {Next{Wait: WaitSignature, Capacity: "town.head", Scopes: []string{"whole"}}, "town.head has to sign for: whole"},
		"sent back":                {Next{Wait: WaitUndoing}, "wait until the draws of the round are undone"},
		"undone":                   {Next{Wait: WaitList, Capacity: "town.handler", Office: office}, "the list has to be prepared by town.handler"},
		"released":                 {Next{Wait: WaitInstruction, Office: finance}, "the finance office has to instruct the bank"},
		"stopped":                  {Next{Wait: WaitInstruction, Office: finance}, "the finance office has to instruct the bank"},
		"all stopped":              {Next{Wait: WaitSettling, Office: finance}, "nothing is payable: the finance office settles the run"},
		"instructed":               {Next{Wait: WaitBank, Office: finance}, "wait for the bank's return file"},
		"rejected":                 {Next{Wait: WaitInstruction, Office: finance}, "the finance office has to instruct the bank"},
		"settled":                  {Next{Wait: WaitNothing}, "nothing more happens with this run: open another"},
		"settled without the bank": {Next{Wait: WaitNothing}, "nothing more happens with this run: open another"},
		"cancelled":                {Next{Wait: WaitUndoing}, "wait until the draws of the round are undone"},
	}
	all := scenes(t)
	require.Len(t, want, len(all))
	for name, w := range want {
		require.Equal(t, w.next, all[name].Next(), name)
		require.Equal(t, w.text, all[name].Next().String(), name)
	}
	require.Equal(t, []string{string(east), string(west)}, bySection.Next().Scopes)
}
