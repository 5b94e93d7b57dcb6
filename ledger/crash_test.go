package ledger_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
)

// A process that writes a ledger is killed again and again, wherever it happens to be. What it had been told is durable must
// be there; what it left half done must be finished by Resume and by repeating its commands; and in the end the ledger must
// be worth to the fen what one is worth that was never killed.

// crashFolder, in the environment, makes TestWriterToBeKilled write the ledger in that folder until it is killed.
const crashFolder = "ALMONER_TEST_CRASH_FOLDER"

// killsWanted, in the environment, is how often the writer is killed.
const killsWanted = "ALMONER_KILLS"

// The script's size: so many people enter each month and leave three months later.
const (
	crashRows  = 40
	crashPiece = 5 // appends the killed writer makes durable at a time: kills fall between the pieces of a batch
)

// activity is what an append was part of, read from the type of its first event.
type activity string

const (
	importing activity = "import"  // the file and its rows
	effecting activity = "effects" // of an agreed import, on persons and slots
	drawing   activity = "draws"
	listing   activity = "list"
	undoing   activity = "undo"
	signing   activity = "sign" // everything else: openings, signatures, ends
)

func activityOf(eventType string) activity {
	switch aggregate, _, _ := strings.Cut(eventType, "."); {
	case eventType == (beneficiary.Drawn{}).EventType():
		return drawing
	case eventType == (beneficiary.Undrawn{}).EventType():
		return undoing
	case aggregate == "beneficiary", aggregate == "slot":
		return effecting
	case eventType == (payrun.Listed{}).EventType(), eventType == (payrun.Prepared{}).EventType():
		return listing
	case aggregate == "import" && slices.Contains([]string{"import.opened", "import.file-part", "import.row-accepted", "import.read"}, eventType):
		return importing
	}
	return signing
}

// observed is a store that says what it is about to write and, afterwards, what it was told is durable. It makes large
// batches durable in pieces, as the contract allows.
type observed struct {
	eventstore.Store
	before func(activity)
	after  func(eventstore.Append)
}

func (s observed) Append(ctx context.Context, a eventstore.Append) (eventstore.Appended, error) {
	r := s.AppendBatch(ctx, []eventstore.Append{a})[0]
	return r.Appended, r.Err
}

func (s observed) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	var results []eventstore.Result
	for piece := range slices.Chunk(batch, crashPiece) {
		s.before(activityOf(piece[0].Events[0].Type))
		for i, r := range s.Store.AppendBatch(ctx, piece) {
			if r.Err == nil {
				s.after(piece[i])
			}
			results = append(results, r)
		}
	}
	return results
}

// TestWriterToBeKilled is no test: it is the process that TestKilledLedger starts and kills.
func TestWriterToBeKilled(t *testing.T) {
	dir := os.Getenv(crashFolder)
	if dir == "" {
		t.Skip("only as the child of TestKilledLedger")
	}
	acks, err := os.OpenFile(filepath.Join(dir, "acknowledged"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	c, err := openCounty(t.Context(), dir, false, func(inner eventstore.Store) eventstore.Store {
		return observed{inner,
			func(a activity) { fmt.Println("at", a) },
			func(a eventstore.Append) { _, _ = acks.Write(acknowledged(a)) }}
	})
	require.NoError(t, err)
	require.NoError(t, c.ledger.Resume(t.Context(), nil))
	w := writer{c, t.Context(), func(format string, args ...any) { _, _ = fmt.Fprintf(acks, format, args...) }}
	for m := readAcks(t, dir).months; ; m++ {
		require.NoError(t, w.month(m))
	}
}

// acknowledged names the events of an append. Their bytes are not compared: an append repeated after a kill is sealed anew
// and acknowledged as the one that stands. What the ledger's own answers say of bytes is.
func acknowledged(a eventstore.Append) []byte {
	var b bytes.Buffer
	for i, e := range a.Events {
		fmt.Fprintf(&b, "event %s %d %s\n", a.Stream, a.Expected+1+int64(i), e.ID)
	}
	return b.Bytes()
}

// acks is what killed writers had been told.
type acks struct {
	lines  []string
	months int // played to the end
}

// readAcks reads the whole lines; the last may have been cut short by the kill.
func readAcks(t *testing.T, dir string) acks {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "acknowledged"))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
	}
	var a acks
	for line := range strings.Lines(string(data)) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		a.lines = append(a.lines, strings.TrimSuffix(line, "\n"))
		if n, ok := strings.CutPrefix(a.lines[len(a.lines)-1], "month "); ok {
			m, err := strconv.Atoi(n)
			require.NoError(t, err)
			a.months = m + 1
		}
	}
	return a
}

// TestKilledLedger kills a writing process until every kind of writing was hit often enough.
func TestKilledLedger(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 10
	}
	if n, err := strconv.Atoi(os.Getenv(killsWanted)); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k := &killer{t: t, dir: filepath.Join(t.TempDir(), "ledger"), rng: rand.New(rand.NewPCG(seed, 1)), hits: map[activity]int{}}
	require.NoError(t, os.Mkdir(k.dir, 0o700))
	require.NoError(t, foundCounty(t.Context(), k.dir))

	total := 0
	for ; total < kills || !k.hitAll(kills); total++ {
		require.Less(t, total, 4*kills, "kills fell %v", k.hits)
		k.kill()
		k.requireAcknowledged()
		if total%25 == 24 {
			k.requireWhole()
		}
	}
	k.requireWhole()
	t.Logf("%d kills fell %v in %d months, %d acknowledged lines", total, k.hits, k.months, k.checked)
	k.requireAsIfNeverKilled()
}

