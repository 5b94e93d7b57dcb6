package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// newcomer draws how somebody enters.
func (h *history) newcomer() (p *member, at place, class string) {
	p = h.one(func(p *member) bool { return !p.enrolled && p.first <= h.now() })
	at = rapid.SampledFrom([]place{{north, north1}, {north, north2}, {south, south1}}).Draw(h.t, "place")
	class = rapid.SampledFrom([]string{"couple", "alone"}).Draw(h.t, "class")
	p.account = rapid.IntRange(0, 3).Draw(h.t, "account") > 0
	p.lastFact = monthOf(p.first).First()
	return p, at, class
}

func (h *history) enter(p *member, at place, class string) {
	var err error
	p.person, _, err = h.c.vault.Lookup(context.Background(), p.number)
	require.NoError(h.t, err)
	p.enrolled, p.class, p.place = true, []since[string]{{p.first, class}}, []since[place]{{p.first, at}}
}

func (h *history) admit() {
	p, at, class := h.newcomer()
	row := rosterfile.Row{Area: at.village, Hukou: "agricultural", Marriage: marriage(class), AppliedOn: p.lastFact}
	if p.account {
		row.Bank, row.Account, row.Holder = "农商银行", domain.AccountNumber(countyCard(p.n)), p.name
	}
	h.change(p, at.office, ledger.CaseRequest{Kind: change.Admission, Row: row})
	h.enter(p, at, class)
}

func marriage(class string) string {
	return map[string]string{"couple": "remarried", "alone": "widowed"}[class]
}

func (h *history) admitByList() {
	p, at, class := h.newcomer()
	cells := [][]string{
		{"姓名", "身份证号", "村居", "户口性质", "婚姻状况", "申报日期", "开户行", "账号", "户名"},
		{p.name.Reveal(), p.number, string(at.village), "农业", map[string]string{"couple": "再婚", "alone": "丧偶"}[class], p.lastFact.String(), "", "", ""},
	}
	if p.account {
		copy(cells[1][6:], []string{"农商银行", countyCard(p.n), p.name.Reveal()})
	}
	file, handler := crashCSV(cells), handlerOf(at.office)
	ids := []string{h.next(), h.next(), h.next()}
	var s ledger.Subject
	h.again(func() error {
		out, err := h.c.ledger.CommitImport(context.Background(), ledger.Command{Actor: handler, ID: ids[0]}, ledger.ImportRequest{
			Actor: handler, Programme: programme, Office: at.office, FileName: "one.csv", File: bytes.NewReader(file), Size: int64(len(file)),
		}, false, nil)
		s = ledger.Subject{Kind: ledger.ImportSubject, ID: out.Import}
		return err
	})
	h.sign(s, at.office, ids[1], ids[2])
	h.enter(p, at, class)
}

// sign gives both signatures of an import or a run.
func (h *history) sign(s ledger.Subject, office, submit, sign string) {
	h.t.Helper()
	h.again(func() error { _, err := h.c.submit(context.Background(), submit, handlerOf(office), s); return err })
	h.again(func() error { _, err := h.c.signOff(context.Background(), sign, headOf(office), s); return err })
}

func (h *history) leave() {
	p := h.one(staying)
	last := h.between(p.first, h.now(), "left in")
	on := monthOf(last).First()
	h.change(p, p.latest().office, ledger.CaseRequest{Kind: change.Exit, Row: rosterfile.Row{Reason: rosterfile.ReasonMovedOut, OccurredOn: on, ReportedOn: h.today}})
	p.leave(last)
}

func (h *history) comeBack() {
	p := h.one(func(p *member) bool { return p.enrolled && p.gone() })
	h.change(p, p.latest().office, ledger.CaseRequest{Kind: change.Correction, Of: h.exitOf(p), Reason: "mistake"})
	p.stay()
}

// debtor picks one debt of somebody, with its id.
func (h *history) debtor(can func(*member) bool) (*member, *debt, string) {
	owes := func(d *debt) bool { return d.left() > 0 }
	p := h.one(func(p *member) bool { return can(p) && slices.ContainsFunc(p.debts, owes) })
	d := rapid.SampledFrom(p.debts).Filter(owes).Draw(h.t, "debt")
	require.NoError(h.t, h.c.synced(context.Background()))
	f, err := h.c.views.PersonFold(context.Background(), p.person)
	require.NoError(h.t, err)
	return p, d, f.State.Overpayments[slices.Index(p.debts, d)].ID
}

// planSetOff has a debt kept back from later lines.
func (h *history) planSetOff() {
	p, d, id := h.debtor(staying)
	from := h.between(p.first, h.now()+1, "from")
	most := rapid.IntRange(1, monthly(holds(p.class, from), from)).Draw(h.t, "cap")
	if d.cap == most && d.from == from {
		h.t.Skip("the plan stands already")
	}
	h.change(p, p.latest().office, ledger.CaseRequest{
		Kind: change.RecoveryPlan, Reason: "agreed", Overpayment: id, From: monthOf(from), Plan: ledger.RecoveryTerms{Method: "set-off", Cap: domain.Yuan(int64(most))},
	})
	d.cap, d.from = most, from
}

