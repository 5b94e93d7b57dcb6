package ledger

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// drawChunk is how many draws are decided, sealed and handed to the store together: enough for one durable transaction to
// cost little, few enough to show progress and to keep in memory.
const drawChunk = 4096

// PayrunRequest asks for a run to be opened.
type PayrunRequest struct {
	Programme string        `json:"programme"`
	Office    string        `json:"office"`  // whose people are paid
	Finance   string        `json:"finance"` // paying finance office
	Period    domain.Period `json:"period"`  // payout period, "2021-12" or "2022-Q4"
	Kind      payrun.Kind   `json:"kind"`
	Document  string        `json:"document,omitempty"`
	Fund      string        `json:"fund,omitempty"` // fund that pays; empty: that of the year in which the payout period ends
}

// Payrun loads a run.
func (l *Ledger) Payrun(ctx context.Context, id string) (payrun.State, error) {
	s, err := load(ctx, l, payrun.Stream(id), payrun.Evolve)
	if err == nil && s.state.Status == "" {
		err = domain.Refuse(domain.NotFound, "payrun.unknown", "there is no pay run %q", id).WithNext("list the runs, and copy the id")
	}
	return s.state, err
}

// OpenPayrun opens a run for an office, a programme and a payout period. Its id follows from officer and command.
func (l *Ledger) OpenPayrun(ctx context.Context, c Command, r PayrunRequest) (string, Outcome, error) {
	if err := l.mayRun(ctx, c.Actor, r.Office, r.Finance, "town.handler", "county.handler"); err != nil {
		return "", Outcome{}, err
	}
	opened, err := l.payrunTerms(ctx, NewID(c.Officer, c.ID), r)
	if err != nil {
		return "", Outcome{}, err
	}
	c.Content = r
	out, err := execute(ctx, l, payrun.Stream(opened.Run), c, payrun.Evolve, func(s payrun.State) ([]domain.Event, error) {
		if s.Status != "" {
			return nil, nil // the id follows from the command, whose content was compared
		}
		return payrun.DecideOpen(s, opened)
	})
	return opened.Run, out, err
}

// mayRun refuses an actor whose capacity does not reach the office that is paid, or, of finance, is not for the paying office.
func (l *Ledger) mayRun(ctx context.Context, a Actor, office, finance string, capacities ...string) error {
	s, err := l.authorise(ctx, a, capacities...)
	if err != nil {
		return err
	}
	if strings.HasPrefix(a.Capacity, string(signoff.Finance)+".") {
		if a.Office == finance {
			return nil
		}
		return l.deny(ctx, a, "payrun.reach", "", domain.Refuse(domain.Forbidden, "payrun.other-finance", "the run is paid by %s, you act for %s", finance, a.Office).
			WithNext("an officer of the paying office has to do it"))
	}
	o, err := l.Office(ctx, office)
	if err != nil {
		return err
	}
	place, _ := o.On(l.Today())
	return l.reaches(ctx, a, reachOf(s, a, l.Today()), place.Area)
}

// checkPeriod refuses a payout period that the schedule does not have, that lies ahead, or that came before this ledger.
func (l *Ledger) checkPeriod(book *rulebook.Rulebook, r PayrunRequest) error {
	if r.Kind == payrun.GrantRun {
		return nil
	}
	switch covers := book.Schedule().Covers; {
	case r.Kind == payrun.Regular && r.Period.Kind() != covers:
		return domain.Refuse(domain.Invalid, "payrun.schedule", "%s is paid by %s, and %s is not one", book.ID(), covers, r.Period).
			WithNext("name a %s, or open a supplementary run", covers)
	case r.Period.First().After(l.Today()):
		return domain.Refuse(domain.Refused, "payrun.period-ahead", "%s has not begun", r.Period).WithNext("open the run when the period has come")
	case r.Period.Last().Before(l.created.FirstPeriod.First()):
		return domain.Refuse(domain.Refused, "payrun.before-ledger", "%s lies before the first period of this ledger, %s", r.Period, l.created.FirstPeriod).
			WithNext("what was paid before belongs to the books before")
	}
	return nil
}

