package bankfile

import (
	"reflect"
	"slices"

	"almoner/domain"
)

// MaxPage is how many lines a page holds. A page is one event of at most 60,000 bytes, and a line with its effect takes up
// to 390.
const MaxPage = 140

// Limits of what a stored line may say.
const (
	maxID     = 36 // characters: a UUID
	maxReason = 32 // characters of a closed code
)

// Send records a file before it leaves; it says what Sent will say. Private MUST hold the file's hash.
type Send Sent

// DecideSend records a file that is to leave. The same file again yields nothing; another under its id is refused.
func DecideSend(s State, c Send) ([]domain.Event, error) {
	if s.Status != "" {
		c.Private = nil
		if s.Sent != nil && reflect.DeepEqual(*s.Sent, Sent(c)) {
			return nil, nil
		}
		return nil, exists(s)
	}
	if err := checkFile(c.BankFile, c.Commitment, c.File, c.Format, c.Parts, c.Size, c.Private); err != nil {
		return nil, err
	}
	if c.Instruction < 1 || c.Lines < 1 || c.Total.Sign() <= 0 || !c.Total.InBounds() {
		return nil, domain.Refuse(domain.Invalid, "bankfile.nothing-to-pay", "file %s of instruction %d pays %v yuan in %d lines", c.BankFile, c.Instruction, c.Total, c.Lines).
			WithNext("make the file from the payable lines of a released run")
	}
	seen := map[string]bool{"": true}
	for _, run := range c.Runs {
		if seen[run] {
			return nil, domain.Refuse(domain.Invalid, "bankfile.runs", "file %s names the run %q twice, or a run without id", c.BankFile, run).WithNext("name each run once")
		}
		seen[run] = true
	}
	if len(c.Runs) == 0 {
		return nil, domain.Refuse(domain.Invalid, "bankfile.runs", "file %s names no run", c.BankFile).WithNext("name the runs that it pays")
	}
	return []domain.Event{Sent(c)}, nil
}

// Receive records a file that came from the bank; it says what Received will say. Private MUST hold the file's hash.
type Receive Received

// DecideReceive records a received file before anything is done with it. Whether its bytes came before is tested outside,
// by their keyed hash.
func DecideReceive(s State, c Receive) ([]domain.Event, error) {
	if s.Status != "" {
		c.Private = nil
		if s.Received != nil && reflect.DeepEqual(*s.Received, Received(c)) {
			return nil, nil
		}
		return nil, exists(s)
	}
	if err := checkFile(c.BankFile, c.Commitment, c.File, c.Format, c.Parts, c.Size, c.Private); err != nil {
		return nil, err
	}
	if !c.ReceivedOn.Valid() {
		return nil, domain.Refuse(domain.Invalid, "bankfile.received-on", "the day on which file %s was received is missing", c.BankFile).WithNext("name the day")
	}
	return []domain.Event{Received(c)}, nil
}

// ReadFile says what a received file that is kept whole holds; it says what Read will say.
type ReadFile Read

// DecideRead records what a file holds. The same again yields nothing; once a line is classified it is never read anew.
func DecideRead(s State, c ReadFile) ([]domain.Event, error) {
	if s.Read != nil && reflect.DeepEqual(*s.Read, Read(c)) {
		return nil, nil
	}
	if err := readable(s, c.Format, c.FormatHash); err != nil {
		return nil, err
	}
	switch {
	case c.Lines < 0 || !c.Total.InBounds():
		return nil, domain.Refuse(domain.Invalid, "bankfile.counts", "file %s has %d lines of %v yuan in all", s.id(), c.Lines, c.Total).WithNext("read the file again")
	case len(c.Descriptor) > MaxDescriptor:
		return nil, domain.Refuse(domain.Invalid, "bankfile.descriptor-size", "the layout %s has %d bytes; with a file at most %d are kept", c.Format, len(c.Descriptor), MaxDescriptor).
			WithNext("shorten its notes and code tables")
	}
	c.BankFile = s.id()
	return []domain.Event{Read(c)}, nil
}

// MaxDescriptor bounds the layout that is kept beside a file, in bytes: an event holds 60,000 with its escapes.
const MaxDescriptor = 25_000

// Fail says in which layout a received file could not be read, and the rule that ended reading.
type Fail Unreadable

// DecideUnreadable records that a file could not be read. The same again yields nothing.
func DecideUnreadable(s State, c Fail) ([]domain.Event, error) {
	c.BankFile = s.id()
	if s.Unreadable != nil && *s.Unreadable == Unreadable(c) {
		return nil, nil
	}
	if err := readable(s, c.Format, c.FormatHash); err != nil {
		return nil, err
	}
	if c.Rule == "" {
		return nil, domain.Refuse(domain.Invalid, "bankfile.rule", "why file %s cannot be read is missing", s.id()).WithNext("name the rule")
	}
	return []domain.Event{Unreadable(c)}, nil
}

