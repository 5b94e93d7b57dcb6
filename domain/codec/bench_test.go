package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain/beneficiary"
	"almoner/domain/signoff"
)

// regularDrawn is what a month's draw nearly always is: one unit, one component.
func regularDrawn() beneficiary.Drawn {
	d := drawn()
	d.Again, d.Items, d.Recovered = "", d.Items[1:2], money("0.00")
	return d
}

func BenchmarkEncodeDrawn(b *testing.B) {
	d, m := regularDrawn(), meta()
	for b.Loop() {
		if _, _, err := Encode(sampleLedger, "beneficiary-"+wang, 7, 0, d, m, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func encodedDrawn(b *testing.B) []byte {
	_, stored, err := Encode(sampleLedger, "beneficiary-"+wang, 7, 0, regularDrawn(), meta(), nil, nil)
	require.NoError(b, err)
	return stored
}

func BenchmarkDecodeDrawn(b *testing.B) {
	stored := encodedDrawn(b)
	b.SetBytes(int64(len(stored)))
	for b.Loop() {
		if _, err := DecodeEvent(stored, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkLeaf is the part of decoding that no codec can save.
func BenchmarkLeaf(b *testing.B) {
	stored := encodedDrawn(b)
	for b.Loop() {
		signoff.Leaf(stored)
	}
}

func BenchmarkDecodeEnvelope(b *testing.B) {
	stored := encodedDrawn(b)
	for b.Loop() {
		if _, err := Decode(stored); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeRegistered(b *testing.B) {
	e, m, random := beneficiary.Registered{How: "citizen-number", Person: wang, Private: wangIdentity()}, meta(), &sampleRandom{seed: "b"}
	for b.Loop() {
		if _, _, err := Encode(sampleLedger, "beneficiary-"+wang, 0, 0, e, m, sampleKeys, random); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRegistered(b *testing.B) {
	stored := fixture(b, "beneficiary.registered")
	for b.Loop() {
		if _, err := DecodeEvent(stored, sampleKeys); err != nil {
			b.Fatal(err)
		}
	}
}
