package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"almoner/domain"
	"almoner/domain/signing"
	"almoner/domain/signoff"
	"almoner/internal/keyfile"
	"almoner/ledger"
	"almoner/projections"
)

// maxStatement bounds a statement file, in bytes: one has some twenty lines of at most a few hundred bytes.
const maxStatement = 64 * 1024

// penFlags say how a signature is given: by unlocking a key here; in two steps, for a key that never leaves its owner's
// device; or not at all, to see what would be signed.
type penFlags struct {
	StatementOnly bool   `help:"只显示将要签字的声明，不签|only show the statement that would be signed" xor:"pen"`
	Statement     string `help:"已在别处签字的声明文件|statement that was signed elsewhere" placeholder:"FILE" and:"given" xor:"pen"`
	Signature     string `help:"该声明的签名文件（base64）|signature over that statement (base64)" placeholder:"FILE" and:"given"`
}

// pen makes the pen that the flags ask for.
func (p penFlags) pen(a *app, s *session, officer string) (ledger.Pen, error) {
	switch {
	case p.StatementOnly:
		key, err := a.keyID(s, officer)
		return s.ledger.Draft(key), err
	case p.Statement != "":
		return p.given(a)
	}
	return a.pen(s, officer)
}

// given reads a statement and its signature, made with `almoner key sign` or another program.
func (p penFlags) given(a *app) (ledger.Pen, error) {
	text, err := a.content(p.Statement, maxStatement)
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	encoded, err := a.content(p.Signature, maxStatement)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	sig, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(encoded)))
	if err != nil {
		return nil, domain.Refuse(domain.Invalid, "sign-off.signature-form", "%s is not the base64 of a signature", p.Signature).
			WithNext("sign the statement file as it stands: almoner key sign FILE --key KEYFILE")
	}
	key, err := keyOfStatement(string(text))
	return ledger.Given(key, string(text), sig), err
}

// keyOfStatement is the key that a statement names.
func keyOfStatement(text string) (string, error) {
	one, err := signoff.ParseStatement(text)
	if err == nil {
		return one.Key, nil
	}
	if many, bulk := signing.ParseStatement(text); bulk == nil {
		return many.Key, nil
	}
	return "", domain.Refuse(domain.Invalid, "sign-off.statement", "%v", err).WithNext("ask for the statement again with --statement-only, and sign it as it stands")
}

// keyID is the key that the officer would sign with: that of --key, that of the officer's key file, or the only one registered.
func (a *app) keyID(s *session, officer string) (string, error) {
	if public, err := keyfile.PublicOf(a.keyFile(s.folder, officer)); err == nil {
		return keyfile.KeyID(public), nil
	}
	who, err := s.ledger.Officer(a.ctx, officer)
	if err != nil {
		return "", err
	}
	var valid []string
	for _, k := range who.Keys {
		if k.RevokedRev == 0 {
			valid = append(valid, k.Key)
		}
	}
	if len(valid) != 1 {
		return "", domain.Refuse(domain.Invalid, "key.which", "%s has %d keys to sign with: %s", officer, len(valid), orNone(strings.Join(valid, ", "))).
			WithNext("name the key file with --key, or have a key registered")
	}
	return valid[0], nil
}

// submitVerb submits a subject: the handler's signature (经办).
type submitVerb struct {
	ID      string `arg:"" help:"编号|id"`
	Opinion string `help:"意见代码|opinion code" default:"agree"`
	penFlags
}

// Run submits.
func (v *submitVerb) Run(a *app, kind ledger.SubjectKind) error {
	return a.with(func(s *session) error {
		subject := ledger.Subject{Kind: kind, ID: v.ID}
		actor, err := a.signer(s, subject, "")
		if err != nil {
			return err
		}
		pen, err := v.pen(a, s, actor.Officer)
		if err != nil {
			return err
		}
		out, err := s.ledger.Submit(a.ctx, a.command(actor), ledger.Sign{Subject: subject, Opinion: v.Opinion, Pen: pen})
		return a.signed(s, subject, out, err)
	})
}

// signOffVerb signs the step that waits, of one subject or of many with one signature.
type signOffVerb struct {
	IDs     []string `arg:"" name:"id" help:"编号，可以多个（一次签字）|ids; several are signed with one signature"`
	Scope   string   `help:"whole 或村居代码（默认：唯一待签的那个）|whole, or a village's code (default: the one that waits within reach)" placeholder:"SCOPE"`
	Opinion string   `help:"意见代码|opinion code" default:"agree"`
	Refuse  bool     `help:"不同意（只用于事项）|refuse (cases only)"`
	penFlags
}

