package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/domain/rulebook"
	"almoner/eventstore"
	"almoner/internal/vault"
	"almoner/ledger/rosterfile"
)

// importContent is what a command to import stands for.
type importContent struct {
	AcceptGood bool       `json:"acceptGood"`
	File       string     `json:"file"` // SHA-256, hex
	Grant      GrantTerms `json:"grant"`
	Kind       string     `json:"kind"`
	Office     string     `json:"office"`
	Programme  string     `json:"programme"`
	Sheet      string     `json:"sheet,omitempty"`
	Stated     Stated     `json:"stated"`
}

// CommitImport records the file and what each of its rows would do. With rows that have problems it is refused, unless
// acceptGood: the good ones are then taken, and the others recorded as refused. The outcome's Plan is filled in when bad
// rows stood in the way.
//
// A repetition with the same command id goes on where the first call stopped, and answers the same once it is complete. The
// same file under another command is refused with the id of the import that holds it.
func (l *Ledger) CommitImport(ctx context.Context, c Command, r ImportRequest, acceptGood bool, progress Progress) (ImportOutcome, error) {
	if err := l.mayImport(ctx, c.Actor, r.Office); err != nil {
		return ImportOutcome{}, err
	}
	hash, err := hashFile(r.File, r.Size)
	if err != nil {
		return ImportOutcome{}, fmt.Errorf("import %s: %w", r.FileName, err)
	}
	c.Content = importContent{
		AcceptGood: acceptGood, File: hex.EncodeToString(hash), Grant: r.Grant, Kind: string(r.Kind), Office: r.Office, Programme: r.Programme,
		Sheet: r.Sheet, Stated: r.Stated,
	}
	i, err := l.openImport(ctx, r)
	if err != nil {
		return ImportOutcome{}, err
	}
	w, err := l.newImportWriter(ctx, c, i)
	if err != nil {
		return ImportOutcome{}, err
	}
	if w.state.Status == "" {
		if out, err := w.begin(ctx, hash, acceptGood); err != nil {
			return out, err
		}
	}
	if err := w.finish(ctx, progress); err != nil {
		return ImportOutcome{Import: w.id}, fmt.Errorf("import %s: %w", w.id, err)
	}
	return ImportOutcome{Import: w.id, Accepted: w.state.Accepted, Refused: w.state.Refused, Root: w.state.Root, Repeated: w.repeated}, nil
}

func hashFile(f io.ReaderAt, size int64) ([]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, size)); err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	return h.Sum(nil), nil
}

// importWriter writes one import's stream from its end on. It is the only writer while the import is being read; another
// process that repeats the command meanwhile makes an append fail, and the command is to be repeated.
type importWriter struct {
	*importing
	c        Command
	id       string
	stream   string
	digest   string
	at       loaded[imports.State] // revision and time of the last event
	state    imports.State
	root     rootBuilder // over the accepted rows
	rows     int         // accepted and refused so far
	repeated bool
	call     string // random: tells this call from every other
}

// newImportWriter reads what stands of the import already.
func (l *Ledger) newImportWriter(ctx context.Context, c Command, i *importing) (*importWriter, error) {
	call := make([]byte, 16)
	if _, err := io.ReadFull(l.random, call); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	w := &importWriter{importing: i, c: c, id: NewID(c.Officer, c.ID), call: hex.EncodeToString(call)}
	w.stream = imports.Stream(w.id)
	var err error
	if w.digest, err = l.digest(c.Content); err != nil {
		return nil, err
	}
	w.at = loaded[imports.State]{rev: eventstore.NoStream, commands: map[string]commandMark{}}
	for r, err := range l.store.ReadStream(ctx, w.stream, 0, eventstore.Forwards) {
		if err != nil {
			return nil, fmt.Errorf("read stream %s: %w", w.stream, err)
		}
		stored, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return nil, fmt.Errorf("read stream %s at %d: %w", w.stream, r.Revision, err)
		}
		w.at.take(stored, r, imports.Evolve)
		w.took(stored.Event, stored)
	}
	w.state = w.at.state
	w.repeated = w.state.Status != "" && w.state.Status != imports.StatusReading
	if done, ok := w.at.commands[c.Officer+"|"+c.ID]; ok && done.digest != w.digest {
		return nil, domain.Refuse(domain.Conflict, "command.other-content", "command %s was given before with another file or request", c.ID).
			WithNext("use a new command id for a new request")
	}
	return w, nil
}

// took counts one stored event of the stream.
func (w *importWriter) took(e domain.Event, stored codec.Stored) {
	switch x := e.(type) {
	case imports.RowAccepted:
		w.root.add(stored.Leaf)
		w.rows++
		w.slots.note(w.book, x)
	case imports.RowRefused:
		w.rows++
	}
}

