package projections

import "time"

// How long a test waits for another goroutine, and how often it looks.
const (
	waitLong = 10 * time.Second
	waitStep = 2 * time.Millisecond
)
