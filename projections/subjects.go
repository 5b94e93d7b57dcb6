package projections

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/signoff"
)

// SubjectKind is what waits for signatures.
type SubjectKind string

// The kinds of subjects.
const (
	CaseSubject     SubjectKind = "case"
	ImportSubject   SubjectKind = "import"
	PayrunSubject   SubjectKind = "payrun"
	RulebookSubject SubjectKind = "rulebook"
	FundSubject     SubjectKind = "fund"

	MonthSubject       SubjectKind = "month"        // the close of a book month
	MonthReopenSubject SubjectKind = "month-reopen" // its reopening, while that waits
)

// The statuses of a subject other than a pay run, whose statuses are package payrun's.
const (
	StatusReading   = "reading"   // an import whose rows are still being read
	StatusDraft     = "draft"     // not yet submitted
	StatusAwaiting  = "awaiting"  // submitted, wants signatures
	StatusSentBack  = "sent-back" //
	StatusSigned    = "signed"    // every step signed; the effect has not begun
	StatusWithdrawn = "withdrawn" //
	StatusRefused   = "refused"   //
	StatusAgreed    = "agreed"    // its effects are being applied
	StatusApplied   = "applied"   //
	StatusFailed    = "failed"    // a rule stopped the effect of a case
	StatusPublished = "published" // a rulebook in force
)

// Subject is one case, import, pay run, rulebook or fund request, with where it stands.
type Subject struct {
	Kind      SubjectKind
	Stream    string
	ID        string
	Office    string
	Programme string
	Person    string // of a case
	Change    string // kind of change of a case, "exit"
	Status    string
	OpenedAt  int64 // log index
	ChangedAt int64 // log index of the last entry of its stream
	Counts    SubjectCounts
	Signing   signoff.State
}

// SubjectCounts says how far a subject came.
type SubjectCounts struct {
	Accepted int    `json:"accepted,omitempty"` // rows of an import
	Refused  int    `json:"refused,omitempty"`
	Applied  int    `json:"applied,omitempty"`
	Failed   int    `json:"failed,omitempty"`
	Rule     string `json:"rule,omitempty"` // that stopped a case's effect
}

// Subjects is a list of subjects.
type Subjects struct {
	LogIndex int64
	Subjects []Subject
}

// SubjectFilter restricts a list of subjects. Empty fields do not restrict.
type SubjectFilter struct {
	ID, Office, Programme, Person, Status string
}

const subjectColumns = `SELECT s.name, x.kind, x.id, x.office, x.programme, x.person, x.change, x.status, x.opened, x.changed, x.data, x.signing
	FROM subjects_v1 x JOIN streams_v1 s ON s.id = x.stream`

func scanSubject(r *sql.Rows) (Subject, error) {
	var s Subject
	var data, signing []byte
	if err := r.Scan(&s.Stream, &s.Kind, &s.ID, &s.Office, &s.Programme, &s.Person, &s.Change, &s.Status, &s.OpenedAt, &s.ChangedAt, &data, &signing); err != nil {
		return Subject{}, err
	}
	return s, errors.Join(codec.Unmarshal(data, &s.Counts), codec.Unmarshal(signing, &s.Signing))
}

// Cases lists cases, the last changed first.
func (v *Views) Cases(ctx context.Context, f SubjectFilter) (Subjects, error) {
	return v.subjects(ctx, CaseSubject, f)
}

// Imports lists imports, the last changed first.
func (v *Views) Imports(ctx context.Context, f SubjectFilter) (Subjects, error) {
	return v.subjects(ctx, ImportSubject, f)
}

func (v *Views) subjects(ctx context.Context, kind SubjectKind, f SubjectFilter) (Subjects, error) {
	var out Subjects
	err := v.read(ctx, "list of "+string(kind), func(tx *sql.Tx, at stand) (err error) {
		out.LogIndex = at.logIndex
		out.Subjects, err = scanAll(ctx, tx, scanSubject, subjectColumns+` WHERE x.kind = ?1 AND (?2 = '' OR x.id = ?2) AND (?3 = '' OR x.office = ?3)
			AND (?4 = '' OR x.programme = ?4) AND (?5 = '' OR x.person = ?5) AND (?6 = '' OR x.status = ?6) ORDER BY x.changed DESC`,
			string(kind), f.ID, f.Office, f.Programme, f.Person, f.Status)
		return err
	})
	return out, err
}

// Capacity is one authority an officer holds: what they may act as, for which office, in which area and all below it.
type Capacity struct {
	Capacity string // "town.head"
	Office   string
	Area     domain.AreaCode
}

