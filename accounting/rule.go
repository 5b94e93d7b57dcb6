package accounting

import (
	"fmt"

	"almoner/domain"
	"almoner/projections"
)

// rule says from which account to which a figure is posted, and what the voucher calls it.
type rule struct{ debit, credit, summary string }

// ruleOf is the rule of a figure; the package comment says why.
func ruleOf(figure, programme string) (rule, error) {
	cost := CostOf(programme)
	switch figure {
	case "released":
		return rule{cost, Payable, "批次下达，应付补助"}, nil
	case "stopped":
		return rule{Payable, cost, "下达后停发"}, nil
	case "settled":
		return rule{Payable, Bank, "银行付讫"}, nil
	case "returned":
		return rule{Payable, cost, "银行退票"}, nil
	case "beyond":
		return rule{cost, Bank, "银行多付"}, nil
	case "early":
		return rule{Bank, Query, "冲正先到，付款待查"}, nil
	case projections.PostedFound:
		return rule{Receivable, cost, "查出错发多发"}, nil
	case projections.PostedFoundOpening:
		return rule{Receivable, Surplus, "期初错发多发"}, nil
	case projections.PostedVoid:
		return rule{cost, Receivable, "错发多发撤销"}, nil
	case "setOff":
		return rule{cost, Receivable, "发放中抵扣"}, nil
	case "refunded":
		return rule{Bank, Receivable, "退款入账"}, nil
	case "gotBack":
		return rule{cost, Receivable, "银行冲正追回"}, nil
	case "writtenOff":
		return rule{Loss, Receivable, "核销"}, nil
	case projections.PostedReceived:
		return rule{Bank, Funding, "收到拨入资金"}, nil
	case projections.PostedRepaid:
		return rule{Funding, Bank, "结余缴回国库"}, nil
	}
	return rule{}, fmt.Errorf("no accounts for the figure %q", figure)
}

// lines post an amount; a negative one the other way round.
func (r rule) lines(run string, amount domain.Money) []Line {
	debit, credit, summary := r.debit, r.credit, r.summary
	if amount.Sign() < 0 {
		debit, credit, summary, amount = credit, debit, summary+"（冲回）", amount.Neg()
	}
	if run != "" {
		summary += "，批次 " + run
	}
	return []Line{{Account: debit, Summary: summary, Debit: amount}, {Account: credit, Summary: summary, Credit: amount}}
}
