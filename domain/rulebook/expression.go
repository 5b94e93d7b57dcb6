package rulebook

import (
	"fmt"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"almoner/domain"
)

// The limits on one expression. They stop a mistake or a mischief long before it costs time; the longest shipped
// expression has about 200 characters and 40 nodes.
const (
	maxExpression     = 2_000 // characters
	maxExpressionNode = 300
	maxExpressionDeep = 30
	costLimit         = 10_000 // CEL cost units at run time
)

// allowed are the operators and the one function that an expression may use. There is no arithmetic: a comparison with a
// constant changes its answer only on days that can be listed (moments in qualify.go), and that is what makes the day of
// qualification exact.
var allowed = []string{
	operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.In,
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, "date",
}

var comparisons = []string{
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
}

// expression is a compiled CEL expression of type bool. It is safe for concurrent use.
type expression struct {
	text    string
	program cel.Program
	uses    []*variable // in order of first use
	ages    []int
	days    []domain.Date
}

// String is the text of the expression; empty for none.
func (x *expression) String() string {
	if x == nil {
		return ""
	}
	return x.text
}

// newEnvironment declares the variables and date(). The standard macros are cleared: without comprehensions every
// expression ends in time linear in its length.
func newEnvironment() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.ClearMacros(), cel.HomogeneousAggregateLiterals(),
		cel.ParserExpressionSizeLimit(maxExpression), cel.ExpressionNodeLimit(maxExpressionNode), cel.ParserRecursionLimit(maxExpressionDeep),
		cel.Function("date", cel.Overload("date_string", []*cel.Type{cel.StringType}, cel.TimestampType, cel.UnaryBinding(dateFunction))),
	}
	for _, v := range variables {
		options = append(options, cel.Variable(v.name, v.typ))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("make the CEL environment: %w", err)
	}
	return env, nil
}

// dateFunction is date("2016-01-01") in an expression.
func dateFunction(arg ref.Val) ref.Val {
	d, err := domain.ParseDate(string(arg.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return timestamp(d)
}

func dayInstant(d domain.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// compile checks and compiles one expression. Its errors say what is wrong with it and what is allowed.
func compile(env *cel.Env, text string) (*expression, error) {
	checked, issues := env.Compile(text)
	if err := issues.Err(); err != nil {
		return nil, fmt.Errorf("it does not compile: %w", err)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("it gives %v: want true or false", checked.OutputType())
	}
	x := &expression{text: text}
	if err := x.inspect(checked.NativeRep()); err != nil {
		return nil, err
	}
	program, err := env.Program(checked, cel.CostLimit(costLimit))
	if err != nil {
		return nil, fmt.Errorf("it cannot be planned: %w", err)
	}
	x.program = program
	return x, nil
}

// inspect walks the expression, refuses what is not allowed and collects its variables, ages and days.
func (x *expression) inspect(checked *ast.AST) error {
	var first error
	refuse := func(format string, args ...any) {
		if first == nil {
			first = fmt.Errorf(format, args...)
		}
	}
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.IdentKind:
			x.use(e.AsIdent())
		case ast.LiteralKind:
			switch value := e.AsLiteral().(type) {
			case types.Int:
				x.ages = append(x.ages, int(value))
			case types.Bool, types.String:
			default:
				refuse("%v is not allowed: use whole numbers, texts, true and false", value)
			}
		case ast.CallKind:
			if err := x.inspectCall(e.AsCall()); err != nil {
				refuse("%w", err)
			}
		case ast.ListKind:
		default:
			refuse("maps, messages and fields are not allowed: use the variables as they are")
		}
	}))
	return first
}

func (x *expression) inspectCall(call ast.CallExpr) error {
	name := call.FunctionName()
	switch {
	case !slices.Contains(allowed, name):
		return fmt.Errorf("%s is not allowed: use && || ! ?: == != < <= > >= in and date(\"2016-01-01\")", name)
	case name == "date":
		return x.inspectDate(call.Args()[0])
	case slices.Contains(comparisons, name) && !slices.ContainsFunc(call.Args(), constant):
		return fmt.Errorf("a comparison of two variables is not allowed: compare each with a constant")
	case slices.Contains(comparisons, name) || name == operators.In:
		return checkCodes(call.Args())
	}
	return nil
}

func (x *expression) inspectDate(arg ast.Expr) error {
	if arg.Kind() != ast.LiteralKind {
		return fmt.Errorf("date() takes a text such as date(\"2016-01-01\")")
	}
	text, _ := arg.AsLiteral().(types.String)
	d, err := domain.ParseDate(string(text))
	if err != nil {
		return fmt.Errorf("date(%q): %w", string(text), err)
	}
	x.days = append(x.days, d)
	return nil
}

// constant reports whether e is a literal or date(…).
func constant(e ast.Expr) bool {
	return e.Kind() == ast.LiteralKind || e.Kind() == ast.CallKind && e.AsCall().FunctionName() == "date"
}

// checkCodes refuses a comparison of a code with a text that is none of its values: it could never be true.
func checkCodes(args []ast.Expr) error {
	var codes []string
	for _, a := range args {
		if a.Kind() == ast.IdentKind {
			codes = variableNamed(a.AsIdent()).codes
		}
	}
	if codes == nil {
		return nil
	}
	var err error
	for _, a := range args {
		ast.PreOrderVisit(a, ast.NewExprVisitor(func(e ast.Expr) {
			if e.Kind() != ast.LiteralKind {
				return
			}
			if text, ok := e.AsLiteral().(types.String); ok && !slices.Contains(codes, string(text)) {
				err = fmt.Errorf("%q is no value of that variable: use one of %q", string(text), codes)
			}
		}))
	}
	return err
}

func (x *expression) use(name string) {
	v := variableNamed(name)
	if !slices.Contains(x.uses, v) {
		x.uses = append(x.uses, v)
	}
}

// verdict evaluates the expression for a view: Pass, Fail or Unsure when a fact that matters is not known.
func (x *expression) verdict(v view) (Verdict, error) {
	value, _, err := x.program.Eval(v)
	switch {
	case err != nil:
		return "", err
	case types.IsUnknown(value):
		return Unsure, nil
	case value == types.True:
		return Pass, nil
	}
	return Fail, nil
}

// missing names the variables used whose facts are not known.
func (x *expression) missing(v view) []string {
	var names []string
	for _, u := range x.uses {
		if u.value(v) == nil {
			names = append(names, u.name)
		}
	}
	return names
}

// values gives what the variables used were, as far as it may be shown.
func (x *expression) values(v view) map[string]string {
	all := map[string]string{}
	for _, u := range x.uses {
		if value := u.value(v); u.shown && value != nil {
			all[u.name] = fmt.Sprint(value.Value())
		}
	}
	return all
}

// factIDs lists the events behind the variables used, each once, in order of first use.
func (x *expression) factIDs(f *Facts) []string {
	var ids []string
	for _, u := range x.uses {
		if u.ids == nil {
			continue
		}
		for _, id := range u.ids(f) {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
