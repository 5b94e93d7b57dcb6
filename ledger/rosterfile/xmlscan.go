package rosterfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// xmlScanner walks the tags and texts of one spreadsheet part.
//
// It is used in place of encoding/xml for two reasons: a text is cut at a limit while it is read, so that one huge cell
// cannot fill memory, and a sheet of 100,000 rows takes a fraction of the time. It knows the five predefined entities and
// character references; a document type is refused, hence no entity can be declared. Names are given without their
// namespace prefix: within the parts read here no two namespaces share a local name that matters. It does not check that
// tags nest; readers depend on no nesting that they do not follow themselves.
type xmlScanner struct {
	r       *bufio.Reader
	name    []byte // local name of the current tag, valid until next
	attrs   []byte // the rest of the current start tag
	text    []byte // the current text, decoded, valid until next
	cut     bool   // text was longer than maxRawText and is incomplete
	pending bool   // an empty-element tag owes its end
}

type xmlToken int

const (
	xmlStart xmlToken = iota + 1
	xmlEnd
	xmlText
)

const (
	maxRawText = 32 << 10 // bytes of one text before decoding; a cell may show 1,000 characters, escaped or not
	maxTag     = 64 << 10 // bytes of one tag; the root of a sheet names many namespaces and stays below 4,000
)

var (
	errXMLDoctype = errors.New("document types are not accepted")
	errXMLEntity  = errors.New("an entity is not known or not closed")
)

func newXMLScanner(r io.Reader) *xmlScanner {
	s := &xmlScanner{r: bufio.NewReaderSize(r, 64<<10)}
	if b, err := s.r.Peek(3); err == nil && b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF {
		_, _ = s.r.Discard(3) // cannot fail after Peek
	}
	return s
}

// next returns the next token, or io.EOF between tags, or io.ErrUnexpectedEOF inside one. Text is decoded only when
// wanted.
func (s *xmlScanner) next(wantText bool) (xmlToken, error) {
	if s.pending {
		s.pending = false
		return xmlEnd, nil
	}
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != '<' {
			if err := s.r.UnreadByte(); err != nil {
				return 0, err
			}
			if err := s.readText(wantText); err != nil {
				return 0, err
			}
			if wantText {
				return xmlText, nil
			}
			continue
		}
		switch c, err = s.peek(); {
		case err != nil:
			return 0, err
		case c == '?':
			err = s.skipPast("?>")
		case c == '!':
			var isText bool
			if isText, err = s.readBang(wantText); isText && err == nil {
				return xmlText, nil
			}
		default:
			return s.readTag()
		}
		if err != nil {
			return 0, err
		}
	}
}

func (s *xmlScanner) peek() (byte, error) {
	b, err := s.r.Peek(1)
	if err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	return b[0], nil
}

// readText collects up to the next '<'. At the end of the part it stops without an error.
func (s *xmlScanner) readText(want bool) error {
	s.text, s.cut = s.text[:0], false
	for {
		part, err := s.r.ReadSlice('<')
		if err == nil {
			part = part[:len(part)-1]
		}
		if want {
			s.keep(part)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil {
			err = s.r.UnreadByte() // the '<' opens the next tag
		} else {
			err = nil
		}
		if want && err == nil {
			s.text, err = decodeEntities(s.text, s.cut)
		}
		return err
	}
}

func (s *xmlScanner) keep(part []byte) {
	if room := maxRawText - len(s.text); len(part) > room {
		part, s.cut = part[:room], true
	}
	s.text = append(s.text, part...)
}

// readBang reads what follows "<!": a comment, which is skipped, or a CDATA section, which is text.
func (s *xmlScanner) readBang(want bool) (isText bool, err error) {
	head, err := s.r.Peek(8)
	switch {
	case len(head) >= 3 && string(head[:3]) == "!--":
		_, _ = s.r.Discard(3) // cannot fail after Peek
		return false, s.skipPast("-->")
	case err == nil && string(head) == "![CDATA[":
		_, _ = s.r.Discard(8)
		s.text, s.cut = s.text[:0], false
		return want, s.readCDATA(want)
	case err == nil && bytes.EqualFold(head, []byte("!DOCTYPE")):
		return false, errXMLDoctype
	}
	return false, fmt.Errorf("markup <%q is not known", head)
}

func (s *xmlScanner) readCDATA(want bool) error {
	brackets := 0
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if c == '>' && brackets >= 2 {
			if want && !s.cut {
				s.text = s.text[:len(s.text)-2]
			}
			return nil
		}
		if c == ']' {
			brackets++
		} else {
			brackets = 0
		}
		if want {
			s.keep([]byte{c})
		}
	}
}

