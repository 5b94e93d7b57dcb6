package sample

import "testing"

// TestFee does not try 18, nor a member of 3 or 4; the tests of Name do not try 2.
func TestFee(t *testing.T) {
	for _, row := range []struct {
		age    int
		member bool
		want   int
	}{{17, false, 5}, {30, false, 10}, {2, true, 0}, {17, true, 10}} {
		if got := Fee(row.age, row.member); got != row.want {
			t.Errorf("Fee(%d, %t) = %d", row.age, row.member, got)
		}
	}
}

func TestSum(t *testing.T) {
	if Sum(4) != 10 {
		t.Error(Sum(4))
	}
}

func TestName(t *testing.T) {
	if Name(1) != "one" || Name(3) != "many" {
		t.Error(Name(1), Name(3))
	}
}
