package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"almoner/domain"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/internal/keyfile"
	"almoner/ledger"
)

// demoClock is the injected clock of a simulated ledger: it stands where it was set and moves on a little with each look,
// so that no two entries look simultaneous.
type demoClock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *demoClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

// set moves the clock forward to an hour of a day in Shanghai; it never moves back.
func (c *demoClock) set(year int, month time.Month, day, hour int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := time.Date(year, month, day, hour, 0, 0, 0, domain.Shanghai()).UTC(); t.After(c.now) {
		c.now = t
	}
}

// demoOfficer is one officer with the capacity they use in the demo and their key.
type demoOfficer struct {
	actor  ledger.Actor
	signer keyfile.Signer
}

// demoTown is one county office, one town and its villages with their officers.
type demoTown struct {
	county, town, finance string // office ids
	villages              []demoVillage
	handler, second       demoOfficer // town handlers (经办)
	lineHead, head        demoOfficer
	countyHandler         demoOfficer
	countyHead            demoOfficer
	financeHandler        demoOfficer
	financeHead           demoOfficer
	villageHandlers       map[domain.AreaCode]demoOfficer
	villageHeads          map[domain.AreaCode]demoOfficer
	maker                 *demoMaker
	area                  string // six digits, in which its people's numbers were issued
	householdNumber       int
}

// demo builds the demo ledger.
type demo struct {
	*ledger.Ledger
	session  *session
	clock    *demoClock
	roots    []demoOfficer
	commands int
	vouchers int // documents and vouchers made up so far
	serial   int // the bank's bookings so far
	tell     func(format string, args ...any)
}

// demoPassphrase protects the demo officers' key files. It is no secret: the demo prints it.
const demoPassphrase = "demo passphrase 2021"

// command numbers the demo's commands, so that the same demo makes the same ids.
func (d *demo) command(a ledger.Actor) ledger.Command {
	d.commands++
	return ledger.Command{Actor: a, ID: fmt.Sprintf("demo-%06d", d.commands)}
}

// newKey makes an officer's key from the demo's seed and stores it encrypted like any other.
func (d *demo) newKey(officerID string, seed byte, number int) (keyfile.Signer, error) {
	bytes := make([]byte, ed25519.SeedSize)
	copy(bytes, fmt.Sprintf("demo %03d %03d", seed, number))
	key := ed25519.NewKeyFromSeed(bytes)
	if err := keyfile.Save(d.session.folder.keyOf(officerID), demoPassphrase, key, rand.Reader); err != nil {
		return nil, fmt.Errorf("key of %s: %w", officerID, err)
	}
	return keyfile.NewSigner(key)
}

// granting is the first root officer, who opens offices and appoints.
func (d *demo) granting() ledger.Granting {
	root := d.roots[0]
	return ledger.Granting{Actor: root.actor, Pen: d.WithKey(root.signer)}
}

func (d *demo) openOffice(ctx context.Context, o office.Open) error {
	g := d.granting()
	_, err := d.OpenOffice(ctx, d.command(g.Actor).ID, g, o)
	return err
}

// appoint appoints one officer with one capacity and one key.
func (d *demo) appoint(ctx context.Context, id, name, post, capacity, officeID string, area domain.AreaCode, number int) (demoOfficer, error) {
	fail := func(err error) (demoOfficer, error) { return demoOfficer{}, fmt.Errorf("appoint %s: %w", id, err) }
	person, err := d.session.vault.RegisterAnonymous(ctx)
	if err != nil {
		return fail(err)
	}
	g := d.granting()
	if _, err := d.Appoint(ctx, d.command(g.Actor).ID, g, officer.Appoint{Officer: id, Person: person, Name: name, Post: post}); err != nil {
		return fail(err)
	}
	if _, err := d.GrantCapacity(ctx, d.command(g.Actor).ID, g, id, officer.GrantCapacity{Capacity: capacity, Office: officeID, Area: area, From: d.Today()}); err != nil {
		return fail(err)
	}
	signer, err := d.newKey(id, 1, number)
	if err != nil {
		return fail(err)
	}
	if _, err := d.RegisterKey(ctx, d.command(g.Actor).ID, g, id, d.WithKey(signer), signer.Public(), signoff.OwnDevice); err != nil {
		return fail(err)
	}
	return demoOfficer{ledger.Actor{Officer: id, Office: officeID, Capacity: capacity}, signer}, nil
}

