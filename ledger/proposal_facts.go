package ledger

import (
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/rulebook"
	"almoner/domain/slot"
	"almoner/ledger/rosterfile"
)

// Facts come from the row and from what is recorded. What the row leaves open, the record answers; what the row states
// otherwise is a new fact from the day of declaration on, and a warning. A fact that nobody dated holds since as long as
// matters: its recorded day is that of the declaration, never a birth date, which would stand in clear.

// declaredOn is the day on which the office was told what the row says.
func (d *draft) declaredOn() domain.Date {
	if !d.row.AppliedOn.IsZero() {
		return d.row.AppliedOn
	}
	return d.today
}

// record proposes a fact. related is the person it names, if any.
func (d *draft) record(kind beneficiary.FactKind, on domain.Date, related string, detail beneficiary.Detail) {
	reported := d.declaredOn()
	if !d.row.ReportedOn.IsZero() {
		reported = d.row.ReportedOn
	}
	if reported.Before(on) {
		reported = d.today
	}
	d.change.Facts = append(d.change.Facts, change.Fact{Fact: kind, On: on, Related: related, ReportedOn: reported, Source: d.source})
	d.change.Private.Details = append(d.change.Private.Details, detail)
}

// relate names another person, whose identity is sealed under their own key. One person is named once.
func (d *draft) relate(kind, person string, name domain.PersonName, number domain.CitizenNumber) {
	if person == "" || person == d.people.person || slices.ContainsFunc(d.change.Related, func(r change.Related) bool { return r.Person == person }) {
		return
	}
	d.change.Related = append(d.change.Related, change.Related{Kind: kind, Person: person, Private: identityOf(name, number)})
}

// relatives names the people of a row whose relation may be needed for an account, without evaluating anything.
func (d *draft) relatives() {
	d.guardian()
	d.heir()
}

// collectFacts fills in the rulebook's facts and proposes those that are new.
func (d *draft) collectFacts() {
	known := d.people.known
	d.facts = rulebook.Facts{Birth: d.row.Birth, Sex: d.row.Sex, Died: d.row.DiedOn}
	if known != nil {
		d.facts.BirthFact = known.registered
		if known.identity != nil {
			d.facts.Birth, d.facts.Sex = known.identity.Birth, known.identity.Sex
		}
		if !known.state.DiedOn.IsZero() {
			d.facts.Died = known.state.DiedOn
		}
	}
	d.hukou()
	d.marriage()
	d.children()
	d.certificate()
	d.circumstances()
	d.guardian()
	d.death()
	d.held()
	for _, id := range d.stated.Attested {
		d.facts.Attested = append(d.facts.Attested, rulebook.Attestation{Criterion: id, Answer: rulebook.Said})
	}
}

func hukouKind(word string) string {
	switch word {
	case "agricultural":
		return "rural"
	case "non-agricultural":
		return "urban"
	}
	return "" // 居民户口 says neither: whether it counts as rural has to be found out
}

func (d *draft) hukou() {
	ref, recorded, since, known := d.people.known.latest(beneficiary.Hukou)
	kind := hukouKind(d.row.Hukou)
	switch {
	case kind == "" && known, known && recorded.HukouKind == kind:
		d.facts.Hukou = rulebook.Hukou{Kind: recorded.HukouKind, Since: since, Fact: ref.Event}
	case kind != "":
		d.facts.Hukou = rulebook.Hukou{Kind: kind}
		if known {
			d.facts.Hukou.Since = d.declaredOn()
			d.differs("户口性质", rosterfile.FieldHukou)
		}
		d.record(beneficiary.Hukou, d.declaredOn(), "", beneficiary.Detail{HukouKind: kind, HukouPlace: d.row.HukouAddress})
	}
}

func (d *draft) differs(what string, at ...rosterfile.Field) {
	d.warn("import.fact-differs", what+"与台账记录不同，按本次申报日起变更。", "核对；原记录有误的，应办理更正。", at...)
}

// marriageState maps the words of a list to the rulebook's states; vague says that 已婚 leaves open which.
func marriageState(word string) (state string, vague bool) {
	switch word {
	case "never-married":
		return "unmarried", false
	case "first-marriage":
		return "first", false
	case "remarried", "divorced", "widowed":
		return word, false
	case "remarried-same":
		return "restored", false
	case "married":
		return "first", true
	}
	return "", false
}

