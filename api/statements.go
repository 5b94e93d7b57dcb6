package api

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
	"almoner/ledger"
)

const plainText = "text/plain; charset=utf-8"

// The actions a statement is asked for.
const (
	actionSubmit   = "submit"
	actionSignOff  = "sign-off"
	actionSendBack = "send-back"
)

// getStatement gives the exact text that the caller would sign: about one subject, or over several with one signature.
func (s *Server) getStatement(ctx context.Context, r *request) (response, error) {
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	key, err := keyOf(r.officer, r.query.Get("key"))
	if err != nil {
		return response{}, err
	}
	var subjects []ledger.Subject
	for _, text := range r.query["subject"] {
		subject, err := parseSubject(text)
		if err != nil {
			return response{}, err
		}
		subjects = append(subjects, subject)
	}
	switch len(subjects) {
	case 0:
		return response{}, refuse(domain.Invalid, "api.subject", "the call names nothing to sign").WithNext("name it: subject=payrun:ID")
	case 1:
		return s.oneStatement(ctx, r, actor, subjects[0], key)
	}
	return s.manyStatements(ctx, r, actor, subjects, key)
}

// keyOf is the key that the officer would sign with: the one named, or the only valid one.
func keyOf(who officer.State, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	var valid []string
	for _, k := range who.Keys {
		if k.RevokedRev == 0 {
			valid = append(valid, k.Key)
		}
	}
	if len(valid) != 1 {
		return "", refuse(domain.Invalid, "api.key", "%s has %d keys to sign with: %s", who.Officer, len(valid), strings.Join(valid, ", ")).
			WithNext("name one: key=KEYID")
	}
	return valid[0], nil
}

func (s *Server) oneStatement(ctx context.Context, r *request, actor ledger.Actor, subject ledger.Subject, key string) (response, error) {
	current, err := s.currentETag(ctx, subject)
	if err != nil {
		return response{}, err
	}
	command, pen := ledger.Command{Actor: actor, ID: "draft-" + uuid.NewString()}, s.ledger.Draft(key)
	sign := ledger.Sign{Subject: subject, Scope: r.query.Get("scope"), Opinion: r.query.Get("opinion"), Pen: pen}
	switch action := r.query.Get("action"); action {
	case actionSubmit:
		_, err = s.ledger.Submit(ctx, command, sign)
	case actionSignOff:
		if sign.Outcome, err = outcomeOf(r.query.Get("outcome")); err != nil {
			return response{}, err
		}
		_, err = s.ledger.SignOff(ctx, command, sign)
	case actionSendBack:
		if sign.Opinion == "" {
			return response{}, refuse(domain.Invalid, "sign-off.reason", "sending back needs a reason").WithNext("name a reason code: opinion=CODE")
		}
		_, err = s.ledger.SendBack(ctx, command, ledger.Return{Subject: subject, Scope: sign.Scope, Reason: sign.Opinion, Pen: pen})
	default:
		return response{}, refuse(domain.Invalid, "api.action", "%.40q is not an action that is signed", action).WithNext("use submit, sign-off or send-back")
	}
	return drafted(err, current)
}

func outcomeOf(text string) (signoff.Outcome, error) {
	o := signoff.Outcome(text)
	if !slices.Contains([]signoff.Outcome{"", signoff.Agree, signoff.Refuse}, o) {
		return o, refuse(domain.Invalid, "api.outcome", "%.40q is not an outcome of a sign-off", text).WithNext("use agree or refuse; to send back is an action of its own")
	}
	return o, nil
}

// drafted answers with the statement that a draft came to.
func drafted(err error, etag string) (response, error) {
	text, ok := ledger.Drafted(err)
	if !ok {
		return response{ETag: etag}, err
	}
	return response{Text: []byte(text), Type: plainText, ETag: etag}, nil
}

// manyStatements gives the statement of a bulk signing. Its id follows from the Idempotency-Key, which must therefore be
// known now and be sent again with the signature.
func (s *Server) manyStatements(ctx context.Context, r *request, actor ledger.Actor, subjects []ledger.Subject, key string) (response, error) {
	if r.query.Get("action") != actionSignOff || r.query.Get("outcome") != "" || r.query.Get("scope") != "" {
		return response{}, refuse(domain.Invalid, "api.bulk-action", "several subjects are signed off together, with the outcome agree and the scope that waits").
			WithNext("use action=sign-off without outcome and scope, or sign each by itself")
	}
	command, err := readKey(r.header)
	if err != nil {
		return response{}, err
	}
	signs := make([]ledger.Sign, len(subjects))
	for i, subject := range subjects {
		signs[i] = ledger.Sign{Subject: subject, Opinion: r.query.Get("opinion")}
	}
	if err := s.awaiting(ctx, signs); err != nil {
		return response{}, err
	}
	_, _, err = s.ledger.SignMany(ctx, ledger.Command{Actor: actor, ID: command}, signs, s.ledger.Draft(key))
	return drafted(err, "")
}

// awaiting refuses subjects of which none waits for a signature: there is no step to make a statement of.
func (s *Server) awaiting(ctx context.Context, signs []ledger.Sign) error {
	for _, sign := range signs {
		state, err := s.ledger.Signing(ctx, sign.Subject)
		if err != nil {
			return err
		}
		if state.Status != signoff.Awaiting {
			return refuse(domain.Conflict, "sign-off.not-awaiting", "%s waits for no signature", nameOf(sign.Subject)).WithNext("leave it out")
		}
	}
	return nil
}
