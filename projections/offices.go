package projections

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

// Office is one office as it is now.
type Office struct {
	Office     string
	Level      signoff.Level
	Department string
	Area       domain.AreaCode
	Name       string
	Parent     string
	Villages   []office.Village
	ClosedAt   int64  // log index; -1 while it is open
	Into       string // the office that goes on after it
	ChangedAt  int64  // log index
}

// Offices lists every office, closed ones too, in order of area and id.
func (v *Views) Offices(ctx context.Context) (logIndex int64, all []Office, err error) {
	err = v.read(ctx, "offices", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, func(r *sql.Rows) (Office, error) {
			o := Office{ClosedAt: -1}
			var villages []byte
			var closed sql.NullInt64
			if err := r.Scan(&o.Office, &o.Level, &o.Department, &o.Area, &o.Name, &o.Parent, &villages, &closed, &o.Into, &o.ChangedAt); err != nil {
				return o, err
			}
			if closed.Valid {
				o.ClosedAt = closed.Int64
			}
			return o, codec.Unmarshal(villages, &o.Villages)
		}, `SELECT office, level, department, area, name, parent, villages, closed, into_office, changed FROM offices_v1 ORDER BY area, office`)
		return err
	})
	return logIndex, all, err
}

// Officers lists every officer as they are now, those who left too, in order of id. Their names and posts are duty data.
func (v *Views) Officers(ctx context.Context) (logIndex int64, all []officer.State, err error) {
	err = v.read(ctx, "officers", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, scanOfficer, `SELECT state FROM officers_v1 ORDER BY officer`)
		return err
	})
	return logIndex, all, err
}

// Officer is one officer as they are now. It refuses with officer.unknown.
func (v *Views) Officer(ctx context.Context, id string) (logIndex int64, o officer.State, err error) {
	err = v.read(ctx, "officer "+id, func(tx *sql.Tx, at stand) error {
		logIndex = at.logIndex
		found, err := scanAll(ctx, tx, scanOfficer, `SELECT state FROM officers_v1 WHERE officer = ?`, id)
		if err == nil && len(found) == 0 {
			err = domain.Refuse(domain.NotFound, "officer.unknown", "there is no officer %s", id).WithNext("look at the list of officers")
		}
		if err == nil {
			o = found[0]
		}
		return err
	})
	return logIndex, o, err
}

func scanOfficer(r *sql.Rows) (officer.State, error) {
	var state []byte
	if err := r.Scan(&state); err != nil {
		return officer.State{}, err
	}
	return decodeOfficer(state)
}

// decodeOfficer reads what applyOfficer wrote: plain JSON, since a holding's form is not the codec's.
func decodeOfficer(state []byte) (officer.State, error) {
	var o officer.State
	if err := json.Unmarshal(state, &o); err != nil {
		return o, fmt.Errorf("state of an officer: %w", err)
	}
	return o, nil
}
