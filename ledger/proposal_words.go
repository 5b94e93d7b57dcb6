package ledger

import (
	"strings"

	"almoner/domain"
)

// refusalWords says in Chinese what a decision refused, with its own detail behind it, and what to do next. Clerks read
// these in the list of a file's problems.
func refusalWords(r *domain.RefusedError) (message, remedy string) {
	message, remedy = refusalText(r.Rule)
	if message == "" {
		return r.Detail, r.Next
	}
	return message + "（" + r.Detail + "）", remedy
}

func refusalText(rule string) (message, remedy string) {
	switch rule {
	case "beneficiary.exclusive":
		return "与同一互斥组里的另一项享受月份重叠。", "先办理那个项目的退出，最后一个月须早于起领月。"
	case "beneficiary.already-enrolled":
		return "这个人已在本项目名册内。", "从名单中删除；需要变更的，办理相应事项。"
	case "beneficiary.no-enrolment":
		return "这个人在本项目没有在册记录。", "核对身份证号和项目；可能已经退出。"
	case "beneficiary.ended":
		return "这个人在本项目已经退出。", "退出有误的，先办理更正。"
	case "beneficiary.exists":
		return "台账里还没有这个人。", "先办理纳入，或核对身份证号。"
	case "beneficiary.died-once":
		return "台账已登记另一个死亡日期。", "先更正原来的死亡日期。"
	case "beneficiary.account-relation":
		return "户名与本人没有登记过关系。", "先登记监护人或亲属关系并附证明，或改为本人账户。"
	case "beneficiary.reported-before":
		return "报告日期早于发生日期。", "核对两个日期。"
	case "beneficiary.carried-over":
		return "从外部转入的对象，需要已发至年月或文号。", "填写“已发至年月”或“文号”。"
	case "beneficiary.grant-amount":
		return "发放金额必须大于 0。", "改正金额，或删除该行。"
	case "beneficiary.not-suspended":
		return "这个人没有被暂停。", "核对名单。"
	case "beneficiary.account-heir":
		return "这个人在世，不能登记继承人账户。", "先办理死亡退出；代领的，填写监护人等关系。"
	case "beneficiary.set-off-cap":
		return "每次抵扣的上限超出政策规则。", "降低上限，或改为退款、分期。"
	case "beneficiary.plan-enrolment":
		return "没有可以抵扣的享受项目。", "指明还在发放的一项，或改为退款、分期。"
	case "beneficiary.plan-method":
		return "追回方式不对。", "选择抵扣、退款或分期。"
	case "beneficiary.plan-parts":
		return "填写的内容与追回方式不符。", "抵扣填写上限和起始单元，分期填写各期日期和金额。"
	case "beneficiary.instalments":
		return "分期不对。", "按日期先后逐期填写，合计等于未追回的余额。"
	case "beneficiary.nothing-outstanding":
		return "这笔多发款已经结清。", "不需要追回计划。"
	case "beneficiary.overpayment-void":
		return "这笔多发款已经撤销。", "不需要追回。"
	case "change.recovery-programme":
		return "抵扣的是另一个项目的钱。", "在发放那笔钱的项目下办理追回计划。"
	case "slot.taken":
		return "这个子女的名额已被另一个人领取。", "夫妻各领一半的，份额都填 1/2；对方不再领取的，先办理对方退出。"
	case "slot.share":
		return "份额不对。", "填写 1/1 或 1/2。"
	}
	return rulebookText(rule)
}

func rulebookText(rule string) (message, remedy string) {
	switch rule {
	case "rulebook.closed":
		return "本项目已停止新增。", "从名单中删除；已在册的继续享受。"
	case "rulebook.not-qualified":
		return "不符合条件。", "所填情况有误的改正；确不符合的，告知申请人。"
	case "rulebook.fact-missing":
		return "情况不全，无法判断。", "补填后重新上传。"
	case "rulebook.exclusive":
		return "正在领取不能与本项目同时享受的项目。", "先办理那个项目的退出。"
	case "rulebook.no-class":
		return "不属于本项目的任何类别。", "核对子女等情况。"
	case "rulebook.nothing-due":
		return "按政策规则没有应发的月份。", "告知申请人并从名单中删除。"
	case "rulebook.decided-before-applied":
		return "申报日期晚于今天。", "改正申报日期。"
	case "rulebook.no-rate":
		return "政策规则没有这个类别的标准。", "报县级发布标准。"
	}
	return "", ""
}

// plainWord is how words of a list are compared: without spaces, brackets in one form.
func plainWord(s string) string {
	return strings.NewReplacer(" ", "", "\u3000", "", "(", "（", ")", "）").Replace(strings.TrimSpace(s))
}

// containsWord says that a title contains a word of at least two characters.
func containsWord(title, word string) bool {
	return len([]rune(word)) >= 2 && strings.Contains(plainWord(title), word)
}
