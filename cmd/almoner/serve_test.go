package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestServeBesideTheCommandLine serves a ledger while a command writes to it: the served answers contain what was written.
func TestServeBesideTheCommandLine(t *testing.T) {
	foundTown(t)
	token := decode[tokenJSON](t, almoner(t, "token", "create", "clerk", "--label", "test", "--json")).Token
	addr := freeAddress(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var spoken bytes.Buffer
	go func() {
		ended <- run(ctx, []string{"serve", "--addr", addr}, terminal{out: io.Discard, err: &spoken, getenv: os.Getenv})
	}()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		return err == nil && conn.Close() == nil
	}, time.Minute, 10*time.Millisecond)

	status, _ := get(t, addr, "/v1/payruns", "")
	require.Equal(t, http.StatusUnauthorized, status)
	run := decode[acted](t, almoner(t, "payrun", "open", "--programme", "rural-reward", "--office", "town", "--finance", "finance", "--period", "2021", "--as", "clerk", "--json"))
	require.Eventually(t, func() bool { // the server sees another process's write within its poll
		status, body := get(t, addr, "/v1/payruns/"+run.ID, token)
		return status == http.StatusOK && strings.Contains(body, run.ID) && strings.Contains(body, `"rural-reward"`)
	}, time.Minute, 10*time.Millisecond)

	id := decode[[]tokenJSON](t, almoner(t, "token", "list", "--json"))[0].ID
	almoner(t, "token", "revoke", id, "--commit")
	status, _ = get(t, addr, "/v1/payruns/"+run.ID, token)
	require.Equal(t, http.StatusUnauthorized, status)

	stop()
	require.Zero(t, <-ended, spoken.String())
	require.Contains(t, spoken.String(), "http://"+addr)
}

// freeAddress is an address of this machine that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// get asks the server and returns status and body.
func get(t *testing.T, addr, path, token string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}
