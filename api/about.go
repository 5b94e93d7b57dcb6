package api

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// about is what the server is and where it stands.
type about struct {
	Program     string     `json:"program"`
	Version     string     `json:"version"`
	Ledger      string     `json:"ledger"`
	Name        string     `json:"name"`
	Origin      string     `json:"origin"`
	Area        string     `json:"area"`
	LogKey      string     `json:"logKey"`
	FirstPeriod string     `json:"firstPeriod"` // first month paid by this ledger
	Roots       []rootView `json:"roots"`       // in whom its trust begins, as entry 0 names them
	Simulated   bool       `json:"simulated"`   // times and people are made up
	Today       string     `json:"today"`       // by the ledger's clock, in Asia/Shanghai
	Views       viewsView  `json:"views"`
}

// rootView is a root officer. Names and posts of officers are duty data.
type rootView struct {
	Officer string `json:"officer"`
	Name    string `json:"name"`
	Post    string `json:"post"`
	Key     string `json:"key"`
}

// viewsView is where the read models stand.
type viewsView struct {
	LogIndex int64     `json:"logIndex"` // entries taken in
	Hash     string    `json:"hash"`     // running hash over them: equal for equal logs
	At       time.Time `json:"at,omitzero"`
	Building bool      `json:"building"`
	Healthy  bool      `json:"healthy"`
}

// getAbout says what the server is.
func (s *Server) getAbout(ctx context.Context, _ *request) (response, error) {
	at, err := s.views.Status(ctx)
	if err != nil {
		return response{}, err
	}
	c := s.ledger.Created()
	version := s.version
	if version == "" {
		version = "unreleased"
	}
	roots := make([]rootView, len(c.Roots))
	for i, r := range c.Roots {
		roots[i] = rootView{r.Officer, r.Name, r.Post, r.Key}
	}
	return response{LogIndex: at.LogIndex, Body: about{
		Program: "almoner", Version: version, Ledger: c.Ledger, Name: c.Name, Origin: c.Origin, Area: string(c.Area), LogKey: c.LogKey,
		FirstPeriod: c.FirstPeriod.String(), Roots: roots,
		Simulated: s.simulated, Today: s.ledger.Today().String(),
		Views: viewsView{LogIndex: at.LogIndex, Hash: at.Hash, At: at.At, Building: at.Building, Healthy: at.Healthy},
	}}, nil
}

// getLivez says that the process answers.
func (s *Server) getLivez(context.Context, *request) (response, error) {
	return response{Text: []byte("ok\n"), Type: plainText}, nil
}

// readyWithin is how long the read models may take to come up before this server says that it is not ready.
const readyWithin = 2 * time.Second

// getReadyz says whether calls would be answered now: 503 while read models are built, broken or behind, or the server stops.
func (s *Server) getReadyz(ctx context.Context, _ *request) (response, error) {
	notReady := func(why string) (response, error) {
		return response{Status: http.StatusServiceUnavailable, Text: []byte(why + "\n"), Type: plainText}, nil
	}
	select {
	case <-s.stopping:
		return notReady("stopping")
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	at, err := s.views.Status(ctx)
	switch {
	case err != nil:
		return notReady("the read models do not answer")
	case !at.Healthy:
		return notReady("the read models stopped")
	case at.Building:
		return notReady("the read models are being built")
	}
	if err := s.views.WaitPosition(ctx, s.ledger.Last()); err != nil {
		return notReady("the read models are behind")
	}
	return response{Text: []byte("ready\n"), Type: plainText}, nil
}

// getOpenAPI gives the description of this API.
func (s *Server) getOpenAPI(context.Context, *request) (response, error) {
	return response{Text: openapiDocument, Type: "application/yaml"}, nil
}

// syncWithin is how long an answer may wait for the read models to take in what this process has written.
const syncWithin = 5 * time.Second

// synced waits until the read models contain what this process has written: people see what they just did.
func (s *Server) synced(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, syncWithin)
	defer cancel()
	if err := s.views.WaitPosition(ctx, s.ledger.Last()); err != nil {
		return fmt.Errorf("wait for the read models: %w", err)
	}
	return nil
}
