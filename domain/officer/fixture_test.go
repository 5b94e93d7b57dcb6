package officer

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

const (
	origin = "log.example.cn/huaishang"
	county = domain.AreaCode("340523")
	town   = domain.AreaCode("340523100")
)

var newYear = domain.MustDate("2022-01-01")

// keyOf is a key that stands for its name: the same in every run.
func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func publicOf(name string) ed25519.PublicKey { return keyOf(name).Public().(ed25519.PublicKey) }

func granterOf(name string) Granter {
	return Granter{Officer: name, Person: "person-" + name, Custody: signoff.OwnDevice, Key: KeyID(publicOf(name)), Public: publicOf(name)}
}

func root() Granter {
	g := granterOf("root")
	g.Root = true
	return g
}

func personnel(area domain.AreaCode) Granter {
	g := granterOf("personnel")
	g.Capacity, g.Area = Personnel, area
	return g
}

// by is an act that is still to be signed.
func by(g Granter) Act {
	return Act{Granter: g, Place: Place{Origin: origin, Revision: 7, On: newYear}}
}

// signed lets the act's granter sign for e.
func signed(a Act, e Granted) Act {
	a.Statement = StatementFor(a.Place, e, a.Granter.Officer, a.Granter.Key, "2021-12-30T01:02:03Z").Text()
	a.Sig = ed25519.Sign(keyOf(a.Granter.Officer), []byte(a.Statement))
	return a
}

// li is an officer with one capacity and one key; extra facts follow, at revisions from 3.
func li(extra ...domain.Event) State {
	events := append([]domain.Event{
		Appointed{Officer: "li", Person: "person-li", Name: "李四", Post: "科员"},
		CapacityGranted{Officer: "li", Capacity: "county.handler", Office: "o-county", Area: county, From: newYear},
		KeyRegistered{Officer: "li", Alg: signoff.Ed25519, Custody: signoff.OwnDevice, Key: KeyID(publicOf("li")), Public: FormatPublic(publicOf("li"))},
	}, extra...)
	return fold(State{}, events...)
}

func fold(s State, events ...domain.Event) State {
	for i, e := range events {
		s = Evolve(s, domain.Fact{Event: e, Revision: int64(i), On: newYear})
	}
	return s
}

// requireRefused wants a refusal of the rule and kind that says what to do next.
func requireRefused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.NotEmpty(t, refused.Next)
}

// row is one branch of a decision: what is edited before the granter signs and after, and the answer.
type row[C any] struct {
	name   string
	state  State
	edit   func(*C)
	tamper func(*C)
	kind   domain.Kind
	rule   string // empty: agreed
	none   bool   // agreed, and there is nothing to do
}

func run[C any](t *testing.T, rows []row[C], base C, sign func(State, *C) Granted, decide func(State, C) ([]domain.Event, error)) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := base
			if r.edit != nil {
				r.edit(&c)
			}
			sign(r.state, &c)
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
			require.Equal(t, []domain.Event{sign(r.state, &c)}, events)
			again, err := decide(Evolve(r.state, domain.Fact{Event: events[0], Revision: 7, On: newYear}), c)
			require.NoError(t, err)
			require.Empty(t, again, "asking twice changes nothing")
		})
	}
}

// jsonKeys are the keys under which an event's fields are stored.
func jsonKeys(t *testing.T, e domain.Event) []string {
	t.Helper()
	var keys []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(e)) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		require.NotEmpty(t, key)
		keys = append(keys, key)
	}
	return keys
}
