package projections

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almoner/domain"
	"almoner/domain/beneficiary"
)

// ExceptionTest is the stable code of a standing test that an auditor runs (疑点).
type ExceptionTest string

// The tests.
const (
	PaidAfterDeath    ExceptionTest = "paid-after-death"
	PaidTwice         ExceptionTest = "paid-twice"
	OffStandard       ExceptionTest = "off-standard"
	EligibleButAbsent ExceptionTest = "eligible-but-absent"
	Overdue           ExceptionTest = "overdue"
	ReturnUnpaid      ExceptionTest = "return-unpaid"
	SharedAccount     ExceptionTest = "shared-account"
)

// Citation is the public source that a test rests on.
type Citation struct {
	Title  string
	Source string // where it was read; empty: no source was found, and Title says so
}

// ExceptionKind is what one test asks, and why.
type ExceptionKind struct {
	Test  ExceptionTest
	Zh    string
	En    string
	Cites []Citation
}

// ExceptionKinds lists the tests in the order in which they run.
func ExceptionKinds() []ExceptionKind {
	return []ExceptionKind{
		{PaidAfterDeath, "人已死亡，最后应发期之后仍有已签发的发放", "somebody died and units after the last one due stand paid in released runs", []Citation{
			{"梓潼县：2013 年死亡，2014—2016 年照发奖扶金 2,880 元", "m.yybnet.net/mianyang/zitong/201808/7907557.html"},
			{"辽宁公安厅答复：火化与户籍比对，约 14 万人死亡未销户", "gat.ln.gov.cn/.../17B4417CB8E34EDCA5F55793480FF76D"},
		}},
		{PaidTwice, "同一人同一期发放两次，或在互斥的项目、两地重复享受，或同一子女的名额被两人足额享受", "one unit of a person paid twice, or in two programmes or areas that exclude each other, or one child's slot paid beyond its whole", []Citation{
			{"江城县 2020 年名单第 2 行与第 24 行为同一人，15 位与 18 位号码各发一次", "www6ccc.com/html/2023/xinfangjubao_0724/121997.html"},
		}},
		{OffStandard, "发放金额与当期类别的标准不符", "what was paid for a unit is not the dated rate of its class", []Citation{
			{"财社〔2022〕49号：2022 年 7 月起的标准", "bblzh.gov.cn/zfxxgk/public/49531/52377175.html"},
			{"固镇县 2024 年公布的标准两类互换", "guzhen.gov.cn/zfxxgk/public/29641/51300511.html"},
		}},
		{EligibleButAbsent, "在册应发，但覆盖当期的已签发批次中既无发放也无缓发；或已认定合格而未纳入", "on the roll and due, but in no released run that covers the unit, neither listed nor held; or decided eligible and not enrolled", []Citation{
			{"竹溪县审计：少发特扶金", "zhuxi.gov.cn/.../t20240424_4516561.shtml"},
		}},
		{Overdue, "已过发放日，应发而未在已签发批次中发放", "due, past the payout day, and in no released run", []Citation{
			{"海州区奖扶发放规定：12 月 31 日前发放", "m.kidbbs.com/baike/techan/885820.html"},
		}},
		{ReturnUnpaid, "退票之后逾期未再发放", "came back from the bank and was not paid again in time", []Citation{
			{"汕头：发放失败后更正资料、推送台账、再次发放", "shantou.gov.cn/stsshbxjj/zwgk/bsfw/bmfw/content/post_1824351.html"},
			{"天数由审计人员设定，默认 30 天；未找到统一规定 · the days are the auditor's choice; no rule was found", ""},
		}},
		{SharedAccount, "一个账户被几名对象使用，或账户属于他人而未登记关系", "one account used by several payees, or somebody else's account without a recorded relation", []Citation{
			{"财办〔2020〕37号：补贴须发到本人账户", "xxgk.jccq.gov.cn/.../t20230316_1762759.shtml"},
			{"盐亭：经办人把死者家庭的钱发到自己丈夫的存折", "m.zgkjsz.com/page/2020/1118/11118066.shtml"},
		}},
	}
}

