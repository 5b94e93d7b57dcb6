package imports

import (
	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

// Stream is the stream of one import.
func Stream(id string) string { return "import-" + id }

// Opened starts an import: a roster file as a bulk case. The file itself follows in parts.
type Opened struct {
	Chain      []signoff.Step `json:"chain"`
	Commitment string         `json:"commitment"` // salted hash of the file; equality is tested by a keyed hash in the vault
	File       string         `json:"file"`       // key id of the file
	Import     string         `json:"import"`
	Office     string         `json:"office"`
	Parts      int            `json:"parts"`
	Programme  string         `json:"programme"`
	Region     string         `json:"region"`
	Rulebook   string         `json:"rulebook"`
	Size       int64          `json:"size"` // bytes
	Private    *File          `json:"-" seal:"File"`
}

// File is what only holders of the file's key may know of it.
type File struct {
	Hash string `json:"hash"` // SHA-256 of the file's bytes, hex
	Name string `json:"name"`
	Salt string `json:"salt"` // of the commitment, base64
}

// FilePart keeps the file whole: at most 40,000 bytes, compressed, under the file's key.
type FilePart struct {
	File    string `json:"file"`
	Import  string `json:"import"`
	Part    int    `json:"part"` // from 1
	Private *Bytes `json:"-" seal:"File"`
}

// Bytes is a piece of a compressed file.
type Bytes struct {
	Gzip string `json:"gzip"` // base64
}

// RowAccepted is one good row: the change it will make. Its stored entry is the leaf that officers sign.
type RowAccepted struct {
	Change   change.Change `json:"change"`
	File     string        `json:"file,omitempty"` // key id of the file, of a row with warnings
	Import   string        `json:"import"`
	Row      int           `json:"row"`                // as the office sees it, with Sheet
	Sheet    string        `json:"sheet,omitempty"`    // index of the sheet in the file, "1"; names may name people
	Warnings []string      `json:"warnings,omitempty"` // rule ids
	Private  *Notes        `json:"-" seal:"File"`
}

// RowRefused is one bad row: its problems are sealed under the file's key.
type RowRefused struct {
	File    string   `json:"file"`
	Import  string   `json:"import"`
	Row     int      `json:"row"`
	Rules   []string `json:"rules"` // rule ids
	Sheet   string   `json:"sheet,omitempty"`
	Private *Row     `json:"-" seal:"File"`
}

// Row is a refused row as it stood, with what is wrong with it.
type Row struct {
	Cells []string `json:"cells"` // name, citizen number, village, programme and class as the row gives them
	Notes
}

// Notes are what the office was told of a row.
type Notes struct {
	More     int       `json:"more,omitempty"` // problems beyond those listed
	Problems []Problem `json:"problems"`
	Sheet    string    `json:"sheetName,omitempty"`
}

// Problem is one thing wrong with one cell or with the row, as the office was told it. No value is in clear that is personal.
type Problem struct {
	Column   string `json:"column,omitempty"` // header as it stands in the file, or to be added when Letter is absent
	Letter   string `json:"letter,omitempty"` // of the column, as a spreadsheet shows it
	Message  string `json:"message"`          // Chinese
	Remedy   string `json:"remedy,omitempty"` // Chinese
	Rule     string `json:"rule"`
	Severity string `json:"severity"`        // "error", "warning"
	Value    string `json:"value,omitempty"` // of the cell, masked when personal, shortened when long
}

// Read ends reading: the counts that must agree with the rows before it.
type Read struct {
	Accepted int    `json:"accepted"`
	Import   string `json:"import"`
	Refused  int    `json:"refused"`
	Root     string `json:"root"` // hex RFC 6962 root over the accepted rows' entries, in order
}

// Submitted is the handler's signature over the rows.
type Submitted struct {
	Import string `json:"import"`
	signoff.Submission
	Signed signoff.Signed `json:"signed"`
}

// SignedOff is one officer's signature at one step.
type SignedOff struct {
	Import string         `json:"import"`
	Signed signoff.Signed `json:"signed"`
}

// SentBack returns the import; it can then only be withdrawn and read again from a corrected file.
type SentBack struct {
	Import string `json:"import"`
	signoff.Returned
}

// Withdrawn ends the import before its last signature: nothing of it reaches the roll.
type Withdrawn struct {
	Import string `json:"import"`
	Reason string `json:"reason"`
}

// Decided is the intent of the effects: the last step has signed.
type Decided struct {
	DecidedOn domain.Date `json:"decidedOn"`
	Import    string      `json:"import"`
	Outcome   string      `json:"outcome"` // "agreed", "refused"
}

// RowFailed says that a signed row could not take effect, and the rule that stopped it.
type RowFailed struct {
	Import string `json:"import"`
	Person string `json:"person"`
	Row    int    `json:"row"`
	Rule   string `json:"rule"`
	Sheet  string `json:"sheet,omitempty"`
}

// Applied ends the import: every accepted row took effect or failed.
type Applied struct {
	Applied int    `json:"applied"`
	Failed  int    `json:"failed"`
	Import  string `json:"import"`
}

// The stored names.
func (Opened) EventType() string      { return "import.opened" }
func (FilePart) EventType() string    { return "import.file-part" }
func (RowAccepted) EventType() string { return "import.row-accepted" }
func (RowRefused) EventType() string  { return "import.row-refused" }
func (Read) EventType() string        { return "import.read" }
func (Submitted) EventType() string   { return "import.submitted" }
func (SignedOff) EventType() string   { return "import.signed-off" }
func (SentBack) EventType() string    { return "import.sent-back" }
func (Withdrawn) EventType() string   { return "import.withdrawn" }
func (Decided) EventType() string     { return "import.decided" }
func (RowFailed) EventType() string   { return "import.row-failed" }
func (Applied) EventType() string     { return "import.applied" }
