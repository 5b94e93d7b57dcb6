package denied

import (
	"regexp"

	"almoner/domain"
)

// Cap is how many refusals of an office and day are recorded one by one: more than honest mistakes come to, and at
// less than a kilobyte each no burden for the log.
const Cap = 1000

// Record asks to record one refused attempt.
type Record struct {
	Action  string // code, "payrun.sign-off"
	Rule    string // the rule that refused, "officer.no-capacity"
	Subject string // stream; empty where none was named
	Waiting int    // attempts that the shell holds uncounted, this one included; at least 1
}

// Flush asks to record the attempts that wait.
type Flush struct {
	Waiting int // not negative
}

// DecideRecord records an attempt, or gives no events: the shell then keeps it waiting. When there is an event, nothing
// waits any more.
func (s State) DecideRecord(c Record) ([]domain.Event, error) {
	switch {
	case !codePattern.MatchString(c.Action) || !codePattern.MatchString(c.Rule):
		return nil, domain.Refuse(domain.Invalid, "denied.code", "a refusal is recorded by the codes of the action and the rule, not by text").
			WithNext("give codes such as payrun.sign-off and officer.no-capacity")
	case c.Subject != "" && (len(c.Subject) > maxSubject || !subjectPattern.MatchString(c.Subject)):
		return nil, domain.Refuse(domain.Invalid, "denied.subject", "the subject of a refusal is the name of a stream").WithNext("name the stream, or none")
	case c.Waiting < 1:
		return nil, badWaiting(c.Waiting)
	case s.Refused < Cap:
		return []domain.Event{Refused{Action: c.Action, Rule: c.Rule, Subject: c.Subject}}, nil
	case c.Waiting < s.Counted:
		return nil, nil
	}
	return []domain.Event{Counted{More: c.Waiting}}, nil
}

// DecideFlush counts what waits; nothing waiting gives no events.
func (s State) DecideFlush(c Flush) ([]domain.Event, error) {
	switch {
	case c.Waiting < 0:
		return nil, badWaiting(c.Waiting)
	case c.Waiting == 0:
		return nil, nil
	}
	return []domain.Event{Counted{More: c.Waiting}}, nil
}

func badWaiting(n int) error {
	return domain.Refuse(domain.Invalid, "denied.waiting", "%d attempts cannot be waiting", n).WithNext("count the attempt that is recorded itself")
}

// maxSubject is the longest name of a stream.
const maxSubject = 200

var (
	codePattern    = regexp.MustCompile(`^[a-z][a-z-]{0,39}\.[a-z][a-z0-9-]{0,59}$`)
	subjectPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[!-~]+)?$`)
)
