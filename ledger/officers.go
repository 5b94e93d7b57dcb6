package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/denied"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/signoff"
	"almoner/internal/keyfile"
)

// instant is the ledger's present moment as statements write it.
func (l *Ledger) instant() string {
	text, err := codec.At(l.now()).MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}

// Officer loads an officer.
func (l *Ledger) Officer(ctx context.Context, id string) (officer.State, error) {
	s, err := load(ctx, l, officer.Stream(id), officer.Evolve)
	if err == nil && s.state.Officer == "" {
		err = domain.Refuse(domain.NotFound, "officer.unknown", "there is no officer %q", id).WithNext("check the id, or have the person appointed")
	}
	return s.state, err
}

// Office loads an office.
func (l *Ledger) Office(ctx context.Context, id string) (office.State, error) {
	s, err := load(ctx, l, office.Stream(id), office.Evolve)
	if err == nil && s.state.Office == "" {
		err = domain.Refuse(domain.NotFound, "office.unknown", "there is no office %q", id).WithNext("check the id, or have the office opened")
	}
	return s.state, err
}

// authorise refuses an actor who does not hold the capacity for the office today, or whose capacity is not one of those
// that may do this.
func (l *Ledger) authorise(ctx context.Context, a Actor, capacities ...string) (officer.State, error) {
	s, err := l.Officer(ctx, a.Officer)
	if err != nil {
		return s, err
	}
	if len(capacities) > 0 && !slices.Contains(capacities, a.Capacity) {
		return s, l.deny(ctx, a, "officer.authorise", "", domain.Refuse(domain.Forbidden, "officer.capacity-needed", "%s cannot do this", a.Capacity).
			WithNext("act as one of: %v", capacities))
	}
	if !holds(s, a, l.Today()) {
		return s, l.deny(ctx, a, "officer.authorise", "", domain.Refuse(domain.Forbidden, "officer.no-capacity", "%s does not hold %s for %s today", a.Officer, a.Capacity, a.Office).
			WithNext("act in a capacity that you hold"))
	}
	return s, nil
}

func holds(s officer.State, a Actor, day domain.Date) bool {
	return slices.ContainsFunc(s.Capacities, func(h officer.Holding) bool {
		return h.Capacity == a.Capacity && h.Office == a.Office && !day.Before(h.From) && (h.Until.IsZero() || !day.After(h.Until)) && !s.Left
	})
}

// deny records a refusal of authority by a known officer, without its content, and returns it.
func (l *Ledger) deny(ctx context.Context, a Actor, action, subject string, refusal *domain.RefusedError) error {
	day := l.Today()
	stream := denied.Stream(a.Office, day)
	c := Command{Actor: a, ID: NewID(a.Officer, "denied|"+l.instant()+"|"+action+"|"+subject+"|"+refusal.Rule), Content: refusal.Rule}
	_, err := execute(ctx, l, stream, c, denied.Evolve, func(s denied.State) ([]domain.Event, error) {
		return s.DecideRecord(denied.Record{Action: action, Rule: refusal.Rule, Subject: subject, Waiting: 1})
	})
	if err != nil {
		return fmt.Errorf("%w (and the refusal could not be recorded: %w)", refusal, err)
	}
	return refusal
}

// Granting is who grants something, and the pen that signs it. Root officers act as "root" for "ledger".
type Granting struct {
	Actor
	Pen Pen
	On  domain.Date // effective day; zero: today
}

// granter finds out what the granter may grant.
func (l *Ledger) granter(ctx context.Context, g Granting) (officer.Granter, error) {
	if g.Capacity == "root" {
		return l.rootGranter(ctx, g)
	}
	s, err := l.Officer(ctx, g.Officer)
	if err != nil {
		return officer.Granter{}, err
	}
	authority, err := s.Authority(g.Capacity, g.Office, g.Pen.Key(), l.Today(), nil) // granting is on neither side: nothing to separate
	if err != nil {
		return officer.Granter{}, err
	}
	return officer.GranterOf(authority), nil
}

func (l *Ledger) rootGranter(ctx context.Context, g Granting) (officer.Granter, error) {
	trust, err := load(ctx, l, genesis.Stream, genesis.Evolve)
	if err != nil {
		return officer.Granter{}, err
	}
	for _, r := range trust.state.Roots {
		if r.Officer != g.Officer {
			continue
		}
		public, err := keyfile.ParsePublic(r.Key)
		if err != nil {
			return officer.Granter{}, fmt.Errorf("root officer %s: %w", r.Officer, err)
		}
		return officer.Granter{Officer: r.Officer, Person: r.Person, Root: true, Custody: signoff.OwnDevice, Key: keyfile.KeyID(public), Public: public}, nil
	}
	return officer.Granter{}, domain.Refuse(domain.Forbidden, "officer.granter", "%s is not a root officer of this ledger", g.Officer).
		WithNext("a root officer, or an officer with the capacity %s, has to grant", officer.Personnel)
}

