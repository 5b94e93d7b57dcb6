package signing

import "almoner/domain/signoff"

// Stream is the stream of one bulk signature.
func Stream(id string) string { return "signing-" + id }

// Made is one signature over many subjects: Root is the RFC 6962 root over the statements in order; each subject's
// signed-off event names its index and path.
type Made struct {
	Officer   string            `json:"officer"`
	Person    string            `json:"person"`
	Root      string            `json:"root"` // hex
	Signature signoff.Signature `json:"signature"`
	Signing   string            `json:"signing"`
	Subjects  []string          `json:"subjects"` // streams, in leaf order
}

// EventType is the stored name.
func (Made) EventType() string { return "signing.made" }
