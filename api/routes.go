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
		post("/v1/offices", s.openOffice), post("/v1/officers", s.appointOfficer),
		post("/v1/officers/:id/capacities", s.grantCapacity), post("/v1/officers/:id/withdrawals", s.withdrawCapacity),
		post("/v1/officers/:id/keys", s.registerKey), post("/v1/officers/:id/revocations", s.revokeKey),

		get("/v1/rulebooks", s.listRulebooks), get("/v1/rulebooks/:id", s.getRulebook), get("/v1/rulebooks/:id/source", s.getRulebookSource, "hash"),
		{method: http.MethodPost, path: "/v1/rulebooks", query: []string{"lowers"}, handle: s.proposeRulebook, body: maxSourceBody},
		{method: http.MethodPost, path: "/v1/rulebook-checks", handle: s.checkRulebook, body: maxSourceBody},
		{method: http.MethodPost, path: "/v1/rulebook-comparisons", handle: s.compareRulebook, body: maxSourceBody},
		get("/v1/shipped-rulebooks", s.listShippedRulebooks), get("/v1/shipped-rulebooks/:id/source", s.getShippedRulebook),

		get("/v1/imports", s.listImports, "office", "programme", "status", "cursor", "limit"), get("/v1/imports/:id", s.getImport),
		get("/v1/imports/:id/rows", s.listRows, "scope", "cursor", "limit"), get("/v1/imports/:id/refused-rows", s.listRefusedRows, "cursor", "limit"),
		{
			method: http.MethodPost, path: "/v1/imports", handle: s.addImport, body: maxFileBody,
			query: []string{"programme", "office", "kind", "commit", "accept-good", "file-name", "sheet", "encoding"},
		},
		post("/v1/imports/:id/withdrawals", s.withdrawImport), get("/v1/import-templates/:kind", s.getImportTemplate),

		get("/v1/cases", s.listCases, "office", "programme", "person", "status", "cursor", "limit"), get("/v1/cases/:id", s.getCase),
		post("/v1/cases", s.openCase, "dry-run"), post("/v1/cases/:id/revisions", s.reviseCase), post("/v1/cases/:id/withdrawals", s.withdrawCase),

		get("/v1/payruns", s.listPayruns, "programme", "office", "period", "status", "cursor", "limit"), get("/v1/payruns/:id", s.getPayrun),
		get("/v1/payruns/:id/lines", s.listLines, "names", "cursor", "limit"), get("/v1/payruns/:id/held", s.listHeld),
		post("/v1/payruns", s.openPayrun), post("/v1/payruns/:id/preparations", s.preparePayrun), post("/v1/payruns/:id/rechecks", s.recheckPayrun),
		post("/v1/payruns/:id/cancellations", s.cancelPayrun), post("/v1/payruns/:id/stops", s.stopLine),

		post("/v1/instructions", s.instruct), post("/v1/payruns/:id/settlements", s.settlePayrun), get("/v1/payruns/:id/reconciliation", s.getReconciliation),
		get("/v1/payruns/:id/instruction-lines", s.listInstructionLines, "status", "disputed", "cursor", "limit"),
		get("/v1/bank-formats", s.listBankFormats), get("/v1/bankfiles", s.listBankFiles, "finance", "direction", "status", "run", "cursor", "limit"),
		get("/v1/bankfiles/:id", s.getBankFile), get("/v1/bankfiles/:id/lines", s.listBankLines, "cursor", "limit"),
		{method: http.MethodPost, path: "/v1/bankfiles", handle: s.addBankFile, body: maxFileBody, query: []string{"format", "received-on", "file-name", "commit"}},
		post("/v1/bankfiles/:id/classifications", s.classifyBankFile), post("/v1/bankfiles/:id/refusals", s.refuseBankFile), post("/v1/bankfiles/:id/exports", s.exportBankFile),

		get("/v1/recoveries", s.listRecoveries, "person", "programme", "office", "all", "cursor", "limit"), get("/v1/recoveries/:id", s.getRecovery),
		post("/v1/recoveries/:id/refunds", s.addRefund),

		get("/v1/funds", s.listFunds, "finance", "programme", "year"), get("/v1/funds/:id", s.getFund),
		post("/v1/appropriations", s.appropriate), post("/v1/funds/:id/receipts", s.moveMoney((*ledger.Ledger).ReceiveFund)),
		post("/v1/funds/:id/recoveries", s.moveMoney((*ledger.Ledger).RecoverFund)), post("/v1/funds/:id/repayments", s.moveMoney((*ledger.Ledger).ReturnFund)),
		post("/v1/funds/:id/closures", s.closeFund), post("/v1/payruns/:id/commitments", s.commitMoney), post("/v1/payruns/:id/commitment-releases", s.freeMoney),
		get("/v1/fund-requests", s.listFundRequests, "run", "fund", "office", "status", "cursor", "limit"), get("/v1/fund-requests/:id", s.getFundRequest),
		post("/v1/fund-requests", s.requestFund),

		get("/v1/statements", s.getStatement, "subject", "action", "scope", "opinion", "outcome", "key"), post("/v1/statements", s.draftGrant), post("/v1/signings", s.signMany),
		get("/v1/work-list", s.getWorkList),

		get("/v1/roll", s.getRoll, "programme", "office", "village", "person", "as-of", "known-at", "names", "cursor", "limit"),
		get("/v1/roll/comparison", s.compareRoll, "programme", "office", "village", "person", "as-of", "known-at", "compare"),
		get("/v1/months", s.listMonths, "finance"), get("/v1/months/:finance/:month", s.getMonth, "at"),
		get("/v1/accounting/:finance/:period", s.getAccounting, "format", "known-at"),
		get("/v1/reports", s.listReports), get("/v1/reports/:kind", s.getReport, "programme", "office", "village", "period", "as-of", "known-at", "run", "request", "finance", "format"),
		get("/v1/exceptions", s.listExceptions), get("/v1/exceptions/:test", s.runException, "programme", "office", "as-of", "known-at", "days"),
		get("/v1/exception-samples", s.drawSample, "finance", "programme", "office", "confidence", "tolerable", "known-at"),
		get("/v1/totals", s.getTotals, "period", "programme", "office"),
		get("/v1/people/:id", s.getPerson), get("/v1/people/:id/timeline", s.getTimeline, "known-at"),
		post("/v1/people/searches", s.findPeople), post("/v1/people/:id/disclosures", s.disclosePerson),

		post("/v1/views/rebuilds", s.rebuildViews), post("/v1/store/checks", s.checkStore),

		get("/v1/jobs/:id", s.getJob), {method: http.MethodGet, path: "/v1/jobs/:id/events", stream: s.streamJob},
	}
	for _, signed := range []struct {
		noun string
		kind ledger.SubjectKind
	}{
		{"cases", ledger.CaseSubject}, {"imports", ledger.ImportSubject}, {"payruns", ledger.PayrunSubject}, {"rulebooks", ledger.RulebookSubject},
		{"fund-requests", ledger.FundSubject},
	} {
		path := "/v1/" + signed.noun + "/:id/"
		all = append(all, s.signRoutes(path, signed.kind)...)
	}
	const month = "/v1/months/:finance/:month/"
	all = append(all, s.signRoutes(month, ledger.MonthSubject)...)
	return append(all, s.signRoutes(month+"reopening/", ledger.MonthReopenSubject)...)
}

// signRoutes are the three ways of signing a subject.
func (s *Server) signRoutes(path string, kind ledger.SubjectKind) []route {
	post := func(path string, h handler) route {
		return route{method: http.MethodPost, path: path, handle: h, body: maxBody}
	}
	return []route{post(path+"submissions", s.submissions(kind)), post(path+"sign-offs", s.signOffs(kind)), post(path+"returns", s.returns(kind))}
}
