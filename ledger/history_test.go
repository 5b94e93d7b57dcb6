package ledger_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/eventstore/faulty"
	"almoner/ledger"
	"almoner/projections"
)

// TestRandomHistories plays random years of two towns through the ledger, on a store that refuses, loses answers, writes twice
// and breaks off reads, and compares the read models with a model of a few pages: who is on the roll on every day, every
// line and held line of every run, what was paid, what was overpaid; and that what was known once is answered the
// same ever after. A command that a fault interrupted is given again under its id, as a clerk's browser would.
func TestRandomHistories(t *testing.T) {
	if testing.Short() {
		limitChecks(t, "12")
	}
	founded := filepath.Join(t.TempDir(), "founded")
	require.NoError(t, os.Mkdir(founded, 0o700))
	require.NoError(t, foundCounty(t.Context(), founded))
	folders := memoryFolder(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(folders, fmt.Sprint(n))
		defer func() { require.NoError(t, os.RemoveAll(dir)) }()
		require.NoError(t, copyCounty(founded, dir))
		h := &history{t: t, dir: dir, today: domain.MustDate("2022-01-05"), rng: rand.New(rand.NewSource(rapid.Int64().Draw(t, "faults")))}
		h.open()
		h.c.clock.set(h.today)
		defer func() { require.NoError(t, h.c.Close()) }()
		h.people()
		t.Repeat(h.actions())
		h.end()
	})
}

// memoryFolder is a folder in memory where the system has one: there a commit costs nothing, and nothing here is about disks.
func memoryFolder(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "almoner")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// limitChecks makes rapid check less often for the length of a test, unless the command line says how often.
func limitChecks(t *testing.T, checks string) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	require.NoError(t, f.Value.Set(checks))
	t.Cleanup(func() { require.NoError(t, f.Value.Set(f.DefValue)) })
}

type history struct {
	t      *rapid.T
	dir    string
	c      *county
	rng    *rand.Rand // of the faults
	faults *faulty.Store
	today  domain.Date
	serial int
	steps  int
	all    []*member
	runs   []*run
	known  []knowing

	refunded int // yuan
}

// knowing is an answer that was given once.
type knowing struct {
	index int64
	day   domain.Date
	roll  []onRoll
}

func (h *history) open() {
	var err error
	h.c, err = openCounty(context.Background(), h.dir, false, func(inner eventstore.Store) eventstore.Store {
		h.faults = faulty.New(inner, h.rng, faulty.Faults{FailBefore: 0.04, FailAfter: 0.04, Repeat: 0.04, CutRead: 0.004})
		h.faults.Off() // opening is not repeated here
		return h.faults
	})
	require.NoError(h.t, err)
	h.faults.On()
}

func (h *history) people() {
	for n := range 5 {
		first := rapid.IntRange(firstMonth, 4).Draw(h.t, "sixty in")
		birth := monthOf(first).First().AddYears(-60)
		h.all = append(h.all, &member{
			n: n, first: first, last: open, name: domain.PersonName("虚构" + string(rune('甲'+n))), number: countyNumber(strings.ReplaceAll(birth.String(), "-", ""), n),
		})
	}
}

func monthOf(n int) domain.Period { return domain.MustPeriod("2022-01").Add(n) }

// now is the present month.
func (h *history) now() int { return (h.today.Year-2022)*12 + int(h.today.Month) - 1 }

// pass lets days go by; no history leaves the model's months.
func (h *history) pass() {
	if later := h.today.AddDays(rapid.IntRange(0, 14).Draw(h.t, "days")); later.Before(monthOf(lastMonth - 2).First()) {
		h.today = later
	}
	h.c.clock.set(h.today)
}

