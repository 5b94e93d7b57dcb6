package ledger

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/eventstore"
	"almoner/internal/vault"
)

// BankFile loads a bank file.
func (l *Ledger) BankFile(ctx context.Context, id string) (bankfile.State, error) {
	s, err := load(ctx, l, bankfile.Stream(id), bankfile.Evolve)
	if err == nil && s.state.Status == "" {
		err = domain.Refuse(domain.NotFound, "bankfile.unknown", "there is no bank file %q", id).WithNext("list the bank files, and copy the id")
	}
	return s.state, err
}

// recordedBy is the envelope of a bank file's first event, and what it seals.
func (l *Ledger) recordedBy(ctx context.Context, id string) (codec.Envelope, *bankfile.File, error) {
	for r, err := range l.store.ReadStream(ctx, bankfile.Stream(id), 0, eventstore.Forwards) {
		if err != nil {
			return codec.Envelope{}, nil, fmt.Errorf("bank file %s: %w", id, err)
		}
		stored, err := codec.DecodeEvent(r.Data, l.keySource(ctx))
		if err != nil {
			return codec.Envelope{}, nil, fmt.Errorf("bank file %s: %w", id, err)
		}
		switch e := stored.Event.(type) {
		case bankfile.Sent:
			return stored.Envelope, e.Private, nil
		case bankfile.Received:
			return stored.Envelope, e.Private, nil
		}
		return codec.Envelope{}, nil, fmt.Errorf("bank file %s begins with %s", id, r.Type)
	}
	return codec.Envelope{}, nil, domain.Refuse(domain.NotFound, "bankfile.unknown", "there is no bank file %q", id).WithNext("list the bank files, and copy the id")
}

// Bank files are told from other files in the vault, sent ones from received ones, and received ones by the finance office
// that added them: a file that was refused whole may be sent again with the very same bytes, and one that an office added by
// mistake is still to be added by the office whose money it is about.
const (
	sentBytes     = "bank file sent "
	receivedBytes = "bank file received "
)

// hashOfReceived labels a received file; the hash is of one length, so that no other office makes the same label.
func (l *Ledger) hashOfReceived(finance string, hash []byte) []byte {
	return l.vault.KeyedHash(vault.FileLabel, slices.Concat([]byte(receivedBytes), hash, []byte(finance)))
}

func (l *Ledger) hashOfSent(hash []byte) []byte {
	return l.vault.KeyedHash(vault.FileLabel, append([]byte(sentBytes), hash...))
}

// claimBytes lets the bytes with this hash lead to one received file of a finance office: the first that claimed them, in
// whatever process. It makes the key of the file beforehand.
func (l *Ledger) claimBytes(ctx context.Context, id, finance string, hash []byte) (owner string, err error) {
	keyed := l.hashOfReceived(finance, hash)
	if owner, seen, err := l.vault.FileSeen(ctx, keyed); err != nil || seen {
		return owner, err
	}
	if err := l.makeFileKey(ctx, id); err != nil {
		return "", err
	}
	if err := l.vault.RememberFile(ctx, keyed, id); err != nil {
		return "", err
	}
	owner, _, err = l.vault.FileSeen(ctx, keyed)
	return owner, err
}

// makeFileKey makes the key that a file's parts are sealed under; asked again it keeps the first one's retention.
func (l *Ledger) makeFileKey(ctx context.Context, file string) error {
	retain, err := l.vault.Retention(ctx, file)
	if errors.Is(err, vault.ErrNoKey) {
		retain, err = l.Today().AddYears(retentionYears).String(), nil
	}
	if err != nil {
		return err
	}
	_, err = l.vault.NewFileKey(ctx, file, retain)
	return err
}

// partKeeper appends the parts of a file that are written to it, a page of them at a time. Parts that stand are passed over,
// so that a file cut short is completed by writing it again from its beginning.
type partKeeper struct {
	*Ledger
	ctx   context.Context
	c     Command
	id    string
	cause string // event id of the file's first event
	parts []byte // not yet appended
	first int    // number of the first part in parts, from 1
	pack  bytes.Buffer
}

func (l *Ledger) newPartKeeper(ctx context.Context, c Command, id string) (*partKeeper, error) {
	cause, err := l.firstEvent(ctx, bankfile.Stream(id))
	return &partKeeper{Ledger: l, ctx: ctx, c: c, id: id, cause: cause, first: 1}, err
}

