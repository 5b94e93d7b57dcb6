package codec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/access"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/cases"
	"almoner/domain/denied"
	"almoner/domain/fund"
	"almoner/domain/genesis"
	"almoner/domain/imports"
	"almoner/domain/lead"
	"almoner/domain/month"
	"almoner/domain/notice"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signing"
	"almoner/domain/slot"
)

// TypeInfo is one stored event type.
type TypeInfo struct {
	Name   string       // stored, "beneficiary.enrolled"
	Schema int          // version of data's shape that this program writes; it reads all from 1
	Family string       // streams of this type are named so, alone or with a hyphen and an id: "beneficiary"
	Go     reflect.Type // the event's struct

	// Upcasters[i] brings data from schema i+1 to i+2; there is one for each version before Schema.
	Upcasters []Upcaster

	// on is the place of the event's own field of the effective day, which is stored in the envelope only.
	on []int

	fresh func() any                            // a pointer to a zero event
	value func(pointer any) domain.Event        // the event behind such a pointer
	copy  func(domain.Event) (ptr any, ok bool) // a pointer to a copy of an event that is of this type
}

// Upcaster rewrites data of one schema version as the next. It is pure: the same bytes in, the same bytes out, nothing
// else asked. Stored bytes never change; it runs each time an old event is read. Sealed values have no upcaster, since
// they may be unreadable: their shapes only ever gain optional keys.
type Upcaster func(Raw) (Raw, error)

// Types lists every stored event type, family by family. The list is a copy.
func Types() []TypeInfo { return slices.Clone(table.types) }

// Lookup finds a type by its stored name.
func Lookup(name string) (TypeInfo, bool) {
	info, ok := table.byName[name]
	if !ok {
		return TypeInfo{}, false
	}
	return *info, true
}

// types is a list of event types that never changes once made.
type types struct {
	types  []TypeInfo
	byName map[string]*TypeInfo
}

func newTypes(families ...[]TypeInfo) *types {
	t := &types{types: slices.Concat(families...), byName: map[string]*TypeInfo{}}
	for i := range t.types {
		t.byName[t.types[i].Name] = &t.types[i]
	}
	return t
}

// table is every stored event type. A type whose fields change gets the next Schema and an upcaster; one that is no
// longer written stays here for ever.
var table = newTypes(
	family("ledger",
		of[genesis.Created](), of[genesis.LogKeyRotated](), of[genesis.WitnessesChanged](), of[genesis.OriginChanged](),
		of[genesis.RootsChanged](), of[genesis.Moved](), of[genesis.ErasureOrdered](), of[genesis.Erased]()),
	family("office", of[office.Opened](), of[office.Changed](), of[office.Closed]()),
	family("officer",
		of[officer.Appointed](), of[officer.CapacityGranted](), of[officer.CapacityWithdrawn](), of[officer.KeyRegistered](),
		of[officer.KeyRevoked](), of[officer.Left]()),
	family("denied", of[denied.Refused](), of[denied.Counted]()),
	family("beneficiary",
		of[beneficiary.Registered](), of[beneficiary.IdentityCorrected](), of[beneficiary.FactRecorded](),
		of[beneficiary.AccountChanged](), of[beneficiary.Applied](), of[beneficiary.Decided](), of[beneficiary.Enrolled](),
		of[beneficiary.ClassChanged](), of[beneficiary.Rescheduled](), of[beneficiary.Suspended](), of[beneficiary.Resumed](),
		of[beneficiary.Exited](), of[beneficiary.Annulled](), of[beneficiary.Corrected](), of[beneficiary.Transferred](),
		of[beneficiary.Reviewed](), of[beneficiary.Granted](), of[beneficiary.Drawn](), of[beneficiary.Undrawn](),
		of[beneficiary.SettledOtherwise](), of[beneficiary.Overpaid](), of[beneficiary.RecoveryPlanned](),
		of[beneficiary.Recovered](), of[beneficiary.WrittenOff](), of[beneficiary.ClaimAbandoned]()),
	family("slot", of[slot.Claimed](), of[slot.Released]()),
	family("case",
		of[cases.Opened](), of[cases.Revised](), of[cases.Submitted](), of[cases.SignedOff](), of[cases.SentBack](),
		of[cases.Withdrawn](), of[cases.Decided](), of[cases.Applied]()),
	family("import",
		of[imports.Opened](), of[imports.FilePart](), of[imports.RowAccepted](), of[imports.RowRefused](), of[imports.Read](),
		of[imports.Submitted](), of[imports.SignedOff](), of[imports.SentBack](), of[imports.Withdrawn](), of[imports.Decided](),
		of[imports.RowFailed](), of[imports.Applied]()),
	family("signing", of[signing.Made]()),
	family("rulebook",
		of[rulebook.Proposed](), of[rulebook.Submitted](), of[rulebook.SignedOff](), of[rulebook.SentBack](), of[rulebook.Published]()),
	family("payrun",
		of[payrun.Opened](), of[payrun.Listed](), of[payrun.HeldPage](), of[payrun.Prepared](), of[payrun.Submitted](),
		of[payrun.SignedOff](), of[payrun.SentBack](), of[payrun.Released](), of[payrun.Cancelled](), of[payrun.StoppedLine](),
		of[payrun.Undone](), of[payrun.Instructed](), of[payrun.InstructionRejected](), of[payrun.Settled]()),
	family("bankfile",
		of[bankfile.Sent](), of[bankfile.Received](), of[bankfile.Part](), of[bankfile.Read](), of[bankfile.Unreadable](), of[bankfile.Classified](),
		of[bankfile.RefusedWhole](), of[bankfile.Followed]()),
	family("bankdesk", of[bankfile.TurnTaken]()),
	family("fund",
		of[fund.Opened](), of[fund.Requested](), of[fund.Submitted](), of[fund.SignedOff](), of[fund.SentBack](), of[fund.Appropriated](),
		of[fund.Received](), of[fund.Committed](), of[fund.Released](), of[fund.Spent](), of[fund.Recovered](), of[fund.Returned](),
		of[fund.YearClosed]()),
	family("month", of[month.Listed](), of[month.Submitted](), of[month.SignedOff](), of[month.SentBack](), of[month.Closed](),
		of[month.ReopenSubmitted](), of[month.ReopenSignedOff](), of[month.ReopenSentBack](), of[month.Reopened]()),
	family("notice", of[notice.Posted](), of[notice.Objected](), of[notice.Answered](), of[notice.Closed](), of[notice.TakenDown]()),
	family("lead", of[lead.Raised](), of[lead.Visited](), of[lead.Confirmed](), of[lead.Cleared]()),
	family("access", of[access.Unmasked]()),
)

