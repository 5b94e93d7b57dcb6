package bankfile

import (
	"regexp"
	"strconv"
	"strings"

	"almoner/domain"
)

// namePattern is a file name with places for what differs from file to file.
type namePattern struct {
	parts []string // literal texts and the places {batch}, {date}, {lines}, {n}
	match *regexp.Regexp
}

// places are what may stand in braces, with the text that each accepts.
func placesOfName() map[string]string {
	return map[string]string{"{batch}": `([A-Za-z0-9-]{1,32})`, "{date}": `([0-9]{8})`, "{lines}": `([0-9]{1,7})`, "{n}": `([0-9]{1,3})`}
}

// placeOrText is compiled once and never written to.
var placeOrText = regexp.MustCompile(`\{[^{}]*\}|[^{}]+|[{}]`)

// namePattern reads a pattern such as DF{date}_{batch}.txt.
func (c *checker) namePattern(s scalar) namePattern {
	p := namePattern{parts: placeOrText.FindAllString(s.text, -1)}
	pattern := "^"
	for _, part := range p.parts {
		if strings.ContainsAny(part, "{}") {
			accepts, ok := placesOfName()[part]
			if !ok {
				c.ps.add(s.line, "use {batch}, {date}, {lines} or {n}", "the name has no place %s", part)
			}
			pattern += accepts
			continue
		}
		if strings.ContainsAny(part, `/\:*?"<>|`) || strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == 0x7F }) {
			c.ps.add(s.line, `leave out / \ : * ? " < > |`, "the name %q holds characters that file names cannot have", s.text)
		}
		pattern += regexp.QuoteMeta(part)
	}
	if !strings.Contains(s.text, "{batch}") {
		c.ps.add(s.line, "add {batch}", "two files of one day would have one name")
	}
	p.match = regexp.MustCompile(pattern + "$")
	return p
}

// FileName returns the name that the bank expects for a file with this header.
func (f *Format) FileName(h Header) (string, error) {
	if err := h.check(); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, part := range f.name.parts {
		switch part {
		case "{batch}":
			part = h.Batch
		case "{date}":
			part = formatDay(h.Date, "20060102")
		case "{lines}":
			part = strconv.Itoa(h.Lines)
		case "{n}":
			part = strconv.Itoa(max(h.Instruction, 1))
		}
		b.WriteString(part)
	}
	return b.String(), nil
}

// BatchOfName returns the batch number that a file name carries. It is not ok for a name of another pattern, as after a
// file was renamed: the content decides, the name is only a hint.
func (f *Format) BatchOfName(name string) (batch string, ok bool) {
	m := f.name.match.FindStringSubmatch(name)
	if m == nil {
		return "", false
	}
	place := 0
	for _, part := range f.name.parts {
		if strings.HasPrefix(part, "{") {
			if place++; part == "{batch}" {
				return m[place], true
			}
		}
	}
	return "", false
}

// Header is what a file says once, for all its lines.
type Header struct {
	Batch        string      // 1 to 32 of A-Z a-z 0-9 -; in the file name, and in the file where its layout has a place
	Date         domain.Date // day of the file
	Instruction  int         // which instruction of the run this is; 0 counts as 1
	Lines        int         // number of lines; Write checks it
	Total        domain.Money
	PayerAccount domain.AccountNumber
	PayerName    string
	PayerBank    string
	Programme    string
	Purpose      string
}

// batchNumber is compiled once and never written to.
var batchNumber = regexp.MustCompile(`^[A-Za-z0-9-]{1,32}$`)

func (h Header) check() error {
	switch {
	case !batchNumber.MatchString(h.Batch):
		return domain.Refuse(domain.Invalid, "bankfile.batch", "批次号 %.40q 不是 1 至 32 位的字母、数字或短横线。", h.Batch).WithNext("改正批次号。")
	case !h.Date.Valid():
		return domain.Refuse(domain.Invalid, "bankfile.date", "没有代发文件的日期。").WithNext("填写文件日期。")
	case h.Lines < 1:
		return domain.Refuse(domain.Invalid, "bankfile.no-lines", "没有可以发放的明细，不生成代发文件。").WithNext("检查该批次：金额为 0 和已止付的明细不发给银行。")
	}
	return nil
}