// refund has somebody pay back.
func (h *history) refund() {
	p, d, id := h.debtor(func(p *member) bool { return p.enrolled })
	yuan := rapid.IntRange(1, d.left()).Draw(h.t, "yuan")
	command := h.next()
	h.again(func() error {
		_, err := h.c.ledger.RecordRefund(context.Background(), ledger.Command{Actor: cashier, ID: command},
			ledger.Refund{Person: p.person, Overpayment: id, Amount: domain.Yuan(int64(yuan)), ReceivedOn: h.today, Voucher: "PZ-" + command})
		return err
	})
	d.returned += yuan
	h.refunded += yuan
}

func (h *history) exitOf(p *member) string {
	require.NoError(h.t, h.c.synced(context.Background()))
	f, err := h.c.views.PersonFold(context.Background(), p.person)
	require.NoError(h.t, err)
	return f.State.Enrolments[0].Exit.Event
}

func (h *history) changeClass() {
	p := h.one(staying)
	month := h.between(int(p.lastFact.Month)-1+12*(p.lastFact.Year-2022), h.now(), "happened in")
	on := monthOf(month).First()
	class := map[string]string{"couple": "alone", "alone": "couple"}[p.class[len(p.class)-1].is]
	h.change(p, p.latest().office, ledger.CaseRequest{
		Kind: change.ClassChange, Reason: "marriage", Row: rosterfile.Row{Marriage: marriage(class), OccurredOn: on, AppliedOn: on},
	})
	p.class = slices.DeleteFunc(p.class, func(s since[string]) bool { return s.from >= month+1 })
	p.class, p.lastFact = append(p.class, since[string]{month + 1, class}), on
}

func paused(p *member) bool {
	return staying(p) && len(p.pauses) > 0 && p.pauses[len(p.pauses)-1].to == open
}

func (h *history) suspend() {
	p := h.one(func(p *member) bool { return staying(p) && !paused(p) })
	from := h.between(p.first, h.now()+1, "from")
	forfeit := rapid.Bool().Draw(h.t, "forfeit")
	reason := map[bool]string{true: "prison", false: "suspected-death"}[forfeit]
	h.change(p, p.latest().office, ledger.CaseRequest{Kind: change.Suspension, Reason: reason, From: monthOf(from)})
	p.pauses = append(p.pauses, pause{from: from, to: open, forfeit: forfeit})
}

func (h *history) resume() {
	p := h.one(paused)
	last := &p.pauses[len(p.pauses)-1]
	to := h.between(last.from, h.now()+1, "from")
	var restored []domain.Period
	if last.forfeit && rapid.Bool().Draw(h.t, "restored") {
		for month := last.from; month < to; month++ {
			last.restored, restored = append(last.restored, month), append(restored, monthOf(month))
		}
	}
	h.change(p, p.latest().office, ledger.CaseRequest{Kind: change.Resumption, Reason: "found", From: monthOf(to), Restored: restored})
	last.to = to
}

func (h *history) transfer() {
	p := h.one(staying)
	from := h.between(p.place[len(p.place)-1].from, h.now()+1, "from")
	others := slices.DeleteFunc([]place{{north, north1}, {north, north2}, {south, south1}}, func(to place) bool { return to == p.latest() })
	to := rapid.SampledFrom(others).Draw(h.t, "to")
	h.change(p, p.latest().office, ledger.CaseRequest{Kind: change.Transfer, From: monthOf(from), ToOffice: to.office, ToVillage: to.village})
	p.place = append(p.place, since[place]{from, to})
}

func (h *history) recordAccount() {
	p := h.one(func(p *member) bool { return staying(p) && !p.account })
	h.change(p, p.latest().office, ledger.CaseRequest{
		Kind: change.AccountChange, Row: rosterfile.Row{Bank: "农商银行", Account: domain.AccountNumber(countyCard(p.n)), Holder: p.name},
	})
	p.account = true
}

// pay opens and prepares a run, compares its list, and mostly goes on with it.
func (h *history) pay() {
	h.pass()
	r := &run{office: rapid.SampledFrom([]string{north, south}).Draw(h.t, "office"), month: h.between(0, h.now(), "month")}
	kind := rapid.SampledFrom([]payrun.Kind{payrun.Regular, payrun.Supplementary}).Draw(h.t, "kind")
	if h.payFor(r, kind) && rapid.IntRange(0, 3).Draw(h.t, "go on") > 0 {
		h.goOn(r)
	}
}

// payFor opens and prepares a run; false when there was nobody to list.
func (h *history) payFor(r *run, kind payrun.Kind) bool {
	opening := h.next()
	h.again(func() (err error) {
		r.id, _, err = h.c.ledger.OpenPayrun(context.Background(), ledger.Command{Actor: handlerOf(r.office), ID: opening},
			ledger.PayrunRequest{Programme: programme, Office: r.office, Finance: "finance", Period: monthOf(r.month), Kind: kind})
		return err
	})
	h.runs = append(h.runs, r)
	return h.prepare(r)
}

