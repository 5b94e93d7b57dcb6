package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"

	"iter"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/genesis"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
	"almoner/internal/keyfile"
	"almoner/internal/vault"
	"almoner/ledger"
	"almoner/projections"
)

// The town of the tests: a county, its finance office, one town with two villages, and the only-child allowance paid by
// the quarter. All people are synthetic; their numbers and cards have valid check digits.
const (
	countyOffice, financeOffice, townOffice = "county", "finance", "town"
	countyArea, townArea                    = "340311", "340311101"
	eastVillage, westVillage                = domain.AreaCode("340311101201"), domain.AreaCode("340311101202")
	programme                               = "only-child-allowance"
	programmeRulebook                       = programme + "@340311"
)

// signerOf is an officer with their key and token.
type signerOf struct {
	actor  ledger.Actor
	signer keyfile.Signer
	token  string
}

// town is a ledger with everything around it.
type town struct {
	*ledger.Ledger
	t        *testing.T
	ctx      context.Context
	clock    *testClock
	store    *sqlite.Store
	vault    *vault.Vault
	views    *projections.Views
	tokens   *TokenFile
	server   *Server
	log      *logLines
	root     signerOf
	officers map[string]signerOf // by id
	commands int
	people   int
}

// testClock is an injected clock that moves on a little with each look.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *testClock) set(day string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := domain.MustDate(day)
	c.now = time.Date(d.Year, d.Month, d.Day, 1, 0, 0, 0, time.UTC)
}

// logLines keeps what was logged.
type logLines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newTown builds offices, officers with keys and tokens, and a published rulebook.
func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, ctx: t.Context(), clock: &testClock{}, log: &logLines{}, officers: map[string]signerOf{}}
	w.clock.set("2022-10-10")
	w.open()
	w.hire()
	source, err := rulebook.ShippedSource(programmeRulebook)
	require.NoError(t, err)
	book, _, err := w.ProposeRulebook(w.ctx, w.command("county-handler"), source, "")
	require.NoError(t, err)
	w.signAll(ledger.Subject{Kind: ledger.RulebookSubject, ID: book.ID()})
	return w
}

func (w *town) open() {
	t, dir := w.t, w.t.TempDir()
	var err error
	w.store, err = sqlite.Open(w.ctx, filepath.Join(dir, "ledger.db"), sqlite.Options{Create: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	master, err := vault.NewMaster(rand.Reader)
	require.NoError(t, err)
	w.vault, err = vault.Create(w.ctx, filepath.Join(dir, "vault.db"), master, vault.Options{Now: w.clock.Now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.vault.Close()) })
	w.views, err = projections.Open(w.ctx, filepath.Join(dir, "views.db"), w.store, projections.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.views.Close()) })
	created := genesis.Created{
		Area: countyArea, Clock: genesis.SimulatedClock, Currency: genesis.Yuan, Envelope: 1, FirstPeriod: domain.MustPeriod("2022-10"),
		Ledger: "6f1c8a52-3f0e-4c59-9a53-0f5f1d9d2b11", LogKey: newSigner(t, "log").Public(), Name: "测试台账（人员均为虚构）", Origin: "almoner.example/api-test",
	}
	for i, id := range []string{"root-1", "root-2"} {
		person, err := w.vault.RegisterAnonymous(w.ctx)
		require.NoError(t, err)
		signer := newSigner(t, id)
		created.Roots = append(created.Roots, genesis.Root{Key: signer.Public(), Name: "根" + fmt.Sprint(i+1), Officer: id, Person: person, Post: "信任根"})
		if i == 0 {
			w.root = signerOf{actor: ledger.Actor{Officer: id, Office: "ledger", Capacity: "root"}, signer: signer}
		}
	}
	w.Ledger, err = ledger.Create(w.ctx, ledger.Options{Store: w.store, Vault: w.vault, Views: viewsOf{w.views}, Now: w.clock.Now}, created)
	require.NoError(t, err)
	w.tokens, err = OpenTokenFile(filepath.Join(dir, "tokens.json"))
	require.NoError(t, err)
	w.server, err = New(Options{
		Ledger: w.Ledger, Views: w.views, Tokens: w.tokens, Log: slog.New(slog.NewJSONHandler(w.log, nil)), Revision: w.revision, Simulated: true, Version: "test",
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.server.Close()) })
}

