package signoff

import (
	"crypto/ed25519"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"almoner/domain"
)

// Authority is what an officer may do at the moment of signing: one capacity, held now, and one key, valid now.
type Authority struct {
	Officer  string
	Person   string
	Name     string
	Post     string
	Capacity string
	Office   string
	Area     domain.AreaCode // the capacity reaches this area and all below it
	Custody  Custody
	Key      string // key id
	Public   ed25519.PublicKey
}

// Act is one signature asked for.
type Act struct {
	Authority
	Scope     string
	Statement string // exact text
	Sig       []byte
	Bulk      *Bulk             // set when one signature covers many subjects: it was checked there (signing.CheckMade), and Sig is empty
	Kin       string            // what of the subject concerns the officer or their family; empty when nothing does
	Handlers  map[string]string // the person behind each account of State.Handlers: the shell MUST name them all
}

// StatementFor is what the officer has to sign at the present step over the scope. It is empty unless a step waits.
func (s State) StatementFor(origin string, a Authority, scope string, outcome Outcome, opinion, at string) Statement {
	if s.Status != Awaiting {
		return Statement{}
	}
	totals, _ := s.Totals(scope)
	return s.statement(s.Sub, s.Round, s.Step, totals, origin, a, scope, outcome, opinion, at)
}

// StatementToSubmit is what the handler has to sign to submit sub. It is empty of a subject that was never opened.
func (s State) StatementToSubmit(origin string, a Authority, sub Submission, opinion, at string) Statement {
	if len(s.Chain) == 0 {
		return Statement{}
	}
	return s.statement(sub, sub.Round, 0, sub.Totals, origin, a, WholeScope, Agree, opinion, at)
}

func (s State) statement(sub Submission, round, step int, totals Totals, origin string, a Authority, scope string, outcome Outcome, opinion, at string) Statement {
	return Statement{
		Origin: origin, Subject: s.Subject, Round: round, Step: step, StepName: s.Chain[step].Name(), Scope: scope,
		Root: totals.Root, Lines: totals.Lines, Held: totals.Held, Total: totals.Total, Rulebook: sub.Rulebook,
		Previous: s.previous(step), Outcome: outcome, Opinion: opinion, Officer: a.Officer, Person: a.Person, Name: a.Name,
		Post: a.Post, Capacity: a.Capacity, Office: a.Office, Key: a.Key, At: at,
	}
}

// DecideSubmit returns the handler's signature over sub. It starts round s.Round+1.
func (s State) DecideSubmit(origin string, sub Submission, act Act) (Signed, error) {
	if len(s.Chain) == 0 {
		return Signed{}, domain.Refuse(domain.NotFound, "sign-off.no-chain", "nothing was opened here that could be signed").
			WithNext("check the id, or open it with the chain of its rulebook")
	}
	if s.Status != Draft {
		return Signed{}, domain.Refuse(domain.Conflict, "sign-off.submitted", "this has been submitted already").
			WithNext("wait for the signatures, or have a higher step send it back")
	}
	if sub.Round != s.Round+1 {
		return Signed{}, domain.Refuse(domain.Conflict, "sign-off.round", "the next round is %d, not %d", s.Round+1, sub.Round).
			WithNext("load it again, and submit what it shows now")
	}
	s.Sub = sub // its sections say where the handler has to be
	if err := s.allowed(act, 0, WholeScope); err != nil {
		return Signed{}, err
	}
	return s.signed(act, s.StatementToSubmit(origin, act.Authority, sub, "", ""), sub.Round, 0, WholeScope)
}

// DecideSign returns the officer's signature at the present step; ok is false when it stands already and nothing changes.
func (s State) DecideSign(origin string, act Act, outcome Outcome) (signed Signed, ok bool, err error) {
	if s.Status == Complete && s.holds(act.Statement) {
		return Signed{}, false, nil
	}
	if s.Status != Awaiting {
		return Signed{}, false, domain.Refuse(domain.Conflict, "sign-off.not-awaiting", "nothing here waits for a signature").
			WithNext("look at its state: it may have been sent back, completed or withdrawn")
	}
	if outcome == Agree && (s.holds(act.Statement) || s.signedBy(act)) {
		return Signed{}, false, nil
	}
	if err := s.allowed(act, s.Step, act.Scope); err != nil {
		return Signed{}, false, err
	}
	if !slices.Contains(s.Scopes(s.Step), act.Scope) {
		return Signed{}, false, domain.Refuse(domain.Invalid, "sign-off.scope", "step %s is not signed for %q", s.Chain[s.Step].Name(), act.Scope).
			WithNext("sign one of: %s", strings.Join(s.Scopes(s.Step), ", "))
	}
	if outcome == Agree && s.count(s.Step, act.Scope) >= s.wanted(s.Step) {
		return Signed{}, false, domain.Refuse(domain.Conflict, "sign-off.scope-complete", "%s has all its signatures for %q", s.Chain[s.Step].Name(), act.Scope).
			WithNext("nothing is left to sign here; look at what waits for you")
	}
	totals, _ := s.Totals(act.Scope)
	want := s.statement(s.Sub, s.Round, s.Step, totals, origin, act.Authority, act.Scope, outcome, "", "")
	signed, err = s.signed(act, want, s.Round, s.Step, act.Scope)
	return signed, err == nil, err
}

