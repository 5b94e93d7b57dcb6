package rulebook

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"almoner/domain"
)

// view is the facts as they are true on a day. It answers CEL's questions for variables.
type view struct {
	facts *Facts
	on    domain.Date
}

// variable is one name that an expression may use.
type variable struct {
	name string
	typ  *cel.Type
	// shown says that the value may stand in a trace: codes, counts and whole ages may, dates may not.
	shown bool
	value func(view) ref.Val    // nil when the fact is not known
	ids   func(*Facts) []string // events that recorded the facts behind it
	codes []string              // the closed set of a code's values
}

// unknown is what CEL sees of a fact nobody has recorded. It spreads through an expression unless the rest decides it
// alone, as in `true || x`.
var unknown ref.Val = types.NewUnknown(1, nil)

// The closed sets of the codes in Facts.
var (
	hukouKinds        = []string{"rural", "urban"}
	marriageStates    = []string{"first", "remarried", "restored", "divorced", "widowed", "unmarried"}
	retirementChannel = []string{"none", "public", "enterprise", "resident"}
	employerCounts    = []string{"none", "one", "both"}
	sexes             = []string{string(domain.Male), string(domain.Female)}
)

// variables is the closed list of what an expression may ask. docs/rulebooks.md describes it for those who write rules,
// and a test compares the two.
var variables = []variable{
	{name: "day", typ: cel.TimestampType, value: func(v view) ref.Val { return timestamp(v.on) }},
	{name: "born", typ: cel.TimestampType, value: func(v view) ref.Val { return timestamp(v.facts.Birth) }, ids: birthIDs},
	{name: "age", typ: cel.IntType, shown: true, value: func(v view) ref.Val { return v.age(v.facts.Birth) }, ids: birthIDs},
	{name: "sex", typ: cel.StringType, shown: true, value: func(v view) ref.Val { return code(string(v.facts.Sex), sexes) }, ids: birthIDs, codes: sexes},
	{name: "alive", typ: cel.BoolType, shown: true, value: func(v view) ref.Val { return types.Bool(!reached(v.facts.Died, v.on)) }, ids: diedIDs},
	{name: "hukou", typ: cel.StringType, shown: true, value: view.hukouKind, ids: hukouIDs, codes: hukouKinds},
	{name: "marriage", typ: cel.StringType, shown: true, value: view.marriage, ids: marriageIDs, codes: marriageStates},
	{name: "single", typ: cel.BoolType, shown: true, value: view.single, ids: marriageIDs},
	{name: "spouse_age", typ: cel.IntType, shown: true, value: func(v view) ref.Val { return v.age(v.facts.Spouse.Birth) }, ids: spouseIDs},
	{name: "spouse_hukou", typ: cel.StringType, shown: true, value: func(v view) ref.Val { return code(v.facts.Spouse.HukouKind, hukouKinds) }, ids: spouseIDs, codes: hukouKinds},
	{name: "wife_age", typ: cel.IntType, shown: true, value: func(v view) ref.Val { return v.age(v.facts.wifeBirth()) }, ids: wifeIDs},
	{name: "children_ever", typ: cel.IntType, shown: true, value: count(func(v view, c Child) bool { return true }), ids: childrenIDs},
	{name: "children_living", typ: cel.IntType, shown: true, value: count(view.living), ids: childrenIDs},
	{name: "living_boys", typ: cel.IntType, shown: true, value: count(func(v view, c Child) bool { return c.Sex == domain.Male && v.living(c) }), ids: childrenIDs},
	{name: "living_girls", typ: cel.IntType, shown: true, value: count(func(v view, c Child) bool { return c.Sex == domain.Female && v.living(c) }), ids: childrenIDs},
	{name: "dead_boys", typ: cel.IntType, shown: true, value: count(func(v view, c Child) bool { return c.Sex == domain.Male && !v.living(c) }), ids: childrenIDs},
	{name: "dead_girls", typ: cel.IntType, shown: true, value: count(func(v view, c Child) bool { return c.Sex == domain.Female && !v.living(c) }), ids: childrenIDs},
	{name: "child_age", typ: cel.IntType, shown: true, value: view.childAge, ids: childrenIDs},
	{name: "child_born", typ: cel.TimestampType, value: view.childBorn, ids: childrenIDs},
	{name: "child_grade", typ: cel.IntType, shown: true, value: view.childGrade, ids: childrenIDs},
	{name: "certificate", typ: cel.BoolType, shown: true, value: view.certificate, ids: certificateIDs},
	{name: "certificate_on", typ: cel.TimestampType, value: func(v view) ref.Val { return timestamp(v.facts.Certificate.IssuedOn) }, ids: certificateIDs},
	{name: "retirement", typ: cel.StringType, shown: true, value: view.retirement, ids: retirementIDs, codes: retirementChannel},
	{name: "employers", typ: cel.StringType, shown: true, value: func(v view) ref.Val { return code(v.facts.Employers.Count, employerCounts) }, ids: employersIDs, codes: employerCounts},
	{name: "complication_level", typ: cel.IntType, shown: true, value: view.complicationLevel, ids: complicationIDs},
}

