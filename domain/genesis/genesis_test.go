package genesis

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/officer"
)

const origin = "log.example.cn/huaishang"

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func publicOf(name string) string {
	return officer.FormatPublic(keyOf(name).Public().(ed25519.PublicKey))
}

func rootOf(name string) Root {
	return Root{Key: publicOf(name), Name: "名" + name, Officer: name, Person: "person-" + name, Post: "主任"}
}

func witnessOf(name string) Witness { return Witness{Key: publicOf(name), Name: name} }

func create() Create {
	return Create{
		Area: "340311", Clock: RealClock, Currency: Yuan, Envelope: 1, FirstPeriod: domain.MustPeriod("2022-01"),
		Ledger: "0b7c2f6e-5b0e-5f43-9c4d-1d2f3a4b5c6d", LogKey: publicOf("log"), Name: "惠民补贴台账", Origin: origin,
		Quorum: 1, Roots: []Root{rootOf("zhang"), rootOf("li"), rootOf("wang")}, Witnesses: []Witness{witnessOf("w1"), witnessOf("w2")},
	}
}

// ledger is a ledger that was created; extra events follow.
func ledger(extra ...domain.Event) State {
	return fold(State{}, append([]domain.Event{Created(create())}, extra...)...)
}

func fold(s State, events ...domain.Event) State {
	for i, e := range events {
		s = Evolve(s, domain.Fact{Event: e, ID: fmt.Sprint("event-", i)})
	}
	return s
}

// signedBy lets root officers sign e at a revision under an origin.
func signedBy(from string, revision int64, e domain.Event, names ...string) []Signed {
	needed, _ := NeedsRoots(e)
	var all []Signed
	for _, name := range names {
		text := StatementFor(from, revision, needed, rootOf(name), "2022-01-10T01:02:03Z").Text()
		all = append(all, Signed{
			Key: publicOf(name), Officer: name, Sig: base64.StdEncoding.EncodeToString(ed25519.Sign(keyOf(name), []byte(text))), Statement: text,
		})
	}
	return all
}

func requireRefused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.NotEmpty(t, refused.Next)
}

// row is one branch of a decision: what is edited before the root officers sign and after, and the answer.
type row[C any] struct {
	name   string
	state  State
	edit   func(*C)
	tamper func(*C)
	kind   domain.Kind
	rule   string // empty: agreed
	none   bool   // agreed, and there is nothing to do
}

func run[C any](t *testing.T, rows []row[C], base func() C, sign func(State, *C), decide func(State, C) ([]domain.Event, error)) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := base()
			if r.edit != nil {
				r.edit(&c)
			}
			if sign != nil {
				sign(r.state, &c)
			}
			if r.tamper != nil {
				r.tamper(&c)
			}
			events, err := decide(r.state, c)
			if r.rule != "" {
				require.Empty(t, events)
				requireRefused(t, err, r.kind, r.rule)
				return
			}
			require.NoError(t, err)
			if r.none {
				require.Empty(t, events)
				return
			}
			require.Len(t, events, 1)
			again, err := decide(Evolve(r.state, domain.Fact{Event: events[0], ID: "event-9"}), c)
			require.NoError(t, err)
			require.Empty(t, again, "asking twice changes nothing")
		})
	}
}

var moved = Moved{Root: strings.Repeat("ab", 32), Size: 7, To: "cluster"}

