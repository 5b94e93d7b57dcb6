package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger/bankfile"
)

// InstructRequest asks for released runs of one finance office to be paid.
type InstructRequest struct {
	Runs       []string `json:"runs"`
	Format     string   `json:"format"`               // id of a layout that comes with the program, unless Descriptor is given
	Descriptor string   `json:"descriptor,omitempty"` // source of another layout
	MaxLines   int      `json:"maxLines,omitempty"`   // lines that one file may hold; 0 for no limit
	Payer      Payer    `json:"payer"`
	Purpose    string   `json:"purpose,omitempty"` // of the payment, where the layout has a place
}

// Payer is the account that pays, where the layout has a place for it. The name is the finance office's when it is empty.
type Payer struct {
	Account string `json:"account,omitempty"`
	Name    string `json:"name,omitempty"`
	Bank    string `json:"bank,omitempty"`
}

// OutFile is one file to a bank, made or to be made.
type OutFile struct {
	ID    string       `json:"id"`
	Name  string       `json:"name"` // as the bank expects it
	Runs  []string     `json:"runs"`
	Lines int          `json:"lines"`
	Total domain.Money `json:"total"`
	Size  int64        `json:"size"`
	Hash  string       `json:"hash"` // SHA-256 of its bytes, hex
}

// CannotWrite is one thing that a layout cannot carry.
type CannotWrite struct {
	Run     string `json:"run"`
	RunLine int    `json:"line"` // 0 for what stands once in a file
	Person  string `json:"person,omitempty"`
	Column  string `json:"column,omitempty"`
	Value   string `json:"value,omitempty"` // masked when personal
	Rule    string `json:"rule"`
	What    string `json:"what"`
	Next    string `json:"next"`
}

// Instruction is what an instruction does, or would do. With Problems nothing was recorded.
type Instruction struct {
	Files    []OutFile     `json:"files"`
	Lines    int           `json:"lines"`
	Total    domain.Money  `json:"total"`
	Problems []CannotWrite `json:"problems,omitempty"`
	Repeated bool          `json:"repeated,omitempty"` // these very files were instructed before
}

// instructing is one call of Instruct.
type instructing struct {
	*Ledger
	ctx    context.Context
	c      Command
	r      InstructRequest
	format *bankfile.Format
	runs   []*runToPay
	files  []*outFile
	places *places
}

// runToPay is one run with its payable lines.
type runToPay struct {
	state  payrun.State
	number int // of the instruction
	title  string
	lines  []payrun.Line
	total  domain.Money
	files  []string
}

// told says that an instruction of the run stands, whatever the bank has answered since.
func (r *runToPay) told() bool {
	s := r.state
	return s.Status == payrun.StatusInstructed || s.Status == payrun.StatusSettled && s.Instruction.Number > 0 && !s.Instruction.Rejected
}

// outFile is one file on its way.
type outFile struct {
	OutFile
	header bankfile.Header
	spans  []span
}

// span is lines of one run in a file.
type span struct {
	run   *runToPay
	lines []payrun.Line
}

// PlanInstruction works out the files of an instruction and checks every line of them against the layout. It writes
// nothing. With problems it returns them and the refusal bankfile.cannot-write.
func (l *Ledger) PlanInstruction(ctx context.Context, c Command, r InstructRequest, progress Progress) (Instruction, error) {
	i, err := l.newInstruction(ctx, c, r)
	if err != nil {
		return Instruction{}, err
	}
	return i.check(progress)
}

