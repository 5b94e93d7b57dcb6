package projections

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
)

// testBook pays 80.00 for each month by the month, on its 25th: the shipped national rules with another schedule and region.
func testBook(t *testing.T) (*rulebook.Rulebook, string) {
	t.Helper()
	raw, err := rulebook.ShippedSource("rural-reward@000000")
	require.NoError(t, err)
	source := string(raw)
	for _, r := range [][2]string{{"covers: year", "covers: month"}, {"payout-month: 12", "payout-month: 1"}, {"payout-day: 31", "payout-day: 25"}, {`region: "000000"`, `region: "340523"`},
		{"policy: year\n  event: paid\n  document: death-year", "policy: month-of\n  event: paid\n  document: death-year"}} {
		require.Equal(t, 1, strings.Count(source, r[0]), r[0])
		source = strings.Replace(source, r[0], r[1], 1)
	}
	book, err := rulebook.Parse([]byte(source))
	require.NoError(t, err)
	return book, source
}

// examinedTown is a town with its rulebook published under the hash that its runs name, and people on the roll from January.
func examinedTown(t *testing.T, persons ...string) (*bank, *rulebook.Rulebook) {
	t.Helper()
	h := newHistory(t)
	h.offices()
	book, source := testBook(t)
	h.add(rulebook.Stream("rural-reward@340523"), rulebook.Proposed{Chain: chain(), Hash: "sha256:x", Rulebook: "rural-reward@340523", Source: source},
		rulebook.Published{Hash: "sha256:x", PublishedOn: domain.MustDate("2022-01-03"), Rulebook: "rural-reward@340523"})
	for _, p := range persons {
		h.enrol(p, village1, "2022-01", national)
	}
	return newBank(h), book
}

// national makes an enrolment one of the class that the test's rulebook has.
func national(e *beneficiary.Enrolled) { e.Classes[0].Key = rulebook.Key{} }

func (h *history) exit(person, reason, on, last string) {
	e := beneficiary.Exited{Enrolment: "e-" + person, Fault: beneficiary.NoFault, OccurredOn: domain.MustDate(on), Policy: "month-of", Reason: reason, ReportedBy: "village", ReportedOn: domain.DateOf(h.clock)}
	if last != "" {
		e.LastUnit = domain.MustPeriod(last)
	}
	h.person(person, e)
}

// found runs one test and says of each finding who, when and where.
func found(t *testing.T, v *Views, q ExceptionQuery) []string {
	t.Helper()
	r, err := v.Exceptions(t.Context(), q)
	require.NoError(t, err)
	out := []string{}
	for _, f := range r.Findings {
		require.NotEmpty(t, f.Zh)
		require.NotEmpty(t, f.En)
		require.NotEmpty(t, f.Events, "a finding names the events that show it")
		out = append(out, strings.TrimSpace(f.Person+" "+f.Unit.String()+" "+f.Amount.String()+" "+f.Run))
	}
	return out
}

func only(test ExceptionTest, asOf string) ExceptionQuery {
	q := ExceptionQuery{Tests: []ExceptionTest{test}}
	if asOf != "" {
		q.AsOf = domain.MustDate(asOf)
	}
	return q
}

