package api

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/ledger"
	layouts "almoner/ledger/bankfile"
	"almoner/projections"
)

// bankFileView is one file sent to a bank (代发文件) or received from one (回盘).
type bankFileView struct {
	ID         string          `json:"id"`
	Direction  string          `json:"direction"` // "sent" or "received"
	Finance    string          `json:"finance"`
	Status     string          `json:"status"`
	Done       bool            `json:"done"` // what follows from it stands with people and funds
	Format     string          `json:"format"`
	ReceivedOn string          `json:"receivedOn,omitempty"`
	Runs       []string        `json:"runs,omitempty"`
	Lines      int             `json:"lines"`
	Total      money           `json:"total"`
	Size       int64           `json:"size"`
	Classified int             `json:"classified"` // lines
	Classes    []bankClassView `json:"classes"`
	Findings   []ruleCount     `json:"findings"`         // what was wrong with the file, by rule
	Rule       string          `json:"rule,omitempty"`   // why it cannot be read
	Reason     string          `json:"reason,omitempty"` // of its refusal by the bank
	Proof      string          `json:"proof,omitempty"`
	OpenedAt   int64           `json:"openedAt"` // log index
}

type bankClassView struct {
	Class  string `json:"class"`
	Lines  int    `json:"lines"`
	Late   int    `json:"late"`
	Amount money  `json:"amount"`
}

type ruleCount struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
}

func viewClasses(sums []bankfile.ClassSum) []bankClassView {
	out := []bankClassView{}
	for _, s := range sums {
		if s.Lines > 0 {
			out = append(out, bankClassView{string(s.Class), s.Lines, s.Late, s.Amount})
		}
	}
	return out
}

func viewFindings(found []bankfile.Finding) []ruleCount {
	out := []ruleCount{}
	for _, f := range found {
		out = append(out, ruleCount{f.Rule, f.Count})
	}
	return out
}

func viewBankFile(f projections.BankFile) bankFileView {
	s := f.State
	v := bankFileView{ID: f.ID, Direction: f.Direction, Finance: f.Finance, Status: string(s.Status), Done: s.Done, Format: s.Format(), Classified: s.Lines,
		Classes: viewClasses(s.Classes), Findings: []ruleCount{}, OpenedAt: f.OpenedAt}
	v.Lines, v.Total = s.Declared()
	switch {
	case s.Sent != nil:
		v.Runs, v.Size = s.Sent.Runs, s.Sent.Size
	case s.Received != nil:
		v.ReceivedOn, v.Size = s.Received.ReceivedOn.String(), s.Received.Size
	}
	if s.Read != nil {
		v.Findings = viewFindings(s.Read.Findings)
	}
	if s.Unreadable != nil {
		v.Rule = s.Unreadable.Rule
	}
	if s.Refusal != nil {
		v.Reason, v.Proof = s.Refusal.Reason, s.Refusal.Proof
	}
	return v
}

// listBankFiles lists bank files, the last recorded first.
func (s *Server) listBankFiles(ctx context.Context, r *request) (response, error) {
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	all, err := s.views.BankFiles(ctx, projections.BankFileFilter{
		Finance: r.query.Get("finance"), Direction: r.query.Get("direction"), Status: r.query.Get("status"), Run: r.query.Get("run"),
	})
	if err != nil {
		return response{}, err
	}
	page, next := pageOf(all, func(f projections.BankFile) int64 { return f.OpenedAt }, after, limit)
	items := make([]bankFileView, len(page))
	var at int64
	for i, f := range page {
		items[i], at = viewBankFile(f), f.LogIndex
	}
	return response{Body: listed[bankFileView]{items}, Next: r.next(r.query, next), LogIndex: at}, nil
}

