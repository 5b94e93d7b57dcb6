package payrun

import (
	"fmt"
	"strings"
)

// Wait is what a run waits for.
type Wait string

// The closed set of what a run can wait for.
const (
	WaitList        Wait = "list"        // pages of the list, from the ledger at the handler's command
	WaitSubmission  Wait = "submission"  // the handler's signature
	WaitSignature   Wait = "signature"   // of the present step
	WaitUndoing     Wait = "undoing"     // of draws, by the ledger
	WaitInstruction Wait = "instruction" // of the bank, by the finance office
	WaitBank        Wait = "bank"        // its return
	WaitSettling    Wait = "settling"    // nothing is payable: the finance office settles without the bank
	WaitNothing     Wait = "nothing"     // the run is final
)

// Next is what happens next with a run: an entry of the work list.
type Next struct {
	Wait     Wait     `json:"wait"`
	Capacity string   `json:"capacity,omitempty"` // who has to act; empty where no chain says so
	Office   string   `json:"office,omitempty"`   // whose work list it stands on; empty while steps of several offices sign
	Scopes   []string `json:"scopes,omitempty"`   // what still wants a signature: the whole, or villages
}

// Next says what the run waits for.
func (s State) Next() Next {
	if s.Undoing > 0 {
		return Next{Wait: WaitUndoing}
	}
	switch s.Status {
	case StatusOpen, StatusPreparing, StatusSentBack:
		return Next{Wait: WaitList, Capacity: s.Signing.Chain[0].Capacity(), Office: s.Opened.Office}
	case StatusPrepared:
		return Next{Wait: WaitSubmission, Capacity: s.Signing.Chain[0].Capacity(), Office: s.Opened.Office}
	case StatusAwaiting:
		return Next{Wait: WaitSignature, Capacity: s.Signing.Chain[s.Signing.Step].Capacity(), Scopes: s.Signing.Waiting()}
	case StatusReleased:
		if lines, _ := s.Payable(); lines == 0 {
			return Next{Wait: WaitSettling, Office: s.Opened.Finance}
		}
		return Next{Wait: WaitInstruction, Office: s.Opened.Finance}
	case StatusInstructed:
		return Next{Wait: WaitBank, Office: s.Opened.Finance}
	}
	return Next{Wait: WaitNothing}
}

// String says it for a person, as the next step of a refusal.
func (n Next) String() string {
	switch n.Wait {
	case WaitList:
		return fmt.Sprintf("the list has to be prepared by %s", n.Capacity)
	case WaitSubmission:
		return fmt.Sprintf("the list has to be submitted by %s", n.Capacity)
	case WaitSignature:
		return fmt.Sprintf("%s has to sign for: %s", n.Capacity, strings.Join(n.Scopes, ", "))
	case WaitUndoing:
		return "wait until the draws of the round are undone"
	case WaitInstruction:
		return "the finance office has to instruct the bank"
	case WaitBank:
		return "wait for the bank's return file"
	case WaitSettling:
		return "nothing is payable: the finance office settles the run"
	}
	return "nothing more happens with this run: open another"
}
