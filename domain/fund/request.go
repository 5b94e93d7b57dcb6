package fund

import (
	"cmp"
	"slices"

	"almoner/domain"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
)

// RequestStream is the stream of one request.
func RequestStream(request string) string { return family + "request-" + request }

// RequestStatus is where a request stands.
type RequestStatus string

// The statuses. The empty status is a request that was never made.
const (
	RequestDraft    RequestStatus = "draft"
	RequestAwaiting RequestStatus = "awaiting"
	RequestSentBack RequestStatus = "sent-back"
	RequestSigned   RequestStatus = "signed"
)

// RequestState is what decisions about a request need. It shares nothing it may write to.
type RequestState struct {
	Requested Requested     `json:"requested"` // the last one
	Status    RequestStatus `json:"status"`
	Signing   signoff.State `json:"signing"`
}

// EvolveRequest applies one fact. Facts that are not a request's leave the state as it is.
func EvolveRequest(s RequestState, f domain.Fact) RequestState {
	switch e := f.Event.(type) {
	case Requested:
		signing := signoff.Begin(RequestStream(e.Request), slices.Clone(e.Chain))
		signing.Round, signing.People, signing.Handlers = s.Signing.Round, s.Signing.People, s.Signing.Handlers
		s.Requested, s.Status, s.Signing = e, RequestDraft, signing.EvolveHandled(f.Officer)
	case Submitted:
		s.Status, s.Signing = RequestAwaiting, s.Signing.EvolveSubmitted(e.Submission, e.Signed, f.Officer)
		s.Status = s.signed()
	case SignedOff:
		s.Signing = s.Signing.EvolveSigned(e.Signed, f.Officer)
		s.Status = s.signed()
	case SentBack:
		s.Status, s.Signing = RequestSentBack, s.Signing.EvolveReturned(e.Returned)
	}
	return s
}

func (s RequestState) signed() RequestStatus {
	if s.Signing.Status == signoff.Complete {
		return RequestSigned
	}
	return RequestAwaiting
}

// Ask makes a request; it says what Requested will say, and Run is the run as it stands now.
type Ask struct {
	Requested Requested
	Run       payrun.State
}

// DecideAsk makes the request, or makes it anew while nobody has signed it, or when the run's list was made anew since. The
// same figures again change nothing.
func DecideAsk(s RequestState, c Ask) ([]domain.Event, error) {
	r := c.Requested
	if err := askable(c.Run); err != nil {
		return nil, err
	}
	if err := r.check(c.Run); err != nil {
		return nil, err
	}
	switch sameList := s.Requested.Round == r.Round && s.Requested.Root == r.Root; {
	case s.Status == RequestAwaiting && sameList, s.Status == RequestSigned && sameList:
		return nil, domain.Refuse(domain.Conflict, "fund.requested", "the request for the run %s is %s", r.Run, s.Status).
			WithNext("go on with the request %s; a wrong one is sent back by whoever signs next", s.Requested.Request)
	case s.Status == RequestAwaiting:
		return nil, domain.Refuse(domain.Conflict, "fund.requested", "the request for the run's former list is being signed").
			WithNext("have it sent back, then request again")
	case s.Status != "" && s.Requested.sameFigures(r):
		return nil, nil
	}
	return []domain.Event{r}, nil
}

// askable refuses a run whose need is not settled yet, or that the county has signed: the county signs what it knows to be
// asked for.
func askable(run payrun.State) error {
	if run.Status != payrun.StatusAwaiting {
		return domain.Refuse(domain.Conflict, "fund.not-submitted", "the run is %s; money is asked for while a submitted list is being signed", run.Status).
			WithNext("%s", run.Next())
	}
	for i, step := range run.Signing.Chain[:run.Signing.Step] {
		if i > 0 && (step.Level == signoff.County || step.Level == signoff.Finance) {
			return domain.Refuse(domain.Conflict, "fund.too-late", "%s has signed the run %s already", step.Name(), run.Opened.Run).
				WithNext("have the run sent back, or record what was appropriated without a request")
		}
	}
	return nil
}

// check holds a request to the run it is made from and to its own sums.
func (r Requested) check(run payrun.State) error {
	var shares, classes domain.Money
	lines := 0
	for _, share := range r.Shares {
		shares = shares.Add(share.Amount)
	}
	for _, class := range r.Classes {
		classes, lines = classes.Add(class.Amount), lines+class.Lines
		if class.Before+class.Entered-class.Exited-class.Held != class.Lines {
			return r.wrong("class %s had %d lines, %d entered, %d exited, %d are held, and %d are left", class.Class, class.Before, class.Entered, class.Exited, class.Held, class.Lines)
		}
	}
	switch {
	case !r.Need.Equal(run.Listing.Total) || r.Root != run.Listing.Totals.Root || r.Round != run.Listing.Round:
		return r.wrong("the list of round %d comes to %v yuan, the request to %v of round %d", run.Listing.Round, run.Listing.Total, r.Need, r.Round)
	case !shares.Equal(r.Need):
		return r.wrong("the levels pay %v yuan in all, needed are %v", shares, r.Need)
	case !classes.Equal(r.Need) || lines != run.Listing.Lines:
		return r.wrong("the classes come to %d lines of %v yuan, the list to %d of %v", lines, classes, run.Listing.Lines, r.Need)
	case !r.Amount.Equal(ToAsk(r.Need, r.Balance)):
		return r.wrong("%v yuan are needed and %v are free, hence not %v are asked for", r.Need, r.Balance, r.Amount)
	case len(r.Chain) == 0 || r.Chain[0].Duty != signoff.Handler:
		return domain.Refuse(domain.Invalid, "fund.chain", "the chain of signatures does not begin with a handler").WithNext("correct the chain \"fund-request\" of the rulebook")
	}
	return nil
}