// buildTown opens the offices of a county and one of its towns and appoints everybody who signs.
func (d *demo) buildTown(ctx context.Context, prefix, countyName, townName string, county, town domain.AreaCode, villages int, seed uint64) (*demoTown, error) {
	t := &demoTown{
		county: prefix + "-county", town: prefix + "-town", finance: prefix + "-finance", villages: demoVillages(string(town), villages),
		villageHandlers: map[domain.AreaCode]demoOfficer{}, villageHeads: map[domain.AreaCode]demoOfficer{},
		maker: newDemoMaker(seed), area: string(county),
	}
	listed := make([]office.Village, len(t.villages))
	for i, v := range t.villages {
		listed[i] = office.Village{Code: v.code, Name: v.name}
	}
	for _, o := range []office.Open{
		{Office: t.county, Level: signoff.County, Department: "family-planning", Name: countyName + "卫生健康局（演示）", Area: county},
		{Office: t.finance, Level: signoff.Finance, Department: "finance", Name: countyName + "财政局（演示）", Area: county},
		{Office: t.town, Level: signoff.Town, Department: "family-planning", Name: townName + "人民政府（演示）", Area: town, Parent: t.county, Villages: listed},
	} {
		if err := d.openOffice(ctx, o); err != nil {
			return nil, fmt.Errorf("open %s: %w", o.Office, err)
		}
	}
	if err := d.staff(ctx, t, prefix, county, town); err != nil {
		return nil, err
	}
	return t, nil
}

// staff appoints a town's, county's and finance office's officers, and two in each village.
func (d *demo) staff(ctx context.Context, t *demoTown, prefix string, county, town domain.AreaCode) error {
	number := 0
	var err error
	hire := func(into *demoOfficer, id, post, capacity, officeID string, area domain.AreaCode) {
		if err != nil {
			return
		}
		number++
		name := t.maker.pick(demoSurnames) + t.maker.pick(demoGiven) + t.maker.pick(demoGiven)
		*into, err = d.appoint(ctx, prefix+"-"+id, name, post, capacity, officeID, area, number+1000*len(prefix))
	}
	hire(&t.handler, "town-handler", "经办人", "town.handler", t.town, town)
	hire(&t.second, "town-handler-2", "经办人", "town.handler", t.town, town)
	hire(&t.lineHead, "town-line-head", "条线负责人", "town.line-head", t.town, town)
	hire(&t.head, "town-head", "分管副镇长", "town.head", t.town, town)
	hire(&t.countyHandler, "county-handler", "家庭发展科科员", "county.handler", t.county, county)
	hire(&t.countyHead, "county-head", "家庭发展科科长", "county.head", t.county, county)
	hire(&t.financeHandler, "finance-handler", "社保科科员", "finance.handler", t.finance, county)
	hire(&t.financeHead, "finance-head", "社保科科长", "finance.head", t.finance, county)
	for _, v := range t.villages {
		var handler, head demoOfficer
		hire(&handler, "v"+string(v.code[9:])+"-handler", v.name+"计生专干", "village.handler", t.town, v.code)
		hire(&head, "v"+string(v.code[9:])+"-head", v.name+"主任", "village.head", t.town, v.code)
		t.villageHandlers[v.code], t.villageHeads[v.code] = handler, head
	}
	return err
}

// publish has a rulebook proposed, submitted and signed by the county.
func (d *demo) publish(ctx context.Context, t *demoTown, source []byte) error {
	book, _, err := d.ProposeRulebook(ctx, d.command(t.countyHandler.actor), source, "")
	if err != nil {
		return fmt.Errorf("propose rulebook: %w", err)
	}
	return d.signAll(ctx, t, ledger.Subject{Kind: ledger.RulebookSubject, ID: book.ID()}, t.countyHandler)
}

