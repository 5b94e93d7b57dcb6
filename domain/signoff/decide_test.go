package signoff

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// as is the authority under another account of another or the same person.
func (a Authority) as(edit func(*Authority)) Authority {
	edit(&a)
	return a
}

// edited signs a statement that differs from what the state wants, with a good signature.
func edited(a Authority, s Statement, edit func(*Statement)) Act {
	scope := s.Scope
	edit(&s)
	act := signs(a, s)
	act.Scope = scope
	return act
}

// changed is an act with one thing changed after signing.
func changed(act Act, edit func(*Act)) Act {
	edit(&act)
	return act
}

// recorded is what a good act has to be recorded as, put together from the act alone.
func recorded(act Act, round, step int) Signed {
	return Signed{Opinion: "agree", Person: act.Person, Round: round, Scope: act.Scope, Step: step, Signature: Signature{
		Alg: Ed25519, Custody: act.Custody, Key: act.Key, Sig: base64.StdEncoding.EncodeToString(act.Sig), Statement: act.Statement,
	}}
}

var bulk = &Bulk{Index: 3, Path: []string{hashOf("sibling")}, Signing: "signing-1"}

// inBulk is an act whose signature is that of a signing over many subjects.
func inBulk(act Act) Act { act.Bulk, act.Sig = bulk, nil; return act }

// handledBy is an act together with whose the accounts are that handled the subject.
func handledBy(act Act, persons map[string]string) Act { act.Handlers = persons; return act }