func TestDecideCreate(t *testing.T) {
	run(t, []row[Create]{
		{name: "a county's ledger"},
		{name: "a town's", edit: func(c *Create) { c.Area = "340311001" }},
		{name: "a province's", edit: func(c *Create) { c.Area = "340000" }},
		{name: "a simulated one", edit: func(c *Create) { c.Clock = SimulatedClock }},
		{name: "without witnesses", edit: func(c *Create) { c.Witnesses, c.Quorum = nil, 0 }},
		{name: "with two roots", edit: func(c *Create) { c.Roots = c.Roots[:2] }},
		{name: "the same again is nothing", state: ledger(), none: true},
		{name: "the same again is nothing, whatever came since", state: ledger(RootsChanged{}, WitnessesChanged{}), none: true},
		{name: "another name", state: ledger(), edit: func(c *Create) { c.Name = "另" }, kind: domain.Conflict, rule: "ledger.created"},
		{name: "other roots", state: ledger(), edit: func(c *Create) { c.Roots = c.Roots[:2] }, kind: domain.Conflict, rule: "ledger.created"},
		{name: "other witnesses", state: ledger(), edit: func(c *Create) { c.Witnesses = c.Witnesses[:1] }, kind: domain.Conflict, rule: "ledger.created"},
		{name: "after the move", state: ledger(moved), kind: domain.Conflict, rule: "ledger.moved"},
		{name: "no id", edit: func(c *Create) { c.Ledger = "" }, kind: domain.Invalid, rule: "ledger.id"},
		{name: "an id in capitals", edit: func(c *Create) { c.Ledger = strings.ToUpper(c.Ledger) }, kind: domain.Invalid, rule: "ledger.id"},
		{name: "no name", edit: func(c *Create) { c.Name = "" }, kind: domain.Invalid, rule: "ledger.name"},
		{name: "a name with blanks around it", edit: func(c *Create) { c.Name = "台账 " }, kind: domain.Invalid, rule: "ledger.name"},
		{name: "a name on two lines", edit: func(c *Create) { c.Name = "台\n账" }, kind: domain.Invalid, rule: "ledger.name"},
		{name: "the longest name", edit: func(c *Create) { c.Name = strings.Repeat("a", 200) }},
		{name: "a name that is too long", edit: func(c *Create) { c.Name = strings.Repeat("a", 201) }, kind: domain.Invalid, rule: "ledger.name"},
		{name: "no area", edit: func(c *Create) { c.Area = "" }, kind: domain.Invalid, rule: "ledger.area"},
		{name: "a village's area", edit: func(c *Create) { c.Area = "340311001201" }, kind: domain.Invalid, rule: "ledger.area"},
		{name: "an area padded with zeros", edit: func(c *Create) { c.Area = "340311000" }, kind: domain.Invalid, rule: "ledger.area"},
		{name: "no first period", edit: func(c *Create) { c.FirstPeriod = domain.Period{} }, kind: domain.Invalid, rule: "ledger.first-period"},
		{name: "a quarter for a first period", edit: func(c *Create) { c.FirstPeriod = domain.MustPeriod("2022-Q1") }, kind: domain.Invalid, rule: "ledger.first-period"},
		{name: "dollars", edit: func(c *Create) { c.Currency = "USD" }, kind: domain.Invalid, rule: "ledger.currency"},
		{name: "no clock", edit: func(c *Create) { c.Clock = "" }, kind: domain.Invalid, rule: "ledger.clock"},
		{name: "no envelope", edit: func(c *Create) { c.Envelope = 0 }, kind: domain.Invalid, rule: "ledger.envelope"},
		{name: "no origin", edit: func(c *Create) { c.Origin = "" }, kind: domain.Invalid, rule: "ledger.origin"},
		{name: "an origin with a space", edit: func(c *Create) { c.Origin = "a b" }, kind: domain.Invalid, rule: "ledger.origin"},
		{name: "an origin with a plus", edit: func(c *Create) { c.Origin = "a+b" }, kind: domain.Invalid, rule: "ledger.origin"},
		{name: "an origin in Chinese", edit: func(c *Create) { c.Origin = "淮上" }, kind: domain.Invalid, rule: "ledger.origin"},
		{name: "an origin with a newline", edit: func(c *Create) { c.Origin = "a\n" }, kind: domain.Invalid, rule: "ledger.origin"},
		{name: "an origin with every sign", edit: func(c *Create) { c.Origin = "!\"#$%&'()*,-./0~" }},
		{name: "too long an origin", edit: func(c *Create) { c.Origin = strings.Repeat("a", 201) }, kind: domain.Invalid, rule: "ledger.origin"},
		{name: "no log key", edit: func(c *Create) { c.LogKey = "" }, kind: domain.Invalid, rule: "ledger.key"},
		{name: "one root", edit: func(c *Create) { c.Roots = c.Roots[:1] }, kind: domain.Invalid, rule: "ledger.roots"},
		{name: "too many roots", edit: func(c *Create) { c.Roots = make([]Root, 21) }, kind: domain.Invalid, rule: "ledger.roots"},
		{name: "a root without an officer id", edit: func(c *Create) { c.Roots[1].Officer = "" }, kind: domain.Invalid, rule: "ledger.root"},
		{name: "a root without a person", edit: func(c *Create) { c.Roots[1].Person = "" }, kind: domain.Invalid, rule: "ledger.root"},
		{name: "a root without a name", edit: func(c *Create) { c.Roots[1].Name = "" }, kind: domain.Invalid, rule: "ledger.root"},
		{name: "a root without a post", edit: func(c *Create) { c.Roots[1].Post = "" }, kind: domain.Invalid, rule: "ledger.root"},
		{name: "a root without a key", edit: func(c *Create) { c.Roots[1].Key = "" }, kind: domain.Invalid, rule: "ledger.key"},
		{name: "a root with the log's key", edit: func(c *Create) { c.Roots[1].Key = c.LogKey }, kind: domain.Invalid, rule: "ledger.root-key"},
		{name: "two roots with one id", edit: func(c *Create) { c.Roots[2].Officer = "zhang" }, kind: domain.Invalid, rule: "ledger.roots-distinct"},
		{name: "two roots that are one person", edit: func(c *Create) { c.Roots[2].Person = "person-zhang" }, kind: domain.Invalid, rule: "ledger.roots-distinct"},
		{name: "two roots with one key", edit: func(c *Create) { c.Roots[2].Key = c.Roots[0].Key }, kind: domain.Invalid, rule: "ledger.roots-distinct"},
		{name: "a quorum of all", edit: func(c *Create) { c.Quorum = 2 }},
		{name: "a quorum beyond the witnesses", edit: func(c *Create) { c.Quorum = 3 }, kind: domain.Invalid, rule: "ledger.quorum"},
		{name: "a negative quorum", edit: func(c *Create) { c.Quorum = -1 }, kind: domain.Invalid, rule: "ledger.quorum"},
		{name: "too many witnesses", edit: func(c *Create) { c.Witnesses = make([]Witness, 21) }, kind: domain.Invalid, rule: "ledger.quorum"},
		{name: "a witness without a name", edit: func(c *Create) { c.Witnesses[1].Name = "" }, kind: domain.Invalid, rule: "ledger.witness"},
		{name: "a witness without a key", edit: func(c *Create) { c.Witnesses[1].Key = "" }, kind: domain.Invalid, rule: "ledger.key"},
		{name: "two witnesses with one name", edit: func(c *Create) { c.Witnesses[1].Name = "w1" }, kind: domain.Invalid, rule: "ledger.witnesses-distinct"},
		{name: "two witnesses with one key", edit: func(c *Create) { c.Witnesses[1].Key = c.Witnesses[0].Key }, kind: domain.Invalid, rule: "ledger.witnesses-distinct"},
	}, create, nil, State.DecideCreate)

	events, err := State{}.DecideCreate(create())
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Created(create())}, events)
	noWitness := create()
	noWitness.Witnesses, noWitness.Quorum = nil, 0
	empty := noWitness
	empty.Witnesses = []Witness{}
	again, err := fold(State{}, Created(noWitness)).DecideCreate(empty)
	require.NoError(t, err)
	require.Empty(t, again, "no witnesses are no witnesses")
}