// note takes in an accepted row that was written before a crash.
func (s fileSlots) note(book *rulebook.Rulebook, row imports.RowAccepted) {
	s.take(book, row.Change, rosterfile.Row{Line: row.Row}, nil)
}

// begin makes the file known and opens the import.
func (w *importWriter) begin(ctx context.Context, hash []byte, acceptGood bool) (ImportOutcome, error) {
	remember, err := w.unseen(ctx, hash)
	if err != nil {
		return ImportOutcome{}, err
	}
	if !acceptGood {
		plan, err := w.plan(ctx, nil)
		if err != nil {
			return ImportOutcome{}, err
		}
		if plan.Refused > 0 {
			return ImportOutcome{Plan: plan}, domain.Refuse(domain.Invalid, "import.bad-rows", "%d of %d rows have problems", plan.Refused, plan.Rows).
				WithNext("correct the file, or take the good rows alone (--accept-good)")
		}
		if plan.Rows == 0 {
			return ImportOutcome{Plan: plan}, domain.Refuse(domain.Invalid, "import.no-rows", "there is nobody in the file").WithNext("check that it is not an empty template")
		}
		w.slots = fileSlots{} // the dry run's
	}
	if err := w.makeFileKey(ctx, remember); err != nil {
		return ImportOutcome{}, err
	}
	return ImportOutcome{}, w.open(ctx, hash)
}

// maxGenerations bounds how often one and the same file is handed in after being withdrawn.
const maxGenerations = 100

// unseen refuses a file that another import holds, and returns the keyed hash under which this one is to be remembered. A
// file whose import was withdrawn may come again; it is then remembered under the next generation of the hash.
func (w *importWriter) unseen(ctx context.Context, hash []byte) ([]byte, error) {
	for generation := range maxGenerations {
		keyed := w.vault.KeyedHash(vault.FileLabel, append(append([]byte{}, hash...), byte(generation)))
		file, seen, err := w.vault.FileSeen(ctx, keyed)
		if err != nil {
			return nil, err
		}
		if !seen || file == w.id {
			return keyed, nil
		}
		earlier, err := fold(ctx, w.Ledger, imports.Stream(file), imports.Evolve)
		if err != nil {
			return nil, err
		}
		if status := earlier.state.Status; status != imports.StatusWithdrawn && status != "" {
			return nil, domain.Refuse(domain.Conflict, "import.same-file", "this very file is import %s already (%s)", file, status).
				WithNext("go on with that import, or withdraw it first")
		}
	}
	return nil, domain.Refuse(domain.Refused, "import.same-file", "this file was withdrawn %d times", maxGenerations).WithNext("hand in a corrected file")
}

// makeFileKey makes the key that the file and its refused rows are sealed under, and lets the file be recognised. The file's
// key id is the import's id.
func (w *importWriter) makeFileKey(ctx context.Context, remember []byte) error {
	retain, err := w.vault.Retention(ctx, w.id)
	if errors.Is(err, vault.ErrNoKey) {
		retain, err = w.Today().AddYears(retentionYears).String(), nil
	}
	if err != nil {
		return err
	}
	if _, err := w.vault.NewFileKey(ctx, w.id, retain); err != nil {
		return err
	}
	if err := w.vault.RememberFile(ctx, remember, w.id); err != nil {
		return err
	}
	if first, _, err := w.vault.FileSeen(ctx, remember); err != nil || first != w.id {
		if err == nil {
			err = domain.Refuse(domain.Conflict, "import.same-file", "this very file is being imported as %s", first).WithNext("go on with that import, or withdraw it first")
		}
		return err
	}
	return nil
}

// open appends the import's first event.
func (w *importWriter) open(ctx context.Context, hash []byte) error {
	salt := make([]byte, codec.SaltSize)
	if _, err := io.ReadFull(w.random, salt); err != nil {
		return fmt.Errorf("random bytes for the file: %w", err)
	}
	kind := w.proposer.kind
	opened := imports.Open{
		Chain: w.book.Chain(chainSubject(kind)), Commitment: hex.EncodeToString(codec.Commit(salt, hash)), File: w.id, Import: w.id,
		Office: w.request.Office, Parts: parts(w.request.Size), Programme: w.book.Programme(), Region: w.book.Region(),
		Rulebook: w.book.Hash(), Size: w.request.Size,
		Private: &imports.File{Hash: hex.EncodeToString(hash), Name: w.request.FileName, Salt: base64.StdEncoding.EncodeToString(salt)},
	}
	events, err := imports.DecideOpen(w.state, opened)
	if err != nil {
		return err
	}
	return w.write(ctx, []page{{command: w.c.ID, events: events}}, w.keySource(ctx))
}

