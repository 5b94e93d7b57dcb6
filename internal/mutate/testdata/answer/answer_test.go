package answer

import "testing"

// TestBoth does not try a no for b.
func TestBoth(t *testing.T) {
	if Both(false, true) || !Both(true, true) {
		t.Error("both")
	}
}
