package month

import (
	"slices"

	"almoner/domain"
)

// Books are the closes and reopenings of one finance office's months: all it takes to say in which month a fact is booked.
// The zero value is an office that never closed one.
type Books struct {
	marks []bookMark // in log order
}

type bookMark struct {
	month  domain.Period
	from   int64 // facts recorded at this log index or later meet the change
	reopen bool
}

// Close notes that a month was closed at a cut-off. Closes and reopenings MUST be noted in log order.
func (b Books) Close(month domain.Period, cutOff int64) Books {
	return Books{append(slices.Clip(b.marks), bookMark{month, cutOff, false})}
}

// Reopen notes that a month was reopened by the entry at a log index.
func (b Books) Reopen(month domain.Period, logIndex int64) Books {
	return Books{append(slices.Clip(b.marks), bookMark{month, logIndex, true})}
}

// stand is what is closed for a fact recorded at a log index: the last closed month, and the last one ever closed.
func (b Books) stand(logIndex int64) (last, ever domain.Period) {
	for _, m := range b.marks {
		if m.from > logIndex {
			continue
		}
		switch {
		case m.reopen: // months are reopened from the last one backwards
			last = b.closedBefore(m)
		default:
			last = m.month
			if ever.IsZero() || ever.Before(last) {
				ever = last
			}
		}
	}
	return last, ever
}

// closedBefore is the last month closed when another one was reopened: months in which nothing was booked are never
// closed, so it need not be the one before.
func (b Books) closedBefore(reopened bookMark) domain.Period {
	var before domain.Period
	for _, m := range b.marks {
		if m == reopened {
			break
		}
		if !m.reopen && m.month.Before(reopened.month) && (before.IsZero() || before.Before(m.month)) {
			before = m.month
		}
	}
	return before
}

// FirstOpen is the first month that was not closed for a fact recorded at a log index; zero when none ever was closed.
func (b Books) FirstOpen(logIndex int64) domain.Period {
	last, _ := b.stand(logIndex)
	if last.IsZero() {
		return last
	}
	return last.Next()
}

// LastClosed is the last month that was closed for a fact recorded at a log index; zero when none is.
func (b Books) LastClosed(logIndex int64) domain.Period {
	last, _ := b.stand(logIndex)
	return last
}

// Closed says that a month was closed for a fact recorded at a log index.
func (b Books) Closed(month domain.Period, logIndex int64) bool {
	last, _ := b.stand(logIndex)
	return !last.IsZero() && !month.After(last)
}

// Before are the books of all months before one.
func (b Books) Before(month domain.Period) Books {
	return Books{slices.DeleteFunc(slices.Clone(b.marks), func(m bookMark) bool { return !m.month.Before(month) })}
}

// MonthOf is the book month (账期) of a fact: recorded is the day of its entry in Asia/Shanghai, own the day on which it is
// true, or zero where it has none.
func (b Books) MonthOf(logIndex int64, recorded, own domain.Date) domain.Period {
	month := recorded.MonthPeriod()
	last, ever := b.stand(logIndex)
	if ever != last && !own.IsZero() && !own.MonthPeriod().After(ever) {
		month = own.MonthPeriod() // a reopened month takes what belongs to it
	}
	if !last.IsZero() && !month.After(last) {
		month = last.Next()
	}
	return month
}
