package api

import (
	"context"
	"fmt"

	"almoner/domain/beneficiary"
	"almoner/projections"
)

// personView is one person as the ledger knows them, their name and number masked.
type personView struct {
	Person       string            `json:"person"`
	Name         string            `json:"name,omitempty"`   // masked; absent once the person was erased
	Number       string            `json:"number,omitempty"` // masked
	Sex          string            `json:"sex,omitempty"`
	Registered   bool              `json:"registered"`
	DiedOn       string            `json:"diedOn,omitempty"`
	Revision     int64             `json:"revision"`
	HasAccount   bool              `json:"hasAccount"`
	Account      *payeeView        `json:"account,omitempty"` // present account
	Facts        []factView        `json:"facts"`
	Enrolments   []enrolmentView   `json:"enrolments"`
	Grants       []grantView       `json:"grants"`
	Draws        []drawView        `json:"draws"`
	Overpayments []overpaymentView `json:"overpayments"`
}

// payeeView says where money goes now, without the account: the event that Event names holds that sealed.
type payeeView struct {
	Event    string `json:"event"`
	Holder   string `json:"holder"` // person id
	Relation string `json:"relation"`
}

type factView struct {
	Event      string `json:"event"`
	Kind       string `json:"kind"`
	On         string `json:"on,omitempty"`
	Related    string `json:"related,omitempty"`
	ReportedOn string `json:"reportedOn,omitempty"`
}

type enrolmentView struct {
	ID          string           `json:"id"`
	Programme   string           `json:"programme"`
	Region      string           `json:"region"`
	Household   string           `json:"household,omitempty"`
	Unit        string           `json:"unit"`
	Share       string           `json:"share"`
	Origin      string           `json:"origin"`
	FirstUnit   string           `json:"firstUnit,omitempty"`
	Until       string           `json:"until,omitempty"`
	PaidThrough string           `json:"paidThrough,omitempty"`
	Annulled    bool             `json:"annulled"`
	Places      []placeView      `json:"places"`
	Classes     []classView      `json:"classes"`
	Suspensions []suspensionView `json:"suspensions"`
	Exit        *exitView        `json:"exit,omitempty"`
}

type placeView struct {
	From    string `json:"from,omitempty"`
	Office  string `json:"office"`
	Village string `json:"village"`
}

type classView struct {
	From  string `json:"from"`
	Class string `json:"class"`
}

type suspensionView struct {
	From   string `json:"from"`
	To     string `json:"to,omitempty"` // exclusive
	Effect string `json:"effect"`
	Reason string `json:"reason"`
}

type exitView struct {
	Reason     string `json:"reason"`
	OccurredOn string `json:"occurredOn"`
	ReportedOn string `json:"reportedOn"`
	LastUnit   string `json:"lastUnit,omitempty"`
	Fault      string `json:"fault"`
}

type grantView struct {
	ID        string `json:"id"`
	Programme string `json:"programme"`
	Office    string `json:"office"`
	Amount    money  `json:"amount"`
	Void      bool   `json:"void"`
}

type drawView struct {
	ID        string `json:"id"`
	Run       string `json:"run"`
	Enrolment string `json:"enrolment,omitempty"`
	Grant     string `json:"grant,omitempty"`
	Line      int    `json:"line"`
	Net       money  `json:"net"`
}

type overpaymentView struct {
	ID          string `json:"id"`
	Enrolment   string `json:"enrolment"`
	Cause       string `json:"cause"`
	Fault       string `json:"fault"`
	Amount      money  `json:"amount"`
	Outstanding money  `json:"outstanding"`
}

