package beneficiary

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestCorrectNamesWhatStands(t *testing.T) {
	l := enrolledLife(t)
	ids := map[string]string{"account": "1"}
	ids["fact"] = l.happen(FactRecorded{Fact: Hukou, On: day("2022-01-01"), ReportedOn: day("2022-01-02")})
	ids["grant"] = l.happen(Granted{Grant: "g1", Amount: yuan("1.00"), Office: "town"})
	ids["suspension"] = l.happen(suspend(Forfeit, "2022-02"))
	ids["resumption"] = l.happen(resume("2022-03"))
	for name, id := range ids {
		t.Run(name, func(t *testing.T) {
			c := Corrected{Of: id, Person: "wang", Reason: "misread"}
			events, err := l.s.DecideCorrect(c)
			require.NoError(t, err)
			require.Equal(t, []domain.Event{c}, events)
			after := *l
			after.did(events, err)
			if name == "resumption" { // the suspension lasts again; there is nothing of the resumption left
				require.True(t, after.e().Suspensions[0].To.IsZero())
			}
			events, err = after.s.DecideCorrect(c)
			requireRefused(t, events, err, domain.NotFound, "beneficiary.correctable")
		})
	}
	open := enrolledLife(t)
	open.happen(suspend(Forfeit, "2022-02"))
	for _, id := range []string{"0", "2", "99", ""} { // registration, enrolment, nothing, no id although a suspension has no end
		events, err := open.s.DecideCorrect(Corrected{Of: id})
		requireRefused(t, events, err, domain.NotFound, "beneficiary.correctable")
	}
	l.exit("2022-06", tariff{})
	l.happen(Annulled{Enrolment: "e1"})
	for _, id := range []string{l.e().Exit.Event, ids["suspension"], ids["resumption"]} {
		events, err := l.s.DecideCorrect(Corrected{Of: id})
		requireRefused(t, events, err, domain.NotFound, "beneficiary.correctable")
	}
}

func TestCorrectFacts(t *testing.T) {
	l := newLife(t)
	hukou := l.happen(FactRecorded{Fact: Hukou, On: day("2022-01-01"), ReportedOn: day("2022-01-02")})
	death := l.happen(FactRecorded{Fact: Death, On: day("2022-03-01"), ReportedOn: day("2022-03-02")})
	l.happen(FactRecorded{Fact: Death, Related: "son", On: day("2020-03-01"), ReportedOn: day("2022-03-02")})
	l.happen(Corrected{Of: hukou})
	require.Equal(t, day("2022-03-01"), l.s.DiedOn, "another fact is not the death")
	require.Len(t, l.s.Facts, 2)
	l.did(l.s.DecideCorrect(Corrected{Of: death}))
	require.True(t, l.s.DiedOn.IsZero())
	require.Len(t, l.s.Facts, 1)
	l.did(l.s.DecideRecordFact(FactRecorded{Fact: Death, On: day("2022-04-01"), ReportedOn: day("2022-04-02")}))
	require.Equal(t, day("2022-04-01"), l.s.DiedOn)
}

func TestCorrectAccount(t *testing.T) {
	l := newLife(t)
	second := l.happen(AccountChanged{HolderPerson: "wang", Relation: "self"})
	l.did(l.s.DecideCorrect(Corrected{Of: second}))
	account, ok := l.s.Account()
	require.True(t, ok)
	require.Equal(t, "1", account.Event, "the one before holds again")
}

