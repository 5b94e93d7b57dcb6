package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"almoner/domain"
)

// commitFlag is on verbs that run dry unless told otherwise.
type commitFlag struct {
	Commit bool `help:"真正执行；不加只说明将做什么|really do it; without it only what would be done is said"`
}

// dryRun says what would be done.
func (a *app) dryRun(zh, en string, args ...any) error {
	text := fmt.Sprintf(a.words.pick(zh, en), args...)
	err := a.print(map[string]any{"dryRun": true, "would": text}, func(w io.Writer) { fmt.Fprintln(w, text) })
	a.say("没有写入任何内容。要执行请加 --commit。", "nothing was written. Add --commit to do it.")
	return err
}

// dayFlag reads a day; empty is none.
func dayFlag(flag, text string) (domain.Date, error) {
	if text == "" {
		return domain.Date{}, nil
	}
	day, err := domain.ParseDate(text)
	if err != nil {
		return day, fmt.Errorf("%s: %w", flag, err)
	}
	return day, nil
}

// periodFlag reads a period; empty is none.
func periodFlag(flag, text string) (domain.Period, error) {
	if text == "" {
		return domain.Period{}, nil
	}
	period, err := domain.ParsePeriod(text)
	if err != nil {
		return period, fmt.Errorf("%s: %w", flag, err)
	}
	return period, nil
}

// instant writes a time as results do: UTC, RFC 3339; none for the zero time.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func count(n int) string { return strconv.Itoa(n) }

// yes is a mark for what is so, and nothing for what is not.
func yes(b bool, l language) string {
	if !b {
		return ""
	}
	return l.pick("是", "yes")
}