// revision is what a program wires as Options.Revision.
func (w *town) revision(ctx context.Context, stream string) (int64, error) {
	for r, err := range w.store.ReadStream(ctx, stream, eventstore.End, eventstore.Backwards) {
		return r.Revision, err
	}
	return eventstore.NoStream, nil
}

func newSigner(t *testing.T, name string) keyfile.Signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	s, err := keyfile.NewSigner(ed25519.NewKeyFromSeed(seed))
	require.NoError(t, err)
	return s
}

// hire opens the offices and appoints everybody who signs.
func (w *town) hire() {
	villages := []office.Village{{Code: eastVillage, Name: "东桥村"}, {Code: westVillage, Name: "西桥村"}}
	for _, o := range []office.Open{
		{Office: countyOffice, Level: signoff.County, Department: "family-planning", Name: "卫生健康局", Area: countyArea},
		{Office: financeOffice, Level: signoff.Finance, Department: "finance", Name: "财政局", Area: countyArea},
		{Office: townOffice, Level: signoff.Town, Department: "family-planning", Name: "演示镇人民政府", Area: townArea, Parent: countyOffice, Villages: villages},
	} {
		_, err := w.OpenOffice(w.ctx, w.nextID(), w.granting(), o)
		require.NoError(w.t, err)
	}
	for _, o := range []struct {
		id, capacity, office string
		area                 domain.AreaCode
	}{
		{"handler", "town.handler", townOffice, townArea}, {"second", "town.handler", townOffice, townArea},
		{"line-head", "town.line-head", townOffice, townArea}, {"head", "town.head", townOffice, townArea},
		{"county-handler", "county.handler", countyOffice, countyArea}, {"county-head", "county.head", countyOffice, countyArea},
		{"finance-handler", "finance.handler", financeOffice, countyArea}, {"finance-head", "finance.head", financeOffice, countyArea},
		{"east-handler", "village.handler", townOffice, eastVillage}, {"east-head", "village.head", townOffice, eastVillage},
		{"west-handler", "village.handler", townOffice, westVillage}, {"west-head", "village.head", townOffice, westVillage},
	} {
		w.appoint(o.id, o.capacity, o.office, o.area)
	}
}

// appoint makes an officer with one capacity, one key and one token.
func (w *town) appoint(id, capacity, officeID string, area domain.AreaCode) {
	person, err := w.vault.RegisterAnonymous(w.ctx)
	require.NoError(w.t, err)
	_, err = w.Appoint(w.ctx, w.nextID(), w.granting(), officer.Appoint{Officer: id, Person: person, Name: "人员" + id, Post: "科员"})
	require.NoError(w.t, err)
	_, err = w.GrantCapacity(w.ctx, w.nextID(), w.granting(), id, officer.GrantCapacity{Capacity: capacity, Office: officeID, Area: area, From: w.Today()})
	require.NoError(w.t, err)
	signer := newSigner(w.t, id)
	_, err = w.RegisterKey(w.ctx, w.nextID(), w.granting(), id, w.WithKey(signer), signer.Public(), signoff.OwnDevice)
	require.NoError(w.t, err)
	token, _, err := w.tokens.NewToken(id, "test", time.Time{})
	require.NoError(w.t, err)
	w.officers[id] = signerOf{ledger.Actor{Officer: id, Office: officeID, Capacity: capacity}, signer, token}
}

func (w *town) nextID() string {
	w.commands++
	return fmt.Sprintf("setup-%04d", w.commands)
}

func (w *town) command(id string) ledger.Command {
	return ledger.Command{Actor: w.officers[id].actor, ID: w.nextID()}
}

