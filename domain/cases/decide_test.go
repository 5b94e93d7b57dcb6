package cases

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

type ask = func(State) ([]domain.Event, error)

func TestOpen(t *testing.T) {
	asks := func(c Open) ask { return func(s State) ([]domain.Event, error) { return DecideOpen(s, c) } }
	with := func(edit func(*Open)) Open { c := openOf(exit(), chain()); edit(&c); return c }
	accepted := func(name string, edit func(*Open)) row {
		return row{name: name, ask: asks(with(edit)), events: []domain.Event{Opened(with(edit))}}
	}
	invalid := func(name, rule, detail string, edit func(*Open)) row {
		return row{name: name, ask: asks(with(edit)), kind: domain.Invalid, rule: rule, detail: detail}
	}
	alone := func(c *Open) { c.Chain = c.Chain[:1] }
	rows := []row{
		accepted("an exit", func(*Open) {}),
		accepted("a handler alone withholds", func(c *Open) { c.Change = withholding(); alone(c) }),
		accepted("two handlers alone end a right", func(c *Open) { alone(c); c.Chain[0].Min = 2 }),
		accepted("an account change has no programme", func(c *Open) {
			c.Change.Kind, c.Change.Exit, c.Change.Account, c.Change.Programme, c.Change.Region = change.AccountChange, nil, &change.AccountPart{}, "", ""
		}),
		accepted("a correction has no programme", func(c *Open) {
			c.Change.Kind, c.Change.Exit, c.Change.Correction, c.Change.Programme = change.Correction, nil, &change.CorrectionPart{}, ""
		}),
		accepted("a correction with its replacement", func(c *Open) { c.Change.Kind, c.Change.Correction = change.Correction, &change.CorrectionPart{} }),
		accepted("an admission with an account", func(c *Open) {
			c.Change.Kind, c.Change.Exit, c.Change.Admission, c.Change.Account = change.Admission, nil, &change.AdmissionPart{}, &change.AccountPart{}
		}),
		{name: "the same again", state: opened(t), ask: asks(with(func(*Open) {}))},
		{name: "the same again when agreed", state: agreed(t), ask: asks(with(func(*Open) {}))},
		{name: "another person under its id", state: opened(t), ask: asks(with(func(c *Open) { c.Change.Person = "person-2" })), kind: domain.Conflict, rule: "case.exists"},
		{name: "another kind under its id", state: opened(t), ask: asks(openOf(withholding(), chain())), kind: domain.Conflict, rule: "case.exists"},
		{name: "another office under its id", state: opened(t), ask: asks(with(func(c *Open) { c.Office = "office-2" })), kind: domain.Conflict, rule: "case.exists"},
		{name: "another chain under its id", state: opened(t), ask: asks(with(func(c *Open) { c.Chain = c.Chain[:2] })), kind: domain.Conflict, rule: "case.exists"},
		invalid("no id", "case.incomplete", "lacks", func(c *Open) { c.Case = "" }),
		invalid("no office of its own", "case.incomplete", "lacks", func(c *Open) { c.Office = "" }),
		invalid("two rulebooks", "case.incomplete", "lacks", func(c *Open) { c.Rulebook = "rb-2" }),
		invalid("no person", "case.incomplete", "no person", func(c *Open) { c.Change.Person = "" }),
		invalid("no office of the change", "case.incomplete", "no office", func(c *Open) { c.Change.Office = "" }),
		invalid("no rulebook", "case.incomplete", "no rulebook", func(c *Open) { c.Change.Rulebook, c.Rulebook = "", "" }),
		invalid("no programme", "case.incomplete", "no programme", func(c *Open) { c.Change.Programme = "" }),
		invalid("no region", "case.incomplete", "no programme or no region", func(c *Open) { c.Change.Region = "" }),
		invalid("a town for a village", "case.village", "", func(c *Open) { c.Change.Village = "340311101" }),
		invalid("an unknown kind", "case.parts", "", func(c *Open) { c.Change.Kind = "whim" }),
		invalid("no part", "case.parts", "", func(c *Open) { c.Change.Exit = nil }),
		invalid("the part of another kind", "case.parts", "", func(c *Open) { c.Change.Exit, c.Change.Class = nil, &change.ClassPart{} }),
		invalid("two parts", "case.parts", "", func(c *Open) { c.Change.Class = &change.ClassPart{} }),
		invalid("an exit with an account", "case.parts", "", func(c *Open) { c.Change.Account = &change.AccountPart{} }),
		invalid("a correction with two replacements", "case.parts", "", func(c *Open) {
			c.Change.Kind, c.Change.Correction, c.Change.Class = change.Correction, &change.CorrectionPart{}, &change.ClassPart{}
		}),
		invalid("no chain", "case.chain", "handler", func(c *Open) { c.Chain = nil }),
		invalid("a chain that a head begins", "case.chain", "handler", func(c *Open) { c.Chain = c.Chain[2:] }),
		invalid("a bad step", "case.chain", "step 2", func(c *Open) { c.Chain[1].Min = 0 }),
		{name: "a handler alone ends a right", ask: asks(with(alone)), kind: domain.Refused, rule: "case.one-person"},
		{name: "a handler alone forfeits", kind: domain.Refused, rule: "case.one-person", ask: asks(with(func(c *Open) {
			c.Change = withholding()
			c.Change.Suspension.Effect = beneficiary.Forfeit
			alone(c)
		}))},
	}
	for kind, fill := range map[change.Kind]func(*change.Change){
		change.Admission:     func(c *change.Change) { c.Admission = &change.AdmissionPart{} },
		change.ClassChange:   func(c *change.Change) { c.Class = &change.ClassPart{} },
		change.AccountChange: func(c *change.Change) { c.Account = &change.AccountPart{} },
		change.Correction:    func(c *change.Change) { c.Correction = &change.CorrectionPart{} },
		change.Transfer:      func(c *change.Change) { c.Transfer = &change.TransferPart{} },
		change.Review:        func(c *change.Change) { c.Review = &change.ReviewPart{} },
		change.Suspension:    func(c *change.Change) { c.Suspension = &change.SuspensionPart{} },
		change.Resumption:    func(c *change.Change) { c.Resumption = &change.ResumptionPart{} },
		change.GrantMoney:    func(c *change.Change) { c.Grant = &change.GrantPart{} },
		change.WriteOff:      func(c *change.Change) { c.Overpaid = &change.WriteOffPart{} },
	} {
		rows = append(rows, accepted("kind "+string(kind), func(c *Open) { c.Change.Kind, c.Change.Exit = kind, nil; fill(&c.Change) }))
		rows = append(rows, invalid("nothing of kind "+string(kind), "case.parts", string(kind), func(c *Open) { c.Change.Kind, c.Change.Exit = kind, nil }))
	}
	runRows(t, rows)
}

