package signing

import (
	"fmt"
	"strconv"

	"almoner/domain/officer"
)

// Header is the first line of every signing statement.
const Header = "almoner signing v1"

// Statement is what an officer signs once for many subjects. Its Text is kept byte for byte.
type Statement struct {
	Origin  string // the log's origin: a statement for one ledger means nothing in another
	Signing string // signing id
	Root    string // hex, over the subjects' statements
	Count   int    // how many subjects
	Officer string
	Person  string
	Key     string // key id
	At      string // instant, UTC; informative: validity follows log order
}

// Text is the statement as signed. ParseStatement is its inverse.
func (s Statement) Text() string {
	return officer.Text(Header, []officer.Line{
		{Key: "origin", Value: s.Origin}, {Key: "signing", Value: s.Signing}, {Key: "root", Value: s.Root},
		{Key: "count", Value: strconv.Itoa(s.Count)}, {Key: "officer", Value: s.Officer}, {Key: "person", Value: s.Person},
		{Key: "key", Value: s.Key}, {Key: "at", Value: s.At},
	})
}

// ParseStatement reads a signing statement and accepts only the text that the statement itself would write.
func ParseStatement(text string) (Statement, error) {
	v, err := officer.ParseFields(Header, text, "origin", "signing", "root", "count", "officer", "person", "key", "at")
	if err != nil {
		return Statement{}, fmt.Errorf("signing statement: %w", err)
	}
	count, err := officer.ParseCount(v[3])
	if err != nil {
		return Statement{}, fmt.Errorf("signing statement: count: %w", err)
	}
	return Statement{Origin: v[0], Signing: v[1], Root: v[2], Count: count, Officer: v[4], Person: v[5], Key: v[6], At: v[7]}, nil
}
