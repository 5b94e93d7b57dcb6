package payrun

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
)

// The first is frozen: a payRef that was sent to a bank must be found by every later version.
func TestPayRef(t *testing.T) {
	require.Equal(t, "PFKQFRW5Q3K0001F", PayRef("5b0c3a54-2b6e-5d6b-9a3c-1f0a4f6f0001", 1))
	require.Equal(t, "PFKQFRW5Q3KZZZZ0", PayRef("5b0c3a54-2b6e-5d6b-9a3c-1f0a4f6f0001", MaxLines))
	require.Equal(t, 1_048_575, MaxLines)
	require.Panics(t, func() { PayRef(runID, 0) })
	require.Panics(t, func() { PayRef(runID, MaxLines+1) })
	require.NotEqual(t, RunPart("a"), RunPart("b"))
}

func TestParsePayRefRefuses(t *testing.T) {
	good := PayRef(runID, 77)
	zero := payRefMark + RunPart(runID) + "0000"
	zero += string(payRefAlphabet[timesX(payRefRemainder(zero))])
	otherMark := "Q" + good[1:payRefLength-1]
	otherMark += string(payRefAlphabet[timesX(payRefRemainder(otherMark))])
	long := good + "0" // a remainder of 0 times x is 0
	for name, ref := range map[string]string{
		"nothing": "", "too short": good[:15], "too long": long, "lower case": strings.ToLower(good), "line 0": zero, "another mark": otherMark,
		"not ASCII": good[:13] + "补", "a letter that is no digit": good[:5] + "U" + good[6:],
	} {
		t.Run(name, func(t *testing.T) {
			run, line, err := ParsePayRef(ref)
			require.ErrorIs(t, err, domain.Invalid)
			require.ErrorContains(t, err, "payrun.pay-ref")
			require.Zero(t, line)
			require.Empty(t, run)
		})
	}
}

func TestPayRefAndParsePayRefAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run, line := rapid.String().Draw(t, "run"), rapid.IntRange(1, MaxLines).Draw(t, "line")
		ref := PayRef(run, line)
		require.Len(t, ref, 16)
		gotRun, gotLine, err := ParsePayRef(ref)
		require.NoError(t, err)
		require.Equal(t, line, gotLine)
		require.Equal(t, RunPart(run), gotRun)
	})
}

// Every single slip of the pen is found: one wrong character, or any two exchanged, neighbours or not.
func TestPayRefFindsSlips(t *testing.T) {
	good := []byte(PayRef(runID, 1234))
	for i := range good {
		for _, c := range []byte(payRefAlphabet) {
			if slip := []byte(string(good)); c != good[i] {
				slip[i] = c
				_, _, err := ParsePayRef(string(slip))
				require.Error(t, err, "%s", slip)
			}
		}
		for j := range i {
			if slip := []byte(string(good)); good[i] != good[j] {
				slip[i], slip[j] = slip[j], slip[i]
				_, _, err := ParsePayRef(string(slip))
				require.Error(t, err, "%s", slip)
			}
		}
	}
}
