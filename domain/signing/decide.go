package signing

import (
	"crypto/ed25519"
	"slices"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

// MaxSubjects is how many subjects one signature covers at most: their stream names fit one event, and a page shows them.
const MaxSubjects = 500

// maxStream bounds the subjects' stream names, in bytes, so that MaxSubjects of them fit an event of 60,000.
const maxStream = 100

// Make signs many subjects at once.
type Make struct {
	Signing   string            // signing id
	Origin    string            // the log's origin
	Subjects  []Subject         // in the order that was shown
	Authority signoff.Authority // the officer's, checked now
	Statement string            // exact text, as Statement.Text gives it
	Sig       []byte            // Ed25519, 64 bytes
}

// Subject is one of the subjects signed for.
type Subject struct {
	Stream    string
	Statement string // exact text of its own sign-off statement
}

func (c Make) statements() []string {
	texts := make([]string, len(c.Subjects))
	for i, s := range c.Subjects {
		texts[i] = s.Statement
	}
	return texts
}

// ToSign is what the officer has to sign.
func (c Make) ToSign(at string) Statement {
	return Statement{
		Origin: c.Origin, Signing: c.Signing, Root: Root(c.statements()), Count: len(c.Subjects), Officer: c.Authority.Officer,
		Person: c.Authority.Person, Key: c.Authority.Key, At: at,
	}
}

func (c Make) event() Made {
	made := Made{
		Officer: c.Authority.Officer, Person: c.Authority.Person, Root: Root(c.statements()), Signing: c.Signing,
		Signature: officer.Signature(c.Authority.Custody, c.Authority.Key, c.Statement, c.Sig),
	}
	for _, s := range c.Subjects {
		made.Subjects = append(made.Subjects, s.Stream)
	}
	return made
}

// DecideMake makes the signing. Whether the officer may sign each subject is decided by the subject itself, which gets the
// signature by Bulks.
func (s State) DecideMake(c Make) ([]domain.Event, error) {
	if s.Signing != "" {
		return nil, s.madeAs(c)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	made := c.event()
	if err := CheckMade(c.Origin, made, c.Authority.Public); err != nil {
		return nil, err
	}
	return []domain.Event{made}, nil
}

// madeAs answers for a signing that is there: nothing to do if it is the same, else no.
func (s State) madeAs(c Make) error {
	made := c.event()
	same := s.Signing == made.Signing && s.Root == made.Root && s.Officer == made.Officer && s.Person == made.Person &&
		s.Key == made.Signature.Key && slices.Equal(s.Subjects, made.Subjects)
	if !same {
		return domain.Refuse(domain.Conflict, "signing.exists", "the signing %s covers other subjects", s.Signing).WithNext("sign these under a new id")
	}
	return nil
}

// check checks the list: the subjects, and that each statement is this officer's about its own subject.
func (c Make) check() error {
	switch {
	case c.Signing == "":
		return domain.Refuse(domain.Invalid, "signing.id", "a signing needs an id").WithNext("generate one")
	case len(c.Subjects) == 0:
		return domain.Refuse(domain.Invalid, "signing.empty", "there is nothing to sign").WithNext("choose the subjects")
	case len(c.Subjects) > MaxSubjects:
		return domain.Refuse(domain.Invalid, "signing.too-many", "%d subjects are more than %d", len(c.Subjects), MaxSubjects).
			WithNext("sign them in several parts")
	}
	seen := make(map[string]bool, len(c.Subjects))
	for i, subject := range c.Subjects {
		if err := c.checkSubject(i, subject); err != nil {
			return err
		}
		if seen[subject.Statement] {
			return domain.Refuse(domain.Invalid, "signing.twice", "subject %d, %s, is listed twice", i, subject.Stream).WithNext("list it once")
		}
		seen[subject.Statement] = true
	}
	return nil
}

func (c Make) checkSubject(i int, subject Subject) error {
	if len(subject.Stream) > maxStream {
		return domain.Refuse(domain.Invalid, "signing.stream", "the stream name of subject %d is longer than %d bytes", i, maxStream).
			WithNext("sign it by itself")
	}
	got, err := signoff.ParseStatement(subject.Statement)
	if err != nil {
		return domain.Refuse(domain.Invalid, "signing.subject", "subject %d, %s: %v", i, subject.Stream, err).WithNext("ask for its statement again")
	}
	for _, line := range []struct{ name, got, want string }{
		{"origin", got.Origin, c.Origin}, {"subject", got.Subject, subject.Stream}, {"officer", got.Officer, c.Authority.Officer},
		{"person", got.Person, c.Authority.Person}, {"key", got.Key, c.Authority.Key},
	} {
		if line.got != line.want {
			return domain.Refuse(domain.Conflict, "signing.subject", "subject %d, %s: its statement names the %s %q, not %q", i, subject.Stream, line.name, line.got, line.want).
				WithNext("ask for the statements again and sign them as they stand")
		}
	}
	return nil
}

// CheckMade says whether a signing carries the officer's signature over its root and count, in the log of this origin.
// Which key was the officer's, and valid in log order, is a question to the officer's stream. It refuses with
// signing.statement or signing.signature.
func CheckMade(origin string, e Made, public ed25519.PublicKey) error {
	got, err := ParseStatement(e.Signature.Statement)
	if err != nil {
		return domain.Refuse(domain.Invalid, "signing.statement", "%v", err).WithNext("ask for the statement again and sign it as it stands")
	}
	want := Statement{
		Origin: origin, Signing: e.Signing, Root: e.Root, Count: len(e.Subjects), Officer: e.Officer, Person: e.Person,
		Key: e.Signature.Key, At: got.At,
	}
	if got != want {
		return domain.Refuse(domain.Conflict, "signing.statement", "what was signed is not what stands here: %s", officer.Difference(got.Text(), want.Text())).
			WithNext("reload, look at the list again, and sign what it shows now")
	}
	if !officer.Verify(public, e.Signature) {
		return domain.Refuse(domain.Forbidden, "signing.signature", "the signature does not verify with key %s", e.Signature.Key).
			WithNext("sign with the key registered for %s", e.Officer)
	}
	return nil
}
