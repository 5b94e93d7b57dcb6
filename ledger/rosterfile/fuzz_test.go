package rosterfile

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// FuzzText holds, for any text file: opening and reading end without a panic; whatever is refused says so as a refusal;
// lines only go forward; no problem shows a citizen number that was read; two passes agree.
func FuzzText(f *testing.F) {
	f.Add([]byte("姓名,身份证号,村居\n张某," + womanA + ",张庄\n小计,,\n,,\n李某," + manB + ",\"张\n庄\"\n"))
	f.Add([]byte("\xEF\xBB\xBF姓名\t身份证号\t村居\t子女1姓名\t子女身份证号\n张某\t" + womanA + "\t张庄\t某\t" + childC + "、" + childD + "\n"))
	f.Add([]byte("标题\n姓名,身份证号,村居,账号,户名,起领年月,停领年月,死亡日期\n张某," + womanA + ",张庄,6.2E+18,李某,2021.1,2020-01,2021年2月3日\n"))
	f.Add([]byte("\xD0\xD5\xC3\xFB,\xC9\xED\xB7\xDD\xD6\xA4\xBA\xC5,\xB4\xE5\n\xFE\x59,1,2\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := Open("f", bytes.NewReader(content), int64(len(content)), Options{Today: domain.MustDate("2026-01-01"), FirstPeriod: domain.MustPeriod("2021-12")})
		if err != nil {
			require.ErrorIs(t, err, domain.Invalid)
			return
		}
		first, n := readFuzzed(t, file)
		again, m := readFuzzed(t, file)
		require.Equal(t, first, again)
		require.Equal(t, n, m)
	})
}

func readFuzzed(t *testing.T, file *File) (Summary, int) {
	t.Helper()
	last, n := 0, 0
	for r, err := range file.Rows() {
		if err != nil {
			require.ErrorIs(t, err, domain.Invalid)
			var refused *domain.RefusedError
			require.True(t, errors.As(err, &refused))
			continue
		}
		n++
		require.Greater(t, r.Line, last)
		last = r.Line
		for _, p := range r.Problems {
			require.NotEmpty(t, p.Rule)
			require.NotEmpty(t, p.Message)
			if r.Number != "" {
				require.False(t, strings.Contains(p.Value, r.Number.Reveal()), p.Rule)
			}
		}
	}
	return file.Summary(), n
}
