package vault

import (
	"container/list"
	"sync"
)

// keyCache holds unwrapped keys in memory, the least recently used leaving first. It is true for one count of erasures:
// seeing another, it forgets everything. It never remembers that a key is absent.
type keyCache struct {
	capacity int

	mu       sync.Mutex
	erasures int64                    // guarded by mu: what the entries are true for
	entries  map[string]*list.Element // guarded by mu: of *cachedKey
	order    *list.List               // guarded by mu: most recently used first
}

type cachedKey struct {
	kid string
	key Key
}

func newKeyCache(capacity int) *keyCache {
	return &keyCache{capacity: capacity, entries: map[string]*list.Element{}, order: list.New()}
}

// get returns the keys it holds and the kids, each once, that it does not. The count of erasures must have been read from
// the file by the caller after its own caller asked. An older count than the cache's, from a slower reader, finds nothing.
func (c *keyCache) get(erasures int64, kids []string) (keys map[string]Key, missing []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if erasures > c.erasures {
		c.clear()
		c.erasures = erasures
	}
	keys = make(map[string]Key, len(kids))
	asked := make(map[string]bool)
	for _, kid := range kids {
		if e := c.entries[kid]; e != nil && erasures == c.erasures {
			c.order.MoveToFront(e)
			keys[kid] = e.Value.(*cachedKey).key
		} else if !asked[kid] {
			asked[kid] = true
			missing = append(missing, kid)
		}
	}
	return keys, missing
}

// put enters keys read after the count of erasures was; if it has moved on, they may be gone and are not kept.
func (c *keyCache) put(erasures int64, keys map[string]Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if erasures != c.erasures || c.capacity < 0 {
		return
	}
	for kid, key := range keys {
		if c.entries[kid] == nil {
			c.entries[kid] = c.order.PushFront(&cachedKey{kid, key})
		}
	}
	for c.order.Len() > c.capacity {
		oldest := c.order.Remove(c.order.Back()).(*cachedKey)
		delete(c.entries, oldest.kid)
		clear(oldest.key[:])
	}
}

// drop forgets everything.
func (c *keyCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

// clear also overwrites the keys, as far as the garbage collector has made no copies. The caller holds mu.
func (c *keyCache) clear() {
	for e := c.order.Front(); e != nil; e = e.Next() {
		clear(e.Value.(*cachedKey).key[:])
	}
	clear(c.entries)
	c.order.Init()
}
