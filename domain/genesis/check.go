package genesis

import (
	"regexp"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/officer"
)

// minRoots is the fewest root officers: a change of roots needs two keys, so no one of them can take the ledger over.
const minRoots = 2

// maxName bounds names and posts, in bytes; maxListed the root officers and the witnesses, so that a statement fits.
const (
	maxName   = 200
	maxListed = 20
)

var (
	ledgerPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	codePattern   = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,39}$`)
	hashPattern   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	originPattern = regexp.MustCompile(`^[!-*,-~]{1,200}$`) // printable ASCII without the space and the plus sign
)

func nameForm(s string) bool {
	return s != "" && len(s) <= maxName && strings.TrimSpace(s) == s && !strings.ContainsAny(s, "\r\n\t")
}

// checkOrigin wants an origin that can name the log's key in a signed note (C2SP signed-note: no space, no plus sign).
func checkOrigin(origin string) error {
	if !originPattern.MatchString(origin) {
		return domain.Refuse(domain.Invalid, "ledger.origin", "%.40q cannot be the origin of a log", origin).
			WithNext("write 1 to 200 ASCII characters without space or plus sign, such as log.example.cn/huaishang")
	}
	return nil
}

func checkKey(what, key string) error {
	if _, err := officer.ParsePublic(key); err != nil {
		return domain.Refuse(domain.Invalid, "ledger.key", "%s: %v", what, err).WithNext("copy the public key again, whole")
	}
	return nil
}

// checkRoots wants at least two root officers who are different persons with different keys and ids.
func checkRoots(roots []Root, logKey string) error {
	if len(roots) < minRoots || len(roots) > maxListed {
		return domain.Refuse(domain.Invalid, "ledger.roots", "there are %d root officers, not %d to %d", len(roots), minRoots, maxListed).
			WithNext("name at least two persons: a change of roots needs two keys")
	}
	for i, r := range roots {
		if !idPattern.MatchString(r.Officer) || !idPattern.MatchString(r.Person) || !nameForm(r.Name) || !nameForm(r.Post) {
			return domain.Refuse(domain.Invalid, "ledger.root", "root officer %d needs an officer id, a person id, a name and a post", i+1).
				WithNext("fill in all four")
		}
		if err := checkKey("root officer "+r.Officer, r.Key); err != nil {
			return err
		}
		if r.Key == logKey {
			return domain.Refuse(domain.Invalid, "ledger.root-key", "the key of %s is the log's own", r.Officer).
				WithNext("make a key that only %s holds", r.Officer)
		}
		for _, other := range roots[:i] {
			if other.Officer == r.Officer || other.Person == r.Person || other.Key == r.Key {
				return domain.Refuse(domain.Invalid, "ledger.roots-distinct", "the root officers %s and %s share an officer id, a person or a key", other.Officer, r.Officer).
					WithNext("name different persons, each with a key of their own")
			}
		}
	}
	return nil
}

// checkWitnesses wants different witnesses and a quorum they can reach.
func checkWitnesses(witnesses []Witness, quorum int) error {
	if len(witnesses) > maxListed || quorum < 0 || quorum > len(witnesses) {
		return domain.Refuse(domain.Invalid, "ledger.quorum", "a quorum of %d cannot be reached with %d witnesses (at most %d)", quorum, len(witnesses), maxListed).
			WithNext("choose a quorum from 0 to the number of witnesses")
	}
	for i, w := range witnesses {
		if !originPattern.MatchString(w.Name) {
			return domain.Refuse(domain.Invalid, "ledger.witness", "witness %d has a name that no cosignature can carry", i+1).
				WithNext("write 1 to 200 ASCII characters without space or plus sign")
		}
		if err := checkKey("witness "+w.Name, w.Key); err != nil {
			return err
		}
		if slices.ContainsFunc(witnesses[:i], func(other Witness) bool { return other.Name == w.Name || other.Key == w.Key }) {
			return domain.Refuse(domain.Invalid, "ledger.witnesses-distinct", "the witness %s shares its name or key with another", w.Name).
				WithNext("list every witness once")
		}
	}
	return nil
}