// WorkItem is something that waits for an officer.
type WorkItem struct {
	Subject
	Capacity Capacity // the one it waits for
	Action   string   // "submit", the handler's signature, "sign", or "withdraw", of an import that nothing else is possible with, or CorrectAccount
	Scopes   []string // that this capacity may sign: "whole", or villages
}

// WorkList is what waits for an officer, longest first.
type WorkList struct {
	LogIndex int64
	Items    []WorkItem
}

// WorkList lists the subjects whose present step wants one of the capacities within its area. It leaves out nothing for
// reasons of persons: Subject.Signing.People says who stands in the way of themselves.
func (v *Views) WorkList(ctx context.Context, capacities []Capacity) (WorkList, error) {
	var out WorkList
	err := v.read(ctx, "work list", func(tx *sql.Tx, at stand) error {
		out.LogIndex = at.logIndex
		for _, c := range capacities {
			items, err := waitingFor(ctx, tx, c)
			if err != nil {
				return err
			}
			returned, err := returnedFor(ctx, tx, c)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, append(items, returned...)...)
		}
		slices.SortStableFunc(out.Items, func(a, b WorkItem) int { return int(a.ChangedAt - b.ChangedAt) })
		return nil
	})
	return out, err
}

func waitingFor(ctx context.Context, tx *sql.Tx, c Capacity) ([]WorkItem, error) {
	subjects, err := scanAll(ctx, tx, scanSubject, subjectColumns+` WHERE x.stream IN (SELECT stream FROM waits_v1 WHERE capacity = ?) ORDER BY x.changed`, c.Capacity)
	if err != nil {
		return nil, err
	}
	var items []WorkItem
	for _, s := range subjects {
		scopes, err := scopesWithin(ctx, tx, s, c)
		if err != nil {
			return nil, err
		}
		action := s.action()
		if len(scopes) == 0 || action == "withdraw" && s.Office != c.Office {
			continue // only the office whose people they are takes an import back
		}
		items = append(items, WorkItem{Subject: s, Capacity: c, Action: action, Scopes: scopes})
	}
	return items, nil
}

// action is what can be done next with a subject that waits for somebody. A file that was sent back, or in which no row is
// good, is withdrawn and handed in again: what was read of it never changes, so it can never be submitted.
func (s Subject) action() string {
	switch {
	case s.Signing.Status != signoff.Draft:
		return "sign"
	case s.Kind == ImportSubject && (s.Status == StatusSentBack || s.Counts.Accepted == 0):
		return "withdraw"
	}
	return "submit"
}

// scopesWithin lists what waits of a subject and lies in the capacity's area. The whole of a subject lies where its
// office does; a subject of an office the ledger does not know is nobody's.
func scopesWithin(ctx context.Context, tx *sql.Tx, s Subject, c Capacity) ([]string, error) {
	scopes, err := scanAll(ctx, tx, func(r *sql.Rows) (scope string, err error) { return scope, r.Scan(&scope) },
		`SELECT scope FROM waits_v1 WHERE stream = (SELECT id FROM streams_v1 WHERE name = ?) AND capacity = ? ORDER BY scope`, s.Stream, c.Capacity)
	if err != nil {
		return nil, err
	}
	var area string
	err = tx.QueryRowContext(ctx, `SELECT area FROM offices_v1 WHERE office = ?`, s.Office).Scan(&area)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	return slices.DeleteFunc(scopes, func(scope string) bool {
		if scope == signoff.WholeScope {
			return s.Office != c.Office && !domain.AreaCode(area).Within(c.Area)
		}
		return !domain.AreaCode(scope).Within(c.Area)
	}), nil
}

// RulebookVersion is one version of a rulebook put forward.
type RulebookVersion struct {
	Rulebook    string // "rural-reward@320000"
	Hash        string
	ProposedAt  int64       // log index
	PublishedAt int64       // log index; -1 if it never was
	PublishedOn domain.Date // zero if it never was
	Source      string      // the YAML as written
}

// Rulebooks lists every version of every rulebook, in log order.
func (v *Views) Rulebooks(ctx context.Context) (logIndex int64, all []RulebookVersion, err error) {
	err = v.read(ctx, "rulebooks", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, func(r *sql.Rows) (RulebookVersion, error) {
			b := RulebookVersion{PublishedAt: -1}
			var published sql.NullInt64
			var on sql.NullString
			if err := r.Scan(&b.Rulebook, &b.Hash, &b.ProposedAt, &published, &on, &b.Source); err != nil {
				return b, err
			}
			if published.Valid {
				b.PublishedAt = published.Int64
			}
			var err error
			b.PublishedOn, err = day(on.String)
			return b, err
		}, `SELECT rulebook, hash, proposed, published, published_on, source FROM rulebooks_v1 ORDER BY proposed`)
		return err
	})
	return logIndex, all, err
}
