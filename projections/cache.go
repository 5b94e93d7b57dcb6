package projections

// cache keeps values that can be read from the file again, at most twice its limit, in two generations: when the young
// one is full it becomes the old one, and what was in the old one and not asked for since is forgotten. It has one owner,
// whoever moves the read models.
type cache[K comparable, V any] struct {
	limit      int
	young, old map[K]V
}

func newCache[K comparable, V any](limit int) *cache[K, V] {
	return &cache[K, V]{limit: limit, young: map[K]V{}, old: map[K]V{}}
}

func (c *cache[K, V]) get(key K) (V, bool) {
	value, ok := c.young[key]
	if !ok {
		if value, ok = c.old[key]; ok {
			c.put(key, value)
		}
	}
	return value, ok
}

func (c *cache[K, V]) put(key K, value V) {
	if len(c.young) >= c.limit {
		c.young, c.old = make(map[K]V, c.limit/4), c.young
	}
	c.young[key] = value
}