func TestDecideSubmit(t *testing.T) {
	s := scenes(t)
	sub := submission(1)
	good := submits(s.draft, handler, sub)
	statement := s.draft.StatementToSubmit(origin, handler, sub, "agree", at)
	otherTown := handler.as(func(a *Authority) { a.Area = "340311102" })
	oneVillage := handler.as(func(a *Authority) { a.Area = east })
	county := handler.as(func(a *Authority) { a.Area = "340311" })
	nowhere := handler.as(func(a *Authority) { a.Area = "" })
	rulebook := submission(1)
	rulebook.Sections = nil
	ofCounty := func(a Authority) Authority { return a.as(func(a *Authority) { a.Capacity = "county.handler" }) }
	for _, r := range []struct {
		name   string
		state  State
		sub    Submission
		act    Act
		kind   domain.Kind
		rule   string
		detail string
	}{
		{name: "the handler", state: s.draft, sub: sub, act: good},
		{name: "a handler whose area holds the town", state: s.draft, sub: sub, act: submits(s.draft, county, sub)},
		{name: "a list without sections", state: s.draft, sub: rulebook, act: submits(s.draft, otherTown, rulebook)},
		{name: "the second round", state: s.sentBack, sub: submission(2), act: submits(s.sentBack, handler, submission(2))},
		{name: "the second round by a colleague", state: s.sentBack, sub: submission(2), act: submits(s.sentBack, officer("new", "new", "town.handler", "340311101"), submission(2))},
		{name: "in bulk", state: s.draft, sub: sub, act: inBulk(good)},
		{name: "by who prepared it", state: s.draft.EvolveHandled("o-handler"), sub: sub, act: good},
		{name: "by who prepared it under another account", state: s.draft.EvolveHandled("o-alias"), sub: sub, act: handledBy(good, map[string]string{"o-alias": "p-handler"})},

		{name: "never opened", state: State{}, sub: sub, act: good, kind: domain.NotFound, rule: "sign-off.no-chain", detail: "nothing was opened"},
		{name: "while it waits", state: s.villages, sub: submission(2), act: good, kind: domain.Conflict, rule: "sign-off.submitted", detail: "already"},
		{name: "when complete", state: s.complete, sub: submission(2), act: good, kind: domain.Conflict, rule: "sign-off.submitted"},
		{name: "when refused", state: s.villages.EvolveRefused(), sub: submission(2), act: good, kind: domain.Conflict, rule: "sign-off.submitted"},
		{name: "when ended", state: s.draft.EvolveEnded(), sub: sub, act: good, kind: domain.Conflict, rule: "sign-off.submitted"},
		{name: "an earlier round", state: s.sentBack, sub: sub, act: good, kind: domain.Conflict, rule: "sign-off.round", detail: "the next round is 2, not 1"},
		{name: "a later round", state: s.draft, sub: submission(2), act: good, kind: domain.Conflict, rule: "sign-off.round", detail: "the next round is 1, not 2"},
		{name: "by a head", state: s.draft, sub: sub, act: submits(s.draft, townHead, sub), kind: domain.Forbidden, rule: "sign-off.step-order", detail: "you act as town.head"},
		{name: "by the handler of another level", state: s.draft, sub: sub, act: submits(s.draft, ofCounty(handler), sub), kind: domain.Forbidden, rule: "sign-off.step-order"},
		{name: "by one who signed another step in an earlier round", state: s.sentBack, sub: submission(2),
			act:  submits(s.sentBack, officer("alias", "east", "town.handler", "340311101"), submission(2)),
			kind: domain.Forbidden, rule: "sign-off.one-person-one-step", detail: "you signed step village.head"},
		{name: "by one who sent it back", state: s.sentBack, sub: submission(2),
			act:  submits(s.sentBack, officer("alias", "second", "town.handler", "340311101"), submission(2)),
			kind: domain.Forbidden, rule: "sign-off.one-person-one-step", detail: "you signed step town.head"},
		{name: "from another town", state: s.draft, sub: sub, act: submits(s.draft, otherTown, sub), kind: domain.Forbidden, rule: "sign-off.area", detail: "village " + east},
		{name: "from one of the villages", state: s.draft, sub: sub, act: submits(s.draft, oneVillage, sub), kind: domain.Forbidden, rule: "sign-off.area", detail: "village " + west},
		{name: "from nowhere", state: s.draft, sub: sub, act: submits(s.draft, nowhere, sub), kind: domain.Forbidden, rule: "sign-off.area"},
		{name: "their own family's", state: s.draft, sub: sub, act: changed(good, func(a *Act) { a.Kin = "line 3" }), kind: domain.Forbidden, rule: "sign-off.own-family", detail: "line 3"},
		{name: "no statement", state: s.draft, sub: sub, act: changed(good, func(a *Act) { a.Statement = "agreed" }), kind: domain.Invalid, rule: "sign-off.statement"},
		{name: "another list was seen", state: s.draft, sub: sub, act: edited(handler, statement, func(s *Statement) { s.Lines-- }),
			kind: domain.Conflict, rule: "sign-off.seen", detail: `"lines 4", the list "lines 5"`},
		{name: "a sending-back for a submission", state: s.draft, sub: sub, act: edited(handler, statement, func(s *Statement) { s.Outcome = SendBack }),
			kind: domain.Conflict, rule: "sign-off.seen", detail: `"outcome send-back"`},
		{name: "a forged signature", state: s.draft, sub: sub, act: changed(good, func(a *Act) { a.Sig = ed25519.Sign(keyOf("head"), []byte(a.Statement)) }),
			kind: domain.Forbidden, rule: "sign-off.signature", detail: "k-handler"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := r.state.DecideSubmit(origin, r.sub, r.act)
			if r.rule != "" {
				require.Zero(t, got)
				requireRefused(t, err, r.kind, r.rule, r.detail)
				return
			}
			require.NoError(t, err)
			want := recorded(r.act, r.sub.Round, 0)
			want.Bulk = r.act.Bulk
			require.Equal(t, want, got)
			require.Equal(t, WholeScope, got.Scope)
		})
	}
}

