package imports

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

type ask = func(State) ([]domain.Event, error)

func TestOpen(t *testing.T) {
	with := func(edit func(*Open)) Open { c := terms(); edit(&c); return c }
	asks := func(c Open) ask { return func(s State) ([]domain.Event, error) { return DecideOpen(s, c) } }
	invalid := func(name, rule, detail string, edit func(*Open)) row {
		return row{name: name, ask: asks(with(edit)), kind: domain.Invalid, rule: rule, detail: detail}
	}
	private := func(c *Open) { c.Private = &File{Name: "roster.xlsx"} }
	runRows(t, []row{
		{name: "an import", ask: asks(terms()), events: []domain.Event{Opened(terms())}},
		{name: "with the name of its file", ask: asks(with(private)), events: []domain.Event{Opened(with(private))}},
		{name: "one part, two steps", ask: asks(with(func(c *Open) { c.Parts, c.Size, c.Chain = 1, 1, c.Chain[:2] })),
			events: []domain.Event{Opened(with(func(c *Open) { c.Parts, c.Size, c.Chain = 1, 1, c.Chain[:2] }))}},
		{name: "again", state: opened(t), ask: asks(with(private))},
		{name: "again when agreed", state: agreed(t), ask: asks(terms())},
		{name: "another file under its id", state: opened(t), ask: asks(with(func(c *Open) { c.File = "file-2" })), kind: domain.Conflict, rule: "import.exists"},
		invalid("no id", "import.incomplete", "no id", func(c *Open) { c.Import = "" }),
		invalid("no file", "import.incomplete", "no file", func(c *Open) { c.File = "" }),
		invalid("no commitment", "import.incomplete", "no commitment", func(c *Open) { c.Commitment = "" }),
		invalid("no office", "import.incomplete", "no office", func(c *Open) { c.Office = "" }),
		invalid("no programme", "import.incomplete", "no programme", func(c *Open) { c.Programme = "" }),
		invalid("no region", "import.incomplete", "no region", func(c *Open) { c.Region = "" }),
		invalid("no rulebook", "import.incomplete", "no rulebook", func(c *Open) { c.Rulebook = "" }),
		invalid("no parts", "import.empty-file", "", func(c *Open) { c.Parts = 0 }),
		invalid("no bytes", "import.empty-file", "", func(c *Open) { c.Size = 0 }),
		invalid("no chain", "import.chain", "two steps", func(c *Open) { c.Chain = nil }),
		invalid("a chain of one", "import.chain", "two steps", func(c *Open) { c.Chain = c.Chain[:1] }),
		invalid("a chain that a head begins", "import.chain", "two steps", func(c *Open) { c.Chain = c.Chain[1:] }),
		invalid("a bad step", "import.chain", "step 3", func(c *Open) { c.Chain[2].Min = 0 }),
	})
}

func TestUnknownImport(t *testing.T) {
	var rows []row
	for name, a := range map[string]ask{
		"parts":      func(s State) ([]domain.Event, error) { return DecideParts(s, KeepParts{}) },
		"rows":       func(s State) ([]domain.Event, error) { return DecideRows(s, Rows{}) },
		"read":       func(s State) ([]domain.Event, error) { return DecideRead(s, FinishReading{}) },
		"submit":     func(s State) ([]domain.Event, error) { return DecideSubmit(s, Submit{}) },
		"sign off":   func(s State) ([]domain.Event, error) { return DecideSignOff(s, SignOff{}) },
		"send back":  func(s State) ([]domain.Event, error) { return DecideSendBack(s, SendBack{}) },
		"withdraw":   func(s State) ([]domain.Event, error) { return DecideWithdraw(s, Withdraw{}) },
		"row failed": func(s State) ([]domain.Event, error) { return DecideRowFailed(s, FailRow{}) },
		"applied":    func(s State) ([]domain.Event, error) { return DecideApplied(s, Apply{}) },
	} {
		rows = append(rows, row{name: name, ask: a, kind: domain.NotFound, rule: "import.unknown"})
	}
	runRows(t, rows)
}