// payrunTerms works out what a run covers, under which rulebook, and who signs it.
func (l *Ledger) payrunTerms(ctx context.Context, id string, r PayrunRequest) (payrun.Open, error) {
	o, err := l.Office(ctx, r.Office)
	if err != nil {
		return payrun.Open{}, err
	}
	if finance, err := l.Office(ctx, r.Finance); err != nil {
		return payrun.Open{}, err
	} else if finance.Level != signoff.Finance {
		return payrun.Open{}, domain.Refuse(domain.Invalid, "payrun.finance-office", "%s is an office of level %s, not of finance", r.Finance, finance.Level).
			WithNext("name the paying finance office")
	}
	v, _ := o.On(l.Today())
	book, err := l.Rulebook(ctx, r.Programme, v.Area)
	if err != nil {
		return payrun.Open{}, err
	}
	if r.Kind == "" {
		r.Kind = payrun.Regular
	}
	if err := l.checkPeriod(book, r); err != nil {
		return payrun.Open{}, err
	}
	from := domain.PeriodOf(domain.Once, domain.Date{}) // a run of grants
	to := from
	if r.Kind != payrun.GrantRun {
		units, err := book.Covers(r.Period)
		if err != nil {
			return payrun.Open{}, err
		}
		from, to = units[0], units[len(units)-1]
	}
	fund, fundYear, err := l.fundNamed(ctx, r)
	if err != nil {
		return payrun.Open{}, err
	}
	cutOff, err := l.logIndex(ctx)
	if err != nil {
		return payrun.Open{}, err
	}
	return payrun.Open{
		Chain: book.Chain("pay-run"), CutOff: cutOff, Document: r.Document, Finance: r.Finance, From: from, Fund: fund, FundYear: fundYear, Kind: r.Kind,
		Office: r.Office, Period: r.Period, Programme: r.Programme, Region: book.Region(), Rulebook: book.Hash(), Run: id, To: to,
	}, nil
}

// Progress is told how far long work has come; total is 0 while it is unknown. It may be nil.
type Progress func(done, total int)

func (p Progress) tell(done, total int) {
	if p != nil {
		p(done, total)
	}
}

// candidate is one enrolment or grant that the run pays or holds.
type candidate struct {
	fold      Fold
	enrolment string
	grant     string
	assessed  beneficiary.Assessment
	standing  *beneficiary.Draw // drawn for this run before a crash
	line      int
	draw      string
	leaf      string
	rev       int64
	amount    domain.Money
}

// preparing is one call of PreparePayrun.
type preparing struct {
	*Ledger
	ctx      context.Context
	c        Command
	run      payrun.Opened
	round    int
	terms    beneficiary.Run
	book     *rulebook.Rulebook
	progress Progress
	intent   string // event id of the run's opening
	call     string // random: what tells this call from every other, see command
}

// PreparePayrun draws what is due to everybody on the run's list, in each person's own stream, and lists the draws page by
// page. A call after a crash goes on: draws that stand keep their lines. Order of durability: draws, pages, held pages,
// prepared; a draw without a page is therefore possible, a page without its draws is not.
func (l *Ledger) PreparePayrun(ctx context.Context, c Command, id string, progress Progress) (payrun.State, error) {
	s, err := l.Payrun(ctx, id)
	if err != nil {
		return s, err
	}
	if err := l.mayRun(ctx, c.Actor, s.Opened.Office, s.Opened.Finance, "town.handler", "county.handler"); err != nil {
		return s, err
	}
	if s.Status == payrun.StatusPrepared {
		return s, nil
	}
	listing, err := payrun.DecidePrepare(s)
	if err != nil {
		return s, err
	}
	book, err := l.currentBook(ctx, s.Opened)
	if err != nil {
		return s, err
	}
	intent, err := l.firstEvent(ctx, payrun.Stream(id))
	if err != nil {
		return s, err
	}
	call := make([]byte, 16)
	if _, err := io.ReadFull(l.random, call); err != nil {
		return s, fmt.Errorf("prepare pay run %s: random bytes: %w", id, err)
	}
	p := &preparing{
		Ledger: l, ctx: ctx, c: c, run: s.Opened, round: listing.Round, book: book, progress: progress, intent: intent, call: hex.EncodeToString(call),
		terms: drawTerms(s.Opened),
	}
	if err := p.prepare(); err != nil {
		err = fmt.Errorf("prepare pay run %s: %w", id, err)
		if now, loadErr := l.Payrun(ctx, id); loadErr == nil && now.Status == payrun.StatusCancelled {
			return now, errors.Join(err, l.undoRound(ctx, c, id)) // cancelled meanwhile: what was drawn since then is undone too
		}
		return s, err
	}
	return l.Payrun(ctx, id)
}