func TestDecideSign(t *testing.T) {
	s := scenes(t)
	statement := s.villages.StatementFor(origin, eastHead, east, Agree, "agree", at)
	good := signs(eastHead, statement)
	other := func(edit func(*Statement)) Act { return edited(eastHead, statement, edit) }
	alias := func(person, capacity string, area domain.AreaCode) Authority {
		return officer("alias", person, capacity, area)
	}
	for _, r := range []struct {
		name    string
		state   State
		act     Act
		outcome Outcome
		none    bool
		step    int
		kind    domain.Kind
		rule    string
		detail  string
	}{
		{name: "a village", state: s.villages, act: good, step: 1},
		{name: "the other village", state: s.oneVillage, act: agrees(s.oneVillage, westHead, west), step: 1},
		{name: "one person for both villages", state: s.oneVillage, act: agrees(s.oneVillage, eastHead.as(func(a *Authority) { a.Area = "340311101" }), west), step: 1},
		{name: "the first of two", state: s.heads, act: agrees(s.heads, townHead, WholeScope), step: 2},
		{name: "the second of two", state: s.oneHead, act: agrees(s.oneHead, second, WholeScope), step: 2},
		{name: "an account that has passed to another person", state: s.oneHead, act: agrees(s.oneHead, townHead.as(func(a *Authority) { a.Person = "p-new" }), WholeScope), step: 2},
		{name: "the last", state: s.last, act: agrees(s.last, finance, WholeScope), step: 3},
		{name: "a head refuses", state: s.heads, act: signs(townHead, s.heads.StatementFor(origin, townHead, WholeScope, Refuse, "agree", at)), outcome: Refuse, step: 2},
		{name: "a head who agreed refuses", state: s.oneHead, act: signs(townHead, s.oneHead.StatementFor(origin, townHead, WholeScope, Refuse, "agree", at)), outcome: Refuse, step: 2},
		{name: "refusing where all signatures of the village stand", state: s.oneVillage,
			act:     signs(alias("new", "village.head", east), s.oneVillage.StatementFor(origin, alias("new", "village.head", east), east, Refuse, "agree", at)),
			outcome: Refuse, step: 1},
		{name: "prepared by others", state: s.villages.EvolveHandled("o-handler").EvolveHandled("o-new"), act: handledBy(good, map[string]string{"o-handler": "p-handler", "o-new": "p-new"}), step: 1},
		{name: "in bulk", state: s.villages, act: inBulk(good), step: 1},
		{name: "in bulk at the first place", state: s.villages, act: changed(inBulk(good), func(a *Act) { a.Bulk = &Bulk{Signing: "signing-1"} }), step: 1},

		{name: "again", state: s.oneVillage, act: good, none: true},
		{name: "again for the same scope in other words", state: s.oneVillage, act: agrees(s.oneVillage, eastHead, east), none: true},
		{name: "again at a later step", state: s.heads, act: good, none: true},
		{name: "again when complete", state: s.complete, act: agrees(s.last, finance, WholeScope), none: true},
		{name: "again by one of two", state: s.oneHead, act: agrees(s.oneHead, townHead, WholeScope), none: true},

		{name: "a draft", state: s.draft, act: good, kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "sent back", state: s.sentBack, act: good, kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "refused", state: s.villages.EvolveRefused(), act: good, kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "ended, though the signature stands", state: s.oneVillage.EvolveEnded(), act: good, kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "complete, in other words", state: s.complete, act: edited(finance, s.last.StatementFor(origin, finance, WholeScope, Agree, "agree", at), func(s *Statement) { s.At = "2022-01-11T01:02:03Z" }),
			kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "never opened", state: State{}, act: good, kind: domain.Conflict, rule: "sign-off.not-awaiting"},

		{name: "a step too early", state: s.villages, act: agrees(s.villages, townHead, WholeScope), kind: domain.Forbidden, rule: "sign-off.step-order", detail: "the step that waits is village.head; you act as town.head"},
		{name: "a step too late", state: s.heads, act: agrees(s.heads, alias("new", "village.head", east), east), kind: domain.Forbidden, rule: "sign-off.step-order"},
		{name: "the handler as head", state: s.heads, act: agrees(s.heads, alias("handler", "town.head", "340311101"), WholeScope),
			kind: domain.Forbidden, rule: "sign-off.one-person-one-step", detail: "you signed step town.handler of this already"},
		{name: "the first of two under a second account", state: s.oneHead, act: agrees(s.oneHead, alias("head", "town.head", "340311101"), WholeScope),
			kind: domain.Forbidden, rule: "sign-off.one-person-one-step", detail: "you signed step town.head already, as o-head"},
		{name: "who prepared it, as head", state: s.heads.EvolveHandled("o-head"), act: agrees(s.heads, townHead, WholeScope),
			kind: domain.Forbidden, rule: "sign-off.handler-step", detail: "you handled this yourself, as o-head; whoever handled it signs town.handler and no other step"},
		{name: "who prepared it under another account", state: s.heads.EvolveHandled("o-new").EvolveHandled("o-alias"),
			act:  handledBy(agrees(s.heads, townHead, WholeScope), map[string]string{"o-new": "p-new", "o-alias": "p-head"}),
			kind: domain.Forbidden, rule: "sign-off.handler-step", detail: "as o-alias"},
		{name: "who prepared it under another account, at the step of villages", state: s.villages.EvolveHandled("o-alias"),
			act: handledBy(good, map[string]string{"o-alias": "p-east"}), kind: domain.Forbidden, rule: "sign-off.handler-step"},
		{name: "who prepared it, as the second of two", state: s.oneHead.EvolveHandled("o-alias"),
			act: handledBy(agrees(s.oneHead, second, WholeScope), map[string]string{"o-alias": "p-second"}), kind: domain.Forbidden, rule: "sign-off.handler-step"},
		{name: "who prepared it refuses", state: s.heads.EvolveHandled("o-head"), act: signs(townHead, s.heads.StatementFor(origin, townHead, WholeScope, Refuse, "agree", at)),
			outcome: Refuse, kind: domain.Forbidden, rule: "sign-off.handler-step"},
		{name: "who prepared it, in bulk", state: s.villages.EvolveHandled("o-east"), act: inBulk(good), kind: domain.Forbidden, rule: "sign-off.handler-step"},
		{name: "prepared under an account whose person was not looked up", state: s.villages.EvolveHandled("o-new"), act: good,
			kind: domain.Conflict, rule: "sign-off.handler-unknown", detail: "o-new handled this meanwhile"},
		{name: "the village outside their area", state: s.villages, act: agrees(s.villages, eastHead, west), kind: domain.Forbidden, rule: "sign-off.area", detail: "village " + west},
		{name: "the whole from one village", state: s.heads, act: agrees(s.heads, townHead.as(func(a *Authority) { a.Area = west }), WholeScope),
			kind: domain.Forbidden, rule: "sign-off.area", detail: "village " + east},
		{name: "their own family's", state: s.villages, act: changed(good, func(a *Act) { a.Kin = "line 3" }), kind: domain.Forbidden, rule: "sign-off.own-family", detail: "line 3"},
		{name: "the whole where villages sign", state: s.villages, act: agrees(s.villages, eastHead.as(func(a *Authority) { a.Area = "340311101" }), WholeScope),
			kind: domain.Invalid, rule: "sign-off.scope", detail: "sign one of: " + east + ", " + west},
		{name: "a village where the whole is signed", state: s.heads, act: agrees(s.heads, townHead, east), kind: domain.Invalid, rule: "sign-off.scope", detail: "sign one of: whole"},
		{name: "a village that is not listed", state: s.villages, act: agrees(s.villages, eastHead, "340311101203"), kind: domain.Invalid, rule: "sign-off.scope"},
		{name: "a scope that has its signatures", state: s.oneVillage, act: agrees(s.oneVillage, alias("new", "village.head", east), east),
			kind: domain.Conflict, rule: "sign-off.scope-complete", detail: east},

		{name: "no statement", state: s.villages, act: changed(good, func(a *Act) { a.Statement = strings.TrimSuffix(a.Statement, "\n") }), kind: domain.Invalid, rule: "sign-off.statement"},
		{name: "without an opinion", state: s.villages, act: other(func(s *Statement) { s.Opinion = "" }), kind: domain.Invalid, rule: "sign-off.opinion"},
		{name: "with free text for an opinion", state: s.villages, act: other(func(s *Statement) { s.Opinion = "王某不符合条件" }), kind: domain.Invalid, rule: "sign-off.opinion"},
		{name: "with an opinion of 41 letters", state: s.villages, act: other(func(s *Statement) { s.Opinion = strings.Repeat("a", 41) }), kind: domain.Invalid, rule: "sign-off.opinion"},
		{name: "of another ledger", state: s.villages, act: other(func(s *Statement) { s.Origin = "log.example.cn/other" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"origin log.example.cn/other"`},
		{name: "about another subject", state: s.villages, act: other(func(s *Statement) { s.Subject = "payrun-2" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"subject payrun-2"`},
		{name: "of another round", state: s.villages, act: other(func(s *Statement) { s.Round = 2 }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"round 2"`},
		{name: "of another step", state: s.villages, act: other(func(s *Statement) { s.Step = 2 }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"step 2"`},
		{name: "under another step's name", state: s.villages, act: other(func(s *Statement) { s.StepName = "town.head" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"step-name`},
		{name: "for another scope", state: s.villages, act: other(func(s *Statement) { s.Scope = west }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"scope ` + west},
		{name: "over another list", state: s.villages, act: other(func(s *Statement) { s.Root = hashOf("west") }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"root `},
		{name: "over fewer lines", state: s.villages, act: other(func(s *Statement) { s.Lines-- }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"lines 1"`},
		{name: "over more people without a line", state: s.villages, act: other(func(s *Statement) { s.Held++ }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"held 1"`},
		{name: "over another total", state: s.villages, act: other(func(s *Statement) { s.Total = "160.01" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"total 160.01"`},
		{name: "under another rulebook", state: s.villages, act: other(func(s *Statement) { s.Rulebook = hashOf("2") }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"rulebook`},
		{name: "after other signatures", state: s.villages, act: other(func(s *Statement) { s.Previous = "-" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"previous -"`},
		{name: "that refuses", state: s.villages, act: other(func(s *Statement) { s.Outcome = Refuse }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"outcome refuse"`},
		{name: "of another account", state: s.villages, act: other(func(s *Statement) { s.Officer = "o-west" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"officer o-west"`},
		{name: "of another person", state: s.villages, act: other(func(s *Statement) { s.Person = "p-west" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"person p-west"`},
		{name: "under another name", state: s.villages, act: other(func(s *Statement) { s.Name = "李" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"name`},
		{name: "under another post", state: s.villages, act: other(func(s *Statement) { s.Post = "书记" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"post`},
		{name: "in another capacity", state: s.villages, act: other(func(s *Statement) { s.Capacity = "town.head" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"capacity town.head"`},
		{name: "in another office", state: s.villages, act: other(func(s *Statement) { s.Office = "town-2" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"office town-2"`},
		{name: "for another key", state: s.villages, act: other(func(s *Statement) { s.Key = "k-west" }), kind: domain.Conflict, rule: "sign-off.seen", detail: `"key k-west"`},

		{name: "without a signature", state: s.villages, act: changed(good, func(a *Act) { a.Sig = nil }), kind: domain.Forbidden, rule: "sign-off.signature", detail: "k-east"},
		{name: "with a short signature", state: s.villages, act: changed(good, func(a *Act) { a.Sig = a.Sig[:63] }), kind: domain.Forbidden, rule: "sign-off.signature"},
		{name: "signed with another's key", state: s.villages, act: changed(good, func(a *Act) { a.Sig = ed25519.Sign(keyOf("west"), []byte(a.Statement)) }), kind: domain.Forbidden, rule: "sign-off.signature"},
		{name: "without a key", state: s.villages, act: changed(good, func(a *Act) { a.Public = nil }), kind: domain.Forbidden, rule: "sign-off.signature"},
		{name: "the signature over another instant", state: s.villages,
			act: changed(good, func(a *Act) {
				a.Statement = strings.Replace(a.Statement, at, "2022-01-11T01:02:03Z", 1)
			}), kind: domain.Forbidden, rule: "sign-off.signature"},
		{name: "in bulk without a signing", state: s.villages, act: changed(inBulk(good), func(a *Act) { a.Bulk = &Bulk{Index: 3} }), kind: domain.Invalid, rule: "sign-off.bulk"},
		{name: "in bulk before the first place", state: s.villages, act: changed(inBulk(good), func(a *Act) { a.Bulk = &Bulk{Index: -1, Signing: "signing-1"} }), kind: domain.Invalid, rule: "sign-off.bulk"},
		{name: "in bulk with a signature of its own", state: s.villages, act: changed(inBulk(good), func(a *Act) { a.Sig = good.Sig }), kind: domain.Invalid, rule: "sign-off.bulk"},
		{name: "in bulk over another list", state: s.villages, act: inBulk(other(func(s *Statement) { s.Lines-- })), kind: domain.Conflict, rule: "sign-off.seen"},
		{name: "in bulk out of order", state: s.villages, act: inBulk(agrees(s.villages, townHead, WholeScope)), kind: domain.Forbidden, rule: "sign-off.step-order"},
	} {
		t.Run(r.name, func(t *testing.T) {
			outcome := r.outcome
			if outcome == "" {
				outcome = Agree
			}
			got, ok, err := r.state.DecideSign(origin, r.act, outcome)
			switch {
			case r.rule != "":
				require.Zero(t, got)
				require.False(t, ok)
				requireRefused(t, err, r.kind, r.rule, r.detail)
			case r.none:
				require.NoError(t, err)
				require.Zero(t, got)
				require.False(t, ok)
			default:
				require.NoError(t, err)
				require.True(t, ok)
				want := recorded(r.act, 1, r.step)
				want.Bulk = r.act.Bulk
				require.Equal(t, want, got)
			}
		})
	}
}

// TestTheOfficersOwnWords are the two lines of a statement that the ledger does not know beforehand.
func TestTheOfficersOwnWords(t *testing.T) {
	s := scenes(t).villages
	act := signs(eastHead, s.StatementFor(origin, eastHead, east, Agree, "agree-after-visit-2", "2022-01-11T00:00:00Z"))
	got, ok, err := s.DecideSign(origin, act, Agree)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "agree-after-visit-2", got.Opinion)
	require.Equal(t, act.Statement, got.Signature.Statement)
}

// TestBulkKeepsNoSignature: the one signature over many subjects stands in the signing, and a subject only points there.
func TestBulkKeepsNoSignature(t *testing.T) {
	s := scenes(t).villages
	act := inBulk(agrees(s, eastHead, east))
	got, _, err := s.DecideSign(origin, act, Agree)
	require.NoError(t, err)
	require.Equal(t, bulk, got.Bulk)
	require.Empty(t, got.Signature.Sig)
	require.Equal(t, act.Statement, got.Signature.Statement, "the leaf of what was signed")
}

func TestDecideSendBack(t *testing.T) {
	s := scenes(t)
	good := sendsBack(s.heads, townHead, WholeScope)
	fromVillage := sendsBack(s.villages, eastHead, east)
	anew := officer("new", "new", "village.head", east)
	noScope := func(act Act) Act { return changed(act, func(a *Act) { a.Scope = "" }) }
	for _, r := range []struct {
		name   string
		state  State
		act    Act
		to     int
		reason string
		step   int
		kind   domain.Kind
		rule   string
		detail string
	}{
		{name: "to the handler", state: s.heads, act: good, reason: "wrong-list", step: 2},
		{name: "to the step before", state: s.heads, act: good, to: 1, reason: "wrong-list", step: 2},
		{name: "by one who signed the step", state: s.oneHead, act: sendsBack(s.oneHead, townHead, WholeScope), reason: "wrong-list", step: 2},
		{name: "by a village", state: s.villages, act: fromVillage, reason: "wrong-list", step: 1},
		{name: "by a village that has signed", state: s.oneVillage, act: sendsBack(s.oneVillage, eastHead, east), reason: "wrong-list", step: 1},
		{name: "by another of a village that has signed", state: s.oneVillage, act: sendsBack(s.oneVillage, anew, east), reason: "wrong-list", step: 1},
		{name: "for the scope that comes first", state: s.villages, act: noScope(fromVillage), reason: "wrong-list", step: 1},
		{name: "for the whole where nothing is said", state: s.heads, act: noScope(good), reason: "wrong-list", step: 2},

		{name: "no reason", state: s.heads, act: good, kind: domain.Invalid, rule: "sign-off.reason"},
		{name: "free text for a reason", state: s.heads, act: good, reason: "王某已去世", kind: domain.Invalid, rule: "sign-off.reason", detail: "belongs in the note"},
		{name: "in bulk", state: s.heads, act: inBulk(good), reason: "wrong-list", kind: domain.Invalid, rule: "sign-off.bulk", detail: "of its own"},
		{name: "to the present step", state: s.heads, act: good, to: 2, reason: "wrong-list", kind: domain.Invalid, rule: "sign-off.send-back-to", detail: "step 2 does not come before the present step 2"},
		{name: "to a later step", state: s.heads, act: good, to: 3, reason: "wrong-list", kind: domain.Invalid, rule: "sign-off.send-back-to"},
		{name: "to before the first step", state: s.heads, act: good, to: -1, reason: "wrong-list", kind: domain.Invalid, rule: "sign-off.send-back-to"},
		{name: "a draft", state: s.draft, act: good, reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "a draft, without a scope", state: s.draft, act: noScope(good), reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "complete", state: s.complete, act: good, reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "complete, without a scope", state: s.complete, act: noScope(good), reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "complete, by a signature that stands", state: s.complete, act: agrees(s.last, finance, WholeScope), reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "again", state: s.sentBack, act: sendsBack(s.oneHead, second, WholeScope), reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.not-awaiting"},
		{name: "with an agreement", state: s.heads, act: agrees(s.heads, townHead, WholeScope), reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.seen", detail: `"outcome agree"`},
		{name: "with an agreement that stands", state: s.oneHead, act: agrees(s.heads, townHead, WholeScope), reason: "wrong-list", kind: domain.Conflict, rule: "sign-off.seen", detail: `"outcome agree"`},
		{name: "by the step before", state: s.heads, act: sendsBack(s.heads, eastHead, east), reason: "wrong-list", kind: domain.Forbidden, rule: "sign-off.step-order"},
		{name: "by who prepared it", state: s.heads.EvolveHandled("o-alias"), act: handledBy(good, map[string]string{"o-alias": "p-head"}), reason: "wrong-list",
			kind: domain.Forbidden, rule: "sign-off.handler-step"},
		{name: "their own family's", state: s.heads, act: changed(good, func(a *Act) { a.Kin = "line 3" }), reason: "wrong-list", kind: domain.Forbidden, rule: "sign-off.own-family"},
		{name: "forged", state: s.heads, act: changed(good, func(a *Act) { a.Sig = make([]byte, 64) }), reason: "wrong-list", kind: domain.Forbidden, rule: "sign-off.signature"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := r.state.DecideSendBack(origin, r.act, r.to, r.reason)
			if r.rule != "" {
				require.Zero(t, got)
				requireRefused(t, err, r.kind, r.rule, r.detail)
				return
			}
			require.NoError(t, err)
			require.Equal(t, Returned{
				Person: r.act.Person, Reason: r.reason, Round: 1, Signature: recorded(r.act, 1, r.step).Signature, Step: r.step, To: r.to, Subject: "payrun-1",
			}, got)
		})
	}
}

func TestStatementFor(t *testing.T) {
	s := scenes(t)
	require.Equal(t, Statement{
		Origin: origin, Subject: "payrun-1", Round: 1, Step: 1, StepName: "village.head", Scope: west, Root: hashOf("west"), Lines: 3, Held: 1,
		Total: "240.00", Rulebook: hashOf("rulebook"), Previous: PreviousHash([]string{HashText(submits(s.draft, handler, submission(1)).Statement)}),
		Outcome: SendBack, Opinion: "wrong-list", Officer: "o-west", Person: "p-west", Name: "王 west", Post: "经办", Capacity: "village.head",
		Office: "town-1", Key: "k-west", At: at,
	}, s.villages.StatementFor(origin, westHead, west, SendBack, "wrong-list", at))
	for name, state := range map[string]State{"draft": s.draft, "sent back": s.sentBack, "complete": s.complete, "refused": s.villages.EvolveRefused(), "ended": s.villages.EvolveEnded(), "none": {}} {
		require.Zero(t, state.StatementFor(origin, westHead, west, Agree, "agree", at), name)
	}
	require.Zero(t, State{}.StatementToSubmit(origin, handler, submission(1), "agree", at))
	first := s.sentBack.StatementToSubmit(origin, handler, submission(2), "agree", at)
	require.Equal(t, []any{2, 0, "-", WholeScope, Agree, 5, "400.00"}, []any{first.Round, first.Step, first.Previous, first.Scope, first.Outcome, first.Lines, first.Total})
}

func TestVerify(t *testing.T) {
	public := keyOf("east").Public().(ed25519.PublicKey)
	sig := ed25519.Sign(keyOf("east"), []byte("text"))
	for _, r := range []struct {
		name   string
		public ed25519.PublicKey
		text   string
		sig    []byte
		ok     bool
	}{
		{"good", public, "text", sig, true},
		{"another text", public, "text\n", sig, false},
		{"another key", keyOf("west").Public().(ed25519.PublicKey), "text", sig, false},
		{"no key", nil, "text", sig, false},
		{"a short key", public[:31], "text", sig, false},
		{"no signature", public, "text", nil, false},
		{"a short signature", public, "text", sig[:63], false},
		{"a long signature", public, "text", append([]byte{0}, sig...), false},
	} {
		t.Run(r.name, func(t *testing.T) { require.Equal(t, r.ok, Verify(r.public, r.text, r.sig)) })
	}
}
