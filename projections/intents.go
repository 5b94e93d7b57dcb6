package projections

import (
	"context"
	"database/sql"
)

// IntentKind is what is left to be done after an intent.
type IntentKind string

// The kinds of follow-ups.
const (
	ApplyEffects       IntentKind = "apply"    // a case or an import was agreed: its effects, then applied
	UndoDraws          IntentKind = "undo"     // a run was cancelled or sent back: its draws, then undone
	UndoStopped        IntentKind = "stopped"  // a line was stopped: its draw
	PrepareRun         IntentKind = "prepare"  // a run is being prepared: draws and pages, then prepared
	BookRefund         IntentKind = "refund"   // a person paid back: the fund
	ClassifyFile       IntentKind = "classify" // a received file is kept whole: its reading, its pages and what follows, then followed
	RejectInstructions IntentKind = "reject"   // a sent file was refused whole: the instructions of its runs, then followed
)

// Intent is a follow-up that was not finished: whoever adopts it runs it again from its event; doing so twice is harmless.
type Intent struct {
	Stream   string // where the intent stands
	Kind     IntentKind
	Event    string // id of the intent's event: the cause of what follows
	LogIndex int64
	Draw     string // of a stopped line; of a refund its key
	Person   string
}

// Unfinished lists the follow-ups that are not finished, in log order.
func (v *Views) Unfinished(ctx context.Context) (logIndex int64, all []Intent, err error) {
	err = v.read(ctx, "unfinished follow-ups", func(tx *sql.Tx, at stand) (err error) {
		logIndex = at.logIndex
		all, err = scanAll(ctx, tx, func(r *sql.Rows) (i Intent, err error) {
			var id []byte
			if err := r.Scan(&i.Stream, &i.Kind, &id, &i.LogIndex, &i.Draw, &i.Person); err != nil {
				return i, err
			}
			i.Event, err = textID(id)
			return i, err
		}, `SELECT s.name, i.kind, e.id, i.log_index, i.draw, i.person FROM intents_v1 i JOIN streams_v1 s ON s.id = i.stream
			JOIN events_v1 e ON e.log_index = i.log_index ORDER BY i.log_index, i.draw`)
		return err
	})
	return logIndex, all, err
}
