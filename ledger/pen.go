package ledger

import (
	"errors"
	"strings"

	"almoner/internal/keyfile"
)

// Pen puts an officer's signature under a statement. build makes the statement's text for a given instant and opinion.
// Three pens cover every way of signing: with a key at hand, in two steps with a key that never leaves the officer's
// device, and not at all, to show what would be signed.
type Pen interface {
	// Key is the id of the key that signs.
	Key() string
	// Write returns the exact text signed and the signature over it.
	Write(build func(at string) string) (text string, sig []byte, err error)
}

// WithKey signs with a key at hand; now gives the statement's instant.
func (l *Ledger) WithKey(s keyfile.Signer) Pen { return keyPen{l, s} }

type keyPen struct {
	ledger *Ledger
	signer keyfile.Signer
}

func (p keyPen) Key() string { return p.signer.KeyID() }

func (p keyPen) Write(build func(at string) string) (string, []byte, error) {
	text := build(p.ledger.instant())
	sig, err := p.signer.Sign([]byte(text))
	return text, sig, err
}

// Given carries a statement that was signed elsewhere, after Draft had shown it.
func Given(key, text string, sig []byte) Pen { return givenPen{key, text, sig} }

type givenPen struct {
	key, text string
	sig       []byte
}

func (p givenPen) Key() string { return p.key }

func (p givenPen) Write(func(string) string) (string, []byte, error) { return p.text, p.sig, nil }

// Draft signs nothing: the call it is given to returns the statement as an error that Drafted reads.
func (l *Ledger) Draft(key string) Pen { return draftPen{l, key} }

type draftPen struct {
	ledger *Ledger
	key    string
}

func (p draftPen) Key() string { return p.key }

func (p draftPen) Write(build func(at string) string) (string, []byte, error) {
	return "", nil, &draftError{build(p.ledger.instant())}
}

type draftError struct{ text string }

func (e *draftError) Error() string {
	return "this is only a draft of the statement " + strings.SplitN(e.text, "\n", 2)[0]
}

// Drafted returns the statement that a call with a Draft pen would have signed.
func Drafted(err error) (text string, ok bool) {
	var d *draftError
	if errors.As(err, &d) {
		return d.text, true
	}
	return "", false
}
