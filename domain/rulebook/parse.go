package rulebook

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxSource bounds a rulebook, in bytes: it must fit in one event with room for the envelope.
const MaxSource = 50_000

// Parse reads a rulebook strictly and checks everything in it. It returns a *SourceError listing all problems with their
// lines and remedies, or a fault if CEL itself fails. The bytes are copied; the result never changes.
func Parse(text []byte) (*Rulebook, error) {
	ps := &problems{}
	raw := read(text, ps)
	if err := ps.err(); err != nil {
		return nil, err
	}
	env, err := newEnvironment()
	if err != nil {
		return nil, err
	}
	c := &checker{problems: ps, env: env, src: raw, book: &Rulebook{source: bytes.Clone(text), hash: hashOf(text)}}
	c.check()
	if err := ps.err(); err != nil {
		return nil, err
	}
	return c.book, nil
}

// read decodes the text into its shape, or adds why not.
func read(text []byte, ps *problems) *source {
	raw := &source{}
	switch {
	case len(text) > MaxSource:
		ps.add(0, "shorten it or split it by region", "it has %d bytes, more than the %d allowed", len(text), MaxSource)
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
func onlyDocument(text []byte, ps *problems) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var root, second yaml.Node
	switch err := decoder.Decode(&root); {
	case errors.Is(err, io.EOF):
		ps.add(0, "write a rulebook; docs/rulebooks.md shows how", "it is empty")
		return nil
	case err != nil:
		addYAML(ps, err)
		return nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		ps.add(0, "keep one rulebook in one file, without --- after the first", "it holds more than one document")
		return nil
	}
	return &root
}

// refuseReferences refuses anchors, aliases, merges and tags: what a line says must stand in the line.
func refuseReferences(node *yaml.Node, ps *problems) {
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

var (
	yamlLine     = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlUnknown  = regexp.MustCompile(`^field (.+) not found in type .*$`)
	yamlMismatch = regexp.MustCompile(`^cannot unmarshal (!!\S+)(?: .*)? into .*$`)
)

// addYAML turns the YAML reader's messages into problems in the words of a rulebook's author.
func addYAML(ps *problems, err error) {
	if err == nil {
		return
	}
	messages := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		messages = typed.Errors
	}
	for _, message := range messages {
		line := 0
		if m := yamlLine.FindStringSubmatch(message); m != nil {
			line, _ = strconv.Atoi(m[1])
			message = m[2]
		}
		if m := yamlUnknown.FindStringSubmatch(message); m != nil {
			ps.add(line, "remove it or correct its spelling; docs/rulebooks.md lists all keys", "unknown key %q", m[1])
			continue
		}
		if m := yamlMismatch.FindStringSubmatch(message); m != nil {
			ps.add(line, "look at the indentation and at docs/rulebooks.md", "%s does not belong here", kindName(m[1]))
			continue
		}
		ps.add(line, "correct the YAML", "%s", message)
	}
}

func kindName(tag string) string {
	switch tag {
	case "!!seq":
		return "a list"
	case "!!map":
		return "a set of keys"
	}
	return "a single value"
}
