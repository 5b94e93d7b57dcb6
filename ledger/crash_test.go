package ledger_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
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
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/eventstore/sqlite"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
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

// writer plays the script on a ledger. acknowledge is told of everything that a call returned.
type writer struct {
	*county
	ctx         context.Context
	acknowledge func(format string, args ...any)
}

// month plays one month, from 0: people enter, those of three months ago turn out to have died in the month before last, and the
// town is paid. Every command's id follows from the month, so a month that was interrupted is simply played again.
func (w writer) month(m int) error {
	month := domain.MustPeriod("2022-01").Add(m)
	w.clock.set(month.First().AddDays(4))
	id := func(what string) string { return fmt.Sprintf("month-%03d-%s", m, what) }
	if err := w.roster(id("enter"), rosterfile.Admission, crashEntries(m)); err != nil {
		return err
	}
	if m >= 3 {
		if err := w.roster(id("leave"), rosterfile.Exit, crashExits(m-3, month.Add(-2))); err != nil {
			return err
		}
	}
	if m%4 == 1 {
		if err := w.cancelled(id("cancelled"), month); err != nil {
			return err
		}
	}
	run, err := w.prepared(id("run"), month, payrun.Regular)
	if err != nil {
		return err
	}
	if m%3 == 2 {
		if err := w.sentBack(id("back"), run); err != nil {
			return err
		}
	}
	if err := w.released(id("run-again"), run); err != nil {
		return err
	}
	if m%4 == 2 {
		if err := w.stopped(id("stop"), run, month); err != nil {
			return err
		}
	}
	w.acknowledge("month %d\n", m)
	return nil
}

func (w writer) outcome(command string, out ledger.Outcome, err error) error {
	if err != nil {
		return fmt.Errorf("command %s: %w", command, err)
	}
	for _, e := range out.Events {
		w.acknowledge("event %s %d %s %s\n", e.Stream, e.Revision, e.ID, signoff.Hex(e.Leaf))
	}
	return nil
}

// roster hands in a list and has both steps signed: the last signature carries its effects out.
func (w writer) roster(command string, kind rosterfile.Kind, file []byte) error {
	handler := handlerOf(north)
	done, err := w.ledger.CommitImport(w.ctx, ledger.Command{Actor: handler, ID: command}, ledger.ImportRequest{
		Actor: handler, Programme: programme, Office: north, Kind: kind, FileName: command + ".csv", File: bytes.NewReader(file), Size: int64(len(file)),
	}, false, nil)
	if err != nil {
		return fmt.Errorf("import %s: %w (%v)", command, err, done.Plan.Problems)
	}
	w.acknowledge("import %s %s %d\n", done.Import, done.Root, done.Accepted)
	return w.sign(command, ledger.Subject{Kind: ledger.ImportSubject, ID: done.Import})
}

// sign gives both signatures of a subject; those given before the writer was killed are answered again.
func (w writer) sign(command string, s ledger.Subject) error {
	out, err := w.submit(w.ctx, command+"-submit", handlerOf(north), s)
	if err := w.outcome(command+"-submit", out, err); err != nil {
		return err
	}
	out, err = w.signOff(w.ctx, command+"-sign", headOf(north), s)
	return w.outcome(command+"-sign", out, err)
}

func (w writer) prepared(command string, month domain.Period, kind payrun.Kind) (string, error) {
	run, out, err := w.ledger.OpenPayrun(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command},
		ledger.PayrunRequest{Programme: programme, Office: north, Finance: "finance", Period: month, Kind: kind})
	if err := w.outcome(command, out, err); err != nil {
		return "", err
	}
	return run, w.prepare(command+"-prepare", run)
}

// prepare prepares a run that waits for its list; one that went on before the writer was killed is left alone.
func (w writer) prepare(command, run string) error {
	s, err := w.ledger.Payrun(w.ctx, run)
	if err != nil || s.Next().Wait != payrun.WaitList {
		return err
	}
	s, err = w.ledger.PreparePayrun(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command}, run, nil)
	if err != nil {
		return err
	}
	w.acknowledge("run %s %d %d %s\n", run, s.Listing.Round, s.Listing.Totals.Lines, s.Listing.Totals.Root)
	return nil
}

// sentBack has the head send the first list back; its draws are undone, and it is prepared again.
func (w writer) sentBack(command, run string) error {
	s := ledger.Subject{Kind: ledger.PayrunSubject, ID: run}
	out, err := w.submit(w.ctx, command+"-submit", handlerOf(north), s)
	if err := w.outcome(command+"-submit", out, err); err != nil {
		return err
	}
	out, err = w.ledger.SendBack(w.ctx, ledger.Command{Actor: headOf(north), ID: command}, ledger.Return{
		Subject: s, Scope: signoff.WholeScope, To: 0, Reason: "list-incomplete", Pen: w.pen(headOf(north).Officer),
	})
	if err := w.outcome(command, out, err); err != nil {
		return err
	}
	return w.prepare(command+"-prepare", run)
}

func (w writer) released(command, run string) error {
	return w.sign(command, ledger.Subject{Kind: ledger.PayrunSubject, ID: run})
}