// readable refuses a file whose lines are not to be read now.
func readable(s State, format, hash string) error {
	if err := known(s); err != nil {
		return err
	}
	switch {
	case s.Received == nil || s.Status != StatusKept && s.Status != StatusUnreadable && s.Status != StatusRead:
		return domain.Refuse(domain.Conflict, "bankfile.not-readable", "file %s is %s; a received file is read once it is kept whole and before its first line is classified", s.id(), s.Status).
			WithNext("look at the file: what is classified stands")
	case format == "" || hash == "":
		return domain.Refuse(domain.Invalid, "bankfile.incomplete", "the layout of file %s is missing", s.id()).WithNext("name the format")
	}
	return nil
}

// DecideFollowed records that all that follows from the pages up to page is done, or from a refusal (page 0).
func DecideFollowed(s State, page int) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case s.Done:
		return nil, nil
	case s.Refusal != nil && page == 0, s.Status == StatusClassified && page == s.Pages:
		return []domain.Event{Followed{BankFile: s.id(), Page: page}}, nil
	}
	return nil, domain.Refuse(domain.Conflict, "bankfile.not-followed", "file %s is %s with %d pages; it is done after its last page or its refusal", s.id(), s.Status, s.Pages).
		WithNext("classify the rest first")
}

func exists(s State) error {
	return domain.Refuse(domain.Conflict, "bankfile.exists", "there is a bank file %s already, of other content", s.id()).WithNext("record this one under a new id")
}

func checkFile(id, commitment, key, format string, parts int, size int64, private *File) error {
	for _, field := range []struct{ name, value string }{{"id", id}, {"commitment", commitment}, {"key", key}, {"format", format}} {
		if field.value == "" {
			return domain.Refuse(domain.Invalid, "bankfile.incomplete", "the bank file %q has no %s", id, field.name).WithNext("name the %s", field.name)
		}
	}
	switch {
	case parts < 1 || size < 1:
		return domain.Refuse(domain.Invalid, "bankfile.empty", "file %s has %d bytes in %d parts", id, size, parts).WithNext("choose a file that is not empty")
	case private == nil || private.Hash == "":
		return domain.Refuse(domain.Invalid, "bankfile.hash", "the hash of file %s is missing", id).WithNext("hash the bytes of the file")
	}
	return nil
}

// Keep keeps one part of the file.
type Keep struct {
	Part    int // from 1
	Private *Bytes
}

// DecideKeep keeps the parts in order. A part that is kept already yields nothing.
func DecideKeep(s State, c Keep) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case c.Part >= 1 && c.Part <= s.Parts:
		return nil, nil
	case s.Status != StatusKeeping || c.Part != s.Parts+1:
		return nil, domain.Refuse(domain.Conflict, "bankfile.part-order", "part %d of file %s comes after %d of %d parts", c.Part, s.id(), s.Parts, s.declaredParts()).
			WithNext("keep the parts in order, from 1 to %d", s.declaredParts())
	case c.Private == nil || c.Private.Gzip == "":
		return nil, domain.Refuse(domain.Invalid, "bankfile.part-empty", "part %d of file %s has no bytes", c.Part, s.id()).WithNext("read the file again")
	}
	return []domain.Event{Part{BankFile: s.id(), File: s.key(), Part: c.Part, Private: c.Private}}, nil
}

// ClassifyPage is one page of outcomes, in the order of the file's lines.
type ClassifyPage struct {
	Page    int // from 1
	Lines   []ClassifiedLine
	Effects []Effect
}

// PageOf makes a page of what Classify gave.
func PageOf(page int, outcomes []Outcome) ClassifyPage {
	c := ClassifyPage{Page: page}
	for _, o := range outcomes {
		c.Lines = append(c.Lines, o.Classified)
		if o.Candidate >= 0 {
			c.Effects = append(c.Effects, o.Effect)
		}
	}
	return c
}