// drawTerms is what a draw needs to know of its run.
func drawTerms(run payrun.Opened) beneficiary.Run {
	return beneficiary.Run{Run: run.Run, Office: run.Office, From: run.From, To: run.To, Reissue: run.Kind == payrun.Reissue}
}

// currentBook is the rulebook a run was opened under, if it is still the one in force: draws under an older one would lower
// units that the newer one has paid.
func (l *Ledger) currentBook(ctx context.Context, run payrun.Opened) (*rulebook.Rulebook, error) {
	s, err := load(ctx, l, rulebook.Stream(run.Programme+"@"+run.Region), rulebook.EvolveAggregate)
	if err != nil {
		return nil, err
	}
	if v, ok := s.state.Current(); ok && v.Hash != run.Rulebook {
		return nil, domain.Refuse(domain.Conflict, "payrun.rulebook-superseded", "a newer version of the rulebook is in force").
			WithNext("cancel this run and open another")
	}
	return l.RulebookByHash(ctx, run.Rulebook)
}

// firstEvent is the id of a stream's first event.
func (l *Ledger) firstEvent(ctx context.Context, stream string) (string, error) {
	r, err := l.recorded(ctx, stream, 0)
	return r.ID, err
}

func (p *preparing) prepare() error {
	for range maxAttempts {
		lines, held, err := p.candidates()
		if err != nil {
			return err
		}
		gone, err := p.number(lines)
		if err != nil {
			return err
		}
		if gone { // draws outside the list were undone; look again
			continue
		}
		lost, err := p.drawAll(lines)
		if err != nil {
			return err
		}
		if lost { // somebody's stream moved and there is no draw any more: number again
			continue
		}
		return p.list(lines, held)
	}
	return fmt.Errorf("the list kept changing for %d attempts", maxAttempts)
}

// candidates assesses everybody who ever had an enrolment or grant of the run's office and programme.
func (p *preparing) candidates() (lines []*candidate, held []payrun.HeldLine, err error) {
	if err := p.syncedToHead(p.ctx); err != nil {
		return nil, nil, err
	}
	for fold, err := range p.views.People(p.ctx, p.run.Office, p.run.Programme) {
		if err != nil {
			return nil, nil, fmt.Errorf("candidates: %w", err)
		}
		for _, c := range p.of(fold) {
			a := c.assessed
			switch {
			case c.standing != nil || a.Held == "":
				lines = append(lines, c)
			case !a.Nothing():
				held = append(held, payrun.HeldLine{Amount: a.HeldSum, Enrolment: c.enrolment, Grant: c.grant, Person: fold.Person, Reason: a.Held, Village: a.Place.Village})
			}
		}
	}
	order := func(va, vb domain.AreaCode, pa, pb, ea, eb string) int {
		return cmp.Or(cmp.Compare(va, vb), cmp.Compare(pa, pb), cmp.Compare(ea, eb))
	}
	slices.SortFunc(lines, func(a, b *candidate) int {
		return order(a.assessed.Place.Village, b.assessed.Place.Village, a.fold.Person, b.fold.Person, a.enrolment+a.grant, b.enrolment+b.grant)
	})
	slices.SortFunc(held, func(a, b payrun.HeldLine) int {
		return order(a.Village, b.Village, a.Person, b.Person, a.Enrolment+a.Grant, b.Enrolment+b.Grant)
	})
	return lines, held, nil
}

// of lists the candidates of one person.
func (p *preparing) of(fold Fold) []*candidate {
	var found []*candidate
	if p.run.Kind == payrun.GrantRun {
		for _, g := range fold.State.Grants {
			if g.Programme == p.run.Programme {
				found = append(found, &candidate{fold: fold, grant: g.ID, assessed: fold.State.AssessGrant(g, p.terms)})
			}
		}
	} else {
		for _, e := range fold.State.Enrolments {
			if e.Programme != p.run.Programme {
				continue
			}
			a, err := fold.State.Assess(e, p.terms, p.book)
			if err != nil { // only a broken share or unit kind: it is held and seen, it does not stop the others
				a = beneficiary.Assessment{Held: payrun.HeldNoRate, OnRoll: true, Place: e.PlaceAt(p.run.To)}
			}
			found = append(found, &candidate{fold: fold, enrolment: e.ID, assessed: a})
		}
	}
	for _, c := range found {
		for i, d := range fold.State.Draws {
			if d.Run == p.run.Run && d.Enrolment == c.enrolment && d.Grant == c.grant {
				c.standing = &fold.State.Draws[i]
			}
		}
	}
	return found
}

