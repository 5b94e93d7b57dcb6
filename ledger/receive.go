package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/signoff"
	"almoner/ledger/bankfile"
)

// ReceiveRequest adds a file that came from a bank for the actor's finance office.
type ReceiveRequest struct {
	FileName   string
	File       io.ReaderAt
	Size       int64
	Format     string      // id of a layout that comes with the program, unless Descriptor is given
	Descriptor string      // source of another layout
	ReceivedOn domain.Date // zero for today
}

// maxListedBankProblems bounds the problems an answer lists; the file holds all of them.
const maxListedBankProblems = 200

// Reading is what a received file holds as a layout reads it.
type Reading struct {
	Format   string                 `json:"format"`
	Lines    int                    `json:"lines"`
	Good     int                    `json:"good"` // without an error
	Total    domain.Money           `json:"total"`
	Findings []bank.Finding         `json:"findings,omitempty"`
	Problems []bankfile.Problem     `json:"problems,omitempty"` // the first 200
	Declared []bankfile.Declaration `json:"declared,omitempty"` // what the file states of itself, where it does not agree
	Rule     string                 `json:"rule,omitempty"`     // why it cannot be read at all
	Reason   string                 `json:"reason,omitempty"`   // the same in words
}

// Reception is what became of a file.
type Reception struct {
	BankFile string     `json:"bankFile"`
	Seen     bool       `json:"seen"` // these bytes had been added for the office before, under whatever name
	State    bank.State `json:"state"`
	Reading  Reading    `json:"reading"`
}

// PlanReception reads a file as AddBankFile would and writes nothing. A file that was added before is Seen.
func (l *Ledger) PlanReception(ctx context.Context, c Command, r ReceiveRequest, progress Progress) (Reception, error) {
	format, hash, err := l.reception(ctx, c, r)
	if err != nil {
		return Reception{}, err
	}
	out := Reception{}
	if out.BankFile, out.Seen, err = l.bytesSeen(ctx, c.Office, hash); err != nil {
		return out, err
	}
	if out.Seen {
		out.State, err = l.BankFile(ctx, out.BankFile)
		return out, err
	}
	out.Reading, err = readAll(format, r.File, r.Size, r.FileName, progress)
	return out, err
}

// AddBankFile takes in a file from a bank (回盘). Order of durability:
//
//	claim on the bytes → received → parts → read, or unreadable → pages, each followed by what it asks of people and funds → followed
//
// Bytes that were added before, under whatever name, change nothing, except that what was cut short then is completed. A
// file that the layout cannot read stays recorded as unreadable: ClassifyBankFile reads it again in another layout. Whatever
// the file says, it is taken in; nothing of it is refused.
func (l *Ledger) AddBankFile(ctx context.Context, c Command, r ReceiveRequest, progress Progress) (Reception, error) {
	format, hash, err := l.reception(ctx, c, r)
	if err != nil {
		return Reception{}, err
	}
	id, err := l.claimBytes(ctx, NewID(c.Officer, c.ID), c.Office, hash)
	if err != nil {
		return Reception{}, fmt.Errorf("add bank file %s: %w", r.FileName, err)
	}
	out := Reception{BankFile: id}
	s, err := load(ctx, l, bank.Stream(id), bank.Evolve)
	if err != nil {
		return out, err
	}
	if out.Seen = s.state.Parts > 0 && s.state.Status != bank.StatusKeeping; !out.Seen {
		if err := l.receive(ctx, c, id, format.ID(), hash, r); err != nil {
			return out, fmt.Errorf("add bank file %s: %w", id, err)
		}
	}
	out.Reading, err = l.classifyFile(ctx, c, id, format, progress)
	if err != nil {
		return out, fmt.Errorf("classify bank file %s: %w", id, err)
	}
	out.State, err = l.BankFile(ctx, id)
	return out, err
}

