package main

import (
	"net/http"

	"almoner/domain"
)

// newHandler makes the pages and the API of an open ledger. It is the one place that knows package api.
func newHandler(*app, *session) (http.Handler, error) {
	return nil, domain.Refuse(domain.Refused, "serve.no-pages", "this build has no pages and no API yet").WithNext("use the verbs of the command line")
}