// Run signs.
func (v *signOffVerb) Run(a *app, kind ledger.SubjectKind) error {
	return a.with(func(s *session) error {
		subjects := make([]ledger.Sign, len(v.IDs))
		for i, id := range v.IDs {
			subjects[i] = ledger.Sign{Subject: ledger.Subject{Kind: kind, ID: id}, Scope: v.Scope, Opinion: v.Opinion}
			if v.Refuse {
				subjects[i].Outcome = signoff.Refuse
			}
		}
		actor, err := a.signer(s, subjects[0].Subject, v.Scope)
		if err != nil {
			return err
		}
		pen, err := v.pen(a, s, actor.Officer)
		if err != nil {
			return err
		}
		for i := range subjects {
			subjects[i].Pen = pen
		}
		if len(subjects) > 1 {
			return a.signMany(s, actor, subjects, pen)
		}
		out, err := s.ledger.SignOff(a.ctx, a.command(actor), subjects[0])
		return a.signed(s, subjects[0].Subject, out, err)
	})
}

// sendBackVerb sends a subject back to an earlier step (补正).
type sendBackVerb struct {
	ID     string `arg:"" help:"编号|id"`
	To     int    `help:"退回到第几步（0 为经办）|step it goes back to (0: the handler)" default:"0"`
	Reason string `help:"原因代码|reason code" required:"" placeholder:"CODE"`
	Note   string `help:"说明，加密保存；- 表示从标准输入读|note, kept sealed; - reads standard input" placeholder:"TEXT"`
	Scope  string `help:"whole 或村居代码|whole, or a village's code" placeholder:"SCOPE"`
	penFlags
}

// Run sends back.
func (v *sendBackVerb) Run(a *app, kind ledger.SubjectKind) error {
	return a.with(func(s *session) error {
		subject := ledger.Subject{Kind: kind, ID: v.ID}
		note, err := a.given(v.Note)
		if err != nil {
			return err
		}
		actor, err := a.signer(s, subject, v.Scope)
		if err != nil {
			return err
		}
		pen, err := v.pen(a, s, actor.Officer)
		if err != nil {
			return err
		}
		out, err := s.ledger.SendBack(a.ctx, a.command(actor), ledger.Return{Subject: subject, Scope: v.Scope, To: v.To, Reason: v.Reason, Note: note, Pen: pen})
		return a.signed(s, subject, out, err)
	})
}

// acted is what a write did and where its subject stands now.
type acted struct {
	Kind     string   `json:"kind"`
	ID       string   `json:"id"`
	Events   []string `json:"events"` // stored names, in order; none: it was true already
	Revision int64    `json:"revision"`
	Repeated bool     `json:"repeated,omitempty"` // the command had been carried out before
	Status   string   `json:"status,omitempty"`
	Waits    string   `json:"waits,omitempty"` // capacity whose signature is wanted next
	Scopes   []string `json:"scopes,omitempty"`
	Error    *told    `json:"error,omitempty"` // of one subject among many
}

func actedOn(kind, id string, out ledger.Outcome) acted {
	r := acted{Kind: kind, ID: id, Events: []string{}, Revision: out.Revision, Repeated: out.Repeated}
	for _, e := range out.Events {
		r.Events = append(r.Events, e.Type)
	}
	return r
}

// signed shows a statement that was only drafted, or what a signature did.
func (a *app) signed(s *session, subject ledger.Subject, out ledger.Outcome, err error) error {
	if text, drafted := ledger.Drafted(err); drafted {
		return a.showStatement(text)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", subject.Kind, subject.ID, err)
	}
	r := actedOn(string(subject.Kind), subject.ID, out)
	if err := a.standing(s, &r); err != nil {
		return err
	}
	return a.print(r, func(w io.Writer) { r.write(w, a.words) })
}

func (a *app) showStatement(text string) error {
	return a.print(map[string]string{"statement": text}, func(w io.Writer) { fmt.Fprint(w, text) })
}

