package signing

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain/signoff"
)

func leaves(statements []string) []tlog.Hash {
	hashes := make([]tlog.Hash, len(statements))
	for i, text := range statements {
		hashes[i] = signoff.Leaf([]byte(text))
	}
	return hashes
}

// Root is the hex RFC 6962 root over the texts of the subjects' statements, in order.
func Root(statements []string) string { return signoff.Hex(signoff.Root(leaves(statements))) }

// Bulks says, for each of the statements in order, where it stands in the signing of that id.
func Bulks(signing string, statements []string) []signoff.Bulk {
	hashes := leaves(statements)
	bulks := make([]signoff.Bulk, len(hashes))
	for i := range hashes {
		bulks[i] = signoff.Bulk{Index: i, Signing: signing}
		for _, h := range signoff.Path(hashes, i) {
			bulks[i].Path = append(bulks[i].Path, signoff.Hex(h))
		}
	}
	return bulks
}

// CheckBulk says whether bulk proves that a subject's statement is one of the count statements under a signing's root.
func CheckBulk(root string, count int, statement string, bulk signoff.Bulk) error {
	want, err := signoff.ParseHex(root)
	if err != nil {
		return fmt.Errorf("signing %s: root: %w", bulk.Signing, err)
	}
	if bulk.Index < 0 || bulk.Index >= count {
		return fmt.Errorf("signing %s: index %d is not one of %d", bulk.Signing, bulk.Index, count)
	}
	path := make([]tlog.Hash, len(bulk.Path))
	for i, text := range bulk.Path {
		if path[i], err = signoff.ParseHex(text); err != nil {
			return fmt.Errorf("signing %s: path of %d: %w", bulk.Signing, bulk.Index, err)
		}
	}
	if !signoff.CheckPath(path, bulk.Index, count, signoff.Leaf([]byte(statement)), want) {
		return fmt.Errorf("signing %s: the statement is not number %d of the %d under its root", bulk.Signing, bulk.Index, count)
	}
	return nil
}
