package fund

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"almoner/domain"
)

// Levels are who may pay into a fund, in the order in which forms name them.
func Levels() []string { return []string{"central", "province", "city", "county", "town", "employer"} }

// code is the form of names that stand in clear for ever.
var code = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// maxDocument bounds numbers of documents and vouchers, in bytes.
const maxDocument = 100

// Appropriate records a document that grants money (指标). On is the fund it is for; the first money opens the fund.
type Appropriate struct {
	On       Opened
	Amount   domain.Money
	Document string
	IssuedOn domain.Date
	Level    string
	Request  string // the request it answers; may be empty
}

// DecideAppropriate records it once for a document and level.
func DecideAppropriate(s State, c Appropriate) ([]domain.Event, error) {
	if err := checkMoney(c.Amount, c.Document, "document number", c.IssuedOn); err != nil {
		return nil, err
	}
	if err := checkLevel(c.Level); err != nil {
		return nil, err
	}
	for _, a := range s.Appropriations {
		if a.Document != c.Document || a.Level != c.Level {
			continue
		}
		if a.Amount.Equal(c.Amount) && a.IssuedOn == c.IssuedOn && a.Request == c.Request {
			return nil, nil
		}
		return nil, domain.Refuse(domain.Conflict, "fund.document-used", "%s grants %v yuan of the %s's money already, recorded with other terms", c.Document, a.Amount, c.Level).
			WithNext("check the document; a correction has a document number of its own")
	}
	if s.Closed {
		return nil, closed(s, c.On)
	}
	opened, err := s.opening(c.On)
	if err != nil {
		return nil, err
	}
	return append(opened, Appropriated{Amount: c.Amount, Document: c.Document, Fund: c.On.Fund, IssuedOn: c.IssuedOn, Level: c.Level, Request: c.Request}), nil
}

// Receive records money that arrived.
type Receive struct {
	On         Opened
	Amount     domain.Money
	Level      string
	ReceivedOn domain.Date
	Voucher    string
}

// DecideReceive records it once for a voucher and level, up to what the level granted. A closed fund takes what it lacks.
func DecideReceive(s State, c Receive) ([]domain.Event, error) {
	if err := checkMoney(c.Amount, c.Voucher, "voucher", c.ReceivedOn); err != nil {
		return nil, err
	}
	if err := checkLevel(c.Level); err != nil {
		return nil, err
	}
	if again, err := s.again(Voucher{VoucherReceived, c.Voucher, c.Level, c.Amount, c.ReceivedOn}); again || err != nil {
		return nil, err
	}
	if s.Closed && c.Amount.Cmp(s.InHand().Neg()) > 0 {
		return nil, closed(s, c.On)
	}
	granted, before := s.Appropriated(c.Level), s.ReceivedOf(c.Level)
	if before.Add(c.Amount).Cmp(granted) > 0 {
		return nil, domain.Refuse(domain.Refused, "fund.beyond-appropriation", "%v yuan of the %s's money arrived already; %v more would be beyond the %v appropriated", before, c.Level, c.Amount, granted).
			WithNext("record the document that grants it first: almoner fund appropriated")
	}
	return []domain.Event{Received{Amount: c.Amount, Fund: s.Opened.Fund, Level: c.Level, ReceivedOn: c.ReceivedOn, Voucher: c.Voucher}}, nil
}

// Recover records money got back from people.
type Recover struct {
	On          Opened
	Amount      domain.Money
	Overpayment string // may be empty
	ReceivedOn  domain.Date
	Voucher     string
}

// DecideRecover records it once for a voucher and overpayment.
func DecideRecover(s State, c Recover) ([]domain.Event, error) {
	if err := checkMoney(c.Amount, c.Voucher, "voucher", c.ReceivedOn); err != nil {
		return nil, err
	}
	if again, err := s.again(Voucher{VoucherRecovered, c.Voucher, c.Overpayment, c.Amount, c.ReceivedOn}); again || err != nil {
		return nil, err
	}
	if err := s.countedOtherwise(c); err != nil {
		return nil, err
	}
	if s.Closed && c.Amount.Cmp(s.InHand().Neg()) > 0 {
		return nil, closed(s, c.On)
	}
	return s.recover(c)
}

