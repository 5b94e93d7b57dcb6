package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/ledger"
	"almoner/projections"
)

// Upkeep is for those who answer for the ledger as a whole and not for somebody's money: root officers, the personnel
// (人事), and for what only reads the auditors (审计) too.

// keeper refuses everybody else.
func (s *Server) keeper(r *request, capacities ...string) error {
	if isRoot(s.ledger.Created(), r.officer.Officer) {
		return nil
	}
	for _, h := range s.held(r.officer) {
		if slices.Contains(capacities, h.Capacity) {
			return nil
		}
	}
	return refuse(domain.Forbidden, "officer.capacity-needed", "%s is no root officer and holds none of %s", r.officer.Officer, strings.Join(capacities, ", ")).
		WithNext("ask a root officer, or somebody who holds one of them")
}

// The subjects of jobs that concern the whole ledger.
var (
	theViews = ledger.Subject{Kind: "views", ID: "all"}
	theStore = ledger.Subject{Kind: "store", ID: "all"}
)

// rebuiltView is where the read models stand after a rebuild.
type rebuiltView struct {
	LogIndex int64     `json:"logIndex"`
	Hash     string    `json:"hash"` // running hash over the entries
	NewestAt time.Time `json:"newestAt,omitzero"`
}

// rebuildViews empties the read models and builds them from the events again, as a job. Until it ends, whatever reads them
// is answered 503; nothing is lost, for they hold nothing else.
func (s *Server) rebuildViews(ctx context.Context, r *request) (response, error) {
	if err := s.keeper(r, officer.Personnel); err != nil {
		return response{}, err
	}
	return s.onceAsJob(ctx, r, "rebuild", theViews, func(ctx context.Context, progress ledger.Progress) (any, error) {
		err := s.views.Rebuild(ctx, func(logIndex int64) { progress(int(logIndex), 0) })
		if errors.Is(err, projections.ErrMovedElsewhere) {
			return nil, errors.Join(refuse(domain.Conflict, "api.views-elsewhere", "another process moves these read models").
				WithNext("rebuild them there, or stop it first"), err)
		}
		if err != nil {
			return nil, fmt.Errorf("rebuild the read models: %w", err)
		}
		at, err := s.views.Status(ctx)
		if err != nil {
			return nil, err
		}
		return rebuiltView{at.LogIndex, at.Hash, at.At}, nil
	})
}

// checkedStore is what reading the whole ledger came to. Where it is damaged, the counts end at the damage.
type checkedStore struct {
	Sound   bool   `json:"sound"`
	Damage  string `json:"damage,omitempty"` // the first found: where and how it shows; ids only
	Events  int64  `json:"events"`
	Streams int64  `json:"streams"`
	Bytes   int64  `json:"bytes"`
	Keys    int64  `json:"keys"`   // keys that sealed parts name, repetitions included
	Erased  int    `json:"erased"` // of them destroyed
}

// checkStore reads every event and asks the vault for every key, as a job. It changes nothing.
func (s *Server) checkStore(ctx context.Context, r *request) (response, error) {
	if err := s.keeper(r, officer.Auditor, officer.Personnel); err != nil {
		return response{}, err
	}
	return s.onceAsJob(ctx, r, "store-check", theStore, func(ctx context.Context, progress ledger.Progress) (any, error) {
		out, err := s.ledger.Check(ctx, progress)
		v := checkedStore{Sound: err == nil, Events: out.Events, Streams: out.Streams, Bytes: out.Bytes, Keys: out.Keys, Erased: out.Erased}
		var damaged *ledger.DamagedError
		if errors.As(err, &damaged) {
			s.log.LogAttrs(ctx, slog.LevelError, "the store is damaged", slog.String("error", err.Error()))
			v.Damage, err = damaged.Error(), nil
		}
		return v, err
	})
}

// onceAsJob answers a repetition with the job of its key, and starts one otherwise.
func (s *Server) onceAsJob(ctx context.Context, r *request, kind string, subject ledger.Subject, work func(context.Context, ledger.Progress) (any, error)) (response, error) {
	j, found, err := s.jobs.find(r.officer.Officer, r.key, kind, nameOf(subject))
	if err != nil {
		return response{}, err
	}
	if found {
		return accepted(j), nil
	}
	return s.asJob(ctx, r, kind, subject, work)
}
