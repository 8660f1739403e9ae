package protobuf

import (
	"path"
	"strings"
)

// declared is a message or an enum that a name leads to.
type declared struct {
	message *message
	enum    *enum
}

// hiddenFrom reports whether a file may not use the type.
func (d declared) hiddenFrom(u *unit) bool {
	return d.message != nil && d.message.hidden && d.message.unit != u || d.enum != nil && d.enum.hidden && d.enum.unit != u
}

// find follows the name of a type as Protobuf does: from the innermost scope outwards. A name with a dot in front is
// a full one.
func (x *expander) find(name, scope string) declared {
	if full, ok := strings.CutPrefix(name, "."); ok {
		return x.types[full]
	}
	for {
		if d := x.types[full(scope, name)]; d != (declared{}) {
			return d
		}
		if scope == "" {
			return declared{}
		}
		scope = scope[:max(0, strings.LastIndexByte(scope, '.'))]
	}
}

// complete reports whether all that the file imports is among the files, so that a name which leads nowhere is a
// fault. An import is named from a root that nobody tells, so the end of a path will do.
func (x *expander) complete(u *unit) bool {
	for _, name := range u.desc.GetDependency() {
		if strings.HasPrefix(name, "google/protobuf/") {
			continue
		}
		if !x.paths[path.Clean(name)] {
			return false
		}
	}
	return true
}

// addPath enters a file under every name that an import may give it.
func (x *expander) addPath(p string) {
	p = path.Clean(p)
	for {
		x.paths[p] = true
		i := strings.IndexByte(p, '/')
		if i < 0 {
			return
		}
		p = p[i+1:]
	}
}
