package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/change"
	"almoner/domain/codec"
	"almoner/domain/imports"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// caseSubject signs cases.
type caseSubject struct {
	*Ledger
	id string
}

func (s caseSubject) stream() string { return cases.Stream(s.id) }

func (s caseSubject) state(ctx context.Context) (cases.State, error) {
	l, err := load(ctx, s.Ledger, s.stream(), cases.Evolve)
	if err == nil && l.state.Status == "" {
		err = domain.Refuse(domain.NotFound, "case.unknown", "there is no case %q", s.id).WithNext("list the cases, and copy the id")
	}
	return l.state, err
}

func (s caseSubject) read(ctx context.Context) (signoff.State, error) {
	state, err := s.state(ctx)
	return state.Signing, err
}

// leaf is the leaf hash of the stored proposal: what officers sign.
func (s caseSubject) leaf(ctx context.Context, state cases.State) (string, error) {
	if state.Status == "" {
		return "", nil // DecideSubmit says that there is no such case
	}
	r, err := s.recorded(ctx, s.stream(), state.Proposal.Revision)
	return signoff.Hex(signoff.Leaf(r.Data)), err
}

func (s caseSubject) submission(ctx context.Context) (signoff.Submission, error) {
	state, err := s.state(ctx)
	if err != nil {
		return signoff.Submission{}, err
	}
	leaf, err := s.leaf(ctx, state)
	return state.Submission(leaf), err
}

func (s caseSubject) kin(ctx context.Context, _ string, people map[string]bool) (string, error) {
	state, err := s.state(ctx)
	if err != nil || state.Change == nil {
		return "", err
	}
	if concerns(*state.Change, people) {
		return "the case is about a person of your family, or yourself", nil
	}
	return "", nil
}

// concerns says whether a change names one of the people.
func concerns(c change.Change, people map[string]bool) bool {
	return people[c.Person] || slices.ContainsFunc(c.Related, func(r change.Related) bool { return people[r.Person] })
}

func (s caseSubject) run(ctx context.Context, c Command, decide func(cases.State) ([]domain.Event, error)) (Outcome, error) {
	return execute(ctx, s.Ledger, s.stream(), c, cases.Evolve, decide)
}

func (s caseSubject) submit(ctx context.Context, c Command, _ signoff.Submission, act signoff.Act) (Outcome, error) {
	return s.run(ctx, c, func(state cases.State) ([]domain.Event, error) {
		leaf, err := s.leaf(ctx, state) // of the proposal as it now stands: a colleague may have revised it
		if err != nil {
			return nil, err
		}
		return cases.DecideSubmit(state, cases.Submit{Origin: s.created.Origin, Leaf: leaf, On: s.Today(), Act: act})
	})
}

func (s caseSubject) sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error) {
	return s.run(ctx, c, func(state cases.State) ([]domain.Event, error) {
		sign := cases.Sign{Origin: s.created.Origin, On: s.Today(), Act: act}
		if outcome == signoff.Refuse {
			return cases.DecideRefuse(state, sign)
		}
		return cases.DecideSignOff(state, sign)
	})
}

func (s caseSubject) sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error) {
	return s.run(ctx, c, func(state cases.State) ([]domain.Event, error) {
		return cases.DecideSendBack(state, s.returning(act, r))
	})
}

func (s caseSubject) followUp(ctx context.Context, _ Command) error {
	state, err := s.state(ctx)
	if err != nil || state.Status != cases.StatusAgreed {
		return err
	}
	return s.ApplyCase(ctx, s.id)
}

// importSubject signs imports.
type importSubject struct {
	*Ledger
	id string
}

func (s importSubject) stream() string { return imports.Stream(s.id) }

func (s importSubject) state(ctx context.Context) (imports.State, error) {
	l, err := load(ctx, s.Ledger, s.stream(), imports.Evolve)
	if err == nil && l.state.Status == "" {
		err = domain.Refuse(domain.NotFound, "import.unknown", "there is no import %q", s.id).WithNext("list the imports, and copy the id")
	}
	return l.state, err
}

func (s importSubject) read(ctx context.Context) (signoff.State, error) {
	state, err := s.state(ctx)
	return state.Signing, err
}

// importRows is what signing needs of an import's rows. Rows never change once the file was read.
type importRows struct {
	stream string
	roots  map[domain.AreaCode]string // RFC 6962 roots of each village's rows, over the leaves of their stored entries
	people map[string][]rowPlace      // everybody a row names
}

type rowPlace struct {
	row     int
	village domain.AreaCode
}

