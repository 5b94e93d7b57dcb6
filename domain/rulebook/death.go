package rulebook

import "almoner/domain"

// AtDeath says what becomes of money that was due and is unpaid when the exit of somebody who died is decided. It is fixed in the
// exit then: a later version of the rulebook changes nothing for those who have died.
type AtDeath string

// Paid to the account as if nothing had happened, held for the heirs' claim, or not due any more.
const (
	DeathPaysAccount AtDeath = "account"
	DeathPaysHeirs   AtDeath = "heirs"
	DeathForfeits    AtDeath = "forfeit"
)

// DueAtDeath is the programme's choice. A rulebook that does not say pays the account.
func (r *Rulebook) DueAtDeath() AtDeath { return r.atDeath }

// AtExit is DueAtDeath for an exit by death, and nothing for any other.
func (r *Rulebook) AtExit(reason string) AtDeath {
	if reason == ReasonDead {
		return r.atDeath
	}
	return ""
}

type dueAtDeathSource struct {
	To      scalar `yaml:"to"`
	grounds `yaml:",inline"`
}

func (c *checker) checkDueAtDeath() {
	s := c.src.DueAtDeath
	c.book.atDeath = DeathPaysAccount
	if s == nil {
		return
	}
	c.book.atDeath = AtDeath(c.choice(s.To, "due-at-death to", "", string(DeathPaysAccount), string(DeathPaysHeirs), string(DeathForfeits)))
	c.needGrounds(s.grounds, s.To.line, "due-at-death")
}

// PaidTogether lists the accrual units of the payout that holds a unit.
func (r *Rulebook) PaidTogether(unit domain.Period) ([]domain.Period, error) {
	if unit.Kind() == domain.Once {
		return r.Covers(unit)
	}
	return r.Covers(domain.PeriodOf(r.schedule.Covers, unit.First()))
}
