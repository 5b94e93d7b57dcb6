package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
)

// bankFile is one bank file as this batch has changed it; it is written at the batch's end.
type bankFile struct {
	stream  int64
	finance string
	opened  int64 // log index
	state   bankfile.State
}

// bankFile gives a file by its id; one nobody recorded has an empty state.
func (b *batch) bankFile(id string) (*bankFile, error) {
	if f, ok := b.bankFiles[id]; ok {
		return f, nil
	}
	f := &bankFile{}
	var state []byte
	found, err := b.row([]any{&f.stream, &f.finance, &f.opened, &state}, `SELECT stream, finance, log_index, state FROM bankfiles_v1 WHERE file = ?`, id)
	if err == nil && found {
		err = codec.Unmarshal(state, &f.state)
	}
	if err != nil {
		return nil, fmt.Errorf("state of bank file %s: %w", id, err)
	}
	return f, nil
}

func (b *batch) writeBankFile(id string, f *bankFile) error {
	state, err := encode(f.state)
	if err != nil {
		return err
	}
	direction, received := directionSent, any(nil)
	if f.state.Received != nil {
		direction, received = directionReceived, nullDay(f.state.Received.ReceivedOn)
	}
	lines, total := f.state.Declared()
	return b.exec(`INSERT OR REPLACE INTO bankfiles_v1 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, f.stream, direction, f.finance, string(f.state.Status), f.state.Format(), received, lines, total.Fen(), f.opened, state)
}

// bankFileOf is the bank file that an event of its stream is about.
func bankFileOf(event domain.Event) string {
	switch e := event.(type) {
	case bankfile.Sent:
		return e.BankFile
	case bankfile.Received:
		return e.BankFile
	case bankfile.Part:
		return e.BankFile
	case bankfile.Read:
		return e.BankFile
	case bankfile.Unreadable:
		return e.BankFile
	case bankfile.Classified:
		return e.BankFile
	case bankfile.RefusedWhole:
		return e.BankFile
	case bankfile.Followed:
		return e.BankFile
	}
	return ""
}

// applyBankFile takes an event of a bank file's stream.
func (b *batch) applyBankFile(at, stream int64, e *decoded) error {
	id := bankFileOf(e.Event)
	f, err := b.bankFile(id)
	if err != nil {
		return err
	}
	if f.state.Status == "" {
		f.stream, f.opened, f.finance = stream, at, e.Envelope.Office
	}
	f.state = bankfile.Evolve(f.state, e.Fact)
	b.bankFiles[id] = f
	if page, ok := e.Event.(bankfile.Classified); ok {
		if err := b.classified(at, f, page, e); err != nil {
			return err
		}
	}
	return b.bankFollowUps(at, f, e.Event)
}

// bankFollowUps keeps the intents that a bank file's events open and close: a received file that is kept whole is to be
// read and classified, and one that was refused whole takes its instructions back.
func (b *batch) bankFollowUps(at int64, f *bankFile, event domain.Event) error {
	switch event.(type) {
	case bankfile.Part:
		if f.state.Received != nil && f.state.Status == bankfile.StatusKept {
			return b.intend(f.stream, ClassifyFile, at, "", "")
		}
	case bankfile.Unreadable:
		return b.fulfil(f.stream, ClassifyFile)
	case bankfile.Read:
		if f.state.Done {
			return b.fulfil(f.stream, ClassifyFile)
		}
		return b.intend(f.stream, ClassifyFile, at, "", "")
	case bankfile.RefusedWhole:
		return b.intend(f.stream, RejectInstructions, at, "", "")
	case bankfile.Followed:
		if err := b.fulfil(f.stream, RejectInstructions); err != nil {
			return err
		}
		return b.fulfil(f.stream, ClassifyFile)
	}
	return nil
}

// instructedRow is what an instruction line has come to.
type instructedRow struct {
	run               string
	line              int
	stream            int64
	amount            int64
	class             string
	missing, rejected bool // rejected: the bank spoke of it although it had refused its instruction whole
	facts             []byte
}

// toldAgain is what the line was told to be paid if it counts again by the bank's answer, in fen.
func (r instructedRow) toldAgain() int64 {
	if r.rejected {
		return r.amount
	}
	return 0
}

// classified moves the money of the lines that a page is about.
func (b *batch) classified(at int64, f *bankFile, page bankfile.Classified, e *decoded) error {
	data := string(e.Envelope.Data)
	if info, ok := codec.Lookup(e.Envelope.Type); !ok || info.Schema != e.Envelope.Schema {
		upcast, err := encode(page)
		if err != nil {
			return err
		}
		data = string(upcast)
	}
	first := 0
	if len(page.Lines) > 0 {
		first = page.Lines[0].Line
	}
	if err := b.exec(`INSERT INTO bank_pages_v1 VALUES (?, ?, ?, ?, ?, ?)`, page.BankFile, page.Page, first, len(page.Lines), data, at); err != nil {
		return err
	}
	moves, sums := newBulk("bank_moves_v1", 15), newBankPage()
	effects := page.Effects
	for _, l := range page.Lines {
		run, line, booked, delta := "", 0, any(nil), bankfile.Buckets{}
		var about instructedRow
		var day domain.Date
		if len(effects) > 0 && effects[0].Line == l.Line {
			effect := effects[0]
			effects = effects[1:]
			row, moved, err := b.settle(at, f, page.BankFile, l, effect)
			if err != nil {
				return fmt.Errorf("bank line %d: %w", l.Line, err)
			}
			run, line, booked, delta = row.run, row.line, effect.Day.String(), moved
			about, day = row, effect.Day
		}
		if err := moves.add(b, at, page.BankFile, l.Line, run, line, string(l.Class), l.Late, l.Amount.Fen(), booked,
			delta.Settled.Fen(), delta.Returned.Fen(), delta.Outstanding.Fen(), delta.Beyond.Fen(), delta.Early.Fen(), about.toldAgain()); err != nil {
			return err
		}
		if err := b.bookBankLine(sums, at, f, e, l, about, day, delta); err != nil {
			return err
		}
	}
	if err := b.bookBankPage(sums, at, e); err != nil {
		return err
	}
	return moves.flush(b)
}

// settle adds one bank fact to the instruction line that it is about.
func (b *batch) settle(at int64, f *bankFile, file string, l bankfile.ClassifiedLine, effect bankfile.Effect) (instructedRow, bankfile.Buckets, error) {
	row, err := b.instructedLine(effect.PayRef)
	if err != nil {
		return row, bankfile.Buckets{}, err
	}
	var state bankfile.LineState
	if err := codec.Unmarshal(row.facts, &state); err != nil {
		return row, bankfile.Buckets{}, err
	}
	line := bankfile.Line{Amount: domain.Fen(row.amount), Missing: row.missing}
	before := state.Standing(line)
	state = state.Evolve(bankfile.FactOf(file, f.state.Received.ReceivedOn, l, effect))
	after := state.Standing(line)
	facts, err := encode(state)
	if err != nil {
		return row, bankfile.Buckets{}, err
	}
	reason := ""
	if effect.Result != bankfile.ResultPaid {
		reason = l.Reason
	}
	err = b.exec(`UPDATE instructed_v1 SET status = ?, settled = ?, returned = ?, outstanding = ?, beyond = ?, early = ?, late = ?,
		undrawn = max(undrawn, ?), disputed = ?, reason = CASE WHEN ? = '' THEN reason ELSE ? END, facts = ? WHERE run = ? AND line = ?`, string(after.Status), after.Settled.Fen(), after.Returned.Fen(), after.Outstanding.Fen(),
		after.Beyond.Fen(), after.Early.Fen(), after.Late, effect.Undraw, len(after.Contradictions) > 0, reason, reason, facts, row.run, row.line)
	if err == nil && effect.Undraw {
		err = b.exec(`INSERT OR REPLACE INTO returned_v1 VALUES (?, ?, ?, ?)`, row.run, row.line, row.stream, at)
	}
	return row, after.Sub(before.Buckets), err
}

// instructedLine finds a line by its payRef. One whose instruction was refused whole comes back: the bank spoke of it after
// all.
func (b *batch) instructedLine(ref string) (instructedRow, error) {
	const columns = `SELECT run, line, stream, amount, class, missing, facts FROM `
	var r instructedRow
	for _, table := range []string{"instructed_v1", "rejected_v1"} {
		found, err := b.row([]any{&r.run, &r.line, &r.stream, &r.amount, &r.class, &r.missing, &r.facts}, columns+table+` WHERE payref = ?`, ref)
		if err != nil {
			return r, err
		}
		if !found {
			continue
		}
		if table == "rejected_v1" {
			r.rejected = true
			err = b.exec(`INSERT INTO instructed_v1 SELECT * FROM rejected_v1 WHERE run = ? AND line = ?`, r.run, r.line)
			if err == nil {
				err = b.exec(`DELETE FROM rejected_v1 WHERE run = ? AND line = ?`, r.run, r.line)
			}
		}
		return r, err
	}
	return r, broken("a bank line was classified for the payment reference %s, which no instruction has", ref)
}

// undrawnLine notes on an instruction line, if the bank was ever told it, that its draw stands no more.
func (b *batch) undrawnLine(run string, line int, draw string) error {
	for _, table := range []string{"instructed_v1", "rejected_v1"} {
		if err := b.exec(`UPDATE `+table+` SET undrawn = 1 WHERE run = ? AND line = ? AND draw = ?`, run, line, draw); err != nil {
			return err
		}
	}
	return nil
}

// accountChanged ends the waiting of lines that came back: their payee has another account.
func (b *batch) accountChanged(stream int64) error {
	return b.exec(`DELETE FROM returned_v1 WHERE stream = ?`, stream)
}

// instructed writes the lines that the bank was told to pay: those of the released round less the stopped ones and those
// of 0.00.
func (b *batch) instructed(at int64, r *run, entry *decoded, e payrun.Instructed) error {
	if err := b.draws.flush(b); err != nil {
		return err
	}
	spoken, err := b.row([]any{new(int)}, `SELECT 1 FROM instructed_v1 WHERE run = ? LIMIT 1`, e.Run)
	if err != nil {
		return err
	}
	files, err := b.allocation(e)
	if err != nil {
		return err
	}
	stopped := map[int]bool{}
	for _, s := range r.state.Stopped {
		stopped[s.Line] = true
	}
	refused, err := b.row([]any{new(int)}, `SELECT 1 FROM rejected_v1 WHERE run = ? LIMIT 1`, e.Run)
	if err != nil {
		return err
	}
	month, err := b.monthOf(at, entry, r.state.Opened.Finance, domain.Date{})
	if err != nil {
		return err
	}
	rows := newBulk("instructed_v1", 32)
	paid := 0
	pages, err := listedPages(b.ctx, b.tx, e.Run, r.state.Listing.Round, 0)
	if err != nil {
		return err
	}
	var lines []payrun.Line // a driver's connection serves one query at a time
	for line := range pages.lines {
		if !stopped[line.Line] && !line.Amount.IsZero() {
			lines = append(lines, line)
		}
	}
	if err := pages.close(); err != nil {
		return err
	}
	for _, line := range lines {
		file := files.of(paid)
		paid++
		if refused { // lines that are not told again stay: a bank may speak of them yet
			if err := b.exec(`DELETE FROM rejected_v1 WHERE run = ? AND line = ?`, e.Run, line.Line); err != nil {
				return err
			}
		}
		if spoken {
			kept, err := b.instructedAgain(at, e, line, file)
			if err != nil {
				return err
			}
			if kept {
				continue
			}
		}
		if err := b.instructLine(rows, at, month, r, e, line, file); err != nil {
			return fmt.Errorf("line %d: %w", line.Line, err)
		}
	}
	return rows.flush(b)
}

// instructedAgain keeps what banks said of a line after its first instruction had been refused.
func (b *batch) instructedAgain(at int64, e payrun.Instructed, line payrun.Line, file string) (kept bool, err error) {
	kept, err = b.row([]any{new(int)}, `SELECT 1 FROM instructed_v1 WHERE run = ? AND line = ?`, e.Run, line.Line)
	if err == nil && kept {
		err = b.exec(`UPDATE instructed_v1 SET file = ?, instruction = ?, log_index = ? WHERE run = ? AND line = ?`, file, e.Instruction, at, e.Run, line.Line)
	}
	return kept, err
}

func (b *batch) instructLine(rows *bulk, at int64, month string, r *run, e payrun.Instructed, line payrun.Line, file string) error {
	h, err := b.head(beneficiary.Stream(line.Person))
	if err != nil {
		return err
	}
	var class, data string
	found, err := b.row([]any{&class, &data}, `SELECT w.word, d.data FROM draws_v1 d JOIN words_v1 w ON w.id = d.class WHERE d.stream = ? AND d.rev = ?`, h.id, line.Revision)
	if err != nil {
		return err
	}
	if !found {
		return broken("pay run %s instructs line %d, whose draw is not in the log", e.Run, line.Line)
	}
	var draw beneficiary.Drawn
	if err := codec.Unmarshal(data, &draw); err != nil {
		return err
	}
	p, err := b.person(h.id)
	if err != nil {
		return err
	}
	rev := int64(-1)
	for _, a := range p.state.Accounts {
		if a.Event == draw.Account {
			rev = a.Rev
		}
	}
	o := r.state.Opened
	return rows.add(b, e.Run, line.Line, line.PayRef, line.Draw, line.Person, h.id, o.Finance, o.Programme, o.Office, string(line.Village), class, line.Amount.Fen(),
		file, e.Instruction, at, string(bankfile.LinePending), 0, 0, line.Amount.Fen(), 0, 0, false, draw.Again, false, false, false, "", draw.Account, rev, []byte("{}"), at, month)
}

// allocation is which file holds which of an instruction's lines: a run that fills several files shares none of them.
type allocation struct {
	files []string
	upTo  []int // lines of the files up to and including this one
}

func (a allocation) of(n int) string {
	for i, last := range a.upTo {
		if n < last {
			return a.files[i]
		}
	}
	return a.files[len(a.files)-1]
}

func (b *batch) allocation(e payrun.Instructed) (allocation, error) {
	a := allocation{files: e.BankFiles}
	n := 0
	for _, id := range e.BankFiles {
		f, err := b.bankFile(id)
		if err != nil {
			return a, err
		}
		if f.state.Sent != nil {
			n += f.state.Sent.Lines
		}
		a.upTo = append(a.upTo, n)
	}
	return a, nil
}

// rejected sets the lines of an instruction aside that the bank refused whole. What it had not answered when its run was
// settled is answered by that.
func (b *batch) rejected(at int64, r *run, e *decoded, run string) error {
	month, err := b.monthOf(at, e, r.state.Opened.Finance, domain.Date{})
	if err != nil {
		return err
	}
	err = b.exec(`INSERT INTO told_before_v1 SELECT run, line, since, since_month, ?, ? FROM instructed_v1 WHERE run = ? AND facts = CAST('{}' AS BLOB)`, at, month, run)
	if err != nil {
		return err
	}
	if err := b.exec(`UPDATE instructed_v1 SET missing = 0, status = ? WHERE run = ? AND facts = CAST('{}' AS BLOB)`, string(bankfile.LinePending), run); err != nil {
		return err
	}
	if err := b.exec(`INSERT OR REPLACE INTO rejected_v1 SELECT * FROM instructed_v1 WHERE run = ? AND facts = CAST('{}' AS BLOB)`, run); err != nil {
		return err
	}
	return b.exec(`DELETE FROM instructed_v1 WHERE run = ? AND facts = CAST('{}' AS BLOB)`, run)
}

// gaveUp notes which lines the bank had not answered when their run was settled.
func (b *batch) gaveUp(run string) error {
	return b.exec(`UPDATE instructed_v1 SET missing = 1, status = ? WHERE run = ? AND status = ?`, string(bankfile.LineMissing), run, string(bankfile.LinePending))
}
