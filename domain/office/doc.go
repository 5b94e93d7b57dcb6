// Package office holds the rules of an office: a village committee, a town, a county bureau, a finance office, and the
// area and villages it answers for, which mergers and splits change.
//
// # Lifecycle
//
//	(none) --Open--> open --Change, from an effective day--> open --Close--> closed from an effective day
//
// # Invariants
//
//   - Every event carries a grant (package officer) by a root officer or by county.personnel over the area.
//   - Level and area agree: a village's office has a 12-digit area, a town's 9 digits, a county's 6. A finance office
//     pays for a town or for a county.
//   - An office lies inside the area of its parent. Its level and parent never change: another office is opened instead.
//   - Villages are listed by towns only, in the order of their codes, and lie inside the town's area.
//   - What an office was on a day is the version with the latest first day up to it; of several with the same first day the
//     one recorded last. Nothing changes from the day of closing on.
package office
