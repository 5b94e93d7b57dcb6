// Package workbook writes spreadsheet files so that the same content is the same bytes each time: the container is written
// anew with its parts in order of name and without times, which the library leaves to chance.
package workbook

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"
)

// Write writes a finished workbook. The caller closes it.
func Write(out io.Writer, file *excelize.File) error {
	var made bytes.Buffer
	if _, err := file.WriteTo(&made); err != nil {
		return err
	}
	in, err := zip.NewReader(bytes.NewReader(made.Bytes()), int64(made.Len()))
	if err != nil {
		return err
	}
	entries := slices.Clone(in.File)
	slices.SortFunc(entries, func(a, b *zip.File) int { return cmp.Compare(order(a.Name), order(b.Name)) })
	z := zip.NewWriter(out)
	for _, e := range entries {
		if err := copyEntry(z, e); err != nil {
			return fmt.Errorf("part %s: %w", e.Name, err)
		}
	}
	return z.Close()
}

// order keeps the list of content types first, where readers that look at the first bytes expect it.
func order(name string) string {
	if name == "[Content_Types].xml" {
		return ""
	}
	return name
}

func copyEntry(z *zip.Writer, e *zip.File) error {
	from, err := e.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := z.CreateHeader(&zip.FileHeader{Name: e.Name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}
