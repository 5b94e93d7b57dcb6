package genesis

import (
	"reflect"
	"slices"
	"strings"

	"almoner/domain"
)

// Yuan is the one currency of a ledger.
const Yuan = "CNY"

// DecideCreate makes entry 0.
func (s State) DecideCreate(c Create) ([]domain.Event, error) {
	switch {
	case s.Moved != nil:
		return nil, s.serving()
	case s.Genesis != nil && same(*s.Genesis, Created(c)):
		return nil, nil
	case s.Genesis != nil:
		return nil, domain.Refuse(domain.Conflict, "ledger.created", "the ledger %s stands here already", s.Genesis.Name).
			WithNext("choose another directory or another place for the new ledger")
	}
	if err := c.checkTerms(); err != nil {
		return nil, err
	}
	if err := checkOrigin(c.Origin); err != nil {
		return nil, err
	}
	if err := checkKey("the log's key", c.LogKey); err != nil {
		return nil, err
	}
	if err := checkRoots(c.Roots, c.LogKey); err != nil {
		return nil, err
	}
	if err := checkWitnesses(c.Witnesses, c.Quorum); err != nil {
		return nil, err
	}
	return []domain.Event{Created(c)}, nil
}

// same says whether two entries 0 are one; no witnesses are no witnesses, nil or empty.
func same(a, b Created) bool {
	lists := slices.Equal(a.Roots, b.Roots) && slices.Equal(a.Witnesses, b.Witnesses)
	a.Roots, b.Roots, a.Witnesses, b.Witnesses = nil, nil, nil, nil
	return lists && reflect.DeepEqual(a, b)
}

// checkTerms checks what is fixed for the ledger's whole life.
func (c Create) checkTerms() error {
	area, areaErr := domain.ParseAreaCode(string(c.Area))
	switch {
	case !ledgerPattern.MatchString(c.Ledger):
		return domain.Refuse(domain.Invalid, "ledger.id", "%.40q is not a ledger id", c.Ledger).WithNext("generate a UUID, in small letters")
	case !nameForm(c.Name):
		return domain.Refuse(domain.Invalid, "ledger.name", "the ledger needs a name of at most %d bytes, on one line", maxName).WithNext("name it")
	case areaErr != nil || area != c.Area || area.Level() == domain.VillageLevel:
		return domain.Refuse(domain.Invalid, "ledger.area", "%.20q is not the area code of a town, a county or what lies above", string(c.Area)).
			WithNext("write 9 digits for a town, 6 for a county, a city or a province")
	case c.FirstPeriod.Kind() != domain.Month:
		return domain.Refuse(domain.Invalid, "ledger.first-period", "the first period %q is not a month", c.FirstPeriod.String()).
			WithNext("write the first month paid by this ledger, such as 2022-01")
	case c.Currency != Yuan:
		return domain.Refuse(domain.Invalid, "ledger.currency", "the currency %.20q is not %s", c.Currency, Yuan).WithNext("write %s", Yuan)
	case c.Clock != RealClock && c.Clock != SimulatedClock:
		return domain.Refuse(domain.Invalid, "ledger.clock", "there is no clock %.20q", string(c.Clock)).
			WithNext("choose %s, or %s for a demonstration", RealClock, SimulatedClock)
	case c.Envelope < 1:
		return domain.Refuse(domain.Invalid, "ledger.envelope", "the envelope version %d does not exist", c.Envelope).WithNext("write the version this program writes")
	}
	return nil
}

// serving refuses whatever is asked of a ledger that is not there, or no longer.
func (s State) serving() error {
	switch {
	case s.Genesis == nil:
		return domain.Refuse(domain.NotFound, "ledger.empty", "there is no ledger here").WithNext("create it first")
	case s.Moved != nil:
		return domain.Refuse(domain.Conflict, "ledger.moved", "this ledger moved to %s after %d entries and takes no more", s.Moved.To, s.Moved.Size).
			WithNext("turn to the ledger at %s", s.Moved.To)
	}
	return nil
}

