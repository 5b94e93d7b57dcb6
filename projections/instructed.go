package projections

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
)

// InstructedLine is one line of a run as the bank was told to pay it, with what banks have said of it since.
type InstructedLine struct {
	bankfile.Candidate // without the account, which is sealed
	bankfile.Standing
	RunLine     int
	Finance     string
	Programme   string
	Office      string
	Village     domain.AreaCode
	Class       string
	BankFile    string // that told the bank
	Instruction int
	Again       string // draw that it pays again
	Reason      string // why it came back last, the bank's reason as our code
	Account     string // id of the event that holds the account paid to
	AccountRev  int64  // its revision in the person's stream; -1: not known
}

const instructedColumns = `SELECT run, line, payref, draw, person, finance, programme, office, village, class, amount, file, instruction, log_index, again, undrawn,
	missing, reason, account, account_rev, facts`

func scanInstructed(r *sql.Rows) (InstructedLine, error) {
	var l InstructedLine
	var amount int64
	var facts []byte
	c := &l.Candidate.Line
	err := r.Scan(&c.Run, &l.RunLine, &c.PayRef, &c.Draw, &c.Person, &l.Finance, &l.Programme, &l.Office, &l.Village, &l.Class, &amount, &l.BankFile, &l.Instruction,
		&c.SentAt, &l.Again, &c.Undrawn, &c.Missing, &l.Reason, &l.Account, &l.AccountRev, &facts)
	if err != nil {
		return l, err
	}
	c.Amount = domain.Fen(amount)
	if err := codec.Unmarshal(facts, &l.State); err != nil {
		return l, err
	}
	l.Standing = l.State.Standing(*c)
	return l, nil
}

// InstructionFilter restricts a list of instruction lines. Empty fields do not restrict.
type InstructionFilter struct {
	Run, Finance, Office, Programme, Person string
	File                                    string // bank file that told the bank
	Status                                  bankfile.LineStatus
	Disputed                                bool // only lines whose bank facts contradict each other
}

// InstructionLines is a page of instruction lines.
type InstructionLines struct {
	LogIndex int64
	Lines    []InstructedLine
	Next     string // cursor of the next page; empty at the end
}

// InstructionLines lists lines that banks were told to pay, in the order of instruction, run and line, from the one after
// cursor (empty: the first), at most limit of them (0: all).
func (v *Views) InstructionLines(ctx context.Context, f InstructionFilter, cursor string, limit int) (InstructionLines, error) {
	var after struct {
		At   int64
		Run  string
		Line int
	}
	after.At = -1
	if cursor != "" {
		if _, err := fmt.Sscanf(cursor, "%d.%d.%s", &after.At, &after.Line, &after.Run); err != nil {
			return InstructionLines{}, domain.Refuse(domain.Invalid, "projections.cursor", "%.40q is not a cursor of this list", cursor).WithNext("take it from the answer before")
		}
	}
	var out InstructionLines
	err := v.read(ctx, "instruction lines", func(tx *sql.Tx, at stand) error {
		out.LogIndex = at.logIndex
		most := -1
		if limit > 0 {
			most = limit + 1
		}
		lines, err := scanAll(ctx, tx, scanInstructed, instructedColumns+` FROM instructed_v1 WHERE (?1 = '' OR run = ?1) AND (?2 = '' OR finance = ?2)
			AND (?3 = '' OR office = ?3) AND (?4 = '' OR programme = ?4) AND (?5 = '' OR person = ?5) AND (?6 = '' OR file = ?6) AND (?7 = '' OR status = ?7)
			AND (?8 = 0 OR disputed = 1) AND (log_index, run, line) > (?9, ?10, ?11) ORDER BY log_index, run, line LIMIT ?12`,
			f.Run, f.Finance, f.Office, f.Programme, f.Person, f.File, string(f.Status), f.Disputed, after.At, after.Run, after.Line, most)
		if err != nil {
			return err
		}
		if limit > 0 && len(lines) > limit {
			lines = lines[:limit]
			last := lines[limit-1]
			out.Next = fmt.Sprintf("%d.%d.%s", last.Candidate.Line.SentAt, last.RunLine, last.Candidate.Line.Run)
		}
		out.Lines = lines
		return nil
	})
	return out, err
}

// InstructedByRef finds the instruction lines of one finance office that have the payRefs, those of refused instructions
// included; references of nobody fall out.
func (v *Views) InstructedByRef(ctx context.Context, finance string, refs []string) ([]InstructedLine, error) {
	return v.instructedIn(ctx, "payref", finance, refs)
}

// InstructedOf lists the instruction lines of one finance office that pay for one of the people.
func (v *Views) InstructedOf(ctx context.Context, finance string, persons []string) ([]InstructedLine, error) {
	streams := make([]string, len(persons))
	for i, p := range persons {
		streams[i] = beneficiary.Stream(p)
	}
	return v.instructedIn(ctx, "stream", finance, streams)
}