// number gives every line its number: draws that stand keep theirs, the others take the free ones in order. A standing
// draw whose number lies outside the list is undone, and gone says so.
func (p *preparing) number(lines []*candidate) (gone bool, err error) {
	taken := map[int]bool{}
	for _, c := range lines {
		if c.standing == nil {
			continue
		}
		if c.standing.Line > len(lines) || taken[c.standing.Line] {
			if err := p.undo(p.ctx, p.c, c.fold.Person, c.standing.ID, p.run.Run, p.intent, beneficiary.Abandoned); err != nil {
				return false, err
			}
			gone = true
			continue
		}
		taken[c.standing.Line] = true
		c.line, c.draw, c.rev, c.amount = c.standing.Line, c.standing.ID, c.standing.Rev, c.standing.Net
	}
	next := 1
	for _, c := range lines {
		if c.standing != nil {
			continue
		}
		for taken[next] {
			next++
		}
		c.line = next
		c.draw = p.drawID(c)
		next++
	}
	slices.SortFunc(lines, func(a, b *candidate) int { return a.line - b.line })
	return gone, nil
}

// drawID derives a draw's id from run, round and enrolment, passing over ids that were undone in an earlier attempt.
func (p *preparing) drawID(c *candidate) string {
	for attempt := 0; ; attempt++ {
		name := strconv.Itoa(p.round) + "|" + c.fold.Person + "|" + c.enrolment + c.grant + "|" + strconv.Itoa(attempt)
		id := uuid.NewSHA1(uuid.MustParse(p.intent), []byte(name)).String()
		if !c.fold.State.HasUndone(id) {
			return id
		}
	}
}