func (h *history) actions() map[string]func(*rapid.T) {
	actions := map[string]func(*rapid.T){}
	for name, do := range map[string]func(){
		"admit": h.admit, "admit by list": h.admitByList, "leave": h.leave, "take the exit back": h.comeBack, "change class": h.changeClass,
		"suspend": h.suspend, "resume": h.resume, "transfer": h.transfer, "record account": h.recordAccount, "plan a set-off": h.planSetOff, "refund": h.refund,
		"pay": h.pay, "pay too": h.pay, "pay more": h.pay, "finish run": h.finishRun, "reopen": h.reopen,
	} {
		actions[name] = func(t *rapid.T) {
			h.t = t
			do()
			if h.steps++; h.steps%4 == 0 {
				h.compare()
			}
		}
	}
	return actions
}

// one picks somebody to whom a thing can happen, or skips the action.
func (h *history) one(can func(*member) bool) *member {
	var some []*member
	for _, p := range h.all {
		if can(p) {
			some = append(some, p)
		}
	}
	if len(some) == 0 {
		h.t.Skip("nobody")
	}
	h.pass()
	return rapid.SampledFrom(some).Draw(h.t, "who")
}

func staying(p *member) bool { return p.enrolled && !p.gone() }

// between draws a month; both ends are included.
func (h *history) between(first, last int, what string) int {
	if last < first {
		h.t.Skip("no month")
	}
	return rapid.IntRange(first, last).Draw(h.t, what)
}

// next is a fresh command id.
func (h *history) next() string {
	h.serial++
	return fmt.Sprintf("history-%d", h.serial)
}

// again gives a command until no fault interrupts it. Every attempt has the same id.
func (h *history) again(command func() error) {
	h.t.Helper()
	for range 200 {
		err := command()
		if !errors.Is(err, faulty.ErrInjected) {
			require.NoError(h.t, err)
			return
		}
	}
	h.t.Fatal("no attempt of 200 got through")
}

// change carries a case about one person through its signatures: a handler alone may withhold on a suspected death.
func (h *history) change(p *member, office string, r ledger.CaseRequest) {
	h.t.Helper()
	r.Programme, r.Office = programme, office
	r.Row.Name, r.Row.Number = p.name, domain.CitizenNumber(p.number)
	if r.Row.Area == "" {
		r.Row.Area = p.latest().village
	}
	handler, opening, submitting := handlerOf(office), h.next(), h.next()
	var id string
	h.again(func() (err error) {
		id, _, err = h.c.ledger.OpenCase(context.Background(), ledger.Command{Actor: handler, ID: opening}, r)
		return err
	})
	s := ledger.Subject{Kind: ledger.CaseSubject, ID: id}
	if r.Kind == change.Suspension && r.Reason == "suspected-death" {
		h.again(func() error { _, err := h.c.submit(context.Background(), submitting, handler, s); return err })
	} else {
		h.sign(s, office, submitting, h.next())
	}
	h.requireApplied(id)
}

func (h *history) requireApplied(id string) {
	h.t.Helper()
	h.again(func() error {
		s, err := h.c.ledger.Case(context.Background(), id)
		if err == nil {
			require.Equal(h.t, "applied", string(s.Status), "failed for %s", s.Failed)
		}
		return err
	})
}

// compare looks at every month end, at every month's money, and at old knowledge.
func (h *history) compare() {
	h.t.Helper()
	ctx := context.Background()
	require.NoError(h.t, h.c.synced(ctx))
	for month := firstMonth; month <= lastMonth; month++ {
		require.Equal(h.t, rollOf(h.all, month), h.roll(monthOf(month).Last(), projections.Known{}), "roll of month %d", month)
		for _, office := range []string{north, south} {
			t, err := h.c.views.Totals(ctx, projections.TotalsQuery{Period: monthOf(month), Programme: programme, Office: office})
			require.NoError(h.t, err)
			have := sums{t.Lines, t.Persons, yuan(t.Due), yuan(t.Arrears), yuan(t.Deducted), yuan(t.Recovered), yuan(t.Net)}
			require.Equal(h.t, sumsOf(h.runs, office, month), have, "totals of %s in month %d", office, month)
		}
	}
	h.compareOverpaid()
	h.remember()
}

