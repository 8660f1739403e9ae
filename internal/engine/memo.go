package engine

import (
	"sync"

	"github.com/skein-bot/skein/internal/repo"
)

// memo remembers values that never change for their key. Beyond its bound it forgets everything and begins anew:
// what is asked for often is soon back.
type memo[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]V
}

const maxMemo = 1024

func (m *memo[K, V]) get(k K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.known[k]
	return v, ok
}

func (m *memo[K, V]) put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxMemo {
		m.known = map[K]V{}
	}
	m.known[k] = v
}

// of returns what is known for a key, or makes it. Two callers at once may both make it.
func (m *memo[K, V]) of(k K, make func(K) V) V {
	if v, ok := m.get(k); ok {
		return v
	}
	v := make(k)
	m.put(k, v)
	return v
}

// commitKey names a commit of a repository.
type commitKey struct {
	repo repo.ID
	sha  repo.SHA
}
