package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"almoner/domain"
	"almoner/domain/month"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/projections"
)

// ledgerViews shows the read models to the ledger in the words the ledger asks in.
type ledgerViews struct{ views *projections.Views }

var _ ledger.Views = ledgerViews{}

// Sync implements ledger.Views.
func (v ledgerViews) Sync(ctx context.Context, position eventstore.Position) (int64, error) {
	if err := v.views.WaitPosition(ctx, position); err != nil {
		return 0, err
	}
	at, err := v.views.Status(ctx)
	return at.LogIndex, err
}

// People implements ledger.Views.
func (v ledgerViews) People(ctx context.Context, office, programme string) iter.Seq2[ledger.Fold, error] {
	return func(yield func(ledger.Fold, error) bool) {
		for f, err := range v.views.People(ctx, office, programme) {
			if !yield(ledger.Fold{Person: f.Person, Revision: f.Revision, State: f.State}, err) {
				return
			}
		}
	}
}

// Officers implements ledger.Views.
func (v ledgerViews) Officers(ctx context.Context) (int64, []officer.State, error) {
	return v.views.Officers(ctx)
}

// Rulebooks implements ledger.Views.
func (v ledgerViews) Rulebooks(ctx context.Context) ([]string, error) {
	_, all, err := v.views.Rulebooks(ctx)
	ids := map[string]bool{}
	for _, b := range all {
		ids[b.Rulebook] = true
	}
	return slices.Sorted(maps.Keys(ids)), err
}

// DrawnUnits implements ledger.Views. It walks the folds of every office's people in the programme: a rulebook is published
// a few times a year, so no table is kept for it.
func (v ledgerViews) DrawnUnits(ctx context.Context, programme, region string) ([]domain.Period, error) {
	_, offices, err := v.views.Offices(ctx)
	if err != nil {
		return nil, err
	}
	units := map[domain.Period]bool{}
	for _, o := range offices {
		for f, err := range v.views.People(ctx, o.Office, programme) {
			if err != nil {
				return nil, err
			}
			for _, d := range f.State.Draws {
				if e, ok := f.State.Enrolment(d.Enrolment); ok && e.Programme == programme && e.Region == region {
					for _, item := range d.Items {
						units[item.Unit] = true
					}
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(units), func(a, b domain.Period) int { return cmp.Or(a.Compare(b), cmp.Compare(a.String(), b.String())) }), nil
}

// Reckon implements ledger.MonthViews.
func (v ledgerViews) Reckon(ctx context.Context, finance string, in domain.Period, logIndex int64) (month.Reckoning, error) {
	return v.views.Reckon(ctx, finance, in, logIndex)
}

// MonthStates implements ledger.MonthViews.
func (v ledgerViews) MonthStates(ctx context.Context, finance string) ([]month.State, error) {
	return v.views.MonthStates(ctx, finance)
}

// RunBefore implements ledger.Views.
func (v ledgerViews) RunBefore(ctx context.Context, run string) (string, error) {
	return v.views.RunBefore(ctx, run)
}

// Unfinished implements ledger.Views. Runs that are being prepared are left out: their handlers go on or cancel.
func (v ledgerViews) Unfinished(ctx context.Context) ([]ledger.Intent, error) {
	_, left, err := v.views.Unfinished(ctx)
	left = slices.DeleteFunc(left, func(i projections.Intent) bool { return i.Kind == projections.PrepareRun })
	if err != nil || len(left) == 0 {
		return nil, err
	}
	subjects, err := v.subjects(ctx)
	if err != nil {
		return nil, err
	}
	var intents []ledger.Intent
	for _, i := range left {
		subject, ok := subjects[i.Stream]
		if i.Kind == projections.BookRefund {
			subject, ok = ledger.Subject{Kind: ledger.PersonSubject, ID: i.Person}, true
		}
		if !ok {
			return nil, fmt.Errorf("the unfinished %s at log index %d stands on %s, which is no case, import, pay run or bank file", i.Kind, i.LogIndex, i.Stream)
		}
		intents = append(intents, ledger.Intent{Subject: subject, Event: i.Event})
	}
	return intents, nil
}

// subjects names what can have follow-ups, by stream: names of streams are never parsed.
func (v ledgerViews) subjects(ctx context.Context) (map[string]ledger.Subject, error) {
	byStream := map[string]ledger.Subject{}
	cases, err := v.views.Cases(ctx, projections.SubjectFilter{})
	if err != nil {
		return nil, err
	}
	imports, err := v.views.Imports(ctx, projections.SubjectFilter{})
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Concat(cases.Subjects, imports.Subjects) {
		byStream[s.Stream] = ledger.Subject{Kind: ledger.SubjectKind(s.Kind), ID: s.ID}
	}
	files, err := v.views.BankFiles(ctx, projections.BankFileFilter{})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		byStream[f.Stream] = ledger.Subject{Kind: ledger.BankFileSubject, ID: f.ID}
	}
	runs, err := v.views.Payruns(ctx, projections.PayrunFilter{})
	for _, r := range runs {
		byStream[payrun.Stream(r.ID())] = ledger.Subject{Kind: ledger.PayrunSubject, ID: r.ID()}
	}
	return byStream, err
}

// EventStream says in which stream an event stands: the ledger asks when it finds a claim whose owner it does not know.
func (v ledgerViews) EventStream(ctx context.Context, event string) (stream string, ok bool, err error) {
	entry, err := v.views.Event(ctx, event)
	if errors.Is(err, domain.NotFound) {
		return "", false, nil
	}
	return entry.Stream, err == nil, err
}
