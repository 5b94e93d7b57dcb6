package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/genesis"
	"almoner/eventstore/sqlite"
	"almoner/internal/keyfile"
	"almoner/internal/vault"
	"almoner/ledger"
	"almoner/projections"
)

type ledgerCmd struct {
	Init ledgerInit `cmd:"" help:"新建台账：文件夹、主密钥、保密库、根人员密钥、第 0 条|create a ledger: folder, master key, vault, root keys, entry 0"`
	Show ledgerShow `cmd:"" help:"台账是什么、记到哪里|what the ledger is and how far it goes"`
}

// ledgerInit creates a ledger. Two root officers at least: root changes need two keys.
type ledgerInit struct {
	Name        string            `help:"台账名称|name of the ledger" required:""`
	Area        string            `help:"行政区划代码：镇 9 位，区县 6 位|area code: 9 digits for a town, 6 for a county" required:"" placeholder:"CODE"`
	FirstPeriod string            `help:"本台账发放的第一个月|first month paid by this ledger" required:"" placeholder:"2021-12"`
	Root        []string          `help:"根人员，写作 编号:姓名:职务，至少两次；自带密钥时再加 :公钥|root officer as ID:NAME:POST, at least twice; with :PUBLICKEY appended for a key made elsewhere" required:"" sep:"none" placeholder:"ID:NAME:POST"`
	RootNumber  map[string]string `help:"根人员的身份证号，写作 编号=号码|citizen number of a root officer, ID=NUMBER" placeholder:"ID=NUMBER"`
	Origin      string            `help:"日志来源名，终身不变（默认由台账编号得出）|origin of the log, for ever (default: from the ledger's id)" placeholder:"ORIGIN"`
	Simulated   bool              `help:"模拟时钟，只用于演示和测试|simulated clock, for demos and tests only"`
}

// rootOfficer is one of --root.
type rootOfficer struct {
	genesis.Root
	number string // canonical, empty when not given
}

// Run creates the ledger. What can be refused is refused before anything is written. Order of durability: folder, master
// key, root keys, log key, event store, vault with the root officers, entry 0. A crash on the way leaves a folder without
// entry 0, which the next attempt names and which holds nothing of value.
func (c *ledgerInit) Run(a *app) error {
	f, err := a.folder()
	if err != nil {
		return err
	}
	if a.now != nil && !c.Simulated {
		return usage(a.words, "--now 只用于 --simulated 的台账", "--now goes with --simulated only")
	}
	roots, err := c.roots(a)
	if err != nil {
		return err
	}
	created, err := c.entryZero(roots)
	if err != nil {
		return err
	}
	if err := c.check(created); err != nil {
		return err
	}
	if err := f.create(); err != nil {
		return err
	}
	master, err := vault.CreateMaster(f.master, f.dir)
	if err != nil {
		return c.left(f, err)
	}
	if err := c.makeKeys(a, f, &created); err != nil {
		return c.left(f, err)
	}
	if err := c.record(a, f, master, roots, &created); err != nil {
		return c.left(f, err)
	}
	return c.tell(a, f, master, created)
}

// roots reads the root officers.
func (c *ledgerInit) roots(a *app) ([]rootOfficer, error) {
	roots := make([]rootOfficer, len(c.Root))
	for i, text := range c.Root {
		parts := strings.SplitN(text, ":", 4)
		if len(parts) < 3 {
			return nil, usage(a.words, "--root %q 应写成 编号:姓名:职务", "--root %q must be ID:NAME:POST", text)
		}
		roots[i].Root = genesis.Root{Officer: parts[0], Name: parts[1], Post: parts[2]}
		if len(parts) == 4 {
			roots[i].Key = parts[3]
		}
		number, err := a.given(c.RootNumber[parts[0]])
		if err != nil {
			return nil, err
		}
		if roots[i].number, err = canonicalNumber(number); err != nil {
			return nil, fmt.Errorf("root officer %s: %w", parts[0], err)
		}
	}
	for id := range c.RootNumber {
		known := false
		for _, r := range roots {
			known = known || r.Officer == id
		}
		if !known {
			return nil, usage(a.words, "--root-number 提到的 %q 不是 --root 之一", "--root-number names %q, which is no --root", id)
		}
	}
	return roots, nil
}

