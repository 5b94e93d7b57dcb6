package signoff

import "fmt"

// Level is a rung of the responsibility ladder (逐级负责制) on which an officer acts.
type Level string

// The levels, from the people who know the family to the people who pay.
const (
	Village Level = "village" // 村
	Town    Level = "town"    // 镇
	County  Level = "county"  // 区县
	Finance Level = "finance" // 财政
)

// Duty is what an officer does at a level.
type Duty string

// The duties. Whoever handled a matter signs as its handler; heads sign for supervision.
const (
	Handler  Duty = "handler"   // 经办
	LineHead Duty = "line-head" // 条线负责人
	Head     Duty = "head"      // 负责人
)

// Per says what one signature of a step covers.
type Per string

// A step is signed once for the whole subject, or once for each village's section of it.
const (
	Whole   Per = "whole"
	Section Per = "section"
)

// Step is one step of a subject's chain of sign-offs: {level, department, duty, per, min}.
type Step struct {
	Level      Level  `json:"level"      yaml:"level"`
	Department string `json:"department,omitempty" yaml:"department"` // a closed code such as "family-planning"; empty means any
	Duty       Duty   `json:"duty"       yaml:"duty"`
	Per        Per    `json:"per"        yaml:"per"` // default whole
	Min        int    `json:"min"        yaml:"min"` // how many different people must sign each scope; at least 1
}

// Capacity is the name of the authority an officer needs to sign the step, for example "town.line-head".
func (s Step) Capacity() string { return string(s.Level) + "." + string(s.Duty) }

// Name is the step's name in statements and messages: its capacity.
func (s Step) Name() string { return s.Capacity() }

// Check reports what is wrong with a step as data.
func (s Step) Check() error {
	switch s.Level {
	case Village, Town, County, Finance:
	default:
		return fmt.Errorf("level %q: want village, town, county or finance", s.Level)
	}
	switch s.Duty {
	case Handler, LineHead, Head:
	default:
		return fmt.Errorf("duty %q: want handler, line-head or head", s.Duty)
	}
	switch s.Per {
	case Whole, Section:
	default:
		return fmt.Errorf("per %q: want whole or section", s.Per)
	}
	if s.Min < 1 || s.Min > 9 {
		return fmt.Errorf("min %d: want 1 to 9", s.Min)
	}
	return nil
}
