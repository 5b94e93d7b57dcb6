package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"almoner/domain/beneficiary"
)

// AccountTokens says which of some sealed accounts, each named by its event and that event's revision, are the same one: equal accounts have equal tokens. A token says nothing
// else, since its key is drawn anew for every call and forgotten; so nothing is disclosed and no access is recorded. The
// account of somebody who was erased has the empty token.
func (l *Ledger) AccountTokens(ctx context.Context, asked []beneficiary.Sight) ([]string, error) {
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails
	kids := make([]string, 0, len(asked))
	seen := map[string]bool{}
	for _, a := range asked {
		if !seen[a.Person] {
			seen[a.Person] = true
			kids = append(kids, a.Person)
		}
	}
	keys, err := l.bulkKeys(ctx, kids)
	if err != nil {
		return nil, fmt.Errorf("compare %d accounts: %w", len(asked), err)
	}
	tokens := make([]string, len(asked))
	err = eachParallel(ctx, len(asked), func(ctx context.Context, i int) error {
		account, err := l.accountAt(ctx, keys, asked[i].Person, asked[i].Account, asked[i].Through)
		if errors.Is(err, errAccountGone) {
			return nil
		}
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(account.Number.Reveal()))
		tokens[i] = hex.EncodeToString(mac.Sum(nil))
		return nil
	})
	return tokens, err
}
