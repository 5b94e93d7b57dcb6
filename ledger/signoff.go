package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/signing"
	"almoner/domain/signoff"
)

// SubjectKind is what kind of thing is signed.
type SubjectKind string

// The subjects.
const (
	CaseSubject     SubjectKind = "case"
	ImportSubject   SubjectKind = "import"
	PayrunSubject   SubjectKind = "payrun"
	RulebookSubject SubjectKind = "rulebook"
	FundSubject     SubjectKind = "fund" // an appropriation request, by its id

	MonthSubject       SubjectKind = "month"        // the close of a book month, by MonthID
	MonthReopenSubject SubjectKind = "month-reopen" // its reopening, by MonthID
)

// Subject is one thing that is signed level by level.
type Subject struct {
	Kind SubjectKind `json:"kind"`
	ID   string      `json:"id"`
}

// signable is a subject as the signing shell sees it: the rules stand in domain, here is only where to find them.
type signable interface {
	stream() string
	// read loads the subject and returns its signing state.
	read(ctx context.Context) (signoff.State, error)
	// submission is what submitting now would submit.
	submission(ctx context.Context) (signoff.Submission, error)
	// kin says what of the scope concerns one of the people; empty when nothing does.
	kin(ctx context.Context, scope string, people map[string]bool) (string, error)

	submit(ctx context.Context, c Command, sub signoff.Submission, act signoff.Act) (Outcome, error)
	sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error)
	sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error)
	// followUp does what the outcome of a signature causes elsewhere; it may run twice.
	followUp(ctx context.Context, c Command) error
}

func (l *Ledger) signable(s Subject) (signable, error) {
	switch s.Kind {
	case CaseSubject:
		return caseSubject{l, s.ID}, nil
	case ImportSubject:
		return importSubject{l, s.ID}, nil
	case PayrunSubject:
		return payrunSubject{l, s.ID}, nil
	case RulebookSubject:
		return rulebookSubject{l, s.ID}, nil
	case FundSubject:
		return fundSubject{l, s.ID}, nil
	case MonthSubject:
		return l.monthSubject(s.ID)
	case MonthReopenSubject:
		m, err := l.monthSubject(s.ID)
		return monthReopenSubject{m}, err
	}
	return nil, domain.Refuse(domain.Invalid, "sign-off.subject", "%q is not something that is signed", s.Kind).WithNext("name a case, an import, a payrun, a rulebook, a fund request or a month")
}

// Sign asks for one signature. Scope is "whole" or a village's code; empty means the one scope that waits within reach.
type Sign struct {
	Subject Subject
	Scope   string
	Opinion string          // closed code; "agree" when empty
	Outcome signoff.Outcome // Agree when empty; Refuse ends a case
	Pen     Pen
}

// Return asks for a sending-back (补正).
type Return struct {
	Subject Subject
	Scope   string
	To      int // step it goes back to, from 0
	Reason  string
	Note    string // free text, sealed
	Pen     Pen
}

// FollowUpError says that a signature stands and that what it causes is not complete: it goes on when the ledger is next
// opened, or by asking again.
type FollowUpError struct {
	Subject Subject
	Err     error
}

func (e *FollowUpError) Error() string {
	return fmt.Sprintf("signed, but what follows on %s %s is not complete yet: %v", e.Subject.Kind, e.Subject.ID, e.Err)
}

func (e *FollowUpError) Unwrap() error { return e.Err }

// signContent is what a command to sign stands for.
type signContent struct {
	Key     string  `json:"key"`
	Opinion string  `json:"opinion"`
	Outcome string  `json:"outcome"`
	Reason  string  `json:"reason,omitempty"`
	Scope   string  `json:"scope"`
	Subject Subject `json:"subject"`
	To      int     `json:"to,omitempty"`
}

// authority is what the actor may sign with a key today, in view of what the same person holds under other officer ids.
func (l *Ledger) authority(ctx context.Context, a Actor, key string) (signoff.Authority, error) {
	s, err := l.Officer(ctx, a.Officer)
	if err != nil {
		return signoff.Authority{}, err
	}
	others, err := l.otherHoldings(ctx, s)
	if err != nil {
		return signoff.Authority{}, err
	}
	return s.Authority(a.Capacity, a.Office, key, l.Today(), others)
}

