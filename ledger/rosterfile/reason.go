package rosterfile

import "strings"

// ExitReason is the coded reason of an exit (退出原因). The set is the union of the texts in force.
type ExitReason string

// The reasons. Those with recovery of money are decided in the case, not here.
const (
	ReasonDied               ExitReason = "died"
	ReasonMovedOut           ExitReason = "moved-out"
	ReasonMoreChildren       ExitReason = "more-children"
	ReasonChildRecovered     ExitReason = "child-recovered"
	ReasonConfirmedByMistake ExitReason = "confirmed-by-mistake"
	ReasonAgeEnded           ExitReason = "age-ended"
	ReasonHukouChanged       ExitReason = "hukou-changed"
	ReasonEmigrated          ExitReason = "emigrated"
	ReasonImprisoned         ExitReason = "imprisoned"
	ReasonCertificate        ExitReason = "certificate-withdrawn"
	ReasonHandedOver         ExitReason = "handed-over"
	ReasonWithdrew           ExitReason = "withdrew"
	ReasonOther              ExitReason = "other"
)

// word is one code with the Chinese words offices write for it; the first is its label.
type word struct {
	code  string
	words []string
}

// exitReasons is the table behind the column 退出原因.
func exitReasons() []word {
	return []word{
		{string(ReasonDied), []string{"死亡", "去世", "亡故", "病故", "身故", "本人死亡", "已死亡", "已故", "注销死亡"}},
		{string(ReasonMovedOut), []string{"户口迁出", "迁出", "迁移", "户籍迁出", "户口迁移", "外迁", "迁往外地"}},
		{string(ReasonMoreChildren), []string{"再生育", "再生育子女", "生育二孩", "生育", "收养子女", "收养", "再生育或收养", "子女数增加", "婚变子女数增加"}},
		{string(ReasonChildRecovered), []string{"子女康复", "康复", "子女残疾康复", "残疾等级降低", "残疾康复"}},
		{string(ReasonConfirmedByMistake), []string{"错误确认", "确认错误", "不符合条件", "不符合政策", "误报", "错报", "虚报", "资格确认有误"}},
		{string(ReasonAgeEnded), []string{"子女超龄", "超龄", "年龄到期", "到龄", "期满", "子女满年龄", "子女年满"}},
		{string(ReasonHukouChanged), []string{"户口性质变更", "农转非", "转为非农", "户籍性质变更", "户口性质变化"}},
		{string(ReasonEmigrated), []string{"出国定居", "户口注销", "定居国外", "注销户口", "移居境外"}},
		{string(ReasonImprisoned), []string{"服刑", "入狱", "收监", "判刑"}},
		{string(ReasonCertificate), []string{"收回光荣证", "光荣证注销", "取消光荣证", "光荣证收回", "注销光荣证"}},
		{string(ReasonHandedOver), []string{"转入其他项目", "转特扶", "转国家奖扶", "转奖扶", "项目转换", "转项"}},
		{string(ReasonWithdrew), []string{"自愿退出", "本人放弃", "放弃", "主动退出", "自愿放弃"}},
		{string(ReasonOther), []string{"其他", "其它", "其他原因", "其它原因"}},
	}
}

func sexWords() []word {
	return []word{{"male", []string{"男", "男性", "M", "1"}}, {"female", []string{"女", "女性", "F", "2"}}}
}

// hukouWords follows the application form: 农业, 非农业, 其他.
func hukouWords() []word {
	return []word{
		{"agricultural", []string{"农业", "农业户口", "农村", "农村居民", "农", "农业家庭户口", "农村户口"}},
		{"non-agricultural", []string{"非农业", "非农业户口", "非农", "城镇", "城镇居民", "城镇户口", "非农业家庭户口"}},
		{"other", []string{"其他", "其它", "居民户口", "居民", "统一居民", "居民家庭户口"}},
	}
}

func marriageWords() []word {
	return []word{
		{"never-married", []string{"未婚"}},
		{"married", []string{"已婚", "有配偶"}},
		{"first-marriage", []string{"初婚"}},
		{"remarried", []string{"再婚"}},
		{"remarried-same", []string{"复婚"}},
		{"divorced", []string{"离婚", "离异"}},
		{"widowed", []string{"丧偶"}},
	}
}

// relationWords are the relations between the person and the holder of the account. Anything but "self" needs a relation
// recorded with evidence before money goes there.
func relationWords() []word {
	return []word{
		{"self", []string{"本人", "自己"}},
		{"spouse", []string{"配偶", "夫妻", "丈夫", "妻子", "夫", "妻"}},
		{"guardian", []string{"监护人"}},
		{"household-head", []string{"户主"}},
		{"child", []string{"子女", "儿子", "女儿", "子", "女"}},
		{"parent", []string{"父母", "父亲", "母亲", "父", "母"}},
		{"heir", []string{"继承人"}},
		{"other", []string{"其他", "其它"}},
	}
}

func gradeWords() []word {
	return []word{
		{"1", []string{"一级", "1级", "1", "一", "壹级", "Ⅰ级"}},
		{"2", []string{"二级", "2级", "2", "二", "贰级", "Ⅱ级"}},
		{"3", []string{"三级", "3级", "3", "三", "叁级", "Ⅲ级"}},
		{"4", []string{"四级", "4级", "4", "四", "肆级", "Ⅳ级"}},
	}
}

// vocabulary maps the words of the tables, normalised, to codes.
type vocabulary map[string]string

func newVocabulary(table []word) vocabulary {
	v := vocabulary{}
	for _, w := range table {
		for _, s := range w.words {
			v[normalWord(s)] = w.code
		}
	}
	return v
}

// labels lists the first word of each code: what the message tells the clerk to write.
func labels(table []word) string {
	var out []string
	for _, w := range table {
		out = append(out, w.words[0])
	}
	return strings.Join(out, "、")
}
