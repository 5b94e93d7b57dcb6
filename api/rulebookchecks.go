package api

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/rulebook"
	"almoner/projections"
)

// rulebookFacts is what a rulebook says of itself.
type rulebookFacts struct {
	Rulebook string   `json:"rulebook"`
	Hash     string   `json:"hash"`
	Title    titles   `json:"title"`
	Unit     string   `json:"unit"` // accrual unit
	From     string   `json:"from"`
	To       string   `json:"to,omitempty"`
	Classes  []string `json:"classes"`
	Rates    int      `json:"rates"` // rows of the rate table
}

type titles struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

func factsOf(book *rulebook.Rulebook) *rulebookFacts {
	from, to := book.Effective()
	f := rulebookFacts{
		Rulebook: book.ID(), Hash: book.Hash(), Title: titles{book.Title().Zh, book.Title().En}, Unit: string(book.Unit()), From: dayText(from), To: dayText(to),
		Classes: []string{}, Rates: len(book.Rows()),
	}
	for _, key := range book.Keys() {
		f.Classes = append(f.Classes, key.String())
	}
	return &f
}

// rulebookCheck asks whether a text is a rulebook, and whether situations come out by it as they should.
type rulebookCheck struct {
	Source     string   `json:"source"`               // YAML
	Situations []string `json:"situations,omitempty"` // YAML each
}

// checkedRulebook is what a check came to. A text that is no rulebook is a finding and no refusal.
type checkedRulebook struct {
	Sound      bool            `json:"sound"`              // a rulebook, and every situation came out
	Rulebook   *rulebookFacts  `json:"rulebook,omitempty"` // absent if the text is none
	Problems   []fileProblem   `json:"problems"`           // of the text
	Situations []situationView `json:"situations"`
}

type situationView struct {
	Name     string   `json:"name"`
	Failures []string `json:"failures"`
}

// checkRulebook checks a text and its situations. It writes nothing.
func (s *Server) checkRulebook(_ context.Context, r *request) (response, error) {
	var body rulebookCheck
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	v := checkedRulebook{Problems: []fileProblem{}, Situations: []situationView{}}
	book, err := rulebook.Parse([]byte(body.Source))
	if err != nil {
		found := problemsOf(err)
		if len(found) == 0 {
			return response{}, fmt.Errorf("check a rulebook: %w", err)
		}
		v.Problems = fileProblems(found)
		return ok(v), nil
	}
	v.Rulebook, v.Sound = factsOf(book), true
	for i, source := range body.Situations {
		results, err := rulebook.CheckSituations(book, []byte(source))
		if err != nil {
			return response{}, fmt.Errorf("situations %d: %w", i+1, err)
		}
		for _, one := range results {
			v.Situations = append(v.Situations, situationView{one.Name, append([]string{}, one.Failures...)})
			v.Sound = v.Sound && one.OK()
		}
	}
	return ok(v), nil
}

// rulebookComparison asks what a text would change.
type rulebookComparison struct {
	Source string        `json:"source"` // YAML
	From   domain.Period `json:"from"`   // first unit compared
	To     domain.Period `json:"to"`     // last
}

// comparedRulebook is what a text changes from the version in force.
type comparedRulebook struct {
	Rulebook string       `json:"rulebook"`
	Before   string       `json:"before"` // hash of the version in force
	Now      string       `json:"now"`    // hash of the text
	Sections []string     `json:"sections"`
	Rates    []rateChange `json:"rates"`
}

type rateChange struct {
	Class  string `json:"class"`
	Unit   string `json:"unit"`
	Old    money  `json:"old"`
	New    money  `json:"new"`
	Lowers bool   `json:"lowers"`
}

// maxCompared is how many units a comparison looks at: half a century of months.
const maxCompared = 600

// compareRulebook compares a text with the version in force, unit by unit. It writes nothing.
func (s *Server) compareRulebook(ctx context.Context, r *request) (response, error) {
	var body rulebookComparison
	if err := r.decode(&body); err != nil {
		return response{}, err
	}
	if body.From.IsZero() || body.To.IsZero() {
		return response{}, refuse(domain.Invalid, "api.units", "the comparison names no first or no last unit").WithNext("give from and to, such as 2021-01 and 2021-12")
	}
	book, err := rulebook.Parse([]byte(body.Source))
	if err != nil {
		return response{}, fmt.Errorf("compare a rulebook: %w", err)
	}
	var units []domain.Period
	for unit := range body.From.Through(body.To) {
		if units = append(units, unit); len(units) > maxCompared {
			return response{}, refuse(domain.Invalid, "api.units", "%s to %s are more than %d units", body.From, body.To, maxCompared).WithNext("compare fewer at once")
		}
	}
	at, before, err := s.inForce(ctx, book.ID())
	if err != nil {
		return response{}, err
	}
	compared, err := rulebook.Compare(before, book, nil, units)
	if err != nil {
		return response{}, fmt.Errorf("compare %s: %w", book.ID(), err)
	}
	v := comparedRulebook{Rulebook: book.ID(), Before: before.Hash(), Now: book.Hash(), Sections: append([]string{}, compared.Sections...), Rates: []rateChange{}}
	for _, c := range compared.Rates {
		v.Rates = append(v.Rates, rateChange{c.Key.String(), c.Unit.String(), c.Old, c.New, c.Lowered()})
	}
	return response{Body: v, LogIndex: at}, nil
}

// inForce is the version of a rulebook that was published last.
func (s *Server) inForce(ctx context.Context, id string) (int64, *rulebook.Rulebook, error) {
	at, versions, err := s.versionsOf(ctx, id)
	if err != nil {
		return at, nil, err
	}
	book, err := publishedLast(versions)
	if err == nil && book == nil {
		err = refuse(domain.NotFound, "rulebook.unpublished", "no version of %.60q is published", id).WithNext("look at its versions")
	}
	return at, book, err
}

// publishedLast is the version published last; nil if none was.
func publishedLast(versions []projections.RulebookVersion) (*rulebook.Rulebook, error) {
	var last *projections.RulebookVersion
	for i, v := range versions {
		if v.PublishedAt >= 0 && (last == nil || v.PublishedAt > last.PublishedAt) {
			last = &versions[i]
		}
	}
	if last == nil {
		return nil, nil
	}
	book, err := rulebook.Parse([]byte(last.Source))
	if err != nil {
		return nil, fmt.Errorf("the published %s: %w", last.Rulebook, err)
	}
	return book, nil
}

// listShippedRulebooks lists the rulebooks that come with the program. They bind nobody until an office publishes them.
func (s *Server) listShippedRulebooks(context.Context, *request) (response, error) {
	return ok(listed[string]{rulebook.ShippedIDs()}), nil
}

// getShippedRulebook gives the YAML of a shipped rulebook.
func (s *Server) getShippedRulebook(_ context.Context, r *request) (response, error) {
	source, err := rulebook.ShippedSource(r.path("id"))
	if err != nil {
		return response{}, err
	}
	return response{Text: source, Type: "application/yaml"}, nil
}
