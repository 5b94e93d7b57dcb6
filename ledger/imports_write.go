package ledger

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/eventstore"
)

// partBytes is how much of a file stands in one part. Every part is compressed by itself, so that a part is the same whoever
// writes it again; uncompressible bytes become 30 kB, 40 in base64 and 54 once sealed, below the 60 kB of an event.
const partBytes = 30_000

// partsPerPage keeps an append of parts below its 900 kB.
const partsPerPage = 15

// parts is the number of parts of a file.
func parts(size int64) int { return int((size + partBytes - 1) / partBytes) }

// writeFile keeps the parts that are not kept yet.
func (w *importWriter) writeFile(ctx context.Context) error {
	keys, err := w.bulkKeys(ctx, []string{w.id})
	if err != nil {
		return err
	}
	for first := w.state.Parts + 1; first <= w.state.Opened.Parts; first += partsPerPage {
		var batch []imports.FilePart
		for n := first; n < first+partsPerPage && n <= w.state.Opened.Parts; n++ {
			part, err := w.part(n)
			if err != nil {
				return err
			}
			batch = append(batch, part)
		}
		events, err := imports.DecideParts(w.state, imports.KeepParts{Parts: batch})
		if err != nil {
			return err
		}
		if err := w.write(ctx, []page{{command: w.commandID("file|" + strconv.Itoa(first)), events: events}}, keys); err != nil {
			return err
		}
	}
	return nil
}

// part compresses part n, from 1.
func (w *importWriter) part(n int) (imports.FilePart, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return imports.FilePart{}, err
	}
	at := int64(n-1) * partBytes
	if _, err := io.Copy(z, io.NewSectionReader(w.request.File, at, min(partBytes, w.request.Size-at))); err != nil {
		return imports.FilePart{}, fmt.Errorf("read part %d of the file: %w", n, err)
	}
	if err := z.Close(); err != nil {
		return imports.FilePart{}, fmt.Errorf("compress part %d of the file: %w", n, err)
	}
	return imports.FilePart{File: w.id, Import: w.id, Part: n, Private: &imports.Bytes{Gzip: base64.StdEncoding.EncodeToString(packed.Bytes())}}, nil
}

// ImportFile writes the file of an import as it was handed in. It fails when the file's key is destroyed.
func (l *Ledger) ImportFile(ctx context.Context, id string, out io.Writer) error {
	keys := l.keySource(ctx)
	for r, err := range l.store.ReadStream(ctx, imports.Stream(id), 0, eventstore.Forwards) {
		if err != nil {
			return fmt.Errorf("file of import %s: %w", id, err)
		}
		if r.Type != (imports.FilePart{}).EventType() {
			continue
		}
		stored, err := codec.DecodeEvent(r.Data, keys)
		if err != nil {
			return fmt.Errorf("file of import %s: %w", id, err)
		}
		if err := unpack(stored.Event.(imports.FilePart), out); err != nil {
			return fmt.Errorf("file of import %s: %w", id, err)
		}
	}
	return nil
}

func unpack(p imports.FilePart, out io.Writer) error {
	if p.Private == nil {
		return fmt.Errorf("part %d: its key was destroyed", p.Part)
	}
	packed, err := base64.StdEncoding.DecodeString(p.Private.Gzip)
	if err != nil {
		return fmt.Errorf("part %d: %w", p.Part, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return fmt.Errorf("part %d: %w", p.Part, err)
	}
	if _, err := io.Copy(out, io.LimitReader(z, partBytes+1)); err != nil {
		return fmt.Errorf("part %d: %w", p.Part, err)
	}
	return z.Close()
}

// page is one append of an import: events under the call's own command id.
type page struct {
	command string
	events  []domain.Event
	first   int // number of the first row, for a page of rows
}

// write seals pages on all cores and appends them in order. What is not acknowledged is tried again as it is: the same ids
// at the same revisions are written once.
func (w *importWriter) write(ctx context.Context, pages []page, keys codec.KeySource) error {
	batch, stored, err := w.encodePages(ctx, pages, keys)
	if err != nil {
		return err
	}
	at, pauses := 0, w.pauses()
	for attempt := 0; at < len(batch); attempt++ {
		if attempt == maxAttempts {
			return fmt.Errorf("append to %s: gave up after %d attempts", w.stream, maxAttempts)
		}
		for _, result := range w.store.AppendBatch(ctx, batch[at:]) {
			if result.Err != nil {
				if err := w.unwritten(ctx, result.Err, pauses); err != nil {
					return err
				}
				break
			}
			w.acknowledge(stored[at], result.Appended)
			at++
		}
	}
	return nil
}

// unwritten says whether an append that failed may be tried again, after a pause if need be.
func (w *importWriter) unwritten(ctx context.Context, err error, pauses *pauses) error {
	var wrong *eventstore.WrongRevisionError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &wrong):
		return domain.Refuse(domain.Conflict, "import.written-elsewhere", "import %s is being written by another process", w.id).
			WithNext("repeat the command: it goes on where that process is")
	case mayRetry(err):
		err = pauses.before(ctx, err)
	}
	if err != nil {
		err = fmt.Errorf("append to %s: %w", w.stream, err)
	}
	return err
}

func (w *importWriter) acknowledge(events []Written, a eventstore.Appended) {
	w.at.rev = a.Revision
	w.saw(time.Time{}, a.Position)
	for _, e := range events {
		w.state = imports.Evolve(w.state, domain.Fact{Event: e.Event, Officer: w.c.Officer})
		w.took(e.Event, e.Leaf)
	}
}

// encodePages seals every page at the revision it will have. A page of rows that would be too large is divided.
func (w *importWriter) encodePages(ctx context.Context, pages []page, keys codec.KeySource) ([]eventstore.Append, [][]Written, error) {
	at, err := w.stamp(w.at.at)
	if err != nil {
		return nil, nil, err
	}
	w.at.at = at
	batch, stored := make([]eventstore.Append, len(pages)), make([][]Written, len(pages))
	revs := make([]int64, len(pages))
	rev := w.at.rev
	for i, p := range pages {
		revs[i] = rev
		rev += int64(len(p.events))
	}
	err = eachParallel(ctx, len(pages), func(_ context.Context, i int) (err error) {
		c := w.c
		c.ID = pages[i].command
		batch[i], stored[i], err = w.encode(w.stream, revs[i], at, c, w.digest, pages[i].events, keys)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for i, a := range batch {
		if size(a) > eventstore.MaxBytes && len(a.Events) > 1 {
			return w.encodePages(ctx, w.divide(pages, i), keys)
		}
	}
	return batch, stored, nil
}

// divide halves page i, whose second half gets the command id of its own first row.
func (w *importWriter) divide(pages []page, i int) []page {
	p := pages[i]
	half := len(p.events) / 2
	second := page{command: w.rowsCommand(p.first + half), events: p.events[half:], first: p.first + half}
	p.events = p.events[:half]
	out := append([]page{}, pages[:i]...)
	out = append(out, p, second)
	return append(out, pages[i+1:]...)
}

func size(a eventstore.Append) int {
	n := 0
	for _, e := range a.Events {
		n += e.Size()
	}
	return n
}
