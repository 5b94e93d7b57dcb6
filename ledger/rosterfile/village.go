package rosterfile

import (
	"strings"

	"almoner/domain"
)

// villages finds the area code of a village as an office writes it.
type villages struct {
	byName map[string]domain.AreaCode // by normalised name
	byStem map[string]domain.AreaCode // by name without its ending; "" when two villages share it
	known  map[domain.AreaCode]bool
}

func newVillages(given map[string]domain.AreaCode) *villages {
	v := &villages{byName: map[string]domain.AreaCode{}, byStem: map[string]domain.AreaCode{}, known: map[domain.AreaCode]bool{}}
	for name, code := range given {
		word := normalWord(name)
		stem := villageStem(word)
		if other, taken := v.byStem[stem]; taken && other != code {
			v.byStem[stem] = ""
		} else {
			v.byStem[stem] = code
		}
		v.byName[word], v.known[code] = code, true
	}
	return v
}

// find looks a village up by name or code; the endings 村, 社区 and the like may be left out or added, as long as the
// answer is one village.
func (v *villages) find(s string) (domain.AreaCode, bool) {
	word := normalWord(s)
	if code, ok := v.byName[word]; ok {
		return code, true
	}
	if code, err := domain.ParseAreaCode(word); err == nil && v.known[code] {
		return code, true
	}
	code := v.byStem[villageStem(word)]
	return code, code != ""
}

// splitVillage takes a group off the end of a village: the name up to 村, 社区, 居委会 or 村委会, then something ending in 组.
func splitVillage(s string) (village, group string, ok bool) {
	if !strings.HasSuffix(s, "组") {
		return s, "", false
	}
	for _, end := range []string{"村委会", "居委会", "社区", "村"} {
		if i := strings.LastIndex(s, end); i > 0 {
			i += len(end)
			return strings.TrimRight(s[:i], " "), strings.TrimLeft(s[i:], " -—"), i < len(s)
		}
	}
	return s, "", false
}

func villageStem(s string) string {
	for _, end := range []string{"村民委员会", "居民委员会", "村委会", "居委会", "社区", "村"} {
		if stem, ok := strings.CutSuffix(s, end); ok && stem != "" {
			return villageStem(stem)
		}
	}
	return s
}
