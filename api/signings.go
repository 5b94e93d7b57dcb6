package api

import (
	"context"
	"errors"
	"fmt"

	"almoner/domain"
	"almoner/domain/signing"
	"almoner/ledger"
)

// bulkBody is one signature over many subjects.
type bulkBody struct {
	signature
	Opinion  string        `json:"opinion,omitempty"`
	Subjects []bulkSubject `json:"subjects"` // in the order in which the statement was asked for
}

type bulkSubject struct {
	Subject  string `json:"subject"` // "payrun:ID"
	Revision int64  `json:"revision"`
}

// bulkResult is what came of each subject.
type bulkResult struct {
	Signing string        `json:"signing"`
	Results []bulkOutcome `json:"results"`
}

type bulkOutcome struct {
	Subject string   `json:"subject"`
	Acted   *acted   `json:"acted,omitempty"`
	Problem *problem `json:"problem,omitempty"`
}

// signMany signs many subjects with one signature. The revision of each stands in for If-Match. Once the signature is
// accepted the answer is 200, and each subject says what came of it. A repetition is answered the same as long as the server
// runs; after a restart it is refused as stale, and the subjects show that they were signed.
func (s *Server) signMany(ctx context.Context, r *request) (response, error) {
	var body bulkBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	statement, err := signing.ParseStatement(body.Statement)
	if err != nil {
		return response{}, refuse(domain.Invalid, "signing.statement", "%v", err).WithNext("ask for the statement again, and send it as it was given")
	}
	sig, err := body.bytes()
	if err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	if before, found, err := s.replays.answer(actor.Officer, r.key, r.body); found || err != nil {
		return before, err
	}
	pen := ledger.Given(statement.Key, body.Statement, sig)
	signs, err := s.bulkSigns(ctx, body, pen)
	if err != nil {
		return response{}, err
	}
	outs, errs, err := s.ledger.SignMany(ctx, r.command(actor), signs, pen)
	if err != nil {
		return response{}, fmt.Errorf("sign %d subjects: %w", len(signs), err)
	}
	result := bulkResult{Signing: statement.Signing, Results: make([]bulkOutcome, len(signs))}
	for i, sign := range signs {
		result.Results[i] = s.bulkOutcome(ctx, r, sign.Subject, outs[i], errs[i])
	}
	s.replays.keep(actor.Officer, r.key, r.body, ok(result))
	return ok(result), nil
}

func (s *Server) bulkSigns(ctx context.Context, body bulkBody, pen ledger.Pen) ([]ledger.Sign, error) {
	signs := make([]ledger.Sign, len(body.Subjects))
	for i, one := range body.Subjects {
		subject, err := parseSubject(one.Subject)
		if err != nil {
			return nil, err
		}
		signs[i] = ledger.Sign{Subject: subject, Opinion: body.Opinion, Pen: pen} // the pen names the key of each subject's command
		revision, err := s.revision(ctx, streamOf(subject))
		if err != nil {
			return nil, fmt.Errorf("revision of %s: %w", one.Subject, err)
		}
		if revision >= 0 && revision != one.Revision {
			return nil, refuse(domain.Conflict, ruleStale, "%s has changed since you read it: it is at %d, you at %d", one.Subject, revision, one.Revision).
				WithNext("read it again, and ask for the statement anew")
		}
	}
	return signs, s.awaiting(ctx, signs)
}

func (s *Server) bulkOutcome(ctx context.Context, r *request, subject ledger.Subject, out ledger.Outcome, err error) bulkOutcome {
	o := bulkOutcome{Subject: nameOf(subject)}
	answer, err := s.wrote(ctx, r, subject, out, err)
	if err != nil {
		p := problemOf(err, r.url.Path, requestIDOf(ctx))
		o.Problem = &p
		return o
	}
	a := answer.Body.(acted)
	o.Acted = &a
	return o
}

func isOtherContent(err error) bool {
	var refused *domain.RefusedError
	return errors.As(err, &refused) && refused.Rule == "command.other-content"
}