// Instruct tells the bank to pay (代发指令): everything of the runs that was released and not stopped. Order of durability:
//
//	every line is rendered once and refused or not → sent, with count, sum and hash → the parts of the file
//	→ money set aside in the fund for each run → instructed on each run
//
// and only then do bytes leave, through ExportBankFile. A call after a crash finds the file that stands by its runs and
// lines and goes on with those very bytes; what was not instructed never leaves. A line that is stopped in between makes
// other files; those that were kept for nothing stay without an instruction.
func (l *Ledger) Instruct(ctx context.Context, c Command, r InstructRequest, progress Progress) (Instruction, error) {
	i, err := l.newInstruction(ctx, c, r)
	if err != nil {
		return Instruction{}, err
	}
	out, err := i.check(progress)
	if err != nil {
		return out, err
	}
	out.Repeated = i.stands()
	if out.Repeated {
		return out, nil
	}
	for _, f := range i.files {
		if err := i.keep(f); err != nil {
			return Instruction{}, fmt.Errorf("bank file %s: %w", f.ID, err)
		}
	}
	for _, run := range i.runs { // of all of them first: a file in which one run has no money must not bind the others
		if err := i.commitFund(i.ctx, i.c, run.state.Opened, run.total); err != nil {
			return Instruction{}, fmt.Errorf("instruct pay run %s: %w", run.state.Opened.Run, err)
		}
	}
	for _, run := range i.runs {
		if err := i.instruct(run); err != nil {
			return Instruction{}, fmt.Errorf("instruct pay run %s: %w", run.state.Opened.Run, err)
		}
	}
	return out, nil
}

func (l *Ledger) newInstruction(ctx context.Context, c Command, r InstructRequest) (*instructing, error) {
	c.Content = r
	i := &instructing{Ledger: l, ctx: ctx, c: c, r: r}
	if err := i.readRuns(); err != nil {
		return nil, err
	}
	var err error
	if i.format, err = bankLayout(r.Format, r.Descriptor); err != nil {
		return nil, err
	}
	if r.MaxLines < 0 {
		return nil, domain.Refuse(domain.Invalid, "bankfile.max-lines", "a file cannot hold at most %d lines", r.MaxLines).WithNext("leave it out, or name a number above 0")
	}
	if i.places, err = l.placesOf(ctx, i.runs); err != nil {
		return nil, err
	}
	if err := i.divide(); err != nil {
		return nil, err
	}
	for _, run := range i.runs {
		if s := run.state; run.told() && !slices.Equal(s.Instruction.BankFiles, run.files) {
			return nil, domain.Refuse(domain.Conflict, "payrun.instructed-otherwise", "the run %s was instructed with the bank files %s", s.Opened.Run, strings.Join(s.Instruction.BankFiles, ", ")).
				WithNext("export those files; a run is instructed again only after the bank refused them whole, or, if a file cannot leave since another run of it was not instructed, after that was recorded: almoner bankfile refuse")
		}
	}
	return i, nil
}

// bankLayout parses a layout: the source given, or the one that comes with the program.
func bankLayout(id, descriptor string) (*bankfile.Format, error) {
	if descriptor != "" {
		return bankfile.Parse([]byte(descriptor))
	}
	if id == "" {
		return nil, domain.Refuse(domain.Invalid, "bankfile.format", "no layout is named").WithNext("name one of: %s", strings.Join(bankfile.ShippedIDs(), ", "))
	}
	return bankfile.Shipped(id)
}

func (i *instructing) readRuns() error {
	if len(i.r.Runs) == 0 {
		return domain.Refuse(domain.Invalid, "bankfile.runs", "no pay run is named").WithNext("name the released runs to be paid")
	}
	seen := map[string]bool{}
	for _, id := range i.r.Runs {
		if seen[id] {
			return domain.Refuse(domain.Invalid, "bankfile.runs", "the pay run %s is named twice", id).WithNext("name each run once")
		}
		seen[id] = true
		run, err := i.readRun(id)
		if err != nil {
			return err
		}
		if first := i.runs; len(first) > 0 && first[0].state.Opened.Finance != run.state.Opened.Finance {
			return domain.Refuse(domain.Invalid, "bankfile.two-offices", "the runs are paid by %s and by %s", first[0].state.Opened.Finance, run.state.Opened.Finance).
				WithNext("instruct the runs of each finance office by themselves")
		}
		i.runs = append(i.runs, run)
	}
	return nil
}

