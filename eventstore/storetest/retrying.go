package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"almoner/eventstore"
)

// attempts is how often Retrying tries before it gives up: with faults of any probability a test means to survive, giving up
// by accident is out of the question.
const attempts = 500

// Retrying is a client that does what package eventstore asks of one: it repeats a write whose outcome it does not know, or
// that was not done, with the same ids and revision, and continues reads and subscriptions where they broke off. Around a
// store that only fails as the contract allows, it must behave like one that never fails.
func Retrying(inner eventstore.Store) eventstore.Store { return retrying{inner} }

type retrying struct{ eventstore.Store }

func again(err error) bool {
	return errors.Is(err, eventstore.ErrUnavailable) || errors.Is(err, eventstore.ErrUnknownOutcome)
}

func (r retrying) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	return retry(func() (eventstore.Appended, error) { return r.Store.Append(ctx, a) })
}

// AppendBatch sends again, in order, the appends that failed and the later ones of their streams that were refused: they may
// have been refused only because an earlier one was not there. What was acknowledged is done.
func (r retrying) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	results := make([]eventstore.Result, len(batch))
	open := make([]int, len(batch)) // the appends of batch without an outcome that counts, in order
	for i := range open {
		open[i] = i
	}
	for idle := 0; len(open) > 0 && idle < attempts; idle++ {
		sent := make([]eventstore.Append, len(open))
		for k, i := range open {
			sent[k] = batch[i]
		}
		disturbed := map[string]bool{}
		var rest []int
		for k, result := range r.Store.AppendBatch(ctx, sent) {
			i := open[k]
			results[i] = result
			var wrong *eventstore.WrongRevisionError
			if again(result.Err) || disturbed[batch[i].Stream] && errors.As(result.Err, &wrong) {
				disturbed[batch[i].Stream] = true
				rest = append(rest, i)
			}
		}
		if len(rest) < len(open) {
			idle = 0
		}
		open = rest
	}
	return results
}

func retry[T any](do func() (T, error)) (value T, err error) {
	for range attempts {
		if value, err = do(); !again(err) {
			return value, err
		}
	}
	return value, fmt.Errorf("gave up after %d attempts: %w", attempts, err)
}

func (r retrying) ReadStream(ctx context.Context, stream string, from int64, dir eventstore.Direction) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		at, seen := from, false
		for n := 0; ; n++ {
			var failed error
			for e, err := range r.Store.ReadStream(ctx, stream, at, dir) {
				if again(err) && n < attempts {
					failed = err
					break
				}
				if !yield(e, err) || err != nil {
					return
				}
				seen, at, n = true, e.Revision+1, 0
				if dir == eventstore.Backwards {
					at = e.Revision - 1
				}
			}
			if failed == nil || seen && at < 0 { // -1 would mean End
				return
			}
		}
	}
}

func (r retrying) ReadAll(ctx context.Context, after eventstore.Position, max int) ([]eventstore.Recorded, error) {
	return retry(func() ([]eventstore.Recorded, error) { return r.Store.ReadAll(ctx, after, max) })
}

func (r retrying) ReadAllBackwards(ctx context.Context, before eventstore.Position, max int) ([]eventstore.Recorded, error) {
	return retry(func() ([]eventstore.Recorded, error) { return r.Store.ReadAllBackwards(ctx, before, max) })
}

func (r retrying) Head(ctx context.Context) (eventstore.Position, error) {
	return retry(func() (eventstore.Position, error) { return r.Store.Head(ctx) })
}

func (r retrying) Subscribe(ctx context.Context, after eventstore.Position, deliver func([]eventstore.Recorded, bool) error) error {
	told := false
	_, err := retry(func() (struct{}, error) {
		var stop error
		err := r.Store.Subscribe(ctx, after, func(batch []eventstore.Recorded, caughtUp bool) error {
			if len(batch) > 0 || !told {
				if stop = deliver(batch, caughtUp); stop != nil {
					return stop
				}
			}
			told = told || caughtUp
			if len(batch) > 0 {
				after = batch[len(batch)-1].Position
			}
			return nil
		})
		return struct{}{}, err
	})
	return err
}