func TestUnknownCase(t *testing.T) {
	var rows []row
	for name, a := range map[string]ask{
		"revise":    func(s State) ([]domain.Event, error) { return DecideRevise(s, Revise{}) },
		"submit":    func(s State) ([]domain.Event, error) { return DecideSubmit(s, Submit{}) },
		"sign off":  func(s State) ([]domain.Event, error) { return DecideSignOff(s, Sign{}) },
		"refuse":    func(s State) ([]domain.Event, error) { return DecideRefuse(s, Sign{}) },
		"send back": func(s State) ([]domain.Event, error) { return DecideSendBack(s, SendBack{}) },
		"withdraw":  func(s State) ([]domain.Event, error) { return DecideWithdraw(s, Withdraw{}) },
		"applied":   func(s State) ([]domain.Event, error) { return DecideApplied(s, Apply{}) },
	} {
		rows = append(rows, row{name: name, ask: a, kind: domain.NotFound, rule: "case.unknown"})
	}
	runRows(t, rows)
}

func TestRevise(t *testing.T) {
	revised := exit()
	revised.Exit = &change.ExitPart{Reason: "moved-out"}
	with := func(edit func(*change.Change)) ask {
		c := revised
		edit(&c)
		return func(s State) ([]domain.Event, error) { return DecideRevise(s, Revise{Change: c}) }
	}
	same := func(*change.Change) {}
	forfeit := withholding()
	forfeit.Suspension.Effect = beneficiary.Forfeit
	yes := []domain.Event{Revised{Case: caseID, Change: revised}}
	restored := opened(t)
	restored.Change = nil
	runRows(t, []row{
		{name: "a draft", state: opened(t), ask: with(same), events: yes},
		{name: "sent back", state: sentBack(t), ask: with(same), events: yes},
		{name: "a draft restored from JSON", state: restored, ask: with(same), events: yes},
		{name: "to what it is", state: opened(t), ask: func(s State) ([]domain.Event, error) { return DecideRevise(s, Revise{Change: exit()}) }},
		{name: "to what it is, when awaiting", state: awaiting(t), ask: func(s State) ([]domain.Event, error) { return DecideRevise(s, Revise{Change: exit()}) }},
		{name: "awaiting", state: awaiting(t), ask: with(same), kind: domain.Conflict, rule: "case.not-draft", detail: "awaiting"},
		{name: "withdrawn", state: withdrawn(t, opened(t)), ask: with(same), kind: domain.Conflict, rule: "case.not-draft", detail: "withdrawn"},
		{name: "another person", state: opened(t), ask: with(func(c *change.Change) { c.Person = "person-2" }), kind: domain.Invalid, rule: "case.another-change"},
		{name: "another kind", state: opened(t), ask: func(s State) ([]domain.Event, error) { return DecideRevise(s, Revise{Change: withholding()}) }, kind: domain.Invalid, rule: "case.another-change"},
		{name: "without its part", state: opened(t), ask: with(func(c *change.Change) { c.Exit = nil }), kind: domain.Invalid, rule: "case.parts"},
		{name: "a handler alone, to forfeit", state: openedAs(t, openOf(withholding(), chain()[:1])),
			ask: func(s State) ([]domain.Event, error) { return DecideRevise(s, Revise{Change: forfeit}) }, kind: domain.Refused, rule: "case.one-person"},
	})
}