// acting is the act of an officer on a scope of a subject, all but statement and signature.
func (l *Ledger) acting(ctx context.Context, subject signable, s signoff.State, a signoff.Authority, scope string) (signoff.Act, error) {
	kin, err := l.kinOf(ctx, subject, a.Person, scope)
	if err != nil {
		return signoff.Act{}, err
	}
	handlers, err := l.personsOf(ctx, s.Handlers)
	return signoff.Act{Authority: a, Scope: scope, Kin: kin, Handlers: handlers}, err
}

// personsOf says whose officer ids are. An id belongs to one person for ever, so the answer does not grow old.
func (l *Ledger) personsOf(ctx context.Context, officers []string) (map[string]string, error) {
	persons := make(map[string]string, len(officers))
	for _, id := range officers {
		s, err := l.Officer(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("who handled it: %w", err)
		}
		persons[id] = s.Person
	}
	return persons, nil
}

// denied records refusals of authority and of bad signatures before it hands the error on.
func (l *Ledger) denied(ctx context.Context, a Actor, action string, s Subject, err error) error {
	var refused *domain.RefusedError
	if _, draft := Drafted(err); draft || !errors.As(err, &refused) || refused.Kind != domain.Forbidden {
		return err
	}
	if _, unknown := l.Officer(ctx, a.Officer); unknown != nil {
		return err
	}
	return l.deny(ctx, a, string(s.Kind)+"."+action, string(s.Kind)+"-"+s.ID, refused)
}

// Submit signs a subject as its handler (经办) and starts a round of signatures.
func (l *Ledger) Submit(ctx context.Context, c Command, r Sign) (Outcome, error) {
	out, err := l.submit(ctx, c, r)
	return out, l.denied(ctx, c.Actor, "submit", r.Subject, err)
}

func (l *Ledger) submit(ctx context.Context, c Command, r Sign) (Outcome, error) {
	subject, err := l.signable(r.Subject)
	if err != nil {
		return Outcome{}, err
	}
	c.Content = r.content("submit")
	if done, ok, err := l.doneBefore(ctx, subject, c); err != nil {
		return done, err
	} else if ok { // what it caused may have been left unfinished
		return l.followed(ctx, c, r.Subject, subject, done, nil)
	}
	a, err := l.authority(ctx, c.Actor, r.Pen.Key())
	if err != nil {
		return Outcome{}, err
	}
	s, err := subject.read(ctx)
	if err != nil {
		return Outcome{}, err
	}
	sub, err := subject.submission(ctx)
	if err != nil {
		return Outcome{}, err
	}
	act, err := l.acting(ctx, subject, s, a, signoff.WholeScope)
	if err != nil {
		return Outcome{}, err
	}
	act.Statement, act.Sig, err = r.Pen.Write(func(at string) string {
		return s.StatementToSubmit(l.created.Origin, a, sub, r.opinion(), at).Text()
	})
	if err != nil {
		return Outcome{}, err
	}
	out, err := subject.submit(ctx, c, sub, act)
	return l.followed(ctx, c, r.Subject, subject, out, err)
}

// SignOff signs the step that waits.
func (l *Ledger) SignOff(ctx context.Context, c Command, r Sign) (Outcome, error) {
	out, err := l.signOff(ctx, c, r)
	return out, l.denied(ctx, c.Actor, "sign-off", r.Subject, err)
}

func (l *Ledger) signOff(ctx context.Context, c Command, r Sign) (Outcome, error) {
	subject, err := l.signable(r.Subject)
	if err != nil {
		return Outcome{}, err
	}
	c.Content = r.content(string(r.outcome()))
	if done, ok, err := l.doneBefore(ctx, subject, c); err != nil {
		return done, err
	} else if ok { // what it caused may have been left unfinished
		return l.followed(ctx, c, r.Subject, subject, done, nil)
	}
	act, err := l.actOn(ctx, c.Actor, subject, r.Pen, r.Scope, r.outcome(), r.opinion())
	if err != nil {
		return Outcome{}, err
	}
	out, err := subject.sign(ctx, c, act, r.outcome())
	return l.followed(ctx, c, r.Subject, subject, out, err)
}

// SendBack returns a subject to an earlier step with a reason: the round's signatures are void.
func (l *Ledger) SendBack(ctx context.Context, c Command, r Return) (Outcome, error) {
	out, err := l.sendBack(ctx, c, r)
	return out, l.denied(ctx, c.Actor, "send-back", r.Subject, err)
}

