package projections

import (
	"fmt"
	"slices"
	"strings"

	"almoner/domain"
	"almoner/domain/beneficiary"
)

// payeeAccount is an account that money of a person was paid to, with the last such draw.
type payeeAccount struct {
	person  string
	account beneficiary.AccountRef
	draw    examinedDraw
	amount  domain.Money // of all such draws
	program string
}

// related says that the account is recorded as somebody else's, with how they are related.
func (a payeeAccount) related() bool {
	return a.account.Relation != "" && a.account.Relation != "self"
}

// takeAccount keeps the accounts that paid draws went to: of each draw the newest account recorded before it.
func (x *examiner) takeAccount(p *examined) {
	from := len(x.accounts)
	for _, d := range p.draws {
		if !d.paid() || d.Net.Sign() <= 0 {
			continue
		}
		at := -1
		for i, a := range p.state.Accounts {
			if a.Rev < d.rev {
				at = i
			}
		}
		if at < 0 {
			continue
		}
		account := p.state.Accounts[at]
		known := slices.IndexFunc(x.accounts[from:], func(a payeeAccount) bool { return a.account.Event == account.Event })
		if known < 0 {
			x.accounts = append(x.accounts, payeeAccount{person: p.person, account: account})
			known = len(x.accounts) - 1 - from
		}
		a := &x.accounts[from+known]
		a.draw, a.program, a.amount = d, d.run.Programme, a.amount.Add(d.Net)
	}
}

// compareAccounts finds accounts in another name without a relation, and accounts of several payees unless all of them name
// one holder and how they are related to the holder.
func (x *examiner) compareAccounts() error {
	if len(x.accounts) == 0 {
		return nil
	}
	asked := make([]beneficiary.Sight, len(x.accounts))
	for i, a := range x.accounts {
		asked[i] = beneficiary.Sight{Person: a.person, Account: a.account.Event, Through: a.account.Rev}
	}
	tokens, err := x.q.Accounts(x.ctx, asked)
	if err != nil {
		return err
	}
	if len(tokens) != len(asked) {
		return fmt.Errorf("asked for %d accounts, told of %d", len(asked), len(tokens))
	}
	users := map[string][]payeeAccount{}
	for i, a := range x.accounts {
		if a.account.HolderPerson != a.person && !a.related() {
			if err := x.add(a.finding().says("账户属于 %s，未登记关系", "the account is that of %s, and no relation is recorded", a.account.HolderPerson), a.draw.at); err != nil {
				return err
			}
		}
		if tokens[i] != "" {
			users[tokens[i]] = append(users[tokens[i]], a)
		}
	}
	for _, token := range sortedKeys(users) {
		if err := x.shared(users[token]); err != nil {
			return err
		}
	}
	return nil
}

func (a payeeAccount) finding() ExceptionFinding {
	return ExceptionFinding{Test: SharedAccount, Person: a.person, Programme: a.program, Office: a.draw.run.Office, Run: a.draw.Run, Line: a.draw.Line, Amount: a.amount, Events: []string{a.account.Event}}
}

// shared looks at everybody who was paid to one account.
func (x *examiner) shared(uses []payeeAccount) error {
	var persons []string
	holder, accounted := uses[0].account.HolderPerson, true
	for _, a := range uses {
		if !slices.Contains(persons, a.person) {
			persons = append(persons, a.person)
		}
		accounted = accounted && a.account.HolderPerson == holder && (a.person == holder || a.related())
	}
	if len(persons) < 2 || accounted {
		return nil
	}
	for _, a := range uses {
		if err := x.add(a.finding().says("同一账户由 %s 使用", "one account is used by %s", strings.Join(persons, ", ")), a.draw.at); err != nil {
			return err
		}
	}
	return nil
}
