package beneficiary

// Sight names the sealed data of one person that somebody wants to read, as the stream stood at a revision: what was
// recorded later is not looked at, so that a paper made again for an earlier position says the same.
type Sight struct {
	Person  string
	Through int64  // last revision looked at
	Account string // id of the event that holds the account; empty: no account is wanted
}

// Particulars are a person's sealed data, opened. A nil part was never recorded, or its key was destroyed.
type Particulars struct {
	Identity *Identity
	Account  *Account
}