func (w *town) granting() ledger.Granting {
	return ledger.Granting{Actor: w.root.actor, Pen: w.WithKey(w.root.signer)}
}

// next is the officer whose turn it is at a scope.
func (w *town) next(s signoff.State, scope string) string {
	village := scope
	if village == signoff.WholeScope && len(s.Sub.Sections) > 0 {
		village = s.Sub.Sections[0].Scope
	}
	side := map[string]string{string(eastVillage): "east", string(westVillage): "west"}[village]
	switch capacity := s.Chain[s.Step].Capacity(); capacity {
	case "village.handler":
		return side + "-handler"
	case "village.head":
		return side + "-head"
	case "town.handler":
		return "second"
	case "town.line-head":
		return "line-head"
	case "town.head":
		return "head"
	default:
		return strings.ReplaceAll(capacity, ".", "-")
	}
}

// signAll submits a subject and has every step signed, through the ledger itself.
func (w *town) signAll(s ledger.Subject) {
	w.t.Helper()
	first := "handler"
	if s.Kind == ledger.RulebookSubject {
		first = "county-handler"
	}
	_, err := w.Submit(w.ctx, w.command(first), ledger.Sign{Subject: s, Pen: w.WithKey(w.officers[first].signer)})
	require.NoError(w.t, err)
	for {
		state, err := w.Signing(w.ctx, s)
		require.NoError(w.t, err)
		if state.Status != signoff.Awaiting {
			return
		}
		for _, scope := range state.Waiting() {
			by := w.next(state, scope)
			_, err := w.SignOff(w.ctx, w.command(by), ledger.Sign{Subject: s, Scope: scope, Pen: w.WithKey(w.officers[by].signer)})
			require.NoError(w.t, err, "%s at %s", by, scope)
		}
	}
}

// family is one row of an admission list: a mother, a father, a child.
func (w *town) family(village string, childBirth string) map[string]string {
	birth := domain.MustDate(childBirth)
	w.people++
	mother, father, child := w.number("1980-03-05", 2), w.number("1979-04-06", 1), w.number(childBirth, 1)
	return map[string]string{
		"姓名": "王" + string([]rune("甲乙丙丁戊己庚辛壬癸子丑寅卯")[w.people%14]), "身份证号": mother, "户口性质": "农业", "婚姻状况": "初婚", "配偶姓名": "李父", "配偶身份证号": father,
		"子女姓名": "李子", "子女身份证号": child, "光荣证号": fmt.Sprintf("测试证%06d", w.people), "光荣证发证日期": birth.AddDays(100).String(), "村居": village,
		"申报日期": birth.AddDays(100).String(), "起领年月": birth.AddDays(100).MonthPeriod().String(), "已发至年月": "2022-09", "开户行": "测试银行", "账号": w.card(),
		"户名": "王" + string([]rune("甲乙丙丁戊己庚辛壬癸子丑寅卯")[w.people%14]), "家庭编号": fmt.Sprint(w.people), "文号": "测试〔2022〕1号",
	}
}

// number makes a synthetic citizen number; sex is 1 for male, 2 for female.
func (w *town) number(birth string, sex int) string {
	first := countyArea + strings.ReplaceAll(birth, "-", "") + fmt.Sprintf("%03d", w.people*2+sex)
	return first + string(domain.CheckDigit(first))
}

// card makes a synthetic card number with a valid check digit.
func (w *town) card() string {
	first := fmt.Sprintf("620000%012d", w.people)
	for d := '0'; d <= '9'; d++ {
		if domain.Luhn(first + string(d)) {
			return first + string(d)
		}
	}
	panic("no digit satisfies Luhn")
}

// roster writes rows as CSV.
func roster(t *testing.T, rows ...map[string]string) []byte {
	t.Helper()
	headers := slices.Sorted(maps.Keys(rows[0]))
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	require.NoError(t, c.Write(headers))
	for _, row := range rows {
		line := make([]string, len(headers))
		for i, h := range headers {
			line[i] = row[h]
		}
		require.NoError(t, c.Write(line))
	}
	c.Flush()
	return b.Bytes()
}

