package codec

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/genesis"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
)

// The samples are one invented county's records: every person, number, account, telephone, office and key in them is
// made up, with check digits that are right. Nothing in them is random, so the fixtures come out the same on any machine.

const (
	sampleLedger = "6f1d1c0e-3b52-5c1e-9a55-0a6d1f2b7c01"
	sampleOrigin = "ledger.example/huai-2022"
	sampleTown   = "town-1"
	sampleBook   = "rural-reward@340000"
	sampleRun    = "run-2022-01"
	village      = domain.AreaCode("340311100201")
)

var (
	bookSource   = "programme: rural-reward\nregion: \"340000\"\ntitle: {zh: 农村部分计划生育家庭奖励扶助, en: Rural reward}\n"
	bookHash     = "sha256:" + hex.EncodeToString(digest(bookSource))
	wang         = sampleID("person wang")
	li           = sampleID("person li")
	child        = sampleID("person child")
	clerk        = sampleID("person clerk")
	enrolment    = sampleID("enrolment wang")
	draw         = sampleID("draw wang 2022-01")
	account      = sampleID("account wang")
	claim        = sampleID("claim wang")
	over         = sampleID("overpayment wang")
	fileKid      = sampleID("file 1")
	sampleCase   = sampleID("case")
	sampleImport = sampleID("import")
	sampleNotice = sampleID("notice")
	sampleLead   = sampleID("lead")
	month1       = domain.MonthOf(2022, time.January)
	month2       = domain.MonthOf(2022, time.February)
	day          = domain.MustDate
	money        = domain.MustMoney
)

func digest(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

func sampleHex(of string) string { return hex.EncodeToString(digest("hash of ", of)) }

func sample64(of string) string { return base64.StdEncoding.EncodeToString(digest("bytes of ", of)) }

// sampleID is a made-up id that is the same on every run.
func sampleID(of string) string {
	return uuid.NewSHA1(uuid.MustParse(sampleLedger), []byte(of)).String()
}

// sampleDataKey is the synthetic key of a key id; testdata/events/v1/keys.json lists them.
func sampleDataKey(kid string) []byte { return digest("almoner fixture key|", kid) }

func sampleKeys(kid string) ([]byte, bool, error) { return sampleDataKey(kid), true, nil }

// sampleSigner is the synthetic Ed25519 key of an officer.
func sampleSigner(officer string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(digest("almoner fixture signing key|", officer))
}

func samplePublic(officer string) string {
	return "ed25519:" + base64.StdEncoding.EncodeToString(sampleSigner(officer).Public().(ed25519.PublicKey))
}

// sampleRandom is a reader of bytes that look random and are the same on every run.
type sampleRandom struct {
	seed    string
	counter int
	rest    []byte
}

func (r *sampleRandom) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(r.rest) == 0 {
			r.rest = digest("almoner fixture random|", r.seed, "|", fmt.Sprint(r.counter))
			r.counter++
		}
		c := copy(p[n:], r.rest)
		n, r.rest = n+c, r.rest[c:]
	}
	return n, nil
}

// citizen is a made-up citizen number with the right check digit.
func citizen(first17 string) domain.CitizenNumber {
	n, err := domain.ParseCitizenNumber(first17 + string(domain.CheckDigit(first17)))
	if err != nil {
		panic(err)
	}
	return n
}

func wangIdentity() *beneficiary.Identity {
	return &beneficiary.Identity{
		Address: "样例省样例市样例镇样例村1组\t8号", Birth: day("1961-03-15"), Name: "王样例", Number: citizen("34031119610315002"),
		Phone: "19900000001", Sex: domain.Female,
	}
}

func childIdentity() *beneficiary.Identity {
	return &beneficiary.Identity{Birth: day("1986-07-01"), Name: "李样例女", Number: citizen("34031119860701004"), Sex: domain.Female}
}

func wangAccount() *beneficiary.Account {
	return &beneficiary.Account{Bank: "样例农村商业银行", Holder: "王样例", Number: "6217000000000000004"}
}

// sampleWords are texts that must not stand in clear in any fixture.
func sampleWords() []string {
	words := []string{"样例省", "样例农村商业银行", "19900000001", "6217000000000000004", "1961-03-15", "1986-07-01", "王样例", "李样例女", "样例证001", "样例文件.xlsx", "请补交"}
	return append(words, wangIdentity().Number.Reveal(), childIdentity().Number.Reveal())
}

