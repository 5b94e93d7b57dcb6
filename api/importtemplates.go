package api

import (
	"bytes"
	"context"
	"fmt"

	"almoner/ledger/rosterfile"
)

// getImportTemplate gives an empty list of a kind to fill in.
func (s *Server) getImportTemplate(_ context.Context, r *request) (response, error) {
	var book bytes.Buffer
	if err := rosterfile.Template(&book, rosterfile.Kind(r.path("kind"))); err != nil {
		return response{}, fmt.Errorf("template: %w", err)
	}
	return response{Text: book.Bytes(), Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, nil
}
