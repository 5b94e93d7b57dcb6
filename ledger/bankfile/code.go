package bankfile

// Result is what the bank says it did with a line.
type Result string

// The results. The zero value means that the bank said nothing we know: nothing follows from the line.
const (
	Paid     Result = "ok"
	Returned Result = "returned" // not paid, or paid and sent back by the payee's bank (退票)
	Reversed Result = "reversed" // paid and taken back (冲正)
)

// results lists the results with their Chinese labels.
func results() []label {
	return []label{{string(Paid), "成功"}, {string(Returned), "失败、退票"}, {string(Reversed), "冲正"}}
}

// Side is the side of the paying office's account on which the bank booked a line. A payment is a debit. A reversal
// comes either as a debit with a negative amount (红字) or as a credit.
type Side string

// The sides. The zero value means that nothing was booked, or that the layout does not tell.
const (
	Debit  Side = "debit"
	Credit Side = "credit"
)

func sides() []label {
	return []label{{string(Debit), "借方"}, {string(Credit), "贷方"}}
}

// Reason is why a line was returned. The list holds what banks were seen to give; their own words stay beside it.
type Reason string

// The reasons.
const (
	NameMismatch         Reason = "name-mismatch"
	Homophone            Reason = "homophone"
	IDMismatch           Reason = "id-mismatch"
	WrongBank            Reason = "wrong-bank"
	AccountNotFound      Reason = "account-not-found"
	AccountVoid          Reason = "account-void"
	AccountClosed        Reason = "account-closed"
	AccountFrozen        Reason = "account-frozen"
	NotSettlementAccount Reason = "not-settlement-account"
	NotActivated         Reason = "not-activated"
	CardReplaced         Reason = "card-replaced"
	CardInvalid          Reason = "card-invalid"
	KYCIncomplete        Reason = "kyc-incomplete"
	RareCharacter        Reason = "rare-character"
	TooManyBatches       Reason = "too-many-batches"
	OtherReason          Reason = "other"
)

// label is a code with its Chinese words.
type label struct{ code, zh string }

// reasons lists the reasons with their Chinese labels.
func reasons() []label {
	return []label{
		{string(NameMismatch), "户名与账号不符"},
		{string(Homophone), "户名同音字错误"},
		{string(IDMismatch), "证件号码不符"},
		{string(WrongBank), "开户行错误"},
		{string(AccountNotFound), "账户不存在"},
		{string(AccountVoid), "账户作废、无效"},
		{string(AccountClosed), "账户已销户"},
		{string(AccountFrozen), "账户冻结、止付"},
		{string(NotSettlementAccount), "非结算账户"},
		{string(NotActivated), "社保卡金融功能未激活"},
		{string(CardReplaced), "已换新卡（三代社保卡），旧卡号停用"},
		{string(CardInvalid), "卡号错误"},
		{string(KYCIncomplete), "客户身份信息不完整"},
		{string(RareCharacter), "生僻字无法处理"},
		{string(TooManyBatches), "当日批次超限"},
		{string(OtherReason), "其他原因"},
	}
}

// Reasons lists the reasons of the package in the order of the documents.
func Reasons() []Reason {
	var out []Reason
	for _, l := range reasons() {
		out = append(out, Reason(l.code))
	}
	return out
}

// Label gives the Chinese words for a reason, or the reason itself when it is none of Reasons.
func (r Reason) Label() string {
	for _, l := range reasons() {
		if l.code == string(r) {
			return l.zh
		}
	}
	return string(r)
}

func codes(list []label) []string {
	var out []string
	for _, l := range list {
		out = append(out, l.code)
	}
	return out
}
