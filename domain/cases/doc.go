// Package cases decides what happens to a case (事项): one change to one person on its way through the levels. The change
// takes effect only after the last signature; until then nothing of it is on the roll or payable.
//
// # Lifecycle
//
//	draft --Revise--> draft --Submit (经办)--> awaiting --SignOff, each step--> awaiting --the last step--> agreed --Applied--> applied
//	awaiting --SendBack (补正)--> sent-back --Revise--> sent-back --Submit, the next round--> awaiting
//	awaiting --Refuse, by a head--> refused
//	draft, sent-back, awaiting --Withdraw--> withdrawn
//	agreed --Applied{Failed: rule}--> failed: the person's stream no longer allowed the change
//
// Decided is the intent of the effects. It stands in the same append as the signature that caused it, so that no reader
// sees a complete chain without its outcome. Applied says that the effects stand in the person's stream.
//
// # Invariants
//
//   - The chain is fixed when the case is opened. A person signs at most one step over all rounds (package signoff).
//   - What is signed is one line: the stored entry of the event that proposed the change (opened, or the last revised). The
//     root is its RFC 6962 leaf hash; lines is 1; the section is the village of the change.
//   - A proposal never changes while it waits for signatures or after. Revising keeps kind and person.
//   - One handler alone can do nothing but withhold payment (缓发), as on a suspected death: any other change whose chain
//     is one step of one person is refused. Such a case is decided by its submission.
//   - Hence a write-off (核销) and a recovery plan carry the signatures of two people at least; a rulebook whose chain for them
//     is one person's is refused when it is read.
//   - Only the officer or the office that opened a case withdraws it, and only before the last signature.
//   - Refused, withdrawn, applied and failed are final.
//
// # Worked example
//
// A village handler opens an admission, submits it with a signature over its entry, the head agrees, the town sends it
// back for a missing certificate. The handler revises and submits round 2; everybody signs again, each for the same step
// as before; with the county head's signature the case is agreed, the person is enrolled, and the case is applied.
package cases
