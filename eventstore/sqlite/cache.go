package sqlite

import "sync"

// generation is how many entries one half of a cache holds: two halves of stream names and heads are about 30 MB.
const generation = 1 << 16

// cache is a map of bounded size, in two generations: when the young one is full it becomes the old one, and what was in
// the old one and not asked for since is forgotten. Everything kept in it can be read from the file again.
type cache[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]V
}

func newCache[K comparable, V any]() *cache[K, V] {
	return &cache[K, V]{young: map[K]V{}, old: map[K]V{}}
}

func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.young[key]
	if !ok {
		if value, ok = c.old[key]; ok {
			c.add(key, value)
		}
	}
	return value, ok
}

func (c *cache[K, V]) put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(key, value)
}

func (c *cache[K, V]) add(key K, value V) {
	if len(c.young) >= generation {
		c.young, c.old = make(map[K]V, generation/4), c.young
	}
	c.young[key] = value
}

func (c *cache[K, V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = map[K]V{}, map[K]V{}
}
