package ledger

import (
	"context"
	"fmt"
	"io"
	"slices"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/imports"
	"almoner/domain/officer"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/ledger/rosterfile"
)

// An import is a roster file as a bulk case: every good row is a change that officers sign together, and nothing of it
// takes effect before the last of them has signed.
//
//	PlanImport (writes nothing) → CommitImport (the file, its rows, and what was read stand in the log) → Submit, SignOff … →
//	ApplyImport
//
// Order of durability in a commit: the file's key and its claim on the file in the vault, then opened, the file's parts, and
// page by page the rows, after their persons are in the vault, then read. A commit that was interrupted goes on where it stopped when it is repeated with the same command id.

// ImportRequest is a roster file handed in for one programme and office.
type ImportRequest struct {
	Actor     Actor
	Programme string
	Office    string          // whose people they are
	Kind      rosterfile.Kind // empty: admission
	FileName  string
	File      io.ReaderAt
	Size      int64 // bytes
	Sheet     string
	Encoding  rosterfile.Encoding
	Stated    Stated
	Grant     GrantTerms // of a list of one-off money
}

// ImportOutcome is what a commit did.
type ImportOutcome struct {
	Import   string
	Accepted int
	Refused  int
	Root     string     // hex RFC 6962 root over the accepted rows' entries
	Repeated bool       // the command had been carried out before
	Plan     ImportPlan // what became of every row; of a refused commit, as far as the file was read
}

// changeKind is the kind of change a list makes.
func changeKind(k rosterfile.Kind) change.Kind {
	switch k {
	case rosterfile.Exit:
		return change.Exit
	case rosterfile.AccountChange:
		return change.AccountChange
	case rosterfile.Grant:
		return change.GrantMoney
	}
	return change.Admission
}

// chainSubject names the chain that signs a list: account changes have their own, short one.
func chainSubject(k change.Kind) string {
	if k == change.AccountChange {
		return "account-change"
	}
	return "import"
}

// importHandlers may hand in a list.
func importHandlers() []string { return []string{"town.handler", "county.handler"} }

// mayImport refuses an actor who may not hand in lists, or not for that office.
func (l *Ledger) mayImport(ctx context.Context, a Actor, office string) error {
	s, err := l.authorise(ctx, a, importHandlers()...)
	if err != nil {
		return err
	}
	o, err := l.Office(ctx, office)
	if err != nil {
		return err
	}
	place, _ := o.On(l.Today())
	return l.reaches(ctx, a, reachOf(s, a, l.Today()), place.Area)
}

// reachOf is the area of the actor's capacity today; of several grants the latest, which knows the office's area best.
func reachOf(s officer.State, a Actor, day domain.Date) domain.AreaCode {
	for _, h := range slices.Backward(s.Capacities) {
		if h.Capacity == a.Capacity && h.Office == a.Office && !day.Before(h.From) && (h.Until.IsZero() || !day.After(h.Until)) {
			return h.Area
		}
	}
	return ""
}

// reaches refuses what lies outside the area of the actor's capacity.
func (l *Ledger) reaches(ctx context.Context, a Actor, reach, place domain.AreaCode) error {
	if place.Within(reach) {
		return nil
	}
	return l.deny(ctx, a, "officer.reach", "", domain.Refuse(domain.Forbidden, "officer.area", "%s lies outside your area %s", place, reach).
		WithNext("an officer of that place has to do it"))
}

// importing is one reading of a file.
type importing struct {
	*Ledger
	request  ImportRequest
	book     *rulebook.Rulebook
	proposer *proposer
	file     *rosterfile.File
	sheets   map[string]string // name to index, from "1"
	slots    fileSlots
}