// getBankFile shows one bank file.
func (s *Server) getBankFile(ctx context.Context, r *request) (response, error) {
	revision, err := s.revision(ctx, bankfile.Stream(r.path("id")))
	if err != nil {
		return response{}, fmt.Errorf("revision of bank file %s: %w", r.path("id"), err)
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	f, err := s.views.BankFile(ctx, r.path("id"))
	if err != nil {
		return response{}, err
	}
	return response{Body: viewBankFile(f), ETag: etag(revision), LogIndex: f.LogIndex}, nil
}

// bankLineView is what one line of a received file came to.
type bankLineView struct {
	Line     int    `json:"line"`
	Class    string `json:"class"`
	Late     bool   `json:"late"`
	Amount   money  `json:"amount"` // as the file states it
	Reason   string `json:"reason,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Run      string `json:"run,omitempty"` // that it counts for
	RunLine  int    `json:"runLine,omitempty"`
	PayRef   string `json:"payRef,omitempty"`
	Result   string `json:"result,omitempty"`
	BookedOn string `json:"bookedOn,omitempty"`
	Dated    bool   `json:"dated"`  // the bank named the day
	Undraw   bool   `json:"undraw"` // the units of its draw are due again
	Overpaid money  `json:"overpaid"`
	GotBack  money  `json:"gotBack"`
}

// listBankLines lists the classified lines of a received file.
func (s *Server) listBankLines(ctx context.Context, r *request) (response, error) {
	limit, after, err := r.pageFrom()
	if err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	page, err := s.views.BankLines(ctx, r.path("id"), int(after), limit)
	if err != nil {
		return response{}, err
	}
	items := make([]bankLineView, len(page.Lines))
	for i, l := range page.Lines {
		items[i] = bankLineView{l.Line, string(l.Class), l.Late, l.Amount, l.Reason, l.Serial, l.Run, l.RunLine, l.PayRef, string(l.Result), dayText(l.BookedOn), l.Dated,
			l.Undraw, l.Overpaid, l.GotBack}
	}
	next := ""
	if page.Next > 0 {
		next = fmt.Sprint(page.Next)
	}
	return response{Body: listed[bankLineView]{items}, Next: r.next(r.query, next), LogIndex: page.LogIndex}, nil
}

// layoutView is a layout of bank files that comes with the program.
type layoutView struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Direction string `json:"direction"` // "out" or "back"
	Kind      string `json:"kind"`
	Answers   string `json:"answers,omitempty"`
	Basis     string `json:"basis"`
}

// listBankFormats lists the layouts that come with the program.
func (s *Server) listBankFormats(context.Context, *request) (response, error) {
	items := []layoutView{}
	for _, id := range layouts.ShippedIDs() {
		f, err := layouts.Shipped(id)
		if err != nil {
			return response{}, err
		}
		items = append(items, layoutView{id, f.Title(false), string(f.Direction()), string(f.Kind()), f.Answers(), f.Basis()})
	}
	return ok(listed[layoutView]{items}), nil
}

// receptionView is what a file from the bank holds, and what became of it.
type receptionView struct {
	ID       string          `json:"id,omitempty"`
	Seen     bool            `json:"seen"` // these bytes had been added before, under whatever name
	Status   string          `json:"status,omitempty"`
	Format   string          `json:"format"`
	Lines    int             `json:"lines"`
	Good     int             `json:"good"`
	Total    money           `json:"total"`
	Rule     string          `json:"rule,omitempty"` // why it cannot be read
	Reason   string          `json:"reason,omitempty"`
	Findings []ruleCount     `json:"findings"`
	Declared []declaredView  `json:"declared"` // what it states of itself and its lines do not bear out
	Problems []bankProblem   `json:"problems"` // the first 200
	Classes  []bankClassView `json:"classes"`
}

type declaredView struct {
	Field    string `json:"field"`
	Declared string `json:"declared"`
	Counted  string `json:"counted"`
}

type bankProblem struct {
	Line     int    `json:"line,omitempty"`
	Column   string `json:"column,omitempty"`
	Value    string `json:"value,omitempty"` // masked when personal
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Remedy   string `json:"remedy,omitempty"`
}

func viewReception(r ledger.Reception) receptionView {
	v := receptionView{
		ID: r.BankFile, Seen: r.Seen, Status: string(r.State.Status), Format: r.Reading.Format, Lines: r.Reading.Lines, Good: r.Reading.Good, Total: r.Reading.Total,
		Rule: r.Reading.Rule, Reason: r.Reading.Reason, Findings: viewFindings(r.Reading.Findings), Declared: []declaredView{}, Problems: []bankProblem{}, Classes: viewClasses(r.State.Classes),
	}
	if read := r.State.Read; read != nil {
		v.Format, v.Lines, v.Total, v.Findings = read.Format, read.Lines, read.Total, viewFindings(read.Findings)
	}
	for _, d := range r.Reading.Declared {
		v.Declared = append(v.Declared, declaredView{string(d.Field), d.Declared, d.Counted})
	}
	for _, p := range r.Reading.Problems {
		v.Problems = append(v.Problems, bankProblem{p.Line, p.Column, p.Value, p.Rule, string(p.Severity), p.Message, p.Remedy})
	}
	return v
}

// bankTypes are the media types of a bank's file. What it is, the layout tells.
func bankTypes() []string {
	return []string{"application/octet-stream", "text/csv", "text/plain", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
}

// addBankFile takes a file from a bank in: a dry run that writes nothing, or with commit=true the file, kept, read and
// classified.
func (s *Server) addBankFile(ctx context.Context, r *request) (response, error) {
	commit, err := r.flag("commit")
	if err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	media, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil || !slices.Contains(bankTypes(), media) {
		return response{}, refuse(domain.Invalid, "api.media-type", "the body is %.60q, which is no bank file", r.header.Get("Content-Type")).WithNext("send one of %v", bankTypes())
	}
	asked := ledger.ReceiveRequest{FileName: r.query.Get("file-name"), File: bytes.NewReader(r.body), Size: int64(len(r.body)), Format: r.query.Get("format")}
	if asked.FileName == "" {
		asked.FileName = "bank file"
	}
	if text := r.query.Get("received-on"); text != "" {
		if asked.ReceivedOn, err = domain.ParseDate(text); err != nil {
			return response{}, fmt.Errorf("parameter received-on: %w", err)
		}
	}
	if !commit {
		out, err := s.ledger.PlanReception(ctx, r.command(actor), asked, nil)
		return ok(viewReception(out)), err
	}
	out, err := s.ledger.AddBankFile(ctx, r.command(actor), asked, nil)
	if err != nil {
		return response{}, err
	}
	return s.bankFileMade(ctx, r, out)
}

// bankFileMade answers for a received file.
func (s *Server) bankFileMade(ctx context.Context, r *request, out ledger.Reception) (response, error) {
	s.replays.add(r.officer.Officer, r.key)
	revision, err := s.revision(ctx, bankfile.Stream(out.BankFile))
	if err != nil {
		return response{}, fmt.Errorf("revision of bank file %s: %w", out.BankFile, err)
	}
	status := http.StatusCreated
	if out.Seen {
		status = http.StatusOK
	}
	return response{Status: status, Location: "/v1/bankfiles/" + out.BankFile, ETag: etag(revision), Body: viewReception(out)}, nil
}

// layoutBody names a layout: by id, or its source.
type layoutBody struct {
	Format     string `json:"format"`
	Descriptor string `json:"descriptor"`
}

// classifyBankFile reads a kept file in a layout and classifies it.
func (s *Server) classifyBankFile(ctx context.Context, r *request) (response, error) {
	var body layoutBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	actor, err := s.basedOnFile(ctx, r)
	if err != nil {
		return response{}, err
	}
	out, err := s.ledger.ClassifyBankFile(ctx, r.command(actor), r.path("id"), body.Format, body.Descriptor, nil)
	if err != nil {
		return response{}, err
	}
	return s.bankFileMade(ctx, r, out)
}

// basedOnFile is who acts on a bank file as they read it.
func (s *Server) basedOnFile(ctx context.Context, r *request) (ledger.Actor, error) {
	actor, err := s.actor(r)
	if err != nil {
		return actor, err
	}
	_, err = s.unchangedStream(ctx, r, bankfile.Stream(r.path("id")), "bankfile:"+r.path("id"))
	if err != nil && isStale(err) && s.replays.has(actor.Officer, r.key) {
		err = nil
	}
	return actor, err
}

// refusalBody says how a bank refused a file whole.
type refusalBody struct {
	Reason string      `json:"reason"`
	Proof  string      `json:"proof"`
	Notice *noticeBody `json:"notice"`
}

type noticeBody struct {
	Commitment string `json:"commitment"`
	Held       string `json:"held"`
	Pages      int    `json:"pages"`
}

// refuseBankFile records that the bank refused a file whole.
func (s *Server) refuseBankFile(ctx context.Context, r *request) (response, error) {
	var body refusalBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	actor, err := s.basedOnFile(ctx, r)
	if err != nil {
		return response{}, err
	}
	command := r.command(actor)
	if n := body.Notice; n != nil {
		command.Evidence = []codec.Evidence{{Commitment: n.Commitment, Held: n.Held, Kind: "bank-notice", Pages: n.Pages}}
	}
	if _, err := s.ledger.RefuseWhole(ctx, command, r.path("id"), ledger.BankRefusal{Reason: body.Reason, Proof: body.Proof}); err != nil {
		return response{}, err
	}
	s.replays.add(actor.Officer, r.key)
	return s.getBankFile(ctx, r)
}

// purposeBody is why personal data are taken.
type purposeBody struct {
	Purpose string `json:"purpose"`
}

// exportBankFile hands out a bank file as it is kept; the trace is durable first.
func (s *Server) exportBankFile(ctx context.Context, r *request) (response, error) {
	var body purposeBody
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	actor, err := s.actor(r)
	if err != nil {
		return response{}, err
	}
	var content bytes.Buffer
	if _, err := s.ledger.ExportBankFile(ctx, r.command(actor), r.path("id"), body.Purpose, &content); err != nil {
		return response{}, err
	}
	return response{Text: content.Bytes(), Type: "application/octet-stream"}, nil
}
