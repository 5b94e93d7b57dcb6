package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"almoner/ledger"
)

// accepted answers a request whose work goes on as a job.
func accepted(j *job) response {
	view, _ := j.look()
	return response{Status: http.StatusAccepted, Body: view, Location: "/v1/jobs/" + view.ID}
}

// asJob starts work for a request, or finds the job that the same key started before.
func (s *Server) asJob(ctx context.Context, r *request, kind string, subject ledger.Subject, work func(context.Context, ledger.Progress) (any, error)) (response, error) {
	j, err := s.jobs.start(requestIDOf(ctx), r.officer.Officer, r.key, kind, nameOf(subject), r.url.Path, work)
	if err != nil {
		return response{}, err
	}
	return accepted(j), nil
}

// getJob shows a job.
func (s *Server) getJob(_ context.Context, r *request) (response, error) {
	j, err := s.jobs.get(r.path("id"))
	if err != nil {
		return response{}, err
	}
	view, _ := j.look()
	return ok(view), nil
}

// The pace of an event stream.
const (
	heartbeat    = 15 * time.Second       // a comment that keeps proxies from closing it
	betweenTells = 100 * time.Millisecond // progress may come thousands of times a second; people see ten
)

// streamJob sends every state of a job as a server-sent event, from the one after Last-Event-ID on, until the job ends.
func (s *Server) streamJob(w http.ResponseWriter, hr *http.Request, r *request) error {
	j, err := s.jobs.get(r.path("id"))
	if err != nil {
		return err
	}
	last, _ := strconv.ParseInt(r.header.Get("Last-Event-ID"), 10, 64) // anything else begins anew
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // proxies that would hold events back
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		view, changed := j.look()
		if view.Sequence > last {
			if err := tell(w, view); err != nil {
				return err
			}
			last = view.Sequence
		}
		if err := out.Flush(); err != nil || view.State != jobRunning {
			return err
		}
		if !s.untilChanged(w, hr.Context(), changed, beat.C) {
			return nil
		}
	}
}

// tell writes one event; its type is the job's state.
func tell(w http.ResponseWriter, view jobView) error {
	data, err := json.Marshal(view)
	if err != nil {
		return fmt.Errorf("job %s: %w", view.ID, err)
	}
	_, err = fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", view.Sequence, view.State, data)
	return err
}

// untilChanged waits for the next state, not oftener than people can see; false means that the stream is to end.
func (s *Server) untilChanged(w http.ResponseWriter, ctx context.Context, changed <-chan struct{}, beat <-chan time.Time) bool {
	pause := time.NewTimer(betweenTells)
	defer pause.Stop()
	waited := pause.C
	for changed != nil || waited != nil {
		select {
		case <-changed:
			changed = nil
		case <-waited:
			waited = nil
		case <-beat:
			if _, err := fmt.Fprint(w, ": waiting\n\n"); err != nil {
				return false
			}
			return true // flushed by the loop, which looks again
		case <-ctx.Done():
			return false
		case <-s.stopping:
			return false
		}
	}
	return true
}
