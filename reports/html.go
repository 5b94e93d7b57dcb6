package reports

import (
	"bufio"
	"html/template"
	"io"
	"os"
	"strings"

	"almoner/domain"
)

// page writes a report as one printable page: no script, nothing loaded from anywhere, A4 when printed. Rows go to a file
// as they come.
type page struct {
	file   *os.File
	out    *bufio.Writer
	parts  *template.Template
	report Head
}

// pageParts are the pieces of the page; each is well-formed where the next is put behind it.
const pageParts = `{{define "head"}}<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{{.Title}}</title>
<style>
@page { size: A4 {{if .Wide}}landscape{{else}}portrait{{end}}; margin: 12mm; }
body { font: 10.5pt/1.4 "SimSun", "Songti SC", "Noto Serif CJK SC", serif; color: #000; background: #fff; margin: 1.5em; }
h1 { font-size: 18pt; text-align: center; margin: 0 0 .4em; }
h2 { font-size: 12pt; margin: 1.2em 0 .3em; }
p { margin: .15em 0; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: .5pt solid #000; padding: 2pt 4pt; text-align: left; overflow-wrap: anywhere; }
th { background: #ededed; text-align: center; }
.n { text-align: right; white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums; }
.total td { font-weight: bold; }
footer { margin-top: 1em; border-top: .5pt solid #000; padding-top: .4em; }
.hash { font-family: monospace; font-size: 9pt; overflow-wrap: anywhere; }
@media print { body { margin: 0; } }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{range .Facts}}<p>{{.Name}}：{{.Value}}</p>
{{end}}<p>{{.MadeFrom}}</p>
{{end}}{{define "start"}}<h2>{{.Title}}</h2>
<table>
<thead><tr>{{range .Columns}}<th scope="col">{{.Title}}</th>{{end}}</tr></thead>
<tbody>
{{end}}{{define "end"}}</tbody>
</table>
{{end}}{{define "foot"}}<footer>
{{range .Notes}}<p>{{.}}</p>
{{end}}<p class="hash">{{index .Lines 0}}</p>
<p>{{index .Lines 1}}</p>
</footer>
</body>
</html>
{{end}}`

func newPage(dir string) (*page, error) {
	parts, err := template.New("page").Parse(pageParts)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "page-")
	if err != nil {
		return nil, err
	}
	return &page{file: f, out: bufio.NewWriter(f), parts: parts}, nil
}

// show is a cell as people read it: thousands are grouped.
func show(c Cell) string {
	if c.Form == Text || c.Blank {
		return c.String()
	}
	return grouped(c.String())
}

// grouped puts a comma before each three digits of the whole part.
func grouped(s string) string {
	sign, whole := "", s
	if strings.HasPrefix(s, "-") {
		sign, whole = "-", s[1:]
	}
	whole, rest, decimals := strings.Cut(whole, ".")
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	if decimals {
		b.WriteString("." + rest)
	}
	return sign + b.String()
}

func (p *page) execute(name string, data any) error {
	return p.parts.ExecuteTemplate(p.out, name, data)
}

func (p *page) head(h Head) error {
	p.report = h
	return p.execute("head", struct {
		Title, MadeFrom string
		Facts           []Fact
		Wide            bool
	}{h.Title, h.madeFrom(), h.Facts, h.Wide})
}

func (p *page) start(t Table) error { return p.execute("start", t) }

// row writes a row without the template, which would take longer than everything else together: a cell is nothing but text
// between two tags, and is escaped as such.
func (p *page) row(cells []Cell, total bool) error {
	var b strings.Builder
	b.WriteString("<tr")
	if total {
		b.WriteString(` class="total"`)
	}
	b.WriteString(">")
	for _, c := range cells {
		if c.Form == Text {
			b.WriteString("<td>")
		} else {
			b.WriteString(`<td class="n">`)
		}
		b.WriteString(template.HTMLEscapeString(show(c)))
		b.WriteString("</td>")
	}
	b.WriteString("</tr>\n")
	_, err := p.out.WriteString(b.String())
	return err
}

func (p *page) end() error { return p.execute("end", nil) }

func (p *page) foot(notes []string, hash string) error {
	return p.execute("foot", struct{ Notes, Lines []string }{notes, footLines(hash, p.report.Position)})
}

func (p *page) finish(w io.Writer) error {
	if err := p.out.Flush(); err != nil {
		return err
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(w, p.file); err != nil {
		return err
	}
	return p.file.Close()
}

// both is an amount in figures and in words (大写).
func both(m domain.Money) string { return "¥" + grouped(m.String()) + "（" + m.Capitals() + "）" }
