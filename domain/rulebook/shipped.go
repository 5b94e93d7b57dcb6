package rulebook

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
)

// shippedFiles are the rulebooks that come with the program: rates and rules found in public sources, and examples marked
// as assumed. They bind nobody until an office publishes them in its ledger.
//
//go:embed shipped/*.yaml
var shippedFiles embed.FS

// ShippedIDs lists the ids of the shipped rulebooks, sorted.
func ShippedIDs() []string {
	entries, err := shippedFiles.ReadDir("shipped")
	if err != nil {
		panic(fmt.Sprintf("rulebook: the embedded files are not readable: %v", err)) // compiled in
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	slices.Sort(ids)
	return ids
}

// ShippedSource returns the bytes of a shipped rulebook or refuses with rulebook.not-shipped.
func ShippedSource(id string) ([]byte, error) {
	source, err := shippedFiles.ReadFile("shipped/" + id + ".yaml")
	if err != nil {
		return nil, domain.Refuse(domain.NotFound, "rulebook.not-shipped", "no rulebook %q comes with the program", id).
			WithNext("use one of: %s", strings.Join(ShippedIDs(), ", "))
	}
	return source, nil
}

// Shipped parses a shipped rulebook. Parsing takes milliseconds: keep the result.
func Shipped(id string) (*Rulebook, error) {
	source, err := ShippedSource(id)
	if err != nil {
		return nil, err
	}
	return Parse(source)
}
