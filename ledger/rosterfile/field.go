package rosterfile

// Field is the stable name of what a column holds.
type Field string

// The fields a roster column can hold. Their headers are in fieldTable.
const (
	FieldSerial              Field = "serial"
	FieldName                Field = "name"
	FieldSex                 Field = "sex"
	FieldNumber              Field = "number"
	FieldBirth               Field = "birth"
	FieldSpouseName          Field = "spouse-name"
	FieldSpouseNumber        Field = "spouse-number"
	FieldChildName           Field = "child-name"
	FieldChildNumber         Field = "child-number"
	FieldChildBirth          Field = "child-birth"
	FieldChildSex            Field = "child-sex"
	FieldChildDiedOn         Field = "child-died-on"
	FieldChildGrade          Field = "child-disability-grade"
	FieldChildDisability     Field = "child-disability-certificate"
	FieldCertificate         Field = "certificate"
	FieldCertificateOn       Field = "certificate-on"
	FieldDisability          Field = "disability-certificate"
	FieldVillage             Field = "village"
	FieldGroup               Field = "group"
	FieldProgramme           Field = "programme"
	FieldClass               Field = "class"
	FieldHukou               Field = "hukou"
	FieldMarriage            Field = "marriage"
	FieldAppliedOn           Field = "applied-on"
	FieldStart               Field = "start"
	FieldPaidThrough         Field = "paid-through"
	FieldStop                Field = "stop"
	FieldReason              Field = "exit-reason"
	FieldDiedOn              Field = "died-on"
	FieldReportedOn          Field = "reported-on"
	FieldOccurredOn          Field = "occurred-on"
	FieldBank                Field = "bank"
	FieldAccount             Field = "account"
	FieldHolder              Field = "holder"
	FieldHolderRelation      Field = "holder-relation"
	FieldHouseholdHead       Field = "household-head"
	FieldHouseholdHeadNumber Field = "household-head-number"
	FieldRelation            Field = "relation-to-head"
	FieldHousehold           Field = "household"
	FieldShare               Field = "share"
	FieldDocument            Field = "document"
	FieldPhone               Field = "phone"
	FieldAddress             Field = "address"
	FieldHukouAddress        Field = "hukou-address"
	FieldGuardian            Field = "guardian"
	FieldGuardianNumber      Field = "guardian-number"
	FieldHeir                Field = "heir"
	FieldHeirNumber          Field = "heir-number"
	FieldStandard            Field = "standard"
	FieldAmount              Field = "amount"
	FieldNote                Field = "note"
	// FieldUnused marks columns that are well known and deliberately not read: what they say follows from other
	// columns, or is money that only the ledger computes.
	FieldUnused Field = "unused"
)

// form says how a field's cells are read, and therefore how they are masked, formatted in the template and documented.
type form string

const (
	formText   form = "text"    // any text, kept as it stands
	formName   form = "name"    // a person's name
	formNumber form = "number"  // digits that must be text: citizen numbers, accounts, disability certificates
	formPhone  form = "phone"   // short digits, may be numeric
	formDay    form = "day"     // a calendar day
	formMonth  form = "month"   // a calendar month
	formCode   form = "code"    // one of a closed set of Chinese words
	formMoney  form = "money"   // yuan with at most two decimals
	formSkip   form = "skipped" // not read
)

// fieldSpec is one row of the alias table: the only place where headers are known.
type fieldSpec struct {
	field    Field
	form     form
	personal bool     // its values are masked wherever they are shown
	headers  []string // the first is the header of the template
	example  string   // shown in docs and in the template's notes; synthetic
	english  string   // one line for docs/import.md
}

// maxChildren is the number of children a row can carry: the special-assistance form has six places.
const maxChildren = 6