func (k *partKeeper) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		room := partsPerPage*partBytes - len(k.parts)
		take := min(room, len(p))
		k.parts = append(k.parts, p[:take]...)
		p = p[take:]
		if len(k.parts) == partsPerPage*partBytes {
			if err := k.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// flush appends what is gathered.
func (k *partKeeper) flush() error {
	first := k.first
	var packed []bankfile.Keep
	for at := 0; at < len(k.parts); at += partBytes {
		gz, err := k.compress(k.parts[at:min(at+partBytes, len(k.parts))])
		if err != nil {
			return err
		}
		packed = append(packed, bankfile.Keep{Part: first + len(packed), Private: &bankfile.Bytes{Gzip: gz}})
	}
	k.first, k.parts = first+len(packed), k.parts[:0]
	c := k.c
	step := "parts|" + strconv.Itoa(first)
	c.ID, c.Cause, c.Content, c.On = followUp(k.cause, bankfile.Stream(k.id), step), k.cause, step, domain.Date{}
	_, err := execute(k.ctx, k.Ledger, bankfile.Stream(k.id), c, bankfile.Evolve, func(s bankfile.State) ([]domain.Event, error) {
		var events []domain.Event
		for _, part := range packed {
			more, err := bankfile.DecideKeep(s, part)
			if err != nil {
				return nil, err
			}
			for _, e := range more {
				s = bankfile.Evolve(s, domain.Fact{Event: e})
			}
			events = append(events, more...)
		}
		return events, nil
	})
	if err != nil {
		return fmt.Errorf("keep bank file %s from part %d: %w", k.id, first, err)
	}
	return nil
}

func (k *partKeeper) compress(part []byte) (string, error) {
	k.pack.Reset()
	z, err := gzip.NewWriterLevel(&k.pack, gzip.DefaultCompression)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(part); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(k.pack.Bytes()), nil
}

// Close appends the rest.
func (k *partKeeper) Close() error {
	if len(k.parts) == 0 {
		return nil
	}
	return k.flush()
}

// keptBytes reads a bank file from its kept parts, without unpacking it anywhere: part n stands at revision n of its
// stream, since nothing else can come between. It serves one reader at a time.
type keptBytes struct {
	*Ledger
	ctx   context.Context
	id    string
	size  int64
	keys  codec.KeySource
	parts map[int][]byte // the last ones read
	order []int
}

// keptParts is how many unpacked parts are held: a workbook is read at a few places in turn.
const keptParts = 8

// keptFile opens the bytes of a bank file that is kept whole.
func (l *Ledger) keptFile(ctx context.Context, s bankfile.State) (*keptBytes, error) {
	size, kept := int64(0), s.Status != bankfile.StatusKeeping
	switch {
	case s.Sent != nil:
		size = s.Sent.Size
	case s.Received != nil:
		size = s.Received.Size
	}
	if !kept {
		return nil, domain.Refuse(domain.Conflict, "bankfile.not-kept", "file %s is not kept whole yet", s.ID()).WithNext("repeat the command that recorded it, with the same file")
	}
	return &keptBytes{Ledger: l, ctx: ctx, id: s.ID(), size: size, keys: l.keySource(ctx), parts: map[int][]byte{}}, nil
}

// ReadAt implements io.ReaderAt.
func (k *keptBytes) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < k.size {
		number := int(off/partBytes) + 1
		part, err := k.part(number)
		if err != nil {
			return n, err
		}
		at := int(off % partBytes)
		if at >= len(part) {
			return n, fmt.Errorf("bank file %s: part %d has %d bytes", k.id, number, len(part))
		}
		m := copy(p[n:], part[at:])
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// holds refuses kept bytes that do not come to a hash, SHA-256 in hex.
func (k *keptBytes) holds(hash string) error {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(k, 0, k.size)); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != hash {
		return domain.Refuse(domain.Refused, "bankfile.damaged", "the kept parts of file %s do not come to the bytes it was recorded with", k.id).
			WithNext("do not use it; check the ledger (almoner store check), and compare it with a backup")
	}
	return nil
}

func (k *keptBytes) part(n int) ([]byte, error) {
	if part, ok := k.parts[n]; ok {
		return part, nil
	}
	part, err := k.unpack(n)
	if err != nil {
		return nil, fmt.Errorf("bank file %s, part %d: %w", k.id, n, err)
	}
	if len(k.order) == keptParts {
		delete(k.parts, k.order[0])
		k.order = k.order[1:]
	}
	k.parts[n], k.order = part, append(k.order, n)
	return part, nil
}

func (k *keptBytes) unpack(n int) ([]byte, error) {
	for r, err := range k.store.ReadStream(k.ctx, bankfile.Stream(k.id), int64(n), eventstore.Forwards) {
		if err != nil {
			return nil, err
		}
		stored, err := codec.DecodeEvent(r.Data, k.keys)
		if err != nil {
			return nil, err
		}
		part, ok := stored.Event.(bankfile.Part)
		switch {
		case !ok || part.Part != n:
			return nil, fmt.Errorf("revision %d holds %s", r.Revision, r.Type)
		case part.Private == nil:
			return nil, domain.Refuse(domain.Refused, "bankfile.erased", "the key of file %s was destroyed", k.id).WithNext("its lines as they were classified stand; its bytes are gone")
		}
		packed, err := base64.StdEncoding.DecodeString(part.Private.Gzip)
		if err != nil {
			return nil, err
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, err
		}
		out, err := io.ReadAll(io.LimitReader(z, partBytes+1))
		return out, errors.Join(err, z.Close())
	}
	return nil, errors.New("it is not in the stream")
}
