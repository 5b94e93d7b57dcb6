// Package answer has a boolean type of its own, which the tool cannot put switches beside.
package answer

// Answer is a yes or a no.
type Answer bool

// Both is yes if both are.
func Both(a, b Answer) Answer { return a && b }

// Name joins two names; a - between texts does not compile.
func Name(a, b string) string { return a + b }
