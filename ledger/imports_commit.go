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

	"golang.org/x/mod/sumdb/tlog"

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
// acceptGood: the good ones are then taken, and the others recorded as refused.
//
// A repetition with the same command id goes on where the first call stopped, and answers the same once it is complete. The
// same file for the same programme, office and kind of list under another command is refused with the id of the import that
// holds it.
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
	w, err := l.newImportWriter(i, c)
	if err != nil {
		return ImportOutcome{}, err
	}
	remember, err := w.place(ctx, hash)
	if err != nil {
		return ImportOutcome{}, err
	}
	repeated := w.state.Status != "" && w.state.Status != imports.StatusReading
	if w.state.Status == "" {
		if out, err := w.begin(ctx, hash, remember, acceptGood); err != nil {
			return out, err
		}
	}
	if err := w.finish(ctx, progress); err != nil {
		return ImportOutcome{Import: w.id}, fmt.Errorf("import %s: %w", w.id, err)
	}
	plan, err := w.done(ctx)
	if err != nil {
		return ImportOutcome{Import: w.id}, fmt.Errorf("import %s: %w", w.id, err)
	}
	return ImportOutcome{Import: w.id, Accepted: w.state.Accepted, Refused: w.state.Refused, Root: w.state.Root, Repeated: repeated, Plan: plan}, nil
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
	c      Command
	digest string
	call   string // random: tells this call from every other

	// What stands of the import, from its stream and then from what is appended.
	id     string
	stream string
	at     loaded[imports.State] // revision and time of the last event
	state  imports.State
	root   rootBuilder // over the accepted rows
	rows   int         // accepted and refused so far
	made   ImportPlan
}

func (l *Ledger) newImportWriter(i *importing, c Command) (*importWriter, error) {
	call := make([]byte, 16)
	if _, err := io.ReadFull(l.random, call); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	digest, err := l.digest(c.Content)
	if err != nil {
		return nil, err
	}
	return &importWriter{importing: i, c: c, digest: digest, call: hex.EncodeToString(call)}, nil
}

// load reads what stands of an import already.
func (w *importWriter) load(ctx context.Context, id string) error {
	w.id, w.stream, w.state, w.root, w.rows, w.slots, w.made = id, imports.Stream(id), imports.State{}, rootBuilder{}, 0, fileSlots{}, w.newPlan()
	w.at = loaded[imports.State]{rev: eventstore.NoStream, commands: map[string]commandMark{}}
	var keys codec.KeySource // the file's alone: rows are counted with what was told of them
	for r, err := range w.store.ReadStream(ctx, w.stream, 0, eventstore.Forwards) {
		if err != nil {
			return fmt.Errorf("read stream %s: %w", w.stream, err)
		}
		if keys == nil {
			if keys, err = w.bulkKeys(ctx, []string{id}); err != nil {
				return err
			}
		}
		held := keys
		if r.Type == (imports.FilePart{}).EventType() {
			held = nil // nobody asks for its bytes here
		}
		stored, err := codec.DecodeEvent(r.Data, held)
		if err != nil {
			return fmt.Errorf("read stream %s at %d: %w", w.stream, r.Revision, err)
		}
		w.at.take(stored, r, imports.Evolve)
		w.took(stored.Event, stored.Leaf)
		if x, ok := stored.Event.(imports.RowAccepted); ok {
			w.slots.note(w.book, x)
		}
	}
	w.state = w.at.state
	if done, ok := w.at.commands[w.c.Officer+"|"+w.c.ID]; ok && done.digest != w.digest {
		return domain.Refuse(domain.Conflict, "command.other-content", "command %s was given before with another file or request", w.c.ID).
			WithNext("use a new command id for a new request")
	}
	return nil
}

// ours says that this very command opened the import.
func (w *importWriter) ours() bool {
	_, ok := w.at.commands[w.c.Officer+"|"+w.c.ID]
	return ok
}

// took counts one event that is stored.
func (w *importWriter) took(e domain.Event, leaf tlog.Hash) {
	switch e.(type) {
	case imports.RowAccepted:
		w.root.add(leaf)
		w.rows++
	case imports.RowRefused:
		w.rows++
	}
	w.made.count(e)
}

