package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"almoner/eventstore"
	"almoner/eventstore/sqlite"
)

// crashPath, in the environment, turns the test binary into a writer of that file, to be killed by TestKilledWriter.
const crashPath = "ALMONER_TEST_CRASH_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashPath); path != "" {
		appendUntilKilled(path)
	}
	os.Exit(m.Run())
}

// appendUntilKilled appends from four goroutines and prints one line "stream revision first-id size" for each
// acknowledged append, after it was acknowledged.
func appendUntilKilled(path string) {
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{Create: true})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(3)
	}
	var mu sync.Mutex
	run := uuid.NewString()
	for w := range 4 {
		go func() {
			stream, revision := fmt.Sprintf("%s-%d", run, w), eventstore.NoStream
			for i := 0; ; i++ {
				list := benchEvents(1 + i%40)
				list[0].ID = uuid.NewString()
				appended, err := s.Append(context.Background(), eventstore.Append{Stream: stream, Expected: revision, Events: list})
				if err != nil {
					fmt.Println("error", err)
					os.Exit(3)
				}
				revision = appended.Revision
				mu.Lock()
				fmt.Println(stream, revision, list[0].ID, len(list))
				mu.Unlock()
			}
		}()
	}
	select {}
}

// TestKilledWriter kills a writing process at random moments: what it acknowledged is there, and no append is there by half.
func TestKilledWriter(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills 20 processes")
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewSource(seed))
	total := 0
	for round := range 20 {
		acknowledged := killWriter(t, path, 1+rng.Intn(120))
		total += len(acknowledged)
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		require.NoError(t, err, "round %d", round)
		for _, line := range acknowledged {
			requireAcknowledged(t, s, line)
		}
		report, err := s.Check(t.Context(), nil)
		require.NoError(t, err)
		require.GreaterOrEqual(t, report.Appends, int64(total))
		require.NoError(t, s.Close())
	}
	require.Positive(t, total)
}

// killWriter runs a writer, kills it as soon as it has acknowledged so many appends, and returns all it acknowledged.
func killWriter(t *testing.T, path string, after int) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), crashPath+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		line := scanner.Text()
		require.False(t, strings.HasPrefix(line, "error"), line)
		if lines = append(lines, line); len(lines) == after {
			require.NoError(t, cmd.Process.Kill()) // SIGKILL; what is already in the pipe is still read
		}
	}
	require.Error(t, cmd.Wait())
	require.GreaterOrEqual(t, len(lines), after)
	return lines
}

func requireAcknowledged(t *testing.T, s *sqlite.Store, line string) {
	t.Helper()
	parts := strings.Fields(line)
	require.Len(t, parts, 4, "a line of this length is written to a pipe as a whole")
	last, err := strconv.ParseInt(parts[1], 10, 64)
	require.NoError(t, err)
	size, err := strconv.ParseInt(parts[3], 10, 64)
	require.NoError(t, err)
	var got []eventstore.Recorded
	for e, err := range s.ReadStream(t.Context(), parts[0], last-size+1, eventstore.Forwards) {
		require.NoError(t, err)
		if got = append(got, e); e.Revision == last {
			break
		}
	}
	require.Len(t, got, int(size), line)
	require.Equal(t, parts[2], got[0].ID)
}
