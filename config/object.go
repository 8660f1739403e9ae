package config

import (
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// field is one key of an object.
type field[T any] struct {
	name     string
	required bool
	schema   schema
	read     func(*reader, *node, *T) bool
	hint     string // instead of read: people expect the key here, and this is what they should write
}

// key is a field that may be left out. Editors show the doc.
func key[T, V any](name, doc string, s shape[V], at func(*T) *V) field[T] {
	f := field[T]{name: name, schema: merged(s.schema, schema{"description": doc})}
	f.read = func(r *reader, n *node, t *T) bool {
		v, ok := s.read(r, n)
		if ok {
			*at(t) = v
		}
		return ok
	}
	return f
}

// must is a key that has to be there.
func must[T, V any](name, doc string, s shape[V], at func(*T) *V) field[T] {
	f := key(name, doc, s, at)
	f.required = true
	return f
}

// misplaced is a key that belongs elsewhere.
func misplaced[T any](name, hint string) field[T] { return field[T]{name: name, hint: hint} }

// object is a mapping with the keys of the grammar. Its value is good when every required key is.
func object[T any](fields ...field[T]) shape[T] {
	return shape[T]{objectSchema(fields), func(r *reader, n *node) (T, bool) {
		var out T
		if n.kind != mapping {
			r.wrong(n, "a mapping with "+listed(names(fields)))
			return out, false
		}
		good := readEntries(r, n, fields, &out)
		for _, f := range fields {
			if f.required && n.at(f.name) == nil {
				r.errorf(n.pos, MissingKey, "%s: key %q is missing", r.label(), f.name)
				good = false
			}
		}
		return out, good
	}}
}

// readEntries reads the entries of a mapping and reports whether those that must be there could be read.
func readEntries[T any](r *reader, n *node, fields []field[T], out *T) bool {
	good := true
	seen := map[string]repo.Position{}
	for _, e := range n.entries {
		if r.full() {
			return false
		}
		if r.twice(seen, e.key) {
			continue
		}
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == e.key.text })
		if i < 0 {
			r.errorf(e.key.pos, UnknownKey, "unknown key %s%s", quoted(e.key.text), instead(e.key.text, names(fields)))
			continue
		}
		if hint := fields[i].hint; hint != "" {
			r.errorf(e.key.pos, UnknownKey, "%s", hint)
			continue
		}
		ok := r.under(e.key.text, func() bool { return fields[i].read(r, e.value, out) })
		good = good && (ok || !fields[i].required)
	}
	return good
}

// twice reports a key that its mapping already has.
func (r *reader) twice(seen map[string]repo.Position, key *node) bool {
	first, twice := seen[key.text]
	if twice {
		r.errorf(key.pos, DuplicateKey, "key %s stands here twice; the first is on line %d", quoted(key.text), first.Line)
		return true
	}
	seen[key.text] = key.pos
	return false
}

// under reads a value whose key is name.
func (r *reader) under(name string, read func() bool) bool {
	r.keys = append(r.keys, name)
	defer func() { r.keys = r.keys[:len(r.keys)-1] }()
	return read()
}

// names returns the keys that may stand in an object.
func names[T any](fields []field[T]) []string {
	var out []string
	for _, f := range fields {
		if f.hint == "" {
			out = append(out, f.name)
		}
	}
	return out
}

func objectSchema[T any](fields []field[T]) schema {
	properties, required := map[string]schema{}, []string{}
	for _, f := range fields {
		if f.hint != "" {
			continue
		}
		properties[f.name] = f.schema
		if f.required {
			required = append(required, f.name)
		}
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// table is a mapping whose keys people choose.
func table[V any](key shape[string], value shape[V]) shape[map[string]V] {
	s := schema{"type": "object", "propertyNames": key.schema, "additionalProperties": value.schema}
	return shape[map[string]V]{s, func(r *reader, n *node) (map[string]V, bool) {
		if n.kind != mapping {
			r.wrong(n, mapping.String())
			return nil, false
		}
		out, seen := map[string]V{}, map[string]repo.Position{}
		for _, e := range n.entries {
			if r.full() {
				return out, false
			}
			if r.twice(seen, e.key) {
				continue
			}
			k, ok := key.read(r, e.key)
			r.under(e.key.text, func() bool {
				v, good := value.read(r, e.value)
				if ok && good {
					out[k] = v
				}
				return good
			})
		}
		return out, true
	}}
}

// placed notes where a value stands.
func placed[T any](s shape[T], at func(*T) *repo.Position) shape[T] {
	return shape[T]{s.schema, func(r *reader, n *node) (T, bool) {
		v, ok := s.read(r, n)
		*at(&v) = n.pos
		return v, ok
	}}
}

// checked looks for what the single values do not show. The check may complete the value.
func checked[T any](s shape[T], check func(*reader, *node, *T)) shape[T] {
	return shape[T]{s.schema, func(r *reader, n *node) (T, bool) {
		v, ok := s.read(r, n)
		if ok {
			check(r, n, &v)
		}
		return v, ok
	}}
}

// into makes a value of one type from one of another. It is called for bad values too, with ok false.
func into[A, B any](s shape[A], convert func(*reader, *node, A, bool) (B, bool)) shape[B] {
	return shape[B]{s.schema, func(r *reader, n *node) (B, bool) {
		v, ok := s.read(r, n)
		return convert(r, n, v, ok)
	}}
}

// ifClean is checked for values in which nothing is wrong so far.
func ifClean[T any](s shape[T], check func(*reader, *node, *T)) shape[T] {
	return shape[T]{s.schema, func(r *reader, n *node) (T, bool) {
		before := len(r.findings)
		v, ok := s.read(r, n)
		if ok && len(r.findings) == before {
			check(r, n, &v)
		}
		return v, ok
	}}
}

// byKind reads a value in one of two notations: short when the node is of that kind, else long, a mapping.
func byKind[T any](of kind, want string, short, long shape[T]) shape[T] {
	s := schema{"anyOf": []schema{short.schema, long.schema}}
	return shape[T]{s, func(r *reader, n *node) (T, bool) {
		if n.kind == of {
			return short.read(r, n)
		}
		if n.kind != mapping {
			var zero T
			r.wrong(n, want)
			return zero, false
		}
		return long.read(r, n)
	}}
}
