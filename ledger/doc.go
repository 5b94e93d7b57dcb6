// Package ledger is the imperative shell: it loads streams, asks the pure rules of domain what follows from a command,
// appends what they answer at the exact revision it was decided on, and follows up. It is the only writer of events.
//
// # A command
//
//	authorise the officer → load the stream → decide → seal and encode → append at the revision decided on
//	                         ↑ somebody else wrote meanwhile: load what is new and decide again, a bounded number of times
//
// The same command id of the same officer is answered from the events it made, after a restart too; the same id with other
// content is refused. Refusals and commands that change nothing are not remembered.
//
// # Follow-ups
//
// What a command causes in other streams (the effects of a case, the draws of a run, draws undone) is done after the event
// that states the intent. The command id of a follow-up is UUIDv5(cause, target stream, step), so it may run twice
// harmlessly; Resume finishes at open what a crash left.
//
// # What is trusted
//
// Read models (Views) say where to look. Nothing they say is believed: a decision that starts from their fold of a stream
// appends at that fold's exact revision, and is made again from the events when the revision has moved.
package ledger