// stopped takes the first line out of a released run; the person is paid by a run of its own.
func (w writer) stopped(command, run string, month domain.Period) error {
	out, err := w.ledger.StopLine(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command}, run, 1, "account-doubtful")
	if err := w.outcome(command, out, err); err != nil {
		return err
	}
	more, err := w.prepared(command+"-run", month, payrun.Supplementary)
	if err != nil {
		return err
	}
	return w.released(command+"-release", more)
}

func (w writer) cancelled(command string, month domain.Period) error {
	run, err := w.prepared(command+"-run", month, payrun.Regular)
	if err != nil {
		return err
	}
	out, err := w.ledger.CancelPayrun(w.ctx, ledger.Command{Actor: handlerOf(north), ID: command}, run, "wrong-month")
	return w.outcome(command, out, err)
}

// crashEntries is the list of who turned 60 in the month before month m.
func crashEntries(m int) []byte {
	birth := domain.Date{Year: 1961, Month: time.December, Day: 1}.AddMonths(m)
	rows := [][]string{{"姓名", "身份证号", "村居", "户口性质", "婚姻状况", "申报日期", "开户行", "账号", "户名"}}
	for i := range crashRows {
		name := fmt.Sprintf("虚%s构", string(rune('一'+i)))
		applied := domain.MustPeriod("2022-01").Add(m).First().AddDays(2)
		rows = append(rows, []string{name, crashNumber(birth, i), []string{"东村", "西村"}[i%2], "农业", []string{"丧偶", "未婚"}[i/2%2], applied.String(), "农商银行", countyCard(m*crashRows + i), name})
	}
	return crashCSV(rows)
}

func crashNumber(birth domain.Date, i int) string {
	return countyNumber(strings.ReplaceAll(birth.AddDays(i%28).String(), "-", ""), i/28)
}

// crashExits is the list of those who entered in month m and died in a month.
func crashExits(m int, died domain.Period) []byte {
	birth := domain.Date{Year: 1961, Month: time.December, Day: 1}.AddMonths(m)
	rows := [][]string{{"姓名", "身份证号", "退出原因", "死亡日期", "报告日期"}}
	for i := range crashRows {
		day := died.First().AddDays(i % 28)
		rows = append(rows, []string{fmt.Sprintf("虚%s构", string(rune('一'+i))), crashNumber(birth, i), "死亡", day.String(), died.Add(1).Last().String()})
	}
	return crashCSV(rows)
}

func crashCSV(rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		panic(fmt.Sprintf("a buffer takes everything: %v", err))
	}
	return b.Bytes()
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

// requireAnswers compares what calls returned with what is there now.
func requireAnswers(t *testing.T, c *county, a acks) {
	t.Helper()
	for _, line := range a.lines {
		switch f := strings.Fields(line); f[0] {
		case "import":
			s, err := c.ledger.Import(t.Context(), f[1])
			require.NoError(t, err)
			require.Equal(t, f[2:], []string{s.Root, strconv.Itoa(s.Accepted)})
			sections, _, err := c.ledger.ImportSections(t.Context(), f[1])
			require.NoError(t, err)
			require.Equal(t, f[2], sections.Root, "the root that was answered is the root of what is stored")
		case "run":
			s, err := c.ledger.Payrun(t.Context(), f[1])
			require.NoError(t, err)
			if strconv.Itoa(s.Listing.Round) == f[2] { // a later round has replaced the list otherwise
				require.Equal(t, f[3:], []string{strconv.Itoa(s.Listing.Totals.Lines), s.Listing.Totals.Root})
			}
		}
	}
}

// requireSound checks the money of a ledger in which no follow-up is open: from the read models, from the events alone, and
// by recomputing every run.
func requireSound(t require.TestingT, c *county) {
	ctx := context.Background()
	require.NoError(t, c.synced(ctx))
	_, left, err := c.views.Unfinished(ctx)
	require.NoError(t, err)
	require.Empty(t, left)
	_, orphans, err := c.views.OrphanDraws(ctx)
	require.NoError(t, err)
	require.Empty(t, orphans)
	runs, _ := requireDrawsListed(t, c)
	for _, run := range runs {
		again, err := c.ledger.RecheckPayrun(ctx, run, nil)
		require.NoError(t, err)
		require.Empty(t, again.Mismatches, "pay run %s", run)
	}
}

// ofRun is what the events say of one run.
type ofRun struct {
	round   int
	over    bool                         // cancelled, or sent back and not listed again
	lines   map[string]int               // draw id to number of times listed in the round
	stopped map[string]bool              // draw ids
	stands  map[string]beneficiary.Drawn // by draw id
}

