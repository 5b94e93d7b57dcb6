package bankfile

// Field says what a column of a file holds.
type Field string

// The fields, all of them. The table in fieldTable says what each is and where it may stand.
const (
	FieldLine           Field = "line"
	FieldPayRef         Field = "pay-ref"
	FieldAccount        Field = "account"
	FieldHolder         Field = "holder"
	FieldAmount         Field = "amount"
	FieldBank           Field = "bank"
	FieldProvince       Field = "bank-province"
	FieldCity           Field = "bank-city"
	FieldRemark         Field = "remark"
	FieldCitizen        Field = "citizen-number"
	FieldPhone          Field = "phone"
	FieldVillage        Field = "village"
	FieldStandard       Field = "standard"
	FieldUnits          Field = "units"
	FieldResult         Field = "result"
	FieldReason         Field = "reason"
	FieldSide           Field = "side"
	FieldBookedOn       Field = "booked-on"
	FieldSerial         Field = "serial"
	FieldBatch          Field = "batch"
	FieldDate           Field = "date"
	FieldProgramme      Field = "programme"
	FieldPurpose        Field = "purpose"
	FieldPayerAccount   Field = "payer-account"
	FieldPayerName      Field = "payer-name"
	FieldPayerBank      Field = "payer-bank"
	FieldLines          Field = "lines"
	FieldTotal          Field = "total"
	FieldSettledLines   Field = "settled-lines"
	FieldSettledTotal   Field = "settled-total"
	FieldUnsettledLines Field = "unsettled-lines"
	FieldUnsettledTotal Field = "unsettled-total"
	FieldConstant       Field = "constant"
	FieldBlank          Field = "blank"
	FieldIgnored        Field = "ignored"
)

// place is a set of places where a field may stand.
type place uint8

const (
	inOut    place = 1 << iota // a column of the lines of a file to the bank
	inBack                     // a column of the lines of a file from the bank
	inRecord                   // a column of a header or trailer record
)

// form is how the text of a field is read.
type form uint8

const (
	formText form = iota
	formCount
	formMoney
	formDay
	formAccount
	formName
	formRef
	formCode
	formNothing
)

// fieldSpec is one row of the table of fields.
type fieldSpec struct {
	field    Field
	where    place
	form     form
	personal bool // a Problem masks it
	zh, en   string
}

// fieldTable lists the fields in the order of the documents.
func fieldTable() []fieldSpec {
	const all = inOut | inBack | inRecord
	return []fieldSpec{
		{FieldLine, inOut | inBack, formCount, false, "序号", "running number in the file, from 1; not used for matching"},
		{FieldPayRef, inOut | inBack, formRef, false, "付款附言", "our payment reference, 16 characters; in a return file it is also found inside other text"},
		{FieldAccount, inOut | inBack, formAccount, true, "收款账号", "account paid to, 8 to 32 digits"},
		{FieldHolder, inOut | inBack, formName, true, "收款户名", "holder of that account"},
		{FieldAmount, inOut | inBack, formMoney, false, "金额", "amount of the line"},
		{FieldBank, inOut | inBack, formText, false, "开户行", "bank that keeps the account"},
		{FieldProvince, inOut | inBack, formText, false, "开户行省份", "province of that bank"},
		{FieldCity, inOut | inBack, formText, false, "开户行城市", "city of that bank"},
		{FieldRemark, inOut | inBack, formText, true, "备注", "free text beside the payment reference"},
		{FieldCitizen, inOut | inBack, formText, true, "身份证号", "citizen number of the payee"},
		{FieldPhone, inOut | inBack, formText, true, "手机号", "telephone for the bank's message"},
		{FieldVillage, inOut | inBack, formText, false, "村组", "village and group of the payee"},
		{FieldStandard, inOut | inBack, formMoney, false, "标准", "standard per unit, for information"},
		{FieldUnits, inOut | inBack, formText, false, "数量", "number of units, for information"},
		{FieldResult, inBack, formCode, false, "处理结果", "what the bank did; needs the table `results`"},
		{FieldReason, inBack, formCode, false, "失败原因", "why it did not pay; needs the table `reasons`"},
		{FieldSide, inBack, formCode, false, "借贷", "debit or credit of our account; needs the table `sides`"},
		{FieldBookedOn, inBack, formDay, false, "记账日期", "day on which the bank booked it"},
		{FieldSerial, inBack, formText, false, "银行流水号", "the bank's number of the booking"},
		{FieldBatch, all, formText, false, "批次号", "batch number"},
		{FieldDate, all, formDay, false, "日期", "day of the file"},
		{FieldProgramme, inOut | inBack, formText, false, "补贴项目", "programme"},
		{FieldPurpose, all, formText, false, "用途", "purpose of the payment"},
		{FieldPayerAccount, all, formText, false, "付款账号", "account paid from"},
		{FieldPayerName, all, formText, false, "付款户名", "name of the paying account"},
		{FieldPayerBank, all, formText, false, "付款行", "bank of the paying account"},
		{FieldLines, inRecord, formCount, false, "总笔数", "number of lines; checked"},
		{FieldTotal, inRecord, formMoney, false, "总金额", "sum of all amounts; checked"},
		{FieldSettledLines, inRecord, formCount, false, "成功笔数", "return files: number of lines paid; checked"},
		{FieldSettledTotal, inRecord, formMoney, false, "成功金额", "return files: sum of lines paid; checked"},
		{FieldUnsettledLines, inRecord, formCount, false, "失败笔数", "return files: number of lines not paid; checked"},
		{FieldUnsettledTotal, inRecord, formMoney, false, "失败金额", "return files: sum of lines not paid; checked"},
		{FieldConstant, all, formNothing, false, "固定内容", "always the text of `value`; tells header and trailer from lines"},
		{FieldBlank, all, formNothing, false, "空列", "written empty; not read"},
		{FieldIgnored, inBack | inRecord, formNothing, false, "不读", "anything; not read"},
	}
}

func fieldSpecOf(f Field) (fieldSpec, bool) {
	for _, s := range fieldTable() {
		if s.field == f {
			return s, true
		}
	}
	return fieldSpec{}, false
}

// repeatable reports whether several columns may have the field.
func (f Field) repeatable() bool { return f == FieldConstant || f == FieldBlank || f == FieldIgnored }
