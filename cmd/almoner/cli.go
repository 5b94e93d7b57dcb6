package main

import "github.com/alecthomas/kong"

// Global are the flags of every verb.
type Global struct {
	Data   string `help:"台账所在文件夹|folder of the embedded ledger" env:"ALMONER_DATA" placeholder:"DIR" group:"ledger"`
	Store  string `help:"集群地址 esdb://…（尚未提供）|a cluster, esdb://… (not available yet)" env:"ALMONER_STORE" placeholder:"URL" group:"ledger"`
	Master string `help:"主密钥文件，默认 DIR.master，在台账文件夹之外|master key file, DIR.master by default, outside the folder" env:"ALMONER_MASTER" placeholder:"FILE" group:"ledger"`
	Now    string `help:"模拟台账的时刻（RFC 3339）；真实台账拒绝|the instant in a simulated ledger (RFC 3339); a real one refuses it" env:"ALMONER_NOW" placeholder:"INSTANT" group:"ledger"`

	As             string `help:"以哪位人员的身份办理|the officer who acts" env:"ALMONER_AS" placeholder:"OFFICER" group:"actor"`
	Office         string `help:"代表哪个单位（默认：唯一适用的那个）|the office acted for (default: the only one that fits)" name:"for-office" placeholder:"OFFICE" group:"actor"`
	Capacity       string `help:"以什么职责（默认：唯一适用的那个）|the capacity acted in (default: the only one that fits)" placeholder:"CAPACITY" group:"actor"`
	Key            string `help:"签字密钥文件，默认 DIR/keys/人员.key|key file to sign with, DIR/keys/OFFICER.key by default" env:"ALMONER_KEY" placeholder:"FILE" group:"actor"`
	PassphraseFile string `help:"口令文件的第一行；也可用环境变量 ALMONER_PASSPHRASE，否则在终端询问|first line is the passphrase; or ALMONER_PASSPHRASE, else the terminal asks" env:"ALMONER_PASSPHRASE_FILE" placeholder:"FILE" group:"actor"`
	CommandID      string `help:"本次操作的编号，用同一编号重做不会重复（默认随机）|id of this command; the same id never acts twice (default: random)" placeholder:"ID" group:"actor"`

	JSON       bool   `help:"结果输出为 JSON|results as JSON" name:"json" group:"output"`
	Lang       string `help:"语言|language" enum:"zh,en" default:"zh" env:"ALMONER_LANG" group:"output"`
	NoProgress bool   `help:"不显示进度|no progress bar" group:"output"`
}

// cli is the whole grammar: the nouns, in the order of an office's work.
type cli struct {
	Global

	Ledger     ledgerCmd     `cmd:"" help:"台账|the ledger"`
	Office     officeCmd     `cmd:"" help:"单位|offices"`
	Officer    officerCmd    `cmd:"" help:"人员与职责|officers and their capacities"`
	Key        keyCmd        `cmd:"" name:"key" help:"签字密钥|signing keys"`
	Rulebook   rulebookCmd   `cmd:"" help:"政策规则|rulebooks"`
	Import     importCmd     `cmd:"" help:"名单导入|rosters"`
	Case       caseCmd       `cmd:"" help:"事项|cases"`
	Roll       rollCmd       `cmd:"" help:"名册|the roll"`
	Payrun     payrunCmd     `cmd:"" help:"发放批次（清册）|pay runs"`
	Fund       fundCmd       `cmd:"" help:"资金（指标、到账、预留、缴回）|the money that pays runs"`
	Bankfile   bankfileCmd   `cmd:"" help:"银行文件（代发、回盘）|bank files: sent and received"`
	Recovery   recoveryCmd   `cmd:"" help:"错发多发与追回|overpayments and their recovery"`
	Month      monthCmd      `cmd:"" help:"账期（对账、结账、反结账）|book months: reconcile, close, reopen"`
	Accounting accountingCmd `cmd:"" help:"记账（凭证、日记账）|double entry: vouchers and a journal"`
	Totals     totalsCmd     `cmd:"" help:"汇总|totals"`
	Report     reportCmd     `cmd:"" help:"报表（花名册、清册、公示表等）|papers: rolls, pay lists, notices and the like"`
	Exception  exceptionCmd  `cmd:"" help:"审计抽查|audit checks"`
	Work       workCmd       `cmd:"" help:"待办|what waits for an officer"`
	Person     personCmd     `cmd:"" help:"对象|beneficiaries"`
	Store      storeCmd      `cmd:"" help:"存储|the event store"`
	Rebuild    rebuildCmd    `cmd:"" help:"从事件重建查询库|build the read models again from the events"`
	Token      tokenCmd      `cmd:"" help:"接口令牌|tokens of the API"`
	Serve      serveCmd      `cmd:"" help:"启动服务|serve pages and API"`
	Demo       demoCmd       `cmd:"" help:"建演示台账（虚构数据、模拟时钟）并启动服务|build the demo ledger (synthetic people, simulated clock) and serve it"`
}

// newParser makes the parser of the grammar in a language.
func newParser(c *cli, l language, options ...kong.Option) (*kong.Kong, error) {
	options = append([]kong.Option{
		kong.Name("almoner"),
		kong.Description("惠民补贴台账：逐级签字、可回溯、可核对、可离线验证|a ledger of public subsidies: signed level by level, replayable, reconciled, verifiable"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "ledger", Title: l.pick("哪个台账", "Which ledger")},
			{Key: "actor", Title: l.pick("谁在办理", "Who acts")},
			{Key: "output", Title: l.pick("输出", "Output")},
		}),
		speak(l),
	}, options...)
	return kong.New(c, options...)
}
