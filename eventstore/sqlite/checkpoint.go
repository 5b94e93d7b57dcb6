package sqlite

import "context"

// The WAL grows with every commit and is emptied by moving its pages into the file. Moving costs two fsyncs and more, so it
// happens beside the commits; SQLite starts the WAL from its beginning again when a commit finds that everything was moved
// and nobody reads from it. Under load that moment may not come, so beyond walLimit the writer makes it come.
const (
	walPages = 4000  // pages written, roughly, after which the checkpointer has a look: 16 MB
	walLimit = 64000 // pages in the WAL at which the writer waits for them to be moved: 256 MB
)

// checkpoint is the goroutine that moves the WAL into the file until the store is closed.
func (s *Store) checkpoint() {
	defer close(s.settled)
	for {
		select {
		case <-s.quit:
			return
		case <-s.pressure:
		}
		// A failure is not the end of anything: the pages stay in the WAL, and the next commits ask again. A disk that
		// really is broken will make a commit fail, which is reported to whoever waits for it.
		if c, err := s.db.Checkpoint(context.Background(), false); err == nil {
			s.overlong.Store(c.Log > walLimit)
		}
	}
}

// relieve is called by the writer after each commit, with a rough number of pages it wrote.
func (w *writer) relieve(pages int) {
	if w.s.overlong.Load() {
		// Between two groups, so the only ones to wait for are readers, whose transactions are short.
		if c, err := w.s.db.Checkpoint(context.Background(), true); err == nil && !c.Busy {
			w.s.overlong.Store(false)
			w.pages = 0
			return
		}
	}
	if w.pages += pages; w.pages >= walPages {
		w.pages = 0
		select {
		case w.s.pressure <- struct{}{}:
		default: // it has been told already
		}
	}
}