func TestDecideRotateLogKey(t *testing.T) {
	base := func() RotateLogKey { return RotateLogKey{Key: publicOf("log2"), Revision: 4} }
	sign := func(s State, c *RotateLogKey) { c.Signed = signedBy(origin, c.Revision, c.Event(s), "zhang") }
	run(t, []row[RotateLogKey]{
		{name: "one root signs", state: ledger()},
		{name: "two roots sign", state: ledger(), tamper: func(c *RotateLogKey) {
			c.Signed = append(c.Signed, signedBy(origin, 4, LogKeyRotated{Key: c.Key, Old: publicOf("log")}, "li")...)
		}},
		{name: "the present key is nothing", state: ledger(), edit: func(c *RotateLogKey) { c.Key = publicOf("log") }, none: true},
		{name: "no ledger", kind: domain.NotFound, rule: "ledger.empty"},
		{name: "after the move", state: ledger(moved), kind: domain.Conflict, rule: "ledger.moved"},
		{name: "a key that is none", state: ledger(), edit: func(c *RotateLogKey) { c.Key = "x" }, kind: domain.Invalid, rule: "ledger.key"},
		{name: "an earlier key", state: ledger(LogKeyRotated{Key: publicOf("log2")}, LogKeyRotated{Key: publicOf("log3")}), kind: domain.Conflict, rule: "ledger.log-key-used"},
		{name: "a root's key", state: ledger(), edit: func(c *RotateLogKey) { c.Key = publicOf("li") }, kind: domain.Invalid, rule: "ledger.root-key"},
		{name: "nobody signs", state: ledger(), tamper: func(c *RotateLogKey) { c.Signed = nil }, kind: domain.Forbidden, rule: "ledger.root-signatures"},
		{name: "somebody else signs", state: ledger(), kind: domain.Forbidden, rule: "ledger.root-signature",
			tamper: func(c *RotateLogKey) {
				c.Signed = signedBy(origin, 4, LogKeyRotated{Key: c.Key, Old: publicOf("log")}, "chen")
			}},
		{name: "a root with another key", state: ledger(), tamper: func(c *RotateLogKey) { c.Signed[0].Key = publicOf("li") }, kind: domain.Forbidden, rule: "ledger.root-signature"},
		{name: "no statement", state: ledger(), tamper: func(c *RotateLogKey) { c.Signed[0].Statement = "yes" }, kind: domain.Invalid, rule: "ledger.root-statement"},
		{name: "signed another key", state: ledger(), tamper: func(c *RotateLogKey) { c.Key = publicOf("log3") }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another revision", state: ledger(), tamper: func(c *RotateLogKey) { c.Revision = 5 }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed under another origin", state: ledger(), kind: domain.Conflict, rule: "ledger.root-statement",
			tamper: func(c *RotateLogKey) {
				c.Signed = signedBy("x", 4, LogKeyRotated{Key: c.Key, Old: publicOf("log")}, "zhang")
			}},
		{name: "signed for replacing another key", state: ledger(LogKeyRotated{Key: publicOf("log3")}), kind: domain.Conflict, rule: "ledger.root-statement",
			tamper: func(c *RotateLogKey) {
				c.Signed = signedBy(origin, 4, LogKeyRotated{Key: c.Key, Old: publicOf("log")}, "zhang")
			}},
		{name: "a signature of another key", state: ledger(), kind: domain.Forbidden, rule: "ledger.root-signature",
			tamper: func(c *RotateLogKey) {
				c.Signed[0].Sig = base64.StdEncoding.EncodeToString(ed25519.Sign(keyOf("li"), []byte(c.Signed[0].Statement)))
			}},
		{name: "a signature on two lines", state: ledger(), tamper: func(c *RotateLogKey) { c.Signed[0].Sig = c.Signed[0].Sig[:4] + "\n" + c.Signed[0].Sig[4:] }, kind: domain.Forbidden, rule: "ledger.root-signature"},
		{name: "a signature that is none", state: ledger(), tamper: func(c *RotateLogKey) { c.Signed[0].Sig = "?" }, kind: domain.Forbidden, rule: "ledger.root-signature"},
		{name: "one good signature beside a bad one", state: ledger(), tamper: func(c *RotateLogKey) { c.Signed = append(c.Signed, Signed{Officer: "x"}) }, kind: domain.Forbidden, rule: "ledger.root-signature"},
	}, base, sign, State.DecideRotateLogKey)
}

