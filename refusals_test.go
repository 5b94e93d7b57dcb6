package almoner_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The catalogue of every "no": docs/refusals.md is written from the source, so that it can neither forget one nor keep one
// that is gone. `go test -run TestRefusals . -update` writes it anew.

var update = flag.Bool("update", false, "write the generated part of docs/refusals.md anew")

const (
	refusalsDoc   = "docs/refusals.md"
	refusalsBegin = "<!-- refusals: written by refusals_test.go from the source; do not edit -->"
	refusalsEnd   = "<!-- end of refusals -->"
)

// refusal is one place in the source that says no, or warns of a row of a list.
type refusal struct {
	rule, kind string // kind: one of domain's, or row, or warning
	what, next string // as said, with … for what is filled in
	path       string
}

// maker is a function that makes a refusal out of its arguments. Where an argument is below 0 it has none: the kind is
// then fixed, and the next step follows in WithNext or, for a row, is in the call.
type maker struct {
	folders                []string // where it is known; all where empty
	qualifier              string   // what stands before the name: "domain" for domain.Refuse, "*" for any method's receiver
	name                   string
	prefix, fixed          string
	kind, rule, what, next int
}

func makers() []maker {
	return []maker{
		{qualifier: "domain", name: "Refuse", kind: 0, rule: 1, what: 2, next: -1},
		{folders: []string{"domain"}, name: "Refuse", kind: 0, rule: 1, what: 2, next: -1},
		{folders: []string{"api"}, name: "refuse", kind: 0, rule: 1, what: 2, next: -1},
		{folders: []string{"domain/beneficiary"}, name: "invalid", prefix: "beneficiary.", fixed: "Invalid", kind: -1, rule: 0, what: 2, next: 1},
		{folders: []string{"domain/beneficiary"}, name: "refusePlan", prefix: "beneficiary.", fixed: "Invalid", kind: -1, rule: 0, what: 2, next: 1},
		{folders: []string{"ledger/rosterfile"}, name: "refuse", fixed: "Invalid", kind: -1, rule: 0, what: 2, next: 1},
		{folders: []string{"ledger/rosterfile"}, qualifier: "*", name: "report", kind: 3, rule: 2, what: 4, next: 5},
		{folders: []string{"ledger/rosterfile"}, qualifier: "*", name: "problem", fixed: "Error", kind: -1, rule: 1, what: 2, next: 3},
		{folders: []string{"ledger/rosterfile"}, qualifier: "*", name: "reportCell", fixed: "Error", kind: -1, rule: 1, what: 2, next: 3},
		{folders: []string{"ledger/rosterfile"}, name: "fault", fixed: "Error", kind: -1, rule: 0, what: 1, next: 2}, // a literal of the type
		{folders: []string{"ledger"}, qualifier: "*", name: "fail", fixed: "Error", kind: -1, rule: 0, what: 1, next: 2},
		{folders: []string{"ledger"}, qualifier: "*", name: "warn", fixed: "Warning", kind: -1, rule: 0, what: 1, next: 2},
	}
}

// relays hand on a rule that somebody else named; they make none of their own.
var relays = map[string]struct {
	times int
	why   string
}{
	"domain/beneficiary/decide.go":   {1, "invalid, whose callers are read"},
	"domain/beneficiary/recovery.go": {1, "refusePlan, whose callers are read"},
	"api/request.go":                 {1, "refuse, whose callers are read"},
	"ledger/proposal_cells.go":       {1, "fail and warn, whose callers are read, and the rule of a decision that said no"},
	"ledger/imports_notes.go":        {2, "what was told of a row keeps its rule where it is stored and where it is read again"},
	"ledger/rosterfile/builder.go":   {4, "fault, problem, report and reportCell, whose callers are read"},
	"ledger/rosterfile/problem.go":   {2, "refuse, whose callers are read, and the rule of a file's first problem"},
	"ledger/cases.go":                {1, "a form is refused by the rule of its first problem"},
	"domain/errors.go":               {1, "Refuse itself"},
	"ledger/rosterfile/person.go":    {1, "a doubt about an account keeps its rule, with import. before it"},
	"ledger/bankfile/problem.go":     {1, "problem, whose rules are those of the table there"},
	"ledger/instruct.go":             {1, "what a layout cannot carry keeps the rule of the problem found while writing"},
	"api/bankfiles.go":               {1, "a file that cannot be read is shown with the rule of its first problem"},
	"cmd/almoner/bankfileshow.go":    {1, "a file that cannot be read is shown with the rule of its first problem"},
	"ledger/imports_rows.go":         {1, "a row is refused by the rule of the decision that said no"},
}

