package reports

import "almoner/domain"

// The Chinese of coded values. A code that is not here is shown as it stands.

func word(table map[string]string, code string) string {
	if w, ok := table[code]; ok {
		return w
	}
	return code
}

func sexes() map[string]string { return map[string]string{"male": "男", "female": "女"} }

func statuses() map[string]string {
	return map[string]string{"running": "正常", "withheld": "缓发", "forfeited": "停发"}
}

func unitNames() map[string]string {
	return map[string]string{"month": "月", "quarter": "季", "half": "半年", "year": "年", "once": "次"}
}

func heldReasons() map[string]string {
	return map[string]string{
		"suspended": "暂停发放", "no-account": "无账户", "returned": "退票，待更正账户", "in-flight": "另一批次在途", "not-due": "本期无应发",
		"died": "死亡，待继承人申领", "no-rate": "政策无标准", "transferred": "由另一单位发放",
	}
}

func stopReasons() map[string]string {
	return map[string]string{"died": "死亡", "dead": "死亡", "suspected-death": "疑似死亡"}
}

func relations() map[string]string {
	return map[string]string{"self": "本人", "guardian": "监护人", "household-head": "户主", "heir": "继承人"}
}

func faults() map[string]string { return map[string]string{"none": "", "recover": "应追回"} }

func levels() map[string]string {
	return map[string]string{
		"central": "中央", "province": "省级", "city": "市级", "county": "县级", "town": "镇级", "village": "村级", "employer": "用人单位",
		"finance": "财政", "undivided": "未划分", "unsplit": "未划分",
	}
}

func capacities() map[string]string {
	return map[string]string{
		"village.handler": "村经办", "village.head": "村负责人", "town.handler": "镇经办", "town.line-head": "镇条线负责人", "town.head": "镇负责人",
		"county.handler": "县经办", "county.line-head": "县条线负责人", "county.head": "县负责人", "finance.handler": "财政经办", "finance.head": "财政负责人",
	}
}

func outcomes() map[string]string {
	return map[string]string{"agree": "同意", "send-back": "退回", "refuse": "不同意"}
}

func custodies() map[string]string {
	return map[string]string{"own-device": "本人设备", "hardware": "硬件", "server": "服务器（口令解锁）", "paper": "纸质"}
}

func monthStatuses() map[string]string {
	return map[string]string{"": "未结账", "awaiting": "待签字", "sent-back": "已退回", "closed": "已结账", "reopening": "反结账待签字", "reopened": "已反结账"}
}

func runStatuses() map[string]string {
	return map[string]string{
		"open": "已开批", "preparing": "造表中", "prepared": "已造表", "awaiting": "待签字", "sent-back": "已退回", "released": "已签发", "instructed": "已报盘", "settled": "已办结", "cancelled": "已撤销",
	}
}

// figureNames name the amounts of a month in the order in which they are shown.
func figureNames() [][2]string {
	return [][2]string{
		{"opening", "期初未回"}, {"prepared", "造表"}, {"released", "签发"}, {"stopped", "止付"}, {"instructed", "报盘"}, {"settled", "到账"}, {"returned", "退票"},
		{"outstanding", "期末未回"}, {"reissued", "其中重付"}, {"beyond", "多付"}, {"early", "先冲后付"}, {"gotBack", "银行追回"}, {"refunded", "退款"}, {"setOff", "抵扣"}, {"writtenOff", "核销"},
	}
}

// unitsOf writes the units of a line: "2022-01" or "2022-01 至 2022-03".
func unitsOf(first, last domain.Period) string {
	if first == last {
		return first.String()
	}
	return first.String() + " 至 " + last.String()
}