func TestSubmit(t *testing.T) {
	asks := func(c Submit) ask { return func(s State) ([]domain.Event, error) { return DecideSubmit(s, c) } }
	draft, back, alone := opened(t), sentBack(t), openedAs(t, openOf(withholding(), chain()[:1]))
	event := func(s State, round int) Submitted {
		return Submitted{Case: caseID, Submission: s.Submission(leaf(s)), Signed: signedAs(handler.submits(s).Act, 0, round)}
	}
	noDay := handler.submits(alone)
	noDay.On = domain.Date{}
	draftNoDay := handler.submits(draft)
	draftNoDay.On = domain.Date{}
	noLeaf, otherLeaf := handler.submits(draft), handler.submits(draft)
	noLeaf.Leaf, otherLeaf.Leaf = "", signoff.Hex(signoff.Leaf([]byte("another entry")))
	far := newOfficer("Far", "village.handler", "340311101202")
	runRows(t, []row{
		{name: "a draft", state: draft, ask: asks(handler.submits(draft)), events: []domain.Event{event(draft, 1)}},
		{name: "a draft that it does not decide needs no day", state: draft, ask: asks(draftNoDay), events: []domain.Event{event(draft, 1)}},
		{name: "sent back", state: back, ask: asks(handler.submits(back)), events: []domain.Event{event(back, 2)}},
		{name: "a handler alone decides", state: alone, ask: asks(handler.submits(alone)), events: []domain.Event{event(alone, 1), Decided{Case: caseID, DecidedOn: today, Outcome: Agreed}}},
		{name: "again", state: awaiting(t), ask: asks(handler.submits(draft))},
		{name: "again when agreed", state: agreed(t), ask: asks(handler.submits(draft))},
		{name: "with the statement of a later step", state: beforeLast(t), ask: asks(Submit{Origin: origin, Act: lineHead.signs(awaiting(t)).Act}), kind: domain.Conflict, rule: "case.not-draft"},
		{name: "awaiting", state: awaiting(t), ask: asks(handler.submits(back)), kind: domain.Conflict, rule: "case.not-draft", detail: "awaiting"},
		{name: "withdrawn", state: withdrawn(t, draft), ask: asks(handler.submits(draft)), kind: domain.Conflict, rule: "case.not-draft", detail: "withdrawn"},
		{name: "no leaf", state: draft, ask: asks(noLeaf), kind: domain.Invalid, rule: "case.leaf"},
		{name: "the leaf of another entry", state: draft, ask: asks(otherLeaf), kind: domain.Conflict, rule: "sign-off.seen"},
		{name: "no day", state: alone, ask: asks(noDay), kind: domain.Invalid, rule: "case.decided-on"},
		{name: "by another village", state: draft, ask: asks(far.submits(draft)), kind: domain.Forbidden, rule: "sign-off.area"},
	})
}

