package genesis

import (
	"slices"

	"almoner/domain"
)

// State is the ledger's own state. It shares nothing it may write to.
type State struct {
	Genesis *Created `json:"genesis,omitempty"` // entry 0, as written; nil before it

	Origin    string    `json:"origin"`
	Origins   []string  `json:"origins"` // all there were, the present one last
	LogKey    string    `json:"logKey"`
	LogKeys   []string  `json:"logKeys"` // all there were, the present one last
	Witnesses []Witness `json:"witnesses,omitempty"`
	Quorum    int       `json:"quorum,omitempty"`
	Roots     []Root    `json:"roots"`

	Orders []Order  `json:"orders,omitempty"` // orders to erase, in log order
	Erased []string `json:"erased,omitempty"` // kids: at each start they are destroyed again
	Moved  *Moved   `json:"moved,omitempty"`  // nil while the ledger is here
}

// Order is one order to erase a person.
type Order struct {
	Event  string   `json:"event"` // id of ErasureOrdered
	Person string   `json:"person"`
	Case   string   `json:"case"`
	Erased []string `json:"erased,omitempty"` // kids destroyed under it
}

// Evolve applies one fact. Events of other aggregates change nothing.
func Evolve(s State, f domain.Fact) State {
	switch e := f.Event.(type) {
	case Created:
		return created(e)
	case LogKeyRotated:
		s.LogKey, s.LogKeys = e.Key, append(slices.Clip(s.LogKeys), e.Key)
	case WitnessesChanged:
		s.Witnesses, s.Quorum = slices.Clone(e.Witnesses), e.Quorum
	case OriginChanged:
		s.Origin, s.Origins = e.To, append(slices.Clip(s.Origins), e.To)
	case RootsChanged:
		s.Roots = slices.Clone(e.Roots)
	case Moved:
		s.Moved = &e
	case ErasureOrdered:
		s.Orders = append(slices.Clip(s.Orders), Order{Event: f.ID, Person: e.Person, Case: e.Case})
	case Erased:
		s = s.erased(e)
	}
	return s
}

func created(e Created) State {
	return State{
		Genesis: &e, Origin: e.Origin, Origins: []string{e.Origin}, LogKey: e.LogKey, LogKeys: []string{e.LogKey},
		Witnesses: slices.Clone(e.Witnesses), Quorum: e.Quorum, Roots: slices.Clone(e.Roots),
	}
}

func (s State) erased(e Erased) State {
	s.Erased = append(slices.Clip(s.Erased), e.Kids...)
	s.Orders = slices.Clone(s.Orders)
	for i := range s.Orders {
		if s.Orders[i].Event == e.Order {
			s.Orders[i].Erased = append(slices.Clip(s.Orders[i].Erased), e.Kids...)
		}
	}
	return s
}

// order is the order to erase recorded by an event.
func (s State) order(event string) (Order, bool) {
	i := slices.IndexFunc(s.Orders, func(o Order) bool { return o.Event == event })
	if i < 0 {
		return Order{}, false
	}
	return s.Orders[i], true
}

// Root is the root officer of an id.
func (s State) Root(id string) (Root, bool) {
	i := slices.IndexFunc(s.Roots, func(r Root) bool { return r.Officer == id })
	if i < 0 {
		return Root{}, false
	}
	return s.Roots[i], true
}