type killer struct {
	t       *testing.T
	dir     string
	rng     *rand.Rand
	hits    map[activity]int // by what the writer was last about to write
	checked int              // lines of the acknowledged file that were compared
	months  int
}

// hitAll says that imports, effects and draws were each hit five times, and less often when few kills are wanted.
func (k *killer) hitAll(kills int) bool {
	enough := min(5, kills/4)
	return k.hits[importing] >= enough && k.hits[effecting] >= enough && k.hits[drawing] >= enough
}

// kill starts a writer, waits until it has begun to write a kind of thing some random number of times, and kills it a random
// moment later.
func (k *killer) kill() {
	k.t.Helper()
	targets := []activity{importing, effecting, drawing, drawing, effecting, listing, undoing, signing}
	target, wait := targets[k.rng.IntN(len(targets))], k.rng.IntN(12)
	delay := time.Duration(k.rng.Int64N(int64(4 * time.Millisecond)))
	cmd := exec.Command(os.Args[0], "-test.run=^TestWriterToBeKilled$")
	cmd.Env = append(os.Environ(), crashFolder+"="+k.dir)
	out, err := cmd.StdoutPipe()
	require.NoError(k.t, err)
	require.NoError(k.t, cmd.Start())
	defer func() { _ = cmd.Process.Kill() }()
	last, seen, armed := activity(""), 0, false
	var said []string
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		at, ok := strings.CutPrefix(scanner.Text(), "at ")
		if !ok {
			said = append(said, scanner.Text())
			continue
		}
		last = activity(at)
		if last == target {
			seen++
		}
		if seen > wait && !armed {
			armed = true
			time.AfterFunc(delay, func() { _ = cmd.Process.Kill() }) // SIGKILL; what is in the pipe is still read
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	require.ErrorAs(k.t, err, &exit)
	require.Equal(k.t, -1, exit.ExitCode(), "the writer was to be killed, and ended by itself:\n%s", strings.Join(said, "\n"))
	k.hits[last]++
}

// requireAcknowledged looks at the folder as the kill left it: nothing is damaged or half there, and everything that the writer
// was told is there, at the same place and with the same bytes.
func (k *killer) requireAcknowledged() {
	k.t.Helper()
	s, err := sqlite.Open(k.t.Context(), filepath.Join(k.dir, "ledger.db"), sqlite.Options{})
	require.NoError(k.t, err)
	_, err = s.Check(k.t.Context(), nil)
	require.NoError(k.t, err)
	a := readAcks(k.t, k.dir)
	for _, line := range a.lines[k.checked:] {
		if f := strings.Fields(line); f[0] == "event" {
			k.requireEvent(s, f)
		}
	}
	k.checked, k.months = len(a.lines), a.months
	require.NoError(k.t, s.Close())
}

func (k *killer) requireEvent(s eventstore.Store, f []string) {
	k.t.Helper()
	revision, err := strconv.ParseInt(f[2], 10, 64)
	require.NoError(k.t, err)
	for r, err := range s.ReadStream(k.t.Context(), f[1], revision, eventstore.Forwards) {
		require.NoError(k.t, err)
		stored := []string{r.Stream, strconv.FormatInt(r.Revision, 10), r.ID, signoff.Hex(signoff.Leaf(r.Data))}
		require.Equal(k.t, f[1:], stored[:len(f)-1])
		return
	}
	k.t.Fatalf("acknowledged and lost: %v", f)
}

// requireWhole resumes, plays the interrupted month to its end in this process, and looks at everything.
func (k *killer) requireWhole() {
	k.t.Helper()
	ctx := k.t.Context()
	c, err := openCounty(ctx, k.dir, false, nil)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, c.Close()) }()
	require.NoError(k.t, c.ledger.Resume(ctx, nil))
	require.NoError(k.t, c.synced(ctx))
	left, err := countyViews{c.views}.Unfinished(ctx)
	require.NoError(k.t, err)
	require.Empty(k.t, left, "Resume finishes what is no handler's to go on with")

	file, err := os.OpenFile(filepath.Join(k.dir, "acknowledged"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, file.Close()) }()
	w := writer{c, ctx, func(format string, args ...any) {
		_, err := fmt.Fprintf(file, format, args...)
		require.NoError(k.t, err)
	}}
	require.NoError(k.t, w.month(k.months))
	k.months++
	require.NoError(k.t, c.synced(ctx))
	requireAnswers(k.t, c, readAcks(k.t, k.dir))
	requireSound(k.t, c)
	_, units := requireDrawsListed(k.t, c)
	for unit, drawn := range units { // nobody of the script changes class
		require.Contains(k.t, []domain.Money{{}, domain.Yuan(80), domain.Yuan(90)}, drawn, "unit %s is drawn more than once", unit)
	}
	requireRebuilt(k.t, c, k.months)
}
