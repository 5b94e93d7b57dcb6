package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/ledger"
)

// Job states.
const (
	jobRunning = "running"
	jobDone    = "done"
	jobFailed  = "failed"
)

// jobView is a job as answers show it.
type jobView struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`    // "preparation", "recheck"
	Subject  string    `json:"subject"` // "payrun:<id>"
	State    string    `json:"state"`
	Done     int       `json:"done"`
	Total    int       `json:"total,omitempty"` // absent while it is unknown
	Sequence int64     `json:"sequence"`        // grows with every change: the id of server-sent events
	BeganAt  time.Time `json:"beganAt"`
	EndedAt  time.Time `json:"endedAt,omitzero"`
	Result   any       `json:"result,omitempty"`
	Problem  *problem  `json:"problem,omitempty"`
}

// job is work that goes on after its request was answered.
type job struct {
	officer string

	mu      sync.Mutex // guards what follows
	view    jobView
	changed chan struct{} // closed and replaced with every change
}

// look returns the job as it stands, and what is closed when it moves on.
func (j *job) look() (jobView, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.view, j.changed
}

func (j *job) change(f func(*jobView)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.view)
	j.view.Sequence++
	close(j.changed)
	j.changed = make(chan struct{})
}

// maxJobs is how many ended jobs are remembered. A job is a convenience: what it did stands in the ledger.
const maxJobs = 1000

// jobs runs work beside requests. Close ends all of it and waits.
type jobs struct {
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	log    *slog.Logger
	wait   sync.WaitGroup

	mu    sync.Mutex // guards what follows
	byID  map[string]*job
	order []string // oldest first
	ended bool
}

func newJobs(log *slog.Logger) *jobs {
	ctx, cancel := context.WithCancel(context.Background())
	return &jobs{ctx: ctx, cancel: cancel, log: log, byID: map[string]*job{}}
}

func (j *jobs) close() {
	j.mu.Lock()
	j.ended = true
	j.mu.Unlock()
	j.cancel()
	j.wait.Wait()
}

// jobID follows from officer and key, so that a repeated request finds its job.
func jobID(officer, key string) string { return ledger.NewID(officer, "job|"+key) }

// find returns the job of an officer's key, refusing one that does something else.
func (j *jobs) find(officer, key, kind, subject string) (*job, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	found, ok := j.byID[jobID(officer, key)]
	if !ok {
		return nil, false, nil
	}
	view, _ := found.look()
	if view.Kind != kind || view.Subject != subject {
		return nil, false, domain.Refuse(domain.Conflict, "command.other-content", "the key %s was given before for another request", key).
			WithNext("use a new Idempotency-Key for a new request")
	}
	if view.State == jobFailed { // the same request may be made again
		return nil, false, nil
	}
	return found, true, nil
}

// start runs work as a job. work is told how to report progress, and returns the job's result.
func (j *jobs) start(requestID, officer, key, kind, subject, path string, work func(context.Context, ledger.Progress) (any, error)) (*job, error) {
	id := jobID(officer, key)
	began := &job{officer: officer, changed: make(chan struct{}), view: jobView{ID: id, Kind: kind, Subject: subject, State: jobRunning, Sequence: 1, BeganAt: time.Now().UTC()}}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return nil, refuse(domain.Conflict, "api.busy", "the server is stopping").WithNext("ask again in a moment")
	}
	if running, ok := j.byID[id]; ok {
		if view, _ := running.look(); view.State == jobRunning {
			return running, nil // two equal requests at once
		}
	} else {
		j.order = append(j.order, id)
	}
	j.byID[id] = began
	j.forget()
	j.wait.Go(func() { j.run(began, requestID, path, work) })
	return began, nil
}

func (j *jobs) run(b *job, requestID, path string, work func(context.Context, ledger.Progress) (any, error)) {
	result, err := j.shielded(b, work)
	var p *problem
	if err != nil {
		told := problemOf(err, path, requestID)
		p = &told
		if _, fault := asRefusal(err); fault {
			j.log.LogAttrs(j.ctx, slog.LevelError, "job failed", slog.String("requestId", requestID), slog.String("job", b.view.ID), slog.String("error", err.Error()))
		}
	}
	b.change(func(v *jobView) {
		v.EndedAt, v.Result, v.Problem, v.State = time.Now().UTC(), result, p, jobDone
		if p != nil {
			v.State, v.Result = jobFailed, nil
		}
	})
}

// shielded runs the work and turns a panic into an error: there is no request around it that would.
func (j *jobs) shielded(b *job, work func(context.Context, ledger.Progress) (any, error)) (result any, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errors.Join(errPanicked, fmt.Errorf("%v", v))
		}
	}()
	return work(j.ctx, func(done, total int) { b.change(func(v *jobView) { v.Done, v.Total = done, total }) })
}

// forget drops the oldest ended jobs beyond the limit. The caller holds mu.
func (j *jobs) forget() {
	for i := 0; len(j.order) > maxJobs && i < len(j.order); {
		id := j.order[i]
		if view, _ := j.byID[id].look(); view.State == jobRunning {
			i++
			continue
		}
		delete(j.byID, id)
		j.order = append(j.order[:i], j.order[i+1:]...)
	}
}

// get returns a job by its id.
func (j *jobs) get(id string) (*job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if parsed, err := uuid.Parse(id); err == nil {
		if found, ok := j.byID[parsed.String()]; ok {
			return found, nil
		}
	}
	return nil, refuse(domain.NotFound, "api.no-job", "this server knows no job %.40q", id).
		WithNext("jobs are forgotten when the server restarts; look at the subject itself, and repeat the request with its Idempotency-Key")
}
