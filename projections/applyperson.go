package projections

import (
	"errors"
	"fmt"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
)

// person is the hot part of one beneficiary: the state without draws, which are rows of draws_v1.
//
// Draws are most of what happens to people, and a state would grow by each. So a draw is folded without the earlier ones,
// an undoing with the one draw it undoes, and everything else without any; package beneficiary needs no more for these,
// and the test that compares every fold with the fold of the whole stream holds it to that.
type person struct {
	stream int64
	id     string
	state  beneficiary.State // Draws is always empty here
	last   lineKind          // what the last draw was counted under
}

// lineKind is what draws of one enrolment for one period are counted under. Any other change of the state forgets it.
type lineKind struct {
	enrolment string
	unit      domain.Period
	class     string
	word      int64 // of class
	household int64
}

func (b *batch) person(stream int64) (*person, error) {
	if p, ok := b.dirtyPeople[stream]; ok {
		return p, nil
	}
	if p, ok := b.people.get(stream); ok {
		return p, nil
	}
	p := &person{stream: stream}
	var state []byte
	found, err := b.row([]any{&p.id, &state}, `SELECT person, state FROM folds_v1 WHERE stream = ?`, stream)
	if err == nil && found {
		err = codec.Unmarshal(state, &p.state)
	}
	if err != nil {
		return nil, fmt.Errorf("state of person %s: %w", p.id, err)
	}
	b.people.put(stream, p)
	return p, nil
}

func (b *batch) writePerson(p *person) error {
	state, err := encode(p.state)
	if err != nil {
		return err
	}
	return b.exec(`INSERT INTO folds_v1 VALUES (?, ?, ?) ON CONFLICT (stream) DO UPDATE SET person = excluded.person, state = excluded.state`,
		p.stream, p.id, state)
}

func (b *batch) applyPerson(at, stream int64, e *decoded) error {
	p, err := b.person(stream)
	if err != nil {
		return err
	}
	switch event := e.Event.(type) {
	case beneficiary.Drawn:
		return b.drawn(at, p, event, e)
	case beneficiary.Undrawn:
		return b.undrawn(at, p, event, e)
	}
	before := p.state
	p.state = beneficiary.Evolve(before, e.Fact)
	if len(p.state.Draws) > 0 {
		return fmt.Errorf("%T leaves draws behind, which this read model keeps only for draws", e.Event)
	}
	p.id, p.last = nameOf(p, e.Event), lineKind{}
	b.dirtyPeople[stream] = p
	if _, ok := e.Event.(beneficiary.AccountChanged); ok {
		if err := b.accountChanged(stream); err != nil {
			return err
		}
	}
	return errors.Join(b.place(p, e.Event), b.redrawRoll(at, p, before), b.overpaid(at, p, before, e), b.refunded(at, p, e.Event))
}

// nameOf is the person id of a stream: the state's, or that of an event before the registration.
func nameOf(p *person, event domain.Event) string {
	if p.state.Person != "" {
		return p.state.Person
	}
	switch e := event.(type) {
	case beneficiary.ClaimAbandoned:
		return e.Person
	case beneficiary.Enrolled:
		return e.Person
	case beneficiary.Drawn:
		return e.Person
	}
	return p.id
}

// place notes every office that ever had the person in a programme.
func (b *batch) place(p *person, event domain.Event) error {
	programme, office := "", ""
	switch e := event.(type) {
	case beneficiary.Enrolled:
		programme, office = e.Programme, e.Office
	case beneficiary.Granted:
		programme, office = e.Programme, e.Office
	case beneficiary.Transferred:
		enrolment, _ := p.state.Enrolment(e.Enrolment)
		programme, office = enrolment.Programme, e.ToOffice
	default:
		return nil
	}
	return b.exec(`INSERT OR IGNORE INTO person_programme_v1 VALUES (?, ?, ?, ?)`, programme, office, p.id, p.stream)
}

// grantClass is the class of a line that pays a grant.
const grantClass = "grant"