func (v *Views) instructedIn(ctx context.Context, column, finance string, keys []string) ([]InstructedLine, error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	among := `(SELECT value FROM json_each(?1))`
	if column == "stream" {
		among = `(SELECT id FROM streams_v1 WHERE name IN (SELECT value FROM json_each(?1)))`
	}
	var out []InstructedLine
	err = v.read(ctx, "instruction lines by "+column, func(tx *sql.Tx, _ stand) (err error) {
		// The plus keeps the index over finance out of it, which would read all lines of the office.
		query := instructedColumns + ` FROM instructed_v1 WHERE ` + column + ` IN ` + among + ` AND +finance = ?2 UNION ALL ` +
			instructedColumns + ` FROM rejected_v1 WHERE ` + column + ` IN ` + among + ` AND +finance = ?2`
		out, err = scanAll(ctx, tx, scanInstructed, query, string(list), finance)
		return err
	})
	return out, err
}

// Booked is how many lines of a sent file any bank fact is known of.
func (v *Views) Booked(ctx context.Context, file string) (lines int, err error) {
	err = v.read(ctx, "bank facts about file "+file, func(tx *sql.Tx, _ stand) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM instructed_v1 WHERE file = ? AND facts <> CAST('{}' AS BLOB)`, file).Scan(&lines)
	})
	return lines, err
}

// Reconciled is what a run's instruction and the banks' answers come to.
type Reconciled struct {
	LogIndex int64
	Run      string
	bankfile.Reconciliation
}

// Reconcile compares what a run told the bank with what banks said, line by line (对账).
func (v *Views) Reconcile(ctx context.Context, run string) (Reconciled, error) {
	return v.ReconcileInstruction(ctx, run, 0)
}

// ReconcileInstruction is Reconcile for the lines of one instruction of the run, 0 for all: a line that a bank answered after
// it had refused its instruction whole, and that was not told again, is of none that stands.
func (v *Views) ReconcileInstruction(ctx context.Context, run string, instruction int) (Reconciled, error) {
	out := Reconciled{Run: run, Reconciliation: bankfile.NewReconciliation()}
	err := v.read(ctx, "reconcile pay run "+run, func(tx *sql.Tx, at stand) error {
		out.LogIndex = at.logIndex
		if _, err := onePayrun(ctx, tx, run); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, instructedColumns+` FROM instructed_v1 WHERE run = ?1 AND (?2 = 0 OR instruction = ?2) ORDER BY line`, run, instruction)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			l, err := scanInstructed(rows)
			if err != nil {
				return err
			}
			out.AddLine(l.Candidate.Line, l.Standing)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return bankClasses(ctx, tx, run, &out.Reconciliation)
	})
	return out, err
}

// bankClasses adds the bank lines that counted for a run, by class.
func bankClasses(ctx context.Context, tx *sql.Tx, run string, r *bankfile.Reconciliation) error {
	sums, err := scanAll(ctx, tx, func(rows *sql.Rows) (s bankfile.ClassSum, err error) {
		var fen int64
		err = rows.Scan(&s.Class, &s.Lines, &s.Late, &fen)
		s.Amount = domain.Fen(fen)
		return s, err
	}, `SELECT class, count(*), sum(late), sum(amount) FROM bank_moves_v1 WHERE run = ? GROUP BY class`, run)
	for _, s := range sums {
		for i := range r.Classes {
			if r.Classes[i].Class == s.Class {
				r.Classes[i] = s
			}
		}
	}
	return err
}

// ReturnedLines lists the lines that came back and whose payee has had no new account signed since: what the step that owns
// the account has to do (退票待更正). Empty filters do not restrict.
func (v *Views) ReturnedLines(ctx context.Context, office, programme string) (logIndex int64, lines []InstructedLine, err error) {
	err = v.read(ctx, "returned lines", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		lines, err = scanAll(ctx, tx, scanInstructed, instructedColumns+` FROM instructed_v1 WHERE (run, line) IN (SELECT run, line FROM returned_v1)
			AND (?1 = '' OR office = ?1) AND (?2 = '' OR programme = ?2) ORDER BY office, village, person, run, line`, office, programme)
		return err
	})
	return logIndex, lines, err
}

// ReturnedLine is the kind of a work item about a line that came back (退票): the item's id is its payment reference.
const ReturnedLine SubjectKind = "returned-line"

// CorrectAccount is what is to be done with it: a change of the payee's account has to be signed.
const CorrectAccount = "correct-account"

// accountOwner is the capacity that owns accounts: whoever opens account changes.
const accountOwner = "town.handler"

// returnedFor lists the returned lines of the offices that a capacity owns the accounts of.
func returnedFor(ctx context.Context, tx *sql.Tx, c Capacity) ([]WorkItem, error) {
	if c.Capacity != accountOwner {
		return nil, nil
	}
	lines, err := scanAll(ctx, tx, scanInstructed, instructedColumns+` FROM instructed_v1 WHERE (run, line) IN (SELECT run, line FROM returned_v1)
		AND (office = ?1 OR office IN (SELECT office FROM offices_v1 WHERE area LIKE ?2 || '%')) ORDER BY log_index, line`, c.Office, string(c.Area))
	if err != nil {
		return nil, err
	}
	var items []WorkItem
	for _, l := range lines {
		line := l.Candidate.Line
		items = append(items, WorkItem{
			Subject: Subject{
				Kind: ReturnedLine, ID: line.PayRef, Office: l.Office, Programme: l.Programme, Person: line.Person, Status: string(l.Status), OpenedAt: line.SentAt, ChangedAt: line.SentAt,
			},
			Capacity: c, Action: CorrectAccount,
		})
	}
	return items, nil
}
