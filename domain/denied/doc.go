// Package denied holds the rules of recording refused attempts: what known officers tried at one office on one day without
// authority or with a bad signature, without its content.
//
// # Lifecycle
//
//	(none) --Record, up to Cap times--> Refused events --Record beyond--> Counted events, ever more refusals to an event
//
// # Invariants
//
//   - A refused attempt carries three codes (action, rule, subject) and nothing that was typed.
//   - A stream has at most Cap Refused events, however often somebody tries: an attacker cannot fill the log.
//   - Beyond Cap, refusals are counted in the shell's memory and a Counted event is written when as many wait as were counted
//     before, that is at 1, 2, 4, 8 and so on: a million refusals beyond Cap make twenty events. Flush writes the rest, which
//     the shell asks for when it stops and when the day ends. A crash loses at most as many as were counted.
//   - Total is exact but for that: Refused events + the sum of Counted.
package denied