// families are four households in two villages; the last child turns 16 in December.
func (w *town) families() []byte {
	return roster(w.t, w.family("东桥村", "2010-03-05"), w.family("东桥村", "2012-07-08"), w.family("西桥村", "2014-02-03"), w.family("西桥村", "2006-12-10"))
}

// withRoll has four households on the roll.
func (w *town) withRoll() *town {
	w.t.Helper()
	file := w.families()
	out, err := w.CommitImport(w.ctx, w.command("handler"), ledger.ImportRequest{
		Programme: programme, Office: townOffice, FileName: "roster.csv", File: bytes.NewReader(file), Size: int64(len(file)),
	}, false, nil)
	if err != nil {
		for _, p := range out.Plan.Problems {
			w.t.Log(p.String())
		}
	}
	require.NoError(w.t, err)
	w.signAll(ledger.Subject{Kind: ledger.ImportSubject, ID: out.Import})
	w.clock.set("2022-12-16")
	return w
}

// withRun has a prepared run of the last quarter of 2022.
func (w *town) withRun() string {
	w.t.Helper()
	run, _, err := w.OpenPayrun(w.ctx, w.command("handler"), ledger.PayrunRequest{Programme: programme, Office: townOffice, Finance: financeOffice, Period: domain.MustPeriod("2022-Q4"), Kind: payrun.Regular})
	require.NoError(w.t, err)
	_, err = w.PreparePayrun(w.ctx, w.command("handler"), run, nil)
	require.NoError(w.t, err)
	return run
}

// person is somebody on the roll.
func (w *town) person(village domain.AreaCode) projections.RollEntry {
	w.t.Helper()
	require.NoError(w.t, w.views.WaitPosition(w.ctx, w.Last()))
	roll, err := w.views.Roll(w.ctx, projections.RollQuery{AsOf: w.Today(), Village: string(village)})
	require.NoError(w.t, err)
	require.NotEmpty(w.t, roll.Entries)
	return roll.Entries[0]
}

// viewsOf shows the read models to the ledger, as the program does.
type viewsOf struct{ *projections.Views }

func (v viewsOf) Sync(ctx context.Context, position eventstore.Position) (int64, error) {
	if err := v.WaitPosition(ctx, position); err != nil {
		return 0, err
	}
	at, err := v.Status(ctx)
	return at.LogIndex, err
}

func (v viewsOf) People(ctx context.Context, officeID, programme string) iter.Seq2[ledger.Fold, error] {
	return func(yield func(ledger.Fold, error) bool) {
		for f, err := range v.Views.People(ctx, officeID, programme) {
			if !yield(ledger.Fold{Person: f.Person, Revision: f.Revision, State: f.State}, err) {
				return
			}
		}
	}
}

func (v viewsOf) Rulebooks(ctx context.Context) ([]string, error) {
	_, all, err := v.Views.Rulebooks(ctx)
	var ids []string
	for _, b := range all {
		ids = append(ids, b.Rulebook)
	}
	slices.SortFunc(ids, cmp.Compare[string])
	return slices.Compact(ids), err
}

func (v viewsOf) DrawnUnits(context.Context, string, string) ([]domain.Period, error) {
	return nil, nil // the tests publish no second version
}

func (v viewsOf) EventStream(ctx context.Context, event string) (string, bool, error) {
	entry, err := v.Event(ctx, event)
	return entry.Stream, err == nil, err
}

func (v viewsOf) RunBefore(ctx context.Context, run string) (string, error) {
	return v.Views.RunBefore(ctx, run)
}

func (v viewsOf) Unfinished(context.Context) ([]ledger.Intent, error) {
	return nil, errors.New("the tests resume nothing")
}

// capacityOf is a grant from a day on.
func capacityOf(capacity, officeID string, from domain.Date) officer.GrantCapacity {
	return officer.GrantCapacity{Capacity: capacity, Office: officeID, From: from}
}
