package projections

import (
	"fmt"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/month"
)

// applyMonth takes an event of a book month.
func (b *batch) applyMonth(at, stream int64, e *decoded) error {
	finance, in := monthOf(e.Event)
	var data []byte
	var s month.State
	found, err := b.row([]any{&data}, `SELECT state FROM months_v1 WHERE finance = ? AND month = ?`, finance, in.String())
	if err == nil && found {
		err = codec.Unmarshal(data, &s)
	}
	if err != nil {
		return fmt.Errorf("state of month %s of %s: %w", in, finance, err)
	}
	s = month.Evolve(s, e.Fact)
	if data, err = encode(s); err != nil {
		return err
	}
	if err := b.exec(`INSERT OR REPLACE INTO months_v1 VALUES (?, ?, ?, ?, ?, ?)`, finance, in.String(), stream, string(s.Status), at, data); err != nil {
		return err
	}
	if err := b.monthMark(at, e.Event); err != nil {
		return err
	}
	return b.monthSubject(at, stream, s)
}

// monthOf is the month that an event is about.
func monthOf(event domain.Event) (finance string, in domain.Period) {
	switch e := event.(type) {
	case month.Listed:
		return e.Finance, e.Month
	case month.Submitted:
		return e.Finance, e.Month
	case month.SignedOff:
		return e.Finance, e.Month
	case month.SentBack:
		return e.Finance, e.Month
	case month.Closed:
		return e.Finance, e.Month
	case month.ReopenSubmitted:
		return e.Finance, e.Month
	case month.ReopenSignedOff:
		return e.Finance, e.Month
	case month.ReopenSentBack:
		return e.Finance, e.Month
	case month.Reopened:
		return e.Finance, e.Month
	}
	return "", domain.Period{}
}

// monthMark notes closes and reopenings. What was recorded behind a close's cut-off before it was closed moves to the first
// open month.
func (b *batch) monthMark(at int64, event domain.Event) error {
	switch e := event.(type) {
	case month.Closed:
		delete(b.monthBooks, e.Finance)
		if err := b.exec(`INSERT INTO month_marks_v1 VALUES (?, ?, ?, ?, 0)`, at, e.Finance, e.Month.String(), e.LogIndex); err != nil {
			return err
		}
		return b.exec(`UPDATE book_v1 SET month = ? WHERE finance = ? AND log_index >= ? AND month <= ?`, e.Month.Next().String(), e.Finance, e.LogIndex, e.Month.String())
	case month.Reopened:
		delete(b.monthBooks, e.Finance)
		return b.exec(`INSERT INTO month_marks_v1 VALUES (?, ?, ?, ?, 1)`, at, e.Finance, e.Month.String(), at)
	}
	return nil
}

// monthSubject shows a month that was submitted, or whose reopening was, among what is signed.
func (b *batch) monthSubject(at, stream int64, s month.State) error {
	if s.Status == month.StatusOpen {
		return nil // pages of a submission that follows in the same append
	}
	kind, signing, status := MonthSubject, s.Signing, string(s.Status)
	switch s.Status {
	case month.StatusReopening:
		kind, signing, status = MonthReopenSubject, s.Reopening, StatusAwaiting
	case month.StatusReopened:
		signing = month.State.SigningTo(s, s.Signing.Chain)
	}
	if err := b.subjectOpened(at, stream, Subject{Kind: kind, ID: MonthID(s.Finance, s.Month), Office: s.Finance}); err != nil {
		return err
	}
	return b.subjectChanged(at, stream, status, SubjectCounts{}, signing)
}