// withoutNext are refusals that name no next step, each with the reason why that stands. It only shrinks.
var withoutNext = map[string]string{
	"import.value": "a value that is refused without a rule, which its own test prevents",
}

// severalKinds are rules whose kind differs from place to place, each with the reason. It only shrinks: a new rule has one kind.
var severalKinds = map[string]string{
	"import.same-file":        "withdrawn too often is a rule's no, the same file at work elsewhere is a conflict",
	"ledger.root-statement":   "a statement that cannot be read is invalid, one about something else a conflict",
	"office.not-open":         "not yet open when it changes is a conflict, on the day of an appointment a rule's no",
	"office.parent":           "itself as parent is invalid, an unknown parent is not found",
	"officer.grant-statement": "a statement that cannot be read is invalid, one about something else a conflict",
	"officer.key-revoked":     "signing with it is forbidden, registering it again a conflict",
	"officer.left":            "acting is forbidden, being granted something a conflict",
	"officer.no-capacity":     "acting without it is forbidden, withdrawing one that was never held finds nothing",
	"officer.no-key":          "signing without it is forbidden, revoking one that was never registered finds nothing",
	"officer.possession":      "a proof of something else is invalid, a proof by another key forbidden",
	"payrun.draw-twice":       "within one page the input is invalid, across pages it conflicts with what is listed",
	"signing.statement":       "a statement that cannot be read is invalid, one about something else a conflict",
	"signing.subject":         "a statement that cannot be read is invalid, one about something else a conflict",
}

// withoutRule are Chinese words for a rule that nothing refuses by any more. It only shrinks.
var withoutRule = map[string]string{}

// kindNames are the kinds in their words.
var kindNames = map[string]string{
	"Invalid": "invalid", "NotFound": "not-found", "Conflict": "conflict", "Forbidden": "forbidden", "Refused": "refused", "Error": "row", "Warning": "warning",
}

// reader collects the refusals of the source.
type reader struct {
	t      *testing.T
	source source
	texts  map[string]ast.Expr // constants and variables of the folder, by name, last one wins
	parent map[ast.Node]ast.Node
	all    []refusal

	relayed map[string]int // files that handed on a rule
}

func readRefusals(t *testing.T) (found []refusal, relayed map[string]int) {
	t.Helper()
	all := sources(t, false)
	texts := map[string]map[string]ast.Expr{}
	for _, s := range all {
		if texts[s.folder] == nil {
			texts[s.folder] = map[string]ast.Expr{}
		}
		namesIn(s.file, texts[s.folder])
	}
	relayed = map[string]int{}
	for _, s := range all {
		r := &reader{t: t, relayed: relayed, source: s, texts: maps.Clone(texts[s.folder]), parent: map[ast.Node]ast.Node{}}
		namesIn(s.file, r.texts)
		r.read()
		found = append(found, r.all...)
	}
	slices.SortFunc(found, func(a, b refusal) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.kind, b.kind), cmp.Compare(a.what, b.what), cmp.Compare(a.next, b.next), cmp.Compare(a.path, b.path))
	})
	return slices.Compact(found), relayed
}

// namesIn notes what a file's names stand for.
func namesIn(f *ast.File, texts map[string]ast.Expr) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ValueSpec:
			for i, name := range x.Names {
				if i < len(x.Values) {
					texts[name.Name] = x.Values[i]
				}
			}
		case *ast.AssignStmt:
			for i, left := range x.Lhs {
				if name, ok := left.(*ast.Ident); ok && len(x.Lhs) == len(x.Rhs) {
					texts[name.Name] = x.Rhs[i]
				}
			}
		}
		return true
	})
}

