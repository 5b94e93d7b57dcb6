package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// showAfter is how long something may take before its progress is shown.
const showAfter = time.Second

// progress shows how far long work has come, on standard error and only to a person: not with --json or --no-progress, and
// not when standard error is no terminal.
type progress struct {
	what    string
	shown   bool
	started time.Time
	bar     *progressbar.ProgressBar
}

func (a *app) progress(what string) *progress {
	file, ok := a.err.(*os.File)
	shown := ok && term.IsTerminal(int(file.Fd())) && !a.flags.JSON && !a.flags.NoProgress
	return &progress{what: what, shown: shown, started: time.Now()}
}

// tell moves the bar; total is 0 while it is unknown. Failing to draw it is of no consequence.
func (p *progress) tell(done, total int) {
	if !p.shown || time.Since(p.started) < showAfter {
		return
	}
	if total == 0 {
		total = -1
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetDescription(p.what), progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	if total != p.bar.GetMax() {
		p.bar.ChangeMax(total)
	}
	_ = p.bar.Set(done)
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
