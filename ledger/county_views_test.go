package ledger_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/projections"
)

// countyViews shows the read models to the ledger, as the command line does.
type countyViews struct{ *projections.Views }

func (v countyViews) Sync(ctx context.Context, position eventstore.Position) (int64, error) {
	if err := v.WaitPosition(ctx, position); err != nil {
		return 0, err
	}
	at, err := v.Status(ctx)
	return at.LogIndex, err
}

func (v countyViews) People(ctx context.Context, office, programme string) iter.Seq2[ledger.Fold, error] {
	return func(yield func(ledger.Fold, error) bool) {
		for f, err := range v.Views.People(ctx, office, programme) {
			if !yield(ledger.Fold{Person: f.Person, Revision: f.Revision, State: f.State}, err) {
				return
			}
		}
	}
}

func (v countyViews) Rulebooks(ctx context.Context) ([]string, error) {
	_, all, err := v.Views.Rulebooks(ctx)
	ids := map[string]bool{}
	for _, b := range all {
		ids[b.Rulebook] = true
	}
	return slices.Sorted(maps.Keys(ids)), err
}

func (v countyViews) DrawnUnits(ctx context.Context, programme, _ string) ([]domain.Period, error) {
	units := map[domain.Period]bool{}
	for _, town := range []string{north, south} {
		for f, err := range v.Views.People(ctx, town, programme) {
			if err != nil {
				return nil, err
			}
			for _, d := range f.State.Draws {
				for _, item := range d.Items {
					units[item.Unit] = true
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(units), func(a, b domain.Period) int { return cmp.Or(a.Compare(b), cmp.Compare(a.String(), b.String())) }), nil
}

func (v countyViews) RunBefore(ctx context.Context, run string) (string, error) {
	return v.Views.RunBefore(ctx, run)
}

func (v countyViews) Unfinished(ctx context.Context) ([]ledger.Intent, error) {
	_, left, err := v.Views.Unfinished(ctx)
	if err != nil {
		return nil, err
	}
	subjects, err := v.subjects(ctx)
	if err != nil {
		return nil, err
	}
	var intents []ledger.Intent
	for _, i := range left {
		if i.Kind == projections.BookRefund {
			subjects[i.Stream] = ledger.Subject{Kind: ledger.PersonSubject, ID: i.Person}
		}
		if i.Kind != projections.PrepareRun {
			intents = append(intents, ledger.Intent{Subject: subjects[i.Stream], Event: i.Event})
		}
	}
	return intents, nil
}

func (v countyViews) subjects(ctx context.Context) (map[string]ledger.Subject, error) {
	byStream := map[string]ledger.Subject{}
	cases, err := v.Cases(ctx, projections.SubjectFilter{})
	if err != nil {
		return nil, err
	}
	imports, err := v.Imports(ctx, projections.SubjectFilter{})
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Concat(cases.Subjects, imports.Subjects) {
		byStream[s.Stream] = ledger.Subject{Kind: ledger.SubjectKind(s.Kind), ID: s.ID}
	}
	files, err := v.BankFiles(ctx, projections.BankFileFilter{})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		byStream[f.Stream] = ledger.Subject{Kind: ledger.BankFileSubject, ID: f.ID}
	}
	runs, err := v.Payruns(ctx, projections.PayrunFilter{})
	for _, r := range runs {
		byStream[payrun.Stream(r.ID())] = ledger.Subject{Kind: ledger.PayrunSubject, ID: r.ID()}
	}
	return byStream, err
}

func (v countyViews) EventStream(ctx context.Context, event string) (stream string, ok bool, err error) {
	entry, err := v.Event(ctx, event)
	if errors.Is(err, domain.NotFound) {
		return "", false, nil
	}
	return entry.Stream, err == nil, err
}
