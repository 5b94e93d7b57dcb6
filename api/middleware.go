package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
)

// chain puts middleware around a handler; the first is the outermost.
func chain(h http.Handler, around ...func(http.Handler) http.Handler) http.Handler {
	for i := len(around) - 1; i >= 0; i-- {
		h = around[i](h)
	}
	return h
}

type requestIDKey struct{}

// withRequestID names every call. A name from outside is not taken over: log lines are not to be forged.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := uuid.NewString()
		w.Header().Set("Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

func requestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withHeaders makes browsers treat answers as data of this origin only.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// withRecovery turns a panic into a fault: logged with its stack, answered with the request id alone.
func (s *Server) withRecovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) // the server's own way of breaking off an answer
			}
			id := requestIDOf(r.Context())
			s.log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("requestId", id), slog.String("path", r.URL.Path),
				slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
			if t, ok := w.(*tally); !ok || t.status == 0 {
				writeProblem(w, problemOf(errPanicked, r.URL.Path, id))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

var errPanicked = errors.New("the handler panicked")

// withLog writes one line a call: no query, no header, no body, which may name people.
func (s *Server) withLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		t := &tally{ResponseWriter: w}
		next.ServeHTTP(t, r)
		s.log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("requestId", requestIDOf(r.Context())), slog.String("method", r.Method),
			slog.String("path", r.URL.Path), slog.Int("status", t.status), slog.Int64("bytes", t.bytes), slog.Duration("took", time.Since(began)))
	})
}

// tally counts what was answered.
type tally struct {
	http.ResponseWriter
	status int // 0 until the header is written
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (t *tally) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (t *tally) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(b)
	t.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find the writer below.
func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }
