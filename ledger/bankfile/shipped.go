package bankfile

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
)

// shippedFiles are the layouts that come with the program: samples to start from. What each rests on stands in its basis.
//
//go:embed formats/*.yaml
var shippedFiles embed.FS

// ShippedIDs lists the ids of the shipped layouts, sorted.
func ShippedIDs() []string {
	entries, err := shippedFiles.ReadDir("formats")
	if err != nil {
		panic(fmt.Sprintf("bankfile: the embedded files are not readable: %v", err)) // compiled in
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	slices.Sort(ids)
	return ids
}

// ShippedSource returns the descriptor of a shipped layout or refuses with bankfile.not-shipped.
func ShippedSource(id string) ([]byte, error) {
	source, err := shippedFiles.ReadFile("formats/" + id + ".yaml")
	if err != nil {
		return nil, domain.Refuse(domain.NotFound, "bankfile.not-shipped", "程序没有自带银行文件格式 %.40q。", id).
			WithNext("可用：%s。", strings.Join(ShippedIDs(), "、"))
	}
	return source, nil
}

// Shipped parses a shipped layout. Parsing takes a millisecond: keep the result.
func Shipped(id string) (*Format, error) {
	source, err := ShippedSource(id)
	if err != nil {
		return nil, err
	}
	return Parse(source)
}
