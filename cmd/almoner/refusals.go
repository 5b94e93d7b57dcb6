package main

import (
	"errors"

	"almoner/domain"
	"almoner/domain/rulebook"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// saidInChinese is a refusal in Chinese: the rule as a sentence, and the next step. The English detail, which names ids and
// numbers, is shown beneath it.
type saidInChinese struct{ what, next string }

// chineseRefusals has the refusals people meet most, by rule id. Rules of lists and forms (import.…) speak Chinese already.
// A rule without a line here is shown as it is, in English.
func chineseRefusals() map[string]saidInChinese {
	return map[string]saidInChinese{
		"access.purpose":               {"查看完整个人信息要写明用途", "加 --purpose，写用途代码，例如 visit 或 audit"},
		"access.nobody":                {"没有这个人的身份记录，或已按规定销毁", "核对对象编号"},
		"clock.behind":                 {"本机时钟比最新一条记录还早，不能写入", "校准时钟，或等到时间过去"},
		"clock.simulated-only":         {"真实台账不接受指定的时刻", "去掉 --now 和环境变量 ALMONER_NOW"},
		"command.other-content":        {"同一操作编号已用于别的内容", "新的请求用新的 --command-id"},
		"file.too-large":               {"文件太大", "核对是不是拿错了文件"},
		"key.no-file":                  {"找不到密钥文件", "用 --key 指明，或先制作：almoner key create --out FILE"},
		"key.passphrase-differs":       {"两次输入的口令不一样", "重新开始，两次输入同一个口令"},
		"key.passphrase-missing":       {"需要密钥口令，而这里没有终端可以询问", "加 --passphrase-file FILE，或设 ALMONER_PASSPHRASE"},
		"key.passphrase-short":         {"口令太短", "换一个更长的，例如四五个词"},
		"key.which":                    {"无法确定用哪个密钥", "用 --key 指明密钥文件，或先登记密钥"},
		"ledger.empty":                 {"这里没有台账：还没有任何记录", "新建台账，或指明已有台账的文件夹"},
		"ledger.exists":                {"这里已经有台账", "换一个文件夹"},
		"ledger.folder-used":           {"文件夹不是空的", "换一个新文件夹；上次新建中断的，先删掉残留的文件夹和主密钥文件"},
		"ledger.none":                  {"这个文件夹里没有台账", "用 --data 指明台账文件夹，或新建：almoner ledger init"},
		"office.unknown":               {"没有这个单位", "核对单位编号，或先设立单位"},
		"office.not-open":              {"单位在这一天还没有设立", "从单位设立之日起授予"},
		"office.exists":                {"单位编号已被使用，内容不同", "改用另一个编号"},
		"office.level-area":            {"层级与区划代码不相称", "改正层级或区划代码"},
		"officer.unknown":              {"没有这位人员", "核对人员编号，或先任命"},
		"officer.no-capacity":          {"今天没有可办此事的职责", "以所任职责办理，或先授予职责"},
		"officer.capacity-needed":      {"这项职责不能办此事", "以相应职责办理"},
		"officer.capacity":             {"没有这种职责", "从所列职责中选"},
		"officer.capacity-area":        {"职责与单位的层级不相称", "在同级单位授予"},
		"officer.granter":              {"无权授予", "请根人员或有人事职责（county.personnel）的人员办理"},
		"officer.granter-area":         {"超出授予人的辖区", "请根人员或该辖区的人事办理"},
		"officer.self-grant":           {"不能给自己授权", "请另一位授予人签字"},
		"officer.separation":           {"同一人不得兼任资格审核与付款的职责", "先收回其一，或授予他人"},
		"officer.no-key":               {"这个密钥没有登记在该人员名下", "用登记过的密钥签字，或先登记"},
		"officer.key-revoked":          {"密钥已吊销", "换用另一个密钥，或登记新密钥"},
		"officer.key-shared":           {"这个密钥已登记在别人名下", "每人使用自己的密钥"},
		"payrun.unknown":               {"没有这个批次", "列出批次，复制编号"},
		"projections.no-payrun":        {"没有这个批次", "列出批次，复制编号"},
		"projections.no-person":        {"台账里没有这个对象", "核对对象编号，或用 person find 查找"},
		"payrun.not-prepared":          {"还没有造表", "先造表：almoner payrun prepare"},
		"payrun.not-preparing":         {"现在不能造表", "看批次现状：almoner payrun show"},
		"payrun.not-released":          {"批次还没有签发", "等最后一步签字"},
		"payrun.instructed":            {"已通知银行付款，不能再改", "以银行回盘为准处理"},
		"payrun.no-line":               {"没有这一行", "在明细中核对行号"},
		"payrun.empty":                 {"名单是空的，没有可送签的内容", "核对名册和发放期"},
		"payrun.outcome":               {"批次只能签字或退回，不能否决", "有异议就退回，写明原因"},
		"person.none":                  {"台账里查不到此人", "核对输入；更正过的号码新旧都能查到"},
		"rulebook.unpublished":         {"该项目在此地没有生效的政策规则", "先发布：almoner rulebook publish FILE"},
		"rulebook.lowers":              {"新版会降低已发单元的标准", "确需降低的，用 --lowers 写明原因代码并签字"},
		"rulebook.not-shipped":         {"程序没有附带这份规则", "看清单：almoner rulebook shipped"},
		"rulebook.source":              {"规则文件有问题", "按每行所说修改后再来"},
		"rulebook.awaiting":            {"上一版正在签字", "等它签完，或先退回"},
		"serve.loopback":               {"这个地址别人也能连上，而本版还没有登录", "只监听 127.0.0.1 或 ::1"},
		"serve.address":                {"监听地址不对", "写成 主机:端口，如 127.0.0.1:8080"},
		"sign-off.not-awaiting":        {"这里没有等待签字的内容", "看现状：可能未送签、被退回、已签完或已撤回"},
		"sign-off.submitted":           {"已经送签", "等各步签字，或请上级退回"},
		"sign-off.step-order":          {"还没轮到这一步", "等轮到的人签，或以该步的职责签字"},
		"sign-off.one-person-one-step": {"您已签过另一步，一人只签一步", "请另一位人员签这一步"},
		"sign-off.area":                {"超出您的辖区", "请辖区内的人员签字"},
		"sign-off.own-family":          {"涉及您本人或亲属，应当回避", "请另一位人员签字"},
		"sign-off.scope":               {"这一步不是按这个范围签字", "按所列范围签字"},
		"sign-off.scope-complete":      {"这个范围已签齐", "无需再签"},
		"sign-off.seen":                {"您签的内容与现在的不一致", "重新查看后再签"},
		"sign-off.signature":           {"签名验证不通过", "用登记的密钥重签"},
		"sign-off.signature-form":      {"签名文件不是 base64", "原样签声明文件：almoner key sign FILE --key KEYFILE"},
		"sign-off.statement":           {"声明文件不对", "用 --statement-only 重新取得声明，原样签字"},
		"sign-off.other-key":           {"声明是给另一个密钥的", "用声明中的密钥签，或重新取得声明"},
		"sign-off.reason":              {"退回需要原因", "写明原因代码"},
		"sign-off.send-back-to":        {"只能退回到前面的步骤", "改正 --to"},
		"store.engine":                 {"本版只支持文件夹里的台账，集群以后提供", "用 --data DIR，不加 --store"},
		"api.token-unknown":            {"没有这个令牌", "列出令牌，复制编号"},
		"import.unknown":               {"没有这次导入", "列出导入，复制编号"},
		"import.same-file":             {"同一个文件已经导入过", "看那次导入；确需重新导入先撤回它"},
		"import.bad-rows":              {"有的行有问题", "改正文件中的这些行；只收好的行用 --accept-good --commit"},
		"case.unknown":                 {"没有这个事项", "列出事项，复制编号"},
		"case.problems":                {"有问题，事项还不能发起", "按所列问题改正后再试算"},
		"case.person":                  {"没有说明是谁", "给出身份证号或对象编号"},
	}
}

// refusalIn gives a refusal's sentence and next step in a language, and the detail beneath it, if that says more.
func refusalIn(refused *domain.RefusedError, l language) (what, detail, next string) {
	zh, translated := chineseRefusals()[refused.Rule]
	if l != chinese || !translated {
		return refused.Detail, "", refused.Next
	}
	return zh.what, refused.Detail, zh.next
}

// reasons lists everything that is wrong, for errors that say it all at once; nil for the others.
func reasons(err error) []string {
	var form *ledger.ProblemsError
	var source *rulebook.SourceError
	var header *rosterfile.HeaderError
	var all []string
	switch {
	case errors.As(err, &form):
		for _, p := range form.Problems {
			all = append(all, p.String())
		}
	case errors.As(err, &source):
		for _, p := range source.Problems {
			all = append(all, p.String())
		}
	case errors.As(err, &header):
		for _, p := range header.Problems {
			all = append(all, p.String())
		}
	}
	return all
}