func variableNamed(name string) *variable {
	for i := range variables {
		if variables[i].name == name {
			return &variables[i]
		}
	}
	return nil
}

// ResolveName makes view a CEL activation.
func (v view) ResolveName(name string) (any, bool) {
	x := variableNamed(name)
	if x == nil {
		return nil, false
	}
	if value := x.value(v); value != nil {
		return value, true
	}
	return unknown, true
}

// Parent says that there is no outer activation.
func (v view) Parent() cel.Activation { return nil }

// timestamp is a day at midnight UTC, only ever compared with other days; nil for no day.
func timestamp(d domain.Date) ref.Val {
	if d.IsZero() {
		return nil
	}
	return types.Timestamp{Time: dayInstant(d)}
}

// code is a code of a closed set; a value outside it is not known rather than different from all others.
func code(s string, among []string) ref.Val {
	if !slices.Contains(among, s) {
		return nil
	}
	return types.String(s)
}

// reached reports whether a known day has come by on.
func reached(d, on domain.Date) bool { return !d.IsZero() && !d.After(on) }

// known reports whether a fact that holds since a day says anything about on.
func known(since, on domain.Date) bool { return !since.After(on) }

// age is whole years on the day; a person not yet born has a negative age, which no rule accepts.
func (v view) age(birth domain.Date) ref.Val {
	switch {
	case birth.IsZero():
		return nil
	case birth.After(v.on):
		return types.Int(-1)
	}
	return types.Int(domain.AgeOn(birth, v.on))
}

func (v view) hukouKind() ref.Val {
	if !known(v.facts.Hukou.Since, v.on) {
		return nil
	}
	return code(v.facts.Hukou.Kind, hukouKinds)
}

func (v view) marriage() ref.Val {
	if !known(v.facts.Marriage.Since, v.on) {
		return nil
	}
	return code(v.facts.Marriage.Status, marriageStates)
}

func (v view) single() ref.Val {
	if v.marriage() == nil {
		return nil
	}
	return types.Bool(!v.facts.married())
}

// married reports whether the recorded state of marriage has a spouse in it.
func (f *Facts) married() bool {
	switch f.Marriage.Status {
	case "first", "remarried", "restored":
		return true
	}
	return false
}

// wifeBirth is the birth of the wife of the couple: the applicant's own if she is a woman, else the spouse's in a
// marriage; no date otherwise.
func (f *Facts) wifeBirth() domain.Date {
	switch {
	case f.Sex == domain.Female:
		return f.Birth
	case f.Sex == domain.Male && f.married():
		return f.Spouse.Birth
	}
	return domain.Date{}
}

