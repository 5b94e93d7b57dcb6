package officer

import (
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/signoff"
)

// The capacities beside those of the ladder.
const (
	Personnel = "county.personnel" // 人事: appoints officers, grants capacities and keys inside its area
	Auditor   = "county.auditor"   // 审计: reads everything inside its area
	Unmask    = "unmask"           // sees personal data in full; every look leaves a trace
)

// side says which of the two kinds that one person never joins a capacity belongs to.
type side int

const (
	neitherSide     side = iota
	eligibilitySide      // decides who is entitled
	moneySide            // pays
)

// Capacities lists every capacity there is: each level of the ladder with each duty, and the three beside it.
func Capacities() []string {
	all := []string{Auditor, Personnel, Unmask}
	for _, level := range []signoff.Level{signoff.Village, signoff.Town, signoff.County, signoff.Finance} {
		for _, duty := range []signoff.Duty{signoff.Handler, signoff.LineHead, signoff.Head} {
			all = append(all, signoff.Step{Level: level, Duty: duty}.Capacity())
		}
	}
	slices.Sort(all)
	return all
}

// levelOf is the level a capacity acts on; unmask has none.
func levelOf(capacity string) signoff.Level {
	level, _, found := strings.Cut(capacity, ".")
	if !found {
		return ""
	}
	return signoff.Level(level)
}

func sideOf(capacity string) side {
	switch {
	case capacity == Personnel || capacity == Auditor || capacity == Unmask:
		return neitherSide
	case levelOf(capacity) == signoff.Finance:
		return moneySide
	}
	return eligibilitySide
}

// reachesArea says whether a capacity fits an area: a village's handler acts for one village and not for the whole town,
// or else one could sign for twelve. Finance and unmask go with any area.
func reachesArea(capacity string, area domain.AreaCode) bool {
	if parsed, err := domain.ParseAreaCode(string(area)); err != nil || parsed != area {
		return false
	}
	switch levelOf(capacity) {
	case signoff.Village:
		return area.Level() == domain.VillageLevel
	case signoff.Town:
		return area.Level() == domain.TownLevel
	case signoff.County:
		return area.Level() != domain.VillageLevel && area.Level() != domain.TownLevel // a county, a city or a province
	}
	return true
}

// Holding is one capacity held for one office over a stretch of days.
type Holding struct {
	Capacity string          `json:"capacity"`
	Office   string          `json:"office"`
	Area     domain.AreaCode `json:"area"` // the capacity reaches this area and all below it
	From     domain.Date     `json:"from"`
	Until    domain.Date     `json:"until,omitzero"` // last day; absent: open; before From: withdrawn before it began
}

// on says whether the holding covers a day.
func (h Holding) on(day domain.Date) bool {
	return !day.Before(h.From) && !h.endsBefore(day)
}

// endsBefore says whether the last day lies before a day.
func (h Holding) endsBefore(day domain.Date) bool { return !h.Until.IsZero() && h.Until.Before(day) }

// contains says whether h covers every day of other.
func (h Holding) contains(other Holding) bool {
	if other.From.Before(h.From) {
		return false
	}
	return h.Until.IsZero() || (!other.Until.IsZero() && !h.Until.Before(other.Until))
}

// void says that the holding was withdrawn before it began.
func (h Holding) void() bool { return h.endsBefore(h.From) }

// overlaps says whether the two share a day.
func (h Holding) overlaps(other Holding) bool {
	return !h.void() && !other.void() && !h.endsBefore(other.From) && !other.endsBefore(h.From)
}

// withdraw ends the holdings of a capacity for an office after a day. Those that begin later become void; they stay, so
// that asking twice finds them.
func withdraw(holdings []Holding, capacity, office string, until domain.Date) []Holding {
	left := slices.Clone(holdings)
	for i, h := range left {
		if h.Capacity == capacity && h.Office == office && !h.endsBefore(until) {
			left[i].Until = until
		}
	}
	return left
}