// DecideRotateLogKey names the log's next key.
func (s State) DecideRotateLogKey(c RotateLogKey) ([]domain.Event, error) {
	if err := s.serving(); err != nil {
		return nil, err
	}
	if c.Key == s.LogKey {
		return nil, nil
	}
	if err := checkKey("the log's key", c.Key); err != nil {
		return nil, err
	}
	switch {
	case slices.Contains(s.LogKeys, c.Key):
		return nil, domain.Refuse(domain.Conflict, "ledger.log-key-used", "this key was the log's before and never comes back").WithNext("make a new key")
	case slices.ContainsFunc(s.Roots, func(r Root) bool { return r.Key == c.Key }):
		return nil, domain.Refuse(domain.Invalid, "ledger.root-key", "this key is a root officer's").WithNext("make a key for the log alone")
	}
	return s.rootSigned(c.Revision, c.Event(s))
}

// DecideChangeWitnesses replaces the witnesses.
func (s State) DecideChangeWitnesses(c ChangeWitnesses) ([]domain.Event, error) {
	if err := s.serving(); err != nil {
		return nil, err
	}
	if slices.Equal(s.Witnesses, c.Witnesses) && s.Quorum == c.Quorum {
		return nil, nil
	}
	if err := checkWitnesses(c.Witnesses, c.Quorum); err != nil {
		return nil, err
	}
	return s.rootSigned(c.Revision, c.Event())
}

// DecideChangeOrigin starts a new origin. It cites the last checkpoint of the old one, whose first line is its origin.
func (s State) DecideChangeOrigin(c ChangeOrigin) ([]domain.Event, error) {
	if err := s.serving(); err != nil {
		return nil, err
	}
	if c.To == s.Origin {
		return nil, nil
	}
	if err := checkOrigin(c.To); err != nil {
		return nil, err
	}
	switch {
	case slices.Contains(s.Origins, c.To):
		return nil, domain.Refuse(domain.Conflict, "ledger.origin-used", "the origin %s was this ledger's before; one origin never signs two histories", c.To).
			WithNext("choose an origin that was never used")
	case !strings.HasPrefix(c.Checkpoint, s.Origin+"\n") || len(c.Checkpoint) > maxCheckpoint:
		return nil, domain.Refuse(domain.Invalid, "ledger.checkpoint", "the checkpoint cited is not one of %s", s.Origin).
			WithNext("cite the last checkpoint published under the old origin, whole")
	case !codePattern.MatchString(c.Reason):
		return nil, domain.Refuse(domain.Invalid, "ledger.reason", "the reason %.40q is not a code", c.Reason).
			WithNext("give a code of small letters and hyphens, such as log-lost")
	}
	return s.rootSigned(c.Revision, c.Event(s))
}

// maxCheckpoint bounds a cited checkpoint, in bytes: a signed note of a few hundred with its cosignatures.
const maxCheckpoint = 10_000

// DecideChangeRoots replaces the root officers; two of the present ones sign.
func (s State) DecideChangeRoots(c ChangeRoots) ([]domain.Event, error) {
	if err := s.serving(); err != nil {
		return nil, err
	}
	if slices.Equal(s.Roots, c.Roots) {
		return nil, nil
	}
	if err := checkRoots(c.Roots, s.LogKey); err != nil {
		return nil, err
	}
	return s.rootSigned(c.Revision, c.Event())
}

func (s State) rootSigned(revision int64, e domain.Event) ([]domain.Event, error) {
	signed, ok := NeedsRoots(e)
	if !ok {
		panic("genesis: " + e.EventType() + " is not signed by root officers") // a slip in this package
	}
	if err := CheckRoots(s.Origin, revision, s.Roots, signed); err != nil {
		return nil, err
	}
	return []domain.Event{e}, nil
}

// DecideMove ends this ledger.
func (s State) DecideMove(c Move) ([]domain.Event, error) {
	moved := Moved(c)
	if s.Moved != nil && *s.Moved == moved {
		return nil, nil
	}
	if err := s.serving(); err != nil {
		return nil, err
	}
	switch {
	case !hashPattern.MatchString(c.Root) || c.Size < 1:
		return nil, domain.Refuse(domain.Invalid, "ledger.move-root", "a move states the root, 64 hex digits, and the number of the entries before it").
			WithNext("compare both stores again and state what they agree on")
	case !nameForm(c.To):
		return nil, domain.Refuse(domain.Invalid, "ledger.move-to", "a move names the place that goes on, in at most %d bytes", maxName).WithNext("name it")
	}
	return []domain.Event{moved}, nil
}