func (l *Ledger) sendBack(ctx context.Context, c Command, r Return) (Outcome, error) {
	subject, err := l.signable(r.Subject)
	if err != nil {
		return Outcome{}, err
	}
	c.Content = signContent{Key: r.Pen.Key(), Opinion: r.Reason, Outcome: string(signoff.SendBack), Reason: r.Reason, Scope: r.Scope, Subject: r.Subject, To: r.To}
	if done, ok, err := l.doneBefore(ctx, subject, c); err != nil {
		return done, err
	} else if ok { // what it caused may have been left unfinished
		return l.followed(ctx, c, r.Subject, subject, done, nil)
	}
	act, err := l.actOn(ctx, c.Actor, subject, r.Pen, r.Scope, signoff.SendBack, r.Reason)
	if err != nil {
		return Outcome{}, err
	}
	if err := l.ensureNoteKey(ctx, subject.stream(), r.Note); err != nil {
		return Outcome{}, err
	}
	out, err := subject.sendBack(ctx, c, act, r)
	return l.followed(ctx, c, r.Subject, subject, out, err)
}

func (r Sign) opinion() string {
	if r.Opinion == "" {
		return "agree"
	}
	return r.Opinion
}

func (r Sign) outcome() signoff.Outcome {
	if r.Outcome == "" {
		return signoff.Agree
	}
	return r.Outcome
}

func (r Sign) content(outcome string) signContent {
	return signContent{Key: keyOf(r.Pen), Opinion: r.opinion(), Outcome: outcome, Scope: r.Scope, Subject: r.Subject}
}

// keyOf is the pen's key; a subject of a bulk signature has no pen of its own.
func keyOf(p Pen) string {
	if p == nil {
		return ""
	}
	return p.Key()
}

// doneBefore answers a command that was carried out before it is worked out again: the subject has moved on since, and the
// present step is another.
func (l *Ledger) doneBefore(ctx context.Context, s signable, c Command) (Outcome, bool, error) {
	if _, err := s.read(ctx); err != nil {
		return Outcome{}, false, err
	}
	return l.doneAmong(ctx, s.stream(), c, l.cache.commandsOf(s.stream()))
}

// actOn lets the officer's pen sign the statement of the step that waits.
func (l *Ledger) actOn(ctx context.Context, actor Actor, subject signable, pen Pen, scope string, outcome signoff.Outcome, opinion string) (signoff.Act, error) {
	a, err := l.authority(ctx, actor, pen.Key())
	if err != nil {
		return signoff.Act{}, err
	}
	s, err := subject.read(ctx)
	if err != nil {
		return signoff.Act{}, err
	}
	if s.Status != signoff.Awaiting {
		return signoff.Act{}, domain.Refuse(domain.Conflict, "sign-off.not-awaiting", "nothing here waits for a signature").
			WithNext("look at its state: it may be unsubmitted, sent back, completed or withdrawn")
	}
	if scope == "" {
		scope = scopeFor(s, a)
	}
	act, err := l.acting(ctx, subject, s, a, scope)
	if err != nil {
		return act, err
	}
	act.Statement, act.Sig, err = pen.Write(func(at string) string {
		return s.StatementFor(l.created.Origin, a, scope, outcome, opinion, at).Text()
	})
	return act, err
}

// scopeFor is the first scope that waits and lies within the officer's area.
func scopeFor(s signoff.State, a signoff.Authority) string {
	for _, scope := range s.Waiting() {
		if scope == signoff.WholeScope || domain.AreaCode(scope).Within(a.Area) {
			return scope
		}
	}
	return signoff.WholeScope
}

// kinOf says what of a subject concerns the officer or their recorded family (回避).
func (l *Ledger) kinOf(ctx context.Context, s signable, person, scope string) (string, error) {
	family, err := l.Kin(ctx, person)
	if err != nil {
		return "", fmt.Errorf("family of the officer: %w", err)
	}
	people := map[string]bool{person: true}
	for _, p := range family {
		people[p] = true
	}
	return s.kin(ctx, scope, people)
}

// followed runs the follow-ups of a signature that stands.
func (l *Ledger) followed(ctx context.Context, c Command, s Subject, subject signable, out Outcome, err error) (Outcome, error) {
	if err != nil {
		return out, err
	}
	if err := subject.followUp(ctx, c); err != nil {
		return out, &FollowUpError{s, err}
	}
	return out, nil
}