// ExceptionQuery asks the tests. Empty fields do not restrict.
type ExceptionQuery struct {
	Tests     []ExceptionTest // none: all; shared-account only where Accounts is given
	Programme string
	Office    string
	AsOf      domain.Date // facts effective and runs released up to this day; zero: the day of the newest entry
	Days      int         // a return may wait so many days; 0: 30
	// Accounts gives for each account, named by its event and that event's revision, a token that is equal for equal accounts and
	// says nothing else; empty where the account cannot be opened any more. Accounts are sealed: who holds the keys compares them.
	Accounts func(ctx context.Context, asked []beneficiary.Sight) ([]string, error)
}

// ExceptionFinding is one case that a test found: a lead to be looked into, not a verdict.
type ExceptionFinding struct {
	Test      ExceptionTest
	Person    string
	Programme string
	Office    string
	Run       string // empty: about no line
	Line      int
	Unit      domain.Period
	Amount    domain.Money
	Events    []string // ids of the events that show it
	Zh, En    string
}

// Exceptions is what the tests found, in the order of tests, persons, units and runs.
type Exceptions struct {
	LogIndex int64
	AsOf     domain.Date
	Tests    []ExceptionTest
	Findings []ExceptionFinding
}

const defaultReturnDays = 30

// Exceptions runs the tests over the events taken in. To ask what they would have found when less was known, ask a
// Snapshot. It refuses with exception.test, exception.days and exception.accounts.
func (v *Views) Exceptions(ctx context.Context, q ExceptionQuery) (Exceptions, error) {
	var out Exceptions
	tests, err := q.tests()
	if err != nil {
		return out, err
	}
	err = v.read(ctx, "exception tests", func(tx *sql.Tx, at stand) error {
		if q.AsOf.IsZero() {
			q.AsOf = domain.DateOf(time.UnixMicro(at.at))
		}
		x := newExaminer(ctx, tx, q, tests)
		if err := x.run(); err != nil {
			return err
		}
		out = Exceptions{LogIndex: at.logIndex, AsOf: q.AsOf, Tests: tests, Findings: x.findings}
		return nil
	})
	slices.SortStableFunc(out.Findings, func(a, b ExceptionFinding) int {
		return cmp.Or(cmp.Compare(slices.Index(tests, a.Test), slices.Index(tests, b.Test)), cmp.Compare(a.Person, b.Person),
			a.Unit.Compare(b.Unit), cmp.Compare(a.Run, b.Run), cmp.Compare(a.Line, b.Line))
	})
	return out, err
}

// tests are those asked for, in their own order.
func (q *ExceptionQuery) tests() ([]ExceptionTest, error) {
	known := ExceptionKinds()
	for _, t := range q.Tests {
		if !slices.ContainsFunc(known, func(k ExceptionKind) bool { return k.Test == t }) {
			return nil, domain.Refuse(domain.NotFound, "exception.test", "there is no test %.40q", string(t)).WithNext("take a code from the list of tests")
		}
	}
	switch {
	case q.Days < 0:
		return nil, domain.Refuse(domain.Invalid, "exception.days", "a return cannot wait %d days", q.Days).WithNext("name a number of days above 0")
	case q.Days == 0:
		q.Days = defaultReturnDays
	}
	if slices.Contains(q.Tests, SharedAccount) && q.Accounts == nil {
		return nil, domain.Refuse(domain.Invalid, "exception.accounts", "accounts are sealed and nobody here can compare them").
			WithNext("leave the test shared-account out, or ask where the keys are")
	}
	var out []ExceptionTest
	for _, k := range known {
		if len(q.Tests) == 0 && (k.Test != SharedAccount || q.Accounts != nil) || slices.Contains(q.Tests, k.Test) {
			out = append(out, k.Test)
		}
	}
	return out, nil
}

// says fills in the two sentences.
func (f ExceptionFinding) says(zh, en string, args ...any) ExceptionFinding {
	f.Zh, f.En = fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)
	return f
}
