// Package slot holds the rules of an exclusive place: within one exclusivity group (互斥组) a person, the child or the
// holder of the right, gives at most one whole share, which two parents may divide.
//
// # Lifecycle
//
//	(none) --Claim--> claimed --Release--> free again
//
// # Invariants
//
//   - The shares of the standing claims sum to at most 1, in exact whole-number arithmetic: three thirds are one.
//   - A claim is never taken over by time. Who finds the slot taken learns the holders (TakenError); if one of them never
//     came to an enrolment, claim-abandoned is first appended to the holder's stream and the claim is then released.
//   - A claim id is used once: what was given back is claimed again under a new id, so that a late retry takes nothing.
package slot
