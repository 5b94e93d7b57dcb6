package ledger

import (
	"context"
	"errors"
	"fmt"

	"almoner/domain/codec"
	"almoner/eventstore"
)

// Resume finishes the follow-ups that a crash left: effects of agreed cases and imports, draws of runs that were sent back,
// cancelled or stopped, bank files that came and were not classified to the end, refunds that stand
// in no fund yet. It is called at open and may be called at any time; what is complete stays as it is. Runs that were
// being prepared are left to their handlers, who may go on or cancel.
func (l *Ledger) Resume(ctx context.Context, progress Progress) error {
	if err := l.synced(ctx); err != nil {
		return err
	}
	intents, err := l.views.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	var failed []error
	for i, intent := range intents {
		progress.tell(i, len(intents))
		if err := l.resume(ctx, intent); err != nil {
			failed = append(failed, fmt.Errorf("resume %s %s: %w", intent.Subject.Kind, intent.Subject.ID, err))
		}
	}
	progress.tell(len(intents), len(intents))
	return errors.Join(failed...)
}

// resume goes on in the name of the officer whose command stated the intent.
func (l *Ledger) resume(ctx context.Context, intent Intent) error {
	c, err := l.commandOf(ctx, intent)
	if err != nil {
		return err
	}
	if intent.Subject.Kind == BankFileSubject {
		return l.resumeBankFile(ctx, c, intent.Subject.ID)
	}
	if intent.Subject.Kind == PersonSubject {
		return l.resumeRefund(ctx, c, intent)
	}
	if intent.Subject.Kind == PayrunSubject {
		if err := l.undoStopped(ctx, c, intent.Subject.ID); err != nil {
			return err
		}
	}
	subject, err := l.signable(intent.Subject)
	if err != nil {
		return err
	}
	return subject.followUp(ctx, c)
}

// commandOf is the actor behind the intent.
func (l *Ledger) commandOf(ctx context.Context, intent Intent) (Command, error) {
	stream, err := l.streamOf(intent.Subject)
	if err != nil {
		return Command{}, err
	}
	r, ok, err := l.lastOf(ctx, stream, func(r eventstore.Recorded) bool { return r.ID == intent.Event })
	if err != nil {
		return Command{}, err
	}
	if !ok {
		return Command{}, fmt.Errorf("event %s is not in its stream %s", intent.Event, stream)
	}
	e, err := codec.Decode(r.Data)
	if err != nil {
		return Command{}, fmt.Errorf("read stream %s at %d: %w", stream, r.Revision, err)
	}
	return Command{Actor: Actor{Officer: e.Officer, Office: e.Office, Capacity: e.Capacity}, ID: e.Command.ID}, nil
}