// fieldTable lists every field with the headers offices use for it. Matching ignores spaces, line breaks, asterisks,
// colons, brackets and full-width forms, and reads 孩子, 小孩, 独生子女 and the like as 子女; see normalHeader.
func fieldTable() []fieldSpec {
	return []fieldSpec{
		{FieldSerial, formText, false, []string{"序号", "序", "行号"}, "1", "running number, not kept"},
		{FieldName, formName, true, []string{"姓名", "对象姓名", "本人姓名", "扶助对象姓名", "申请人姓名", "领款人姓名", "受益人姓名"}, "张某", "name of the person paid"},
		{FieldSex, formCode, false, []string{"性别", "本人性别"}, "女", "男 or 女; must agree with the citizen number"},
		{FieldNumber, formNumber, true, []string{"身份证号", "身份证号码", "身份证", "公民身份号码", "公民身份证号码", "居民身份证号", "居民身份证号码", "本人身份证号", "本人身份证号码", "证件号码", "身份证件号码"}, "11010519491231002X", "citizen number, 18 or 15 digits, text cell"},
		{FieldBirth, formDay, true, []string{"出生日期", "出生年月日", "出生时间", "生日", "本人出生日期"}, "1949-12-31", "must agree with the citizen number"},
		{FieldSpouseName, formName, true, []string{"配偶姓名"}, "李某", "spouse's name"},
		{FieldSpouseNumber, formNumber, true, []string{"配偶身份证号", "配偶身份证号码", "配偶身份证", "配偶公民身份号码"}, "440524188001010014", "spouse's citizen number, text cell"},
		{FieldChildName, formName, true, []string{"子女姓名"}, "张小某", "several: 子女1姓名, 子女2姓名 … or one cell separated by 、"},
		{FieldChildNumber, formNumber, true, []string{"子女身份证号", "子女身份证号码", "子女身份证", "子女公民身份号码"}, "", "text cell; several as for names"},
		{FieldChildBirth, formDay, true, []string{"子女出生日期", "子女出生年月日", "子女出生时间", "子女生日"}, "1985-03-02", "several as for names"},
		{FieldChildSex, formCode, false, []string{"子女性别"}, "女", "several as for names"},
		{FieldChildDiedOn, formDay, true, []string{"子女死亡日期", "子女死亡时间", "子女去世日期"}, "2010-05-06", "several as for names"},
		{FieldChildGrade, formCode, true, []string{"子女残疾等级", "子女残疾级别"}, "三级", "1 to 4"},
		{FieldChildDisability, formNumber, true, []string{"子女残疾证号", "子女残疾人证号", "子女残疾证号码"}, "", "20 digits, text cell"},
		{FieldCertificate, formText, true, []string{"光荣证号", "独生子女光荣证号", "独生子女父母光荣证号", "光荣证编号", "光荣证号码", "独生子女证号"}, "", "one-child certificate"},
		{FieldCertificateOn, formDay, false, []string{"光荣证发证日期", "发证日期", "领证日期", "领证时间", "发证时间", "光荣证领证日期", "办证日期"}, "1986-01-15", "day of the one-child certificate"},
		{FieldDisability, formNumber, true, []string{"残疾证号", "残疾人证号", "残疾证号码", "残疾人证号码", "残疾证编号"}, "", "20 digits, text cell; of the person or of a child in the same row"},
		{FieldVillage, formText, false, []string{"村居", "村", "居", "村名", "村居名称", "村居委会", "村委会", "居委会", "行政村", "村社区", "社区", "村代码", "村居代码", "村级代码", "所在村", "所属村", "所在村居", "户籍村", "村别", "村组"}, "张庄村", "village: name or 12-digit code; 村组 is split at the village"},
		{FieldGroup, formText, false, []string{"组", "村民组", "小组", "组别", "村民小组", "居民小组"}, "3组", "villagers' group"},
		{FieldProgramme, formText, false, []string{"项目", "项目名称", "补贴项目", "扶助项目", "奖扶项目"}, "奖励扶助", "programme, if the file mixes several"},
		{FieldClass, formText, false, []string{"类别", "对象类别", "扶助类别", "类别代码", "人员类别", "享受类别"}, "双女户", "class within the programme"},
		{FieldHukou, formCode, false, []string{"户口性质", "户籍性质", "户口类别", "户口类型"}, "农业", "农业, 非农业, 其他"},
		{FieldMarriage, formCode, false, []string{"婚姻状况", "婚姻情况", "婚姻", "婚姻状态"}, "初婚", "未婚, 初婚, 再婚, 复婚, 离婚, 丧偶, 已婚"},
		{FieldAppliedOn, formDay, false, []string{"申报日期", "申请日期", "申报时间", "申请时间"}, "2021-01-10", "day of application"},
		{FieldStart, formMonth, false, []string{"起领年月", "起发年月", "起领时间", "起发时间", "起始年月", "享受起始年月", "开始享受年月", "开始发放年月", "起领日期"}, "2021-06", "first month due"},
		{FieldPaidThrough, formMonth, false, []string{"已发至年月", "已发至", "已领至年月", "已领至", "已发放至", "已发放至年月", "发放截止年月"}, "2021-11", "last month paid before this ledger; empty when never paid"},
		{FieldStop, formMonth, false, []string{"停领年月", "停发年月", "停领时间", "停发时间", "停止发放年月"}, "2022-03", "first month no longer due"},
		{FieldReason, formCode, false, []string{"退出原因", "停发原因", "停领原因", "退出理由", "减少原因"}, "死亡", "see exit reasons below"},
		{FieldDiedOn, formDay, false, []string{"死亡日期", "死亡时间", "去世日期", "亡故日期"}, "2022-02-20", "day of death"},
		{FieldReportedOn, formDay, false, []string{"报告日期", "上报日期", "报告时间", "上报时间"}, "2022-02-25", "day the office learnt of it"},
		{FieldOccurredOn, formDay, false, []string{"发生日期", "迁出日期", "变动日期", "退出日期", "迁出时间"}, "2022-02-20", "day of the event that ends the right"},
		{FieldBank, formText, false, []string{"开户行", "开户银行", "银行", "银行名称", "开户行名称", "发放银行"}, "农商银行", "bank"},
		{FieldAccount, formNumber, true, []string{"账号", "帐号", "银行账号", "银行帐号", "社保卡账号", "社保卡帐号", "社保卡银行账号", "卡号", "银行卡号", "一卡通账号", "一卡通号", "存折账号", "收款账号", "账户", "银行账户"}, "6217000000000000004", "account, 8 to 32 digits, text cell"},
		{FieldHolder, formName, true, []string{"户名", "账户户名", "开户名", "账户名", "账户名称", "开户人", "收款户名", "持卡人", "持卡人姓名"}, "张某", "holder of the account"},
		{FieldHolderRelation, formCode, false, []string{"与户名关系", "户名关系", "户名与对象关系", "与账户人关系", "与持卡人关系", "与开户人关系", "代领关系"}, "本人", "本人, 配偶, 监护人, 户主, 子女, 父母, 继承人, 其他; needed when holder and name differ"},
		{FieldHouseholdHead, formName, true, []string{"户主", "户主姓名"}, "张某", "head of the household"},
		{FieldHouseholdHeadNumber, formNumber, true, []string{"户主身份证号", "户主身份证号码", "户主身份证"}, "", "text cell"},
		{FieldRelation, formText, false, []string{"与户主关系"}, "本人", "relation to the head of the household"},
		{FieldHousehold, formText, false, []string{"家庭编号", "户编号", "户号", "家庭号"}, "H001", "number of the household"},
		{FieldShare, formText, false, []string{"份额", "享受份额", "分配份额"}, "1/2", "1/1 or 1/2 as text; 50% and 0.5 are read"},
		{FieldDocument, formText, false, []string{"文号", "批准文号", "文件号", "批复文号", "依据文号", "文件文号"}, "", "document behind the entry"},
		{FieldPhone, formPhone, true, []string{"电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "联系手机"}, "", "telephone"},
		{FieldAddress, formText, true, []string{"地址", "住址", "家庭住址", "现住址", "家庭地址", "居住地址", "现居住地"}, "", "address"},
		{FieldHukouAddress, formText, true, []string{"户籍地址", "户口所在地", "户籍所在地", "户籍地"}, "", "place of the household register"},
		{FieldGuardian, formName, true, []string{"监护人", "监护人姓名"}, "", "guardian"},
		{FieldGuardianNumber, formNumber, true, []string{"监护人身份证号", "监护人身份证号码", "监护人身份证"}, "", "text cell"},
		{FieldHeir, formName, true, []string{"继承人", "继承人姓名"}, "", "heir of somebody who died, where 与户名关系 says 继承人"},
		{FieldHeirNumber, formNumber, true, []string{"继承人身份证号", "继承人身份证号码", "继承人身份证"}, "", "text cell"},
		{FieldStandard, formMoney, false, []string{"标准", "发放标准", "补助标准", "月标准", "补贴标准"}, "80.00", "for information only: the ledger computes money"},
		{FieldAmount, formMoney, false, []string{"金额", "发放金额", "补助金额", "补贴金额", "发放金额合计"}, "960.00", "for information, except in a grant list"},
		{FieldNote, formText, true, []string{"备注", "说明"}, "", "free text"},
		{FieldUnused, formSkip, false, []string{"年龄", "周岁", "出生年月", "民族", "文化程度", "乡镇", "乡镇街道", "镇", "街道", "县区", "签名", "签字", "领款人签字", "签章", "盖章", "本期月数", "月数", "应发", "补发", "扣减", "实发", "应发金额", "补发金额", "实发金额", "存活男孩", "存活女孩", "现有子女数", "子女数", "配偶性别", "配偶出生日期", "子女年龄"}, "", "known and deliberately not read"},
	}
}

// Kind says what a list is for, and therefore which columns it must have.
type Kind string

// The kinds of list, named as the cases they become.
const (
	Admission     Kind = "admission"      // 新增 and 期初: people entering a programme
	Exit          Kind = "exit"           // 退出: people leaving
	AccountChange Kind = "account-change" // 账户变更
	Grant         Kind = "grant"          // 发放名单: one-off money
)

// Kinds lists all kinds in the order of docs/import.md.
func Kinds() []Kind { return []Kind{Admission, Exit, AccountChange, Grant} }

// label is the Chinese name of the kind, or "" when there is no such kind.
func (k Kind) label() string {
	switch k {
	case Admission:
		return "纳入名单（新增、期初）"
	case Exit:
		return "退出名单"
	case AccountChange:
		return "账户变更名单"
	case Grant:
		return "发放名单"
	}
	return ""
}

// required names the fields that a list of this kind must have as columns and fill in every row.
func (k Kind) required() []Field {
	switch k {
	case Exit:
		return []Field{FieldName, FieldNumber, FieldReason}
	case AccountChange:
		return []Field{FieldName, FieldNumber, FieldBank, FieldAccount}
	case Grant:
		return []Field{FieldName, FieldNumber, FieldAmount}
	default:
		return []Field{FieldName, FieldNumber, FieldVillage}
	}
}
