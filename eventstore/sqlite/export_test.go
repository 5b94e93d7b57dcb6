package sqlite

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// LimitPages makes the disk full for this store: its file may not grow beyond n pages until lift is called. There must be no
// append under way.
func (s *Store) LimitPages(t *testing.T, n int) (lift func()) {
	set := func(n int) {
		var now int
		query := fmt.Sprintf("PRAGMA max_page_count=%d", n)
		require.NoError(t, s.conn.QueryRowContext(context.Background(), query).Scan(&now))
	}
	set(n)
	return func() { set(1 << 30) }
}