// canonicalNumber is a citizen number in its one form; none stays none.
func canonicalNumber(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	number, err := domain.ParseCitizenNumber(text)
	if err != nil {
		return "", err
	}
	return number.Reveal(), nil
}

// entryZero makes what will be recorded, without keys and persons.
func (c *ledgerInit) entryZero(roots []rootOfficer) (genesis.Created, error) {
	period, err := domain.ParsePeriod(c.FirstPeriod)
	if err != nil {
		return genesis.Created{}, fmt.Errorf("--first-period: %w", err)
	}
	created := genesis.Created{
		Area: domain.AreaCode(c.Area), Clock: genesis.RealClock, Currency: genesis.Yuan, Envelope: 1, FirstPeriod: period,
		Ledger: uuid.NewString(), Name: c.Name, Origin: c.Origin,
	}
	if c.Simulated {
		created.Clock = genesis.SimulatedClock
	}
	if created.Origin == "" {
		created.Origin = "almoner/" + created.Ledger
	}
	for _, r := range roots {
		created.Roots = append(created.Roots, r.Root)
	}
	return created, nil
}

// check lets the rules say now what they would refuse later, with stand-ins for the keys and persons that do not exist yet.
func (c *ledgerInit) check(created genesis.Created) error {
	trial := created
	trial.Roots = append([]genesis.Root(nil), created.Roots...)
	standIn := func(i int) string {
		var key [32]byte
		key[0] = byte(i)
		return keyfile.FormatPublic(key[:])
	}
	trial.LogKey = standIn(0)
	for i := range trial.Roots {
		trial.Roots[i].Person = uuid.NewString()
		if trial.Roots[i].Key == "" {
			trial.Roots[i].Key = standIn(i + 1)
		}
	}
	_, err := genesis.State{}.DecideCreate(genesis.Create(trial))
	return err
}

// create makes the folder. One that holds anything is refused.
func (f folder) create() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder %s: %w", f.dir, err)
	}
	if len(entries) > 0 {
		return domain.Refuse(domain.Conflict, "ledger.folder-used", "the folder %s is not empty", f.dir).
			WithNext("choose a new folder with --data; if an earlier creation was interrupted, delete the folder and %s first", f.master)
	}
	if err := os.MkdirAll(f.keys(), 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	return nil
}

// makeKeys makes the log's key and the key files of the root officers who bring none.
func (c *ledgerInit) makeKeys(a *app, f folder, created *genesis.Created) (err error) {
	if created.LogKey, err = f.createLogKey(created.Origin); err != nil {
		return err
	}
	for i, r := range created.Roots {
		if r.Key != "" {
			continue
		}
		secret, err := a.newPassphrase(r.Officer + " " + r.Name)
		if err != nil {
			return err
		}
		public, err := keyfile.Create(f.keyOf(r.Officer), secret, rand.Reader)
		if err != nil {
			return fmt.Errorf("key of %s: %w", r.Officer, err)
		}
		created.Roots[i].Key = keyfile.FormatPublic(public)
	}
	return nil
}