// Return is one officer's signed sending-back (补正) of a subject to an earlier step.
type Return struct {
	Origin string // of the log
	Act    Act
	To     int    // place in the chain, from 0
	Reason string // closed code
	Note   *Note  // free text, sealed; nil for none
}

// DecideReturn is DecideSendBack with its note; ok is false when this very sending-back stands already and nothing changes.
func (s State) DecideReturn(c Return) (r Returned, ok bool, err error) {
	if s.Status == Draft && s.LastReturn == HashText(c.Act.Statement) {
		return Returned{}, false, nil
	}
	if r, err = s.DecideSendBack(c.Origin, c.Act, c.To, c.Reason); err != nil {
		return Returned{}, false, err
	}
	r.Note = c.Note
	return r, true, nil
}

// DecideSendBack returns the signed sending-back to an earlier step (补正).
func (s State) DecideSendBack(origin string, act Act, to int, reason string) (Returned, error) {
	if !code.MatchString(reason) {
		return Returned{}, domain.Refuse(domain.Invalid, "sign-off.reason", "sending back needs a reason, as a code").
			WithNext("name a reason code such as wrong-list; free text belongs in the note")
	}
	if act.Bulk != nil {
		return Returned{}, domain.Refuse(domain.Invalid, "sign-off.bulk", "sending back takes a signature of its own, not one over many subjects").
			WithNext("sign the sending-back of each subject by itself")
	}
	if s.Status == Awaiting && (to < 0 || to >= s.Step) {
		return Returned{}, domain.Refuse(domain.Invalid, "sign-off.send-back-to", "step %d does not come before the present step %d", to, s.Step).
			WithNext("name an earlier step, counted from 0")
	}
	if s.Status == Awaiting && act.Scope == "" {
		act.Scope = s.Scopes(s.Step)[0]
	}
	signed, ok, err := s.DecideSign(origin, act, SendBack)
	if err != nil {
		return Returned{}, err
	}
	if !ok {
		return Returned{}, domain.Refuse(domain.Conflict, "sign-off.not-awaiting", "nothing here waits for a signature").
			WithNext("look at its state: it may have been completed")
	}
	return Returned{Person: act.Person, Reason: reason, Round: s.Round, Signature: signed.Signature, Step: s.Step, To: to, Subject: s.Subject}, nil
}

// holds says that this very statement stands among the round's signatures.
func (s State) holds(statement string) bool {
	hash := HashText(statement)
	return slices.ContainsFunc(s.Marks, func(m Mark) bool { return m.Hash == hash })
}

// signedBy says that this person's signature stands for this scope at the present step of the round.
func (s State) signedBy(act Act) bool {
	return slices.ContainsFunc(s.Marks, func(m Mark) bool {
		return m.Step == s.Step && m.Person == act.Person && m.Officer == act.Officer && m.Scope == act.Scope
	})
}

// allowed applies the rules about who may sign a step.
func (s State) allowed(act Act, step int, scope string) error {
	want := s.Chain[step]
	if act.Capacity != want.Capacity() {
		return domain.Refuse(domain.Forbidden, "sign-off.step-order", "the step that waits is %s; you act as %s", want.Name(), act.Capacity).
			WithNext("wait for your step, or act in the capacity %s if you hold it", want.Capacity())
	}
	for _, p := range s.People {
		if p.Person == act.Person && p.Step != step {
			return domain.Refuse(domain.Forbidden, "sign-off.one-person-one-step", "you signed step %s of this already", s.Chain[p.Step].Name()).
				WithNext("another officer has to sign %s", want.Name())
		}
	}
	for _, m := range s.Marks { // of this step: any other was found above
		if m.Scope == scope && m.Person == act.Person && m.Officer != act.Officer {
			return domain.Refuse(domain.Forbidden, "sign-off.one-person-one-step", "you signed step %s already, as %s", want.Name(), m.Officer).
				WithNext("another person has to sign %s", want.Name())
		}
	}
	if step > 0 {
		if err := s.notHandledBy(act, want); err != nil {
			return err
		}
	}
	if err := s.reaches(act, scope); err != nil {
		return err
	}
	if act.Kin != "" {
		return domain.Refuse(domain.Forbidden, "sign-off.own-family", "it concerns you or your family (回避): %s", act.Kin).
			WithNext("another officer of %s has to sign", want.Name())
	}
	return nil
}