func TestPaidAfterDeath(t *testing.T) {
	b, book := examinedTown(t, "late", "intime", "moved", "unended")
	everybody := []string{"intime", "late", "moved", "unended"}
	b.until("2022-01-20")
	b.run("r1", "2022-01", book, everybody...)
	b.until("2022-02-20")
	b.run("r2", "2022-02", book, everybody...)
	before := b.count()
	b.until("2022-03-02")
	b.exit("late", rulebook.ReasonDead, "2022-01-10", "2022-01")
	b.exit("intime", rulebook.ReasonDead, "2022-02-10", "2022-02") // the month of the death is paid
	b.exit("moved", "hukou-moved", "2022-01-10", "2022-01")        // paid too long, but alive
	b.person("unended", beneficiary.FactRecorded{Fact: beneficiary.Death, Person: "unended", ReportedOn: domain.MustDate("2022-03-01"), Source: "village", On: domain.MustDate("2022-01-31")})
	v := b.caughtUp()
	require.Equal(t, []string{"late 2022-02 80.00 r2", "unended 2022-02 80.00 r2"}, found(t, v, only(PaidAfterDeath, "")))
	require.Empty(t, found(t, v, only(PaidAfterDeath, "2022-01-09")), "nobody was dead on that day")
	require.Equal(t, []string{"late 2022-02 80.00 r2"}, found(t, v, func() ExceptionQuery {
		q := only(PaidAfterDeath, "2022-03-02")
		q.Office, q.Programme = town1, reward
		return q
	}())[:1])
	other := only(PaidAfterDeath, "")
	other.Office = town2
	require.Empty(t, found(t, v, other))

	past, err := v.Snapshot(t.Context(), t.TempDir(), before)
	require.NoError(t, err)
	defer func() { require.NoError(t, past.Close()) }()
	require.Empty(t, found(t, past, only(PaidAfterDeath, "2022-12-31")), "nobody knew of a death then")
}

func TestPaidTwice(t *testing.T) {
	b, book := examinedTown(t, "twice", "again", "both", "ended", "half1", "half2", "whole1", "whole2")
	b.until("2022-01-20")
	_, lines := b.run("r1", "2022-01", book, "again", "both", "ended", "half1", "half2", "twice", "whole1", "whole2")
	var again payrun.Line
	for _, l := range lines {
		if l.Person == "again" {
			again = l
		}
	}
	// Undone and drawn once more is paid once.
	b.person("again", beneficiary.Undrawn{Cause: beneficiary.Returned, Draw: again.Draw, Person: "again", Run: "r1"})
	b.until("2022-02-20")
	o, _ := b.run("r2", "2022-02", book, "again")
	// No decision would draw January again; the history writes what a broken program or a forger would.
	b.person("twice", beneficiary.Drawn{Draw: "forged", Enrolment: "e-twice", Line: 9, Net: domain.Yuan(80), PayRef: "X", Payee: "twice", Person: "twice", Relation: "self", Run: o.Run,
		Items: []beneficiary.Item{{Amount: domain.Yuan(80), Kind: beneficiary.Arrears, Row: "all/2012-01", Unit: domain.MustPeriod("2022-01")}}})
	v := b.caughtUp()
	require.Equal(t, []string{"twice 2022-01 80.00 r2"}, found(t, v, only(PaidTwice, "")))

	// A second programme of the group, in the same month and after the first ended.
	extended := func(person, from string) {
		b.enrol(person, village1, from, national, func(e *beneficiary.Enrolled) { e.Enrolment, e.Programme = "x-"+person, "extended-reward" })
	}
	extended("both", "2022-01")
	b.exit("ended", "handed-over", "2022-02-01", "2022-01")
	extended("ended", "2022-02")
	b.until("2022-03-20")
	b.run("r3", "2022-02", book, "both", "ended")
	v = b.caughtUp()
	require.Equal(t, []string{"both 2022-01 80.00 r3", "twice 2022-01 80.00 r2"}, found(t, v, only(PaidTwice, "")))
}

func TestOneSlotPaidBeyondItsWhole(t *testing.T) {
	b, book := examinedTown(t)
	for person, share := range map[string]string{"half1": "1/2", "half2": "1/2", "whole1": "1/1", "whole2": "1/1"} {
		b.enrol(person, village1, "2022-01", national, func(e *beneficiary.Enrolled) {
			e.Share, e.Slots = share, []beneficiary.Claim{{Claim: "c-" + person, Group: "child", Person: "child-" + share[2:]}}
		})
	}
	b.until("2022-01-20")
	b.run("r1", "2022-01", book, "half1", "half2", "whole1", "whole2")
	require.Equal(t, []string{"whole1 2022-01 80.00 r1", "whole2 2022-01 80.00 r1"}, found(t, b.caughtUp(), only(PaidTwice, "")))
}