// DecideBookRecovered books a refund that a person's stream states already. It is never refused for what the fund came to
// meanwhile: the money is there, and the statement has to end. On a closed fund it is shown in hand until it is returned.
func DecideBookRecovered(s State, c Recover) ([]domain.Event, error) {
	if slices.ContainsFunc(s.Vouchers, func(v Voucher) bool {
		return v.Kind == VoucherRecovered && v.Voucher == c.Voucher && v.Party == c.Overpayment
	}) {
		return nil, nil
	}
	return s.recover(c)
}

func (s State) recover(c Recover) ([]domain.Event, error) {
	opened, err := s.opening(c.On)
	if err != nil {
		return nil, err
	}
	return append(opened, Recovered{Amount: c.Amount, Fund: c.On.Fund, Overpayment: c.Overpayment, ReceivedOn: c.ReceivedOn, Voucher: c.Voucher}), nil
}

// countedOtherwise refuses a voucher that was recorded without an overpayment and now names one, or the other way round: it
// would be the same money twice. One voucher may pay several overpayments.
func (s State) countedOtherwise(c Recover) error {
	for _, old := range s.Vouchers {
		if old.Kind != VoucherRecovered || old.Voucher != c.Voucher || (old.Party == "") == (c.Overpayment == "") {
			continue
		}
		if old.Party == "" {
			return domain.Refuse(domain.Conflict, "fund.voucher-counted", "voucher %s is recorded already, for %v yuan on %v without an overpayment", old.Voucher, old.Amount, old.On).
				WithNext("check the voucher number; money that is in the fund already is not counted again as a refund")
		}
		return domain.Refuse(domain.Conflict, "fund.voucher-counted", "voucher %s is recorded already, for %v yuan on %v as a refund of overpayment %s", old.Voucher, old.Amount, old.On, old.Party).
			WithNext("check the voucher number; a refund is in the fund already and is not recorded again")
	}
	return nil
}

// Return gives unspent money back to the treasury.
type Return struct {
	Amount     domain.Money
	ReturnedOn domain.Date
	To         string // closed code, "county-treasury"
	Voucher    string
}

// DecideReturn records it once for a voucher and receiver, up to what is free. It is allowed after the year was closed: the
// bank may have given money back since.
func DecideReturn(s State, c Return) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	if err := checkMoney(c.Amount, c.Voucher, "voucher", c.ReturnedOn); err != nil {
		return nil, err
	}
	if !code.MatchString(c.To) {
		return nil, domain.Refuse(domain.Invalid, "fund.returned-to", "%.40q does not say as a code where the money goes", c.To).WithNext("name a code such as county-treasury")
	}
	if again, err := s.again(Voucher{VoucherReturned, c.Voucher, c.To, c.Amount, c.ReturnedOn}); again || err != nil {
		return nil, err
	}
	if free := s.Free(); c.Amount.Cmp(free) > 0 {
		return nil, domain.Refuse(domain.Refused, "fund.balance", "%s has %v yuan free (%v in hand, %v committed to runs), %v cannot be returned",
			s.Opened.Fund, free, s.InHand(), s.Outstanding(), c.Amount).WithNext("return at most what is free, or release what a run does not need any more")
	}
	return []domain.Event{Returned{Amount: c.Amount, Fund: s.Opened.Fund, ReturnedOn: c.ReturnedOn, To: c.To, Voucher: c.Voucher}}, nil
}

