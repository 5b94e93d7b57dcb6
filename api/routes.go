package api

import (
	"net/http"

	"almoner/ledger"
)

// routes is the table of operations: nouns, with what is done to them as nouns below them.
func (s *Server) routes() []route {
	get := func(path string, h handler, query ...string) route {
		return route{method: http.MethodGet, path: path, query: query, handle: h}
	}
	post := func(path string, h handler, query ...string) route {
		return route{method: http.MethodPost, path: path, query: query, handle: h, body: maxBody}
	}
	public := func(path string, h handler) route {
		return route{method: http.MethodGet, path: path, public: true, handle: h}
	}
	all := []route{
		public("/livez", s.getLivez), public("/readyz", s.getReadyz), public("/v1/about", s.getAbout), public("/v1/openapi.yaml", s.getOpenAPI),
		public("/v1/problems/:rule", s.getProblem),

		get("/v1/offices", s.listOffices), get("/v1/offices/:id", s.getOffice),
		get("/v1/officers", s.listOfficers), get("/v1/officers/:id", s.getOfficer),

		get("/v1/rulebooks", s.listRulebooks), get("/v1/rulebooks/:id", s.getRulebook), get("/v1/rulebooks/:id/source", s.getRulebookSource, "hash"),
		{method: http.MethodPost, path: "/v1/rulebooks", query: []string{"lowers"}, handle: s.proposeRulebook, body: maxSourceBody},

		get("/v1/imports", s.listImports, "office", "programme", "status", "cursor", "limit"), get("/v1/imports/:id", s.getImport),
		get("/v1/imports/:id/rows", s.listRows, "scope", "cursor", "limit"), get("/v1/imports/:id/refused-rows", s.listRefusedRows, "cursor", "limit"),
		{
			method: http.MethodPost, path: "/v1/imports", handle: s.addImport, body: maxFileBody,
			query: []string{"programme", "office", "kind", "commit", "accept-good", "file-name", "sheet", "encoding"},
		},
		post("/v1/imports/:id/withdrawals", s.withdrawImport),

		get("/v1/cases", s.listCases, "office", "programme", "person", "status", "cursor", "limit"), get("/v1/cases/:id", s.getCase),
		post("/v1/cases", s.openCase, "dry-run"), post("/v1/cases/:id/revisions", s.reviseCase), post("/v1/cases/:id/withdrawals", s.withdrawCase),

		get("/v1/payruns", s.listPayruns, "programme", "office", "period", "status", "cursor", "limit"), get("/v1/payruns/:id", s.getPayrun),
		get("/v1/payruns/:id/lines", s.listLines, "cursor", "limit"), get("/v1/payruns/:id/held", s.listHeld),
		post("/v1/payruns", s.openPayrun), post("/v1/payruns/:id/preparations", s.preparePayrun), post("/v1/payruns/:id/rechecks", s.recheckPayrun),
		post("/v1/payruns/:id/cancellations", s.cancelPayrun), post("/v1/payruns/:id/stops", s.stopLine),

		get("/v1/statements", s.getStatement, "subject", "action", "scope", "opinion", "outcome", "key"), post("/v1/signings", s.signMany),
		get("/v1/work-list", s.getWorkList),

		get("/v1/roll", s.getRoll, "programme", "office", "village", "person", "as-of", "known-at", "cursor", "limit"),
		get("/v1/roll/comparison", s.compareRoll, "programme", "office", "village", "person", "as-of", "known-at", "compare"),
		get("/v1/totals", s.getTotals, "period", "programme", "office"),
		get("/v1/people/:id", s.getPerson), get("/v1/people/:id/timeline", s.getTimeline, "known-at"),

		get("/v1/jobs/:id", s.getJob), {method: http.MethodGet, path: "/v1/jobs/:id/events", stream: s.streamJob},
	}
	for _, signed := range []struct {
		noun string
		kind ledger.SubjectKind
	}{
		{"cases", ledger.CaseSubject}, {"imports", ledger.ImportSubject}, {"payruns", ledger.PayrunSubject}, {"rulebooks", ledger.RulebookSubject},
	} {
		path := "/v1/" + signed.noun + "/:id/"
		all = append(all, post(path+"submissions", s.submissions(signed.kind)), post(path+"sign-offs", s.signOffs(signed.kind)), post(path+"returns", s.returns(signed.kind)))
	}
	return all
}