func (i *instructing) readRun(id string) (*runToPay, error) {
	s, err := i.Payrun(i.ctx, id)
	if err != nil {
		return nil, err
	}
	if err := i.canPay(i.ctx, i.c.Actor, s.Opened.Finance); err != nil {
		return nil, err
	}
	run := &runToPay{state: s, number: s.Instruction.Number + 1}
	lines, total := s.Payable()
	switch {
	case run.told():
		run.number = s.Instruction.Number // it may be this very instruction, cut short in another run
	case s.Status != payrun.StatusReleased:
		return nil, domain.Refuse(domain.Conflict, "payrun.not-released", "the run %s is %s; only a released run is paid", id, s.Status).WithNext("%s", s.Next())
	case lines == 0:
		return nil, domain.Refuse(domain.Refused, "payrun.nothing-payable", "every line of the run %s is 0.00 or stopped", id).WithNext("settle the run without the bank")
	}
	book, err := i.RulebookByHash(i.ctx, s.Opened.Rulebook)
	if err != nil {
		return nil, err
	}
	run.title, run.total = book.Title().Zh, total
	all, err := i.Lines(i.ctx, id)
	if err != nil {
		return nil, err
	}
	stopped := map[int]bool{}
	for _, stop := range s.Stopped {
		stopped[stop.Line] = true
	}
	for _, line := range all {
		if !stopped[line.Line] && !line.Amount.IsZero() {
			run.lines = append(run.lines, line)
		}
	}
	if len(run.lines) != lines {
		return nil, fmt.Errorf("pay run %s: its pages have %d payable lines, its state %d", id, len(run.lines), lines)
	}
	return run, i.unpaid(run)
}

// unpaid refuses to pay a line again that the bank booked after it had refused its file whole.
func (i *instructing) unpaid(run *runToPay) error {
	if run.number == 1 || run.told() {
		return nil
	}
	finance, refused := run.state.Opened.Finance, run.state.Instruction.BankFiles
	if _, err := i.booked(i.ctx, finance, nil); err != nil {
		return err
	}
	var proofs []string
	for _, id := range refused {
		s, err := i.BankFile(i.ctx, id)
		if err != nil {
			return err
		}
		if s.Refusal != nil {
			proofs = append(proofs, s.Refusal.Proof)
		}
	}
	if err := i.unread(i.ctx, finance, refused, proofs...); err != nil {
		return err
	}
	for chunk := range slices.Chunk(run.lines, candidateRefs) {
		refs := make([]string, len(chunk))
		for n, line := range chunk {
			refs[n] = line.PayRef
		}
		known, err := i.views.InstructedByRef(i.ctx, finance, refs)
		if err != nil {
			return err
		}
		for _, line := range known {
			if len(line.State.Facts) > 0 {
				return domain.Refuse(domain.Conflict, "bankfile.booked-after-refusal", "the bank answered line %s of the run %s after it had refused it whole", line.Line.PayRef, run.state.Opened.Run).
					WithNext("stop that line if it was paid (payrun stop), or clear the matter with the bank")
			}
		}
	}
	return nil
}

// divide lays lines out in files: whole runs together as far as they fit, a run that is too long in files of its own. So a
// run that fills several files shares none of them, and which file holds a line follows from counting.
func (i *instructing) divide() error {
	most := i.r.MaxLines
	var open *outFile
	add := func(run *runToPay, lines []payrun.Line) {
		open.spans = append(open.spans, span{run, lines})
		open.Runs = append(open.Runs, run.state.Opened.Run)
		open.Lines += len(lines)
		for _, l := range lines {
			open.Total = open.Total.Add(l.Amount)
		}
	}
	for _, run := range i.runs {
		if most == 0 || len(run.lines) <= most {
			if open == nil || most > 0 && open.Lines+len(run.lines) > most {
				open = &outFile{}
				i.files = append(i.files, open)
			}
			add(run, run.lines)
			continue
		}
		for chunk := range slices.Chunk(run.lines, most) {
			open = &outFile{}
			i.files = append(i.files, open)
			add(run, chunk)
		}
		open = nil
	}
	for n, f := range i.files {
		if err := i.name(n, f); err != nil {
			return err
		}
		for _, s := range f.spans {
			s.run.files = append(s.run.files, f.ID)
		}
	}
	return nil
}

// fileContent is what a file's id follows from: all that decides its bytes, but for the day on which it is first made.
type fileContent struct {
	Format  string   `json:"format"` // hash
	Lines   []string `json:"lines"`
	Number  int      `json:"number"`
	Payer   Payer    `json:"payer"`
	Purpose string   `json:"purpose"`
}

