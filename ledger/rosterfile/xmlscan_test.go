package rosterfile

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// scanned is a document as a list of events: "<name", ">name", or text; neighbouring texts are joined.
func scanned(x *xmlScanner) ([]string, error) {
	var out []string
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "="+text)
		}
		text = ""
	}
	for {
		token, err := x.next(true)
		if errors.Is(err, io.EOF) {
			flush()
			return out, nil
		}
		if err != nil {
			return out, err
		}
		switch token {
		case xmlText:
			text += string(x.text)
		case xmlStart:
			flush()
			out = append(out, "<"+string(x.name)+" "+string(x.attr("r")))
		case xmlEnd:
			flush()
			out = append(out, ">"+string(x.name))
		}
	}
}

// reference gives the same list by encoding/xml.
func reference(s string) ([]string, error) {
	d := xml.NewDecoder(strings.NewReader(s))
	var out []string
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "="+text)
		}
		text = ""
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			flush()
			return out, nil
		}
		if err != nil {
			return out, err
		}
		switch v := token.(type) {
		case xml.CharData:
			text += string(v)
		case xml.StartElement:
			flush()
			r := ""
			for _, a := range v.Attr {
				if a.Name.Local == "r" && a.Name.Space == "" {
					r = a.Value
					break
				}
			}
			out = append(out, "<"+v.Name.Local+" "+r)
		case xml.EndElement:
			flush()
			out = append(out, ">"+v.Name.Local)
		}
	}
}

// seeds are documents with everything spreadsheets write.
func xmlSeeds() []string {
	return []string{
		`<?xml version="1.0"?><a r="1"><b/>text<c  r = 'A1' s="2" />&lt;&amp;&#65;&#x9fb4;&quot;&apos;&gt;</a>`,
		`<x:a xmlns:x="u"><x:row r="3" x:q=">"><!-- a > b - c --><![CDATA[<raw> & ]] ]]]></x:row></x:a>`,
		"<a>\n <b>一</b>\t<b r=\"A>B\"></b></a >", `<a><!----></a>`, `<a b="1" r="2" c='"'/>`, `<a><![CDATA[]]></a>`,
	}
}

func TestXMLAgainstLibrary(t *testing.T) {
	for _, s := range xmlSeeds() {
		want, err := reference(s)
		require.NoError(t, err, s)
		got, err := scanned(newXMLScanner(strings.NewReader(s)))
		require.NoError(t, err, s)
		require.Equal(t, want, got, s)
		slow, err := scanned(newXMLScanner(iotest.OneByteReader(strings.NewReader(s))))
		require.NoError(t, err)
		require.Equal(t, want, slow, s)
	}
}

// FuzzXML holds that what encoding/xml reads is read equally here. The reverse does not hold: this scanner checks less.
// Left out are carriage returns, which XML normalises and spreadsheets escape, and what makes names with two colons.
func FuzzXML(f *testing.F) {
	for _, s := range xmlSeeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, gotErr := scanned(newXMLScanner(strings.NewReader(s)))
		want, err := reference(s)
		if err != nil || strings.ContainsAny(s, "\r") || strings.Contains(s, "<!D") || strings.Count(s, ":") > 0 || strings.Contains(s, "&") {
			return
		}
		if gotErr != nil {
			// Directives and processing instructions inside others are known to the library and to no spreadsheet.
			require.Contains(t, s, "<!", "%v", gotErr)
			return
		}
		require.Equal(t, want, got)
	})
}

func TestXMLLimits(t *testing.T) {
	x := newXMLScanner(strings.NewReader("<a>" + strings.Repeat("&amp;", maxRawText) + "</a>"))
	_, err := x.next(true)
	require.NoError(t, err)
	token, err := x.next(true)
	require.NoError(t, err)
	require.Equal(t, xmlText, token)
	require.True(t, x.cut)
	require.LessOrEqual(t, len(x.text), maxRawText)
	require.Equal(t, "", strings.Trim(string(x.text), "&"), "an entity cut in two is dropped")
	token, err = x.next(true)
	require.NoError(t, err)
	require.Equal(t, xmlEnd, token, "what follows is read")

	_, err = scanned(newXMLScanner(strings.NewReader(`<a r="` + strings.Repeat("x", maxTag) + `">`)))
	require.ErrorContains(t, err, "longer than")
	for _, s := range []string{"<a", "<a r='1", "<!-- ", "<?x", "<![CDATA[x", "<"} {
		_, err = scanned(newXMLScanner(strings.NewReader(s)))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, s)
	}
	_, err = scanned(newXMLScanner(strings.NewReader(`<!DOCTYPE a>`)))
	require.ErrorIs(t, err, errXMLDoctype)
	for _, s := range []string{"<a>&x;</a>", "<a>&</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&amp</a>"} {
		_, err = scanned(newXMLScanner(strings.NewReader(s)))
		require.ErrorIs(t, err, errXMLEntity, s)
	}
}
