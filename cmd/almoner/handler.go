package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"

	"almoner/api"
	"almoner/domain/genesis"
	"almoner/eventstore"
)

// apiHandler is what serve needs of package api: a handler that can be told to end its long answers, and closed.
type apiHandler interface {
	http.Handler
	Stop()
	io.Closer
}

// newHandler makes the API of an open ledger. It is the one place that knows how package api is made.
func newHandler(a *app, s *session) (apiHandler, error) {
	tokens, err := api.OpenTokenFile(s.folder.tokens())
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{
		Ledger: s.ledger, Views: s.views, Tokens: tokens, Log: slog.New(slog.NewJSONHandler(a.err, nil)), Revision: s.revision,
		Simulated: s.ledger.Created().Clock == genesis.SimulatedClock, Version: version(),
	})
}

// revision is the revision of a stream's last event, and -1 for a stream that does not exist.
func (s *session) revision(ctx context.Context, stream string) (int64, error) {
	for r, err := range s.store.ReadStream(ctx, stream, eventstore.End, eventstore.Backwards) {
		return r.Revision, err
	}
	return eventstore.NoStream, nil
}

// version is the module version this program was built at; "(devel)" for a build from a working tree.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return info.Main.Version
}