func TestParts(t *testing.T) {
	asks := func(c KeepParts) ask { return func(s State) ([]domain.Event, error) { return DecideParts(s, c) } }
	part := func(n int) domain.Event { return FilePart{File: "file-1", Import: importID, Part: n} }
	one := after(t, opened(t), "", []domain.Event{part(1)}, nil)
	foreign := parts(1, 1)
	foreign.Parts[0].File = "file-2"
	runRows(t, []row{
		{name: "all", state: opened(t), ask: asks(parts(1, 2)), events: []domain.Event{part(1), part(2)}},
		{name: "the first", state: opened(t), ask: asks(parts(1, 1)), events: []domain.Event{part(1)}},
		{name: "sent again from the beginning", state: one, ask: asks(parts(1, 2)), events: []domain.Event{part(2)}},
		{name: "all again", state: kept(t), ask: asks(parts(1, 2))},
		{name: "all again when agreed", state: agreed(t), ask: asks(parts(1, 2))},
		{name: "none", state: opened(t), ask: asks(KeepParts{})},
		{name: "a gap", state: opened(t), ask: asks(parts(2, 2)), kind: domain.Conflict, rule: "import.part-order", detail: "part 1 of 2 is expected"},
		{name: "part 0", state: opened(t), ask: asks(parts(0, 0)), kind: domain.Conflict, rule: "import.part-order"},
		{name: "more than the file has", state: kept(t), ask: asks(parts(3, 3)), kind: domain.Conflict, rule: "import.part-order"},
		{name: "another file", state: opened(t), ask: asks(foreign), kind: domain.Conflict, rule: "import.part-order", detail: "file-2"},
		{name: "another file where the part is kept", state: kept(t), ask: asks(foreign), kind: domain.Conflict, rule: "import.part-order"},
		{name: "too many at once", state: opened(t), ask: asks(KeepParts{Parts: make([]FilePart, MaxBatch+1)}), kind: domain.Invalid, rule: "import.batch", detail: "501 parts"},
		{name: "when withdrawn", state: after(t, one, "", []domain.Event{Withdrawn{}}, nil), ask: asks(parts(2, 2)), kind: domain.Conflict, rule: "import.not-reading", detail: "withdrawn"},
	})
}

func TestRows(t *testing.T) {
	asks := func(rows ...domain.Event) ask {
		return func(s State) ([]domain.Event, error) { return DecideRows(s, Rows{Rows: rows}) }
	}
	edited := func(edit func(*RowAccepted)) ask { r := accepted(6, west, "1.00"); edit(&r); return asks(r) }
	many := make([]domain.Event, MaxBatch+1)
	for i := range many {
		many[i] = refusedRow(i + 1)
	}
	sheet := func(name string, row int) RowRefused { r := refusedRow(row); r.Sheet = name; return r }
	rich := rowsOf(t, accepted(2, west, "9999999999999.98"))
	noImport := accepted(2, west, "1.00")
	noImport.Import = ""
	noImportRefused := refusedRow(2)
	noImportRefused.Import = ""
	full := rowsOf(t, fileRows()...)
	runRows(t, []row{
		{name: "rows in order", state: kept(t), ask: asks(fileRows()...), events: fileRows()},
		{name: "rows before the file is whole", state: opened(t), ask: asks(fileRows()...), events: fileRows()},
		{name: "the import is filled in", state: kept(t), ask: asks(noImport), events: []domain.Event{accepted(2, west, "1.00")}},
		{name: "the import is filled in, refused", state: kept(t), ask: asks(noImportRefused), events: []domain.Event{refusedRow(2)}},
		{name: "sheets in order", state: kept(t), ask: asks(sheet("", 7), sheet("2", 3), sheet("10", 1)), events: []domain.Event{sheet("", 7), sheet("2", 3), sheet("10", 1)}},
		{name: "a full batch", state: kept(t), ask: asks(many[:MaxBatch]...), events: many[:MaxBatch]},
		{name: "the last fen", state: rich, ask: asks(accepted(3, east, "0.01")), events: []domain.Event{accepted(3, east, "0.01")}},
		{name: "resumed", state: rowsOf(t, fileRows()[:2]...), ask: asks(fileRows()...), events: fileRows()[2:]},
		{name: "again", state: full, ask: asks(fileRows()...)},
		{name: "again when agreed", state: agreed(t), ask: asks(fileRows()...)},
		{name: "none", state: full, ask: asks()},
		{name: "new when read", state: read(t), ask: asks(refusedRow(6)), kind: domain.Conflict, rule: "import.not-reading", detail: "read"},
		{name: "a row twice in a batch", state: kept(t), ask: asks(refusedRow(2), refusedRow(2)), kind: domain.Invalid, rule: "import.row-order", detail: "row 2"},
		{name: "backwards in a batch", state: kept(t), ask: asks(refusedRow(3), refusedRow(2)), kind: domain.Invalid, rule: "import.row-order"},
		{name: "backwards to what was read", state: full, ask: asks(refusedRow(6), refusedRow(4)), kind: domain.Invalid, rule: "import.row-order", detail: "row 4"},
		{name: "sheets backwards", state: kept(t), ask: asks(sheet("10", 1), sheet("2", 3)), kind: domain.Invalid, rule: "import.row-order"},
		{name: "too many at once", state: kept(t), ask: asks(many...), kind: domain.Invalid, rule: "import.batch", detail: "501 rows"},
		{name: "more than can be written", state: rich, ask: asks(accepted(3, east, "0.02")), kind: domain.Invalid, rule: "import.total-bounds"},
		{name: "row 0", state: kept(t), ask: asks(refusedRow(0)), kind: domain.Invalid, rule: "import.place"},
		{name: "an accepted row 0", state: kept(t), ask: edited(func(r *RowAccepted) { r.Row = 0 }), kind: domain.Invalid, rule: "import.place"},
		{name: "a sheet with a name", state: kept(t), ask: asks(sheet("Roster", 2)), kind: domain.Invalid, rule: "import.place"},
		{name: "sheet 0", state: kept(t), ask: asks(sheet("0", 2)), kind: domain.Invalid, rule: "import.place"},
		{name: "sheet 01", state: kept(t), ask: asks(sheet("01", 2)), kind: domain.Invalid, rule: "import.place"},
		{name: "another programme", state: kept(t), ask: edited(func(r *RowAccepted) { r.Change.Programme = "x" }), kind: domain.Invalid, rule: "import.another-programme"},
		{name: "another region", state: kept(t), ask: edited(func(r *RowAccepted) { r.Change.Region = "x" }), kind: domain.Invalid, rule: "import.another-programme"},
		{name: "another rulebook", state: kept(t), ask: edited(func(r *RowAccepted) { r.Change.Rulebook = "x" }), kind: domain.Invalid, rule: "import.another-programme"},
		{name: "a change without its part", state: kept(t), ask: edited(func(r *RowAccepted) { r.Change.Kind = change.Exit }), kind: domain.Invalid, rule: "case.parts"},
		{name: "warnings for another file", state: kept(t), ask: edited(func(r *RowAccepted) { r.File, r.Private = "file-2", &Notes{} }), kind: domain.Invalid, rule: "import.row-file"},
		{name: "refused without a rule", state: kept(t), ask: asks(RowRefused{File: "file-1", Row: 2}), kind: domain.Invalid, rule: "import.refused-row"},
		{name: "refused for another file", state: kept(t), ask: asks(RowRefused{File: "file-2", Row: 2, Rules: []string{"x"}}), kind: domain.Invalid, rule: "import.refused-row"},
		{name: "no row", state: kept(t), ask: asks(Read{}), kind: domain.Invalid, rule: "import.row", detail: "imports.Read"},
	})
	_, err := DecideRows(kept(t), Rows{Rows: []domain.Event{accepted(2, "340311101", "1.00")}})
	require.ErrorContains(t, err, "row 2: ")
}

