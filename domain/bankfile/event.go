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

// Received records a file that came from the bank, before anything of it is read. The finance office that it is for is
// the one that the envelope names.
type Received struct {
	BankFile   string      `json:"bankFile"`
	Commitment string      `json:"commitment"`
	File       string      `json:"file"`
	Format     string      `json:"format"` // layout it is believed to be in: descriptor id
	Parts      int         `json:"parts"`
	ReceivedOn domain.Date `json:"receivedOn"`
	Size       int64       `json:"size"`
	Private    *File       `json:"-" seal:"File"`
}

// Read says what a received file holds when it is read in a layout. Total is the sum of the amounts as the file states
// them, with their signs.
type Read struct {
	BankFile   string       `json:"bankFile"`
	Descriptor string       `json:"descriptor,omitempty"` // source of a layout that does not come with the program
	Findings   []Finding    `json:"findings,omitempty"`   // by rule
	Format     string       `json:"format"`               // descriptor id
	FormatHash string       `json:"formatHash"`           // SHA-256 of the descriptor, hex
	Lines      int          `json:"lines"`
	Total      domain.Money `json:"total"`
}

// Finding is how often a file and its lines broke one rule of reading.
type Finding struct {
	Count int    `json:"count"`
	Rule  string `json:"rule"`
}

// Unreadable says that a received file cannot be read in a layout; it stays, and another layout may be tried.
type Unreadable struct {
	BankFile   string `json:"bankFile"`
	Format     string `json:"format"`
	FormatHash string `json:"formatHash"`
	Rule       string `json:"rule"` // that ended reading
}

// Followed says that all that follows from a file elsewhere is done: from the classified pages up to Page, or, of a file
// that was refused whole, from the refusal (page 0).
type Followed struct {
	BankFile string `json:"bankFile"`
	Page     int    `json:"page"`
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

// The classes. doc.go says when each is given.
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

// Classes lists all of them, in the order of the constants.
func Classes() []Class {
	return []Class{Matched, Returned, UnderAmount, OverAmount, PaidTwice, DuplicateLine, Unknown, Reversed}
}

// Classified is one page of a received file's lines, at most MaxPage. It is the intent of all that follows from them.
type Classified struct {
	BankFile string           `json:"bankFile"`
	Effects  []Effect         `json:"effects"` // of the lines that count for an instruction line, in line order
	Lines    []ClassifiedLine `json:"lines"`   // in the order of the file
	Page     int              `json:"page"`    // from 1
}

// ClassifiedLine is one bank line with its class, and the draw it is about where it is about one.
type ClassifiedLine struct {
	Amount domain.Money `json:"amount"` // as the file states it, with its sign
	Class  Class        `json:"class"`
	Draw   string       `json:"draw,omitempty"`
	Late   bool         `json:"late,omitempty"`   // paid after the line had ended otherwise
	Line   int          `json:"line"`             // in the file, from 1
	Reason string       `json:"reason,omitempty"` // the bank's reason as our closed code; for unknown, why
	Serial string       `json:"serial,omitempty"`
}

// Effect is what one bank line says of the instruction line it is about, as it counts, and what has to follow from it.
type Effect struct {
	Dated    bool         `json:"dated"`    // the bank named the day
	Day      domain.Date  `json:"day"`      // booked by the bank, or else received by us
	GotBack  domain.Money `json:"gotBack"`  // of what was overpaid before
	Line     int          `json:"line"`     // in the file
	Overpaid domain.Money `json:"overpaid"` // beyond what was due, by this line
	PayRef   string       `json:"payRef"`   // of the instruction line
	Result   Result       `json:"result"`   // with the sign of the amount taken into account
	Undraw   bool         `json:"undraw"`   // the units of the draw are due again
}

// RefusedWhole says that the file was refused whole and why; the bank booked none of it.
type RefusedWhole struct {
	BankFile string `json:"bankFile"`
	Proof    string `json:"proof"` // received bank file that says so, or "evidence" for what the envelope names
	Reason   string `json:"reason"`
}

// TurnTaken says which received file of a finance office is classified from here on: one at a time (see DeskStream).
type TurnTaken struct {
	BankFile string `json:"bankFile"`
	Finance  string `json:"finance"`
}

// The stored names.
func (Sent) EventType() string         { return "bankfile.sent" }
func (Received) EventType() string     { return "bankfile.received" }
func (Part) EventType() string         { return "bankfile.part" }
func (Classified) EventType() string   { return "bankfile.classified" }
func (RefusedWhole) EventType() string { return "bankfile.refused-whole" }
func (Read) EventType() string         { return "bankfile.read" }
func (Unreadable) EventType() string   { return "bankfile.unreadable" }
func (Followed) EventType() string     { return "bankfile.followed" }
func (TurnTaken) EventType() string    { return "bankdesk.turn-taken" }
