// Package api is the ledger over HTTP: JSON under /v1 for other systems of the office, described by openapi.yaml, which a
// test holds to the routes in both directions.
//
// # A call
//
//	request → who asks (bearer token) → which capacity → one handler → ledger or read models → response or problem
//
// A handler is a function of a context and a [request] to a [response] and an error; it knows nothing of the router. The
// router is named in server.go and nowhere else, so that a change of router is a change of one file. What goes around a
// call is plain func(http.Handler) http.Handler (middleware.go).
//
// # What every caller may rely on
//
//   - Every POST carries an Idempotency-Key. It is the ledger's command id: the same key of the same officer is answered
//     from the events that it made, after a restart too; the same key with other content is refused (409).
//   - An ETag is the revision of the subject's stream. A change of an existing subject names the ETag it is based on in
//     If-Match: without it 428, with an old one 412. A repetition of a signature that stands is answered before If-Match is
//     looked at, since its own success moved the revision.
//   - Signing is done in two steps, so that a key never leaves its owner: GET /v1/statements gives the exact text, the
//     officer signs its bytes with Ed25519, and the POST hands text and signature in. The ledger compares the text with
//     what stands at that moment, so that a stale page cannot sign a changed list whatever If-Match says.
//   - Grants (授权: offices, officers, capacities, keys) are signed in the same two steps. POST /v1/statements gives the
//     text, since what is asked may hold a citizen number; what is granted is read from the signed text alone.
//   - Every refusal is a problem document (RFC 9457) with the stable rule id; its type is a page of this server that
//     explains the rule in Chinese and English. Faults say nothing but a request id, under which the log has the rest.
//   - Lists are paged by an opaque cursor that belongs to its query; Link has the next page (RFC 8288).
//   - Long work answers 202 with a job, to be polled or followed as server-sent events.
//   - Instants are RFC 3339 in UTC with Z, days YYYY-MM-DD, money text in yuan with two places; what is absent is left out.
//   - No answer holds a name, number, account, phone or address of a beneficiary in clear but one: a disclosure gives name
//     and number in full to the capacity unmask, inside its area, after the look was recorded. Everything else is masked,
//     and people are looked for in a body, never in a URL.
//
// # Invariants
//
//   - No handler writes but through package ledger, whose rules decide; nothing here grants anything: a grant holds by its
//     granter's signature. The one thing written ahead of a signature is the person id of a new officer, in the vault.
//   - An answer made from read models contains what this process has written before the request came.
//   - A request that is not understood to the last field changes nothing: unknown fields and parameters are refused.
//   - The server listens on a loopback address only ([Serve]); in front of it stands the office's own TLS.
//
// # What is trusted
//
// Whoever can write the token file can act as any officer that has no need of a key: open pay runs and cases, read lists.
// They cannot sign anything, because signatures are made with keys this package never sees.
package api
