package api

import (
	"context"
	"encoding/base64"

	"almoner/domain"
	"almoner/domain/signoff"
	"almoner/ledger"
)

// signature is a statement that was shown by GET /v1/statements, with the signature over its bytes.
type signature struct {
	Statement string `json:"statement"` // byte for byte, with its last newline
	Signature string `json:"signature"` // base64 of the Ed25519 signature
}

// given reads the statement and makes the pen that carries both. What the statement says is compared by the ledger.
func (g signature) given() (signoff.Statement, ledger.Pen, error) {
	statement, err := signoff.ParseStatement(g.Statement)
	if err != nil {
		return statement, nil, refuse(domain.Invalid, "sign-off.statement", "%v", err).WithNext("ask for the statement again, and send it as it was given, with its last newline")
	}
	sig, err := g.bytes()
	return statement, ledger.Given(statement.Key, g.Statement, sig), err
}

func (g signature) bytes() ([]byte, error) {
	sig, err := base64.StdEncoding.DecodeString(g.Signature)
	if err != nil || len(sig) == 0 {
		return nil, refuse(domain.Invalid, "api.signature-form", "the signature is not base64").WithNext("encode the 64 bytes of the signature in standard base64")
	}
	return sig, nil
}

// namesSubject refuses a statement about something else than the path names, before anything is looked up.
func namesSubject(statement signoff.Statement, subject ledger.Subject) error {
	if statement.Subject != streamOf(subject) {
		return refuse(domain.Conflict, "sign-off.seen", "the statement is about %.80s, the path names %s", statement.Subject, nameOf(subject)).
			WithNext("send it to the subject it is about")
	}
	return nil
}

// submissions, signOffs and returns make the handlers of the three ways of signing, for one kind of subject each.

// submissions signs as the handler (经办) and starts a round.
func (s *Server) submissions(kind ledger.SubjectKind) handler {
	return func(ctx context.Context, r *request) (response, error) {
		var body signature
		if err := r.decode(&body); err != nil {
			return response{}, err
		}
		return s.sign(ctx, r, kind, body, func(statement signoff.Statement, subject ledger.Subject) signer {
			return func(c ledger.Command, pen ledger.Pen) (ledger.Outcome, error) {
				return s.ledger.Submit(ctx, c, ledger.Sign{Subject: subject, Scope: statement.Scope, Opinion: statement.Opinion, Pen: pen})
			}
		})
	}
}

// signOffs signs the step that waits.
func (s *Server) signOffs(kind ledger.SubjectKind) handler {
	return func(ctx context.Context, r *request) (response, error) {
		var body signature
		if err := r.decode(&body); err != nil {
			return response{}, err
		}
		return s.sign(ctx, r, kind, body, func(statement signoff.Statement, subject ledger.Subject) signer {
			return func(c ledger.Command, pen ledger.Pen) (ledger.Outcome, error) {
				return s.ledger.SignOff(ctx, c, ledger.Sign{Subject: subject, Scope: statement.Scope, Opinion: statement.Opinion, Outcome: statement.Outcome, Pen: pen})
			}
		})
	}
}

// returned is the body of a sending-back (补正). The reason is the statement's opinion.
type returned struct {
	signature
	To   int    `json:"to"`             // step it goes back to, from 0
	Note string `json:"note,omitempty"` // free text, kept sealed
}

// maxNote bounds the free text of a sending-back, in bytes.
const maxNote = 4000

// returns sends a subject back to an earlier step.
func (s *Server) returns(kind ledger.SubjectKind) handler {
	return func(ctx context.Context, r *request) (response, error) {
		var body returned
		if err := r.decode(&body); err != nil {
			return response{}, err
		}
		if len(body.Note) > maxNote {
			return response{}, refuse(domain.Invalid, "api.note", "the note is longer than %d bytes", maxNote).WithNext("shorten it")
		}
		return s.sign(ctx, r, kind, body.signature, func(statement signoff.Statement, subject ledger.Subject) signer {
			return func(c ledger.Command, pen ledger.Pen) (ledger.Outcome, error) {
				return s.ledger.SendBack(ctx, c, ledger.Return{Subject: subject, Scope: statement.Scope, To: body.To, Reason: statement.Opinion, Note: body.Note, Pen: pen})
			}
		})
	}
}

// signer gives one signature with a pen.
type signer func(ledger.Command, ledger.Pen) (ledger.Outcome, error)

// sign hands a given signature to the ledger. A stale If-Match is forgiven to a command that was carried out before: a
// draft with the same command id tells, since the ledger answers a repetition before it asks the pen.
func (s *Server) sign(ctx context.Context, r *request, kind ledger.SubjectKind, body signature, make func(signoff.Statement, ledger.Subject) signer) (response, error) {
	subject := subjectOf(r, kind)
	statement, pen, err := body.given()
	if err != nil {
		return response{}, err
	}
	if err := namesSubject(statement, subject); err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	sign, command := make(statement, subject), r.command(actor)
	current, err := s.unchanged(ctx, r, subject)
	if isStale(err) {
		out, before := sign(command, s.ledger.Draft(statement.Key))
		if out.Repeated || isOtherContent(before) {
			return s.wrote(ctx, r, subject, out, before)
		}
	}
	if err != nil {
		return response{ETag: current}, err
	}
	out, err := sign(command, pen)
	return s.wrote(ctx, r, subject, out, err)
}