// vagueMarriage is how 已婚 without more is recorded.
const vagueMarriage = "married"

func (d *draft) marriage() {
	ref, recorded, since, known := d.people.known.latest(beneficiary.Marriage)
	word := d.row.Marriage
	if word == "" && d.row.SpouseNumber != "" && !known {
		word = vagueMarriage
	}
	state, vague := marriageState(word)
	spouse := d.spouse(recorded, known && (ref.Related == d.people.spouse || d.people.spouse == ""))
	same := known && (state == "" || stateOf(recorded) == state || vague && married(recorded.Marriage)) && (d.people.spouse == "" || ref.Related == d.people.spouse)
	switch {
	case same:
		d.facts.Marriage = rulebook.Marriage{Status: stateOf(recorded), Since: since, Fact: ref.Event}
		d.facts.Spouse, d.vague = spouse, recorded.Marriage == vagueMarriage
		d.facts.Spouse.Fact = ref.Event
	case state != "":
		d.facts.Marriage, d.facts.Spouse, d.vague = rulebook.Marriage{Status: state}, spouse, vague
		if known {
			d.facts.Marriage.Since = d.declaredOn()
			d.differs("婚姻状况", rosterfile.FieldMarriage, rosterfile.FieldSpouseNumber)
		}
		detail := beneficiary.Detail{Marriage: state, Birth: spouse.Birth, HukouKind: spouse.HukouKind}
		if vague {
			detail.Marriage = vagueMarriage
		}
		if d.people.spouse == "" {
			detail.Name = d.row.SpouseName
		}
		d.record(beneficiary.Marriage, d.declaredOn(), d.people.spouse, detail)
		d.relate("spouse", d.people.spouse, d.row.SpouseName, d.row.SpouseNumber)
	}
}

// stateOf is the rulebook's state of a recorded marriage.
func stateOf(recorded beneficiary.Detail) string {
	if recorded.Marriage == vagueMarriage {
		return "first"
	}
	return recorded.Marriage
}

func married(state string) bool {
	return slices.Contains([]string{"first", "remarried", "restored", vagueMarriage}, state)
}

// spouse is what is known of the wife or husband: their own record first, then the row, then the office's statement for all
// rows, then what the marriage said.
func (d *draft) spouse(recorded beneficiary.Detail, same bool) rulebook.Spouse {
	s := rulebook.Spouse{Birth: d.row.SpouseNumber.Birth()}
	if own := d.people.spouseKnown; own != nil && own.identity != nil {
		s.Birth = own.identity.Birth
	}
	if _, hukou, _, known := d.people.spouseKnown.latest(beneficiary.Hukou); known {
		s.HukouKind = hukou.HukouKind
	}
	if s.HukouKind == "" {
		s.HukouKind = d.stated.SpouseHukou
	}
	if same {
		if s.Birth.IsZero() {
			s.Birth = recorded.Birth
		}
		if s.HukouKind == "" {
			s.HukouKind = recorded.HukouKind
		}
	}
	return s
}

// knownChild is a recorded child with the latest that was said of it.
type knownChild struct {
	ref    beneficiary.FactRef
	detail beneficiary.Detail
}

// recordedChildren lists each recorded child once: by person, or by birth and sex when it has no number.
func (r *record) recordedChildren() []knownChild {
	var out []knownChild
	if r == nil {
		return nil
	}
	for _, f := range r.state.Facts {
		if f.Kind != beneficiary.Child {
			continue
		}
		detail := r.details[f.Event]
		if i := slices.IndexFunc(out, func(k knownChild) bool { return k.is(f.Related, detail.Birth, detail.Sex) }); i >= 0 {
			out[i] = knownChild{f, detail}
		} else {
			out = append(out, knownChild{f, detail})
		}
	}
	return out
}

func (k knownChild) is(person string, birth domain.Date, sex domain.Sex) bool {
	if person != "" && k.ref.Related != "" {
		return person == k.ref.Related
	}
	return !birth.IsZero() && k.detail.Birth == birth && (sex == "" || k.detail.Sex == sex)
}

