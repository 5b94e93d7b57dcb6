package rosterfile

import (
	"fmt"
	"hash/maphash"

	"almoner/domain"
)

// people remembers who was read, to notice the same person twice and one account on several people. It keeps no number
// and no name, only eight bytes of a hash keyed anew for each pass; with 200,000 people the chance that two differ and
// collide is about one in a billion.
type people struct {
	seed     maphash.Seed
	numbers  map[uint64]seat // number and programme
	accounts map[uint64]holding
}

// holding is the first person an account was seen with.
type holding struct {
	seat
	person uint64
}

func newPeople() *people {
	return &people{seed: maphash.MakeSeed(), numbers: map[uint64]seat{}, accounts: map[uint64]holding{}}
}

func (p *people) hash(parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	for _, s := range parts {
		_, _ = h.WriteString(s) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// check compares the row just built with those before it. A number of 15 digits is by now its 18-digit form.
func (p *people) check(b *builder) {
	r := b.row
	if r.Number != "" {
		key := p.hash(normalWord(r.Programme), r.Number.Reveal())
		if first, twice := p.numbers[key]; twice {
			b.problem(FieldNumber, "import.number-twice", fmt.Sprintf("与%s是同一个人（15 位与 18 位身份证号视为同一号码）。", b.where(first)),
				"同一项目内每人只留一行；如属抄错，改正其中一行。")
		} else {
			p.numbers[key] = b.at
		}
	}
	if r.Account != "" && r.Number != "" {
		p.checkAccount(b, r.Account, p.hash(r.Number.Reveal()))
	}
}

func (p *people) checkAccount(b *builder, a domain.AccountNumber, person uint64) {
	key := p.hash("account", a.Reveal())
	first, seen := p.accounts[key]
	if !seen {
		p.accounts[key] = holding{b.at, person}
		return
	}
	if first.person != person {
		c, _ := b.head.column(FieldAccount, 0)
		b.report(c, a.Reveal(), "import.account-shared", Warning, fmt.Sprintf("这个账号在%s属于另一个人。", b.where(first.seat)),
			"核对账号；补贴应发到本人账户，代领须登记关系。")
	}
}

// where names an earlier row as the clerk finds it.
func (b *builder) where(s seat) string {
	if int(s.sheet) < len(b.sheetNames) && s.sheet != b.at.sheet {
		return fmt.Sprintf("工作表「%s」第 %d 行", b.sheetNames[s.sheet], s.line)
	}
	return fmt.Sprintf("第 %d 行", s.line)
}
