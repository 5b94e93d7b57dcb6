package ledger

import (
	"context"
	"errors"
	"fmt"

	"almoner/domain/codec"
	"almoner/eventstore"
)

// Resume finishes the follow-ups that a crash left: effects of agreed cases and imports, draws of runs that were sent back,
// cancelled or stopped. It is called at open and may be called at any time; what is complete stays as it is. Runs that were
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
	subject, err := l.signable(intent.Subject)
	if err != nil {
		return Command{}, err
	}
	for r, err := range l.store.ReadStream(ctx, subject.stream(), eventstore.End, eventstore.Backwards) {
		if err != nil {
			return Command{}, err
		}
		if r.ID != intent.Event {
			continue
		}
		e, err := codec.Decode(r.Data)
		if err != nil {
			return Command{}, err
		}
		return Command{Actor: Actor{Officer: e.Officer, Office: e.Office, Capacity: e.Capacity}, ID: e.Command.ID}, nil
	}
	return Command{}, fmt.Errorf("event %s is not in its stream %s", intent.Event, subject.stream())
}
