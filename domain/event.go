package domain

// Event is one thing that happened, in the past tense: a value, never changed. Its exported fields are what is stored in
// clear; fields that carry personal data are pointers marked `json:"-" seal:"X"`, where X names the field that holds the
// key id (a person, or a file) they are sealed under. Such a pointer is nil when the reader does not hold the key.
type Event interface {
	// EventType is the stored name, dotted: "beneficiary.enrolled".
	EventType() string
}

// Fact is an event with what its envelope says of it: what a state is folded from.
type Fact struct {
	Event
	ID       string // event id
	Revision int64  // place in its stream
	On       Date   // effective day; zero where the event has none
	Officer  string
	Cause    string   // event id of what led to it
	Seals    []string // commitments of its sealed parts, in order
}

// Effective is implemented by events that are true from a day of their own: it becomes the envelope's `on`.
type Effective interface{ EffectiveOn() Date }

// Fold applies facts to a state in order. A fold keeps nothing of its arguments that a later fold could write to.
func Fold[S any](state S, evolve func(S, Fact) S, facts ...Fact) S {
	for _, f := range facts {
		state = evolve(state, f)
	}
	return state
}