// skipPast discards everything up to and including end.
func (s *xmlScanner) skipPast(end string) error {
	window := make([]byte, 0, len(end))
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if len(window) == len(end) {
			window = append(window[:0], window[1:]...)
		}
		window = append(window, c)
		if string(window) == end {
			return nil
		}
	}
}

// readTag reads a start or end tag; a '>' inside a quoted attribute does not end it.
func (s *xmlScanner) readTag() (xmlToken, error) {
	s.attrs = s.attrs[:0]
	for {
		part, err := s.r.ReadSlice('>')
		s.attrs = append(s.attrs, part...)
		if len(s.attrs) > maxTag {
			return 0, fmt.Errorf("a tag is longer than %d bytes", maxTag)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		if !insideQuotes(s.attrs) {
			break
		}
	}
	tag := s.attrs[:len(s.attrs)-1]
	token := xmlStart
	if len(tag) > 0 && tag[0] == '/' {
		token, tag = xmlEnd, tag[1:]
	} else if len(tag) > 0 && tag[len(tag)-1] == '/' {
		s.pending, tag = true, tag[:len(tag)-1]
	}
	end := bytes.IndexAny(tag, " \t\r\n")
	if end < 0 {
		end = len(tag)
	}
	s.name = tag[:end]
	if i := bytes.IndexByte(s.name, ':'); i >= 0 {
		s.name = s.name[i+1:]
	}
	s.attrs = tag[end:]
	if len(s.name) == 0 {
		return 0, errors.New("a tag has no name")
	}
	return token, nil
}

func insideQuotes(tag []byte) bool {
	var quote byte
	for _, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote != 0
}

// is reports whether the current tag has this local name.
func (s *xmlScanner) is(name string) bool { return string(s.name) == name }

// attr returns the value of an attribute without a prefix, undecoded: the attributes read here hold no entities. It is
// nil when absent.
func (s *xmlScanner) attr(name string) []byte {
	rest := s.attrs
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimRight(rest[:eq], " \t\r\n")
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 || (rest[0] != '"' && rest[0] != '\'') {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : 1+end]
		}
		rest = rest[end+2:]
	}
}

// decodeEntities replaces entities in place; the result is never longer. cut says that the text was shortened, perhaps
// inside an entity, whose beginning is then dropped.
func decodeEntities(b []byte, cut bool) ([]byte, error) {
	i := bytes.IndexByte(b, '&')
	if i < 0 {
		return b, nil
	}
	out := b[:i]
	for i < len(b) {
		if b[i] != '&' {
			out = append(out, b[i])
			i++
			continue
		}
		end := bytes.IndexByte(b[i:], ';')
		if end < 0 && cut {
			return out, nil
		}
		r := rune(-1)
		if end > 0 {
			r = entity(b[i+1 : i+end])
		}
		if r < 0 {
			return nil, errXMLEntity
		}
		out = utf8.AppendRune(out, r)
		i += end + 1
	}
	return out, nil
}

// entity returns the character of an entity name, or -1. The encoded character is never longer than the entity.
func entity(name []byte) rune {
	switch string(name) {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	if len(name) < 2 || name[0] != '#' {
		return -1
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(string(digits), base, 21)
	if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
		return -1
	}
	return rune(n)
}
