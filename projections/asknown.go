package projections

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// AsKnown asks the read models as they stand or, when text names a moment as ParseKnown reads it, as they stood then: a
// snapshot in a temporary folder of its own, which goes afterwards.
func (v *Views) AsKnown(ctx context.Context, text string, ask func(*Views) error) (err error) {
	if text == "" {
		return ask(v)
	}
	position, err := v.ResolveKnown(ctx, text)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "almoner-known-") // 0700
	if err != nil {
		return fmt.Errorf("read models as known at %s: %w", text, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	past, err := v.Snapshot(ctx, folder, position)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, past.Close()) }()
	return ask(past)
}