// act lets the granter sign the event that make builds with the act; the statement names the exact revision it stands at.
func (l *Ledger) act(g Granting, by officer.Granter, revision int64, make func(officer.Act) officer.Granted) (officer.Act, error) {
	a := officer.Act{Granter: by, Place: officer.Place{Origin: l.created.Origin, Revision: revision, On: g.On}}
	if a.Place.On.IsZero() {
		a.Place.On = l.Today()
	}
	event := make(a)
	text, sig, err := g.Pen.Write(func(at string) string {
		return officer.StatementFor(a.Place, event, by.Officer, by.Key, at).Text()
	})
	a.Statement, a.Sig = text, sig
	return a, err
}

// grantOn runs one granted command on a stream.
func grantOn[S any](ctx context.Context, l *Ledger, stream string, commandID string, g Granting, content any, evolve func(S, domain.Fact) S,
	event func(officer.Act) officer.Granted, decide func(S, officer.Act) ([]domain.Event, error)) (Outcome, error) {
	by, err := l.granter(ctx, g)
	if err != nil {
		return Outcome{}, err
	}
	on := g.On
	if on.IsZero() {
		on = l.Today()
	}
	c := Command{Actor: g.Actor, ID: commandID, Content: content, On: on}
	return execute(ctx, l, stream, c, evolve, func(s S) ([]domain.Event, error) {
		current, err := load(ctx, l, stream, evolve)
		if err != nil {
			return nil, err
		}
		a, err := l.act(g, by, current.rev+1, event)
		if text, drafted := Drafted(err); drafted {
			return nil, orDraft(text, a, err, func(a officer.Act) ([]domain.Event, error) { return decide(s, a) })
		}
		if err != nil {
			return nil, err
		}
		return decide(s, a)
	})
}

// orDraft gives a draft only of what would be granted once it is signed: the decision is asked with the statement and no
// signature, which it looks at last, so that nobody is sent to their key for something that is refused in any case.
func orDraft(text string, a officer.Act, draft error, decide func(officer.Act) ([]domain.Event, error)) error {
	a.Statement = text
	_, err := decide(a)
	var refused *domain.RefusedError
	if errors.As(err, &refused) && refused.Rule == "officer.grant-signature" {
		return draft
	}
	return err // nil: it is true already, and there is nothing to sign
}

// OpenOffice brings an office into the ledger.
func (l *Ledger) OpenOffice(ctx context.Context, commandID string, g Granting, c office.Open) (Outcome, error) {
	if c.Parent != "" {
		parent, err := l.Office(ctx, c.Parent)
		if err != nil {
			return Outcome{}, err
		}
		v, _ := parent.On(l.Today())
		c.ParentArea = v.Area
	}
	with := func(a officer.Act) office.Open { d := c; d.By = a; return d }
	return grantOn(ctx, l, office.Stream(c.Office), commandID, g, struct {
		Area       domain.AreaCode  `json:"area"`
		Department string           `json:"department"`
		Level      signoff.Level    `json:"level"`
		Name       string           `json:"name"`
		Office     string           `json:"office"`
		Parent     string           `json:"parent"`
		Villages   []office.Village `json:"villages,omitempty"`
	}{c.Area, c.Department, c.Level, c.Name, c.Office, c.Parent, c.Villages}, office.Evolve,
		func(a officer.Act) officer.Granted { return with(a).Event() },
		func(s office.State, a officer.Act) ([]domain.Event, error) { return s.DecideOpen(with(a)) })
}

// Appoint makes a person an officer. The person is one of the vault, so that an officer is known when payee or relative.
func (l *Ledger) Appoint(ctx context.Context, commandID string, g Granting, c officer.Appoint) (Outcome, error) {
	with := func(a officer.Act) officer.Appoint { d := c; d.By = a; return d }
	return grantOn(ctx, l, officer.Stream(c.Officer), commandID, g, struct {
		Name    string `json:"name"`
		Officer string `json:"officer"`
		Person  string `json:"person"`
		Post    string `json:"post"`
	}{c.Name, c.Officer, c.Person, c.Post}, officer.Evolve,
		func(a officer.Act) officer.Granted { return with(a).Event() },
		func(s officer.State, a officer.Act) ([]domain.Event, error) { return s.DecideAppoint(with(a)) })
}

// GrantCapacity lets an officer act in a capacity for an office; the office's present area is what it reaches.
func (l *Ledger) GrantCapacity(ctx context.Context, commandID string, g Granting, who string, c officer.GrantCapacity) (Outcome, error) {
	if c.Area == "" {
		o, err := l.Office(ctx, c.Office)
		if err != nil {
			return Outcome{}, err
		}
		v, ok := o.On(c.From)
		if !ok {
			return Outcome{}, domain.Refuse(domain.Refused, "office.not-open", "the office %s is not open on %s", c.Office, c.From).
				WithNext("grant the capacity from a day on which the office is open")
		}
		c.Area = v.Area
	}
	with := func(a officer.Act) officer.GrantCapacity { d := c; d.By = a; return d }
	return grantOn(ctx, l, officer.Stream(who), commandID, g, struct {
		Area     domain.AreaCode `json:"area"`
		Capacity string          `json:"capacity"`
		From     domain.Date     `json:"from"`
		Office   string          `json:"office"`
		Officer  string          `json:"officer"`
		Until    domain.Date     `json:"until,omitempty"`
	}{c.Area, c.Capacity, c.From, c.Office, who, c.Until}, officer.Evolve,
		func(a officer.Act) officer.Granted { return with(a).Event(who) },
		func(s officer.State, a officer.Act) ([]domain.Event, error) {
			d := with(a)
			others, err := l.otherHoldings(ctx, s)
			if err != nil {
				return nil, err
			}
			d.Others = others
			return s.DecideGrantCapacity(d)
		})
}

// otherHoldings lists what the same person holds under other officer ids at this moment. The read models, which have then
// taken in what other processes wrote too, say which ids those are; what each of them holds is read from its stream.
func (l *Ledger) otherHoldings(ctx context.Context, s officer.State) ([]officer.Holding, error) {
	if err := l.syncedToHead(ctx); err != nil {
		return nil, err
	}
	_, all, err := l.views.Officers(ctx)
	if err != nil {
		return nil, fmt.Errorf("officer ids of one person: %w", err)
	}
	var others []officer.Holding
	for _, account := range all {
		if account.Person != s.Person || account.Officer == s.Officer {
			continue
		}
		other, err := l.Officer(ctx, account.Officer)
		if err != nil {
			return nil, err
		}
		if !other.Left {
			others = append(others, other.Capacities...)
		}
	}
	return others, nil
}

// RegisterKey binds a public key to an officer: the key signs its possession, the granter the registration.
func (l *Ledger) RegisterKey(ctx context.Context, commandID string, g Granting, who string, own Pen, public string, custody signoff.Custody) (Outcome, error) {
	c := officer.RegisterKey{Key: own.Key(), Public: public, Alg: signoff.Ed25519, Custody: custody}
	text, sig, err := own.Write(func(at string) string {
		return officer.Possession{Origin: l.created.Origin, Officer: who, Key: c.Key, Public: public, At: at}.Text()
	})
	if err != nil {
		return Outcome{}, err
	}
	c.Statement, c.Sig = text, sig
	if c.HeldBy, err = l.keyHolder(ctx, c.Key, who); err != nil {
		return Outcome{}, err
	}
	with := func(a officer.Act) officer.RegisterKey { d := c; d.By = a; return d }
	return grantOn(ctx, l, officer.Stream(who), commandID, g, struct {
		Key     string `json:"key"`
		Officer string `json:"officer"`
		Public  string `json:"public"`
	}{c.Key, who, public}, officer.Evolve,
		func(a officer.Act) officer.Granted { return with(a).Event(who) },
		func(s officer.State, a officer.Act) ([]domain.Event, error) { return s.DecideRegisterKey(with(a)) })
}

// keyHolder is the other officer who ever registered a key; empty for none. What one key signed must be one person's.
func (l *Ledger) keyHolder(ctx context.Context, key, who string) (string, error) {
	if err := l.syncedToHead(ctx); err != nil {
		return "", err
	}
	_, all, err := l.views.Officers(ctx)
	if err != nil {
		return "", fmt.Errorf("officers who have key %s: %w", key, err)
	}
	for _, o := range all {
		if o.Officer != who && slices.ContainsFunc(o.Keys, func(k officer.Key) bool { return k.Key == key }) {
			return o.Officer, nil
		}
	}
	return "", nil
}

// RevokeKey ends a key from this entry on.
func (l *Ledger) RevokeKey(ctx context.Context, commandID string, g Granting, who, key, reason string) (Outcome, error) {
	with := func(a officer.Act) officer.RevokeKey { return officer.RevokeKey{Key: key, Reason: reason, By: a} }
	return grantOn(ctx, l, officer.Stream(who), commandID, g, map[string]string{"key": key, "officer": who, "reason": reason}, officer.Evolve,
		func(a officer.Act) officer.Granted { return with(a).Event(who) },
		func(s officer.State, a officer.Act) ([]domain.Event, error) { return s.DecideRevokeKey(with(a)) })
}

// WithdrawCapacity ends a capacity after a day.
func (l *Ledger) WithdrawCapacity(ctx context.Context, commandID string, g Granting, who string, c officer.WithdrawCapacity) (Outcome, error) {
	with := func(a officer.Act) officer.WithdrawCapacity { d := c; d.By = a; return d }
	return grantOn(ctx, l, officer.Stream(who), commandID, g, map[string]string{"capacity": c.Capacity, "office": c.Office, "officer": who, "until": c.Until.String()}, officer.Evolve,
		func(a officer.Act) officer.Granted { return with(a).Event(who) },
		func(s officer.State, a officer.Act) ([]domain.Event, error) { return s.DecideWithdrawCapacity(with(a)) })
}

// Villages maps a town's villages by name and by code to their codes.
func (l *Ledger) Villages(ctx context.Context, officeID string) (map[string]domain.AreaCode, error) {
	o, err := l.Office(ctx, officeID)
	if err != nil {
		return nil, err
	}
	v, _ := o.On(l.Today())
	byName := map[string]domain.AreaCode{}
	for _, village := range v.Villages {
		byName[village.Name], byName[string(village.Code)] = village.Code, village.Code
	}
	return byName, nil
}
