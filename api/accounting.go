package api

import (
	"bytes"
	"context"
	"fmt"

	"almoner/accounting"
	"almoner/domain"
	"almoner/domain/genesis"
)

// getAccounting makes the double entry of a finance office for a period, as a journal or a workbook. It holds nobody's
// personal data.
func (s *Server) getAccounting(ctx context.Context, r *request) (response, error) {
	q := accounting.Request{Finance: r.path("finance"), Known: r.query.Get("known-at")}
	var err error
	if q.Period, err = domain.ParsePeriod(r.path("period")); err != nil {
		return response{}, fmt.Errorf("period in the path: %w", err)
	}
	format := accounting.Journal
	if text := r.query.Get("format"); text != "" {
		if format, err = accounting.ParseFormat(text); err != nil {
			return response{}, err
		}
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	if err := s.within(ctx, r, q.Finance); err != nil {
		return response{}, err
	}
	created := s.ledger.Created()
	maker := &accounting.Maker{Views: s.views, Ledger: created.Name, Demo: created.Clock == genesis.SimulatedClock}
	book, err := maker.Make(ctx, q)
	if err != nil {
		return response{}, err
	}
	var body bytes.Buffer
	if err := format.Write(&body, book); err != nil {
		return response{}, err
	}
	return response{Text: body.Bytes(), Type: format.MediaType(), LogIndex: book.Position}, nil
}