func (d *draft) children() {
	recorded := d.people.known.recordedChildren()
	for i, c := range d.row.Children {
		person := d.people.children[i]
		detail := childDetail(c)
		at := slices.IndexFunc(recorded, func(k knownChild) bool { return k.is(person, c.Birth, c.Sex) })
		if at >= 0 {
			merged := merge(recorded[at].detail, detail)
			if merged == recorded[at].detail && (person == "" || recorded[at].ref.Related == person) {
				continue
			}
			if recorded[at].detail.DiedOn != merged.DiedOn && !recorded[at].detail.DiedOn.IsZero() || recorded[at].detail.DisabilityGrade != merged.DisabilityGrade {
				d.differs("子女情况", rosterfile.FieldChildDiedOn, rosterfile.FieldChildGrade, rosterfile.FieldChildNumber)
			}
			recorded[at].detail, detail = merged, merged
			recorded[at].ref.Event = ""
			if person == "" {
				person = recorded[at].ref.Related
			}
			recorded[at].ref.Related = person
		} else {
			recorded = append(recorded, knownChild{beneficiary.FactRef{Related: person}, detail})
		}
		d.record(beneficiary.Child, d.declaredOn(), person, detail)
		d.relate("child", person, c.Name, c.Number)
	}
	for _, k := range recorded {
		d.facts.Children = append(d.facts.Children, rulebook.Child{
			Birth: k.detail.Birth, Sex: k.detail.Sex, Source: k.detail.Source, DiedOn: k.detail.DiedOn, Dead: k.detail.Alive == "no",
			DisabilityGrade: k.detail.DisabilityGrade, DisabilityFrom: k.detail.DisabilityFrom, Fact: k.ref.Event,
		})
		d.childIDs = append(d.childIDs, k.ref.Related)
	}
	d.facts.NoChildren = len(recorded) == 0 && d.stated.NoChildren
}

func childDetail(c rosterfile.Child) beneficiary.Detail {
	detail := beneficiary.Detail{
		Alive: "yes", Birth: c.Birth, Sex: c.Sex, DiedOn: c.DiedOn, DisabilityGrade: c.DisabilityGrade,
		Certificate: c.DisabilityCertificate.Reveal(),
	}
	if !c.DiedOn.IsZero() {
		detail.Alive = "no"
	}
	if c.Number == "" {
		detail.Name = c.Name // with a number the name is sealed under the child's own key
	}
	return detail
}

// merge lets what a row states replace what was known, and keeps the rest.
func merge(old, said beneficiary.Detail) beneficiary.Detail {
	out := old
	if !said.Birth.IsZero() {
		out.Birth = said.Birth
	}
	if said.Sex != "" {
		out.Sex = said.Sex
	}
	if !said.DiedOn.IsZero() {
		out.DiedOn, out.Alive = said.DiedOn, "no"
	}
	if said.DisabilityGrade != 0 {
		out.DisabilityGrade = said.DisabilityGrade
	}
	if said.Certificate != "" {
		out.Certificate = said.Certificate
	}
	return out
}

func (d *draft) certificate() {
	ref, recorded, _, known := d.people.known.latest(beneficiary.Certificate)
	number, issued := d.row.Certificate, d.row.CertificateOn
	if known && (number == "" || number == recorded.Certificate) && (issued.IsZero() || issued == recorded.IssuedOn) {
		d.facts.Certificate = rulebook.Certificate{Held: rulebook.Said, IssuedOn: recorded.IssuedOn, Fact: ref.Event}
		return
	}
	if number == "" && issued.IsZero() {
		return
	}
	if issued.IsZero() {
		issued = recorded.IssuedOn
	}
	d.facts.Certificate = rulebook.Certificate{Held: rulebook.Said, IssuedOn: issued}
	if known {
		d.differs("光荣证", rosterfile.FieldCertificate, rosterfile.FieldCertificateOn)
	}
	on := issued
	if on.IsZero() {
		on = d.declaredOn()
	}
	d.record(beneficiary.Certificate, on, "", beneficiary.Detail{Certificate: number, IssuedOn: issued})
}