// ClassifyBankFile reads a received file that is kept whole in a layout, unless it is read already, and classifies what is
// not classified yet.
func (l *Ledger) ClassifyBankFile(ctx context.Context, c Command, id, formatID, descriptor string, progress Progress) (Reception, error) {
	made, _, err := l.recordedBy(ctx, id)
	if err != nil {
		return Reception{}, err
	}
	if err := l.canPay(ctx, c.Actor, made.Office); err != nil {
		return Reception{}, err
	}
	format, err := bankLayout(formatID, descriptor)
	if err != nil {
		return Reception{}, err
	}
	if err := returnLayout(format); err != nil {
		return Reception{}, err
	}
	s, err := l.BankFile(ctx, id)
	if err != nil {
		return Reception{}, err
	}
	if s.Read != nil && s.Read.FormatHash != format.Hash() {
		return Reception{}, domain.Refuse(domain.Conflict, "bankfile.read-otherwise", "the file %s was read as %s, and what follows from it stands", id, s.Read.Format).
			WithNext("ask the bank for a new file, and add that")
	}
	out := Reception{BankFile: id, Seen: true}
	if out.Reading, err = l.classifyFile(ctx, c, id, format, progress); err != nil {
		return out, fmt.Errorf("classify bank file %s: %w", id, err)
	}
	out.State, err = l.BankFile(ctx, id)
	return out, err
}

// reception checks who adds what, and hashes the bytes.
func (l *Ledger) reception(ctx context.Context, c Command, r ReceiveRequest) (*bankfile.Format, []byte, error) {
	if err := l.canPay(ctx, c.Actor, ""); err != nil {
		return nil, nil, err
	}
	o, err := l.Office(ctx, c.Office)
	if err != nil {
		return nil, nil, err
	}
	format, err := bankLayout(r.Format, r.Descriptor)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case o.Level != signoff.Finance:
		return nil, nil, domain.Refuse(domain.Invalid, "bankfile.office", "%s is an office of level %s, not of finance", c.Office, o.Level).WithNext("act for the finance office that the bank answers")
	case r.ReceivedOn.After(l.Today()):
		return nil, nil, domain.Refuse(domain.Invalid, "bankfile.received-on", "%s has not come yet", r.ReceivedOn).WithNext("name the day on which the file came")
	case r.Size < 1:
		return nil, nil, domain.Refuse(domain.Invalid, "bankfile.empty", "the file %q is empty", r.FileName).WithNext("choose a file that is not empty")
	case r.Size > bankfile.MaxBytes:
		return nil, nil, domain.Refuse(domain.Invalid, "bankfile.too-large", "the file %q has %d bytes; at most %d are taken", r.FileName, r.Size, int64(bankfile.MaxBytes)).WithNext("ask the bank for several files")
	}
	if err := returnLayout(format); err != nil {
		return nil, nil, err
	}
	hash, err := hashFile(r.File, r.Size)
	if err != nil {
		return nil, nil, fmt.Errorf("bank file %s: %w", r.FileName, err)
	}
	sent, ours, err := l.vault.FileSeen(ctx, l.hashOfSent(hash))
	if err == nil && ours {
		err = domain.Refuse(domain.Invalid, "bankfile.sent-by-us", "these bytes are the file %s, which was made here for the bank", sent).WithNext("choose the file that came back from the bank")
	}
	return format, hash, err
}

func returnLayout(f *bankfile.Format) error {
	if f.Direction() == bankfile.Back {
		return nil
	}
	return domain.Refuse(domain.Invalid, "bankfile.direction", "the layout %s is for files to the bank", f.ID()).WithNext("name the layout of the files that come back")
}

// bytesSeen says which received file of a finance office has these bytes.
func (l *Ledger) bytesSeen(ctx context.Context, finance string, hash []byte) (string, bool, error) {
	file, seen, err := l.vault.FileSeen(ctx, l.hashOfReceived(finance, hash))
	if err != nil || !seen {
		return "", false, err
	}
	s, err := load(ctx, l, bank.Stream(file), bank.Evolve)
	return file, s.state.Status != "", err // the claim of a process that died before it recorded anything is free
}