// drawn adds a draw.
func (b *batch) drawn(at int64, p *person, event beneficiary.Drawn, e *decoded) error {
	if event.Again != "" || len(event.SetOffs) > 0 { // only these change the rest of the state
		before := p.state
		p.state = beneficiary.Evolve(p.state, e.Fact)
		p.state.Draws = nil
		b.dirtyPeople[p.stream] = p
		if err := b.overpaid(at, p, before, e); err != nil {
			return err
		}
	}
	r, err := b.run(event.Run)
	if err != nil {
		return err
	}
	kind, err := b.lineKind(p, event, r.state.Opened.To)
	if err != nil {
		return err
	}
	runStream := r.stream
	if !r.persisted {
		h, err := b.head(payrun.Stream(event.Run))
		if err != nil {
			return err
		}
		runStream = h.id
	}
	data := string(e.Envelope.Data)
	if info, ok := codec.Lookup(e.Envelope.Type); !ok || info.Schema != e.Envelope.Schema {
		upcast, err := encode(event)
		if err != nil {
			return err
		}
		data = string(upcast)
	}
	b.count(event.Run, kind.class, amounts(event), 1)
	if err := b.preparing(at, r); err != nil {
		return err
	}
	return b.draws.add(b, at, p.stream, e.Envelope.Rev, runStream, event.Line, event.Net.Fen(), kind.word, kind.household, nil, nil, data)
}

// lineKind is the enrolment's class at the last unit the run covers, and its household.
func (b *batch) lineKind(p *person, e beneficiary.Drawn, last domain.Period) (lineKind, error) {
	if p.last.enrolment != "" && p.last.enrolment == e.Enrolment && p.last.unit == last {
		return p.last, nil
	}
	kind := lineKind{enrolment: e.Enrolment, unit: last, class: grantClass}
	household := ""
	if enrolment, ok := p.state.Enrolment(e.Enrolment); ok && len(enrolment.Classes) > 0 {
		kind.class, household = enrolment.ClassAt(last).String(), enrolment.Household
	}
	var err error
	if kind.word, err = b.word(kind.class); err != nil {
		return kind, err
	}
	kind.household, err = b.household(household)
	p.last = kind
	return kind, err
}

// undrawn marks a draw as undone.
func (b *batch) undrawn(at int64, p *person, event beneficiary.Undrawn, e *decoded) error {
	found, err := b.findDraw(p.stream, event.Draw)
	if err != nil {
		return err
	}
	if found == nil {
		return nil // nothing stood: the fold says so too
	}
	before := p.state
	p.state.Draws = []beneficiary.Draw{found.draw}
	p.state = beneficiary.Evolve(p.state, e.Fact)
	p.state.Draws = nil
	b.dirtyPeople[p.stream] = p
	if err := b.exec(`UPDATE draws_v1 SET undone = ? WHERE stream = ? AND rev = ?`, at, p.stream, found.rev); err != nil {
		return err
	}
	if err := b.uncount(found, event.Cause); err != nil {
		return err
	}
	if err := b.undrawnLine(event.Run, found.event.Line, event.Draw); err != nil {
		return err
	}
	if event.Cause == beneficiary.Stopped {
		if err := b.exec(`DELETE FROM intents_v1 WHERE kind = ? AND draw = ?`, string(UndoStopped), event.Draw); err != nil {
			return err
		}
	}
	return b.overpaid(at, p, before, e)
}

// uncount takes an undone draw out of its run's totals; a line stopped after the release left them already.
func (b *batch) uncount(d *foundDraw, cause beneficiary.Cause) error {
	r, err := b.run(d.event.Run)
	if err != nil || r.released >= 0 && cause != beneficiary.Returned {
		return err
	}
	b.count(d.event.Run, d.class, amounts(d.event), -1)
	return nil
}

// foundDraw is a standing draw read back.
type foundDraw struct {
	rev     int64
	class   string
	stopped bool
	event   beneficiary.Drawn
	draw    beneficiary.Draw
}

// findDraw looks for a standing draw among a person's.
func (b *batch) findDraw(stream int64, id string) (*foundDraw, error) {
	if err := b.draws.flush(b); err != nil {
		return nil, err
	}
	statement, err := b.prepared(`SELECT d.rev, w.word, d.stopped IS NOT NULL, d.data FROM draws_v1 d JOIN words_v1 w ON w.id = d.class
		WHERE d.stream = ? AND d.undone IS NULL AND instr(d.data, ?) > 0 ORDER BY d.rev DESC`)
	if err != nil {
		return nil, err
	}
	rows, err := statement.QueryContext(b.ctx, stream, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d foundDraw
		var data string
		if err := rows.Scan(&d.rev, &d.class, &d.stopped, &data); err != nil {
			return nil, err
		}
		if err := codec.Unmarshal(data, &d.event); err != nil {
			return nil, err
		}
		if d.event.Draw != id {
			continue
		}
		d.draw, err = standingDraw(data, d.rev)
		return &d, err
	}
	return nil, rows.Err()
}
