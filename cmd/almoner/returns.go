package main

import (
	"fmt"
	"io"

	"almoner/ledger"
)

// returnJSON is one sending-back of a subject.
type returnJSON struct {
	Round   int    `json:"round"`
	Officer string `json:"officer"`
	Step    string `json:"step"`
	To      string `json:"to"`
	Reason  string `json:"reason"`
	Note    string `json:"note,omitempty"` // absent when none was written or its key is gone
	At      string `json:"at"`
}

// returns reads how often a subject was sent back, and why: whoever corrects it must see that.
func (a *app) returns(s *session, kind ledger.SubjectKind, id string) ([]returnJSON, error) {
	all, err := s.ledger.Returns(a.ctx, ledger.Subject{Kind: kind, ID: id})
	var out []returnJSON
	for _, r := range all {
		out = append(out, returnJSON{Round: r.Round, Officer: r.Officer, Step: r.Step, To: r.To, Reason: r.Reason, Note: r.Note, At: instant(r.At)})
	}
	return out, err
}

func writeReturns(w io.Writer, a *app, returns []returnJSON) {
	if len(returns) == 0 {
		return
	}
	t := table{heading: a.header("退回：轮|sent back: round", "谁|by", "哪一步|step", "退回到|to", "原因|reason", "说明|note", "时间|at"), right: []int{0}}
	for _, r := range returns {
		t.add(count(r.Round), r.Officer, r.Step, r.To, r.Reason, r.Note, r.At)
	}
	fmt.Fprintln(w)
	t.write(w)
}
