package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// mutant is one change of one file: the bytes from off to end become text.
type mutant struct {
	file     string // as it was named to find
	line     int
	off, end int
	text     string
	what     string // for people: the change and the source it changes

	// What is written before and after the bytes, so that the change happens only while mutantIs(the number of the mutant)
	// is true. The first %d is the number. Empty for a change that cannot be made at run time.
	before, after string
}

func (m mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.file, m.line, m.what) }

// apply returns the source with the change made.
func (m mutant) apply(src []byte) []byte {
	return slices.Concat(src[:m.off], []byte(m.text), src[m.end:])
}

// negations and boundaries are the comparisons that take the place of another; opposites are other operators.
var (
	negations = map[token.Token]token.Token{
		token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR,
	}
	boundaries = map[token.Token]token.Token{token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR}
	opposites  = map[token.Token]token.Token{
		token.ADD: token.SUB, token.SUB: token.ADD, token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN, token.INC: token.DEC, token.DEC: token.INC,
	}
)

// find returns the mutants of one file in the order of its source, an outer one before those inside it. It fails only if
// src is not Go.
func find(file string, src []byte) ([]mutant, error) {
	f := finder{file: file, src: src, set: token.NewFileSet(), weaker: map[ast.Node]bool{}, fixed: map[ast.Node]bool{}}
	tree, err := parser.ParseFile(f.set, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	ast.Inspect(tree, func(n ast.Node) bool { f.visit(n); return true })
	slices.SortStableFunc(f.found, func(a, b mutant) int { return cmp.Compare(a.off, b.off) })
	return f.found, nil
}

type finder struct {
	file   string
	src    []byte
	set    *token.FileSet
	found  []mutant
	weaker map[ast.Node]bool // nodes whose own mutant would tell nothing new: see the package comment
	fixed  map[ast.Node]bool // statements that cannot stand inside an if
}

func (f *finder) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		f.body(n.Body)
	case *ast.FuncLit:
		f.body(n.Body)
	case *ast.IfStmt:
		f.fixed[n.Init] = true
		f.force(n.Cond, "true", "false")
		if len(n.Body.List) == 1 && n.Else == nil {
			f.weaker[n.Body.List[0]] = true
		}
	case *ast.ForStmt:
		f.fixed[n.Init], f.fixed[n.Post] = true, true
		f.force(n.Cond, "false")
	case *ast.SwitchStmt:
		f.fixed[n.Init] = true
		f.cases(n.Body, n.Tag == nil)
	case *ast.TypeSwitchStmt:
		f.fixed[n.Init] = true
		f.weaker[n.Assign] = true // not a statement of its own
		f.cases(n.Body, false)
	case *ast.BinaryExpr:
		f.compare(n)
		f.oppose(n, n.OpPos, n.Op)
		f.drop(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT && !f.weaker[n] {
			f.add(n, n, f.text(n.X), "! dropped", "(mutantIs(%d) != (", "))")
		}
	case *ast.IncDecStmt:
		f.oppose(n, n.TokPos, n.Tok)
		f.remove(n)
	case *ast.AssignStmt:
		f.oppose(n, n.TokPos, n.Tok)
		if n.Tok != token.DEFINE {
			f.remove(n)
		}
	case *ast.ExprStmt, *ast.ReturnStmt, *ast.BranchStmt, *ast.DeferStmt:
		f.remove(n)
	}
}

// body notes which returns of a function can go. The last cannot: the function would not compile, or would return all the
// same. Where there is none at the end, the compiler has to say of each whether the function still ends.
func (f *finder) body(body *ast.BlockStmt) {
	if body == nil || len(body.List) == 0 {
		return
	}
	if last, ok := body.List[len(body.List)-1].(*ast.ReturnStmt); ok {
		f.weaker[last] = true
		return
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			f.fixed[r] = true
		}
		return true
	})
}

// force makes a condition constant. The condition still stands, so that what it names stays used.
func (f *finder) force(cond ast.Expr, values ...string) {
	if cond == nil {
		return
	}
	f.weaker[ast.Unparen(cond)] = true
	for _, value := range values {
		f.constant(cond, cond, value, "condition forced "+value)
	}
}

// constant makes an expression inside n true or false.
func (f *finder) constant(n ast.Node, e ast.Expr, value, what string) {
	constants := map[string]string{"true": "mutantIs(%d) || (", "false": "!mutantIs(%d) && ("}
	texts := map[string]string{"true": "true || (", "false": "false && ("}
	f.add(n, e, "("+texts[value]+f.text(e)+"))", what, "("+constants[value], "))")
}