func yuan(m domain.Money) int { return int(m.Fen() / 100) }

func (h *history) compareOverpaid() {
	h.t.Helper()
	_, all, err := h.c.views.Overpayments(context.Background(), projections.OverpaymentFilter{})
	require.NoError(h.t, err)
	want, have := map[string]int{}, map[string]int{}
	for _, p := range h.all {
		for _, d := range p.debts {
			if d.left() != 0 {
				want[p.person] += d.left()
			}
		}
	}
	for _, o := range all {
		have[o.Person] += yuan(o.Outstanding)
	}
	require.Equal(h.t, want, have, "overpaid")
	h.compareRecovered()
}

// compareRecovered: every recovery ledger foots, and what people paid back stands in the funds.
func (h *history) compareRecovered() {
	h.t.Helper()
	ctx := context.Background()
	_, all, _, err := h.c.views.Recoveries(ctx, projections.RecoveryFilter{All: true})
	require.NoError(h.t, err)
	sign := map[beneficiary.EntryKind]int{
		beneficiary.EntryFound: 1, beneficiary.EntryVoid: -1, beneficiary.EntrySetOff: -1, beneficiary.EntrySetOffUndone: 1, beneficiary.EntryRecovered: -1,
	}
	for _, r := range all {
		left := 0
		for _, e := range r.Entries {
			left += sign[e.Kind] * yuan(e.Amount)
		}
		require.Equal(h.t, yuan(r.Outstanding), left, "entries of %s: %v", r.ID, r.Entries)
	}
	_, funds, err := h.c.views.Funds(ctx, projections.FundFilter{})
	require.NoError(h.t, err)
	booked := 0
	for _, f := range funds {
		booked += yuan(f.State.Recovered)
	}
	require.Equal(h.t, h.refunded, booked, "refunds in funds")
}

// roll asks the read models.
func (h *history) roll(day domain.Date, known projections.Known) []onRoll {
	h.t.Helper()
	r, err := h.c.views.Roll(context.Background(), projections.RollQuery{Programme: programme, AsOf: day, KnownAt: known})
	require.NoError(h.t, err)
	roll := []onRoll{}
	for _, e := range r.Entries {
		roll = append(roll, onRoll{e.Person, e.Office, domain.AreaCode(e.Village), e.Class, string(e.Status)})
	}
	slices.SortFunc(roll, func(a, b onRoll) int { return cmp.Compare(a.Person, b.Person) })
	return roll
}

// remember keeps what is answered for the present and for some moment in the past, and asks again what was answered before.
func (h *history) remember() {
	h.t.Helper()
	for _, k := range h.known {
		require.Equal(h.t, k.roll, h.roll(k.day, projections.KnownIndex(k.index)), "roll of %s as known at %d", k.day, k.index)
	}
	status, err := h.c.views.Status(context.Background())
	require.NoError(h.t, err)
	day := monthOf(rapid.IntRange(firstMonth, lastMonth).Draw(h.t, "asked for")).Last()
	for _, index := range []int64{status.LogIndex, rapid.Int64Range(0, status.LogIndex).Draw(h.t, "known at")} {
		h.known = append(h.known, knowing{index, day, h.roll(day, projections.KnownIndex(index))})
	}
}

// end pays everybody what is left, and looks at everything once more. Whoever can be paid was then paid what is due, neither more
// nor less, but for what was found overpaid and what lines still carry.
func (h *history) end() {
	for _, r := range h.runs {
		if !r.released && !r.over {
			h.release(r)
		}
	}
	for _, office := range []string{north, south} {
		r := &run{office: office, month: h.now()}
		if h.payFor(r, payrun.Regular) {
			h.release(r)
		}
	}
	h.compare()
	h.faults.Off()
	requireSound(h.t, h.c)
}
