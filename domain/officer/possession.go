package officer

import (
	"crypto/ed25519"
	"fmt"

	"almoner/domain"
	"almoner/domain/signoff"
)

// PossessionHeader is the first line of every possession statement.
const PossessionHeader = "almoner key possession v1"

// Possession is what a new key signs itself, so that nobody registers a key that another holds. Its Text is kept byte for
// byte.
type Possession struct {
	Origin  string
	Officer string
	Key     string // key id
	Public  string // "ed25519:…"
	At      string // instant, UTC; informative
}

// Text is the statement as signed. ParsePossession is its inverse.
func (p Possession) Text() string {
	return Text(PossessionHeader, []Line{{"origin", p.Origin}, {"officer", p.Officer}, {"key", p.Key}, {"public", p.Public}, {"at", p.At}})
}

// ParsePossession reads a possession statement and accepts only the text that the statement itself would write.
func ParsePossession(text string) (Possession, error) {
	v, err := ParseFields(PossessionHeader, text, "origin", "officer", "key", "public", "at")
	if err != nil {
		return Possession{}, fmt.Errorf("possession statement: %w", err)
	}
	return Possession{Origin: v[0], Officer: v[1], Key: v[2], Public: v[3], At: v[4]}, nil
}

// CheckPossession says whether the key registered by e signed for itself, for this officer in the log of this origin. It
// refuses with officer.possession.
func CheckPossession(origin string, e KeyRegistered, public ed25519.PublicKey) error {
	got, err := ParsePossession(e.Possession.Statement)
	if err != nil {
		return domain.Refuse(domain.Invalid, "officer.possession", "%v", err).WithNext("let the key sign the possession statement as it stands")
	}
	want := Possession{Origin: origin, Officer: e.Officer, Key: e.Key, Public: e.Public, At: got.At}
	if got != want {
		return domain.Refuse(domain.Invalid, "officer.possession", "the proof of possession is for something else: %s", Difference(got.Text(), want.Text())).
			WithNext("let the key sign the possession statement for this officer")
	}
	if !Verify(public, e.Possession) {
		return domain.Refuse(domain.Forbidden, "officer.possession", "the key %s did not sign its own registration", e.Key).
			WithNext("sign the possession statement with the key that is to be registered")
	}
	return nil
}

// keyCustody says whether a key can be kept so: paper holds none.
func keyCustody(c signoff.Custody) bool {
	return c == signoff.Hardware || c == signoff.OwnDevice || c == signoff.Server
}