func TestRead(t *testing.T) {
	asks := func(accepted, refused int, root string) ask {
		return func(s State) ([]domain.Event, error) {
			return DecideRead(s, FinishReading{Accepted: accepted, Refused: refused, Root: root})
		}
	}
	whole := hash("whole")
	full := rowsOf(t, fileRows()...)
	short := full
	short.Parts = 1
	villages := func(n int) State {
		s := full
		s.Villages = slices.Repeat([]Village{{}}, n)
		return s
	}
	event := []domain.Event{Read{Accepted: 3, Import: importID, Refused: 1, Root: whole}}
	runRows(t, []row{
		{name: "the counts agree", state: full, ask: asks(3, 1, whole), events: event},
		{name: "nothing was accepted", state: kept(t), ask: asks(0, 0, whole), events: []domain.Event{Read{Import: importID, Root: whole}}},
		{name: "as many villages as may be", state: villages(MaxSections), ask: asks(3, 1, whole), events: event},
		{name: "again", state: read(t), ask: asks(3, 1, whole)},
		{name: "again when agreed", state: agreed(t), ask: asks(3, 1, whole)},
		{name: "again with another root", state: read(t), ask: asks(3, 1, hash("x")), kind: domain.Conflict, rule: "import.not-reading"},
		{name: "again with other counts", state: read(t), ask: asks(2, 1, whole), kind: domain.Conflict, rule: "import.not-reading"},
		{name: "an accepted row less", state: full, ask: asks(2, 1, whole), kind: domain.Conflict, rule: "import.counts"},
		{name: "a refused row more", state: full, ask: asks(3, 2, whole), kind: domain.Conflict, rule: "import.counts"},
		{name: "a part missing", state: short, ask: asks(3, 1, whole), kind: domain.Conflict, rule: "import.file-incomplete", detail: "1 of the file's 2"},
		{name: "no root", state: full, ask: asks(3, 1, ""), kind: domain.Invalid, rule: "import.root"},
		{name: "too many villages", state: villages(MaxSections + 1), ask: asks(3, 1, whole), kind: domain.Invalid, rule: "import.sections", detail: "351"},
	})
}

// Folding 100,000 rows keeps counts of villages, and the same whatever order the villages come in.
func TestStateKeepsCountsOnly(t *testing.T) {
	s := kept(t)
	for i := range 100_000 {
		village := domain.AreaCode(fmt.Sprintf("3403111012%02d", i*7%12))
		s = Evolve(s, domain.Fact{Event: accepted(i+1, village, "0.01")})
	}
	require.Equal(t, 100_000, s.Accepted)
	require.Equal(t, "1000.00", s.Total.String())
	require.Len(t, s.Villages, 12)
	lines, total := 0, domain.Money{}
	for _, v := range s.Villages {
		lines, total = lines+v.Lines, total.Add(v.Total)
	}
	require.Equal(t, s.Accepted, lines)
	require.True(t, s.Total.Equal(total))
	require.True(t, slices.IsSortedFunc(s.Villages, func(a, b Village) int {
		return int(a.Code[11]) + 10*int(a.Code[10]) - int(b.Code[11]) - 10*int(b.Code[10])
	}))
	require.Equal(t, signoff.Draft, s.Signing.Status)
}
