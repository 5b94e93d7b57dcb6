package signoff

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStepCheck(t *testing.T) {
	good := Step{Level: Town, Duty: Handler, Per: Whole, Min: 1}
	with := func(edit func(*Step)) Step {
		s := good
		edit(&s)
		return s
	}
	for _, r := range []struct {
		name string
		step Step
		says string
	}{
		{"village", with(func(s *Step) { s.Level = Village }), ""},
		{"town", good, ""},
		{"county", with(func(s *Step) { s.Level = County }), ""},
		{"finance", with(func(s *Step) { s.Level = Finance }), ""},
		{"no level", with(func(s *Step) { s.Level = "" }), `level ""`},
		{"another level", with(func(s *Step) { s.Level = "province" }), `level "province"`},
		{"line head", with(func(s *Step) { s.Duty = LineHead }), ""},
		{"head", with(func(s *Step) { s.Duty = Head }), ""},
		{"no duty", with(func(s *Step) { s.Duty = "" }), `duty ""`},
		{"another duty", with(func(s *Step) { s.Duty = "clerk" }), `duty "clerk"`},
		{"section", with(func(s *Step) { s.Per = Section }), ""},
		{"no per", with(func(s *Step) { s.Per = "" }), `per ""`},
		{"another per", with(func(s *Step) { s.Per = "line" }), `per "line"`},
		{"nobody", with(func(s *Step) { s.Min = 0 }), "min 0"},
		{"fewer than nobody", with(func(s *Step) { s.Min = -1 }), "min -1"},
		{"nine", with(func(s *Step) { s.Min = 9 }), ""},
		{"ten", with(func(s *Step) { s.Min = 10 }), "min 10"},
		{"any department", with(func(s *Step) { s.Department = "family-planning" }), ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			if err := r.step.Check(); r.says == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, r.says)
			}
		})
	}
	require.Equal(t, "town.handler", good.Capacity())
	require.Equal(t, good.Capacity(), good.Name())
}