func (r *reader) read() {
	var stack []ast.Node
	ast.Inspect(r.source.file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		if len(stack) > 0 {
			r.parent[n] = stack[len(stack)-1]
		}
		stack = append(stack, n)
		return true
	})
	ast.Inspect(r.source.file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			if m, ok := r.makerOf(x.Fun); ok {
				r.add(m, x.Args, x)
			}
		case *ast.CompositeLit:
			r.literal(x)
		case *ast.BlockStmt:
			r.assigned(x.List)
		}
		return true
	})
}

func (r *reader) makerOf(fun ast.Expr) (maker, bool) {
	qualifier, name := "", ""
	switch f := fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name, qualifier = f.Sel.Name, "*"
		if x, ok := f.X.(*ast.Ident); ok && x.Name == "domain" {
			qualifier = "domain"
		}
	}
	i := slices.IndexFunc(makers(), func(m maker) bool {
		return m.name == name && m.qualifier == qualifier && (len(m.folders) == 0 || slices.Contains(m.folders, r.source.folder))
	})
	if i < 0 {
		return maker{}, false
	}
	return makers()[i], true
}

func (r *reader) add(m maker, args []ast.Expr, call ast.Node) {
	if len(args) <= max(m.rule, m.what) {
		return // another function of that name
	}
	rule := r.text(args[m.rule])
	if strings.Contains(rule, "…") || rule == "" {
		r.relay()
		return
	}
	kind := m.fixed
	if m.kind >= 0 {
		kind = nameOf(args[m.kind])
	}
	next := ""
	if m.next >= 0 {
		next = r.text(args[m.next])
	} else {
		next = r.nextOf(call)
	}
	r.found(m.prefix+rule, kind, r.text(args[m.what]), next)
}

// relay notes a rule that cannot be read where it is used.
func (r *reader) relay() {
	if _, ok := relays[r.source.path]; !ok {
		r.t.Errorf("%s makes a refusal whose rule cannot be read: name the rule there, or list the function among the makers", r.source.path)
	}
	r.relayed[r.source.path]++
}

func (r *reader) found(rule, kind, what, next string) {
	word, ok := kindNames[kind]
	if !ok {
		word = "varies" // a parameter
	}
	r.all = append(r.all, refusal{rule, word, what, next, r.source.path})
}

// nextOf is the text of the WithNext that a refusal is followed by, directly or, for one that is kept in a variable, later.
func (r *reader) nextOf(call ast.Node) string {
	if sel, ok := r.parent[call].(*ast.SelectorExpr); ok && sel.Sel.Name == "WithNext" {
		return r.text(r.parent[sel].(*ast.CallExpr).Args[0])
	}
	assign, ok := r.parent[call].(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 {
		return ""
	}
	next, name := "", nameOf(assign.Lhs[0])
	ast.Inspect(r.parent[assign], func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			if sel, ok := c.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "WithNext" && nameOf(sel.X) == name {
				next = r.text(c.Args[0])
			}
		}
		return true
	})
	return next
}

func nameOf(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

var verbs = regexp.MustCompile(`%[-+# 0]*[0-9.]*[a-zA-Z]`)

// text is what an expression says, with … for what only the running program knows.
func (r *reader) text(e ast.Expr) string { return r.textTo(e, 4) }

func (r *reader) textTo(e ast.Expr, depth int) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(x.Value); err == nil && x.Kind == token.STRING {
			return strings.ReplaceAll(verbs.ReplaceAllString(s, "…"), "%%", "%")
		}
	case *ast.BinaryExpr:
		return strings.ReplaceAll(r.textTo(x.X, depth)+r.textTo(x.Y, depth), "……", "…")
	case *ast.CallExpr:
		if nameOf(x.Fun) == "Sprintf" {
			return r.textTo(x.Args[0], depth)
		}
	case *ast.Ident:
		if known, ok := r.texts[x.Name]; ok && depth > 0 {
			return r.textTo(known, depth-1)
		}
	}
	return "…"
}