// drop takes each operand of && or || as if it were not there: true beside &&, false beside ||.
func (f *finder) drop(n *ast.BinaryExpr) {
	neutral, ok := map[token.Token]string{token.LAND: "true", token.LOR: "false"}[n.Op]
	if !ok {
		return
	}
	for _, operand := range []ast.Expr{n.X, n.Y} {
		if b, ok := operand.(*ast.BinaryExpr); ok && b.Op == n.Op {
			continue // a chain: its operands are dropped one by one
		}
		f.weaker[ast.Unparen(operand)] = true
		f.constant(n, operand, neutral, "operand "+first(f.text(operand))+" dropped")
	}
}

// compare negates a comparison and moves it over its boundary: a <= b is a < b, or else a == b.
func (f *finder) compare(n *ast.BinaryExpr) {
	if to, ok := negations[n.Op]; ok && !f.weaker[n] {
		f.add(n, n, f.with(n, n.OpPos, n.Op, to), n.Op.String()+" becomes "+to.String(), "(mutantIs(%d) != (", "))")
	}
	if to, ok := boundaries[n.Op]; ok {
		equal := "(" + f.text(n.X) + ") == (" + f.text(n.Y) + ")"
		f.add(n, n, f.with(n, n.OpPos, n.Op, to), n.Op.String()+" becomes "+to.String(), "((mutantIs(%d) && "+equal+") != (", "))")
	}
}

// oppose turns + into -. Whether n adds numbers or joins strings, only the compiler knows.
func (f *finder) oppose(n ast.Node, at token.Pos, op token.Token) {
	if to, ok := opposites[op]; ok {
		f.add(n, n, f.with(n, at, op, to), op.String()+" becomes "+to.String(), "", "")
	}
}

// cases removes the cases of a switch. In a switch without a tag the conditions are forced, and a case with one condition
// is gone when that is false.
func (f *finder) cases(body *ast.BlockStmt, conditions bool) {
	for _, s := range body.List {
		c := s.(*ast.CaseClause)
		if conditions {
			for _, cond := range c.List {
				f.force(cond, "true", "false")
			}
		}
		if !conditions || len(c.List) != 1 {
			f.add(c, c, "", "case removed", "", "")
		}
	}
}

func (f *finder) remove(n ast.Node) {
	branch, ok := n.(*ast.BranchStmt)
	switch {
	case f.weaker[n]:
	case f.fixed[n] || ok && branch.Tok == token.FALLTHROUGH:
		f.add(n, n, "", "deleted", "", "")
	default:
		f.add(n, n, "", "deleted", "if !mutantIs(%d) { ", " }")
	}
}

// add notes that a part of n becomes text.
func (f *finder) add(n, part ast.Node, text, what, before, after string) {
	from := f.set.Position(part.Pos())
	f.found = append(f.found, mutant{
		file: f.file, line: from.Line, off: from.Offset, end: f.set.Position(part.End()).Offset,
		text: text, what: what + ": " + first(f.text(n)), before: before, after: after,
	})
}

func (f *finder) text(n ast.Node) string { return f.between(n.Pos(), n.End()) }

func (f *finder) between(from, to token.Pos) string {
	return string(f.src[f.set.Position(from).Offset:f.set.Position(to).Offset])
}

// with is the text of n with another operator.
func (f *finder) with(n ast.Node, at token.Pos, op, to token.Token) string {
	return f.between(n.Pos(), at) + to.String() + f.between(at+token.Pos(len(op.String())), n.End())
}

// first is the first line of a piece of source, enough to recognise it.
func first(text string) string {
	line, _, more := strings.Cut(text, "\n")
	if more {
		line += " …"
	}
	return line
}

// switched returns a file's source with all its mutants that can be switched in it, each under its number. mutants are in
// the order of find; those of other files are passed over.
func switched(file string, src []byte, mutants []mutant) []byte {
	opens, closes := map[int]string{}, map[int]string{}
	for i, m := range mutants {
		if m.file == file && m.before != "" {
			opens[m.off] += strings.Replace(m.before, "%d", strconv.Itoa(i+1), 1)
			closes[m.end] = m.after + closes[m.end] // what began last ends first
		}
	}
	var out []byte
	for i := 0; i <= len(src); i++ {
		out = append(append(out, closes[i]...), opens[i]...)
		if i < len(src) {
			out = append(out, src[i])
		}
	}
	return out
}
