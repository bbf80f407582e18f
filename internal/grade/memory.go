package grade

// memory is a map that forgets its oldest entry when it is full.
type memory[V any] struct {
	limit int
	data  map[string]V
	order []string
	next  int
	lost  bool // something has been forgotten: "never seen" is no longer certain
}

func newMemory[V any](limit int) *memory[V] { return &memory[V]{limit: limit, data: map[string]V{}} }

func (m *memory[V]) get(key string) (V, bool) {
	v, ok := m.data[key]
	return v, ok
}

func (m *memory[V]) put(key string, v V) {
	if _, ok := m.data[key]; ok {
		m.data[key] = v
		return
	}
	if len(m.order) < m.limit {
		m.order = append(m.order, key)
	} else {
		delete(m.data, m.order[m.next])
		m.order[m.next] = key
		m.next = (m.next + 1) % m.limit
		m.lost = true
	}
	m.data[key] = v
}

func (m *memory[V]) drop(key string) { delete(m.data, key) }