// counted returns the children that count on the day: born by then, and a spouse's own only during the marriage. The
// list is not known if it is empty without being said to be, or if a dead child's day of death is missing.
func (v view) counted() (children []Child, ok bool) {
	if len(v.facts.Children) == 0 && !v.facts.NoChildren {
		return nil, false
	}
	for _, c := range v.facts.Children {
		if c.Birth.IsZero() || c.Sex == "" || c.Dead && c.DiedOn.IsZero() {
			return nil, false
		}
		if c.Birth.After(v.on) || c.Source == "spouse" && !v.facts.married() {
			continue
		}
		children = append(children, c)
	}
	return children, true
}

func (v view) living(c Child) bool { return !reached(c.DiedOn, v.on) }

// count makes a variable's value from a test of each child.
func count(test func(view, Child) bool) func(view) ref.Val {
	return func(v view) ref.Val {
		children, ok := v.counted()
		if !ok {
			return nil
		}
		n := 0
		for _, c := range children {
			if test(v, c) {
				n++
			}
		}
		return types.Int(n)
	}
}

// youngest returns the youngest living child: the only one where a rule asks for an only child.
func (v view) youngest() (Child, bool) {
	children, _ := v.counted()
	var found Child
	for _, c := range children {
		if v.living(c) && !c.Birth.Before(found.Birth) {
			found = c
		}
	}
	return found, !found.Birth.IsZero()
}

func (v view) childAge() ref.Val {
	child, ok := v.youngest()
	if !ok {
		return nil
	}
	return v.age(child.Birth)
}

func (v view) childBorn() ref.Val {
	child, _ := v.youngest()
	return timestamp(child.Birth)
}

// childGrade is the certified grade of the youngest living child, 1 the worst; 0 when there is no child or no certificate
// in force.
func (v view) childGrade() ref.Val {
	if _, ok := v.counted(); !ok {
		return nil
	}
	child, _ := v.youngest()
	inForce := known(child.DisabilityFrom, v.on) && (child.DisabilityUntil.IsZero() || !v.on.After(child.DisabilityUntil))
	if !inForce {
		return types.Int(0)
	}
	return types.Int(child.DisabilityGrade)
}

func (v view) certificate() ref.Val {
	c := v.facts.Certificate
	switch {
	case c.Held == Deny:
		return types.Bool(false)
	case c.Held == Said && !c.IssuedOn.IsZero():
		return types.Bool(reached(c.IssuedOn, v.on))
	}
	return nil
}

func (v view) retirement() ref.Val {
	if !known(v.facts.Retirement.On, v.on) {
		return types.String("none")
	}
	return code(v.facts.Retirement.Channel, retirementChannel)
}

func (v view) complicationLevel() ref.Val {
	c := v.facts.Complication
	switch {
	case c.Held == Deny:
		return types.Int(0)
	case c.Level == 0:
		return nil
	case !known(c.From, v.on) || !c.Until.IsZero() && v.on.After(c.Until):
		return types.Int(0)
	}
	return types.Int(c.Level)
}

func birthIDs(f *Facts) []string        { return []string{f.BirthFact} }
func diedIDs(f *Facts) []string         { return []string{f.DiedFact} }
func hukouIDs(f *Facts) []string        { return []string{f.Hukou.Fact} }
func marriageIDs(f *Facts) []string     { return []string{f.Marriage.Fact} }
func spouseIDs(f *Facts) []string       { return []string{f.Spouse.Fact} }
func wifeIDs(f *Facts) []string         { return []string{f.BirthFact, f.Marriage.Fact, f.Spouse.Fact} }
func certificateIDs(f *Facts) []string  { return []string{f.Certificate.Fact} }
func retirementIDs(f *Facts) []string   { return []string{f.Retirement.Fact} }
func employersIDs(f *Facts) []string    { return []string{f.Employers.Fact} }
func complicationIDs(f *Facts) []string { return []string{f.Complication.Fact} }

func childrenIDs(f *Facts) []string {
	ids := []string{f.ChildrenFact}
	for _, c := range f.Children {
		ids = append(ids, c.Fact)
	}
	return ids
}
