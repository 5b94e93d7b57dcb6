package bankfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"almoner/domain"
)

// MaxDescriptor bounds a descriptor, in bytes. The longest shipped one has 3,000.
const MaxDescriptor = 50_000

// Parse reads a descriptor strictly and checks everything in it. It returns a *SourceError listing all problems with
// their lines and remedies. The result never changes and may be used by several goroutines at once.
func Parse(descriptor []byte) (*Format, error) {
	ps := &sourceProblems{}
	raw := readSource(descriptor, ps)
	if err := ps.err(); err != nil {
		return nil, err
	}
	c := &checker{ps: ps, raw: raw, f: &Format{source: bytes.Clone(descriptor)}}
	c.check()
	if err := ps.err(); err != nil {
		return nil, err
	}
	return c.f, nil
}

// SourceProblem is one thing wrong with a descriptor.
type SourceProblem struct {
	Line int    // 1-based; 0 if it concerns the whole descriptor
	What string // what is wrong
	Next string // what to do
}

// String writes the problem for people: "line 12: …; …".
func (p SourceProblem) String() string {
	where := "the descriptor"
	if p.Line > 0 {
		where = fmt.Sprintf("line %d", p.Line)
	}
	return where + ": " + p.What + "; " + p.Next
}

// SourceError says that a text is no descriptor, with everything found wrong with it. It unwraps to a
// domain.RefusedError of kind Invalid with the rule bankfile.descriptor.
type SourceError struct{ Problems []SourceProblem }

// Error lists all problems, one a line.
func (e *SourceError) Error() string {
	lines := []string{fmt.Sprintf("the bank file descriptor has %d problem(s) (bankfile.descriptor)", len(e.Problems))}
	for _, p := range e.Problems {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the refusal, for errors.As and errors.Is.
func (e *SourceError) Unwrap() error {
	return domain.Refuse(domain.Invalid, "bankfile.descriptor", "%s", e.Error()).WithNext("correct the lines named and check again")
}

// sourceProblems collects while a descriptor is read, so that its author sees everything at once.
type sourceProblems struct{ all []SourceProblem }

func (ps *sourceProblems) add(line int, next, format string, args ...any) {
	ps.all = append(ps.all, SourceProblem{Line: line, What: fmt.Sprintf(format, args...), Next: next})
}

// err returns the problems in the order of lines, or nil.
func (ps *sourceProblems) err() error {
	if len(ps.all) == 0 {
		return nil
	}
	slices.SortStableFunc(ps.all, func(a, b SourceProblem) int { return cmp.Compare(a.Line, b.Line) })
	return &SourceError{Problems: ps.all}
}

// readSource decodes the text into its shape, or adds why not.
func readSource(text []byte, ps *sourceProblems) *source {
	raw := &source{}
	switch {
	case len(text) > MaxDescriptor:
		ps.add(0, "shorten it", "it has %d bytes, more than the %d allowed", len(text), MaxDescriptor)
		return raw
	case !utf8.Valid(text):
		ps.add(0, "save it as UTF-8", "it is not valid UTF-8")
		return raw
	}
	if root := onlyDocument(text, ps); root != nil {
		refuseReferences(root, ps)
	}
	if len(ps.all) > 0 {
		return raw
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	addYAML(ps, decoder.Decode(raw))
	return raw
}

// onlyDocument parses the text as one YAML document and returns its root.
func onlyDocument(text []byte, ps *sourceProblems) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var root, second yaml.Node
	switch err := decoder.Decode(&root); {
	case errors.Is(err, io.EOF):
		ps.add(0, "write one; docs/bank-files.md shows how", "it is empty")
		return nil
	case err != nil:
		addYAML(ps, err)
		return nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		ps.add(0, "keep one descriptor in one file, without --- after the first", "it holds more than one document")
		return nil
	}
	return &root
}

// refuseReferences refuses anchors, aliases, merges and tags: what a line says must stand in the line.
func refuseReferences(node *yaml.Node, ps *sourceProblems) {
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		ps.add(node.Line, "write the value out", "anchors and aliases are not allowed")
		return
	case node.Style&yaml.TaggedStyle != 0:
		ps.add(node.Line, "leave the tag out", "the tag %s is not allowed", node.Tag)
	case node.ShortTag() == "!!merge":
		ps.add(node.Line, "write the keys out", "merge keys are not allowed")
	}
	for _, child := range node.Content {
		refuseReferences(child, ps)
	}
}

// These are compiled once and never written to.
var (
	yamlLine     = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlUnknown  = regexp.MustCompile(`^field (.+) not found in type .*$`)
	yamlMismatch = regexp.MustCompile(`^cannot unmarshal (!!\S+)(?: .*)? into .*$`)
)

// addYAML turns the YAML reader's messages into problems in the words of a descriptor's author.
func addYAML(ps *sourceProblems, err error) {
	if err == nil {
		return
	}
	messages := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		messages = typed.Errors
	}
	const look = "look at the indentation and at docs/bank-files.md"
	for _, message := range messages {
		line := 0
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			line, _ = strconv.Atoi(m[1])
			message = m[2]
		}
		switch m := yamlUnknown.FindStringSubmatch(message); {
		case m != nil:
			ps.add(line, "remove it or correct its spelling; docs/bank-files.md lists all keys", "unknown key %q", m[1])
		case yamlMismatch.MatchString(message):
			ps.add(line, look, "a value of this shape does not belong here")
		default:
			ps.add(line, look, "%s", message)
		}
	}
}
