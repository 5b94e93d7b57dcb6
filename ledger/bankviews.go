package ledger

import (
	"context"

	"almoner/domain"
	"almoner/domain/bankfile"
)

// BankViews is what the ledger asks of the read models about money at the bank. None of it is believed while another
// process may be classifying: see classify.
type BankViews interface {
	// InstructedByRef finds the lines of one finance office that banks were told to pay and that have one of the payRefs.
	InstructedByRef(ctx context.Context, finance string, refs []string) ([]InstructedLine, error)
	// InstructedOf lists the lines of one finance office that pay for one of the people.
	InstructedOf(ctx context.Context, finance string, persons []string) ([]InstructedLine, error)
	// BankMoves sums what the lines of a received file, from one number to another, moved of each run's money.
	BankMoves(ctx context.Context, file string, from, to int) ([]RunMove, error)
	// Booked is how many lines of a sent file any bank fact is known of.
	Booked(ctx context.Context, file string) (int, error)
	// Waiting lists the received files of a finance office that are kept whole, can be read as far as is known, and are not
	// classified and followed to the end: in the order in which their first pages were classified, then as they came.
	Waiting(ctx context.Context, finance string) ([]string, error)
	// Unreadable lists the received files of a finance office that came from a log index on and that nobody could read yet.
	Unreadable(ctx context.Context, finance string, since int64) ([]string, error)
	// RecordedAt is the log index of a bank file's first entry.
	RecordedAt(ctx context.Context, file string) (int64, error)
	// Reconcile compares what an instruction of a run told the bank with what banks said. Lines of an instruction before that
	// were not told again are left out.
	Reconcile(ctx context.Context, run string, instruction int) (bankfile.Reconciliation, error)
}

// InstructedLine is one line that a bank was told to pay, with everything banks have said of it. Its account is sealed.
type InstructedLine struct {
	bankfile.Candidate
	Account    string // id of the event in the person's stream that holds the account paid to
	AccountRev int64  // its revision; -1: to be looked for
}

// RunMove is how one run's money moved.
type RunMove struct {
	Run       string
	Delta     bankfile.Buckets
	ToldAgain domain.Money // of lines whose instruction was refused whole, and which count again
}
