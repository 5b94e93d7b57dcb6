package bankfile

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// scalar is one value of a descriptor with its place. The text is kept as written: the code 01 never becomes a number.
type scalar struct {
	text string
	line int
	tag  string // how YAML reads it: !!str, !!int, !!bool …; "" if absent
}

// UnmarshalYAML accepts a single value.
func (s *scalar) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: want a single value here", node.Line)}}
	}
	*s = scalar{text: node.Value, line: node.Line, tag: node.ShortTag()}
	return nil
}

func (s scalar) absent() bool { return s.tag == "" || s.tag == "!!null" }

// source is the shape of a descriptor. Anything else in the file is an unknown key. keyTable explains each key.
type source struct {
	Format     scalar         `yaml:"format"`
	ID         scalar         `yaml:"id"`
	Title      wordsSource    `yaml:"title"`
	Basis      basisSource    `yaml:"basis"`
	Kind       scalar         `yaml:"kind"`
	Direction  scalar         `yaml:"direction"`
	Answers    scalar         `yaml:"answers"`
	Encoding   scalar         `yaml:"encoding"`
	LineEnding scalar         `yaml:"line-ending"`
	Separator  scalar         `yaml:"separator"`
	Quotes     scalar         `yaml:"quotes"`
	Guard      scalar         `yaml:"spreadsheet-guard"`
	Sheet      scalar         `yaml:"sheet"`
	Titles     scalar         `yaml:"titles"`
	Name       scalar         `yaml:"name"`
	Header     []recordSource `yaml:"header"`
	Columns    []columnSource `yaml:"columns"`
	Trailer    []recordSource `yaml:"trailer"`
	Results    []resultSource `yaml:"results"`
	Otherwise  scalar         `yaml:"result-if-absent"`
	Reasons    []reasonSource `yaml:"reasons"`
	Sides      []sideSource   `yaml:"sides"`
}

type wordsSource struct {
	Zh scalar `yaml:"zh"`
	En scalar `yaml:"en"`
}

type basisSource struct {
	Status scalar `yaml:"status"`
	Note   scalar `yaml:"note"`
}

type recordSource struct {
	Columns []columnSource `yaml:"columns"`
}

type columnSource struct {
	Field    scalar `yaml:"field"`
	Title    scalar `yaml:"title"`
	Required scalar `yaml:"required"`
	Max      scalar `yaml:"max"`
	Width    scalar `yaml:"width"`
	Align    scalar `yaml:"align"`
	Pad      scalar `yaml:"pad"`
	Unit     scalar `yaml:"unit"`
	Day      scalar `yaml:"day"`
	Cell     scalar `yaml:"cell"`
	Value    scalar `yaml:"value"`
}

type resultSource struct {
	Code   scalar `yaml:"code"`
	Result scalar `yaml:"result"`
	Reason scalar `yaml:"reason"`
}

type reasonSource struct {
	Code     scalar `yaml:"code"`
	Contains scalar `yaml:"contains"`
	Reason   scalar `yaml:"reason"`
}

type sideSource struct {
	Code scalar `yaml:"code"`
	Side scalar `yaml:"side"`
}

// keySpec explains one key of a descriptor, for the documents.
type keySpec struct{ path, values, en string }

// keyTable lists every key. A test holds it equal to the shapes above and to docs/bank-files.md.
func keyTable() []keySpec {
	return []keySpec{
		{"format", "`1`", "version of this language"},
		{"id", "a-z 0-9 -", "name of the layout, stored in the ledger's events"},
		{"title.zh", "text", "name for people"},
		{"title.en", "text", "the same in English, optional"},
		{"basis.status", "`found`, `assumed`", "whether the layout was taken from a document of the bank or is a likely one"},
		{"basis.note", "text", "which document, or what is assumed"},
		{"kind", "`delimited`, `fixed`, `xlsx`", "what sort of file it is"},
		{"direction", "`out`, `back`", "to the bank, or from it"},
		{"answers", "id", "return files: the layout of the file that they answer"},
		{"encoding", "`utf-8`, `utf-8-bom`, `gb18030`, `gbk`", "how characters are stored; not for xlsx"},
		{"line-ending", "`crlf`, `lf`", "what ends each line when writing; reading takes both"},
		{"separator", "text, `tab`", "delimited: what stands between columns, one or several characters"},
		{"quotes", "`true`, `false`", "delimited: values with the separator or a quote inside are put in double quotes"},
		{"spreadsheet-guard", "`true`, `false`", "delimited: text beginning with = + - @ gets an apostrophe before it when written; reading removes it"},
		{"sheet", "text", "xlsx: name of the sheet; reading without it takes the first visible sheet"},
		{"titles", "`true`, `false`", "a row with the titles of the columns stands before the lines; when reading, columns are then found by title, in any order"},
		{"name", "pattern", "file name with `{batch}`, `{date}`, `{lines}`, `{n}`"},
		{"header[].columns", "columns", "records before the lines, in order"},
		{"columns", "columns", "columns of a line, in order"},
		{"trailer[].columns", "columns", "records after the lines, in order"},
		{"columns[].field", "a field", "what the column holds"},
		{"columns[].title", "text", "its title; needed when there is a titles row"},
		{"columns[].required", "`true`, `false`", "a line without it has a problem, when written and when read"},
		{"columns[].max", "number", "most bytes in the file's encoding (xlsx: characters); longer values are refused when written"},
		{"columns[].width", "number", "fixed: bytes in the file's encoding"},
		{"columns[].align", "`left`, `right`", "fixed: where the value stands in its width"},
		{"columns[].pad", "`space`, `zero`", "fixed: what fills the rest; zero only with right, and not for accounts"},
		{"columns[].unit", "`yuan`, `fen`", "amounts: yuan with two decimals, or whole fen"},
		{"columns[].day", "`yyyy-mm-dd`, `yyyymmdd`, `yyyy/mm/dd`", "days: how they are written; reading takes all three"},
		{"columns[].cell", "`text`, `number`", "xlsx: how amounts and counts are stored"},
		{"columns[].value", "text", "the text of a constant column"},
		{"results[].code", "text", "what stands in the result column, exactly"},
		{"results[].result", "a result", "what it means"},
		{"results[].reason", "a reason", "the reason, where the code says it too"},
		{"result-if-absent", "a result", "what a line means in a layout without a result column"},
		{"reasons[].code", "text", "what stands in the reason column, exactly"},
		{"reasons[].contains", "text", "or a part of it; the first entry that fits is taken"},
		{"reasons[].reason", "a reason", "what it means"},
		{"sides[].code", "text", "what stands in the side column, exactly"},
		{"sides[].side", "`debit`, `credit`", "what it means for the paying account"},
	}
}