func TestOffStandard(t *testing.T) {
	b, book := examinedTown(t, "right", "wrong")
	b.enrol("half", village1, "2022-01", national, func(e *beneficiary.Enrolled) { e.Share = "1/2" })
	b.until("2022-01-20")
	o := b.openRun("r1", "2022-01")
	lines := b.prepare(o, 1, book, "half", "right")
	draw := beneficiary.TakeDraw{Run: beneficiary.Run{Run: "r1", Office: town1, From: o.From, To: o.To}, Enrolment: "e-wrong", Line: 3, PayRef: payrun.PayRef("r1", 3), Draw: "wrong"}
	events, err := b.people["wrong"].DecideDraw(draw, rates{81})
	require.NoError(t, err)
	b.person("wrong", events...)
	b.release(o, 1, lines)
	require.Equal(t, []string{"wrong 2022-01 81.00 r1"}, found(t, b.caughtUp(), only(OffStandard, "")))

	// The next run takes the yuan back: the unit is worth its rate again.
	b.until("2022-02-20")
	b.run("r2", "2022-02", book, "half", "right", "wrong")
	require.Empty(t, found(t, b.caughtUp(), only(OffStandard, "")))
}

func TestEligibleButAbsent(t *testing.T) {
	b, book := examinedTown(t, "absent", "held", "listed")
	b.person("held", beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e-held", From: domain.MustPeriod("2022-01"), Reason: "not-found", ReviewBy: domain.MustDate("2022-12-01")})
	b.until("2022-01-20")
	b.run("r1", "2022-01", book, "held", "listed")
	b.person("held", beneficiary.Resumed{Enrolment: "e-held", From: domain.MustPeriod("2022-02"), Reason: "found"})
	b.until("2022-01-26")
	b.enrol("later", village1, "2022-01", national) // known only after the run
	v := b.caughtUp()
	require.Equal(t, []string{"absent 2022-01 80.00 r1"}, found(t, v, only(EligibleButAbsent, "")))
	b.until("2022-02-20")
	b.run("r2", "2022-02", book, "absent", "held", "later", "listed")
	require.Empty(t, found(t, b.caughtUp(), only(EligibleButAbsent, "")), "a later run paid the arrears")

	decided := beneficiary.Decided{Application: "a", DecidedOn: domain.MustDate("2022-02-20"), Outcome: rulebook.Yes, Person: "lost", Programme: reward, Rulebook: "sha256:x"}
	cause := b.add("case-lost", caseOf("lost"))[0]
	b.addCaused(beneficiary.Stream("lost"), cause, beneficiary.Registered{How: "no-number", Person: "lost"}, decided)
	refused := decided
	refused.Person, refused.Outcome, refused.RefusalReason = "refused", rulebook.No, "age-below-60"
	b.addCaused(beneficiary.Stream("refused"), cause, beneficiary.Registered{How: "no-number", Person: "refused"}, refused)
	require.Equal(t, []string{"lost  0.00"}, found(t, b.caughtUp(), only(EligibleButAbsent, "")))
}

func TestOverdue(t *testing.T) {
	b, book := examinedTown(t, "owed", "paid", "withheld", "unsigned")
	b.person("withheld", beneficiary.Suspended{Effect: beneficiary.Withhold, Enrolment: "e-withheld", From: domain.MustPeriod("2022-01"), Reason: "not-found", ReviewBy: domain.MustDate("2022-12-01")})
	b.until("2022-01-20")
	b.run("r1", "2022-01", book, "paid", "withheld")
	b.prepare(b.openRun("r2", "2022-01"), 1, book, "unsigned") // nobody has released it
	b.until("2022-01-26")
	b.enrol("late", village1, "2022-01", national) // decided after the payout day: February's is the first that can pay it
	v := b.caughtUp()
	require.Empty(t, found(t, v, only(Overdue, "2022-01-25")), "the payout day itself is in time")
	require.Equal(t, []string{"owed 2022-01 80.00", "unsigned 2022-01 80.00"}, found(t, v, only(Overdue, "2022-01-26")))
	require.Equal(t, []string{"late 2022-01 80.00", "late 2022-02 80.00", "owed 2022-01 80.00", "owed 2022-02 80.00", "paid 2022-02 80.00", "unsigned 2022-01 80.00", "unsigned 2022-02 80.00"},
		found(t, v, only(Overdue, "2022-02-26")))
}

func TestReturnUnpaid(t *testing.T) {
	b, book := examinedTown(t, "back", "paid", "again", "gone")
	b.until("2022-01-20")
	o, lines := b.run("r1", "2022-01", book, "again", "back", "gone", "paid")
	b.instruct(o, lines)
	b.until("2022-01-24")
	b.answer(o, says{1, bankfile.ResultReturned, 80, "2022-01-24"}, says{2, bankfile.ResultReturned, 80, "2022-01-24"}, says{3, bankfile.ResultReturned, 80, "2022-01-24"}, says{4, bankfile.ResultPaid, 80, "2022-01-24"})
	b.person("again", beneficiary.AccountChanged{HolderPerson: "again", Person: "again", Relation: "self", On: domain.MustDate("2022-01-25")})
	b.exit("gone", "confirmed-by-mistake", "2022-01-10", "") // nothing was due
	b.until("2022-02-20")
	b.run("r2", "2022-02", book, "again", "paid")
	v := b.caughtUp()
	q := only(ReturnUnpaid, "2022-02-23")
	require.Empty(t, found(t, v, q), "30 days are not over")
	q.AsOf = domain.MustDate("2022-02-24")
	require.Equal(t, []string{"back 2022-01 80.00 r1"}, found(t, v, q))
	q.Days = 31
	require.Empty(t, found(t, v, q))
	q.AsOf, q.Days = domain.MustDate("2022-02-01"), 5
	require.Equal(t, []string{"again 2022-01 80.00 r1", "back 2022-01 80.00 r1"}, found(t, v, q), "on that day nothing was paid again yet")
}

func TestSharedAccount(t *testing.T) {
	b, book := examinedTown(t, "a", "b", "c", "child", "parent", "stranger", "unpaid")
	guarded := func(person, holder, relation string) {
		b.person(person, beneficiary.AccountChanged{HolderPerson: holder, Person: person, Relation: relation, On: domain.MustDate("2022-01-04")})
	}
	guarded("child", "parent", "guardian")
	guarded("stranger", "c", "")
	b.until("2022-01-20")
	b.run("r1", "2022-01", book, "a", "b", "c", "child", "parent", "stranger")
	v := b.caughtUp()
	numbers := map[string]string{"a": "one", "b": "one", "unpaid": "one", "child": "family", "parent": "family", "c": "c", "stranger": ""} // the stranger's key is gone
	q := only(SharedAccount, "")
	q.Accounts = func(_ context.Context, asked []beneficiary.Sight) ([]string, error) {
		out := make([]string, len(asked))
		for i, s := range asked {
			require.NotEmpty(t, s.Account)
			out[i] = numbers[s.Person]
		}
		return out, nil
	}
	require.Equal(t, []string{"a  80.00 r1", "b  80.00 r1", "stranger  80.00 r1"}, found(t, v, q))

	_, err := v.Exceptions(t.Context(), only(SharedAccount, ""))
	requireRule(t, err, "exception.accounts")
	r, err := v.Exceptions(t.Context(), ExceptionQuery{})
	require.NoError(t, err)
	require.NotContains(t, r.Tests, SharedAccount, "without keys the others are asked")
}

func TestExceptionsRefuse(t *testing.T) {
	v := newHistory(t).caughtUp()
	_, err := v.Exceptions(t.Context(), only("paid-trice", ""))
	requireRule(t, err, "exception.test")
	_, err = v.Exceptions(t.Context(), ExceptionQuery{Days: -1})
	requireRule(t, err, "exception.days")
	for _, k := range ExceptionKinds() {
		require.NotEmpty(t, k.Zh+k.En)
		require.NotEmpty(t, k.Cites, k.Test)
	}
}

// caseOf opens an admission that a decision names as its cause.
func caseOf(person string) domain.Event {
	return cases.Opened{Case: person, Chain: chain(), Office: town1, Rulebook: "sha256:x", Change: change.Change{Kind: change.Admission, Office: town1, Person: person, Programme: reward, Region: "340523", Rulebook: "sha256:x", Village: village1}}
}