// record makes the event store and the vault, and writes entry 0.
func (c *ledgerInit) record(a *app, f folder, master vault.Master, roots []rootOfficer, created *genesis.Created) (err error) {
	store, err := sqlite.Open(a.ctx, f.events(), sqlite.Options{Create: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	register, err := vault.Create(a.ctx, f.vault(), master, vault.Options{Now: a.now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, register.Close()) }()
	for i, r := range roots {
		if created.Roots[i].Person, err = personOf(a.ctx, register, r.number); err != nil {
			return fmt.Errorf("root officer %s: %w", r.Officer, err)
		}
	}
	views, err := projections.Open(a.ctx, f.views(), store, projections.Options{Ledger: created.Ledger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, views.Close()) }()
	_, err = ledger.Create(a.ctx, ledger.Options{Store: store, Vault: register, Views: ledgerViews{views}, Now: a.now}, *created)
	return err
}

// personOf is the vault's id of a person with a number, or a new one without.
func personOf(ctx context.Context, register *vault.Vault, number string) (string, error) {
	if number == "" {
		return register.RegisterAnonymous(ctx)
	}
	person, _, err := register.Register(ctx, number)
	return person, err
}

// left says what an interrupted creation leaves behind.
func (c *ledgerInit) left(f folder, err error) error {
	return fmt.Errorf("create a ledger in %s (no entry was made; delete the folder and %s before trying again): %w", f.dir, f.master, err)
}

// tell says what was made and, to the person only, the recovery key.
func (c *ledgerInit) tell(a *app, f folder, master vault.Master, created genesis.Created) error {
	a.say("主密钥在 %s（不要放进台账文件夹或它的备份）。恢复密钥如下，抄下或打印后锁起来，只显示这一次：\n  %s",
		"the master key is in %s (keep it out of the folder and its backups). Its recovery key, shown this once; print it and lock it away:\n  %s", f.master, master.RecoveryKey())
	for _, r := range created.Roots {
		if c.RootNumber[r.Officer] == "" {
			a.say("注意：%s 没有身份证号，本人若也是补贴对象将认不出来。", "note: %s has no citizen number: the ledger will not see it if they are also a beneficiary.", r.Officer)
		}
	}
	return a.print(shownLedger(created), func(w io.Writer) {
		fmt.Fprintf(w, a.words.pick("已建立台账 %s\n", "created ledger %s\n"), created.Ledger)
		writeLedger(w, a.words, shownLedger(created))
	})
}

// ledgerShow shows entry 0 and where the read models stand.
type ledgerShow struct{}

// ledgerJSON is what `ledger init` and `ledger show` give.
type ledgerJSON struct {
	Ledger      string     `json:"ledger"`
	Name        string     `json:"name"`
	Area        string     `json:"area"`
	Clock       string     `json:"clock"`
	FirstPeriod string     `json:"firstPeriod"`
	Origin      string     `json:"origin"`
	LogKey      string     `json:"logKey"`
	Roots       []rootJSON `json:"roots"`
	Events      int64      `json:"events"`         // entries taken in by the read models
	Hash        string     `json:"hash,omitempty"` // running hash over them
	NewestAt    string     `json:"newestAt,omitempty"`
}

type rootJSON struct {
	Officer string `json:"officer"`
	Name    string `json:"name"`
	Post    string `json:"post"`
	Key     string `json:"key"`
}

func shownLedger(c genesis.Created) ledgerJSON {
	out := ledgerJSON{
		Ledger: c.Ledger, Name: c.Name, Area: string(c.Area), Clock: string(c.Clock), FirstPeriod: c.FirstPeriod.String(), Origin: c.Origin, LogKey: c.LogKey, Events: 1,
	}
	for _, r := range c.Roots {
		out.Roots = append(out.Roots, rootJSON{Officer: r.Officer, Name: r.Name, Post: r.Post, Key: r.Key})
	}
	return out
}

func writeLedger(w io.Writer, l language, s ledgerJSON) {
	fields(w, l, "名称|name", s.Name, "区划|area", s.Area, "首月|first period", s.FirstPeriod, "时钟|clock", s.Clock, "来源|origin", s.Origin, "日志公钥|log key", s.LogKey,
		"条数|events", strconv.FormatInt(s.Events, 10), "最新一条|newest", s.NewestAt, "累计哈希|running hash", s.Hash)
	for _, r := range s.Roots {
		fmt.Fprintf(w, "%s %s %s %s %s\n", l.pick("根人员", "root"), r.Officer, r.Name, r.Post, r.Key)
	}
}

// Run shows the ledger.
func (c *ledgerShow) Run(a *app) error {
	return a.with(func(s *session) error {
		at, err := s.views.Status(a.ctx)
		if err != nil {
			return err
		}
		out := shownLedger(s.ledger.Created())
		out.Events, out.Hash, out.NewestAt = at.LogIndex, at.Hash, instant(at.At)
		return a.print(out, func(w io.Writer) { writeLedger(w, a.words, out) })
	})
}