func TestDecideChangeWitnesses(t *testing.T) {
	base := func() ChangeWitnesses {
		return ChangeWitnesses{Witnesses: []Witness{witnessOf("w1"), witnessOf("w3")}, Quorum: 2, Revision: 4}
	}
	sign := func(_ State, c *ChangeWitnesses) { c.Signed = signedBy(origin, c.Revision, c.Event(), "li") }
	run(t, []row[ChangeWitnesses]{
		{name: "one root signs", state: ledger()},
		{name: "none left", state: ledger(), edit: func(c *ChangeWitnesses) { c.Witnesses, c.Quorum = nil, 0 }},
		{name: "another quorum", state: ledger(), edit: func(c *ChangeWitnesses) { c.Witnesses = create().Witnesses }},
		{name: "the same is nothing", state: ledger(), edit: func(c *ChangeWitnesses) { c.Witnesses, c.Quorum = create().Witnesses, 1 }, none: true},
		{name: "no ledger", kind: domain.NotFound, rule: "ledger.empty"},
		{name: "after the move", state: ledger(moved), kind: domain.Conflict, rule: "ledger.moved"},
		{name: "a quorum beyond the witnesses", state: ledger(), edit: func(c *ChangeWitnesses) { c.Quorum = 3 }, kind: domain.Invalid, rule: "ledger.quorum"},
		{name: "signed another quorum", state: ledger(), tamper: func(c *ChangeWitnesses) { c.Quorum = 0 }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another witness's key", state: ledger(), tamper: func(c *ChangeWitnesses) { c.Witnesses[0].Key = publicOf("w9") }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another witness's name", state: ledger(), tamper: func(c *ChangeWitnesses) { c.Witnesses[0].Name = "w9" }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "nobody signs", state: ledger(), tamper: func(c *ChangeWitnesses) { c.Signed = nil }, kind: domain.Forbidden, rule: "ledger.root-signatures"},
	}, base, sign, State.DecideChangeWitnesses)
}

func TestDecideChangeOrigin(t *testing.T) {
	base := func() ChangeOrigin {
		return ChangeOrigin{To: "log.example.cn/next", Checkpoint: origin + "\n7\nroot\n\n— sig\n", Reason: "log-lost", Revision: 4}
	}
	sign := func(s State, c *ChangeOrigin) { c.Signed = signedBy(s.Origin, c.Revision, c.Event(s), "wang") }
	run(t, []row[ChangeOrigin]{
		{name: "one root signs", state: ledger()},
		{name: "the present origin is nothing", state: ledger(), edit: func(c *ChangeOrigin) { c.To = origin }, none: true},
		{name: "no ledger", kind: domain.NotFound, rule: "ledger.empty"},
		{name: "after the move", state: ledger(moved), kind: domain.Conflict, rule: "ledger.moved"},
		{name: "an origin with a space", state: ledger(), edit: func(c *ChangeOrigin) { c.To = "a b" }, kind: domain.Invalid, rule: "ledger.origin"},
		{name: "an earlier origin", state: ledger(OriginChanged{To: "log.example.cn/next"}, OriginChanged{To: "third"}), kind: domain.Conflict, rule: "ledger.origin-used"},
		{name: "the first origin", state: ledger(OriginChanged{To: "second"}), edit: func(c *ChangeOrigin) { c.To = origin }, kind: domain.Conflict, rule: "ledger.origin-used"},
		{name: "another log's checkpoint", state: ledger(), edit: func(c *ChangeOrigin) { c.Checkpoint = origin + "2\n7\n" }, kind: domain.Invalid, rule: "ledger.checkpoint"},
		{name: "too long a checkpoint", state: ledger(), edit: func(c *ChangeOrigin) { c.Checkpoint += strings.Repeat("x", 10_000) }, kind: domain.Invalid, rule: "ledger.checkpoint"},
		{name: "free text for a reason", state: ledger(), edit: func(c *ChangeOrigin) { c.Reason = "硬盘坏了" }, kind: domain.Invalid, rule: "ledger.reason"},
		{name: "signed another origin", state: ledger(), tamper: func(c *ChangeOrigin) { c.To += "2" }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another checkpoint", state: ledger(), tamper: func(c *ChangeOrigin) { c.Checkpoint += "x" }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another reason", state: ledger(), tamper: func(c *ChangeOrigin) { c.Reason = "key-lost" }, kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "nobody signs", state: ledger(), tamper: func(c *ChangeOrigin) { c.Signed = nil }, kind: domain.Forbidden, rule: "ledger.root-signatures"},
	}, base, sign, State.DecideChangeOrigin)
}

func TestDecideChangeRoots(t *testing.T) {
	base := func() ChangeRoots { return ChangeRoots{Roots: []Root{rootOf("zhang"), rootOf("chen")}, Revision: 4} }
	by := func(names ...string) func(*ChangeRoots) {
		return func(c *ChangeRoots) { c.Signed = signedBy(origin, c.Revision, c.Event(), names...) }
	}
	sign := func(_ State, c *ChangeRoots) { by("zhang", "li")(c) }
	changed := func(edit func(*Root)) func(*ChangeRoots) { return func(c *ChangeRoots) { edit(&c.Roots[1]) } }
	run(t, []row[ChangeRoots]{
		{name: "two roots sign", state: ledger()},
		{name: "the same is nothing", state: ledger(), edit: func(c *ChangeRoots) { c.Roots = create().Roots }, none: true},
		{name: "no ledger", kind: domain.NotFound, rule: "ledger.empty"},
		{name: "after the move", state: ledger(moved), kind: domain.Conflict, rule: "ledger.moved"},
		{name: "one root left", state: ledger(), edit: func(c *ChangeRoots) { c.Roots = c.Roots[:1] }, kind: domain.Invalid, rule: "ledger.roots"},
		{name: "the log's key", state: ledger(LogKeyRotated{Key: publicOf("chen")}), kind: domain.Invalid, rule: "ledger.root-key"},
		{name: "one root signs", state: ledger(), tamper: by("zhang"), kind: domain.Forbidden, rule: "ledger.root-signatures"},
		{name: "one root signs twice", state: ledger(), tamper: by("zhang", "zhang"), kind: domain.Forbidden, rule: "ledger.root-signatures"},
		{name: "a new root signs", state: ledger(), tamper: by("zhang", "chen"), kind: domain.Forbidden, rule: "ledger.root-signature"},
		{name: "signed another key", state: ledger(), tamper: changed(func(r *Root) { r.Key = publicOf("mallory") }), kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another name", state: ledger(), tamper: changed(func(r *Root) { r.Name = "x" }), kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another officer", state: ledger(), tamper: changed(func(r *Root) { r.Officer = "x" }), kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another person", state: ledger(), tamper: changed(func(r *Root) { r.Person = "x" }), kind: domain.Conflict, rule: "ledger.root-statement"},
		{name: "signed another post", state: ledger(), tamper: changed(func(r *Root) { r.Post = "x" }), kind: domain.Conflict, rule: "ledger.root-statement"},
	}, base, sign, State.DecideChangeRoots)
}

func TestDecideMove(t *testing.T) {
	base := func() Move { return Move(moved) }
	run(t, []row[Move]{
		{name: "to a cluster", state: ledger()},
		{name: "the same again is nothing", state: ledger(moved), none: true},
		{name: "elsewhere again", state: ledger(moved), edit: func(c *Move) { c.To = "x" }, kind: domain.Conflict, rule: "ledger.moved"},
		{name: "no ledger", kind: domain.NotFound, rule: "ledger.empty"},
		{name: "no root", state: ledger(), edit: func(c *Move) { c.Root = "ab" }, kind: domain.Invalid, rule: "ledger.move-root"},
		{name: "no entries", state: ledger(), edit: func(c *Move) { c.Size = 0 }, kind: domain.Invalid, rule: "ledger.move-root"},
		{name: "one entry", state: ledger(), edit: func(c *Move) { c.Size = 1 }},
		{name: "nowhere", state: ledger(), edit: func(c *Move) { c.To = "" }, kind: domain.Invalid, rule: "ledger.move-to"},
	}, base, nil, State.DecideMove)
}

func TestDecideOrderErasure(t *testing.T) {
	base := func() OrderErasure {
		return OrderErasure{Basis: "court-order", Case: "case-1", Document: "〔2022〕1号", Person: "p1"}
	}
	run(t, []row[OrderErasure]{
		{name: "the first order", state: ledger()},
		{name: "without a document", state: ledger(), edit: func(c *OrderErasure) { c.Document = "" }},
		{name: "for another person", state: ledger(ErasureOrdered{Person: "p2", Case: "case-1"})},
		{name: "the same again is nothing", state: ledger(ErasureOrdered{Person: "p1", Case: "case-1"}), none: true},
		{name: "by another case", state: ledger(ErasureOrdered{Person: "p1", Case: "case-2"}), kind: domain.Conflict, rule: "ledger.erasure-ordered"},
		{name: "no ledger", kind: domain.NotFound, rule: "ledger.empty"},
		{name: "after the move", state: ledger(moved), kind: domain.Conflict, rule: "ledger.moved"},
		{name: "no person", state: ledger(), edit: func(c *OrderErasure) { c.Person = "" }, kind: domain.Invalid, rule: "ledger.erasure-ids"},
		{name: "no case", state: ledger(), edit: func(c *OrderErasure) { c.Case = "" }, kind: domain.Invalid, rule: "ledger.erasure-ids"},
		{name: "no basis", state: ledger(), edit: func(c *OrderErasure) { c.Basis = "" }, kind: domain.Invalid, rule: "ledger.erasure-basis"},
		{name: "a document on two lines", state: ledger(), edit: func(c *OrderErasure) { c.Document = "a\nb" }, kind: domain.Invalid, rule: "ledger.erasure-document"},
	}, base, nil, State.DecideOrderErasure)
}

func TestDecideErased(t *testing.T) {
	base := func() Erase { return Erase{Order: "event-1", Kids: []string{"p1", "file-1"}} }
	ordered := ledger(ErasureOrdered{Person: "p1", Case: "case-1"}, ErasureOrdered{Person: "p2", Case: "case-2"})
	done := fold(ordered, Erased{Kids: []string{"p1"}, Order: "event-1"})
	run(t, []row[Erase]{
		{name: "the person's key and a file's", state: ordered},
		{name: "a file's after the person's", state: done},
		{name: "a file's alone after the person's", state: done, edit: func(c *Erase) { c.Kids = []string{"file-1"} }},
		{name: "the same again is nothing", state: done, edit: func(c *Erase) { c.Kids = []string{"p1"} }, none: true},
		{name: "nothing more is nothing", state: done, edit: func(c *Erase) { c.Kids = nil }, none: true},
		{name: "no ledger", kind: domain.NotFound, rule: "ledger.empty"},
		{name: "after the move", state: fold(ordered, moved), kind: domain.Conflict, rule: "ledger.moved"},
		{name: "no order", state: ordered, edit: func(c *Erase) { c.Order = "event-9" }, kind: domain.NotFound, rule: "ledger.erasure-order"},
		{name: "a key id that is none", state: ordered, edit: func(c *Erase) { c.Kids = []string{"p1", ""} }, kind: domain.Invalid, rule: "ledger.erased-kid"},
		{name: "not the person's", state: ordered, edit: func(c *Erase) { c.Kids = []string{"p2"} }, kind: domain.Invalid, rule: "ledger.erased-person"},
		{name: "none", state: ordered, edit: func(c *Erase) { c.Kids = nil }, kind: domain.Invalid, rule: "ledger.erased-person"},
	}, base, nil, State.DecideErased)

	events, err := done.DecideErased(Erase{Order: "event-1", Kids: []string{"file-1", "p1", "file-1"}})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Erased{Kids: []string{"file-1"}, Order: "event-1"}}, events, "only what is new, once")
}

