// Package bankfile holds the events of one file exchanged with a bank: sent (代发文件) or received (回盘). A received file
// is kept whole as immutable parts before anything is read from it; then every line gets exactly one class.
//
// Only the events stand here yet; the rules that classify lines are the work of the money-out-and-back part.
package bankfile

import "almoner/domain"

// Stream is the stream of one bank file.
func Stream(id string) string { return "bankfile-" + id }

// Sent records the hash, count and sum of a file before it leaves.
type Sent struct {
	BankFile    string       `json:"bankFile"`
	Commitment  string       `json:"commitment"` // salted hash of the file
	File        string       `json:"file"`       // key id
	Format      string       `json:"format"`     // descriptor id
	Instruction int          `json:"instruction"`
	Lines       int          `json:"lines"`
	Parts       int          `json:"parts"`
	Runs        []string     `json:"runs"` // a file may serve several runs
	Size        int64        `json:"size"`
	Total       domain.Money `json:"total"`
	Private     *File        `json:"-" seal:"File"`
}

// Received records a file that came from the bank.
type Received struct {
	BankFile   string       `json:"bankFile"`
	Commitment string       `json:"commitment"`
	File       string       `json:"file"`
	Format     string       `json:"format"`
	Lines      int          `json:"lines"`
	Parts      int          `json:"parts"`
	ReceivedOn domain.Date  `json:"receivedOn"`
	Size       int64        `json:"size"`
	Total      domain.Money `json:"total"`
	Private    *File        `json:"-" seal:"File"`
}

// File is what only holders of the file's key may know.
type File struct {
	Hash string `json:"hash"`
	Name string `json:"name"`
	Salt string `json:"salt"`
}

// Part is at most 40,000 bytes of the file, compressed and sealed.
type Part struct {
	BankFile string `json:"bankFile"`
	File     string `json:"file"`
	Part     int    `json:"part"`
	Private  *Bytes `json:"-" seal:"File"`
}

// Bytes is a piece of a compressed file.
type Bytes struct {
	Gzip string `json:"gzip"`
}

// Class is what a bank line turned out to be: every line ends in exactly one.
type Class string

// The classes.
const (
	Matched       Class = "matched"
	Returned      Class = "returned"
	UnderAmount   Class = "under-amount"
	OverAmount    Class = "over-amount"
	PaidTwice     Class = "paid-twice"
	DuplicateLine Class = "duplicate-line"
	Unknown       Class = "unknown"
	Reversed      Class = "reversed"
)

// Classified is one page of a received file's lines.
type Classified struct {
	BankFile string           `json:"bankFile"`
	Lines    []ClassifiedLine `json:"lines"`
	Page     int              `json:"page"`
}

// ClassifiedLine is one bank line with its class, and the draw it is about where it is about one.
type ClassifiedLine struct {
	Amount domain.Money `json:"amount"`
	Class  Class        `json:"class"`
	Draw   string       `json:"draw,omitempty"`
	Late   bool         `json:"late,omitempty"`
	Line   int          `json:"line"`
	Reason string       `json:"reason,omitempty"`
	Serial string       `json:"serial,omitempty"`
}

// RefusedWhole says that the file was refused whole and why; the bank booked none of it.
type RefusedWhole struct {
	BankFile string `json:"bankFile"`
	Reason   string `json:"reason"`
}

// The stored names.
func (Sent) EventType() string         { return "bankfile.sent" }
func (Received) EventType() string     { return "bankfile.received" }
func (Part) EventType() string         { return "bankfile.part" }
func (Classified) EventType() string   { return "bankfile.classified" }
func (RefusedWhole) EventType() string { return "bankfile.refused-whole" }
