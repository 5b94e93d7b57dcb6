package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"

	"almoner/domain"
	"almoner/ledger"
	"almoner/projections"
)

// rulebookView is one version of a rulebook that was put forward.
type rulebookView struct {
	Rulebook    string `json:"rulebook"` // "rural-reward@320000"
	Hash        string `json:"hash"`
	ProposedAt  int64  `json:"proposedAt"`            // log index
	PublishedAt int64  `json:"publishedAt,omitempty"` // log index; absent if it never was
	PublishedOn string `json:"publishedOn,omitempty"`
}

func viewRulebook(b projections.RulebookVersion) rulebookView {
	return rulebookView{b.Rulebook, b.Hash, b.ProposedAt, max(b.PublishedAt, 0), dayText(b.PublishedOn)}
}

// listRulebooks lists every version of every rulebook, in log order.
func (s *Server) listRulebooks(ctx context.Context, _ *request) (response, error) {
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	at, all, err := s.views.Rulebooks(ctx)
	if err != nil {
		return response{}, err
	}
	items := make([]rulebookView, len(all))
	for i, b := range all {
		items[i] = viewRulebook(b)
	}
	return response{Body: listed[rulebookView]{items}, LogIndex: at}, nil
}

// rulebookDetail is a rulebook with its versions and where the one put forward stands.
type rulebookDetail struct {
	Rulebook string         `json:"rulebook"`
	Versions []rulebookView `json:"versions"`
	InForce  *rulebookFacts `json:"inForce,omitempty"` // of the version published last
	Chain    []chainStep    `json:"chain"`
	Marks    []mark         `json:"marks"`
	standing
}

// versionsOf lists the versions of one rulebook.
func (s *Server) versionsOf(ctx context.Context, id string) (int64, []projections.RulebookVersion, error) {
	if err := s.synced(ctx); err != nil {
		return 0, nil, err
	}
	at, all, err := s.views.Rulebooks(ctx)
	var found []projections.RulebookVersion
	for _, b := range all {
		if b.Rulebook == id {
			found = append(found, b)
		}
	}
	if err == nil && len(found) == 0 {
		err = refuse(domain.NotFound, "rulebook.unknown", "no rulebook %.60q was ever put forward", id).WithNext("list the rulebooks, and copy the id")
	}
	return at, found, err
}

// getRulebook shows one rulebook.
func (s *Server) getRulebook(ctx context.Context, r *request) (response, error) {
	at, found, err := s.versionsOf(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	subject := ledger.Subject{Kind: ledger.RulebookSubject, ID: r.path("id")}
	d := rulebookDetail{Rulebook: subject.ID, Versions: make([]rulebookView, len(found))}
	for i, b := range found {
		d.Versions[i] = viewRulebook(b)
	}
	book, err := publishedLast(found)
	if err != nil {
		return response{}, err
	}
	if book != nil {
		d.InForce = factsOf(book)
	}
	signing, err := s.ledger.Signing(ctx, subject)
	if err != nil {
		return response{}, err
	}
	if d.standing, err = s.standing(ctx, subject); err != nil {
		return response{}, err
	}
	d.Chain, d.Marks = chainOf(signing.Chain), marksOf(signing)
	return response{Body: d, ETag: etag(d.Revision), LogIndex: at}, nil
}

// getRulebookSource gives the YAML of a version as it was written: the one named by its hash, or the last put forward.
func (s *Server) getRulebookSource(ctx context.Context, r *request) (response, error) {
	at, found, err := s.versionsOf(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	wanted := found[len(found)-1]
	if hash := r.query.Get("hash"); hash != "" {
		wanted = projections.RulebookVersion{}
		for _, b := range found {
			if b.Hash == hash {
				wanted = b
			}
		}
		if wanted.Hash == "" {
			return response{}, refuse(domain.NotFound, "rulebook.version", "%s has no version %.80q", r.path("id"), hash).WithNext("look at its versions, and copy the hash")
		}
	}
	return response{Text: []byte(wanted.Source), Type: "application/yaml", LogIndex: at}, nil
}

// proposeRulebook puts a version forward for signature. The body is the YAML itself; lowers gives the reason code under
// which it may lower units already drawn.
func (s *Server) proposeRulebook(ctx context.Context, r *request) (response, error) {
	media, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	if media != "application/yaml" && media != "application/x-yaml" {
		return response{}, refuse(domain.Invalid, "api.media-type", "the body is %.60q, not application/yaml", media).WithNext("send the rulebook's YAML with Content-Type: application/yaml")
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	book, out, err := s.ledger.ProposeRulebook(ctx, r.command(actor), r.body, r.query.Get("lowers"))
	if err != nil {
		return response{}, fmt.Errorf("propose rulebook: %w", err)
	}
	return s.created(ctx, r, ledger.Subject{Kind: ledger.RulebookSubject, ID: book.ID()}, "/v1/rulebooks/"+book.ID(), out, nil)
}

// created answers the making of a subject.
func (s *Server) created(ctx context.Context, r *request, subject ledger.Subject, location string, out ledger.Outcome, err error) (response, error) {
	answer, err := s.wrote(ctx, r, subject, out, err)
	if err != nil {
		return response{}, err
	}
	answer.Status, answer.Location = http.StatusCreated, location
	return answer, nil
}