// signMany signs several subjects with one signature and shows what came of each.
func (a *app) signMany(s *session, actor ledger.Actor, subjects []ledger.Sign, pen ledger.Pen) error {
	outs, errs, err := s.ledger.SignMany(a.ctx, a.command(actor), subjects, pen)
	if text, drafted := ledger.Drafted(err); drafted {
		a.say("签好后用同一编号办理：--command-id %s", "bring it back with the same id: --command-id %s", a.commandID())
		return a.showStatement(text)
	}
	if err != nil {
		return err
	}
	results := make([]acted, len(subjects))
	var first error
	for i, subject := range subjects {
		results[i] = actedOn(string(subject.Subject.Kind), subject.Subject.ID, outs[i])
		if errs[i] != nil {
			t := tell(errs[i], a.words)
			results[i].Error = &t
			if first == nil {
				first = fmt.Errorf("%s %s: %w", subject.Subject.Kind, subject.Subject.ID, errs[i])
			}
			continue
		}
		if err := a.standing(s, &results[i]); err != nil {
			return err
		}
	}
	err = a.print(results, func(w io.Writer) {
		for _, r := range results {
			r.write(w, a.words)
		}
	})
	if first != nil {
		return first
	}
	return err
}

// standing fills in where a subject stands after a write.
func (a *app) standing(s *session, r *acted) error {
	if r.Kind == string(ledger.PayrunSubject) {
		run, err := s.ledger.Payrun(a.ctx, r.ID)
		if err != nil {
			return err
		}
		next := run.Next()
		r.Status, r.Waits, r.Scopes = string(run.Status), next.Capacity, next.Scopes
		return nil
	}
	if r.Kind == string(ledger.FundSubject) {
		request, err := s.ledger.FundRequest(a.ctx, r.ID)
		r.Status = string(request.Status)
		if request.Signing.Status == signoff.Awaiting {
			r.Waits, r.Scopes = request.Signing.Chain[request.Signing.Step].Capacity(), request.Signing.Waiting()
		}
		return err
	}
	if finance, in, err := projections.ParseMonthID(r.ID); err == nil {
		m, err := s.ledger.Month(a.ctx, finance, in)
		r.Status = monthStatus(m.Status)
		for _, signing := range []signoff.State{m.Signing, m.Reopening} {
			if signing.Status == signoff.Awaiting {
				r.Waits, r.Scopes = signing.Chain[signing.Step].Capacity(), signing.Waiting()
			}
		}
		return err
	}
	subject, found, err := a.subject(s, ledger.Subject{Kind: ledger.SubjectKind(r.Kind), ID: r.ID})
	if err != nil || !found {
		return err
	}
	r.Status = subject.Status
	if subject.Signing.Status == signoff.Awaiting {
		r.Waits, r.Scopes = subject.Signing.Chain[subject.Signing.Step].Capacity(), subject.Signing.Waiting()
	}
	return nil
}

// subject finds a case or an import among the read models, which then contain what this process wrote.
func (a *app) subject(s *session, which ledger.Subject) (projections.Subject, bool, error) {
	if err := s.synced(a.ctx); err != nil {
		return projections.Subject{}, false, err
	}
	list := s.views.Cases
	switch which.Kind {
	case ledger.ImportSubject:
		list = s.views.Imports
	case ledger.CaseSubject:
	default:
		return projections.Subject{}, false, nil
	}
	found, err := list(a.ctx, projections.SubjectFilter{ID: which.ID})
	if err != nil || len(found.Subjects) == 0 {
		return projections.Subject{}, false, err
	}
	return found.Subjects[0], true, nil
}

// write says it in one or two lines.
func (r acted) write(w io.Writer, l language) {
	did := strings.Join(r.Events, ", ")
	if did == "" {
		did = l.pick("无变化（已经如此）", "no change (it is so already)")
	}
	if r.Repeated {
		did += l.pick("（此前已办）", " (done before)")
	}
	if r.Error != nil {
		did = r.Error.Error
	}
	fmt.Fprintf(w, "%s %s: %s\n", r.Kind, r.ID, did)
	if r.Status != "" {
		fmt.Fprintf(w, "  %s %s", l.pick("状态", "status"), r.Status)
		if r.Waits != "" {
			fmt.Fprintf(w, l.pick("，待 %s", ", waits for %s"), r.Waits)
		}
		if len(r.Scopes) > 0 {
			fmt.Fprintf(w, l.pick(" 签字：%s", " to sign for: %s"), strings.Join(r.Scopes, ", "))
		}
		fmt.Fprintln(w)
	}
}
