package signoff

// Signature is one personal signature, stored once. Statement is the exact text that was signed, kept byte for byte.
type Signature struct {
	Alg       Alg     `json:"alg"`
	Aux       string  `json:"aux,omitempty"` // base64: WebAuthn authenticator data, or the commitment of a scan
	Custody   Custody `json:"custody"`
	Key       string  `json:"key"`                 // key id
	Sig       string  `json:"sig,omitempty"`       // base64; absent for paper, and where Bulk names the signing that holds it
	Statement string  `json:"statement,omitempty"` // kept beside a bulk signature too: it is a leaf of what was signed
}

// Alg is how a statement is signed.
type Alg string

// Ed25519 signs the text; WebAuthn signs a challenge that is its SHA-256; paper is a scan and a transcriber.
const (
	Ed25519  Alg = "ed25519"
	WebAuthn Alg = "webauthn"
	SM2      Alg = "sm2"
	Paper    Alg = "paper"
)

// Custody says who could have used the key; the verifier counts each apart.
type Custody string

// From the strongest to the weakest.
const (
	Hardware  Custody = "hardware"
	OwnDevice Custody = "own-device"
	Server    Custody = "server" // unlocked on the server under a passphrase
	OnPaper   Custody = "paper"
)

// Totals is what a list comes to: what every statement says was seen.
type Totals struct {
	Held  int    `json:"held"`  // people with no line, each with its reason
	Lines int    `json:"lines"` //
	Root  string `json:"root"`  // hex RFC 6962 root over the lines' stored entries, in line order
	Total string `json:"total"` // yuan, two places; "0.00" where no money is listed
}

// SectionTotals are the totals of one village's part of a list.
type SectionTotals struct {
	Scope string `json:"scope"` // the village's 12-digit code
	Totals
}

// Submission is what the handler submits for signature, and signs by submitting (经办).
type Submission struct {
	Round    int             `json:"round"` // from 1; each sending-back starts the next
	Rulebook string          `json:"rulebook"`
	Sections []SectionTotals `json:"sections,omitempty"` // in scope order; together they are the whole
	Totals
}

// Bulk says that a signature was given once over many subjects: this subject's statement is leaf Index of the signing's
// RFC 6962 tree, and Path proves it.
type Bulk struct {
	Index   int      `json:"index"`
	Path    []string `json:"path,omitempty"` // hex hashes, leaf upwards
	Signing string   `json:"signing"`
}

// Signed is one officer's signature at one step of one round, as recorded.
type Signed struct {
	Bulk      *Bulk     `json:"bulk,omitempty"`
	Opinion   string    `json:"opinion"` // closed code; "agree" unless the level has its own wording
	Person    string    `json:"person"`  // the officer's person: nobody signs two steps under two accounts
	Round     int       `json:"round"`
	Scope     string    `json:"scope"` // "whole" or a village's code
	Signature Signature `json:"signature"`
	Step      int       `json:"step"` // place in the chain, from 0
}

// Returned is a sending-back (补正): it names the step that owns the data, starts the next round and voids its signatures.
type Returned struct {
	Person    string    `json:"person"`
	Reason    string    `json:"reason"` // closed code
	Round     int       `json:"round"`
	Signature Signature `json:"signature"`
	Step      int       `json:"step"`
	To        int       `json:"to"` // the step it goes back to
	Subject   string    `json:"subject"`
	Note      *Note     `json:"-" seal:"Subject"`
}

// Note is free text of an officer: it may name people, so it is sealed under the subject's key.
type Note struct {
	Text string `json:"text"`
}

// Grant is the granter's signature on an appointment, a capacity or a key: whoever merely holds the server has none.
type Grant struct {
	Granter   string    `json:"granter"` // officer id; a root officer, or one with the capacity "county.personnel"
	Signature Signature `json:"signature"`
}