// readRows reads the rows once; the last import asked for is kept, since many officers sign the same one in turn.
func (s importSubject) readRows(ctx context.Context) (*importRows, error) {
	state, err := s.state(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	last := s.rowsRead
	s.mu.Unlock()
	if last != nil && last.stream == s.stream() {
		return last, nil
	}
	out := &importRows{stream: s.stream(), roots: map[domain.AreaCode]string{}, people: map[string][]rowPlace{}}
	leaves := map[domain.AreaCode][]tlog.Hash{}
	err = s.rows(ctx, func(row imports.RowAccepted, e codec.Stored) error {
		// Strings of a decoded event share its bytes; what is kept must not keep those.
		place := rowPlace{row.Row, domain.AreaCode(strings.Clone(string(row.Change.Village)))}
		leaves[place.village] = append(leaves[place.village], e.Leaf)
		person := strings.Clone(row.Change.Person)
		out.people[person] = append(out.people[person], place)
		for _, r := range row.Change.Related {
			related := strings.Clone(r.Person)
			out.people[related] = append(out.people[related], place)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for village, hashes := range leaves {
		out.roots[village] = signoff.Hex(signoff.Root(hashes))
	}
	if state.Root != "" { // reading has ended
		s.mu.Lock()
		s.rowsRead = out
		s.mu.Unlock()
	}
	return out, nil
}

// rows visits the accepted rows without opening what is sealed.
func (s importSubject) rows(ctx context.Context, visit func(imports.RowAccepted, codec.Stored) error) error {
	for r, err := range s.store.ReadStream(ctx, s.stream(), 0, eventstore.Forwards) {
		if err != nil {
			return fmt.Errorf("rows of %s: %w", s.stream(), err)
		}
		if r.Type != (imports.RowAccepted{}).EventType() {
			continue
		}
		e, err := codec.DecodeEvent(r.Data, nil)
		if err != nil {
			return fmt.Errorf("rows of %s: %w", s.stream(), err)
		}
		if err := visit(e.Event.(imports.RowAccepted), e); err != nil {
			return err
		}
	}
	return nil
}

func (s importSubject) submission(ctx context.Context) (signoff.Submission, error) {
	state, err := s.state(ctx)
	if err != nil {
		return signoff.Submission{}, err
	}
	rows, err := s.readRows(ctx)
	if err != nil {
		return signoff.Submission{}, err
	}
	return state.Submission(rows.roots), nil
}

func (s importSubject) kin(ctx context.Context, scope string, people map[string]bool) (string, error) {
	rows, err := s.readRows(ctx)
	if err != nil {
		return "", err
	}
	for person := range people {
		for _, place := range rows.people[person] {
			if scope == signoff.WholeScope || scope == string(place.village) {
				return fmt.Sprintf("row %d is about a person of your family, or yourself; take it out of the list and open a case for it", place.row), nil
			}
		}
	}
	return "", nil
}

func (s importSubject) run(ctx context.Context, c Command, decide func(imports.State) ([]domain.Event, error)) (Outcome, error) {
	return execute(ctx, s.Ledger, s.stream(), c, imports.Evolve, decide)
}

func (s importSubject) submit(ctx context.Context, c Command, _ signoff.Submission, act signoff.Act) (Outcome, error) {
	rows, err := s.readRows(ctx)
	if err != nil {
		return Outcome{}, err
	}
	return s.run(ctx, c, func(state imports.State) ([]domain.Event, error) {
		return imports.DecideSubmit(state, imports.Submit{Origin: s.created.Origin, Roots: rows.roots, Act: act})
	})
}

func (s importSubject) sign(ctx context.Context, c Command, act signoff.Act, outcome signoff.Outcome) (Outcome, error) {
	if outcome != signoff.Agree {
		return Outcome{}, domain.Refuse(domain.Invalid, "import.outcome", "an import is signed or sent back, not refused").WithNext("send it back with a reason")
	}
	return s.run(ctx, c, func(state imports.State) ([]domain.Event, error) {
		return imports.DecideSignOff(state, imports.SignOff{Origin: s.created.Origin, On: s.Today(), Act: act})
	})
}

func (s importSubject) sendBack(ctx context.Context, c Command, act signoff.Act, r Return) (Outcome, error) {
	return s.run(ctx, c, func(state imports.State) ([]domain.Event, error) {
		return imports.DecideSendBack(state, s.returning(act, r))
	})
}

func (s importSubject) followUp(ctx context.Context, _ Command) error {
	state, err := s.state(ctx)
	if err != nil || state.Status != imports.StatusAgreed {
		return err
	}
	return s.ApplyImport(ctx, s.id, nil)
}