// receive records the file and keeps its parts.
func (l *Ledger) receive(ctx context.Context, c Command, id, layout string, hash []byte, r ReceiveRequest) error {
	on := r.ReceivedOn
	if on.IsZero() {
		on = l.Today()
	}
	commitment, private, err := l.commitTo(hash, r.FileName)
	if err != nil {
		return err
	}
	c.Content = map[string]string{"bytes": hex.EncodeToString(hash), "receivedOn": r.ReceivedOn.String()}
	_, err = execute(ctx, l, bank.Stream(id), c, bank.Evolve, func(s bank.State) ([]domain.Event, error) {
		if s.Received != nil {
			return nil, nil // cut short before, or another process is at it: the bytes are the same
		}
		return bank.DecideReceive(s, bank.Receive{BankFile: id, Commitment: commitment, File: id, Format: layout, Parts: parts(r.Size), ReceivedOn: on, Size: r.Size, Private: private})
	})
	if err != nil {
		return err
	}
	keeper, err := l.newPartKeeper(ctx, c, id)
	if err != nil {
		return err
	}
	if _, err := io.Copy(keeper, io.NewSectionReader(r.File, 0, r.Size)); err != nil {
		return err
	}
	return keeper.Close()
}

// readAll reads a file once. What ends the reading is no error: it stands in Rule.
func readAll(format *bankfile.Format, file io.ReaderAt, size int64, name string, progress Progress) (Reading, error) {
	out := Reading{Format: format.ID()}
	reading := format.Read(file, size, bankfile.Expectation{Name: name})
	for line, err := range reading.Lines() {
		var refused *domain.RefusedError
		switch {
		case errors.As(err, &refused):
			out.Rule, out.Reason = refused.Rule, refused.Error()
			return out, nil
		case err != nil:
			return out, err
		}
		out.Lines++
		out.Total = out.Total.Add(amountOf(line))
		for _, p := range line.Problems {
			if len(out.Problems) < maxListedBankProblems {
				out.Problems = append(out.Problems, p)
			}
		}
		if line.OK() {
			out.Good++
		}
		if out.Lines%1000 == 0 {
			progress.tell(out.Lines, 0)
		}
	}
	summary := reading.Summary()
	for _, d := range summary.Declarations {
		if !d.Agrees() {
			out.Declared = append(out.Declared, d)
		}
	}
	out.Problems = append(slices.Clip(summary.Problems), out.Problems...)
	for rule, n := range summary.Rules {
		out.Findings = append(out.Findings, bank.Finding{Count: n, Rule: rule})
	}
	slices.SortFunc(out.Findings, func(a, b bank.Finding) int { return strings.Compare(a.Rule, b.Rule) })
	if !out.Total.InBounds() {
		return Reading{Format: out.Format, Rule: "bankfile.counts", Reason: fmt.Sprintf("the amounts of its %d lines are too large to be summed", out.Lines)}, nil
	}
	return out, nil
}

// amountOf is a line's amount as it is counted: 0.00 where it cannot be read.
func amountOf(l bankfile.BankLine) domain.Money {
	if !l.HasAmount || !l.Amount.InBounds() {
		return domain.Money{}
	}
	return l.Amount
}

// factOf turns a line as it was read into what the rules of classifying take. Sign and side were taken into account by the
// reader: amounts are never negative here.
func factOf(l bankfile.BankLine) bank.BankLine {
	b := bank.BankLine{
		Line: l.Line, PayRef: l.PayRef, Account: l.Account.Reveal(), Amount: amountOf(l), Reason: string(l.Reason), Serial: l.Serial, BookedOn: l.BookedOn,
	}
	switch l.Result {
	case bankfile.Paid:
		b.Result = bank.ResultPaid
	case bankfile.Returned:
		b.Result = bank.ResultReturned
	case bankfile.Reversed:
		b.Result = bank.ResultReversed
	default:
		b.Problems = append(b.Problems, bank.ProblemResult)
	}
	if !l.HasAmount {
		b.Problems = append(b.Problems, bank.ProblemAmount)
	}
	return b
}
