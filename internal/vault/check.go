package vault

import (
	"context"
	"fmt"
	"iter"
	"slices"
)

// reportLimit is how many missing or damaged keys end a check: one is enough to stop the ledger, a hundred show that it is
// the wrong vault or an old one, and an empty vault beside a province's log must not fill the memory.
const reportLimit = 100

// Report is what Check found, each kid once, in the order of the log's first use within a batch of queryBatch.
type Report struct {
	Used      int64    // kids given, repetitions included
	Missing   []string // the log uses them, the vault never knew them
	Damaged   []string // their wrapped key does not unwrap
	Destroyed []string // erased here; each must be named by an erasure in the log
	Cut       bool     // ended early because of reportLimit: there may be more
}

// Err is ErrIncomplete, naming the first kid, if the ledger must stop; nil otherwise.
func (r Report) Err() error {
	if len(r.Missing)+len(r.Damaged) == 0 {
		return nil
	}
	more := ""
	if r.Cut {
		more = " at least"
	}
	return fmt.Errorf("%w:%s %d keys missing, %d damaged, among them %s", ErrIncomplete, more,
		len(r.Missing), len(r.Damaged), slices.Concat(r.Missing, r.Damaged)[0])
}

// Check compares the kids that the log uses, in any order and any number of times, with the keys the vault holds, and
// unwraps each. An error that kids yields, or a failing disk, ends it; what it finds stands in the report.
func (v *Vault) Check(ctx context.Context, kids iter.Seq2[string, error]) (Report, error) {
	c := checker{vault: v, queued: map[string]bool{}, told: map[string]bool{}}
	for kid, err := range kids {
		if err != nil {
			return c.report, fmt.Errorf("check vault: read the log's kids: %w", err)
		}
		c.report.Used++
		if !c.queued[kid] && !c.told[kid] {
			c.queued[kid] = true
			c.batch = append(c.batch, kid)
		}
		if len(c.batch) < queryBatch {
			continue
		}
		if err := c.flush(ctx); err != nil {
			return c.report, fmt.Errorf("check vault: %w", err)
		}
		if c.report.Cut {
			return c.report, nil
		}
	}
	if err := c.flush(ctx); err != nil {
		return c.report, fmt.Errorf("check vault: %w", err)
	}
	return c.report, nil
}

// checker holds one run of Check. Its memory is bounded by a batch, reportLimit and the number of erased kids.
type checker struct {
	vault  *Vault
	report Report
	batch  []string        // distinct kids to look at next
	queued map[string]bool // what batch holds
	told   map[string]bool // what the report holds
}

func (c *checker) flush(ctx context.Context) error {
	if len(c.batch) == 0 {
		return nil
	}
	stored, err := c.vault.stored(ctx, c.batch)
	if err != nil {
		return err
	}
	for _, kid := range c.batch {
		c.look(kid, stored)
	}
	c.batch = c.batch[:0]
	clear(c.queued)
	return nil
}

func (c *checker) look(kid string, stored map[string]storedKey) {
	row, ok := stored[kid]
	list := &c.report.Missing
	switch {
	case ok && row.destroyed:
		list = &c.report.Destroyed
	case ok:
		if _, err := c.vault.keyring.unwrap(kid, row.wrapped); err == nil {
			return
		}
		list = &c.report.Damaged
	}
	if list != &c.report.Destroyed && len(c.report.Missing)+len(c.report.Damaged) >= reportLimit {
		c.report.Cut = true
		return
	}
	c.told[kid] = true
	*list = append(*list, kid)
}