// literal reads what is written as a literal: a problem of a row, or a refusal.
func (r *reader) literal(x *ast.CompositeLit) {
	if m, ok := r.makerOf(x.Type); ok && m.name == "fault" && len(x.Elts) == 3 {
		r.add(m, x.Elts, x)
		return
	}
	if array, ok := x.Type.(*ast.ArrayType); ok && nameOf(array.Elt) == "ruleSpec" {
		for _, row := range x.Elts { // {rule, severity, what, next, in English}
			spec := row.(*ast.CompositeLit).Elts
			r.found(r.text(spec[0]), nameOf(spec[1]), r.text(spec[2]), r.text(spec[3]))
		}
		return
	}
	if !slices.Contains([]string{"Problem", "RefusedError"}, nameOf(x.Type)) {
		return
	}
	fields := map[string]ast.Expr{}
	for _, e := range x.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			fields[nameOf(pair.Key)] = pair.Value
		}
	}
	if block, ok := r.parent[r.parent[x]].(*ast.BlockStmt); ok { // said in the lines that follow
		for name, value := range fieldsSet(block.List) {
			if fields[name] == nil {
				fields[name] = value
			}
		}
	}
	r.problem(fields)
}

// assigned reads a problem whose rule is set after it was begun.
func (r *reader) assigned(list []ast.Stmt) {
	if fields := fieldsSet(list); fields["Rule"] != nil {
		r.problem(fields)
	}
}

func fieldsSet(list []ast.Stmt) map[string]ast.Expr {
	fields := map[string]ast.Expr{}
	for _, statement := range list {
		assign, ok := statement.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != len(assign.Rhs) {
			continue
		}
		for i, left := range assign.Lhs {
			if sel, ok := left.(*ast.SelectorExpr); ok && slices.Contains([]string{"Rule", "Message", "Remedy", "Severity"}, sel.Sel.Name) {
				fields[sel.Sel.Name] = assign.Rhs[i]
			}
		}
	}
	return fields
}

func (r *reader) problem(fields map[string]ast.Expr) {
	rule := fields["Rule"]
	if rule == nil {
		return
	}
	if strings.Contains(r.text(rule), "…") {
		r.relay()
		return
	}
	kind := "Error"
	if severity := fields["Severity"]; severity != nil {
		kind = nameOf(severity)
	}
	if fields["Kind"] != nil {
		kind = nameOf(fields["Kind"])
	}
	said := func(names ...string) string {
		name := names[0]
		if fields[name] == nil {
			name = names[1]
		}
		if fields[name] == nil {
			return ""
		}
		return r.text(fields[name])
	}
	r.found(r.text(rule), kind, said("Message", "Detail"), said("Remedy", "Next"))
}

// inChinese reads what the program says in Chinese for a rule: the table of the command line, and the words for lists.
func inChinese(t *testing.T) map[string]string {
	said := map[string]string{}
	quoted := func(e ast.Expr) string {
		lit, ok := e.(*ast.BasicLit)
		if !ok {
			return ""
		}
		s, err := strconv.Unquote(lit.Value)
		require.NoError(t, err)
		return s
	}
	sentence := func(what, next string) string {
		return strings.TrimSuffix(what, "。") + "。" + strings.TrimSuffix(next, "。") + "。"
	}
	for _, s := range sources(t, false) {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || !slices.Contains([]string{"chineseRefusals", "refusalText", "rulebookText"}, f.Name.Name) {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.KeyValueExpr:
					if pair, ok := x.Value.(*ast.CompositeLit); ok && len(pair.Elts) == 2 {
						said[quoted(x.Key)] = sentence(quoted(pair.Elts[0]), quoted(pair.Elts[1]))
					}
				case *ast.CaseClause:
					answer, ok := x.Body[0].(*ast.ReturnStmt)
					for _, rule := range x.List {
						if ok && said[quoted(rule)] == "" {
							said[quoted(rule)] = sentence(quoted(answer.Results[0]), quoted(answer.Results[1]))
						}
					}
				}
				return true
			})
		}
	}
	return said
}

