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
		"access.purpose":                {"查看完整个人信息要写明用途", "加 --purpose，写用途代码，例如 visit 或 audit"},
		"access.nobody":                 {"没有这个人的身份记录，或已按规定销毁", "核对对象编号"},
		"accounting.finance":            {"没有指明财政单位", "给出财政单位"},
		"accounting.format":             {"没有这种形式", "选 journal 或 xlsx"},
		"accounting.no-books":           {"当时这个单位还没有任何账", "用 almoner month list 看有账的财政单位"},
		"accounting.period":             {"只能按月或按年导出", "写成 2021-12 或 2021"},
		"bankfile.booked":               {"银行已对其中的行作过回音，不能算整批退回", "等银行对其余各行回盘"},
		"bankfile.booked-after-refusal": {"银行整批退回之后又记了账", "已付的行先止付：almoner payrun stop，或与银行核清"},
		"bankfile.cannot-write":         {"有的行用这种格式写不出来", "逐行处理列出的问题，或换一种格式"},
		"bankfile.damaged":              {"保存的各段合不出登记的文件", "不要使用；核对台账：almoner store check，并与备份对照"},
		"bankfile.direction":            {"格式的方向不对", "代发用发出的格式，回盘用收回的格式：almoner bankfile formats"},
		"bankfile.empty":                {"文件是空的", "换一个不空的文件"},
		"bankfile.format":               {"没有说明用哪种格式", "看 almoner bankfile formats"},
		"bankfile.not-instructed":       {"批次没有用这个文件代发，或已被银行整批退回", "先代发：almoner payrun instruct"},
		"bankfile.not-sent":             {"这不是发给银行的文件", "指明发出的文件：almoner bankfile list --direction sent"},
		"bankfile.not-shipped":          {"没有这种格式", "看 almoner bankfile formats，或给出格式描述文件"},
		"bankfile.office":               {"收回盘的单位不是财政单位", "用 --for-office 指明财政单位"},
		"bankfile.other-finance":        {"文件属于另一个财政单位", "请该单位的人员办理"},
		"bankfile.own-instruction":      {"自己发出的代发，不能由自己登记整批退回", "请财政单位的另一个人登记"},
		"bankfile.proof":                {"没有银行整批退回的证明", "先收下银行的文件：almoner bankfile add，再用 --proof 指明；纸质通知用 --notice"},
		"bankfile.read-otherwise":       {"文件已按另一种格式读过，结果已经生效", "请银行另出一个文件再收"},
		"bankfile.refused":              {"文件已被整批退回，不再发出", "重新代发，另做文件"},
		"bankfile.received-on":          {"收到日期不对", "写实际收到的日期"},
		"bankfile.runs":                 {"批次写重了或没有写", "每个批次写一次"},
		"bankfile.sent-by-us":           {"这是本系统发出的代发文件，不是回盘", "选银行返回的文件"},
		"bankfile.two-offices":          {"几个批次不由同一个财政单位付款", "按财政单位分开代发"},
		"bankfile.unclassified":         {"收到的回盘还没有认定完", "先办完：almoner bankfile list --status read"},
		"bankfile.unknown":              {"没有这个银行文件", "看 almoner bankfile list，核对编号"},
		"bankfile.unread":               {"文件已保存，还没有读", "指明格式：almoner bankfile classify"},
		"payrun.instructed-otherwise":   {"批次已用别的文件代发", "取出那些文件：almoner bankfile export；银行整批退回之后才能再次代发"},
		"payrun.nothing-payable":        {"没有可付的金额", "直接了结：almoner payrun settle"},
		"payrun.kept":                   {"这一行没有发出过，不能保留", "重新打开批次再看"},
		"payrun.answered":               {"银行已就其中几行回音，不能再按整批退回处理", "没付的等回盘退回，多付的由下一批或追回处理"},
		"payrun.unanswered":             {"银行还没有全部回音", "等回盘；时限已过的加 --missing"},
		"beneficiary.no-overpayment":    {"没有这笔错发", "看清单：almoner recovery list --all"},
		"beneficiary.overpayment-void":  {"这笔错发已经撤销", "不需要追回"},
		"beneficiary.received-on":       {"没有写到账日期", "加 --on，写到账的那一天"},
		"beneficiary.recover-amount":    {"退款金额不对，或多于未追回的余额", "写大于 0.00、不超过余额的金额；多退的还给本人"},
		"beneficiary.voucher":           {"凭证号不对", "照凭证原样写，不超过 40 个字，中间不留空格"},
		"beneficiary.voucher-used":      {"这个凭证号已在这笔错发上登记过，内容不同", "核对凭证；另一笔款有另一个凭证号"},
		"projections.no-overpayment":    {"没有这笔错发", "看清单：almoner recovery list --all"},
		"recovery.fund-year":            {"资金年度不对", "写到账的年度；该年度已结清的，写以后的年度，不晚于今年"},
		"recovery.other-finance":        {"这笔钱是另一个财政单位付的", "请该单位的人员登记"},
		"clock.behind":                  {"本机时钟比最新一条记录还早，不能写入", "校准时钟，或等到时间过去"},
		"clock.simulated-only":          {"真实台账不接受指定的时刻", "去掉 --now 和环境变量 ALMONER_NOW"},
		"command.other-content":         {"同一操作编号已用于别的内容", "新的请求用新的 --command-id"},
		"exception.accounts":            {"账户已封存，这里无法比对", "不做 shared-account，或在有密钥的地方检查"},
		"exception.days":                {"天数不对", "写大于 0 的天数"},
		"exception.test":                {"没有这项检查", "看 almoner exception list"},
		"report.format":                 {"没有这种形式", "选 xlsx 或 html"},
		"report.kind":                   {"没有这种报表", "看 almoner report list"},
		"report.masked-only":            {"这种报表没有可以不打码的内容", "去掉 --unmasked"},
		"report.no-request":             {"当时没有这份拨款报告", "看 almoner fund list，或换一个时刻"},
		"report.no-rulebook":            {"当时没有生效的政策规则", "先发布政策规则，或换一个时刻"},
		"report.no-run":                 {"当时没有这样的发放批次", "看 almoner payrun list，或换一个时刻"},
		"report.not-prepared":           {"清册还没有造好", "先办 almoner payrun prepare"},
		"report.notice-masked":          {"公示表一律打码", "单位内部使用请生成花名册（roll）"},
		"report.parameter":              {"这种报表的参数不对", "看 almoner report list 要给哪些参数"},
		"report.which-request":          {"符合的拨款报告不止一份", "用 --request 指明"},
		"report.which-run":              {"符合的批次不止一个", "用 --run 指明"},
		"file.too-large":                {"文件太大", "核对是不是拿错了文件"},
		"key.no-file":                   {"找不到密钥文件", "用 --key 指明，或先制作：almoner key create --out FILE"},
		"key.passphrase-differs":        {"两次输入的口令不一样", "重新开始，两次输入同一个口令"},
		"key.passphrase-missing":        {"需要密钥口令，而这里没有终端可以询问", "加 --passphrase-file FILE，或设 ALMONER_PASSPHRASE"},
		"key.passphrase-short":          {"口令太短", "换一个更长的，例如四五个词"},
		"key.which":                     {"无法确定用哪个密钥", "用 --key 指明密钥文件，或先登记密钥"},
		"ledger.empty":                  {"这里没有台账：还没有任何记录", "新建台账，或指明已有台账的文件夹"},
		"ledger.exists":                 {"这里已经有台账", "换一个文件夹"},
		"ledger.folder-used":            {"文件夹不是空的", "换一个新文件夹；上次新建中断的，先删掉残留的文件夹和主密钥文件"},
		"ledger.none":                   {"这个文件夹里没有台账", "用 --data 指明台账文件夹，或新建：almoner ledger init"},
		"fund.voucher-counted":          {"这个凭证的钱已经进了资金账", "核对凭证号；同一笔钱不登记两次"},
		"fund.amount":                   {"金额不对", "写大于 0.00 的金额，两位小数"},
		"fund.area":                     {"超出您的辖区", "请辖区包含该单位的人员签字"},
		"fund.balance":                  {"可用资金不够", "先登记到账：almoner fund received；或放回别的批次不再需要的预留：almoner fund release"},
		"fund.beyond-appropriation":     {"到账超过该级已下达的指标", "先登记指标文件：almoner fund appropriated"},
		"fund.closed":                   {"该年度资金已结清", "用本年度的资金"},
		"fund.committed":                {"还有资金为批次预留着", "等银行回盘，或放回不再需要的：almoner fund release"},
		"fund.day":                      {"没有写日期", "写单据上的日期"},
		"fund.day-ahead":                {"日期还没到", "写单据上的日期"},
		"fund.document-used":            {"这份指标文件已登记过，内容不同", "核对文件；更正用新的文号"},
		"fund.in-flight":                {"已通知银行付款，退回的资金由回盘放回", "登记回盘文件"},
		"fund.list-changed":             {"批次的名单已重做，拨款报告还是旧的", "重新做：almoner fund request"},
		"fund.not-submitted":            {"批次不在签字中", "先送签：almoner payrun submit"},
		"fund.number":                   {"缺文号或凭证号，或写法不对", "照单据原样写"},
		"fund.other":                    {"这笔资金不是付款单位该项目的", "用同一单位、同一项目的资金"},
		"fund.other-finance":            {"资金属于另一个财政单位", "请该单位的人员办理"},
		"fund.overdrawn":                {"银行付出的比到账的多", "追回错付的，或补登到账"},
		"fund.request-other":            {"拨款报告申请的是另一笔资金", "核对拨款报告编号"},
		"fund.request-unknown":          {"没有这份拨款报告", "先做：almoner fund request"},
		"fund.request-unsigned":         {"拨款报告还没签完", "等签字"},
		"fund.requested":                {"这个批次的拨款报告已在办理", "接着办；有误请下一步签字人退回"},
		"fund.too-late":                 {"区县已签批次，拨款报告要在此之前做", "退回批次重来，或不经报告直接登记指标"},
		"fund.unknown":                  {"没有这笔资金", "看清单：almoner fund list"},
		"fund.unreturned":               {"还有结余，不能结转下年", "先缴回国库：almoner fund return"},
		"fund.voucher-used":             {"这个凭证号已登记过，内容不同", "核对凭证号、金额和日期"},
		"fund.year":                     {"年度不对", "写本台账期间的年度"},
		"payrun.not-committed":          {"资金还没有为这个批次预留够，财政不能签发", "财政经办先预留：almoner fund commit"},
		"projections.no-fund":           {"没有这笔资金或拨款报告", "看清单：almoner fund list、almoner fund requests"},
		"office.unknown":                {"没有这个单位", "核对单位编号，或先设立单位"},
		"office.not-open":               {"单位在这一天还没有设立", "从单位设立之日起授予"},
		"office.exists":                 {"单位编号已被使用，内容不同", "改用另一个编号"},
		"office.level-area":             {"层级与区划代码不相称", "改正层级或区划代码"},
		"officer.unknown":               {"没有这位人员", "核对人员编号，或先任命"},
		"officer.no-capacity":           {"今天没有可办此事的职责", "以所任职责办理，或先授予职责"},
		"officer.capacity-needed":       {"这项职责不能办此事", "以相应职责办理"},
		"officer.capacity":              {"没有这种职责", "从所列职责中选"},
		"officer.capacity-area":         {"职责与单位的层级不相称", "在同级单位授予"},
		"officer.granter":               {"无权授予", "请根人员或有人事职责（county.personnel）的人员办理"},
		"officer.granter-area":          {"超出授予人的辖区", "请根人员或该辖区的人事办理"},
		"officer.self-grant":            {"不能给自己授权", "请另一位授予人签字"},
		"officer.separation":            {"同一人不得兼任资格审核与付款的职责", "先收回其一，或授予他人"},
		"officer.no-key":                {"这个密钥没有登记在该人员名下", "用登记过的密钥签字，或先登记"},
		"officer.key-revoked":           {"密钥已吊销", "换用另一个密钥，或登记新密钥"},
		"officer.key-shared":            {"这个密钥已登记在别人名下", "每人使用自己的密钥"},
		"payrun.unknown":                {"没有这个批次", "列出批次，复制编号"},
		"projections.no-payrun":         {"没有这个批次", "列出批次，复制编号"},
		"projections.no-person":         {"台账里没有这个对象", "核对对象编号，或用 person find 查找"},
		"payrun.not-prepared":           {"还没有造表", "先造表：almoner payrun prepare"},
		"payrun.not-preparing":          {"现在不能造表", "看批次现状：almoner payrun show"},
		"payrun.not-released":           {"批次还没有签发", "等最后一步签字"},
		"payrun.instructed":             {"已通知银行付款，不能再改", "以银行回盘为准处理"},
		"payrun.no-line":                {"没有这一行", "在明细中核对行号"},
		"payrun.empty":                  {"名单是空的，没有可送签的内容", "核对名册和发放期"},
		"payrun.outcome":                {"批次只能签字或退回，不能否决", "有异议就退回，写明原因"},
		"person.none":                   {"台账里查不到此人", "核对输入；更正过的号码新旧都能查到"},
		"rulebook.unpublished":          {"该项目在此地没有生效的政策规则", "先发布：almoner rulebook publish FILE"},
		"rulebook.lowers":               {"新版会降低已发单元的标准", "确需降低的，用 --lowers 写明原因代码并签字"},
		"rulebook.not-shipped":          {"程序没有附带这份规则", "看清单：almoner rulebook shipped"},
		"rulebook.source":               {"规则文件有问题", "按每行所说修改后再来"},
		"rulebook.awaiting":             {"上一版正在签字", "等它签完，或先退回"},
		"serve.loopback":                {"这个地址别人也能连上，而本版还没有登录", "只监听 127.0.0.1 或 ::1"},
		"serve.address":                 {"监听地址不对", "写成 主机:端口，如 127.0.0.1:8080"},
		"rulebook.region":               {"政策规则在本台账的适用范围超出您的辖区", "由辖区涵盖整个适用范围的人员办理；只管其中一部分的，规则的 region 写那一部分"},
		"sign-off.handler-step":         {"本事项由您经办，经办人只签经办这一步，不论用哪个账号", "请另一位人员签这一步"},
		"sign-off.handler-unknown":      {"其间有别的账号经办过本事项，尚未查明是谁的账号", "重新查看，再签现在的内容"},
		"sign-off.not-awaiting":         {"这里没有等待签字的内容", "看现状：可能未送签、被退回、已签完或已撤回"},
		"sign-off.submitted":            {"已经送签", "等各步签字，或请上级退回"},
		"sign-off.step-order":           {"还没轮到这一步", "等轮到的人签，或以该步的职责签字"},
		"sign-off.one-person-one-step":  {"您已签过另一步，一人只签一步", "请另一位人员签这一步"},
		"sign-off.area":                 {"超出您的辖区", "请辖区内的人员签字"},
		"sign-off.own-family":           {"涉及您本人或亲属，应当回避", "请另一位人员签字"},
		"sign-off.scope":                {"这一步不是按这个范围签字", "按所列范围签字"},
		"sign-off.scope-complete":       {"这个范围已签齐", "无需再签"},
		"sign-off.seen":                 {"您签的内容与现在的不一致", "重新查看后再签"},
		"sign-off.signature":            {"签名验证不通过", "用登记的密钥重签"},
		"sign-off.signature-form":       {"签名文件不是 base64", "原样签声明文件：almoner key sign FILE --key KEYFILE"},
		"sign-off.statement":            {"声明文件不对", "用 --statement-only 重新取得声明，原样签字"},
		"sign-off.other-key":            {"声明是给另一个密钥的", "用声明中的密钥签，或重新取得声明"},
		"sign-off.reason":               {"退回需要原因", "写明原因代码"},
		"sign-off.send-back-to":         {"只能退回到前面的步骤", "改正 --to"},
		"store.engine":                  {"本版只支持文件夹里的台账，集群以后提供", "用 --data DIR，不加 --store"},
		"api.token-unknown":             {"没有这个令牌", "列出令牌，复制编号"},
		"import.unknown":                {"没有这次导入", "列出导入，复制编号"},
		"import.same-file":              {"同一个文件已经导入过", "看那次导入；确需重新导入先撤回它"},
		"import.command-taken":          {"这次操作没有做完，同一个文件已由别的操作导入过", "换一个操作编号重做"},
		"import.written-elsewhere":      {"这次导入正由另一个进程写入", "用同一个操作编号重做一次"},
		"import.bad-rows":               {"有的行有问题", "改正文件中的这些行；只收好的行用 --accept-good --commit"},
		"case.unknown":                  {"没有这个事项", "列出事项，复制编号"},
		"case.problems":                 {"有问题，事项还不能发起", "按所列问题改正后再试算"},
		"case.person":                   {"没有说明是谁", "给出身份证号或对象编号"},
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