func TestCorrectExit(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-03")
	l.happen(Overpaid{Overpayment: "bank", Enrolment: "e1", Cause: "paid-twice", Amount: yuan("5.00")}, Overpaid{Overpayment: "elsewhere", Enrolment: "e9", Cause: "dead", Amount: yuan("6.00")})
	l.exit("2022-01", tariff{})
	exit := l.e().Exit.Event
	events, err := l.s.DecideCorrect(Corrected{Of: exit, Person: "wang", Reason: "alive"})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Corrected{Of: exit, Person: "wang", Reason: "alive"}, Corrected{Of: l.s.Overpayments[2].Event, Person: "wang", Reason: "alive"}}, events)
	l.did(events, err)
	require.Nil(t, l.e().Exit)
	require.Equal(t, []bool{false, false, true}, []bool{l.s.Overpayments[0].Void, l.s.Overpayments[1].Void, l.s.Overpayments[2].Void})
	requireMoney(t, "0.00", l.s.Overpayments[2].Outstanding())
	require.Equal(t, []string{"2022-04 regular 100.00"}, brief(l.assess(run("r2", "2022-04", "2022-04")).Items), "what was drawn stays drawn")

	l.exit("2022-02", tariff{})
	require.Len(t, l.s.Overpayments, 4)
	requireMoney(t, "100.00", l.s.Overpayments[3].Outstanding())
	events, err = l.s.DecideCorrect(Corrected{Of: l.e().Exit.Event})
	require.NoError(t, err)
	require.Len(t, events, 2, "what was void already is not voided again")
	l.happen(Recovered{Overpayment: "over", Amount: yuan("10.00")})
	events, err = l.s.DecideCorrect(Corrected{Of: l.e().Exit.Event})
	require.NoError(t, err)
	require.Len(t, events, 1, "money that came back stays in the books; its units are drawn again")
	l.did(events, err)
	require.Equal(t, []string{"2022-03 arrears 100.00", "2022-04 regular 100.00"}, brief(l.assess(run("r2", "2022-04", "2022-04")).Items))

	t.Run("of another enrolment", func(t *testing.T) {
		l := enrolledLife(t)
		l.exit("2022-01", tariff{})
		first := l.e().Exit.Event
		l.happen(enrolment(func(e *Enrolled) { e.Enrolment, e.Programme, e.Group = "e2", "p2", "h" }), Exited{Enrolment: "e2", Reason: "moved"})
		l.did(l.s.DecideCorrect(Corrected{Of: first}))
		other, _ := l.s.Enrolment("e2")
		require.NotNil(t, other.Exit)
	})
	t.Run("when another has followed", func(t *testing.T) {
		for name, r := range map[string]struct {
			programme, group string
			refused          bool
		}{
			"in the programme":           {"p1", "h", true},
			"in the group":               {"p2", "g", true},
			"elsewhere":                  {"p2", "h", false},
			"elsewhere, without a group": {"p2", "", false},
		} {
			l := enrolledLife(t, func(e *Enrolled) {
				if r.group == "" {
					e.Group = ""
				}
			})
			l.exit("2022-01", tariff{})
			l.happen(enrolment(func(e *Enrolled) {
				e.Enrolment, e.Programme, e.Group, e.FirstUnit = "e2", r.programme, r.group, month("2022-02")
			}))
			events, err := l.s.DecideCorrect(Corrected{Of: l.e().Exit.Event})
			if r.refused {
				requireRefused(t, events, err, domain.Conflict, "beneficiary.exclusive")
				l.happen(Annulled{Enrolment: "e2"})
				events, err = l.s.DecideCorrect(Corrected{Of: l.e().Exit.Event})
			}
			require.NoError(t, err, name)
			require.NotEmpty(t, events, name)
		}
	})
}

func TestCorrectResumption(t *testing.T) {
	l := enrolledLife(t)
	l.happen(suspend(Forfeit, "2022-01"), resume("2022-02", "2022-01"), suspend(Forfeit, "2022-03"))
	resumed := l.happen(resume("2022-05", "2022-03", "2022-04"))
	require.Equal(t, []string{"2022-01 100.00", "2022-02 100.00", "2022-03 100.00", "2022-04 100.00", "2022-05 100.00"}, dues(t, l.e(), "2022-05", tariff{}))
	ended := *l
	ended.exit("2022-05", tariff{})
	events, err := ended.s.DecideCorrect(Corrected{Of: resumed})
	requireRefused(t, events, err, domain.Conflict, "beneficiary.ended")
	events, err = ended.s.DecideCorrect(Corrected{Of: l.e().Suspensions[1].Event})
	require.NoError(t, err, "taking the suspension itself back only makes units due")
	require.Len(t, events, 1)

	l.did(l.s.DecideCorrect(Corrected{Of: resumed}))
	require.Equal(t, []string{"2022-01 100.00", "2022-02 100.00"}, dues(t, l.e(), "2022-05", tariff{}), "the suspension lasts again, and what was restored with its end is not")
	require.Equal(t, []domain.Period{month("2022-01")}, l.e().Restored)
	require.Empty(t, l.e().Suspensions[1].EndBy)
	l.did(l.s.DecideCorrect(Corrected{Of: l.e().Suspensions[0].Event}))
	require.Len(t, l.e().Suspensions, 1)
	require.Empty(t, l.e().Restored)
}
