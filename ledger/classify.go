package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger/bankfile"
)

// Sizes of what is classified together.
const (
	classifyPages = 40   // pages whose instruction lines are in memory at once, and become durable together: 5,600 lines
	candidateRefs = 5000 // payRefs asked for in one query
)

// classifyFile reads a kept file in a layout, takes its finance office's turn, classifies its lines page by page, and does
// what follows. Whatever stands already is passed over, so it may be repeated after a crash at any point, by anybody.
func (l *Ledger) classifyFile(ctx context.Context, c Command, id string, format *bankfile.Format, progress Progress) (Reading, error) {
	made, private, err := l.recordedBy(ctx, id)
	if err != nil {
		return Reading{}, err
	}
	s, err := l.BankFile(ctx, id)
	if err != nil {
		return Reading{}, err
	}
	reading := Reading{}
	if s.Read == nil {
		kept, err := l.keptFile(ctx, s)
		if err != nil {
			return Reading{}, err
		}
		name := ""
		if private != nil {
			name = private.Name
		}
		if reading, err = readAll(format, kept, kept.size, name, progress); err != nil {
			return reading, err
		}
		if err := l.recordReading(ctx, c, id, format, reading); err != nil || reading.Rule != "" {
			return reading, err
		}
	} else {
		reading = Reading{Format: s.Read.Format, Lines: s.Read.Lines, Total: s.Read.Total, Findings: s.Read.Findings}
	}
	k := &classifying{Ledger: l, ctx: ctx, c: c, id: id, finance: made.Office, progress: progress}
	return reading, k.finish()
}

// recordReading says what the file holds, or that it cannot be read.
func (l *Ledger) recordReading(ctx context.Context, c Command, id string, format *bankfile.Format, r Reading) error {
	descriptor := ""
	if shipped, err := bankfile.Shipped(format.ID()); err != nil || shipped.Hash() != format.Hash() {
		descriptor = string(format.Source())
	}
	c.Content = map[string]string{"file": id, "format": format.Hash()}
	c.ID = NewID(c.Officer, c.ID+"|read|"+format.Hash())
	_, err := execute(ctx, l, bank.Stream(id), c, bank.Evolve, func(s bank.State) ([]domain.Event, error) {
		switch {
		case s.Read != nil && s.Read.FormatHash == format.Hash():
			return nil, nil
		case r.Rule != "":
			return bank.DecideUnreadable(s, bank.Fail{Format: format.ID(), FormatHash: format.Hash(), Rule: r.Rule})
		}
		return bank.DecideRead(s, bank.ReadFile{Descriptor: descriptor, Findings: r.Findings, Format: format.ID(), FormatHash: format.Hash(), Lines: r.Lines, Total: r.Total})
	})
	return err
}

// classifying is one call that classifies one file.
//
// The class of a line depends on all that banks said of it before, in whatever file. Therefore a finance office classifies
// one file at a time (bankfile.DeskStream): whoever has made sure of the turn and then brings the read models to the head of
// the log sees every page of every other file, and no page of another one can appear until this file is done. Two processes
// at the same file are told apart by the revisions their pages name. Lines of other finance offices' runs are none of this
// file's: they are classified as unknown.
type classifying struct {
	*Ledger
	ctx      context.Context
	c        Command
	id       string
	finance  string
	progress Progress
}

