package bankfile_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/domain/payrun"
)

// fullPage is a page of as many lines as there may be, each as long as it may be.
func fullPage() bankfile.Classified {
	c := bankfile.Classified{BankFile: strings.Repeat("b", 36), Page: 100_000}
	money := domain.MustMoney("-9999999999999.99")
	for i := range bankfile.MaxPage {
		line := 9_999_999 - bankfile.MaxPage + i
		c.Lines = append(c.Lines, bankfile.ClassifiedLine{
			Amount: money, Class: bankfile.DuplicateLine, Draw: strings.Repeat("d", 36), Late: true, Line: line,
			Reason: strings.Repeat("r", 32), Serial: strings.Repeat("\\", 32),
		})
		c.Effects = append(c.Effects, bankfile.Effect{
			Day: domain.MustDate("2022-01-18"), GotBack: money.Neg(), Line: line, Overpaid: money.Neg(), PayRef: payrun.PayRef("r", 1),
			Result: bankfile.ResultReversed,
		})
	}
	return c
}

func TestAFullPageFitsInAnEvent(t *testing.T) {
	page := fullPage()
	stream := bankfile.Stream(page.BankFile)
	stored := encoded(t, stream, page)
	require.Less(t, len(stored), codec.MaxBytes)
	require.Greater(t, len(stored), codec.MaxBytes*3/4, "MaxPage could be larger")

	read, err := codec.DecodeEvent(stored, none)
	require.NoError(t, err)
	require.Equal(t, page, read.Event)
}

func encoded(t *testing.T, stream string, e domain.Event) []byte {
	t.Helper()
	meta := codec.Meta{
		At: time.Date(2022, 1, 18, 9, 0, 0, 0, time.UTC), Officer: strings.Repeat("o", 36), Office: strings.Repeat("f", 36), Capacity: "finance.handler",
		Command: codec.Command{ID: uuid.NewSHA1(uuid.Nil, []byte("command")).String(), Digest: strings.Repeat("0", 64)},
	}
	_, stored, err := codec.Encode(uuid.NewSHA1(uuid.Nil, []byte("ledger")).String(), stream, 3, 0, e, meta, none, bytes.NewReader(nil))
	require.NoError(t, err)
	return stored
}

func none(string) ([]byte, bool, error) { return nil, false, nil }