// drawAll takes the draws that do not stand yet, in the order of persons, chunk by chunk: while one chunk becomes durable
// the next is encoded on the other cores. lost says that a stream had moved and its draw could not be taken.
func (p *preparing) drawAll(lines []*candidate) (lost bool, err error) {
	var open []*candidate
	for _, c := range lines {
		if c.standing == nil {
			open = append(open, c)
		} else if c.leaf, err = p.leafOf(c); err != nil {
			return false, err
		}
	}
	slices.SortFunc(open, func(a, b *candidate) int { return cmp.Compare(a.fold.Person, b.fold.Person) })
	open, later := onePerPerson(open)
	total := len(open) + len(later)
	chunks := make(chan []*drawn, 1)
	group, ctx := errgroup.WithContext(p.ctx)
	group.Go(func() error {
		defer close(chunks)
		for chunk := range slices.Chunk(open, drawChunk) {
			encoded, err := p.encodeDraws(ctx, chunk)
			if err != nil {
				return err
			}
			select {
			case chunks <- encoded:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		done := 0
		for encoded := range chunks {
			gone, err := p.storeDraws(ctx, encoded)
			if err != nil {
				return err
			}
			lost = lost || gone
			done += len(encoded)
			p.progress.tell(done, total)
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return false, err
	}
	for _, c := range later { // a person's second enrolment is decided after the first was stored
		gone, err := p.drawSlowly(p.ctx, c)
		if err != nil {
			return false, err
		}
		lost = lost || gone
	}
	return lost, nil
}

// onePerPerson parts the candidates so that the first list holds each person once.
func onePerPerson(sorted []*candidate) (first, more []*candidate) {
	for i, c := range sorted {
		if i > 0 && sorted[i-1].fold.Person == c.fold.Person {
			more = append(more, c)
		} else {
			first = append(first, c)
		}
	}
	return first, more
}

// drawn is one draw ready to be stored.
type drawn struct {
	c       *candidate
	append  eventstore.Append
	written []Written
}

func (p *preparing) take(c *candidate) beneficiary.TakeDraw {
	return beneficiary.TakeDraw{Run: p.terms, Enrolment: c.enrolment, Grant: c.grant, Line: c.line, PayRef: payrun.PayRef(p.run.Run, c.line), Draw: c.draw}
}

// command is the follow-up that takes one draw. Its id is this call's own. Were it the same in every call, a call that starts
// from a fold which lacks the draw of another one, or of one whose answer was lost, would have its append acknowledged as
// that repeated, and would list the leaf hash of bytes that were never stored. That a draw stands already is found by its
// run and enrolment.
func (p *preparing) command(c *candidate) Command {
	d := p.c
	d.Cause, d.Content, d.On = p.intent, nil, domain.Date{}
	d.ID = followUp(p.intent, beneficiary.Stream(c.fold.Person), "draw|"+c.draw+"|"+p.call)
	return d
}

// encodeDraws decides and encodes draws on all cores, each at the exact revision of the fold it was decided on.
func (p *preparing) encodeDraws(ctx context.Context, chunk []*candidate) ([]*drawn, error) {
	at, err := p.stamp(time.Time{})
	if err != nil {
		return nil, err
	}
	p.saw(at, eventstore.Position{})
	digest, err := p.digest("draw|" + p.run.Run)
	if err != nil {
		return nil, err
	}
	out := make([]*drawn, len(chunk))
	group, ctx := errgroup.WithContext(ctx)
	keys := p.keySource(ctx)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() error {
			for i := w; i < len(chunk); i += workers {
				c := chunk[i]
				events, err := c.fold.State.DecideDraw(p.take(c), p.book)
				if err != nil {
					return fmt.Errorf("draw for %s: %w", c.fold.Person, err)
				}
				stream := beneficiary.Stream(c.fold.Person)
				a, written, err := p.encode(stream, c.fold.Revision, at, p.command(c), digest, events, keys)
				if err != nil {
					return err
				}
				out[i] = &drawn{c, a, written}
			}
			return nil
		})
	}
	return out, group.Wait()
}

// storeDraws appends a chunk; a draw whose stream had moved is decided again from its events.
func (p *preparing) storeDraws(ctx context.Context, chunk []*drawn) (lost bool, err error) {
	batch := make([]eventstore.Append, len(chunk))
	for i, d := range chunk {
		batch[i] = d.append
	}
	for i, result := range p.store.AppendBatch(ctx, batch) {
		d := chunk[i]
		if result.Err == nil {
			p.saw(time.Time{}, result.Position)
			d.c.takes(d.written[0])
			continue
		}
		if !mayRetry(result.Err) {
			return false, result.Err
		}
		gone, err := p.drawSlowly(ctx, d.c)
		if err != nil {
			return false, err
		}
		lost = lost || gone
	}
	return lost, nil
}

func (c *candidate) takes(w Written) {
	c.leaf, c.rev, c.amount = signoff.Hex(w.Leaf), w.Revision, w.Event.(beneficiary.Drawn).Net
}

// drawSlowly takes one draw from the stream's events. lost says that there is nothing to draw any more.
func (p *preparing) drawSlowly(ctx context.Context, c *candidate) (lost bool, err error) {
	command := p.command(c)
	command.Content = "draw|" + p.run.Run
	out, err := execute(ctx, p.Ledger, beneficiary.Stream(c.fold.Person), command, beneficiary.Evolve, func(s beneficiary.State) ([]domain.Event, error) {
		return s.DecideDraw(p.take(c), p.book)
	})
	var refused *domain.RefusedError
	if errors.As(err, &refused) && refused.Rule == "beneficiary.draw-held" {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if len(out.Events) == 0 {
		return true, nil // it stands under another line, which the next look at the folds will show
	}
	c.takes(out.Events[0])
	return false, nil
}

// leafOf reads the stored draw of a line that stood before.
func (p *preparing) leafOf(c *candidate) (string, error) {
	r, err := p.recorded(p.ctx, beneficiary.Stream(c.fold.Person), c.standing.Rev)
	return signoff.Hex(signoff.Leaf(r.Data)), err
}

// undo takes one draw back in its person's stream.
func (l *Ledger) undo(ctx context.Context, c Command, person, draw, run, cause string, why beneficiary.Cause) error {
	stream := beneficiary.Stream(person)
	c.ID, c.Cause, c.Content, c.On = followUp(cause, stream, "undo|"+draw), cause, string(why)+"|"+draw, domain.Date{}
	_, err := execute(ctx, l, stream, c, beneficiary.Evolve, func(s beneficiary.State) ([]domain.Event, error) {
		return s.DecideUndo(beneficiary.UndoDraw{Draw: draw, Run: run, Cause: why})
	})
	return err
}
