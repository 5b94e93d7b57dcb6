// Package notice holds the events of one public notice (公示): the posted list with its objection window.
//
// Only the events stand here yet; the rules of notices are the work of the clerk's-year part.
package notice

import "almoner/domain"

// Stream is the stream of one notice.
func Stream(id string) string { return "notice-" + id }

// Posted says what hangs where from when to when. ListRoot is the root over the lines in their masked form.
type Posted struct {
	From     domain.Date `json:"from"`
	Level    string      `json:"level"` // "village", "town", "county"
	Lines    int         `json:"lines"`
	ListRoot string      `json:"listRoot"`
	Masked   string      `json:"masked"` // closed code of the masked form
	Notice   string      `json:"notice"`
	Photo    string      `json:"photo,omitempty"` // commitment of the photograph
	Place    string      `json:"place"`           // closed code
	Subject  string      `json:"subject"`         // stream the list belongs to
	To       domain.Date `json:"to"`
}

// Objected is an objection; who and what is sealed under the notice's key.
type Objected struct {
	Notice     string      `json:"notice"`
	Objection  string      `json:"objection"`
	Person     string      `json:"person"` // about whom
	ReceivedOn domain.Date `json:"receivedOn"`
	Private    *Objection  `json:"-" seal:"Notice"`
}

// Objection is an objection's content.
type Objection struct {
	By   string `json:"by,omitempty"`
	Text string `json:"text"`
}

// Answered ends an objection.
type Answered struct {
	Notice    string     `json:"notice"`
	Objection string     `json:"objection"`
	Result    string     `json:"result"` // "upheld", "rejected"
	Private   *Objection `json:"-" seal:"Notice"`
}

// Closed ends the window; TakenDown says when the list came off.
type Closed struct {
	ClosedOn   domain.Date `json:"closedOn"`
	Notice     string      `json:"notice"`
	Objections int         `json:"objections"`
}

// TakenDown says when a list was removed.
type TakenDown struct {
	Notice      string      `json:"notice"`
	TakenDownOn domain.Date `json:"takenDownOn"`
}

// The stored names.
func (Posted) EventType() string    { return "notice.posted" }
func (Objected) EventType() string  { return "notice.objected" }
func (Answered) EventType() string  { return "notice.answered" }
func (Closed) EventType() string    { return "notice.closed" }
func (TakenDown) EventType() string { return "notice.taken-down" }
