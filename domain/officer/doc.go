// Package officer holds the rules of who may act for an office: appointments, capacities and keys of officers (干部), and
// the grant statement (授权) by which all of them, and the offices, descend from the root officers of entry 0.
//
// # Lifecycle
//
//	(none) --Appoint--> serving --Leave--> left
//	serving: GrantCapacity, WithdrawCapacity, RegisterKey, RevokeKey, Appoint again (another name or post)
//
// # Invariants
//
//   - Every event carries a granter's signature: a root officer's, or county.personnel's over the area in question. Whoever
//     merely holds the server has none, and so cannot appoint anybody.
//   - Nobody grants to himself, by officer id or by person. A root officer's key stands in entry 0 and needs no
//     registration to grant; to sign off as well, he is appointed like anybody else, by another root officer.
//   - A grant names the origin, the event, its revision in the stream and its effective day, so it cannot be written twice
//     or elsewhere. Capacity and key events of one officer are therefore signed one after the other.
//   - An officer id belongs to one person for ever. One person may have several ids; duties are separated by person.
//   - Nobody holds eligibility and finance capacities on the same day, under whatever officer ids; whoever came to hold both
//     by two grants at one moment can sign with neither (officer.separation).
//   - A key registered has signed for itself, its id is the hash of the key, and once revoked it never comes back.
//   - Keys and leaving are valid by log order, never by a statement's `at`; capacities by the day on which one acts.
//
// # Grant statement
//
// ASCII lines "key value", percent-encoded as in a sign-off statement:
//
//	almoner grant v1
//	origin log.example.cn/huaishang
//	event officer.capacity-granted
//	revision 3
//	on 2022-01-01
//	area 340523
//	capacity county.handler
//	from 2022-01-01
//	office o-county
//	officer li
//	until
//	granter zhang
//	granter-key 21fe31dfa154a261
//	at 2021-12-30T01:02:03Z
//
// Between `on` and `granter` stand the event's own fields, all but the grant, in the order of GrantLines: alphabetical. A
// field that is absent stands empty, after its key and one space. Of a key's proof of possession the SHA-256 stands.
package officer
