package domain

import "fmt"

// Kind says what sort of "no" a refusal is. Every kind is itself an error, so that errors.Is(err, domain.Conflict) holds
// for any refusal of that kind, however deeply it is wrapped. Each outer layer maps kinds in one table: to HTTP statuses
// in one, to exit codes in another.
type Kind string

// The kinds, all of them. Invalid is input that can never be right as it stands; NotFound names something the ledger does
// not know; Conflict means that the caller's picture is out of date or that another fact stands in the way; Forbidden
// means that this officer may not; Refused means that a rule of the programme says no.
const (
	Invalid   Kind = "invalid"
	NotFound  Kind = "not-found"
	Conflict  Kind = "conflict"
	Forbidden Kind = "forbidden"
	Refused   Kind = "refused"
)

// Error makes a kind usable as the target of errors.Is.
func (k Kind) Error() string { return string(k) }

// RefusedError is a decision saying no: expected, safe to show to the person who asked, without internal detail and
// without personal data. Everything that is not a RefusedError is a fault, which only operators see.
//
// A function that may refuse MUST declare its result as error, never as *RefusedError: a nil *RefusedError stored in an
// error is not equal to nil, and the caller would read "yes" as "no". Hence Refuse never returns nil, and it is called
// only in a return statement of a function whose result type is error:
//
//	return nil, domain.Refuse(domain.Conflict, "payrun.step-order", "the next step is %v", next)
type RefusedError struct {
	Kind   Kind   // which sort of no
	Rule   string // stable id of the rule applied, such as "payrun.step-order"
	Detail string // one sentence for a person
	Next   string // what that person can do about it; empty when there is nothing to do
}

// Refuse returns the refusal of rule, with its detail formatted as by fmt.Sprintf. The result is never nil.
func Refuse(kind Kind, rule, format string, args ...any) *RefusedError {
	return &RefusedError{Kind: kind, Rule: rule, Detail: fmt.Sprintf(format, args...)}
}

// WithNext returns a copy of e that also states the next step, formatted as by fmt.Sprintf.
func (e *RefusedError) WithNext(format string, args ...any) *RefusedError {
	c := *e
	c.Next = fmt.Sprintf(format, args...)
	return &c
}

// Error gives the detail and the rule on one line and the next step, if there is one, on a line of its own.
func (e *RefusedError) Error() string {
	s := e.Detail + " (" + e.Rule + ")"
	if e.Next != "" {
		s += "\n  next: " + e.Next
	}
	return s
}

// Unwrap gives the kind, for errors.Is.
func (e *RefusedError) Unwrap() error { return e.Kind }