// openImport finds rulebook and villages, and the columns of the file.
func (l *Ledger) openImport(ctx context.Context, r ImportRequest) (*importing, error) {
	if r.Kind == "" {
		r.Kind = rosterfile.Admission
	}
	o, err := l.Office(ctx, r.Office)
	if err != nil {
		return nil, err
	}
	today := l.Today()
	place, open := o.On(today)
	if !open {
		return nil, domain.Refuse(domain.Conflict, "office.closed", "the office %s is not open on %s", r.Office, today).WithNext("name the office that goes on")
	}
	book, err := l.Rulebook(ctx, r.Programme, place.Area)
	if err != nil {
		return nil, err
	}
	villages, err := l.Villages(ctx, r.Office)
	if err != nil {
		return nil, err
	}
	file, err := rosterfile.Open(r.FileName, r.File, r.Size, rosterfile.Options{
		Kind: r.Kind, Sheet: r.Sheet, Encoding: r.Encoding, Programme: r.Programme, Villages: villages, FirstPeriod: l.created.FirstPeriod, Today: today,
	})
	if err != nil {
		return nil, err
	}
	i := &importing{Ledger: l, request: r, book: book, file: file, sheets: map[string]string{}, slots: fileSlots{}}
	for n, s := range file.Header().Sheets {
		if s.Sheet != "" {
			i.sheets[s.Sheet] = fmt.Sprint(n + 1)
		}
	}
	i.proposer = l.newProposer(ctx, book, changeKind(r.Kind), r.Office, "roster", r.Stated)
	i.proposer.grant = r.Grant
	return i, i.checkStated()
}

// newProposer makes what works out changes today.
func (l *Ledger) newProposer(ctx context.Context, book *rulebook.Rulebook, kind change.Kind, office, source string, stated Stated) *proposer {
	return &proposer{
		book: book, kind: kind, office: office, source: source, today: l.Today(), firstPeriod: l.created.FirstPeriod, stated: stated,
		perYear: func(programme, region string, class rulebook.Key) domain.Money {
			other, err := l.Rulebook(ctx, programme, domain.AreaCode(region))
			if err != nil {
				return domain.Money{}
			}
			worth, err := other.PerYear(class, l.Today().Year)
			if err != nil {
				return domain.Money{}
			}
			return worth
		},
	}
}

// checkStated refuses an attestation that the rulebook does not ask for.
func (i *importing) checkStated() error { return checkAttested(i.book, i.request.Stated) }

func checkAttested(book *rulebook.Rulebook, stated Stated) error {
	asked := map[string]bool{}
	for _, c := range book.Criteria() {
		asked[c.ID] = c.Attested
	}
	for _, id := range stated.Attested {
		if !asked[id] {
			return domain.Refuse(domain.Invalid, "import.attested", "%s asks nobody to testify to %q", book.ID(), id).WithNext("leave it out, or name a criterion that is attested")
		}
	}
	return nil
}

// Import loads an import.
func (l *Ledger) Import(ctx context.Context, id string) (imports.State, error) {
	s, err := load(ctx, l, imports.Stream(id), imports.Evolve)
	if err == nil && s.rev < 0 {
		err = domain.Refuse(domain.NotFound, "import.unknown", "there is no import %q", id).WithNext("list the imports, and copy the id")
	}
	return s.state, err
}

// WithdrawImport ends an import before its last signature: nothing of it reaches the roll.
func (l *Ledger) WithdrawImport(ctx context.Context, c Command, id, reason string) (Outcome, error) {
	if _, err := l.authorise(ctx, c.Actor); err != nil {
		return Outcome{}, err
	}
	c.Content = map[string]string{"import": id, "reason": reason}
	return execute(ctx, l, imports.Stream(id), c, imports.Evolve, func(s imports.State) ([]domain.Event, error) {
		return imports.DecideWithdraw(s, imports.Withdraw{Officer: c.Officer, Office: c.Office, Reason: reason})
	})
}

// ImportSections works out, from the stored rows, what the import submits: the root over all of them and over each
// village's, in the order of the rows. Total is that of one-off money.
func (l *Ledger) ImportSections(ctx context.Context, id string) (signoff.Totals, []signoff.SectionTotals, error) {
	t := newRowTotals()
	for row, err := range l.storedRows(ctx, id) {
		if err != nil {
			return signoff.Totals{}, nil, err
		}
		t.add(row)
	}
	whole, sections := t.submission()
	return whole, sections, nil
}
