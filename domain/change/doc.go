// Package change holds what a case or one row of an import will do to one person once its last step has signed: the
// proposal that officers see and sign, and the pure step from an agreed proposal to the events of the person's stream.
//
// Start, stop, proration and ages are computed when the change is proposed and stand in it; taking effect computes
// nothing again, it only refuses what the person's stream no longer allows.
package change
