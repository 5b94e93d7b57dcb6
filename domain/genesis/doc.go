// Package genesis holds the rules of the ledger itself and its root of trust: entry 0, which pins name, area, origin, log
// key, witnesses and the root officers' keys, and the few events that change them later.
//
// # Lifecycle
//
//	(none) --Create--> serving --Move--> moved; nothing follows
//	serving: RotateLogKey, ChangeWitnesses, ChangeOrigin (one root signature each), ChangeRoots (two),
//	OrderErasure, Erased
//
// # Invariants
//
//   - Nothing stands before created, and nothing after moved (ledger.moved): one origin never has two ledgers.
//   - There are always at least two root officers, different persons with different keys, so that no single one can take the
//     ledger over: a change of roots needs two of them.
//   - One origin never signs two histories: an origin, and a log key, once left never come back.
//   - A root signature names its event, all the event's fields and its revision in the stream, so it cannot be used twice.
//   - An erasure follows a recorded order. Erased always names the ordered person's own key, besides any files'.
//   - The ledger's clock never changes: pages of a simulated ledger always say so.
//
// # Root statement
//
// ASCII lines "key value", percent-encoded as in a sign-off statement; each root officer signs a statement of his own:
//
//	almoner root v1
//	origin log.example.cn/huaishang
//	event ledger.log-key-rotated
//	revision 4
//	key ed25519:…
//	old ed25519:…
//	officer zhang
//	officer-key ed25519:…
//	at 2022-01-10T01:02:03Z
//
// Between `revision` and `officer` stand the event's own fields, all but the signatures, in the order of RootLines. Origin is
// the one in force before the event.
package genesis