// SignMany signs many subjects with one signature: the pen signs the RFC 6962 root over their statements, which is stored
// once; each subject then gets its own signed-off with the path that proves it. Results are in the order of subjects. Asked
// again after it was cut off, it answers for the subjects that were signed and refuses the others: their statements would
// be new ones, which the stored root does not cover.
func (l *Ledger) SignMany(ctx context.Context, c Command, subjects []Sign, pen Pen) ([]Outcome, []error, error) {
	made, acts, err := l.manifest(ctx, c, subjects, pen)
	if err != nil {
		return nil, nil, err
	}
	m := c
	m.Content = signContent{Key: pen.Key(), Outcome: "bulk", Scope: made.Signing, Subject: Subject{Kind: "signing", ID: made.Signing}}
	if _, err := execute(ctx, l, signing.Stream(made.Signing), m, signing.Evolve, func(s signing.State) ([]domain.Event, error) { return s.DecideMake(made) }); err != nil {
		return nil, nil, l.denied(ctx, c.Actor, "sign-many", Subject{Kind: "signing", ID: made.Signing}, err)
	}
	recorded, err := load(ctx, l, signing.Stream(made.Signing), signing.Evolve)
	if err != nil {
		return nil, nil, err
	}
	covered := recorded.state.Root == rootOf(made)
	outs, errs := make([]Outcome, len(subjects)), make([]error, len(subjects))
	for i, r := range subjects {
		one := c
		one.ID, one.Content = NewID(c.Officer, c.ID+"|"+strconv.Itoa(i)), r.content(string(r.outcome()))
		outs[i], err = l.signOne(ctx, one, r, acts[i], covered)
		errs[i] = l.denied(ctx, c.Actor, "sign-off", r.Subject, err)
	}
	return outs, errs, nil
}

// signOne gives one subject of a bulk signature its own signature; covered says that the stored root is over its statement.
func (l *Ledger) signOne(ctx context.Context, c Command, r Sign, act signoff.Act, covered bool) (Outcome, error) {
	subject, err := l.signable(r.Subject)
	if err != nil {
		return Outcome{}, err
	}
	if done, ok, err := l.doneBefore(ctx, subject, c); ok || err != nil {
		return l.followed(ctx, c, r.Subject, subject, done, err)
	}
	if !covered {
		return Outcome{}, domain.Refuse(domain.Conflict, "sign-off.cut-off", "the bulk signature was cut off before this subject, and its list may have changed since").
			WithNext("sign what is left under a new command")
	}
	out, err := subject.sign(ctx, c, act, r.outcome())
	return l.followed(ctx, c, r.Subject, subject, out, err)
}

// rootOf is the root over the statements of a bulk signature.
func rootOf(m signing.Make) string {
	statements := make([]string, len(m.Subjects))
	for i, s := range m.Subjects {
		statements[i] = s.Statement
	}
	return signing.Root(statements)
}

// manifest builds every subject's statement for one instant and has their root signed.
func (l *Ledger) manifest(ctx context.Context, c Command, subjects []Sign, pen Pen) (signing.Make, []signoff.Act, error) {
	a, err := l.authority(ctx, c.Actor, pen.Key())
	if err != nil {
		return signing.Make{}, nil, err
	}
	m := signing.Make{Signing: NewID(c.Officer, c.ID), Origin: l.created.Origin, Authority: a}
	acts := make([]signoff.Act, len(subjects))
	states := make([]signoff.State, len(subjects))
	m.Subjects = make([]signing.Subject, len(subjects))
	for i, r := range subjects {
		subject, err := l.signable(r.Subject)
		if err != nil {
			return m, nil, err
		}
		if states[i], err = subject.read(ctx); err != nil {
			return m, nil, err
		}
		scope := r.Scope
		if scope == "" {
			scope = scopeFor(states[i], a)
		}
		if acts[i], err = l.acting(ctx, subject, states[i], a, scope); err != nil {
			return m, nil, err
		}
		m.Subjects[i].Stream = subject.stream()
	}
	fill := func(at string) {
		for i, r := range subjects {
			acts[i].Statement = states[i].StatementFor(l.created.Origin, a, acts[i].Scope, r.outcome(), r.opinion(), at).Text()
			m.Subjects[i].Statement = acts[i].Statement
		}
	}
	m.Statement, m.Sig, err = pen.Write(func(at string) string { fill(at); return m.ToSign(at).Text() })
	if err != nil {
		return m, nil, err
	}
	signed, err := signing.ParseStatement(m.Statement)
	if err != nil {
		return m, nil, domain.Refuse(domain.Invalid, "sign-off.statement", "%v", err).WithNext("ask for the statement again and sign it as it stands")
	}
	fill(signed.At)
	statements := make([]string, len(subjects))
	for i := range acts {
		statements[i] = acts[i].Statement
	}
	bulks := signing.Bulks(m.Signing, statements)
	for i := range acts {
		acts[i].Bulk = &bulks[i]
	}
	return m, acts, nil
}

