package rulebook

import (
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
)

// DayOfAssessment returns the day for which an application decided on decidedOn is judged: that day if the criteria are
// met then, or the first later day on which they will be, up to the end of the next calendar year (people apply in the
// year before they reach the age). If there is none it is decidedOn, for which Evaluate then tells why not.
func (r *Rulebook) DayOfAssessment(f Facts, decidedOn domain.Date) (domain.Date, error) {
	if decidedOn.IsZero() {
		return domain.Date{}, refuseDay("the decision")
	}
	days := r.moments(&f)
	day, _, err := r.assess(&f, days, decidedOn)
	return day, err
}

// assess finds the day of assessment; met is false if the criteria are met on no day in reach.
func (r *Rulebook) assess(f *Facts, days []domain.Date, decidedOn domain.Date) (day domain.Date, met bool, err error) {
	if met, err = r.meets(f, decidedOn); err != nil || met {
		return decidedOn, met, err
	}
	horizon := domain.Date{Year: decidedOn.Year + 1, Month: 12, Day: 31}
	for _, d := range days {
		if !d.After(decidedOn) || d.After(horizon) {
			continue
		}
		if met, err = r.meets(f, d); err != nil || met {
			return d, met, err
		}
	}
	return decidedOn, false, nil
}

// QualifiedOn returns the first day of the unbroken stretch, up to the day of assessment, on which all criteria are met:
// the 60th birthday, the wife's 49th, the day of the certificate. Exclusivity is not looked at: it is about money drawn,
// not about the person. It refuses with rulebook.not-qualified, rulebook.fact-missing or rulebook.day-missing.
func (r *Rulebook) QualifiedOn(f Facts, decidedOn domain.Date) (domain.Date, error) {
	if decidedOn.IsZero() {
		return domain.Date{}, refuseDay("the decision")
	}
	days := r.moments(&f)
	assessed, met, err := r.assess(&f, days, decidedOn)
	if err != nil {
		return domain.Date{}, err
	}
	if !met {
		return domain.Date{}, r.refuseUnqualified(&f, decidedOn)
	}
	qualified := assessed
	for _, d := range slices.Backward(days) {
		if d.After(assessed) {
			continue
		}
		met, err := r.meets(&f, d)
		if err != nil {
			return domain.Date{}, err
		}
		if !met {
			break
		}
		qualified = d
	}
	return qualified, nil
}

// meets reports whether every criterion passes on a day.
func (r *Rulebook) meets(f *Facts, on domain.Date) (bool, error) {
	v := view{f, on}
	for i := range r.criteria {
		verdict, err := r.criteria[i].verdict(v)
		if err != nil {
			return false, fmt.Errorf("rulebook %s: criterion %s on %s: %w", r.ID(), r.criteria[i].ID, on, err)
		}
		if verdict != Pass {
			return false, nil
		}
	}
	return true, nil
}

// refuseUnqualified says which criteria stand in the way, or which facts are missing if none clearly does.
func (r *Rulebook) refuseUnqualified(f *Facts, on domain.Date) error {
	e, err := r.Evaluate(*f, on)
	if err != nil {
		return err
	}
	var failed, missing []string
	for _, t := range e.Trace {
		switch {
		case t.ID == TraceExclusive || t.ID == TraceClass:
		case t.Outcome == Fail:
			failed = append(failed, t.ID)
		case t.Outcome == Unsure:
			missing = append(missing, t.Missing...)
		}
	}
	if len(failed) > 0 {
		return domain.Refuse(domain.Refused, "rulebook.not-qualified", "the criteria of %s are not met on %s: %s", r.ID(), on, strings.Join(failed, ", ")).
			WithNext("correct a wrong fact, or refuse the application with these reasons")
	}
	return domain.Refuse(domain.Refused, "rulebook.fact-missing", "it cannot be decided under %s without: %s", r.ID(), strings.Join(missing, ", ")).
		WithNext("find out and record these facts")
}

// moments lists, in order, every day on which an expression may change its answer for these facts: the days of the facts,
// the birthdays at the ages the rulebook names (and one year on, for <= and >), and the dates it names (and one day on).
// Between two moments nothing changes, because expressions only compare variables with constants.
func (r *Rulebook) moments(f *Facts) []domain.Date {
	days := []domain.Date{
		f.Died, f.Hukou.Since, f.Marriage.Since, f.Certificate.IssuedOn, f.Retirement.On,
		f.Complication.From, after(f.Complication.Until),
	}
	births := []domain.Date{f.Birth, f.Spouse.Birth}
	for _, c := range f.Children {
		days = append(days, c.DiedOn, c.DisabilityFrom, after(c.DisabilityUntil))
		births = append(births, c.Birth)
	}
	for _, d := range r.days {
		days = append(days, d, after(d))
	}
	for _, b := range births {
		if b.IsZero() {
			continue
		}
		days = append(days, b)
		for _, age := range r.ages {
			days = append(days, domain.BirthdayAt(b, age), domain.BirthdayAt(b, age+1))
		}
	}
	days = slices.DeleteFunc(days, domain.Date.IsZero)
	slices.SortFunc(days, domain.Date.Compare)
	return slices.Compact(days)
}

// after is the day after d, or no day.
func after(d domain.Date) domain.Date {
	if d.IsZero() {
		return d
	}
	return d.AddDays(1)
}