// name derives the file's id, which a repetition by whatever command finds again, and its header.
func (i *instructing) name(n int, f *outFile) error {
	content := fileContent{Format: i.format.Hash(), Number: n + 1, Payer: i.r.Payer, Purpose: i.r.Purpose}
	for _, s := range f.spans {
		content.Lines = append(content.Lines, s.run.state.Opened.Run+"|"+strconv.Itoa(s.run.number))
		for _, l := range s.lines {
			content.Lines = append(content.Lines, l.PayRef+"|"+l.Draw+"|"+l.Amount.String())
		}
	}
	digest, err := i.digest(content)
	if err != nil {
		return err
	}
	intent, err := i.firstEvent(i.ctx, payrun.Stream(f.Runs[0]))
	if err != nil {
		return err
	}
	f.ID = uuid.NewSHA1(uuid.MustParse(intent), []byte("bankfile|"+digest)).String()
	day := i.Today()
	if s, err := load(i.ctx, i.Ledger, bank.Stream(f.ID), bank.Evolve); err != nil {
		return err
	} else if s.state.Sent != nil { // made before: the same day makes the same bytes
		made, _, err := i.recordedBy(i.ctx, f.ID)
		if err != nil {
			return err
		}
		day = domain.DateOf(made.At.Time)
	}
	first := f.spans[0].run
	f.header = bankfile.Header{
		Batch: strings.ToUpper(f.ID[:8]) + "-" + strconv.Itoa(n+1), Date: day, Instruction: first.number, Lines: f.Lines, Total: f.Total,
		PayerAccount: domain.AccountNumber(i.r.Payer.Account), PayerName: i.r.Payer.Name, PayerBank: i.r.Payer.Bank, Programme: first.title, Purpose: i.r.Purpose,
	}
	if f.header.PayerName == "" {
		f.header.PayerName = i.places.finance
	}
	f.Name, err = i.format.FileName(f.header)
	return err
}

// check renders every file once, to nowhere: what the layout cannot carry is found in all files before anything is stored.
func (i *instructing) check(progress Progress) (Instruction, error) {
	out := Instruction{}
	done := 0
	for _, run := range i.runs {
		out.Lines += len(run.lines)
		out.Total = out.Total.Add(run.total)
	}
	var refusal error
	for _, f := range i.files {
		written, err := i.render(f, io.Discard, func(n int) { progress.tell(done+n, out.Lines) })
		var cannot *bankfile.WriteError
		switch {
		case errors.As(err, &cannot):
			out.Problems, refusal = append(out.Problems, i.problems(f, cannot)...), err
		case err != nil:
			return Instruction{}, err
		}
		f.Size, f.Hash = written.Size, written.SHA256
		out.Files = append(out.Files, f.OutFile)
		done += f.Lines
	}
	return out, refusal
}

// problems places what a layout cannot carry on the lines of the runs.
func (i *instructing) problems(f *outFile, e *bankfile.WriteError) []CannotWrite {
	byRef := map[string]CannotWrite{}
	for _, s := range f.spans {
		for _, l := range s.lines {
			byRef[l.PayRef] = CannotWrite{Run: s.run.state.Opened.Run, RunLine: l.Line, Person: l.Person}
		}
	}
	var out []CannotWrite
	for _, p := range e.Problems {
		at := byRef[p.PayRef]
		if at.Run == "" {
			at.Run = f.Runs[0]
		}
		at.Column, at.Value, at.Rule, at.What, at.Next = p.Column, p.Value, p.Rule, p.What, p.Next
		out = append(out, at)
	}
	return out
}

// stands says that every run was told to be paid by these very files.
func (i *instructing) stands() bool {
	return !slices.ContainsFunc(i.runs, func(r *runToPay) bool {
		return !r.told() || !slices.Equal(r.state.Instruction.BankFiles, r.files)
	})
}

