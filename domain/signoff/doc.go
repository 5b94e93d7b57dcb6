// Package signoff holds the rules of signing level by level (逐级负责制): who may sign which step of a subject, over what,
// and in which order. Cases, imports, pay runs, fund requests, rulebooks and month closes are subjects; each embeds State.
//
// # Lifecycle of a round
//
//	draft --Submit (the handler signs step 0)--> awaiting --Sign, each step in order--> complete
//	awaiting --SendBack (a higher step, with a reason)--> draft, and the next Submit starts the next round
//
// # Invariants
//
//   - Whoever handled the subject signs for it: submitting is the handler's signature (经办). Whoever opened, prepared or
//     revised it, in any round and under any account, signs that step and no other.
//   - Steps are signed in the order fixed when the subject was opened. A step that is signed per section is complete when
//     its sections cover all lines; a step that wants two people has two different ones in every scope.
//   - A person signs at most one step of a subject over all its rounds, whatever the account.
//   - A statement names exactly what was seen: root, lines, held, total, rulebook, and the step before. A page that showed
//     another list cannot sign this one.
//   - What stands in clear is a code: an opinion, a reason. Free text may name people and belongs in a sealed note.
//   - A signature stands in one place: with the subject, or, of a bulk, in the signing that the subject names. Sending back is
//     never done in bulk.
//   - Sending back voids the round's signatures; they stay in history.
package signoff
