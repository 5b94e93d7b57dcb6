package rulebook

import (
	"slices"

	"almoner/domain/signoff"
)

// Subjects are what a chain of sign-off steps can be named for, in the order of an office's work.
func Subjects() []string {
	return []string{
		"admission", "exit", "class-change", "correction", "transfer", "annual-review", "suspension", "resumption", "grants",
		"account-change", "import", "pay-run", "fund-request", "recovery-plan", "write-off", "erasure", "appointment", "capacity", "key", "rulebook",
		"month-close", "month-reopen",
	}
}

// Chain returns the ordered sign-off steps of a subject: the rulebook's own or else DefaultChain. An unknown subject has
// none.
func (r *Rulebook) Chain(subject string) []signoff.Step {
	if own, ok := r.chains[subject]; ok {
		return slices.Clone(own)
	}
	return DefaultChain(subject)
}

// DefaultChain returns the steps that hold where no rulebook names others (EVENTS.md section 6). The first step is the
// submitter's: submitting is the handler's signature. An unknown subject has none.
func DefaultChain(subject string) []signoff.Step {
	villageHandler, villageHead := step(signoff.Village, signoff.Handler), step(signoff.Village, signoff.Head)
	townHandler, townLineHead, townHead := step(signoff.Town, signoff.Handler), step(signoff.Town, signoff.LineHead), step(signoff.Town, signoff.Head)
	countyHandler, countyHead := step(signoff.County, signoff.Handler), step(signoff.County, signoff.Head)
	financeHandler, financeHead := step(signoff.Finance, signoff.Handler), step(signoff.Finance, signoff.Head)
	switch subject {
	case "admission", "exit", "class-change", "correction", "transfer", "annual-review", "suspension", "resumption", "grants":
		two := townHandler
		two.Min = 2 // the household visit and its record are signed by a team of two (DOMAIN.md 3.2)
		return []signoff.Step{villageHandler, villageHead, two, townLineHead, townHead, countyHandler, countyHead}
	case "import":
		// A roster file is handled by the town, which submits it; each village then signs its own lines.
		return []signoff.Step{townHandler, perSection(villageHandler), perSection(villageHead), townHandler, townLineHead, townHead, countyHandler, countyHead}
	case "pay-run":
		return []signoff.Step{townHandler, townLineHead, townHead, countyHandler, countyHead, financeHandler, financeHead}
	case "account-change":
		return []signoff.Step{townHandler, townLineHead}
	case "fund-request", "recovery-plan", "write-off":
		return []signoff.Step{townHandler, townHead, countyHead}
	case "rulebook", "erasure", "appointment", "capacity", "key":
		return []signoff.Step{countyHandler, countyHead}
	case "month-close", "month-reopen":
		return []signoff.Step{financeHandler, financeHead}
	}
	return nil
}

func step(level signoff.Level, duty signoff.Duty) signoff.Step {
	return signoff.Step{Level: level, Duty: duty, Per: signoff.Whole, Min: 1}
}

func perSection(s signoff.Step) signoff.Step {
	s.Per = signoff.Section
	return s
}