// keep records a file and keeps its parts. One that stands is completed with the bytes it was recorded with.
func (i *instructing) keep(f *outFile) error {
	stream := bank.Stream(f.ID)
	s, err := load(i.ctx, i.Ledger, stream, bank.Evolve)
	if err != nil {
		return err
	}
	if s.state.Refusal != nil {
		return domain.Refuse(domain.Conflict, "bankfile.refused", "the file %s was refused whole meanwhile, and never leaves again", f.ID).WithNext("instruct the runs again: other files are made")
	}
	if s.state.Status == "" {
		if err := i.record(f); err != nil {
			return err
		}
	}
	if err := i.sameBytes(f); err != nil { // another process may have been faster, with another program
		return err
	}
	if s.state.Status != "" && s.state.Status != bank.StatusKeeping {
		return nil
	}
	keeper, err := i.newPartKeeper(i.ctx, i.c, f.ID)
	if err != nil {
		return err
	}
	written, err := i.render(f, keeper, nil)
	if err != nil {
		return err
	}
	if written.SHA256 != f.Hash {
		return fmt.Errorf("the file came out differently the second time")
	}
	return keeper.Close()
}

// record appends the file's first event: its hash, count and sum, before anything of it can leave.
func (i *instructing) record(f *outFile) error {
	hash, err := hex.DecodeString(f.Hash)
	if err != nil {
		return err
	}
	if err := i.makeFileKey(i.ctx, f.ID); err != nil {
		return err
	}
	if err := i.vault.RememberFile(i.ctx, i.hashOfSent(hash), f.ID); err != nil { // to know it when it is added as a return
		return err
	}
	commitment, private, err := i.commitTo(hash, f.Name)
	if err != nil {
		return err
	}
	c := i.c
	c.ID = NewID(c.Officer, c.ID+"|sent|"+f.ID)
	_, err = execute(i.ctx, i.Ledger, bank.Stream(f.ID), c, bank.Evolve, func(s bank.State) ([]domain.Event, error) {
		if s.Sent != nil { // another process was faster; sameBytes compares
			return nil, nil
		}
		return bank.DecideSend(s, bank.Send{
			BankFile: f.ID, Commitment: commitment, File: f.ID, Format: i.format.ID(), Instruction: f.header.Instruction, Lines: f.Lines, Parts: parts(f.Size), Runs: f.Runs,
			Size: f.Size, Total: f.Total, Private: private,
		})
	})
	return err
}

// commitTo salts a file's hash for the part of the event that stands in clear.
func (l *Ledger) commitTo(hash []byte, name string) (commitment string, private *bank.File, err error) {
	salt := make([]byte, codec.SaltSize)
	if _, err := io.ReadFull(l.random, salt); err != nil {
		return "", nil, fmt.Errorf("random bytes for the file: %w", err)
	}
	return hex.EncodeToString(codec.Commit(salt, hash)), &bank.File{Hash: hex.EncodeToString(hash), Name: name, Salt: base64Of(salt)}, nil
}

// sameBytes refuses to go on with a file that renders otherwise now than when it was recorded.
func (i *instructing) sameBytes(f *outFile) error {
	_, private, err := i.recordedBy(i.ctx, f.ID)
	if err != nil {
		return err
	}
	if private == nil || private.Hash != f.Hash {
		return domain.Refuse(domain.Conflict, "bankfile.renders-otherwise", "the file %s was recorded with other bytes", f.ID).
			WithNext("use the program and the office's name it was made with, or name another purpose to make a new file")
	}
	return nil
}

// instruct states the intent on one run.
func (i *instructing) instruct(run *runToPay) error {
	_, err := execute(i.ctx, i.Ledger, payrun.Stream(run.state.Opened.Run), i.c, payrun.Evolve, func(s payrun.State) ([]domain.Event, error) {
		return payrun.DecideInstruct(s, payrun.Instruct{Instruction: run.number, BankFiles: run.files, Lines: len(run.lines), Total: run.total})
	})
	return err
}

// storedAt reads one event of a stream, without what it seals.
func (l *Ledger) storedAt(ctx context.Context, stream string, rev int64) (codec.Stored, error) {
	for r, err := range l.store.ReadStream(ctx, stream, rev, eventstore.Forwards) {
		if err != nil {
			return codec.Stored{}, err
		}
		return codec.DecodeEvent(r.Data, nil)
	}
	return codec.Stored{}, fmt.Errorf("stream %s has no revision %d", stream, rev)
}