func viewPerson(f projections.Fold) personView {
	s := f.State
	v := personView{
		Person: f.Person, Registered: s.Registered, DiedOn: dayText(s.DiedOn), Revision: f.Revision, HasAccount: len(s.Accounts) > 0, Facts: []factView{},
		Enrolments: []enrolmentView{}, Grants: []grantView{}, Draws: []drawView{}, Overpayments: []overpaymentView{},
	}
	if account, ok := s.Account(); ok {
		v.Account = &payeeView{account.Event, account.HolderPerson, account.Relation}
	}
	for _, x := range s.Facts {
		v.Facts = append(v.Facts, factView{x.Event, string(x.Kind), dayText(x.On), x.Related, dayText(x.ReportedOn)})
	}
	for _, x := range s.Enrolments {
		v.Enrolments = append(v.Enrolments, viewEnrolment(x))
	}
	for _, x := range s.Grants {
		v.Grants = append(v.Grants, grantView{x.ID, x.Programme, x.Office, x.Amount, x.Void})
	}
	for _, x := range s.Draws {
		v.Draws = append(v.Draws, drawView{x.ID, x.Run, x.Enrolment, x.Grant, x.Line, x.Net})
	}
	for _, x := range s.Overpayments {
		v.Overpayments = append(v.Overpayments, overpaymentView{x.ID, x.Enrolment, x.Cause, string(x.Fault), x.Amount(), x.Outstanding()})
	}
	return v
}

func viewEnrolment(e beneficiary.Enrolment) enrolmentView {
	v := enrolmentView{
		ID: e.ID, Programme: e.Programme, Region: e.Region, Household: e.Household, Unit: string(e.Unit), Share: e.Share, Origin: string(e.Origin),
		FirstUnit: periodText(e.FirstUnit), Until: periodText(e.Until), PaidThrough: periodText(e.PaidThrough), Annulled: e.Annulled,
		Places: []placeView{}, Classes: []classView{}, Suspensions: []suspensionView{},
	}
	for _, p := range e.Places {
		v.Places = append(v.Places, placeView{periodText(p.From), p.Office, string(p.Village)})
	}
	for _, c := range e.Classes {
		v.Classes = append(v.Classes, classView{periodText(c.From), c.Key.String()})
	}
	for _, x := range e.Suspensions {
		v.Suspensions = append(v.Suspensions, suspensionView{periodText(x.From), periodText(x.To), string(x.Effect), x.Reason})
	}
	if x := e.Exit; x != nil {
		v.Exit = &exitView{x.Reason, dayText(x.OccurredOn), dayText(x.ReportedOn), periodText(x.LastUnit), string(x.Fault)}
	}
	return v
}

// personOf loads a person whom the caller is responsible for.
func (s *Server) personOf(ctx context.Context, r *request) (projections.Fold, error) {
	if err := s.synced(ctx); err != nil {
		return projections.Fold{}, err
	}
	f, err := s.views.PersonFold(ctx, r.path("id"))
	if err != nil {
		return f, err
	}
	offices := officesOf(f)
	if len(offices) == 0 {
		return f, nil // named as a relative only: nothing here but kinds of facts and days
	}
	return f, s.within(ctx, r, offices...)
}

// getPerson shows one person.
func (s *Server) getPerson(ctx context.Context, r *request) (response, error) {
	f, err := s.personOf(ctx, r)
	if err != nil {
		return response{}, err
	}
	who, _, err := s.ledger.Identity(ctx, f.Person)
	if err != nil {
		return response{}, err
	}
	v := viewPerson(f)
	v.Name, v.Number, v.Sex = who.Name.String(), who.Number.String(), string(who.Sex)
	return response{Body: v, ETag: etag(f.Revision), LogIndex: f.LogIndex}, nil
}

// timelineView is what the ledger knew of one person, in the order in which it learnt it.
type timelineView struct {
	Known int64       `json:"known"` // entries of the log known
	Items []entryView `json:"items"`
}

// getTimeline lists the events of one person.
func (s *Server) getTimeline(ctx context.Context, r *request) (response, error) {
	known, err := projections.ParseKnown(r.query.Get("known-at"))
	if err != nil {
		return response{}, fmt.Errorf("parameter known-at: %w", err)
	}
	if _, err := s.personOf(ctx, r); err != nil {
		return response{}, err
	}
	t, err := s.views.Timeline(ctx, r.path("id"), known)
	if err != nil {
		return response{}, err
	}
	return response{Body: timelineView{t.Known, viewEntries(t.Entries)}, LogIndex: t.LogIndex}, nil
}