func TestEvolve(t *testing.T) {
	s := ledger()
	require.Equal(t, Created(create()), *s.Genesis)
	require.Equal(t, 1, s.Quorum)
	require.Equal(t, create().Witnesses, s.Witnesses)
	require.Equal(t, publicOf("log"), s.LogKey)
	root, ok := s.Root("li")
	require.True(t, ok)
	require.Equal(t, rootOf("li"), root)
	_, ok = s.Root("chen")
	require.False(t, ok)

	stored, err := json.Marshal(s)
	require.NoError(t, err)
	next := fold(s, ErasureOrdered{Person: "p1", Case: "c"}, ErasureOrdered{Person: "p2", Case: "c2"}, Erased{Kids: []string{"p1", "f"}, Order: "event-0"},
		WitnessesChanged{Quorum: 0}, OriginChanged{To: "second"}, LogKeyRotated{Key: "k2"}, RootsChanged{Roots: []Root{rootOf("chen")}}, moved)
	require.Equal(t, []string{"p1", "f"}, next.Erased)
	require.Equal(t, []Order{{Event: "event-0", Person: "p1", Case: "c", Erased: []string{"p1", "f"}}, {Event: "event-1", Person: "p2", Case: "c2"}}, next.Orders)
	require.Empty(t, next.Witnesses)
	require.Zero(t, next.Quorum)
	require.Equal(t, "second", next.Origin)
	require.Equal(t, []string{origin, "second"}, next.Origins)
	require.Equal(t, "k2", next.LogKey)
	require.Equal(t, []string{publicOf("log"), "k2"}, next.LogKeys)
	require.Equal(t, []Root{rootOf("chen")}, next.Roots)
	require.Equal(t, &moved, next.Moved)
	after, err := json.Marshal(s)
	require.NoError(t, err)
	require.Equal(t, string(stored), string(after), "a later fold writes to nothing of an earlier one")
	require.Equal(t, next, Evolve(next, domain.Fact{Event: foreign{}}))

	var read State
	stored, err = json.Marshal(next)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(stored, &read))
	require.Equal(t, next, read)
}

type foreign struct{}

func (foreign) EventType() string { return "foreign.happened" }
