package projections

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"

	"almoner/domain"
)

// SampleQuery asks for lines to check by hand. Finance is required, empty Programme and Office do not restrict.
type SampleQuery struct {
	Finance    string
	Programme  string
	Office     string
	Confidence int // in hundredths of a percent: 9500 is 95 %
	Tolerable  int // share of wrong lines that may not go unnoticed, in hundredths of a percent: 100 is 1 %
}

// SampleLine is one instructed line of a sample.
type SampleLine struct {
	Run          string
	Line         int // in the run
	Person       string
	Amount       domain.Money
	Status       string // bankfile.LineStatus
	InstructedAt int64  // log index of the instruction
	Event        string // id of the event that states it
}

// Sample is a random sample of the lines that the bank was told to pay. If every line in it is right, then with the stated
// confidence fewer than Critical lines of the Population are wrong.
type Sample struct {
	LogIndex   int64  // of the read models; a past one through Views.Snapshot
	Seed       string // hex; the running hash over the log up to LogIndex and the question
	Population int
	Critical   int
	Lines      []SampleLine // in order of run and line
}

// hundredPercent is the whole in hundredths of a percent.
const hundredPercent = 10_000

// SampleSize is the smallest number of lines such that, if at least critical of the population are wrong, drawing that many
// without replacement and seeing no wrong one is no more likely than 1 − confidence.
//
// That likelihood is the hypergeometric one, C(N−K, n) / C(N, n) = Π (N−K−i)/(N−i) for i from 0 to n−1, worked out in whole
// numbers. critical is tolerable × N, rounded up and at least 1. A population of 0 has no sample. It refuses with
// sample.confidence and sample.tolerable.
func SampleSize(population, confidence, tolerable int) (size, critical int, err error) {
	switch {
	case confidence < 1 || confidence >= hundredPercent:
		return 0, 0, domain.Refuse(domain.Invalid, "sample.confidence", "a sample gives no confidence of %d hundredths of a percent", confidence).
			WithNext("name one above 0 and below 10000, as 9500 for 95 %%")
	case tolerable < 1 || tolerable >= hundredPercent:
		return 0, 0, domain.Refuse(domain.Invalid, "sample.tolerable", "%d hundredths of a percent is no share of wrong lines", tolerable).
			WithNext("name one above 0 and below 10000, as 100 for 1 %%")
	case population <= 0:
		return 0, 0, nil
	}
	critical = max(1, int((int64(population)*int64(tolerable)+hundredPercent-1)/hundredPercent))
	missed, all := big.NewInt(hundredPercent), big.NewInt(int64(hundredPercent-confidence))
	for missed.Cmp(all) > 0 { // at n = N − K + 1 nothing is missed any more
		missed.Mul(missed, big.NewInt(int64(population-critical-size)))
		all.Mul(all, big.NewInt(int64(population-size)))
		size++
	}
	return size, critical, nil
}

// Sample draws a sample. The same question at the same log index of the same ledger draws the same lines: each line's rank
// is SHA-256 over seed, run and line, and the lowest ranks are drawn. It refuses as SampleSize does, and with
// sample.finance and sample.nothing.
func (v *Views) Sample(ctx context.Context, q SampleQuery) (Sample, error) {
	var out Sample
	err := v.read(ctx, "sample", func(tx *sql.Tx, at stand) error {
		if q.Finance == "" {
			return domain.Refuse(domain.Invalid, "sample.finance", "a sample is drawn from the payments of one finance office").WithNext("name the finance office")
		}
		lines, err := scanAll(ctx, tx, scanSampleLine, `SELECT i.run, i.line, i.person, i.amount, i.status, i.log_index, e.id FROM instructed_v1 i JOIN events_v1 e ON e.log_index = i.log_index
			WHERE i.finance = ?1 AND (?2 = '' OR i.programme = ?2) AND (?3 = '' OR i.office = ?3)`, q.Finance, q.Programme, q.Office)
		if err != nil {
			return err
		}
		size, critical, err := SampleSize(len(lines), q.Confidence, q.Tolerable)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return domain.Refuse(domain.NotFound, "sample.nothing", "the bank was told to pay no such line").
				WithNext("look whether finance office, programme and office are the right ones")
		}
		seed := q.seed(at.status().Hash)
		out = Sample{LogIndex: at.logIndex, Seed: hex.EncodeToString(seed), Population: len(lines), Critical: critical, Lines: drawSample(seed, lines, size)}
		return nil
	})
	return out, err
}

// seed depends on the whole log and on the question, so nobody chooses it.
func (q SampleQuery) seed(hash string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "almoner sample v1\n%s\n%q\n%q\n%q\n%d\n%d\n", hash, q.Finance, q.Programme, q.Office, q.Confidence, q.Tolerable))
	return sum[:]
}

// drawSample takes the lines of the lowest ranks.
func drawSample(seed []byte, lines []SampleLine, size int) []SampleLine {
	type ranked struct {
		rank [sha256.Size]byte
		line SampleLine
	}
	all := make([]ranked, len(lines))
	for i, l := range lines {
		key := append(slices.Clone(seed), l.Run...)
		all[i] = ranked{sha256.Sum256(binary.BigEndian.AppendUint64(key, uint64(l.Line))), l}
	}
	slices.SortFunc(all, func(a, b ranked) int { return bytes.Compare(a.rank[:], b.rank[:]) })
	out := make([]SampleLine, 0, size)
	for _, r := range all[:size] {
		out = append(out, r.line)
	}
	slices.SortFunc(out, func(a, b SampleLine) int { return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Line, b.Line)) })
	return out
}

func scanSampleLine(r *sql.Rows) (l SampleLine, err error) {
	var amount int64
	var id []byte
	if err := r.Scan(&l.Run, &l.Line, &l.Person, &amount, &l.Status, &l.InstructedAt, &id); err != nil {
		return l, err
	}
	l.Amount = domain.Fen(amount)
	l.Event, err = textID(id)
	return l, err
}
