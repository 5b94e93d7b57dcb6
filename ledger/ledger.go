package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/genesis"
	"almoner/domain/rulebook"
	"almoner/eventstore"
	"almoner/internal/vault"
)

// maxClockBehind is how far this machine's clock may lie behind the newest entry before nothing more is written
// (EVENTS.md section 10): clocks that are kept by NTP differ by less.
const maxClockBehind = 2 * time.Second

// Options are what a ledger is opened with.
type Options struct {
	Store  eventstore.Store
	Vault  *vault.Vault
	Views  Views            // may be nil for commands that need none
	Now    func() time.Time // nil: the real clock. Only a ledger created as simulated takes another.
	Random io.Reader        // nonces and salts; nil: crypto/rand

	// Wait lets time pass between attempts at a store that is not available, and ends early with the context's error; nil: it
	// really waits.
	Wait func(ctx context.Context, d time.Duration) error
}

// Ledger is an open ledger. It is safe for concurrent use.
type Ledger struct {
	store  eventstore.Store
	vault  *vault.Vault
	views  Views
	now    func() time.Time
	cache  *streamCache
	random io.Reader
	wait   func(ctx context.Context, d time.Duration) error

	created genesis.Created // entry 0

	mu     sync.Mutex // guards what follows
	newest time.Time  // the latest `at` seen
	last   eventstore.Position
	books  map[string]*rulebook.Rulebook // by hash; a version never changes

	rowsRead *importRows // of the import signed last
}

// lockedReader makes random bytes usable by several goroutines.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return io.ReadFull(l.r, p)
}

func prepare(o Options) *Ledger {
	l := &Ledger{store: o.Store, vault: o.Vault, views: o.Views, now: o.Now, wait: o.Wait, cache: newStreamCache(cachedStreams), books: map[string]*rulebook.Rulebook{}}
	if l.now == nil {
		l.now = time.Now
	}
	if l.wait == nil {
		l.wait = waitFor
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	l.random = &lockedReader{r: o.Random}
	return l
}

// Create writes entry 0 and opens the ledger. The store must be empty; the vault is bound to the new ledger first, so that
// a crash between the two leaves a vault that only this ledger can go on with.
func Create(ctx context.Context, o Options, created genesis.Created) (*Ledger, error) {
	l := prepare(o)
	if o.Now != nil && created.Clock != genesis.SimulatedClock {
		return nil, fmt.Errorf("create ledger: a ledger with a real clock takes no other")
	}
	if head, err := l.store.Head(ctx); err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	} else if head != (eventstore.Position{}) {
		return nil, domain.Refuse(domain.Conflict, "ledger.exists", "there is a ledger here already").WithNext("choose another folder")
	}
	if err := l.vault.Bind(ctx, created.Ledger); err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	}
	l.created = created
	first := created.Roots[0]
	c := Command{Actor: Actor{Officer: first.Officer, Office: "ledger", Capacity: "root"}, ID: "create-" + created.Ledger, Content: created}
	_, err := execute(ctx, l, genesis.Stream, c, genesis.Evolve, func(s genesis.State) ([]domain.Event, error) { return s.DecideCreate(genesis.Create(created)) })
	if err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	}
	return l, nil
}

// Open opens an existing ledger: it reads entry 0 and the newest entry. A clock that lies behind the newest entry may read;
// each write refuses it.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	l := prepare(o)
	first, err := l.store.ReadAll(ctx, eventstore.Position{}, 1)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	if len(first) == 0 {
		return nil, domain.Refuse(domain.NotFound, "ledger.empty", "there is no ledger here: nothing has been recorded").WithNext("create one, or name the folder of an existing one")
	}
	entry, err := codec.DecodeEvent(first[0].Data, nil)
	if err != nil {
		return nil, fmt.Errorf("open ledger: entry 0: %w", err)
	}
	created, ok := entry.Event.(genesis.Created)
	if !ok {
		return nil, fmt.Errorf("open ledger: entry 0 is %s, not ledger.created", entry.EventType())
	}
	if o.Now != nil && created.Clock != genesis.SimulatedClock {
		return nil, fmt.Errorf("open ledger: %s has a real clock and takes no other", created.Ledger)
	}
	l.created = created
	if err := l.readTail(ctx); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return l, nil
}

// readTail learns the newest entry's time.
func (l *Ledger) readTail(ctx context.Context) error {
	tail, err := l.store.ReadAllBackwards(ctx, eventstore.Position{}, 1)
	if err != nil || len(tail) == 0 {
		return err
	}
	e, err := codec.Decode(tail[0].Data)
	if err != nil {
		return err
	}
	l.saw(e.At.Time, tail[0].Position)
	return nil
}

// saw remembers the newest time and position known.
func (l *Ledger) saw(at time.Time, position eventstore.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.After(l.newest) {
		l.newest = at
	}
	if position.Compare(l.last) > 0 {
		l.last = position
	}
}

// stamp is the time of an append attempt: now, but never below the newest entry known or the stream's last. A clock that lies
// further behind is refused.
func (l *Ledger) stamp(streamLast time.Time) (time.Time, error) {
	now := l.now().UTC()
	l.mu.Lock()
	newest := l.newest
	l.mu.Unlock()
	if newest.Sub(now) > maxClockBehind {
		return time.Time{}, domain.Refuse(domain.Refused, "clock.behind", "this machine's clock says %s, and the newest entry was made at %s",
			now.Format(time.RFC3339), newest.Format(time.RFC3339)).WithNext("set the clock, or wait until it has passed that time")
	}
	for _, at := range []time.Time{newest, streamLast} {
		if now.Before(at) {
			now = at
		}
	}
	return now, nil
}

// Created is entry 0 of the ledger.
func (l *Ledger) Created() genesis.Created { return l.created }

// Today is the present day in Asia/Shanghai, by the ledger's clock.
func (l *Ledger) Today() domain.Date { return domain.DateOf(l.now()) }

// Last is the store position of the newest entry that this process has written or seen: what Views must have passed for an
// answer to contain it.
func (l *Ledger) Last() eventstore.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// digest is the keyed hash of a command's content.
func (l *Ledger) digest(content any) (string, error) {
	canonical, err := codec.MarshalPrivate(content)
	if err != nil {
		return "", fmt.Errorf("command content: %w", err)
	}
	return hex.EncodeToString(l.vault.KeyedHash("command", canonical)), nil
}