// note takes in an accepted row that was written before a crash.
func (s fileSlots) note(book *rulebook.Rulebook, row imports.RowAccepted) {
	s.take(book, row.Change, rosterfile.Row{Line: row.Row}, people{})
}

// begin makes the file known and opens the import.
func (w *importWriter) begin(ctx context.Context, hash, remember []byte, acceptGood bool) (ImportOutcome, error) {
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
	if err := w.claimFile(ctx, remember); err != nil {
		return ImportOutcome{}, err
	}
	return ImportOutcome{}, w.open(ctx, hash)
}

// maxGenerations bounds how often one and the same file is handed in after being withdrawn.
const maxGenerations = 100

// place finds the import that the command is about and loads what stands of it. The command's own, if it was given before;
// else one in which the file is not held yet, with the keyed hash under which it is to be remembered.
//
// A file is held by the import that its keyed hash leads to in the vault. A process that died between claiming the hash and
// opening the import leaves one that does not exist: whoever comes next opens that same one. So whatever races for a file
// appends its first event to one stream at one revision, and exactly one does. A file whose import was withdrawn may come
// again; it is then held under the next generation of its hash.
func (w *importWriter) place(ctx context.Context, hash []byte) (remember []byte, err error) {
	own := NewID(w.c.Officer, w.c.ID)
	if err := w.load(ctx, own); err != nil || w.ours() {
		return nil, err
	}
	for generation := range maxGenerations {
		remember = w.fileHash(hash, generation)
		file, seen, err := w.vault.FileSeen(ctx, remember)
		if err != nil {
			return nil, err
		}
		if !seen {
			file = own
		}
		if err := w.load(ctx, file); err != nil {
			return nil, err
		}
		switch {
		case w.ours() || w.state.Status == "":
			return remember, nil
		case !seen:
			return nil, domain.Refuse(domain.Conflict, "import.command-taken", "another command took the import %s over, which this one had begun and not opened", own).
				WithNext("give the command again under a new command id")
		case w.state.Status != imports.StatusWithdrawn:
			return nil, sameFile(file, w.state.Status)
		}
	}
	return nil, domain.Refuse(domain.Refused, "import.same-file", "this file was withdrawn %d times", maxGenerations).WithNext("hand in a corrected file")
}

func sameFile(id string, status imports.Status) error {
	return domain.Refuse(domain.Conflict, "import.same-file", "this very file is import %s already (%s)", id, status).
		WithNext("go on with that import, or withdraw it first")
}

// fileHash is the keyed hash of a file handed in for one purpose: the same list of people may enter two programmes.
func (w *importWriter) fileHash(hash []byte, generation int) []byte {
	purpose := fmt.Sprintf("%x|%d|%q|%q|%q", hash, generation, w.request.Office, w.request.Programme, w.proposer.kind)
	return w.vault.KeyedHash(vault.FileLabel, []byte(purpose))
}

// claimFile makes the key that the file and its refused rows are sealed under, and claims the file for the import. The file's
// key id is the import's id.
func (w *importWriter) claimFile(ctx context.Context, remember []byte) error {
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
	holder, err := w.vault.ClaimFile(ctx, remember, w.id)
	if err == nil && holder != w.id {
		err = domain.Refuse(domain.Conflict, "import.same-file", "this very file is being imported as %s", holder).WithNext("go on with that import, or withdraw it first")
	}
	return err
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

// done is what became of the file's rows. Of a command that had been carried out before, the file is read again for the rows
// that are no persons: they are not in the stream.
func (w *importWriter) done(ctx context.Context) (ImportPlan, error) {
	if !w.file.Summary().Complete {
		for _, err := range w.file.Rows() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return ImportPlan{}, err
			}
		}
	}
	w.made.Rulebook = w.state.Opened.Rulebook
	w.made.summarise(w.file.Summary())
	return w.made, nil
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
				events = append(events, w.event(e, w.id))
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