// finish classifies what is left and does what follows from all pages.
func (k *classifying) finish() error {
	pauses := k.pauses()
	for range maxAttempts {
		s, err := k.BankFile(k.ctx, k.id)
		switch {
		case err != nil:
			return err
		case s.Done:
			return nil
		case s.Status == bank.StatusClassified:
			return k.followInOrder()
		case s.Status != bank.StatusRead && s.Status != bank.StatusClassifying:
			return domain.Refuse(domain.Conflict, "bankfile.not-read", "the file %s is %s; its lines are not known yet", k.id, s.Status).WithNext("name the layout in which it can be read")
		}
		if err := k.takeTurn(); err != nil {
			return err
		}
		if err := k.pages(s); err != nil {
			if !errors.Is(err, errPagesMoved) && !mayRetry(err) { // else somebody classifies the same file, or nobody knows what was written: look again
				return err
			}
			if err := pauses.before(k.ctx, err); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("classifying was begun anew %d times", maxAttempts)
}

// takeTurn makes this file the one that the finance office classifies, after finishing the one whose turn it was.
func (k *classifying) takeTurn() error {
	stream := bank.DeskStream(k.finance)
	for range maxAttempts {
		desk, err := load(k.ctx, k.Ledger, stream, bank.EvolveDesk)
		if err != nil {
			return err
		}
		at := desk.state.BankFile
		if at == k.id {
			return nil
		}
		if at != "" {
			if err := k.finishOther(at); err != nil {
				return fmt.Errorf("bank file %s, whose turn it is: %w", at, err)
			}
		}
		c := k.c
		c.ID, c.Content = NewID(c.Officer, c.ID+"|turn|"+k.id+"|"+at), k.id
		_, err = execute(k.ctx, k.Ledger, stream, c, bank.EvolveDesk, func(s bank.Desk) ([]domain.Event, error) {
			return bank.DecideTurn(s, bank.TakeTurn{BankFile: k.id, Finance: k.finance, Classified: at})
		})
		var refused *domain.RefusedError
		if errors.As(err, &refused) && refused.Rule == "bankdesk.turn" {
			continue // a third file was faster
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("the turn of bank file %s did not come in %d attempts", k.id, maxAttempts)
}

// finishOther classifies the file that has the turn to its last page. What follows from it is left to its own process or to
// Resume: classes do not depend on it.
func (k *classifying) finishOther(id string) error {
	other := &classifying{Ledger: k.Ledger, ctx: k.ctx, c: k.c, id: id, finance: k.finance}
	pauses := k.pauses()
	for range maxAttempts {
		s, err := k.BankFile(k.ctx, id)
		if err != nil || s.Status == bank.StatusClassified {
			return err
		}
		if err := other.pages(s); err != nil {
			if !errors.Is(err, errPagesMoved) && !mayRetry(err) {
				return err
			}
			if err := pauses.before(k.ctx, err); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("classifying was begun anew %d times", maxAttempts)
}

// pages classifies the lines after the last classified one. The turn MUST be this file's.
func (k *classifying) pages(s bank.State) error {
	format, err := layoutOf(s)
	if err != nil {
		return err
	}
	kept, err := k.keptFile(k.ctx, s)
	if err != nil {
		return err
	}
	made, position, err := k.received()
	if err != nil {
		return err
	}
	file := bank.ReturnFile{ID: k.id, ReceivedOn: made.ReceivedOn, Position: position}
	next, stop := iter.Pull2(format.Read(kept, kept.size, bankfile.Expectation{}).Lines())
	defer stop()
	last := s.Last
	var lines []bank.BankLine
	for {
		line, err, more := next()
		if err != nil {
			return fmt.Errorf("read the kept file again: %w", err)
		}
		if more && line.Line > last {
			lines = append(lines, factOf(line))
		}
		if len(lines) == classifyPages*bank.MaxPage || !more && len(lines) > 0 {
			if s, err = k.together(file, s, lines); err != nil {
				return err
			}
			lines = lines[:0]
		}
		if !more {
			return nil
		}
	}
}

// layoutOf is the layout a file was read in.
func layoutOf(s bank.State) (*bankfile.Format, error) {
	if s.Read.Descriptor != "" {
		return bankfile.Parse([]byte(s.Read.Descriptor))
	}
	f, err := bankfile.Shipped(s.Read.Format)
	if err != nil {
		return nil, err
	}
	if f.Hash() != s.Read.FormatHash {
		return nil, domain.Refuse(domain.Conflict, "bankfile.layout-changed", "the layout %s of this program is another than the one that file %s was read in", s.Read.Format, s.ID()).
			WithNext("finish the file with the program that read it")
	}
	return f, nil
}

// received is the file's first event and its log index.
func (k *classifying) received() (bank.Received, int64, error) {
	s, err := k.BankFile(k.ctx, k.id)
	if err != nil {
		return bank.Received{}, 0, err
	}
	if err := k.synced(k.ctx); err != nil {
		return bank.Received{}, 0, err
	}
	at, err := k.views.RecordedAt(k.ctx, k.id)
	return *s.Received, at, err
}

// errPagesMoved says that another process has classified pages of the file meanwhile.
var errPagesMoved = errors.New("another process classifies the same file")

// together classifies some pages of lines, which follow the state, and makes them durable in one batch.
func (k *classifying) together(file bank.ReturnFile, before bank.State, lines []bank.BankLine) (bank.State, error) {
	stream := bank.Stream(k.id)
	at, err := load(k.ctx, k.Ledger, stream, bank.Evolve)
	if err != nil {
		return before, err
	}
	if at.state.Pages != before.Pages {
		return before, errPagesMoved
	}
	if err := k.syncedToHead(k.ctx); err != nil { // after the page that these follow is known: its lines are in the read models
		return before, err
	}
	book, err := k.book(lines)
	if err != nil {
		return before, err
	}
	stamp, err := k.stamp(at.at)
	if err != nil {
		return before, err
	}
	var batch []eventstore.Append
	rev, state, keys := at.rev, at.state, k.keySource(k.ctx)
	for first := 0; first < len(lines); first += bank.MaxPage {
		var outcomes []bank.Outcome
		for _, line := range lines[first:min(first+bank.MaxPage, len(lines))] {
			outcomes = append(outcomes, book.Read(file, line))
		}
		page := bank.PageOf(state.Pages+1, outcomes)
		events, err := bank.DecideClassify(state, page)
		if err != nil {
			return before, err
		}
		c := k.c // the id and the content are the page's own: another page at this revision is another command
		c.ID, c.Content, c.On = NewID(c.Officer, fmt.Sprintf("%s|page|%s|%d", c.ID, k.id, page.Page)), events[0], domain.Date{}
		digest, err := k.digest(c.Content)
		if err != nil {
			return before, err
		}
		a, _, err := k.encode(stream, rev, stamp, c, digest, events, keys)
		if err != nil {
			return before, err
		}
		batch = append(batch, a)
		for _, e := range events {
			rev++
			state = bank.Evolve(state, domain.Fact{Event: e, Revision: rev})
		}
	}
	for _, r := range k.store.AppendBatch(k.ctx, batch) {
		if r.Err != nil {
			return before, fmt.Errorf("append to %s: %w", stream, r.Err)
		}
		k.saw(stamp, r.Position)
	}
	k.progress.tell(state.Lines, state.Read.Lines)
	return state, nil
}

// book holds every instruction line that one of the bank lines may be about.
func (k *classifying) book(lines []bank.BankLine) (*bank.Book, error) {
	var refs, accounts []string
	for _, line := range lines {
		want := line.Wants()
		if _, _, err := payrun.ParsePayRef(want.PayRef); err == nil {
			refs = append(refs, want.PayRef)
		} else if want.Account != "" {
			accounts = append(accounts, want.Account)
		}
	}
	found := map[string]InstructedLine{}
	take := func(lines []InstructedLine, err error) error {
		for _, l := range lines {
			found[l.Line.PayRef] = l
		}
		return err
	}
	for ; len(refs) > 0; refs = refs[min(candidateRefs, len(refs)):] {
		if err := take(k.views.InstructedByRef(k.ctx, k.finance, refs[:min(candidateRefs, len(refs))])); err != nil {
			return nil, err
		}
	}
	persons, err := k.paidTo(accounts)
	if err != nil {
		return nil, err
	}
	for ; len(persons) > 0; persons = persons[min(candidateRefs, len(persons)):] {
		if err := take(k.views.InstructedOf(k.ctx, k.finance, persons[:min(candidateRefs, len(persons))])); err != nil {
			return nil, err
		}
	}
	all := make([]InstructedLine, 0, len(found))
	for _, l := range found {
		all = append(all, l)
	}
	candidates, err := k.withAccounts(k.ctx, all)
	if err != nil {
		return nil, err
	}
	return bank.NewBook(candidates)
}

// paidTo lists everybody whom one of the accounts was ever recorded for.
func (k *classifying) paidTo(accounts []string) ([]string, error) {
	var persons []string
	asked, listed := map[string]bool{}, map[string]bool{}
	for _, account := range accounts {
		if asked[account] {
			continue
		}
		asked[account] = true
		of, err := k.vault.FindByAccount(k.ctx, account)
		if err != nil {
			return nil, err
		}
		for _, p := range of {
			if !listed[p] {
				listed[p] = true
				persons = append(persons, p)
			}
		}
	}
	return persons, nil
}

// followInOrder does what follows from this file after what follows from all that were classified before it: what a bank
// took back can only be booked on what it overpaid once that stands.
func (k *classifying) followInOrder() error {
	if err := k.syncedToHead(k.ctx); err != nil {
		return err
	}
	waiting, err := k.views.Waiting(k.ctx, k.finance)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		if id == k.id {
			break
		}
		s, err := k.BankFile(k.ctx, id)
		if err != nil {
			return err
		}
		if s.Status != bank.StatusClassified || s.Done {
			continue
		}
		earlier := &classifying{Ledger: k.Ledger, ctx: k.ctx, id: id, finance: k.finance}
		if err := earlier.follow(); err != nil {
			return fmt.Errorf("what follows from bank file %s: %w", id, err)
		}
	}
	return k.follow()
}

// follow does what each page asks of people and funds, and then says that all is done. It acts in the name of whoever added
// the file, so that two processes that are at it do it once.
func (k *classifying) follow() error {
	if err := k.synced(k.ctx); err != nil {
		return err
	}
	made, _, err := k.recordedBy(k.ctx, k.id)
	if err != nil {
		return err
	}
	k.c = Command{Actor: Actor{Officer: made.Officer, Office: made.Office, Capacity: made.Capacity}, ID: made.Command.ID}
	last := 0
	for r, err := range k.store.ReadStream(k.ctx, bank.Stream(k.id), 0, eventstore.Forwards) {
		if err != nil {
			return fmt.Errorf("read stream of %s: %w", k.id, err)
		}
		if r.Type != (bank.Classified{}).EventType() {
			continue
		}
		stored, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return err
		}
		page := stored.Event.(bank.Classified)
		if err := k.followPage(r.ID, page); err != nil {
			return fmt.Errorf("page %d: %w", page.Page, err)
		}
		last = page.Page
	}
	c := k.c
	first, err := k.firstEvent(k.ctx, bank.Stream(k.id))
	if err != nil {
		return err
	}
	c.ID, c.Cause, c.Content = followUp(first, bank.Stream(k.id), "followed"), first, last
	_, err = execute(k.ctx, k.Ledger, bank.Stream(k.id), c, bank.Evolve, func(s bank.State) ([]domain.Event, error) { return bank.DecideFollowed(s, last) })
	return err
}

// followPage appends to people's streams what a page says of their payments, and books on the funds what it moved.
func (k *classifying) followPage(event string, page bank.Classified) error {
	if err := k.tellPeople(event, page); err != nil {
		return err
	}
	if len(page.Lines) == 0 {
		return nil
	}
	moves, err := k.views.BankMoves(k.ctx, k.id, page.Lines[0].Line, page.Lines[len(page.Lines)-1].Line)
	if err != nil {
		return err
	}
	for _, m := range moves {
		spent, released := m.Delta.Held(), m.Delta.Returned.Sub(m.ToldAgain) // a refusal had let go of what was told
		beyond := spent.Sub(m.Delta.Settled)
		if spent.IsZero() && released.IsZero() && beyond.IsZero() {
			continue
		}
		run, err := k.Payrun(k.ctx, m.Run)
		if err != nil {
			return err
		}
		if err := k.bookFund(k.ctx, k.c, run.Opened, event, spent, released, beyond); err != nil {
			return fmt.Errorf("book the fund of pay run %s: %w", m.Run, err)
		}
	}
	return nil
}

func (k *classifying) tellPeople(event string, page bank.Classified) error {
	asks := map[int]bank.Effect{}
	var refs []string
	byLine := map[int]bank.ClassifiedLine{}
	for _, l := range page.Lines {
		byLine[l.Line] = l
	}
	for _, e := range page.Effects {
		if !bank.FollowUpOf(k.id, byLine[e.Line], e, bank.Line{}).Nothing() {
			asks[e.Line] = e
			refs = append(refs, e.PayRef)
		}
	}
	if len(asks) == 0 {
		return nil
	}
	lines, err := k.views.InstructedByRef(k.ctx, k.finance, refs)
	if err != nil {
		return err
	}
	byRef := map[string]bank.Line{}
	for _, l := range lines {
		byRef[l.Line.PayRef] = l.Line
	}
	// What several lines ask of one person is asked in their order: what a bank took back is booked on what it overpaid before.
	var waves [][]*task[beneficiary.State]
	asked := map[string]int{}
	for _, l := range page.Lines {
		e, ok := asks[l.Line]
		if !ok {
			continue
		}
		f := bank.FollowUpOf(k.id, l, e, byRef[e.PayRef])
		wave := asked[f.Person]
		asked[f.Person]++
		if wave == len(waves) {
			waves = append(waves, nil)
		}
		waves[wave] = append(waves[wave], &task[beneficiary.State]{
			stream: beneficiary.Stream(f.Person), step: fmt.Sprintf("bank|%d", l.Line), cause: event,
			decide: func(s beneficiary.State) ([]domain.Event, error) { return s.DecideBankFact(bankFactOf(event, f)) },
		})
	}
	for _, tasks := range waves {
		if err := runTasks(k.ctx, k.Ledger, k.c.Actor, tasks, beneficiary.Evolve, k.keySource(k.ctx)); err != nil {
			return err
		}
		for _, t := range tasks {
			if t.refused != nil {
				return fmt.Errorf("%s on %s: %w", t.step, t.stream, t.refused)
			}
		}
	}
	return nil
}

// bankFactOf is a follow-up in the words of the person's stream. The overpayment's id follows from page and line.
func bankFactOf(event string, f bank.FollowUp) beneficiary.BankFact {
	return beneficiary.BankFact{
		Draw: f.Draw, Run: f.Run, Facts: f.Facts, Amount: f.Amount, BankFile: f.BankFile, BankLine: f.BankLine, On: f.On, Reason: f.Reason, Serial: f.Serial,
		Undraw: f.Undraw, Overpaid: f.Overpaid, GotBack: f.GotBack,
		Overpayment: uuid.NewSHA1(uuid.MustParse(event), fmt.Appendf(nil, "overpaid|%d", f.BankLine)).String(),
	}
}