// prepare makes a run's list. A run with nobody on it is refused and cancelled.
func (h *history) prepare(r *run) bool {
	r.prepare(h.all)
	empty := len(r.lines)+len(r.held) == 0
	id := h.next()
	h.again(func() error {
		_, err := h.c.ledger.PreparePayrun(context.Background(), ledger.Command{Actor: handlerOf(r.office), ID: id}, r.id, nil)
		if refused := (*domain.RefusedError)(nil); empty && errors.As(err, &refused) && refused.Rule == "payrun.empty" {
			return nil
		}
		require.False(h.t, empty && err == nil, "a run without anybody was prepared")
		return err
	})
	if empty {
		h.cancel(r)
		return false
	}
	h.requireList(r)
	return true
}

// requireList compares lines and held lines: everybody owed or on the roll has one of either, nobody else.
func (h *history) requireList(r *run) {
	h.t.Helper()
	ctx := context.Background()
	require.NoError(h.t, h.c.synced(ctx))
	list, err := h.c.views.PayrunLines(ctx, r.id, 0, 100)
	require.NoError(h.t, err)
	heldList, err := h.c.views.PayrunHeld(ctx, r.id)
	require.NoError(h.t, err)
	want, have := []string{}, []string{}
	for p, l := range r.lines {
		want = append(want, fmt.Sprintf("%s pays %s", p.person, domain.Yuan(int64(l.net))))
	}
	for p, reason := range r.held {
		want = append(want, fmt.Sprintf("%s held %s %s", p.person, reason, domain.Yuan(int64(r.heldSum[p]))))
	}
	for _, l := range list.Lines {
		have = append(have, fmt.Sprintf("%s pays %s", l.Line.Person, l.Line.Amount))
		for p, mine := range r.lines {
			if p.person == l.Line.Person {
				mine.number = l.Line.Line
			}
		}
	}
	for _, l := range heldList.Lines {
		have = append(have, fmt.Sprintf("%s held %s %s", l.Person, l.Reason, l.Amount))
	}
	slices.Sort(want)
	slices.Sort(have)
	require.Equal(h.t, want, have, "run of %s for month %d", r.office, r.month)
}

// goOn releases a run, perhaps after it was sent back, or cancels it; a line may then be stopped.
func (h *history) goOn(r *run) {
	switch rapid.SampledFrom([]string{"release", "release", "send back", "cancel", "stop"}).Draw(h.t, "then") {
	case "cancel":
		h.cancel(r)
	case "send back":
		if h.sendBack(r) {
			h.release(r)
		}
	case "stop":
		h.release(r)
		h.stop(r)
	default:
		h.release(r)
	}
}

func (h *history) subject(r *run) ledger.Subject {
	return ledger.Subject{Kind: ledger.PayrunSubject, ID: r.id}
}

func (h *history) release(r *run) {
	h.sign(h.subject(r), r.office, h.next(), h.next())
	r.released = true
}

func (h *history) cancel(r *run) {
	id := h.next()
	h.again(func() error {
		_, err := h.c.ledger.CancelPayrun(context.Background(), ledger.Command{Actor: handlerOf(r.office), ID: id}, r.id, "mistake")
		return err
	})
	r.undo()
	r.over = true
}

func (h *history) sendBack(r *run) bool {
	submitting, returning := h.next(), h.next()
	h.again(func() error {
		_, err := h.c.submit(context.Background(), submitting, handlerOf(r.office), h.subject(r))
		return err
	})
	h.again(func() error {
		_, err := h.c.ledger.SendBack(context.Background(), ledger.Command{Actor: headOf(r.office), ID: returning},
			ledger.Return{Subject: h.subject(r), Scope: signoff.WholeScope, To: 0, Reason: "look-again", Pen: h.c.pen(headOf(r.office).Officer)})
		return err
	})
	r.undo()
	return h.prepare(r)
}

func (h *history) stop(r *run) {
	for p, l := range r.lines {
		if l.number != 1 {
			continue
		}
		id := h.next()
		h.again(func() error {
			_, err := h.c.ledger.StopLine(context.Background(), ledger.Command{Actor: handlerOf(r.office), ID: id}, r.id, 1, "doubtful")
			return err
		})
		p.undo(l)
		delete(r.lines, p)
	}
}

// finishRun goes on with a run that was left prepared while other things happened.
func (h *history) finishRun() {
	left := slices.DeleteFunc(slices.Clone(h.runs), func(r *run) bool { return r.released || r.over })
	if len(left) == 0 {
		h.t.Skip("no run")
	}
	h.pass()
	h.goOn(rapid.SampledFrom(left).Draw(h.t, "run"))
}

// reopen forgets everything in memory.
func (h *history) reopen() {
	require.NoError(h.t, h.c.Close())
	h.open()
	h.c.clock.set(h.today)
	h.again(func() error { return h.c.ledger.Resume(context.Background(), nil) })
}