// family says in which streams a list of types stands.
func family(name string, infos ...TypeInfo) []TypeInfo {
	for i := range infos {
		infos[i].Family = name
	}
	return infos
}

// of makes the entry of an event type; upcasters bring older data forward and thereby count its versions.
func of[T domain.Event](upcasters ...Upcaster) TypeInfo {
	var zero T
	t := reflect.TypeFor[T]()
	var on []int
	if f, ok := t.FieldByName("On"); ok && f.Tag.Get("json") == "-" && f.Type == reflect.TypeFor[domain.Date]() {
		on = f.Index
	}
	return TypeInfo{
		Name: zero.EventType(), Schema: 1 + len(upcasters), Upcasters: upcasters, Go: t, on: on,
		fresh: func() any { return new(T) },
		value: func(pointer any) domain.Event { return *pointer.(*T) },
		copy: func(e domain.Event) (any, bool) {
			v, ok := e.(T)
			return &v, ok
		},
	}
}

// lookup finds the type of a stored event and checks that this program knows its schema and where it stands.
func (t *types) lookup(e *Envelope) (*TypeInfo, error) {
	info, ok := t.byName[e.Type]
	switch {
	case !ok:
		return nil, fmt.Errorf("type %q (schema %d) is not known to this program: upgrade almoner to the version that wrote it", e.Type, e.Schema)
	case e.Schema > info.Schema:
		return nil, fmt.Errorf("type %q has schema %d, and this program reads up to %d: upgrade almoner to the version that wrote it", e.Type, e.Schema, info.Schema)
	}
	return info, info.checkStream(e.Stream)
}

// restoreOn puts the envelope's effective day back into the event that has a field for it.
func (i *TypeInfo) restoreOn(pointer any, on domain.Date) {
	if i.on != nil {
		reflect.ValueOf(pointer).Elem().FieldByIndex(i.on).Set(reflect.ValueOf(on))
	}
}

func (i *TypeInfo) checkStream(stream string) error {
	if rest, ok := strings.CutPrefix(stream, i.Family); !ok || (rest != "" && rest[0] != '-') || (rest == "") != (i.Family == "ledger") {
		return fmt.Errorf("type %q stands in a stream of the family %q, not in %q", i.Name, i.Family, stream)
	}
	return nil
}

// upcast brings data of an older schema to the present one. Each step's result must be canonical, as stored data is.
func (i *TypeInfo) upcast(data Raw, schema int) (Raw, error) {
	for from := schema; from < i.Schema; from++ {
		r := reader{data: string(data)}
		if err := r.any(1); err != nil || r.at != len(data) {
			return "", fmt.Errorf("data of schema %d is not canonical at byte %d: %w", from, r.at, err)
		}
		next, err := i.Upcasters[from-1](data)
		if err != nil {
			return "", fmt.Errorf("upcast from schema %d to %d: %w", from, from+1, err)
		}
		data = next
	}
	return data, nil
}