// DecideClassify records the classes of a page's lines. They continue those before, and the last page completes the lines
// and the sum that Read stated.
func DecideClassify(s State, c ClassifyPage) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	event := Classified{BankFile: s.id(), Effects: c.Effects, Lines: c.Lines, Page: c.Page}
	switch {
	case c.Page > 0 && c.Page == s.Pages && digest(event) == s.Page:
		return nil, nil
	case s.Status != StatusRead && s.Status != StatusClassifying:
		return nil, domain.Refuse(domain.Conflict, "bankfile.not-classifying", "file %s is %s; only a received file that was read is classified, once", s.id(), s.Status).
			WithNext("keep all parts and read it first; what is classified stands")
	case c.Page != s.Pages+1 || len(c.Lines) < 1 || len(c.Lines) > MaxPage:
		return nil, domain.Refuse(domain.Conflict, "bankfile.page", "page %d of %d lines comes after page %d of file %s", c.Page, len(c.Lines), s.Pages, s.id()).
			WithNext("classify page %d next, with 1 to %d lines", s.Pages+1, MaxPage)
	}
	if err := s.checkLines(c); err != nil {
		return nil, err
	}
	after := s.classified(event)
	switch {
	case after.Lines > s.Read.Lines:
		return nil, domain.Refuse(domain.Conflict, "bankfile.too-many-lines", "file %s has %d lines; page %d brings %d", s.id(), s.Read.Lines, c.Page, after.Lines).WithNext("read the file again")
	case after.Lines == s.Read.Lines && !after.Total.Equal(s.Read.Total):
		return nil, domain.Refuse(domain.Conflict, "bankfile.footing", "the lines of file %s sum to %v yuan, and %v were read from it", s.id(), after.Total, s.Read.Total).
			WithNext("read the file again")
	}
	return []domain.Event{event}, nil
}

func (s State) checkLines(c ClassifyPage) error {
	bad := func(line int, what string) error {
		return domain.Refuse(domain.Invalid, "bankfile.line", "line %d of file %s: %s", line, s.id(), what).WithNext("classify the page again")
	}
	last, effect := s.Last, 0
	for _, l := range c.Lines {
		counts := effect < len(c.Effects) && c.Effects[effect].Line == l.Line
		switch {
		case l.Line <= last:
			return bad(l.Line, "it does not follow the line before it")
		case !slices.Contains(Classes(), l.Class):
			return bad(l.Line, "it has no class")
		case len(l.Draw) > maxID || len(l.Serial) > maxSerial || len(l.Reason) > maxReason || !l.Amount.InBounds():
			return bad(l.Line, "its draw, number, reason or amount is too long")
		case counts == (l.Class == Unknown):
			return bad(l.Line, "an unknown line has no effect, and every other has one")
		}
		last = l.Line
		if !counts {
			continue
		}
		if e := c.Effects[effect]; l.Draw == "" || e.PayRef == "" || len(e.PayRef) > maxID || !e.Day.Valid() || e.Result.rank() < 0 {
			return bad(l.Line, "its effect names no draw, payRef, day or result")
		}
		effect++
	}
	if effect != len(c.Effects) {
		return bad(c.Effects[effect].Line, "an effect stands without its line")
	}
	return nil
}

// RefuseWhole says that the bank refused a sent file. Booked is how many of its lines any bank fact is known of.
type RefuseWhole struct {
	Reason string // closed code
	Proof  string
	Booked int
}

// DecideRefuseWhole records the refusal after proof that none of the file was booked: only then may the same lines be sent
// again with the same payRefs.
func DecideRefuseWhole(s State, c RefuseWhole) ([]domain.Event, error) {
	if err := known(s); err != nil {
		return nil, err
	}
	switch {
	case s.Status == StatusRefused:
		return nil, nil
	case s.Sent == nil || s.Status != StatusKept:
		return nil, domain.Refuse(domain.Conflict, "bankfile.not-sent", "file %s is %s and was not sent", s.id(), s.Status).WithNext("name the sent file that the bank refused")
	case c.Booked != 0:
		return nil, domain.Refuse(domain.Conflict, "bankfile.booked", "the bank answered %d lines of file %s; it cannot have refused it whole", c.Booked, s.id()).
			WithNext("wait for the return of the other lines")
	case c.Proof == "":
		return nil, domain.Refuse(domain.Invalid, "bankfile.proof", "that the bank refused file %s is not proven", s.id()).WithNext("name the file that came from the bank, or the notice on paper")
	case c.Reason == "" || len(c.Reason) > maxReason:
		return nil, domain.Refuse(domain.Invalid, "bankfile.reason", "the refusal of file %s needs a reason of at most %d characters", s.id(), maxReason).WithNext("name a reason code")
	}
	return []domain.Event{RefusedWhole{BankFile: s.id(), Proof: c.Proof, Reason: c.Reason}}, nil
}

func known(s State) error {
	if s.Status == "" {
		return domain.Refuse(domain.NotFound, "bankfile.unknown", "there is no such bank file").WithNext("check the id, or record the file")
	}
	return nil
}