// notHandledBy refuses the person who opened, prepared or revised the subject, under whatever account. An account whose person
// was not looked up may be theirs.
func (s State) notHandledBy(act Act, want Step) error {
	for _, account := range s.Handlers {
		person, known := act.Handlers[account]
		switch {
		case account == act.Officer, known && person == act.Person:
			return domain.Refuse(domain.Forbidden, "sign-off.handler-step", "you handled this yourself, as %s; whoever handled it signs %s and no other step", account, s.Chain[0].Name()).
				WithNext("another person has to sign %s", want.Name())
		case !known:
			return domain.Refuse(domain.Conflict, "sign-off.handler-unknown", "%s handled this meanwhile, and it was not looked up whose account that is", account).
				WithNext("load it again, and sign what it shows now")
		}
	}
	return nil
}

// reaches checks the area: a signature for the whole needs an area that holds every section.
func (s State) reaches(act Act, scope string) error {
	for _, section := range s.Sub.Sections {
		if scope != WholeScope && scope != section.Scope {
			continue
		}
		if !domain.AreaCode(section.Scope).Within(act.Area) {
			return domain.Refuse(domain.Forbidden, "sign-off.area", "village %s lies outside your area %s", section.Scope, act.Area).
				WithNext("an officer whose area holds that village has to sign")
		}
	}
	return nil
}

// signed checks what was signed against what had to be, and the signature itself.
func (s State) signed(act Act, want Statement, round, step int, scope string) (Signed, error) {
	got, err := ParseStatement(act.Statement)
	if err != nil {
		return Signed{}, domain.Refuse(domain.Invalid, "sign-off.statement", "%v", err).WithNext("ask for the statement again and sign it as it stands")
	}
	if err := got.inCodes(); err != nil {
		return Signed{}, err
	}
	want.At, want.Opinion = got.At, got.Opinion // the officer's own words; all else is what the ledger knows
	if got != want {
		return Signed{}, domain.Refuse(domain.Conflict, "sign-off.seen", "what you signed is not what stands here: %s", difference(got, want)).
			WithNext("reload, look at the list again, and sign what it shows now")
	}
	if err := act.proven(); err != nil {
		return Signed{}, err
	}
	return Signed{Bulk: act.Bulk, Opinion: got.Opinion, Person: act.Person, Round: round, Scope: scope, Step: step, Signature: Signature{
		Alg: Ed25519, Custody: act.Custody, Key: act.Key, Sig: base64.StdEncoding.EncodeToString(act.Sig), Statement: act.Statement,
	}}, nil
}

// code is the form of opinions and reasons. They stand in clear for ever, so free text, which may name people, is no code.
var code = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// inCodes checks the officer's own words. The instant is theirs too, but informative: nothing is judged by it.
func (s Statement) inCodes() error {
	if !code.MatchString(s.Opinion) {
		return domain.Refuse(domain.Invalid, "sign-off.opinion", "the opinion is not a code of lower-case letters, digits and hyphens").
			WithNext("sign with an opinion code such as agree; free text belongs in the note")
	}
	return nil
}

// proven checks the officer's signature: over this statement, or, of a bulk, that it stands elsewhere and only there.
func (act Act) proven() error {
	switch {
	case act.Bulk == nil && !Verify(act.Public, act.Statement, act.Sig):
		return domain.Refuse(domain.Forbidden, "sign-off.signature", "the signature does not verify with key %s", act.Key).
			WithNext("sign the statement's exact bytes with that key")
	case act.Bulk != nil && (act.Bulk.Signing == "" || act.Bulk.Index < 0 || len(act.Sig) > 0):
		return domain.Refuse(domain.Invalid, "sign-off.bulk", "a signature over many subjects names its signing and a place from 0, and brings no signature of its own").
			WithNext("sign this subject by itself, or make the signing first")
	}
	return nil
}

// Verify says whether sig is the key's Ed25519 signature over the statement's text.
func Verify(public ed25519.PublicKey, statement string, sig []byte) bool {
	return len(public) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize && ed25519.Verify(public, []byte(statement), sig)
}

// difference names the first line in which two statements differ.
func difference(got, want Statement) string {
	g, w := strings.Split(got.Text(), "\n"), strings.Split(want.Text(), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "your statement says \"" + g[i] + "\", the list \"" + w[i] + "\""
		}
	}
	return "they differ"
}
