// Package signing holds the rules of signing many subjects at once (批量签字): one signature over a manifest of statements.
//
// # Lifecycle
//
//	(none) --Make--> made; nothing follows
//
// # Invariants
//
//   - Every subject has its own sign-off statement (package signoff), complete and different from the others, by the same
//     officer, person and key. Root is the RFC 6962 root over signoff.Leaf of the statements' texts, in order.
//   - The one signature is over a statement that names root and count. A subject's signed-off event keeps its own statement
//     and names its index and path; CheckBulk proves from these that it was among those signed, and CheckMade that the
//     manifest was.
//   - What was signed is the whole list: the officer's page must have shown each subject that its root stands for.
//
// # Signing statement
//
// ASCII lines "key value", percent-encoded as in a sign-off statement:
//
//	almoner signing v1
//	origin log.example.cn/huaishang
//	signing 5d0a…
//	root 9f86d081…
//	count 12
//	officer li
//	person 0b7c…
//	key 21fe31dfa154a261
//	at 2022-01-10T01:02:03Z
package signing