func chain() []signoff.Step {
	return []signoff.Step{
		{Level: signoff.Town, Department: "family-planning", Duty: signoff.Handler, Per: signoff.Whole, Min: 1},
		{Level: signoff.Village, Duty: signoff.Head, Per: signoff.Section, Min: 1},
		{Level: signoff.Finance, Duty: signoff.Head, Per: signoff.Whole, Min: 1},
	}
}

func totals() signoff.Totals {
	return signoff.Totals{Held: 1, Lines: 1, Root: sampleHex("list"), Total: "80.00"}
}

func submission() signoff.Submission {
	return signoff.Submission{
		Round: 1, Rulebook: bookHash, Totals: totals(),
		Sections: []signoff.SectionTotals{{Scope: string(village), Totals: totals()}},
	}
}

// statement is what an officer of the samples signs at step 0 of a subject.
func statement(subject, officer string, outcome signoff.Outcome) signoff.Statement {
	return signoff.Statement{
		Origin: sampleOrigin, Subject: subject, Round: 1, StepName: "town.handler", Scope: signoff.WholeScope, Root: sampleHex("list"), Lines: 1,
		Held: 1, Total: "80.00", Rulebook: bookHash, Previous: "-", Outcome: outcome, Opinion: string(outcome), Officer: officer, Person: clerk,
		Name: "样例经办", Post: "计生办 干事", Capacity: "town.handler", Office: sampleTown, Key: "key-" + officer, At: "2022-01-06T02:00:00.000000Z",
	}
}

// signature signs a text with an officer's synthetic key.
func signature(officer, text string) signoff.Signature {
	return signoff.Signature{
		Alg: signoff.Ed25519, Custody: signoff.OwnDevice, Key: "key-" + officer, Statement: text,
		Sig: base64.StdEncoding.EncodeToString(ed25519.Sign(sampleSigner(officer), []byte(text))),
	}
}

func signed(subject, officer string) signoff.Signed {
	return signoff.Signed{
		Opinion: "agree", Person: clerk, Round: 1, Scope: signoff.WholeScope,
		Signature: signature(officer, statement(subject, officer, signoff.Agree).Text()),
	}
}

// bulkSigned is a signature given once over many subjects.
func bulkSigned(subject string) signoff.Signed {
	return signoff.Signed{
		Bulk: &signoff.Bulk{Index: 0, Path: []string{sampleHex("sibling")}, Signing: sampleID("signing")}, Opinion: "agree", Person: clerk, Round: 1,
		Scope:     string(village),
		Signature: signoff.Signature{Alg: signoff.Ed25519, Custody: signoff.OwnDevice, Key: "key-head", Statement: statement(subject, "head", signoff.Agree).Text()},
		Step:      1,
	}
}

func returned(subject string) signoff.Returned {
	return signoff.Returned{
		Person: clerk, Reason: "papers-missing", Round: 1, Signature: signature("head", statement(subject, "head", signoff.SendBack).Text()), Step: 1,
		Subject: subject, To: 0, Note: &signoff.Note{Text: "请补交\"光荣证\"复印件\n第2页"},
	}
}

func grant(of string) signoff.Grant {
	text := "almoner grant v1\norigin " + sampleOrigin + "\nevent " + of + "\n"
	return signoff.Grant{Granter: "root-1", Signature: signature("root-1", text)}
}

func rootSigned(of string) []genesis.Signed {
	text := "almoner root v1\norigin " + sampleOrigin + "\nevent " + of + "\n"
	return []genesis.Signed{{Key: samplePublic("root-1"), Officer: "root-1", Sig: signature("root-1", text).Sig, Statement: text}}
}

func components() []rulebook.Component {
	return []rulebook.Component{{
		Amount: money("80.00"), Document: "国人口发〔2004〕36号", Fund: "shared", Payer: rulebook.PayerGovernment, Source: "pilot", Status: rulebook.Found,
	}}
}

func class() rulebook.Key { return rulebook.Key{"child": "one-girl", "grade": "2"} }

func basis() rulebook.Basis {
	return rulebook.Basis{AppliedOn: day("2021-11-02"), DecidedOn: day("2021-12-20")}
}
