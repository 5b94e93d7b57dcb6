package slot

// Stream is the slot of an exclusivity group that one person (the child, or the holder) gives: at most one whole share.
func Stream(group, person string) string { return "slot-" + group + "-" + person }

// Claimed takes a share of the slot for an enrolment that is about to be written. A claim is never taken over by time.
type Claimed struct {
	By        string `json:"by"`    // the person whose enrolment it is
	Claim     string `json:"claim"` // claim id
	Enrolment string `json:"enrolment"`
	Group     string `json:"group"`
	Person    string `json:"person"` // whose slot it is
	Share     string `json:"share"`  // "1/1", "1/2"
}

// Released gives a share back.
type Released struct {
	Claim  string `json:"claim"`
	Group  string `json:"group"`
	Person string `json:"person"`
	Reason string `json:"reason"` // "exited", "abandoned", "annulled"
}

// The stored names.
func (Claimed) EventType() string  { return "slot.claimed" }
func (Released) EventType() string { return "slot.released" }
