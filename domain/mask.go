package domain

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Citizen numbers, certificates, accounts and names are strings whose every printed form is masked, so that a log line,
// an error or a page cannot leak them by accident. Only Reveal gives the value; a conversion to string does too and is
// against the house rules.

const stars = "****"

// maskDigits keeps the first six digits (the area or the bank, which are not secret) and the last four, by which a
// clerk recognises a number. A number too short to hide at least six digits that way keeps the last four alone.
func maskDigits(s string) string {
	const head, tail, hidden = 6, 4, 6
	switch {
	case len(s) >= head+hidden+tail:
		return s[:head] + stars + s[len(s)-tail:]
	case len(s) >= 2*tail:
		return stars + s[len(s)-tail:]
	case s == "":
		return ""
	}
	return stars
}

// formatMasked writes a masked value for any verb and flag of fmt; width and left adjustment are honoured for tables.
func formatMasked(f fmt.State, verb rune, masked string) {
	if verb == 'q' || (verb == 'v' && f.Flag('#')) {
		masked = strconv.Quote(masked)
	}
	if width, ok := f.Width(); ok {
		padding := strings.Repeat(" ", max(0, width-len([]rune(masked))))
		if f.Flag('-') {
			masked += padding
		} else {
			masked = padding + masked
		}
	}
	// The writer of fmt never fails.
	_, _ = io.WriteString(f, masked)
}
