package office

import (
	"regexp"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

// Open brings an office into the ledger from the act's effective day.
type Open struct {
	Office     string
	Level      signoff.Level
	Department string // closed code; empty: any
	Name       string
	Area       domain.AreaCode
	Parent     string          // office id; empty at the top
	ParentArea domain.AreaCode // the parent's area on that day, as the ledger knows it; empty if it is not open
	Villages   []Village       // by code; towns only
	By         officer.Act
}

// Change replaces name, area and villages from the act's effective day.
type Change struct {
	Name       string
	Area       domain.AreaCode
	ParentArea domain.AreaCode // as in Open; unused without a parent
	Villages   []Village
	By         officer.Act
}

// Close ends the office from the act's effective day.
type Close struct {
	Into string // the office that goes on; empty: none
	By   officer.Act
}

// Event is what the command appends: the granter signs officer.StatementFor it.
func (c Open) Event() Opened {
	return Opened{
		Area: c.Area, Department: c.Department, Grant: c.By.Grant(), Level: c.Level, Name: c.Name, Office: c.Office, Parent: c.Parent,
		Villages: c.Villages,
	}
}

// Event is what the command appends for an office: the granter signs officer.StatementFor it.
func (c Change) Event(office string) Changed {
	return Changed{Area: c.Area, Grant: c.By.Grant(), Name: c.Name, Office: office, Villages: c.Villages}
}

// Event is what the command appends for an office: the granter signs officer.StatementFor it.
func (c Close) Event(office string) Closed {
	return Closed{Grant: c.By.Grant(), Into: c.Into, Office: office}
}

// DecideOpen opens an office.
func (s State) DecideOpen(c Open) ([]domain.Event, error) {
	if s.Office != "" {
		return nil, s.openedAs(c)
	}
	if !idPattern.MatchString(c.Office) {
		return nil, domain.Refuse(domain.Invalid, "office.id", "an office needs an id of 1 to 100 letters, digits, dots and hyphens").
			WithNext("choose another id")
	}
	if c.Department != "" && !codePattern.MatchString(c.Department) {
		return nil, domain.Refuse(domain.Invalid, "office.department", "the department %.40q is not a code", c.Department).
			WithNext("give a code of small letters and hyphens, such as family-planning")
	}
	if err := checkLevel(c.Level, c.Area); err != nil {
		return nil, err
	}
	if c.Parent == c.Office {
		return nil, domain.Refuse(domain.Invalid, "office.parent", "an office is not its own parent").WithNext("name the office above it")
	}
	if err := checkWithin(c.Parent, c.Area, c.ParentArea); err != nil {
		return nil, err
	}
	if err := checkVersion(c.Level, c.Area, c.Name, c.Villages); err != nil {
		return nil, err
	}
	return granted(c.By, c.Event(), c.Area)
}

// openedAs answers an opening of an office that is there: nothing to do if it is the same, else no.
func (s State) openedAs(c Open) error {
	v, open := s.On(c.By.Place.On)
	same := open && s.Office == c.Office && s.Level == c.Level && s.Department == c.Department && s.Parent == c.Parent &&
		v.same(c.Name, c.Area, c.Villages)
	if !same {
		return domain.Refuse(domain.Conflict, "office.exists", "the office %s is there already, otherwise than asked", s.Office).
			WithNext("change it, or open another office under another id")
	}
	return nil
}

func (v Version) same(name string, area domain.AreaCode, villages []Village) bool {
	return v.Name == name && v.Area == area && slices.Equal(v.Villages, villages)
}

// DecideChange changes an office.
func (s State) DecideChange(c Change) ([]domain.Event, error) {
	old, err := s.standing(c.By.Place.On)
	if err != nil {
		return nil, err
	}
	if old.same(c.Name, c.Area, c.Villages) {
		return nil, nil
	}
	if err := checkLevel(s.Level, c.Area); err != nil {
		return nil, err
	}
	if err := checkWithin(s.Parent, c.Area, c.ParentArea); err != nil {
		return nil, err
	}
	if err := checkVersion(s.Level, c.Area, c.Name, c.Villages); err != nil {
		return nil, err
	}
	return granted(c.By, c.Event(s.Office), old.Area, c.Area)
}

// DecideClose closes an office. Later versions that were recorded before never come to be.
func (s State) DecideClose(c Close) ([]domain.Event, error) {
	day := c.By.Place.On
	if !s.ClosedFrom.IsZero() && s.ClosedFrom == day && s.Into == c.Into {
		return nil, nil
	}
	old, err := s.standing(day)
	switch {
	case err != nil:
		return nil, err
	case !s.ClosedFrom.IsZero():
		return nil, domain.Refuse(domain.Conflict, "office.closed", "the office %s is closed from %v already", s.Office, s.ClosedFrom).
			WithNext("open another office if it has to go on")
	case c.Into == s.Office:
		return nil, domain.Refuse(domain.Invalid, "office.into", "an office does not go on in itself").WithNext("name the office that goes on, or none")
	case c.Into != "" && !idPattern.MatchString(c.Into):
		return nil, domain.Refuse(domain.Invalid, "office.id", "%.40q is not the id of an office", c.Into).WithNext("name the office that goes on, or none")
	}
	return granted(c.By, c.Event(s.Office), old.Area)
}

// standing is what the office is on a day, or why it is not there.
func (s State) standing(day domain.Date) (Version, error) {
	if s.Office == "" {
		return Version{}, domain.Refuse(domain.NotFound, "office.unknown", "there is no such office").WithNext("open it first")
	}
	if s.closedOn(day) {
		return Version{}, domain.Refuse(domain.Conflict, "office.closed", "the office %s is closed from %v", s.Office, s.ClosedFrom).
			WithNext("turn to the office that goes on, or choose an earlier day")
	}
	v, open := s.On(day)
	if !open {
		return Version{}, domain.Refuse(domain.Conflict, "office.not-open", "the office %s was not open yet on %v", s.Office, day).
			WithNext("choose a day from %v on", s.Versions[0].From)
	}
	return v, nil
}

// checkLevel wants an area of the office's level.
func checkLevel(level signoff.Level, area domain.AreaCode) error {
	if parsed, err := domain.ParseAreaCode(string(area)); err != nil || parsed != area {
		return domain.Refuse(domain.Invalid, "office.area", "%.20q is not an area code in its own length", string(area)).
			WithNext("write 6 digits for a county, 9 for a town, 12 for a village")
	}
	agree := false
	switch at := area.Level(); level {
	case signoff.Village:
		agree = at == domain.VillageLevel
	case signoff.Town:
		agree = at == domain.TownLevel
	case signoff.County: // a county, a city without counties, a province
		agree = at != domain.TownLevel && at != domain.VillageLevel
	case signoff.Finance: // also of a town (财政所)
		agree = at != domain.VillageLevel
	default:
		return domain.Refuse(domain.Invalid, "office.level", "there is no level %.20q", string(level)).
			WithNext("choose %s, %s, %s or %s", signoff.Village, signoff.Town, signoff.County, signoff.Finance)
	}
	if !agree {
		return domain.Refuse(domain.Invalid, "office.level-area", "an office of the level %s does not answer for the area %s", level, area).
			WithNext("correct the level or the area code")
	}
	return nil
}

// checkWithin wants an office inside its parent's area.
func checkWithin(parent string, area, parentArea domain.AreaCode) error {
	switch {
	case parent == "":
		return nil
	case parentArea == "":
		return domain.Refuse(domain.NotFound, "office.parent", "the parent office %.40q is not open on that day", parent).WithNext("open the parent office first")
	case !area.Within(parentArea):
		return domain.Refuse(domain.Invalid, "office.parent-area", "the area %s does not lie in that of the parent, %s", area, parentArea).
			WithNext("correct the area code or the parent")
	}
	return nil
}

// checkVersion checks what a change may replace.
func checkVersion(level signoff.Level, area domain.AreaCode, name string, villages []Village) error {
	if !nameForm(name, maxName) {
		return domain.Refuse(domain.Invalid, "office.name", "an office needs a name of at most %d bytes, on one line", maxName).WithNext("name it")
	}
	if len(villages) > 0 && level != signoff.Town {
		return domain.Refuse(domain.Invalid, "office.villages", "only a town lists villages").WithNext("leave the villages out")
	}
	if len(villages) > maxVillages {
		return domain.Refuse(domain.Invalid, "office.villages", "%d villages are more than %d", len(villages), maxVillages).WithNext("check the list of villages")
	}
	for i, v := range villages {
		if err := checkVillage(v, area); err != nil {
			return err
		}
		if i > 0 && v.Code <= villages[i-1].Code {
			return domain.Refuse(domain.Invalid, "office.village-order", "village %s stands after %s", v.Code, villages[i-1].Code).
				WithNext("list every village once, in the order of the codes")
		}
	}
	return nil
}

func checkVillage(v Village, town domain.AreaCode) error {
	parsed, err := domain.ParseAreaCode(string(v.Code))
	switch {
	case err != nil || parsed != v.Code || v.Code.Level() != domain.VillageLevel:
		return domain.Refuse(domain.Invalid, "office.village-code", "%.20q is not the code of a village", string(v.Code)).WithNext("write its 12 digits")
	case !v.Code.Within(town):
		return domain.Refuse(domain.Invalid, "office.village-area", "village %s does not lie in %s", v.Code, town).WithNext("correct its code, or list it with its own town")
	case !nameForm(v.Name, maxVillageName):
		return domain.Refuse(domain.Invalid, "office.village-name", "village %s needs a name of at most %d bytes, on one line", v.Code, maxVillageName).WithNext("name it")
	}
	return nil
}

// granted gives the one event of a decision if the granter may, and signed it.
func granted(a officer.Act, e officer.Granted, areas ...domain.AreaCode) ([]domain.Event, error) {
	if err := a.Granter.May("", "", areas...); err != nil {
		return nil, err
	}
	if err := a.Check(e); err != nil {
		return nil, err
	}
	return []domain.Event{e}, nil
}

// An office's event holds all its villages, and the granter's statement of them in which a Chinese character takes nine
// bytes, together in less than 60,000 bytes: at most 300 a village.
const (
	maxVillages    = 150
	maxVillageName = 60 // bytes: 20 Chinese characters
	maxName        = 90
)

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	codePattern = regexp.MustCompile(`^[a-z][a-z-]{0,39}$`)
)

func nameForm(s string, most int) bool {
	return s != "" && len(s) <= most && strings.TrimSpace(s) == s && !strings.ContainsAny(s, "\r\n\t")
}
