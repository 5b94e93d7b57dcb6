// Package rulebook holds the rules of one programme in one region as dated data (政策规则): who qualifies, in which class,
// from which unit to which, how much one unit is worth, who signs, and on which document each number rests.
//
// A rulebook is a YAML file, strictly read, published as an event so that history carries the rules it was decided by.
// Rules are data; policies (how a day becomes a first or a last unit) are the closed set of names in policy.go.
//
// # What decides what
//
//   - A criterion is a Chinese and an English sentence, a citation, and either a CEL expression over the closed list of
//     variables in variable.go, or `attested: true`: a matter that no register answers and that people testify to
//     (the village deliberation, 评议). Every criterion is evaluated, never only up to the first failure.
//   - A fact that is not known makes a criterion unknown, never false: a person has to find out.
//   - CEL decides yes, no and class. It never computes an amount: amounts come from rate rows alone.
//   - Plan turns the day of qualification, the days of application and decision, and the policies into the first unit,
//     the last unit if it is known in advance, and the classes in between. It is done once, when a case is decided; its
//     result and its explanation (Basis) are stored and stand.
//   - RateFor gives the money of one unit of one class. It knows nothing of persons.
//
// # Invariants
//
//   - A Rulebook never changes after Parse and may be used by any number of goroutines.
//   - The same facts, days and rulebook bytes give the same answer on every machine: no clock, no float, no locale.
//   - The components of a Rate sum to its amount; the twelve months of a year sum to the yearly amount, also component
//     by component and across a change of rate.
//   - Every amount, policy and criterion names the document it rests on, or says `status: assumed` with a note. No
//     document number (文号) is ever invented.
//   - Traces hold codes, counts and ages in whole years; never a birth date, a name or a number.
//
// # Example
//
//	book, err := rulebook.Parse(source)                 // or Shipped("special-assistance@000000")
//	plan, err := book.Plan(facts, rulebook.Application{AppliedOn: …, DecidedOn: …})
//	rate, err := book.RateFor(plan.Classes[0].Key, plan.FirstUnit)
//
// docs/rulebooks.md explains every key of the file for those who write one.
package rulebook
