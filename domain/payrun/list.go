package payrun

import (
	"slices"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Limits of a list. A page is one event of at most 60,000 bytes, and a line with ids of 36 characters takes up to 290.
// Sections stand in one event too, at 150 bytes each.
const (
	MaxPage     = 200 // lines
	MaxSections = 350 // villages
	maxID       = 36  // characters: a UUID
)

// DecidePrepare says whether the list may be prepared now and how far it has come: the round, the pages and lines that
// stand. It refuses while draws are being undone, and once the list is prepared.
func DecidePrepare(s State) (Listing, error) {
	if err := known(s); err != nil {
		return Listing{}, err
	}
	switch {
	case s.Undoing > 0:
		return Listing{}, domain.Refuse(domain.Conflict, "payrun.undoing", "the draws of round %d are still being undone", s.Undoing).WithNext("%s", s.Next())
	case s.Status == StatusPreparing:
		return s.Listing, nil
	case s.Status == StatusOpen || s.Status == StatusSentBack:
		return Listing{Round: s.working()}, nil
	}
	return Listing{}, domain.Refuse(domain.Conflict, "payrun.not-preparing", "the run is %s; its list stands", s.Status).WithNext("%s", s.Next())
}

// List is one page of lines.
type List struct {
	Round int
	Page  int // from 1
	Lines []Line
}

// DecideList lists a page. Its lines continue those before it; each names a draw that stands in its person's stream.
func DecideList(s State, c List) ([]domain.Event, error) {
	if c.Round == s.Listing.Round && c.Page == s.Listing.Pages && rollLines(s.Listing.Before, c.Lines) == s.Listing.Digest && c.Page > 0 {
		return nil, nil
	}
	listing, err := s.nextPage(c.Round, c.Page, len(c.Lines), func(l Listing) int { return l.Pages })
	if err != nil {
		return nil, err
	}
	draws := map[string]bool{}
	for i, l := range c.Lines {
		if err := s.checkLine(l, listing.Lines+i+1); err != nil {
			return nil, err
		}
		if draws[l.Draw] {
			return nil, domain.Refuse(domain.Invalid, "payrun.draw-twice", "line %d lists a draw that this page lists already", l.Line).WithNext("list each draw once")
		}
		draws[l.Draw] = true
		listing.Total = listing.Total.Add(l.Amount)
	}
	if !listing.Total.InBounds() {
		return nil, domain.Refuse(domain.Invalid, "payrun.total-bounds", "the list comes to %v yuan, more than can be written", listing.Total).WithNext("correct the amounts")
	}
	return []domain.Event{Listed{Lines: c.Lines, Page: c.Page, Round: c.Round, Run: s.Opened.Run}}, nil
}

// checkLine checks the line that has to have this number.
func (s State) checkLine(l Line, number int) error {
	if l.Line != number || number > MaxLines {
		return domain.Refuse(domain.Invalid, "payrun.line-order", "line %d stands where line %d of at most %d is expected", l.Line, number, MaxLines).
			WithNext("number the lines of a round from 1 without a gap")
	}
	bad := func(what, next string) error {
		return domain.Refuse(domain.Invalid, "payrun.line", "line %d: %s", number, what).WithNext("%s", next)
	}
	switch _, err := signoff.ParseHex(l.Leaf); {
	case l.Amount.Sign() < 0:
		return bad("the amount "+l.Amount.String()+" is negative", "carry what is negative to the next run")
	case !isID(l.Draw) || !isID(l.Person):
		return bad("the draw or the person is no id of 1 to 36 characters", "list the draw as it stands in the person's stream")
	case l.Revision < 0:
		return bad("the draw has no revision", "list the draw as it stands in the person's stream")
	case err != nil:
		return bad("the leaf is no hash", "take the leaf hash of the draw's stored entry")
	case l.PayRef != PayRef(s.Opened.Run, number):
		return bad("the payRef is not the one of this line", "use "+PayRef(s.Opened.Run, number))
	case l.Village.Level() != domain.VillageLevel:
		return bad("the village is no code of 12 digits", "correct the village of the enrolment")
	}
	return nil
}

func isID(s string) bool { return s != "" && len(s) <= maxID }

// Hold is one page of held lines.
type Hold struct {
	Round int
	Page  int // from 1
	Lines []HeldLine
}

// DecideHold lists a page of people who get no draw in this run, each with its reason (缓发).
func DecideHold(s State, c Hold) ([]domain.Event, error) {
	if c.Round == s.Listing.Round && c.Page == s.Listing.HeldPages && rollHeld(s.Listing.HeldBefore, c.Lines) == s.Listing.HeldDigest && c.Page > 0 {
		return nil, nil
	}
	if _, err := s.nextPage(c.Round, c.Page, len(c.Lines), func(l Listing) int { return l.HeldPages }); err != nil {
		return nil, err
	}
	for i, l := range c.Lines {
		if err := checkHeld(l, i+1); err != nil {
			return nil, err
		}
	}
	return []domain.Event{HeldPage{Lines: c.Lines, Page: c.Page, Round: c.Round, Run: s.Opened.Run}}, nil
}

// checkHeld checks the held line that stands at this place of its page.
func checkHeld(l HeldLine, place int) error {
	bad := func(what, next string) error {
		return domain.Refuse(domain.Invalid, "payrun.held-line", "held line %d of the page: %s", place, what).WithNext("%s", next)
	}
	switch {
	case l.Amount.Sign() < 0 || !l.Amount.InBounds():
		return bad("the amount is negative or beyond bounds", "say what would be due, 0.00 for nothing")
	case !isID(l.Person):
		return bad("the person is no id of 1 to 36 characters", "name the person held")
	case (l.Enrolment == "") == (l.Grant == "") || len(l.Enrolment+l.Grant) > maxID:
		return bad("it names not exactly one enrolment or grant", "name the one that is held")
	case !slices.Contains(HeldReasons(), l.Reason):
		return bad("\""+string(l.Reason)+"\" is not a reason to hold", "choose one of the reasons of the ledger")
	case l.Village.Level() != domain.VillageLevel:
		return bad("the village is no code of 12 digits", "correct the village of the enrolment")
	}
	return nil
}

// HeldReasons returns the closed set of reasons to hold a line.
func HeldReasons() []HeldReason {
	return []HeldReason{HeldSuspended, HeldNoAccount, HeldReturned, HeldInFlight, HeldNotDue, HeldDied, HeldNoRate, HeldTransfer}
}

// nextPage checks that a page of this many lines may come now, where pages says how many stand.
func (s State) nextPage(round, page, lines int, pages func(Listing) int) (Listing, error) {
	listing, err := DecidePrepare(s)
	if err != nil {
		return Listing{}, err
	}
	switch {
	case round != listing.Round:
		return Listing{}, domain.Refuse(domain.Conflict, "payrun.round", "round %d is being prepared, not round %d", listing.Round, round).
			WithNext("load the run again and go on with round %d", listing.Round)
	case page != pages(listing)+1:
		return Listing{}, domain.Refuse(domain.Conflict, "payrun.page-order", "page %d is expected, not page %d", pages(listing)+1, page).
			WithNext("load the run again and go on with page %d", pages(listing)+1)
	case lines < 1 || lines > MaxPage:
		return Listing{}, domain.Refuse(domain.Invalid, "payrun.page-size", "a page has 1 to %d lines, not %d", MaxPage, lines).WithNext("divide the list into pages of %d", MaxPage)
	}
	return listing, nil
}

// Prepare says that the list is whole. It shows all lines and held lines once more, in order: the state kept only their digest.
type Prepare struct {
	Round int
	Lines []Line
	Held  []HeldLine
}

// DecidePrepared ends preparing with the totals and sections of Summarize. The lines shown must be the ones listed.
func DecidePrepared(s State, c Prepare) ([]domain.Event, error) {
	if s.Listing.Prepared && c.Round == s.Listing.Round && s.isListed(c) {
		return nil, nil
	}
	listing, err := DecidePrepare(s)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Round != listing.Round:
		return nil, domain.Refuse(domain.Conflict, "payrun.round", "round %d is being prepared, not round %d", listing.Round, c.Round).
			WithNext("load the run again and go on with round %d", listing.Round)
	case listing.Lines+listing.Held == 0:
		return nil, domain.Refuse(domain.Refused, "payrun.empty", "nobody is listed and nobody is held").WithNext("cancel the run")
	case !s.isListed(c):
		return nil, domain.Refuse(domain.Conflict, "payrun.not-as-listed", "the lines shown are not the %d lines and %d held lines that were listed", listing.Lines, listing.Held).
			WithNext("somebody entered or left since the first pages were listed: cancel the run and open another")
	}
	if err := checkOnce(c); err != nil {
		return nil, err
	}
	totals, sections, err := Summarize(c.Lines, c.Held)
	if err != nil {
		return nil, err
	}
	if len(sections) > MaxSections {
		return nil, domain.Refuse(domain.Invalid, "payrun.sections", "the list covers %d villages; one run holds %d", len(sections), MaxSections).WithNext("cancel the run and open one for each town")
	}
	return []domain.Event{Prepared{
		HeldPages: listing.HeldPages, Pages: listing.Pages, Round: c.Round, Run: s.Opened.Run, Totals: totals, Sections: sections,
	}}, nil
}

// isListed says whether the command shows what was listed, line by line.
func (s State) isListed(c Prepare) bool {
	return rollLines("", c.Lines) == s.Listing.Digest && rollHeld("", c.Held) == s.Listing.HeldDigest
}

// checkOnce refuses a draw that is listed twice, and somebody held twice for the same.
func checkOnce(c Prepare) error {
	seen := map[string]int{}
	for _, l := range c.Lines {
		if first := seen[l.Draw]; first > 0 {
			return domain.Refuse(domain.Conflict, "payrun.draw-twice", "lines %d and %d list the same draw", first, l.Line).WithNext("cancel the run and prepare it anew")
		}
		seen[l.Draw] = l.Line
	}
	held := map[[2]string]bool{}
	for _, l := range c.Held {
		key := [2]string{l.Enrolment, l.Grant}
		if held[key] {
			return domain.Refuse(domain.Conflict, "payrun.held-twice", "%s is held twice", l.Enrolment+l.Grant).WithNext("cancel the run and prepare it anew")
		}
		held[key] = true
	}
	return nil
}
