package sqlite

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"

	"almoner/eventstore"
)

const (
	layout  = 1  // first byte of a blob
	idBytes = 16 // of a UUID
	idText  = 36
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// row is a row of the table appends.
type row struct {
	pos    int64
	stream int64
	rev    int64
	n      int64
	sum    uint32
	blob   []byte
}

// lastRev is the revision of the row's last event, end the place in the log of the event behind it.
func (r *row) lastRev() int64 { return r.rev + r.n - 1 }
func (r *row) end() int64     { return r.pos + r.n }

// seal computes the checksum of a row, given that of its blob.
func (r *row) seal(blobSum uint32, name string) uint32 {
	var head [32]byte
	for i, v := range [4]int64{r.pos, r.stream, r.rev, r.n} {
		binary.BigEndian.PutUint64(head[8*i:], uint64(v))
	}
	sum := crc32.Update(blobSum, castagnoli, head[:])
	// In pieces through the stack: converting the whole name would allocate for every row.
	var piece [64]byte
	for len(name) > 0 {
		k := copy(piece[:], name)
		sum, name = crc32.Update(sum, castagnoli, piece[:k]), name[k:]
	}
	return sum
}

// pack writes events as a blob. The events have been validated.
func pack(events []eventstore.Event) []byte {
	size := 1
	for _, e := range events {
		size += idBytes + 2*binary.MaxVarintLen32 + e.Size()
	}
	blob := append(make([]byte, 0, size), layout)
	for _, e := range events {
		blob = appendID(blob, e.ID)
		blob = binary.AppendUvarint(blob, uint64(len(e.Type)))
		blob = append(blob, e.Type...)
		blob = binary.AppendUvarint(blob, uint64(len(e.Data)))
		blob = append(blob, e.Data...)
	}
	return blob
}

// appendID appends the 16 bytes of a validated UUID text.
func appendID(dst []byte, id string) []byte {
	var digits [32]byte
	at := 0
	for i := range len(id) {
		if id[i] != '-' {
			digits[at] = id[i]
			at++
		}
	}
	dst, _ = hex.AppendDecode(dst, digits[:]) // Validate has checked that these are hexadecimal digits.
	return dst
}

// formatID writes the text form of a UUID into dst, which has room for idText bytes.
func formatID(dst, id []byte) {
	at := 0
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst[at] = '-'
			at++
		}
		hex.Encode(dst[at:], []byte{b})
		at += 2
	}
}

// packed is an event inside a blob; its parts point into the blob.
type packed struct{ id, kind, data []byte }

// unpack calls yield for each event of a blob of n events.
func unpack(blob []byte, n int64, yield func(i int64, e packed)) error {
	if len(blob) == 0 || blob[0] != layout {
		return errors.New("the layout of its events is unknown")
	}
	rest := blob[1:]
	for i := range n {
		var e packed
		if len(rest) < idBytes {
			return fmt.Errorf("event %d of %d is cut off", i, n)
		}
		e.id, rest = rest[:idBytes:idBytes], rest[idBytes:]
		var ok1, ok2 bool
		e.kind, rest, ok1 = cutField(rest)
		e.data, rest, ok2 = cutField(rest)
		if !ok1 || !ok2 {
			return fmt.Errorf("event %d of %d is cut off", i, n)
		}
		yield(i, e)
	}
	if len(rest) != 0 {
		return fmt.Errorf("%d bytes follow the last event", len(rest))
	}
	return nil
}

// cutField splits a length-prefixed field off b.
func cutField(b []byte) (field, rest []byte, ok bool) {
	size, width := binary.Uvarint(b)
	if width <= 0 || size > uint64(len(b)-width) {
		return nil, nil, false
	}
	b = b[width:]
	return b[:size:size], b[size:], true
}

// verify checks the row against its checksum.
func (r *row) verify(name string) error {
	if r.n < 1 || r.n > eventstore.MaxEvents {
		return r.corrupt(fmt.Sprintf("it claims to hold %d events", r.n), nil)
	}
	if got := r.seal(crc32.Checksum(r.blob, castagnoli), name); got != r.sum {
		return r.corrupt(fmt.Sprintf("checksum %08x does not match the stored %08x", got, r.sum), nil)
	}
	return nil
}

// corrupt names r as the place of damage.
func (r *row) corrupt(problem string, err error) error {
	where := fmt.Sprintf("position %v (stream number %d, revision %d)", position(r.pos), r.stream, r.rev)
	return &eventstore.CorruptError{Where: where, Problem: problem, Err: err}
}

// events verifies the row, which belongs to the stream of that name, and appends its events to dst. Their data point into
// r.blob; each event's capacity ends with it.
func (r *row) events(dst []eventstore.Recorded, name string, kinds *kinds) ([]eventstore.Recorded, error) {
	if err := r.verify(name); err != nil {
		return dst, err
	}
	// The ids of a row share one string: one allocation instead of n.
	text := make([]byte, r.n*idText)
	before := len(dst)
	err := unpack(r.blob, r.n, func(i int64, e packed) {
		formatID(text[i*idText:], e.id)
		dst = append(dst, eventstore.Recorded{
			Event:  eventstore.Event{Type: kinds.text(e.kind), Data: e.data},
			Stream: name, Revision: r.rev + i, Position: position(r.pos + i),
		})
	})
	if err != nil {
		return dst[:before], r.corrupt(err.Error(), nil)
	}
	ids := string(text)
	for i := range dst[before:] {
		dst[before+i].ID = ids[i*idText : (i+1)*idText]
	}
	return dst, nil
}

// sameIDs compares the ids of the row's events with want, the ids of the events from revision first on, as far as both
// reach. The row has been verified.
func (r *row) sameIDs(want [][]byte, first int64) bool {
	same := true
	err := unpack(r.blob, r.n, func(i int64, e packed) {
		if at := r.rev + i - first; at >= 0 && at < int64(len(want)) {
			same = same && bytes.Equal(e.id, want[at])
		}
	})
	return same && err == nil
}

// idsOf lists the ids of a blob this program packed.
func idsOf(blob []byte, n int64) [][]byte {
	ids := make([][]byte, 0, n)
	// The blob was packed a moment ago by pack, so it cannot fail to unpack.
	_ = unpack(blob, n, func(_ int64, e packed) { ids = append(ids, e.id) })
	return ids
}

// kinds keeps one string for each event type of a read: there are few types and many events.
type kinds struct{ seen map[string]string }

func (k *kinds) text(b []byte) string {
	if s, ok := k.seen[string(b)]; ok {
		return s
	}
	s := string(b)
	if k.seen == nil {
		k.seen = map[string]string{}
	}
	if len(k.seen) < 1024 { // whoever writes a new type each time must not fill memory
		k.seen[s] = s
	}
	return s
}

func position(pos int64) eventstore.Position {
	return eventstore.Position{Commit: uint64(pos), Prepare: uint64(pos)}
}