// circumstances are what lists have no columns for.
func (d *draft) circumstances() {
	d.facts.Employers = rulebook.Employers{Count: d.stated.Employers}
	if ref, recorded, since, known := d.people.known.latest(beneficiary.Retirement); known {
		d.facts.Retirement = rulebook.Retirement{Channel: recorded.RetirementChannel, On: since, Fact: ref.Event}
	} else if d.stated.Retirement != "" {
		d.facts.Retirement = rulebook.Retirement{Channel: d.stated.Retirement, On: d.stated.RetiredOn}
		on := d.stated.RetiredOn
		if on.IsZero() {
			on = d.declaredOn()
		}
		d.record(beneficiary.Retirement, on, "", beneficiary.Detail{RetirementChannel: d.stated.Retirement})
	}
	if ref, recorded, _, known := d.people.known.latest(beneficiary.Complication); known {
		d.facts.Complication = rulebook.Complication{Held: rulebook.Said, Level: recorded.Level, From: ref.On, Fact: ref.Event}
	} else if d.stated.Complication != 0 {
		d.facts.Complication = rulebook.Complication{Held: rulebook.Said, Level: d.stated.Complication, From: d.stated.ComplicationFrom}
		on := d.stated.ComplicationFrom
		if on.IsZero() {
			on = d.declaredOn()
		}
		d.record(beneficiary.Complication, on, "", beneficiary.Detail{Level: d.stated.Complication})
	}
}

// guardian records who acts for the person.
func (d *draft) guardian() {
	if d.row.Guardian == "" && d.people.guardian == "" {
		return
	}
	if ref, _, _, known := d.people.known.latest(beneficiary.Guardian); known && ref.Related == d.people.guardian {
		return
	}
	detail := beneficiary.Detail{}
	if d.people.guardian == "" {
		detail.Name = d.row.Guardian
	}
	d.record(beneficiary.Guardian, d.declaredOn(), d.people.guardian, detail)
	d.relate("guardian", d.people.guardian, d.row.Guardian, d.row.GuardianNumber)
}

// heir records who may claim what was due when the person died.
func (d *draft) heir() {
	if d.people.heir == "" || d.row.HolderRelation != beneficiary.HeirRelation {
		return
	}
	if ref, _, _, known := d.people.known.latest(beneficiary.Heir); known && ref.Related == d.people.heir {
		return
	}
	d.record(beneficiary.Heir, d.declaredOn(), d.people.heir, beneficiary.Detail{})
	d.relate("heir", d.people.heir, d.row.Heir, d.row.HeirNumber)
}

// death records the person's own death, once.
func (d *draft) death() {
	if d.row.DiedOn.IsZero() || d.people.known != nil && d.people.known.state.DiedOn == d.row.DiedOn {
		return
	}
	d.record(beneficiary.Death, d.row.DiedOn, "", beneficiary.Detail{DiedOn: d.row.DiedOn})
}

// held lists the person's enrolments as the rulebook's exclusivity asks for them, and those of the other parent for the same
// child that have ended: the right begins where theirs ended, no gap and no double unit.
func (d *draft) held() {
	for _, c := range d.otherParents() {
		d.facts.Held = append(d.facts.Held, rulebook.Held{Programme: d.book.Programme(), Group: d.book.ExclusivityGroup(), Until: c.last})
	}
	if d.people.known == nil {
		return
	}
	for _, e := range d.people.known.state.Enrolments {
		last, none := e.LastUnit()
		if none {
			continue
		}
		h := rulebook.Held{Programme: e.Programme, Group: e.Group, From: e.FirstUnit, Until: last, Fact: e.Event}
		if d.perYear != nil && d.book.Exclusive(e.Programme, e.Group) == rulebook.ExclusiveHigher {
			h.PerYear = d.perYear(e.Programme, e.Region, e.Classes[len(e.Classes)-1].Key)
		}
		d.facts.Held = append(d.facts.Held, h)
	}
}

// otherParents lists the ended enrolments of others that leave no room for this share beside them.
func (d *draft) otherParents() []heldClaim {
	child, ok := d.slotChild()
	if !ok || d.book.SlotKind() != rulebook.SlotChild {
		return nil
	}
	share := d.row.Share
	if share == "" {
		share = wholeShare
	}
	var out []heldClaim
	for _, c := range d.people.claims[child] {
		if c.By == d.people.person || c.last.IsZero() || !c.last.Last().Before(d.today) {
			continue
		}
		beside := slot.State{Claims: []slot.Claim{c.Claim}}
		if _, err := beside.DecideClaim(slot.Take{Group: d.book.ExclusivityGroup(), Person: child, Claim: dryCause, By: d.people.person, Enrolment: dryCause, Share: share}); err != nil {
			out = append(out, c)
		}
	}
	return out
}
