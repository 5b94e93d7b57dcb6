package rulebook

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"almoner/domain"
)

// RateChange is a unit of a class that is worth something else under another edition. A row is empty where that edition
// has no rate.
type RateChange struct {
	Key            Key
	Unit           domain.Period
	Old, New       domain.Money
	OldRow, NewRow string
}

// Lowered reports whether the unit is worth less than before. Publishing refuses to lower a unit that has been drawn
// unless it is told to.
func (c RateChange) Lowered() bool { return c.New.Cmp(c.Old) < 0 }

// Comparison is what changes from one edition of a rulebook to another.
type Comparison struct {
	Rates    []RateChange // by class, then by unit
	Sections []string     // sections of the file other than rates whose meaning differs, in the file's order
}

// Lowered returns the changes that lower a unit.
func (c Comparison) Lowered() []RateChange {
	var lowered []RateChange
	for _, change := range c.Rates {
		if change.Lowered() {
			lowered = append(lowered, change)
		}
	}
	return lowered
}

// Compare lists what changes from one edition to the next for the given classes and units; nil keys means every class of
// either edition. It refuses (rulebook.other-rules) editions of different rules or accrual units, and units of another
// kind (rulebook.wrong-unit).
func Compare(before, now *Rulebook, keys []Key, units []domain.Period) (Comparison, error) {
	if before.ID() != now.ID() || before.unit != now.unit {
		return Comparison{}, domain.Refuse(domain.Invalid, "rulebook.other-rules", "%s by %s and %s by %s are not two editions of the same rules",
			before.ID(), before.unit, now.ID(), now.unit).WithNext("compare editions with the same programme, region and unit")
	}
	if keys == nil {
		keys = before.Keys()
		for _, key := range now.Keys() {
			if !slices.ContainsFunc(keys, key.Equal) {
				keys = append(keys, key)
			}
		}
	}
	result := Comparison{Sections: differingSections(before, now)}
	for _, key := range keys {
		for _, unit := range units {
			change, err := compareUnit(before, now, key, unit)
			if err != nil {
				return Comparison{}, fmt.Errorf("compare %s, class %s, %s: %w", now.ID(), key, unit, err)
			}
			if !change.Old.Equal(change.New) || change.OldRow != change.NewRow {
				result.Rates = append(result.Rates, change)
			}
		}
	}
	return result, nil
}

func compareUnit(before, now *Rulebook, key Key, unit domain.Period) (RateChange, error) {
	was, err := rateOrNone(before, key, unit)
	if err != nil {
		return RateChange{}, err
	}
	is, err := rateOrNone(now, key, unit)
	if err != nil {
		return RateChange{}, err
	}
	return RateChange{Key: key, Unit: unit, Old: was.Amount, New: is.Amount, OldRow: was.Row, NewRow: is.Row}, nil
}

// rateOrNone is RateFor, with nothing where the edition has no such class or no rate yet.
func rateOrNone(r *Rulebook, key Key, unit domain.Period) (Rate, error) {
	rate, err := r.RateFor(key, unit)
	var refused *domain.RefusedError
	if errors.As(err, &refused) && (refused.Rule == "rulebook.no-rate" || refused.Rule == "rulebook.unknown-class") {
		return Rate{}, nil
	}
	return rate, err
}

// differingSections names the sections whose meaning differs. Expressions are compared by what they were written as.
func differingSections(a, b *Rulebook) []string {
	var names []string
	for _, section := range []struct {
		name string
		a, b any
	}{
		{"title", a.title, b.title},
		{"effective", [2]domain.Date{a.from, a.to}, [2]domain.Date{b.from, b.to}},
		{"closes", a.closes, b.closes},
		{"holder", a.holder, b.holder},
		{"slot", a.slot, b.slot},
		{"schedule", a.schedule, b.schedule},
		{"documents", a.documents, b.documents},
		{"attributes", a.attributes, b.attributes},
		{"criteria", a.Criteria(), b.Criteria()},
		{"classes", a.classTexts(), b.classTexts()},
		{"funding", a.funds, b.funds},
		{"start", a.start, b.start},
		{"arrears", a.arrears, b.arrears},
		{"until", a.untilTexts(), b.untilTexts()},
		{"class-change", a.change, b.change},
		{"exits", a.exits, b.exits},
		{"suspensions", a.suspensions, b.suspensions},
		{"exclusive", []any{a.group, a.relations}, []any{b.group, b.relations}},
		{"deductions", a.setOff, b.setOff},
		{"notices", a.notices, b.notices},
		{"chains", a.chains, b.chains},
		{"calendar", a.calendar, b.calendar},
	} {
		if !reflect.DeepEqual(section.a, section.b) {
			names = append(names, section.name)
		}
	}
	return names
}

func (r *Rulebook) classTexts() []string {
	var texts []string
	for _, c := range r.classes {
		texts = append(texts, fmt.Sprintf("%s|%s|%s|%s", c.key, c.title.Zh, c.title.En, c.when.String()))
	}
	return texts
}

func (r *Rulebook) untilTexts() []string {
	var texts []string
	for _, u := range r.until {
		texts = append(texts, fmt.Sprintf("%s|%d|%s|%s|%s", u.who, u.age, u.reason, u.handOver, u.when.String()))
	}
	return texts
}