var ruleForm = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$`)

func TestRefusalsAreWellFormed(t *testing.T) {
	found, relayed := readRefusals(t)
	require.Greater(t, len(found), 400, "the source was read")
	kinds := map[string]string{}
	used, several := map[string]bool{}, map[string]bool{}
	for _, f := range found {
		require.Regexpf(t, ruleForm, f.rule, "%s: a rule is noun.words-with-hyphens", f.path)
		if f.next == "" {
			used[f.rule] = true
			if _, excused := withoutNext[f.rule]; !excused {
				t.Errorf("%s: %s has no next step: say WithNext what the person can do (%s)", f.path, f.rule, f.what)
			}
		}
		if f.kind == "row" || f.kind == "warning" || f.kind == "varies" {
			continue
		}
		if other, ok := kinds[f.rule]; ok && other != f.kind {
			several[f.rule] = true
			if _, excused := severalKinds[f.rule]; !excused {
				t.Errorf("%s: %s is %s here and %s elsewhere; one rule has one kind", f.path, f.rule, f.kind, other)
			}
		}
		kinds[f.rule] = f.kind
	}
	for path, relay := range relays {
		require.NotEmpty(t, relay.why, path)
		require.Equalf(t, relay.times, relayed[path], "%s hands on rules that cannot be read there, as often as relays says", path)
	}
	for rule, why := range withoutNext {
		require.NotEmpty(t, why, rule)
		require.Truef(t, used[rule], "%s has a next step now: take it from withoutNext", rule)
	}
	for rule, why := range severalKinds {
		require.NotEmpty(t, why, rule)
		require.Truef(t, several[rule], "%s has one kind now: take it from severalKinds", rule)
	}
	said := inChinese(t)
	for rule := range said {
		refused := slices.ContainsFunc(found, func(f refusal) bool { return f.rule == rule })
		_, excused := withoutRule[rule]
		require.Truef(t, refused != excused, "%s has Chinese words: refused by it: %v, listed in withoutRule: %v", rule, refused, excused)
	}
	for rule := range withoutRule {
		require.Containsf(t, said, rule, "%s has no Chinese words now: take it from withoutRule", rule)
	}
}

func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s)
}

func catalogue(found []refusal, said map[string]string) string {
	var b strings.Builder
	noun := ""
	for i := 0; i < len(found); {
		f := found[i]
		var paths []string // of the same words said in several places
		for ; i < len(found) && found[i].rule == f.rule && found[i].kind == f.kind && found[i].what == f.what && found[i].next == f.next; i++ {
			paths = append(paths, "`"+found[i].path+"`")
		}
		if n, _, _ := strings.Cut(f.rule, "."); n != noun {
			noun = n
			fmt.Fprintf(&b, "\n### %s\n\n| rule | kind | what is said | next step | in Chinese | where |\n|---|---|---|---|---|---|\n", noun)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", f.rule, f.kind, cell(f.what), cell(f.next), cell(said[f.rule]), strings.Join(paths, " "))
	}
	return b.String()
}

// TestRefusalsCatalogue holds docs/refusals.md to the source.
func TestRefusalsCatalogue(t *testing.T) {
	page, err := os.ReadFile(refusalsDoc)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(page), refusalsBegin)
	require.True(t, ok, "%s lost the mark where the refusals begin", refusalsDoc)
	_, after, ok := strings.Cut(rest, refusalsEnd)
	require.True(t, ok, "%s lost the mark where the refusals end", refusalsDoc)
	found, _ := readRefusals(t)
	want := before + refusalsBegin + "\n" + catalogue(found, inChinese(t)) + "\n" + refusalsEnd + after
	if *update || os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(refusalsDoc, []byte(want), 0o644))
	}
	page, err = os.ReadFile(refusalsDoc)
	require.NoError(t, err)
	require.True(t, want == string(page), "%s differs from the source: write it with UPDATE=1 go test -run TestRefusals .", refusalsDoc)
}