// requireDrawsListed folds the log by hand: every standing draw is listed exactly once in the present round of its run, every line
// that was not stopped has a standing draw. It returns the runs, and what is drawn for each unit of each enrolment.
func requireDrawsListed(t require.TestingT, c *county) (order []string, units map[string]domain.Money) {
	runs := map[string]*ofRun{}
	for r, err := range logOf(context.Background(), c.disk) {
		require.NoError(t, err)
		e, err := codec.DecodeEvent(r.Data, nil)
		require.NoError(t, err)
		switch x := e.Event.(type) {
		case payrun.Opened:
			runs[x.Run] = &ofRun{lines: map[string]int{}, stopped: map[string]bool{}, stands: map[string]beneficiary.Drawn{}}
			order = append(order, x.Run)
		case payrun.Listed:
			if run := runs[x.Run]; run.round != x.Round {
				run.round, run.over, run.lines = x.Round, false, map[string]int{}
			}
			for _, l := range x.Lines {
				runs[x.Run].lines[l.Draw]++
			}
		case payrun.SentBack:
			runs[x.Run].over = true
		case payrun.Cancelled:
			runs[x.Run].over = true
		case payrun.StoppedLine:
			runs[x.Run].stopped[x.Draw] = true
		case beneficiary.Drawn:
			runs[x.Run].stands[x.Draw] = x
		case beneficiary.Undrawn:
			require.Contains(t, runs[x.Run].stands, x.Draw, "a draw is undone once, after it was made")
			delete(runs[x.Run].stands, x.Draw)
		}
	}
	units = map[string]domain.Money{}
	for id, run := range runs {
		for draw, e := range run.stands {
			require.False(t, run.over, "draw %s stands, and its run %s is over", draw, id)
			require.Equal(t, 1, run.lines[draw], "draw %s of run %s", draw, id)
			for _, item := range e.Items {
				unit := e.Enrolment + " " + item.Unit.String()
				units[unit] = units[unit].Add(item.Amount)
			}
		}
		for draw, n := range run.lines {
			_, stands := run.stands[draw]
			require.True(t, n == 1 && (stands != run.stopped[draw] || run.over), "line of draw %s of run %s", draw, id)
		}
	}
	return order, units
}

// requireRebuilt compares read models that lived through everything with ones made anew from the events.
func requireRebuilt(t *testing.T, c *county, months int) {
	t.Helper()
	ctx := t.Context()
	fresh, err := projections.Open(ctx, filepath.Join(t.TempDir(), "views.db"), c.disk, projections.Options{Ledger: countyID})
	require.NoError(t, err)
	defer func() { require.NoError(t, fresh.Close()) }()
	require.NoError(t, fresh.CatchUp(ctx, nil))
	require.Equal(t, answersOf(t, fresh, months), answersOf(t, c.views, months))
}

// answers are what read models say of everything the script touches.
type answers struct {
	Status   projections.Status
	Rolls    []projections.Roll
	Totals   []projections.Totals
	Runs     []projections.Payrun
	Overpaid []projections.Overpayment
}

func answersOf(t *testing.T, v *projections.Views, months int) answers {
	t.Helper()
	var a answers
	var err error
	a.Status, err = v.Status(t.Context())
	require.NoError(t, err)
	for m := range months {
		month := domain.MustPeriod("2022-01").Add(m)
		roll, err := v.Roll(t.Context(), projections.RollQuery{Programme: programme, AsOf: month.Last()})
		require.NoError(t, err)
		totals, err := v.Totals(t.Context(), projections.TotalsQuery{Period: month, Programme: programme})
		require.NoError(t, err)
		a.Rolls, a.Totals = append(a.Rolls, roll), append(a.Totals, totals)
	}
	a.Runs, err = v.Payruns(t.Context(), projections.PayrunFilter{})
	require.NoError(t, err)
	_, a.Overpaid, err = v.Overpayments(t.Context(), projections.OverpaymentFilter{All: true})
	require.NoError(t, err)
	return a
}

// requireAsIfNeverKilled plays the same months without a kill: the same people are on the roll, and the same money is paid.
func (k *killer) requireAsIfNeverKilled() {
	k.t.Helper()
	ctx, dir := k.t.Context(), filepath.Join(k.t.TempDir(), "quiet")
	require.NoError(k.t, os.Mkdir(dir, 0o700))
	require.NoError(k.t, foundCounty(ctx, dir))
	quiet, err := openCounty(ctx, dir, false, nil)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, quiet.Close()) }()
	w := writer{quiet, ctx, func(string, ...any) {}}
	for m := range k.months {
		require.NoError(k.t, w.month(m))
	}
	require.NoError(k.t, quiet.synced(ctx))
	killed, err := openCounty(ctx, k.dir, false, nil)
	require.NoError(k.t, err)
	defer func() { require.NoError(k.t, killed.Close()) }()
	require.Equal(k.t, worth(k.t, quiet, k.months), worth(k.t, killed, k.months))
}

// worth is what a ledger comes to, without the ids and log indexes that differ between two.
func worth(t *testing.T, c *county, months int) []string {
	t.Helper()
	a := answersOf(t, c.views, months)
	var lines []string
	for m := range months {
		a.Totals[m].LogIndex = 0
		lines = append(lines, fmt.Sprintf("%+v, on the roll %d", a.Totals[m], a.Rolls[m].Persons))
	}
	var overpaid domain.Money
	for _, o := range a.Overpaid {
		overpaid = overpaid.Add(o.Outstanding)
	}
	return append(lines, fmt.Sprintf("overpaid %d times, %v", len(a.Overpaid), overpaid))
}
