package api

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"time"

	"almoner/domain"
	"almoner/projections"
)

// rollEntry is one enrolment on the roll.
type rollEntry struct {
	Enrolment string `json:"enrolment"`
	Person    string `json:"person"`
	Name      string `json:"name,omitempty"` // masked, where names are asked for
	Household string `json:"household,omitempty"`
	Programme string `json:"programme"`
	Office    string `json:"office"`
	Village   string `json:"village"`
	Class     string `json:"class"`
	Unit      string `json:"unit"`
	Share     string `json:"share"`
	Status    string `json:"status"`
	From      string `json:"from"`              // first day on which all this is true
	Until     string `json:"until,omitempty"`   // last such day
	KnownFrom int64  `json:"knownFrom"`         // log index
	KnownTo   int64  `json:"knownTo,omitempty"` // log index; absent while it is what is known
}

func viewRollEntry(e projections.RollEntry) rollEntry {
	return rollEntry{
		Enrolment: e.Enrolment, Person: e.Person, Household: e.Household, Programme: e.Programme, Office: e.Office, Village: e.Village, Class: e.Class, Unit: e.Unit,
		Share: e.Share, Status: string(e.Status), From: dayText(e.From), Until: dayText(e.Until), KnownFrom: e.KnownFrom, KnownTo: max(e.KnownTo, 0),
	}
}

// rollView is the roll of a day as known at a moment.
type rollView struct {
	AsOf       string      `json:"asOf"`
	Known      int64       `json:"known"`   // entries known
	Persons    int         `json:"persons"` // on the whole roll, not only on this page
	Households int         `json:"households"`
	Items      []rollEntry `json:"items"`
}

// rollQuery reads the parameters that the roll and its comparison share.
func (s *Server) rollQuery(r *request) (projections.RollQuery, error) {
	q := projections.RollQuery{Programme: r.query.Get("programme"), Office: r.query.Get("office"), Village: r.query.Get("village"), Person: r.query.Get("person")}
	var err error
	if q.AsOf, err = r.day("as-of"); err != nil {
		return q, err
	}
	if q.AsOf.IsZero() {
		q.AsOf = s.ledger.Today()
	}
	if q.KnownAt, err = projections.ParseKnown(r.query.Get("known-at")); err != nil {
		return q, fmt.Errorf("parameter known-at: %w", err)
	}
	return q, nil
}

// getRoll answers who was on the roll (名册). Its Link holds day and log index fast, so that all pages are of one roll
// whatever is written between them.
func (s *Server) getRoll(ctx context.Context, r *request) (response, error) {
	q, err := s.rollQuery(r)
	if err != nil {
		return response{}, err
	}
	if q.Limit, err = r.limit(); err != nil {
		return response{}, err
	}
	if q.Cursor, err = r.place(); err != nil {
		return response{}, err
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	roll, err := s.views.Roll(ctx, q)
	if err != nil {
		return response{}, err
	}
	v := rollView{AsOf: q.AsOf.String(), Known: roll.Known, Persons: roll.Persons, Households: roll.Households, Items: make([]rollEntry, len(roll.Entries))}
	for i, e := range roll.Entries {
		v.Items[i] = viewRollEntry(e)
	}
	names, err := r.flag("names")
	if err == nil && names {
		err = s.nameRoll(ctx, r, v.Items)
	}
	if err != nil {
		return response{}, err
	}
	onward := url.Values{}
	maps.Copy(onward, r.query)
	onward.Set("as-of", v.AsOf)
	onward.Set("known-at", strconv.FormatInt(roll.Known, 10))
	return response{Body: v, Next: r.next(onward, roll.Next), LogIndex: roll.LogIndex}, nil
}

// nameRoll adds masked names to a page whose every person the caller is responsible for.
func (s *Server) nameRoll(ctx context.Context, r *request, items []rollEntry) error {
	reached := map[string]bool{}
	for i := range items {
		e := &items[i]
		if !reached[e.Office] {
			if err := s.within(ctx, r, e.Office); err != nil {
				return err
			}
			reached[e.Office] = true
		}
		var err error
		if e.Name, err = s.maskedName(ctx, e.Person); err != nil {
			return err
		}
	}
	return nil
}

// maskedName is a person's name as lists show it; empty for an erased person.
func (s *Server) maskedName(ctx context.Context, person string) (string, error) {
	who, _, err := s.ledger.Identity(ctx, person)
	return who.Name.String(), err
}

// entryView is one event as lists show it: who did what, when, why, and what led to it.
type entryView struct {
	LogIndex int64     `json:"logIndex"`
	ID       string    `json:"id"`
	Stream   string    `json:"stream"`
	Revision int64     `json:"revision"`
	Type     string    `json:"type"`
	At       time.Time `json:"at"`
	On       string    `json:"on,omitempty"`
	Officer  string    `json:"officer"`
	Office   string    `json:"office"`
	Capacity string    `json:"capacity"`
	Cause    string    `json:"cause,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

func viewEntries(all []projections.Entry) []entryView {
	out := make([]entryView, len(all))
	for i, e := range all {
		out[i] = entryView{e.LogIndex, e.ID, e.Stream, e.Revision, e.Type, e.At, dayText(e.On), e.Officer, e.Office, e.Capacity, e.Cause, e.Reason}
	}
	return out
}

// rollChange is one enrolment whose entry differs between two knowings.
type rollChange struct {
	Before *rollEntry  `json:"before,omitempty"`
	After  *rollEntry  `json:"after,omitempty"`
	Causes []entryView `json:"causes"`
}

func viewChanges(all []projections.RollChange) []rollChange {
	out := make([]rollChange, len(all))
	for i, c := range all {
		out[i].Causes = viewEntries(c.Causes)
		if c.Before.Enrolment != "" {
			e := viewRollEntry(c.Before)
			out[i].Before = &e
		}
		if c.After.Enrolment != "" {
			e := viewRollEntry(c.After)
			out[i].After = &e
		}
	}
	return out
}

// comparisonView is the difference between two knowings of one day's roll.
type comparisonView struct {
	AsOf    string       `json:"asOf"`
	From    int64        `json:"from"` // entries known at the earlier knowing
	To      int64        `json:"to"`
	Added   []rollChange `json:"added"`
	Removed []rollChange `json:"removed"`
	Changed []rollChange `json:"changed"`
}

// compareRoll tells what is different between two knowings of a day's roll, and what made it so.
func (s *Server) compareRoll(ctx context.Context, r *request) (response, error) {
	q, err := s.rollQuery(r)
	if err != nil {
		return response{}, err
	}
	if r.query.Get("known-at") == "" {
		return response{}, refuse(domain.Invalid, "api.parameter", "the comparison needs a first knowing").WithNext("give known-at, and compare for the second one; without compare it is what is known now")
	}
	other, err := projections.ParseKnown(r.query.Get("compare"))
	if err != nil {
		return response{}, fmt.Errorf("parameter compare: %w", err)
	}
	if err := s.synced(ctx); err != nil {
		return response{}, err
	}
	c, err := s.views.CompareRoll(ctx, q, other)
	if err != nil {
		return response{}, err
	}
	return response{LogIndex: c.LogIndex, Body: comparisonView{
		q.AsOf.String(), c.From, c.To, viewChanges(c.Added), viewChanges(c.Removed), viewChanges(c.Changed),
	}}, nil
}
