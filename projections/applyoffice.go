package projections

import (
	"encoding/json"
	"fmt"

	"almoner/domain"
	"almoner/domain/office"
	"almoner/domain/officer"
)

// applyOffice takes an event of an office.
func (b *batch) applyOffice(at int64, f domain.Fact) error {
	switch e := f.Event.(type) {
	case office.Opened:
		villages, err := encodeVillages(e.Villages)
		if err != nil {
			return err
		}
		return b.exec(`INSERT OR REPLACE INTO offices_v1 VALUES (?, ?, ?, ?, ?, ?, ?, NULL, '', ?)`,
			e.Office, string(e.Level), e.Department, string(e.Area), e.Name, e.Parent, villages, at)
	case office.Changed:
		villages, err := encodeVillages(e.Villages)
		if err != nil {
			return err
		}
		return b.exec(`UPDATE offices_v1 SET area = ?, name = ?, villages = ?, changed = ? WHERE office = ?`,
			string(e.Area), e.Name, villages, at, e.Office)
	case office.Closed:
		return b.exec(`UPDATE offices_v1 SET closed = ?, into_office = ?, changed = ? WHERE office = ?`, at, e.Into, at, e.Office)
	}
	return nil
}

func encodeVillages(villages []office.Village) ([]byte, error) {
	if villages == nil {
		villages = []office.Village{}
	}
	return encode(villages)
}

// applyOfficer folds an event of an officer. Officers are few and seldom change, so each is read and written at once.
func (b *batch) applyOfficer(at int64, f domain.Fact) error {
	id := officerOf(f.Event)
	var state []byte
	var s officer.State
	found, err := b.row([]any{&state}, `SELECT state FROM officers_v1 WHERE officer = ?`, id)
	if err == nil && found {
		s, err = decodeOfficer(state)
	}
	if err != nil {
		return fmt.Errorf("state of officer %s: %w", id, err)
	}
	s = officer.Evolve(s, f)
	if state, err = json.Marshal(s); err != nil {
		return fmt.Errorf("state of officer %s: %w", id, err)
	}
	return b.exec(`INSERT OR REPLACE INTO officers_v1 VALUES (?, ?, ?, ?)`, id, s.Person, at, state)
}

func officerOf(event domain.Event) string {
	switch e := event.(type) {
	case officer.Appointed:
		return e.Officer
	case officer.CapacityGranted:
		return e.Officer
	case officer.CapacityWithdrawn:
		return e.Officer
	case officer.KeyRegistered:
		return e.Officer
	case officer.KeyRevoked:
		return e.Officer
	case officer.Left:
		return e.Officer
	}
	return ""
}
