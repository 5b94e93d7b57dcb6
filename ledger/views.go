package ledger

import (
	"context"
	"fmt"
	"iter"
	"time"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/officer"
	"almoner/eventstore"
)

// Views is what the ledger asks of the read models. None of it is believed without the exact revision of a stream.
type Views interface {
	// Sync returns when the read models have taken in every entry up to the position, with the log index they stand at.
	Sync(ctx context.Context, position eventstore.Position) (logIndex int64, err error)
	// People yields the fold of each person who ever held an enrolment or a grant of the office and programme.
	People(ctx context.Context, office, programme string) iter.Seq2[Fold, error]
	// Officers lists everybody who was ever appointed, at a log index.
	Officers(ctx context.Context) (logIndex int64, all []officer.State, err error)
	// Rulebooks lists the ids of all rulebooks that were ever proposed, "rural-reward@320000".
	Rulebooks(ctx context.Context) ([]string, error)
	// DrawnUnits lists the units that standing draws of a programme in a region cover.
	DrawnUnits(ctx context.Context, programme, region string) ([]domain.Period, error)
	// RunBefore is the regular run of a run's office and programme that was opened last before it and not cancelled; empty
	// when there is none.
	RunBefore(ctx context.Context, run string) (string, error)
	// EventStream says in which stream an event stands; ok is false when there is no such event.
	EventStream(ctx context.Context, event string) (stream string, ok bool, err error)
	// Unfinished lists the intents whose follow-ups are not complete.
	Unfinished(ctx context.Context) ([]Intent, error)
	BankViews
	MonthViews
}

// Fold is one person's stream folded up to a revision.
type Fold struct {
	Person   string
	Revision int64
	State    beneficiary.State
}

// Intent is an event whose follow-ups are not complete.
type Intent struct {
	Subject Subject
	Event   string // event id
}

// synced waits until the read models contain everything this process has written or seen.
func (l *Ledger) synced(ctx context.Context) error {
	_, err := l.logIndex(ctx)
	return err
}

// syncedToHead waits until the read models contain everything in the store, what other processes wrote included.
func (l *Ledger) syncedToHead(ctx context.Context) error {
	head, err := l.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("head of the store: %w", err)
	}
	l.saw(time.Time{}, head)
	return l.synced(ctx)
}

// logIndex is the number of entries that the read models have taken in, which are at least all this process knows of.
func (l *Ledger) logIndex(ctx context.Context) (int64, error) {
	if l.views == nil {
		return 0, fmt.Errorf("this ledger was opened without read models")
	}
	at, err := l.views.Sync(ctx, l.Last())
	if err != nil {
		return 0, fmt.Errorf("read models: %w", err)
	}
	return at, nil
}