// DecideClose ends the year: refused while anything is committed, or anything is left in hand or lacking. Nothing rolls over.
func DecideClose(s State) ([]domain.Event, error) {
	if err := s.known(); err != nil {
		return nil, err
	}
	if s.Closed {
		return nil, nil
	}
	if i := slices.IndexFunc(s.Runs, func(r RunMoney) bool { return !r.Outstanding().IsZero() }); i >= 0 {
		return nil, domain.Refuse(domain.Conflict, "fund.committed", "%v yuan are committed, %v of them to the run %s", s.Outstanding(), s.Runs[i].Outstanding(), s.Runs[i].Run).
			WithNext("wait until the bank has answered, or release what is not needed: almoner fund release RUN")
	}
	switch inHand := s.InHand(); inHand.Sign() {
	case 1:
		return nil, domain.Refuse(domain.Conflict, "fund.unreturned", "%v yuan are unspent, and nothing rolls over into the next year", inHand).
			WithNext("return them to the treasury: almoner fund return %s", s.Opened.Fund)
	case -1:
		return nil, domain.Refuse(domain.Conflict, "fund.overdrawn", "the bank paid %v yuan more than the fund had", inHand.Neg()).
			WithNext("recover what was paid wrongly, or have the missing money appropriated and received")
	}
	return []domain.Event{YearClosed{
		Balance: s.InHand(), Fund: s.Opened.Fund, Received: s.Received, Recovered: s.Recovered, Returned: s.Returned, Spent: s.Spent,
	}}, nil
}

// known refuses what is asked of a fund without any money.
func (s State) known() error {
	if s.Opened.Fund == "" {
		return domain.Refuse(domain.NotFound, "fund.unknown", "there is no such fund").WithNext("list the funds, or record the first appropriation: almoner fund appropriated")
	}
	return nil
}

// closed refuses what is asked of a fund whose year ended.
func closed(s State, on Opened) error {
	return domain.Refuse(domain.Conflict, "fund.closed", "the year of %s is closed with %v yuan in hand", on.Fund, s.InHand()).
		WithNext("use the fund of the present year; a closed one only takes or gives what brings it back to 0.00")
}

// opening is the event that opens the fund, unless it is open.
func (s State) opening(on Opened) ([]domain.Event, error) {
	if s.Opened.Fund != "" {
		return nil, nil
	}
	if on.Fund == "" || on.Finance == "" || on.Programme == "" || on.Year < 1970 || on.Year > 9999 {
		return nil, domain.Refuse(domain.Invalid, "fund.incomplete", "a fund has a finance office, a programme and a year").WithNext("name all three")
	}
	return []domain.Event{on}, nil
}

// again says that a voucher was recorded before; with other terms that is refused.
func (s State) again(v Voucher) (bool, error) {
	for _, old := range s.Vouchers {
		if old.Kind != v.Kind || old.Voucher != v.Voucher || old.Party != v.Party {
			continue
		}
		if old.Amount.Equal(v.Amount) && old.On == v.On {
			return true, nil
		}
		return false, domain.Refuse(domain.Conflict, "fund.voucher-used", "voucher %s is recorded already, for %v yuan on %v", v.Voucher, old.Amount, old.On).
			WithNext("check the voucher number, the amount and the day")
	}
	return false, nil
}

func checkLevel(level string) error {
	if !slices.Contains(Levels(), level) {
		return domain.Refuse(domain.Invalid, "fund.level", "%.40q is not a level that pays into a fund", level).WithNext("choose one of: %s", strings.Join(Levels(), ", "))
	}
	return nil
}

// checkMoney checks what every movement has: an amount, a number on paper, a day.
func checkMoney(amount domain.Money, number, what string, on domain.Date) error {
	switch {
	case amount.Sign() <= 0 || !amount.InBounds():
		return domain.Refuse(domain.Invalid, "fund.amount", "%v yuan is not an amount to be recorded", amount).WithNext("write an amount above 0.00")
	case strings.TrimSpace(number) == "" || strings.TrimSpace(number) != number || len(number) > maxDocument || !utf8.ValidString(number):
		return domain.Refuse(domain.Invalid, "fund.number", "the %s is missing, or is longer than %d bytes, or has spaces around it", what, maxDocument).WithNext("write the %s as the paper has it", what)
	case !on.Valid():
		return domain.Refuse(domain.Invalid, "fund.day", "the day is missing").WithNext("name the day that stands on the %s", what)
	}
	return nil
}
