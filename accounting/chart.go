package accounting

import (
	"cmp"
	"slices"

	"almoner/domain"
)

// Group is a main part of the chart: it says on which side an account grows and whether a year begins with nothing on it.
type Group string

// The groups, by hledger's names for them.
const (
	Asset     Group = "资产"
	Liability Group = "负债"
	Equity    Group = "净资产"
	Income    Group = "收入"
	Cost      Group = "费用"
)

// hledgerType is the letter of an account's type: https://hledger.org/hledger.html, "Account types".
func (g Group) hledgerType() string {
	return map[Group]string{Asset: "A", Liability: "L", Equity: "E", Income: "R", Cost: "X"}[g]
}

// yearly says that a year begins with nothing on its accounts.
func (g Group) yearly() bool { return g == Income || g == Cost }

// Status of an account's code.
const (
	Cited   = "cited"   // number and name stand in the system of accounts
	Assumed = "assumed" // ours, below a number of the system of accounts or beside it: the office's own chart decides
)

// System is where cited numbers come from.
const System = "《政府会计制度——行政事业单位会计科目和报表》（财会〔2017〕25号）"

// Account is one account (会计科目).
type Account struct {
	Code   string
	Parent string // number and name of the account of the system above it
	Title  string // below that
	Group  Group
	Status string // of the code; ParentStatus of the number above it
	Above  string // status of the parent
}

// Name is the account's name in a journal: its place in the chart, with colons.
func (a Account) Name() string {
	return string(a.Group) + ":" + a.Parent + ":" + a.Code + " " + a.Title
}

// The accounts' codes. Cost has one account for each programme.
const (
	Bank       = "100201"
	Receivable = "121801"
	Payable    = "230301"
	Query      = "230701"
	Surplus    = "300101"
	Funding    = "400101"
	Loss       = "590101"
	costOf     = "5001."
)

// fixed are the accounts that every office has.
func fixed() []Account {
	return []Account{
		{Bank, "1002 银行存款", "补助资金专户", Asset, Assumed, Cited},
		{Receivable, "1218 其他应收款", "错发待追回", Asset, Assumed, Cited},
		{Payable, "2303 应付政府补贴款", "应付补助款", Liability, Assumed, Cited},
		{Query, "2307 其他应付款", "待查", Liability, Assumed, Cited},
		{Surplus, "3001 累计盈余", "以前年度结转", Equity, Assumed, Cited},
		{Funding, "4001 财政拨款收入", "拨入补助资金", Income, Assumed, Cited},
		{Loss, "5901 其他费用", "核销损失", Cost, Assumed, Assumed},
	}
}

// CostOf is the code of a programme's cost; money of no programme known has one of its own.
func CostOf(programme string) string {
	if programme == "" {
		programme = "none"
	}
	return costOf + programme
}

// chart is the fixed accounts and one of cost for each programme, in order of code.
func chart(programmes []string) []Account {
	all := fixed()
	for _, p := range programmes {
		a := Account{CostOf(p), "5001 业务活动费用", "补助支出 " + p, Cost, Assumed, Cited}
		if p == "" {
			a.Title = "补助支出 未分项目"
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// Balances are sums by account code; debit is positive.
type Balances map[string]domain.Money

// add takes a line in.
func (b Balances) add(l Line) { b[l.Account] = b[l.Account].Add(l.Debit).Sub(l.Credit) }