func TestSignOff(t *testing.T) {
	asks := func(c Sign) ask { return func(s State) ([]domain.Event, error) { return DecideSignOff(s, c) } }
	first, last := awaiting(t), beforeLast(t)
	alias := head
	alias.Person = handler.Person
	noDay := head.signs(last)
	noDay.On = domain.Date{}
	kin := lineHead.signs(first)
	kin.Act.Kin = "your mother"
	runRows(t, []row{
		{name: "the next step", state: first, ask: asks(lineHead.signs(first)), events: []domain.Event{SignedOff{Case: caseID, Signed: signedAs(lineHead.signs(first).Act, 1, 1)}}},
		{name: "the last step decides", state: last, ask: asks(head.signs(last)),
			events: []domain.Event{SignedOff{Case: caseID, Signed: signedAs(head.signs(last).Act, 2, 1)}, Decided{Case: caseID, DecidedOn: today, Outcome: Agreed}}},
		{name: "again", state: last, ask: asks(lineHead.signs(first))},
		{name: "again when agreed", state: agreed(t), ask: asks(head.signs(last))},
		{name: "no day", state: last, ask: asks(noDay), kind: domain.Invalid, rule: "case.decided-on"},
		{name: "too early", state: first, ask: asks(head.signs(last)), kind: domain.Forbidden, rule: "sign-off.step-order"},
		{name: "the handler under another account", state: last, ask: asks(alias.signs(last)), kind: domain.Forbidden, rule: "sign-off.one-person-one-step"},
		{name: "the officer's family", state: first, ask: asks(kin), kind: domain.Forbidden, rule: "sign-off.own-family"},
		{name: "a draft", state: opened(t), ask: asks(lineHead.signs(first)), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "refused", state: refused(t), ask: asks(head.signs(last)), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "withdrawn", state: withdrawn(t, last), ask: asks(head.signs(last)), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
	})
}

func TestRefuse(t *testing.T) {
	asks := func(c Sign) ask { return func(s State) ([]domain.Event, error) { return DecideRefuse(s, c) } }
	first, last := awaiting(t), beforeLast(t)
	no := head.says(last, signoff.Refuse)
	noDay := no
	noDay.On = domain.Date{}
	runRows(t, []row{
		{name: "by the head", state: last, ask: asks(no),
			events: []domain.Event{SignedOff{Case: caseID, Signed: signedAs(no.Act, 2, 1)}, Decided{Case: caseID, DecidedOn: today, Outcome: Refused}}},
		{name: "again", state: refused(t), ask: asks(no)},
		{name: "another refusal", state: refused(t), ask: asks(lineHead.says(first, signoff.Refuse)), kind: domain.Conflict, rule: "case.not-awaiting", detail: "refused"},
		{name: "what was agreed", state: agreed(t), ask: asks(no), kind: domain.Conflict, rule: "case.not-awaiting", detail: "agreed"},
		{name: "what the same statement agreed", state: agreed(t), ask: asks(head.signs(last)), kind: domain.Conflict, rule: "case.not-awaiting", detail: "agreed"},
		{name: "by the line head", state: first, ask: asks(lineHead.says(first, signoff.Refuse)), kind: domain.Forbidden, rule: "case.refused-by", detail: "town.line-head"},
		{name: "with an agreeing statement", state: last, ask: asks(head.signs(last)), kind: domain.Conflict, rule: "sign-off.seen"},
		{name: "no day", state: last, ask: asks(noDay), kind: domain.Invalid, rule: "case.decided-on"},
	})
}

func TestSendBack(t *testing.T) {
	asks := func(c SendBack) ask { return func(s State) ([]domain.Event, error) { return DecideSendBack(s, c) } }
	first, last := awaiting(t), beforeLast(t)
	event := func(c SendBack, step int) SentBack {
		return SentBack{Case: caseID, Returned: signoff.Returned{Person: c.Act.Person, Reason: c.Reason, Round: 1, Signature: signedAs(c.Act, step, 1).Signature,
			Step: step, To: c.To, Subject: Stream(caseID), Note: c.Note}}
	}
	back := lineHead.sendsBack(first, 0, "certificate-missing")
	noted := back
	noted.Note = &signoff.Note{Text: "the certificate is missing"}
	runRows(t, []row{
		{name: "by the line head", state: first, ask: asks(back), events: []domain.Event{event(back, 1)}},
		{name: "with a note", state: first, ask: asks(noted), events: []domain.Event{event(noted, 1)}},
		{name: "by the head, to the line head", state: last, ask: asks(head.sendsBack(last, 1, "visit")), events: []domain.Event{event(head.sendsBack(last, 1, "visit"), 2)}},
		{name: "again", state: sentBack(t), ask: asks(back)},
		{name: "another", state: sentBack(t), ask: asks(head.sendsBack(last, 1, "visit")), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "again in the next round", state: submitted(t, sentBack(t)), ask: asks(back), kind: domain.Conflict, rule: "sign-off.seen"},
		{name: "agreed, by one who signed", state: agreed(t), ask: asks(head.sendsBack(last, 0, "visit")), kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "no reason", state: first, ask: asks(lineHead.sendsBack(first, 0, "")), kind: domain.Invalid, rule: "sign-off.reason"},
	})
}

func TestWithdraw(t *testing.T) {
	asks := func(officer, office, reason string) ask {
		return func(s State) ([]domain.Event, error) {
			return DecideWithdraw(s, Withdraw{Officer: officer, Office: office, Reason: reason})
		}
	}
	yes := []domain.Event{Withdrawn{Case: caseID, Reason: "mistake"}}
	mine := asks(handler.Officer, "", "mistake")
	runRows(t, []row{
		{name: "a draft, by the officer", state: opened(t), ask: mine, events: yes},
		{name: "a draft, by the office", state: opened(t), ask: asks("o-colleague", "office-1", "mistake"), events: yes},
		{name: "sent back", state: sentBack(t), ask: mine, events: yes},
		{name: "awaiting", state: beforeLast(t), ask: mine, events: yes},
		{name: "again", state: withdrawn(t, opened(t)), ask: mine},
		{name: "by strangers", state: opened(t), ask: asks("o-x", "office-x", "mistake"), kind: domain.Forbidden, rule: "case.withdrawn-by"},
		{name: "again by strangers", state: withdrawn(t, opened(t)), ask: asks("o-x", "office-x", "mistake"), kind: domain.Forbidden, rule: "case.withdrawn-by"},
		{name: "no reason", state: opened(t), ask: asks(handler.Officer, "", ""), kind: domain.Invalid, rule: "case.reason"},
		{name: "agreed", state: agreed(t), ask: mine, kind: domain.Conflict, rule: "case.decided", detail: "agreed"},
		{name: "refused", state: refused(t), ask: mine, kind: domain.Conflict, rule: "case.decided", detail: "refused"},
		{name: "applied", state: applied(t, ""), ask: mine, kind: domain.Conflict, rule: "case.decided", detail: "applied"},
	})
}

func TestApplied(t *testing.T) {
	asks := func(rule string) ask {
		return func(s State) ([]domain.Event, error) { return DecideApplied(s, Apply{Failed: rule}) }
	}
	runRows(t, []row{
		{name: "the effects stand", state: agreed(t), ask: asks(""), events: []domain.Event{Applied{Case: caseID}}},
		{name: "a rule stopped them", state: agreed(t), ask: asks("slot.taken"), events: []domain.Event{Applied{Case: caseID, Failed: "slot.taken"}}},
		{name: "again", state: applied(t, ""), ask: asks("")},
		{name: "failed again", state: applied(t, "slot.taken"), ask: asks("slot.taken")},
		{name: "failed after all", state: applied(t, ""), ask: asks("slot.taken"), kind: domain.Conflict, rule: "case.not-agreed", detail: "applied"},
		{name: "applied after all", state: applied(t, "slot.taken"), ask: asks(""), kind: domain.Conflict, rule: "case.not-agreed", detail: "failed"},
		{name: "awaiting", state: awaiting(t), ask: asks(""), kind: domain.Conflict, rule: "case.not-agreed", detail: "awaiting"},
		{name: "refused", state: refused(t), ask: asks(""), kind: domain.Conflict, rule: "case.not-agreed", detail: "refused"},
	})
}

func TestSecondRoundIsSignedByTheSamePeople(t *testing.T) {
	s := signedBy(t, signedBy(t, submitted(t, sentBack(t)), lineHead), head)
	require.Equal(t, StatusAgreed, s.Status)
	require.Equal(t, 2, s.Signing.Round)
}