// payrunSubject signs pay runs.
type payrunSubject struct {
	*Ledger
	id string
}

func (p payrunSubject) stream() string { return payrun.Stream(p.id) }

func (p payrunSubject) read(ctx context.Context) (signoff.State, error) {
	s, err := p.Payrun(ctx, p.id)
	return s.Signing, err
}

func (p payrunSubject) submission(ctx context.Context) (signoff.Submission, error) {
	s, err := p.Payrun(ctx, p.id)
	return s.Submission(), err
}

// kin: a pay run follows decisions that others signed; one's own family on a town's list does not bar its officers.
func (p payrunSubject) kin(context.Context, string, map[string]bool) (string, error) { return "", nil }

func (p payrunSubject) run(ctx context.Context, c Command, decide func(payrun.State) ([]domain.Event, error)) (Outcome, error) {
	return execute(ctx, p.Ledger, p.stream(), c, payrun.Evolve, decide)
}

// committed runs a decision that may release the run, with what its fund has set aside for it. Money that is let go of between
// the two is missed when the bank is told to pay, which needs it set aside again.
func (p payrunSubject) committed(ctx context.Context, c Command, decide func(payrun.State, domain.Money) ([]domain.Event, error)) (Outcome, error) {
	return p.run(ctx, c, func(s payrun.State) ([]domain.Event, error) {
		committed, err := p.committedFor(ctx, s.Opened)
		if err != nil {
			return nil, err
		}
		return decide(s, committed)
	})
}

func (p payrunSubject) submit(ctx context.Context, c Command, _ signoff.Submission, act signoff.Act) (Outcome, error) {
	return p.committed(ctx, c, func(s payrun.State, committed domain.Money) ([]domain.Event, error) {
		return payrun.DecideSubmit(s, payrun.Submit{Origin: p.created.Origin, Act: act, Committed: committed})
	})
}

func (p payrunSubject) sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error) {
	if outcome != signoff.Agree {
		return Outcome{}, domain.Refuse(domain.Invalid, "payrun.outcome", "a pay run is signed or sent back, not refused").WithNext("send it back with a reason")
	}
	return p.committed(ctx, c, func(s payrun.State, committed domain.Money) ([]domain.Event, error) {
		return payrun.DecideSignOff(s, payrun.SignOff{Origin: p.created.Origin, Act: act, Committed: committed})
	})
}

func (p payrunSubject) sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error) {
	return p.run(ctx, c, func(s payrun.State) ([]domain.Event, error) { return payrun.DecideSendBack(s, p.returning(act, r)) })
}

func (p payrunSubject) followUp(ctx context.Context, c Command) error {
	return p.undoRound(ctx, c, p.id)
}

// returning is a sending-back as the rules of any subject take it.
func (l *Ledger) returning(act signoff.Act, r Return) signoff.Return {
	return signoff.Return{Origin: l.created.Origin, Act: act, To: r.To, Reason: r.Reason, Note: note(r.Note)}
}

func note(text string) *signoff.Note {
	if text == "" {
		return nil
	}
	return &signoff.Note{Text: text}
}

// ensureNoteKey makes the key under which a subject's free text is sealed.
func (l *Ledger) ensureNoteKey(ctx context.Context, stream, text string) error {
	if text == "" {
		return nil
	}
	_, err := l.vault.NewFileKey(ctx, stream, l.Today().AddYears(retentionYears).String())
	return err
}

// retentionYears is how long accounting files are kept (会计档案管理办法, 财政部 国家档案局令第79号: vouchers 30 years).
const retentionYears = 30

// Signing is where a subject's signatures stand.
func (l *Ledger) Signing(ctx context.Context, s Subject) (signoff.State, error) {
	subject, err := l.signable(s)
	if err != nil {
		return signoff.State{}, err
	}
	return subject.read(ctx)
}