// finish writes what is missing: parts, rows, and the end.
func (w *importWriter) finish(ctx context.Context, progress Progress) error {
	if w.state.Status != imports.StatusReading {
		return nil
	}
	if w.state.Opened.Rulebook != w.book.Hash() { // published since the import was opened: the rows are for the one it names
		book, err := w.bookOf(ctx, w.state.Opened.Programme, w.state.Opened.Region, w.state.Opened.Rulebook)
		if err != nil {
			return err
		}
		w.book, w.proposer.book = book, book
	}
	if err := w.writeFile(ctx); err != nil {
		return err
	}
	if err := w.writeRows(ctx, progress); err != nil {
		return err
	}
	events, err := imports.DecideRead(w.state, imports.FinishReading{Accepted: w.state.Accepted, Refused: w.state.Refused, Root: w.root.root()})
	if err != nil || len(events) == 0 {
		return err
	}
	return w.write(ctx, []page{{command: w.commandID("read"), events: events}}, w.keySource(ctx))
}

// commandID is the id of one of this call's appends. It is the call's own: were it the same in every attempt, a second
// process at the same import would have its rows acknowledged as a repeat, and count leaves of bytes that were never stored.
func (w *importWriter) commandID(step string) string {
	return NewID(w.c.Officer, w.c.ID+"|"+w.call+"|"+step)
}

// rowsPerPage is how many rows stand in one append: a row with six children takes some 8 kB, an append holds 900.
const rowsPerPage = 100

// writeRows goes through the file from the first row that is not written.
func (w *importWriter) writeRows(ctx context.Context, progress Progress) error {
	progress.tell(w.rows, 0)
	return w.each(ctx, true, w.rows, func(rows []evaluated) error {
		keys, err := w.rowKeys(ctx, rows)
		if err != nil {
			return err
		}
		if err := w.index(ctx, rows); err != nil {
			return err
		}
		var pages []page
		state := w.state
		for n := 0; n < len(rows); n += rowsPerPage {
			events := make([]domain.Event, 0, rowsPerPage)
			for _, e := range rows[n:min(n+rowsPerPage, len(rows))] {
				events = append(events, w.event(e))
			}
			decided, err := imports.DecideRows(state, imports.Rows{Rows: events})
			if err != nil {
				return err
			}
			for _, e := range decided {
				state = imports.Evolve(state, domain.Fact{Event: e})
			}
			pages = append(pages, page{command: w.rowsCommand(w.rows + n), events: decided, first: w.rows + n})
		}
		if err := w.write(ctx, pages, keys); err != nil {
			return err
		}
		progress.tell(w.rows, 0)
		return nil
	})
}

func (w *importWriter) rowsCommand(first int) string {
	return w.commandID("rows|" + strconv.Itoa(first))
}

// rowKeys reads the keys of everybody a chunk seals something for.
func (w *importWriter) rowKeys(ctx context.Context, rows []evaluated) (codec.KeySource, error) {
	kids := []string{w.id}
	for _, e := range rows {
		if barred(e.problems) {
			continue
		}
		kids = append(kids, e.change.Person)
		for _, x := range e.change.Related {
			kids = append(kids, x.Person)
		}
	}
	return w.bulkKeys(ctx, kids)
}

// index lets names and accounts lead to the persons of accepted rows.
func (w *importWriter) index(ctx context.Context, rows []evaluated) error {
	var entries []vault.Index
	for _, e := range rows {
		if barred(e.problems) {
			continue
		}
		entries = append(entries, vault.Index{Person: e.change.Person, Name: e.row.Name.MatchKey(), Account: e.row.Account.Reveal()})
	}
	if len(entries) == 0 {
		return nil
	}
	return w.vault.IndexMany(ctx, entries)
}

// event is how a row is recorded.
func (w *importWriter) event(e evaluated) domain.Event {
	sheet := w.sheets[e.row.Sheet]
	if !barred(e.problems) {
		return imports.RowAccepted{Change: e.change, Row: e.row.Line, Sheet: sheet, Warnings: rulesOf(e.problems, rosterfile.Warning)}
	}
	row := imports.Row{Cells: cellsOf(e.row), Problems: []string{}}
	for _, p := range e.problems {
		row.Problems = append(row.Problems, p.String())
	}
	return imports.RowRefused{File: w.id, Row: e.row.Line, Rules: rulesOf(e.problems, rosterfile.Error), Sheet: sheet, Private: &row}
}

// cellsOf is what a refused row said of who it is about; the whole row stands in the file's parts.
func cellsOf(r rosterfile.Row) []string {
	return []string{r.Name.Reveal(), r.Number.Reveal(), r.Village, r.Programme, r.Class}
}
