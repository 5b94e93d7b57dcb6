// Package imports decides what happens to an import: a roster file as a bulk case (事项), one change to each row, signed as
// a whole and section by section on its way through the levels.
//
// # Lifecycle
//
//	reading --Parts, Rows--> reading --Read--> read --Submit (经办)--> awaiting --SignOff, each step--> awaiting
//	awaiting --the last step--> agreed --RowFailed, of rows that no longer can--> agreed --Applied--> applied
//	awaiting --SendBack (补正)--> sent-back, which can only be withdrawn: a corrected file is another import
//	reading, read, sent-back, awaiting --Withdraw--> withdrawn
//
// Decided is the intent of the effects. It stands in the same append as the last signature. Rows then take effect one by
// one, in the order of the file, each in its person's stream.
//
// # Invariants
//
//   - The file is kept whole, part by part, before it counts as read.
//   - Rows are accepted or refused in the order of the file, by sheet and row, each once. What was read never changes.
//   - What the office was told of a refused row, and of an accepted one with warnings, stands sealed in the row's event.
//   - What is signed is the list of accepted rows: the root is the RFC 6962 root over their stored entries in order, the
//     sections are the villages. Lines and money of each section are what the rows said, to the fen.
//   - A person signs at most one step (package signoff). Nothing of an import takes effect before its last signature.
//   - Only the officer or the office that opened an import withdraws it, and only before the last signature.
//   - Applied and failed rows together are the accepted ones. Applied and withdrawn are final.
//
// State keeps counts for the whole and for each village, never rows: an import of 100,000 rows folds in a few kilobytes.
//
// # Worked example
//
// A town opens an import of a file in two parts. Rows 2, 3 and 5 are good, row 4 has no name and is refused: Read says 3
// accepted, 1 refused. The town's handler submits two sections of 2 and 1 lines; two villages sign theirs, the town and
// the county the whole. Row 5's person was enrolled meanwhile by another office: RowFailed. Applied says 2 and 1.
package imports
