package api

import (
	"crypto/sha256"
	"sync"

	"almoner/domain"
)

// replays remembers which keys succeeded in this process, so that a repetition whose If-Match is old by its own success
// reaches the ledger, which answers it from its events or refuses other content. After a restart such a repetition is
// answered 412, and the subject shows that it was done.
type replays struct {
	mu      sync.Mutex // guards what follows
	done    map[string]bool
	order   []string
	answers map[string]kept // of bulk signings, which concern several subjects
	kept    []string
}

// kept is an answer with the hash of the body it answered.
type kept struct {
	body   [sha256.Size]byte
	answer response
}

// The bounds of the memory: a client repeats within minutes.
const (
	maxReplays = 10_000
	maxAnswers = 500
)

func newReplays() *replays { return &replays{done: map[string]bool{}, answers: map[string]kept{}} }

// add notes that a key succeeded.
func (p *replays) add(officer, key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := officer + "|" + key
	if p.done[name] {
		return
	}
	p.done[name], p.order = true, append(p.order, name)
	if len(p.order) > maxReplays {
		delete(p.done, p.order[0])
		p.order = p.order[1:]
	}
}

func (p *replays) has(officer, key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done[officer+"|"+key]
}

// keep notes the answer to a key and body.
func (p *replays) keep(officer, key string, body []byte, answer response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := officer + "|" + key
	p.answers[name], p.kept = kept{sha256.Sum256(body), answer}, append(p.kept, name)
	if len(p.kept) > maxAnswers {
		delete(p.answers, p.kept[0])
		p.kept = p.kept[1:]
	}
}

// answer finds the answer to a key, refusing another body.
func (p *replays) answer(officer, key string, body []byte) (response, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k, found := p.answers[officer+"|"+key]
	if found && k.body != sha256.Sum256(body) {
		return response{}, true, domain.Refuse(domain.Conflict, "command.other-content", "the key %s was given before for another request", key).
			WithNext("use a new Idempotency-Key for a new request")
	}
	return k.answer, found, nil
}