// signAll submits a subject by its handler and then has every step signed by whoever has to, scope by scope.
func (d *demo) signAll(ctx context.Context, t *demoTown, s ledger.Subject, handler demoOfficer) error {
	if _, err := d.Submit(ctx, d.command(handler.actor), ledger.Sign{Subject: s, Pen: d.WithKey(handler.signer)}); err != nil {
		return fmt.Errorf("submit %s %s: %w", s.Kind, s.ID, err)
	}
	return d.signRest(ctx, t, s, handler)
}

// signRest has every step of a submitted subject signed.
func (d *demo) signRest(ctx context.Context, t *demoTown, s ledger.Subject, handler demoOfficer) error {
	for {
		state, err := d.Signing(ctx, s)
		if err != nil {
			return err
		}
		if state.Status != signoff.Awaiting {
			return nil
		}
		for _, scope := range state.Waiting() {
			by, err := t.signer(state, scope, handler)
			if err != nil {
				return err
			}
			if _, err := d.SignOff(ctx, d.command(by.actor), ledger.Sign{Subject: s, Scope: scope, Pen: d.WithKey(by.signer)}); err != nil {
				return fmt.Errorf("sign %s %s, step %s, scope %s: %w", s.Kind, s.ID, state.Chain[state.Step].Name(), scope, err)
			}
		}
	}
}

// signer is the officer whose turn it is.
func (t *demoTown) signer(s signoff.State, scope string, handler demoOfficer) (demoOfficer, error) {
	switch capacity := s.Chain[s.Step].Capacity(); capacity {
	case "village.handler":
		return t.villageHandlers[domain.AreaCode(t.villageOf(s, scope))], nil
	case "village.head":
		return t.villageHeads[domain.AreaCode(t.villageOf(s, scope))], nil
	case "town.handler":
		if handler.actor.Officer == t.second.actor.Officer {
			return t.handler, nil
		}
		return t.second, nil
	case "town.line-head":
		return t.lineHead, nil
	case "town.head":
		return t.head, nil
	case "county.handler":
		return t.countyHandler, nil
	case "county.head":
		return t.countyHead, nil
	case "finance.handler":
		return t.financeHandler, nil
	case "finance.head":
		return t.financeHead, nil
	default:
		return demoOfficer{}, fmt.Errorf("the demo has nobody who acts as %s", capacity)
	}
}

// villageOf is the village of a scope; a case is signed as a whole by its one village.
func (t *demoTown) villageOf(s signoff.State, scope string) string {
	if scope == signoff.WholeScope && len(s.Sub.Sections) > 0 {
		return s.Sub.Sections[0].Scope
	}
	return scope
}

// household numbers the demo's families.
func (t *demoTown) household() string {
	t.householdNumber++
	return fmt.Sprintf("%s-%05d", t.area, t.householdNumber)
}

// demoOrigin is the demo's log origin.
const demoOrigin = "almoner.example/demo"

// demoGenesis is entry 0 of the demo: a simulated clock, and pages say so.
func demoGenesis(id, logKey string, roots []genesis.Root) genesis.Created {
	return genesis.Created{
		Area: "000000", Clock: genesis.SimulatedClock, Currency: "CNY", Envelope: 1, FirstPeriod: demoMonth(2021, time.January),
		Ledger: id, LogKey: logKey, Name: "惠民补贴台账（演示数据，人员均为虚构）", Origin: demoOrigin, Roots: roots,
	}
}

// demoRulebook is a shipped rulebook with changes to its text that the demo's county makes; each must be there to change.
func demoRulebook(id string, changes ...[2]string) ([]byte, error) {
	source, err := rulebook.ShippedSource(id)
	if err != nil {
		return nil, err
	}
	return replaceAll(source, changes)
}