func (r Requested) wrong(format string, args ...any) error {
	return domain.Refuse(domain.Conflict, "fund.request-sums", format, args...).WithNext("make the request again; if this stays, run almoner payrun recheck %s", r.Run)
}

// ToAsk is what has to be asked for: what is needed beyond what is free. An overdrawn fund is asked for as well.
func ToAsk(need, free domain.Money) domain.Money {
	ask := need.Sub(free)
	if ask.Sign() < 0 {
		return domain.Money{}
	}
	return ask
}

func (r Requested) sameFigures(other Requested) bool {
	return r.Round == other.Round && r.Root == other.Root && r.Amount.Equal(other.Amount) && r.Balance.Equal(other.Balance) && r.Rulebook == other.Rulebook
}

// Submission is what the handler submits and signs: the request as stored, whose leaf hash is root, the lines it pays for and
// the amount asked for.
func (s RequestState) Submission(root string) signoff.Submission {
	return signoff.Submission{Round: s.Signing.Round + 1, Rulebook: s.Requested.Rulebook, Totals: signoff.Totals{
		Held: s.Requested.Held, Lines: lines(s.Requested.Classes), Root: root, Total: s.Requested.Amount.String(),
	}}
}

func lines(classes []ClassNeed) int {
	n := 0
	for _, c := range classes {
		n += c.Lines
	}
	return n
}

// Submit is the handler's signature over the request.
type Submit struct {
	Origin string
	Root   string       // hex leaf hash of the stored Requested
	Run    payrun.State // as it stands now
	Act    signoff.Act
}

// DecideSubmit starts a round of signatures. A request whose run was made anew since is refused.
func (s RequestState) DecideSubmit(c Submit) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	hash := signoff.HashText(c.Act.Statement)
	if slices.ContainsFunc(s.Signing.Marks, func(m signoff.Mark) bool { return m.Step == 0 && m.Hash == hash }) {
		return nil, nil
	}
	if s.Status == RequestDraft || s.Status == RequestSentBack {
		if err := s.current(c.Run); err != nil {
			return nil, err
		}
	}
	sub := s.Submission(c.Root)
	signed, err := s.Signing.DecideSubmit(c.Origin, sub, c.Act)
	if err != nil {
		return nil, err
	}
	return []domain.Event{Submitted{Request: s.Requested.Request, Submission: sub, Signed: signed}}, nil
}

// current refuses a request that is not about the run's list as it stands, or that comes too late.
func (s RequestState) current(run payrun.State) error {
	if err := askable(run); err != nil {
		return err
	}
	if s.Requested.Round != run.Listing.Round || s.Requested.Root != run.Listing.Totals.Root {
		return domain.Refuse(domain.Conflict, "fund.list-changed", "the request was made from another list of the run %s", run.Opened.Run).
			WithNext("request again: almoner fund request %s", run.Opened.Run)
	}
	return nil
}

// Sign is one officer's agreement.
type Sign struct {
	Origin string
	Act    signoff.Act
}

// DecideSignOff signs the step that waits. The request may be signed after the county signed the run: it was made before.
func (s RequestState) DecideSignOff(c Sign) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	c.Act.Scope = cmp.Or(c.Act.Scope, signoff.WholeScope)
	signed, news, err := s.Signing.DecideSign(c.Origin, c.Act, signoff.Agree)
	if err != nil || !news {
		return nil, err
	}
	return []domain.Event{SignedOff{Request: s.Requested.Request, Signed: signed}}, nil
}

// Back is one officer's signed sending-back. Note is free text, sealed.
type Back struct {
	Origin string
	Act    signoff.Act
	To     int
	Reason string
	Note   *signoff.Note
}

// DecideSendBack returns the request to an earlier step: it is submitted again, or made again first.
func (s RequestState) DecideSendBack(c Back) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	returned, err := s.Signing.DecideSendBack(c.Origin, c.Act, c.To, c.Reason)
	if err != nil {
		return nil, err
	}
	returned.Note = c.Note
	return []domain.Event{SentBack{Request: s.Requested.Request, Returned: returned}}, nil
}

func (s RequestState) known() error {
	if s.Status == "" {
		return domain.Refuse(domain.NotFound, "fund.request-unknown", "there is no such request").WithNext("make it from a submitted run: almoner fund request RUN")
	}
	return nil
}
