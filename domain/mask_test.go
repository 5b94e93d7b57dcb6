package domain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPersonalDataIsMaskedInEveryPrintedForm prints each kind of personal data in all the ways that happen by accident.
// The values are synthetic and published as test vectors.
func TestPersonalDataIsMaskedInEveryPrintedForm(t *testing.T) {
	for _, c := range []struct {
		value  any
		reveal string
		secret string // no printed form may hold it
		masked string
	}{
		{CitizenNumber("11010519491231002X"), CitizenNumber("11010519491231002X").Reveal(), "19491231", "110105****002X"},
		{DisabilityCertificate("11010519491231002X43"), DisabilityCertificate("11010519491231002X43").Reveal(), "19491231", "110105****002X****"},
		{AccountNumber("6217000000000000004"), AccountNumber("6217000000000000004").Reveal(), "000000000", "621700****0004"},
		{AccountNumber("123456789"), AccountNumber("123456789").Reveal(), "12345", "****6789"},
		{AccountNumber("123456789012345"), AccountNumber("123456789012345").Reveal(), "123456", "****2345"},
		{PersonName("欧阳测试"), PersonName("欧阳测试").Reveal(), "测试", "欧*"},
	} {
		require.Contains(t, c.reveal, c.secret)
		type holder struct{ V any }
		printed := []string{fmt.Sprint(c.value), fmt.Sprint(holder{c.value}), fmt.Sprint([]any{c.value}), fmt.Sprint(map[any]int{c.value: 1})}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x", "%10s", "%.99s", "%!", "%U"} {
			printed = append(printed, fmt.Sprintf(verb, c.value), fmt.Sprintf(verb, holder{c.value}))
		}
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", c.value)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", c.value)
		body, err := json.Marshal(map[string]any{"v": c.value})
		require.NoError(t, err)
		printed = append(printed, out.String(), string(body), fmt.Errorf("for %v", c.value).Error())
		if g, ok := c.value.(fmt.GoStringer); ok {
			printed = append(printed, g.GoString())
		}
		text, err := c.value.(interface{ MarshalText() ([]byte, error) }).MarshalText()
		require.NoError(t, err)
		printed = append(printed, string(text))
		for _, s := range printed {
			require.NotContains(t, s, c.secret)
			require.NotContains(t, strings.ToLower(s), fmt.Sprintf("%x", c.secret))
		}
		require.Equal(t, c.masked, fmt.Sprint(c.value))
		require.JSONEq(t, `{"v":"`+c.masked+`"}`, string(body))
	}
}

func TestMasksInTables(t *testing.T) {
	n := PersonName("张三")
	require.Equal(t, "    张*|张*    |\"张*\"", fmt.Sprintf("%6v|%-6v|%q", n, n, n))
}

func TestMaskOfValuesThatWereNeverParsed(t *testing.T) {
	require.Equal(t, "", CitizenNumber("").String())
	require.Equal(t, "****", CitizenNumber("1234567").String())
	require.Equal(t, "", DisabilityCertificate("").String())
	require.Equal(t, "****", DisabilityCertificate("123").String())
	require.Equal(t, "", PersonName("").String())
	require.Equal(t, "****", AccountNumber("1").String())
}

// TestPersonalDataIsCheckedWhereverItIsDecoded: a request is decoded straight into these types.
func TestPersonalDataIsCheckedWhereverItIsDecoded(t *testing.T) {
	var request struct {
		Number      CitizenNumber
		Certificate DisabilityCertificate
		Account     AccountNumber
		Name        PersonName
	}
	require.NoError(t, json.Unmarshal([]byte(`{"Number":"110105491231002","Certificate":"11010519491231002x43","Account":"6217 0000 0000 0000 004","Name":" 张三 "}`), &request))
	require.Equal(t, "11010519491231002X", request.Number.Reveal())
	require.Equal(t, "11010519491231002X43", request.Certificate.Reveal())
	require.Equal(t, "6217000000000000004", request.Account.Reveal())
	require.Equal(t, "张三", request.Name.Reveal())
	for _, masked := range []string{`{"Number":"110105****002X"}`, `{"Certificate":"110105****002X****"}`, `{"Account":"621700****0004"}`, `{"Name":"张*三\u0000"}`} {
		require.ErrorIs(t, json.Unmarshal([]byte(masked), &request), Invalid, "what is masked cannot come back as a value")
	}
}
