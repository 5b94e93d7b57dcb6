package domain

import (
	"cmp"
	"slices"
	"strings"
)

// AreaCode is a code of the administrative division (行政区划): 6 digits for a county and what lies above it (GB/T 2260),
// 9 for a township (GB/T 10114), 12 for a village. Province and city codes are 6 digits that end in zeros: 340000, 340500.
// 000000 is the whole country, for rules and ledgers that no province bounds.
//
// A code is no key by itself: codes are revised yearly and reused, so Areas answers for a day.
type AreaCode string

// AreaLevel is how far down an area lies.
type AreaLevel string

// Nation is the code of the whole country.
const Nation AreaCode = "000000"

// The levels of areas. Province and city are 6-digit codes ending in 0000 and 00.
const (
	NationLevel   AreaLevel = "nation"   // 全国
	ProvinceLevel AreaLevel = "province" // 省
	CityLevel     AreaLevel = "city"     // 市, also a city without counties, whose towns lie directly in it
	CountyLevel   AreaLevel = "county"   // 区县
	TownLevel     AreaLevel = "town"     // 乡镇街道
	VillageLevel  AreaLevel = "village"  // 村居
)

// ParseAreaCode reads a code of 6, 9 or 12 digits. Codes padded with zeros, as the statistics bureau prints them
// (340523100000), are shortened to their own length. It refuses with area.code.
func ParseAreaCode(s string) (AreaCode, error) {
	if s == string(Nation) {
		return Nation, nil
	}
	if !isDigits(s) || (len(s) != 6 && len(s) != 9 && len(s) != 12) || s[:2] < "11" {
		return "", Refuse(Invalid, "area.code", "%s is not an area code", quote(s)).
			WithNext("write 6 digits for a county, 9 for a township, 12 for a village")
	}
	for len(s) > 6 && strings.HasSuffix(s, "000") {
		s = s[:len(s)-3]
	}
	return AreaCode(s), nil
}

// UnmarshalText accepts a code in its own length only, so that what is stored has one form.
func (c *AreaCode) UnmarshalText(b []byte) error {
	v, err := ParseAreaCode(string(b))
	if err != nil {
		return err
	}
	if string(v) != string(b) {
		return Refuse(Invalid, "area.canonical", "the area code %s is padded with zeros", quote(string(b))).WithNext("write it as %s", string(v))
	}
	*c = v
	return nil
}

// Level returns how far down the area lies; empty for a string that was never parsed.
func (c AreaCode) Level() AreaLevel {
	switch {
	case len(c) == 12:
		return VillageLevel
	case len(c) == 9:
		return TownLevel
	case len(c) != 6:
		return ""
	case c == Nation:
		return NationLevel
	case strings.HasSuffix(string(c), "0000"):
		return ProvinceLevel
	case strings.HasSuffix(string(c), "00"):
		return CityLevel
	}
	return CountyLevel
}

// stem is the part of the code that every area inside it begins with.
func (c AreaCode) stem() string {
	switch c.Level() {
	case NationLevel:
		return ""
	case ProvinceLevel:
		return string(c[:2])
	case CityLevel:
		return string(c[:4])
	}
	return string(c)
}

// Within reports whether c lies in the area of prefix or is that area itself. Nothing lies within an empty code.
func (c AreaCode) Within(prefix AreaCode) bool {
	return prefix != "" && strings.HasPrefix(string(c), prefix.stem())
}

// Parent returns the area directly above by the digits of the code, and the empty code above a province.
func (c AreaCode) Parent() AreaCode {
	switch c.Level() {
	case VillageLevel:
		return c[:9]
	case TownLevel:
		return c[:6]
	case CountyLevel:
		return c[:4] + "00"
	case CityLevel:
		return c[:2] + "0000"
	}
	return ""
}

// Area is one division under one name for a stretch of days. A merger or a new name ends one Area and begins another.
type Area struct {
	Code      AreaCode `json:"code"`
	Name      string   `json:"name"`
	ValidFrom Date     `json:"validFrom,omitzero"` // first day; absent: since ever
	ValidTo   Date     `json:"validTo,omitzero"`   // last day; absent: still valid
}

// validOn reports whether a was the area of its code on day.
func (a Area) validOn(day Date) bool {
	return !day.Before(a.ValidFrom) && (a.ValidTo.IsZero() || !day.After(a.ValidTo))
}

// Areas answers which area a code meant on a day. The zero value knows none. It does not change after NewAreas.
type Areas struct {
	byCode map[AreaCode][]Area // ordered by ValidFrom, never overlapping
}

// NewAreas indexes areas. It refuses a code that is not one (area.code), an area without a name (area.name), one that
// ends before it begins (area.validity), and two that give one code on one day (area.overlap).
func NewAreas(areas []Area) (Areas, error) {
	byCode := make(map[AreaCode][]Area, len(areas))
	for _, a := range areas {
		if err := a.check(); err != nil {
			return Areas{}, err
		}
		byCode[a.Code] = append(byCode[a.Code], a)
	}
	for _, same := range byCode {
		slices.SortFunc(same, func(a, b Area) int { return a.ValidFrom.Compare(b.ValidFrom) })
	}
	for _, a := range areas { // in the order given, so that of several overlaps always the same is named
		if err := overlap(byCode[a.Code]); err != nil {
			return Areas{}, err
		}
	}
	return Areas{byCode: byCode}, nil
}

func (a Area) check() error {
	code, err := ParseAreaCode(string(a.Code))
	switch {
	case err != nil:
		return err
	case code != a.Code:
		return Refuse(Invalid, "area.canonical", "the area code %s is padded with zeros", quote(string(a.Code))).WithNext("write it as %s", string(code))
	case a.Name == "":
		return Refuse(Invalid, "area.name", "the area %s has no name", a.Code).WithNext("name it")
	case !a.ValidTo.IsZero() && a.ValidTo.Before(a.ValidFrom):
		return Refuse(Invalid, "area.validity", "the area %s ends on %v, before it begins on %v", a.Code, a.ValidTo, a.ValidFrom).
			WithNext("correct its days")
	}
	return nil
}

// overlap refuses areas of one code, ordered by their first day, that share a day.
func overlap(same []Area) error {
	for i := 1; i < len(same); i++ {
		if end := same[i-1].ValidTo; end.IsZero() || !end.Before(same[i].ValidFrom) {
			return Refuse(Invalid, "area.overlap", "the area code %s means both %s and %s on %v", same[i].Code, quote(same[i-1].Name), quote(same[i].Name),
				same[i].ValidFrom).WithNext("end the first before the second begins")
		}
	}
	return nil
}

// On returns the area that code meant on day, and whether there was one. No area is valid on the absent date.
func (as Areas) On(code AreaCode, day Date) (Area, bool) {
	if day.IsZero() {
		return Area{}, false
	}
	for _, a := range as.byCode[code] {
		if a.validOn(day) {
			return a, true
		}
	}
	return Area{}, false
}

// All returns every area, ordered by code and first day.
func (as Areas) All() []Area {
	var all []Area
	for _, same := range as.byCode {
		all = append(all, same...)
	}
	slices.SortFunc(all, func(a, b Area) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), a.ValidFrom.Compare(b.ValidFrom))
	})
	return all
}
