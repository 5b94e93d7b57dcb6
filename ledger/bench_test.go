package ledger_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/ledger"
)

// These benchmarks are of one county with everybody in one list: run them with -benchtime 1x. ALMONER_BENCH_ROWS sets how many
// people there are, -short makes them few.

const benchRows = "ALMONER_BENCH_ROWS"

func rowsOf(b *testing.B) int {
	b.Helper()
	if text := os.Getenv(benchRows); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(b, err)
		return n
	}
	if testing.Short() {
		return 2000
	}
	return 100_000
}

// benchRoster is an opening list of n people who turned 60 in 2021 and were paid elsewhere until its end.
func benchRoster(n int) []byte {
	rows := [][]string{{"姓名", "身份证号", "村居", "户口性质", "婚姻状况", "申报日期", "起领年月", "已发至年月", "开户行", "账号", "户名"}}
	for i := range n {
		birth := domain.MustDate("1961-01-01").AddDays(i / 499 % 364)
		number := countyNumber(strings.ReplaceAll(birth.String(), "-", ""), i%499)
		start := birth.AddYears(60)
		rows = append(rows, []string{"虚构人", number, []string{"东村", "西村"}[i%2], "农业", "丧偶", start.String(), start.MonthPeriod().String(), "2021-12", "农商银行", countyCard(i), "虚构人"})
	}
	return crashCSV(rows)
}

// benchCounty founds a county in a new folder and opens it.
func benchCounty(b *testing.B) *county {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "ledger")
	require.NoError(b, os.Mkdir(dir, 0o700))
	require.NoError(b, foundCounty(context.Background(), dir))
	c, err := openCounty(context.Background(), dir, false, nil)
	require.NoError(b, err)
	c.clock.set(domain.MustDate("2022-01-05"))
	return c
}

func benchRequest(file []byte) ledger.ImportRequest {
	return ledger.ImportRequest{Actor: handlerOf(north), Programme: programme, Office: north, FileName: "opening.csv", File: bytes.NewReader(file), Size: int64(len(file))}
}

// phases reports how many rows a second each part of the work came to, and the seconds of all.
type phases struct {
	b     *testing.B
	start time.Time
	total time.Duration
}

func newPhases(b *testing.B) *phases { return &phases{b: b, start: time.Now()} }

func (p *phases) end(what string, rows int) {
	d := time.Since(p.start)
	p.total += d
	p.b.ReportMetric(float64(rows)/d.Seconds(), what+"/s")
	p.start = time.Now()
}

// BenchmarkImport100k plans a list, commits it, signs it, and carries its effects out; the read models follow at the end.
func BenchmarkImport100k(b *testing.B) {
	rows := rowsOf(b)
	file := benchRoster(rows)
	for b.Loop() {
		b.StopTimer()
		c := benchCounty(b)
		b.StartTimer()
		benchImport(b, c, file, rows)
		b.StopTimer()
		require.NoError(b, c.Close())
		b.StartTimer()
	}
}

func benchImport(b *testing.B, c *county, file []byte, rows int) {
	ctx, p := context.Background(), newPhases(b)
	plan, err := c.ledger.PlanImport(ctx, benchRequest(file), nil)
	require.NoError(b, err)
	require.Equal(b, rows, plan.Accepted, "%v", plan.ByRule)
	p.end("plan-rows", rows)
	out, err := c.ledger.CommitImport(ctx, ledger.Command{Actor: handlerOf(north), ID: "import"}, benchRequest(file), false, nil)
	require.NoError(b, err)
	p.end("commit-rows", rows)
	s := ledger.Subject{Kind: ledger.ImportSubject, ID: out.Import}
	_, err = c.submit(ctx, "submit", handlerOf(north), s)
	require.NoError(b, err)
	p.end("submit-rows", rows)
	_, err = c.signOff(ctx, "sign", headOf(north), s)
	require.NoError(b, err)
	p.end("effect-rows", rows)
	require.NoError(b, c.synced(ctx))
	p.end("read-model-rows", rows)
	b.ReportMetric(p.total.Seconds(), "s")
}

// BenchmarkPrepare100k prepares a pay run of one line for everybody: from the command to the last page durable.
func BenchmarkPrepare100k(b *testing.B) {
	rows := rowsOf(b)
	c := benchCounty(b)
	defer func() { require.NoError(b, c.Close()) }()
	benchImport(b, c, benchRoster(rows), rows)
	b.ResetTimer()
	month := 0
	for b.Loop() {
		b.StopTimer()
		c.clock.set(monthOf(month).First().AddDays(10))
		ctx := context.Background()
		run, _, err := c.ledger.OpenPayrun(ctx, ledger.Command{Actor: handlerOf(north), ID: fmt.Sprint("open-", month)},
			ledger.PayrunRequest{Programme: programme, Office: north, Finance: "finance", Period: monthOf(month), Kind: payrun.Regular})
		require.NoError(b, err)
		b.StartTimer()
		p := newPhases(b)
		s, err := c.ledger.PreparePayrun(ctx, ledger.Command{Actor: handlerOf(north), ID: fmt.Sprint("prepare-", month)}, run, nil)
		require.NoError(b, err)
		require.Equal(b, rows, s.Listing.Totals.Lines)
		p.end("lines", rows)
		b.ReportMetric(p.total.Seconds(), "s")
		b.StopTimer()
		require.NoError(b, c.synced(ctx))
		month++
		b.StartTimer()
	}
}

// BenchmarkDraw decides one draw and encodes it: what the other cores do while the disk is busy. No preparation is faster
// than this times its lines by the number of cores.
func BenchmarkDraw(b *testing.B) {
	book, err := rulebook.Parse([]byte(testSupport))
	require.NoError(b, err)
	const person = "5b8f6a52-6a52-4f6c-9f0e-2f3cf9a0b111"
	stream := beneficiary.Stream(person)
	var s beneficiary.State
	for rev, e := range []domain.Event{
		beneficiary.Registered{How: "citizen-number", Person: person},
		beneficiary.AccountChanged{HolderPerson: person, Person: person, Relation: "self", On: domain.MustDate("2022-01-01")},
		beneficiary.Enrolled{
			Classes: []rulebook.ClassFrom{{From: monthOf(0), Key: rulebook.Key{"home": "alone"}}}, Enrolment: person, FirstUnit: monthOf(0), Group: programme,
			Office: north, Origin: beneficiary.DecidedHere, Person: person, Programme: programme, Region: "340311", Share: "1/1", Unit: beneficiary.PerPerson, Village: north1,
		},
	} {
		s = beneficiary.Evolve(s, domain.Fact{Event: e, ID: person, Revision: int64(rev)})
	}
	meta := codec.Meta{
		At: time.Date(2022, 1, 10, 1, 0, 0, 0, time.UTC), Officer: "north-handler", Office: north, Capacity: "town.handler", Cause: person,
		Command: codec.Command{ID: person, Digest: strings.Repeat("ab", 32)},
	}
	run := beneficiary.Run{Run: person, Office: north, From: monthOf(0), To: monthOf(0)}
	bytes := 0
	for b.Loop() {
		events, err := s.DecideDraw(beneficiary.TakeDraw{Run: run, Enrolment: person, Line: 1, PayRef: payrun.PayRef(person, 1), Draw: person}, book)
		if err != nil {
			b.Fatal(err)
		}
		_, stored, err := codec.Encode(countyID, stream, 3, 0, events[0], meta, nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		bytes = len(stored)
	}
	b.ReportMetric(float64(bytes), "bytes/line")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
