package removal

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// numbered turns a field into the reservation of its number and its name, so that no later field takes them by mistake.
func numbered(f schema.File, field schema.Field, at int) ([]rewrite.Edit, error) {
	src, code := f.Content, uncommented(f.Content)
	start := bytes.LastIndexAny(code[:at], ";{}") + 1
	start += len(code[start:]) - len(bytes.TrimLeft(code[start:], " \t\r\n"))
	end := statementEnd(code, at)
	if end < 0 {
		return nil, fmt.Errorf("%s: %s is a group, or does not end", field.Pos, field.Name)
	}
	if block := blockOf(code, start); bytes.HasPrefix(block, []byte("oneof")) {
		return nil, fmt.Errorf("%s: %s is one of a oneof, where nothing can be reserved", field.Pos, field.Name)
	}
	name := `"` + field.Name + `"`
	if bytes.HasPrefix(bytes.TrimSpace(code), []byte("edition")) {
		name = field.Name
	}
	line := whole(src, start, end, comments("//"))
	text := fmt.Sprintf("reserved %d;", field.ID)
	if line.Start == start { // others stand on its line
		return []rewrite.Edit{{Start: start, End: end, New: text + " reserved " + name + ";"}}, nil
	}
	indent := string(src[line.Start:start])
	stop := line.End - (len(src[line.Start:line.End]) - len(bytes.TrimRight(src[line.Start:line.End], "\r\n")))
	edits := []rewrite.Edit{{Start: start, End: stop, New: text + newline(src) + indent + "reserved " + name + ";"}}
	return append(edits, leading(src, line.Start)...), nil
}

// uncommented blanks comments and strings, so that every byte left is code where it stood. Quotes stay.
func uncommented(src []byte) []byte {
	out := bytes.Clone(src)
	for i := 0; i < len(out); {
		n := 1
		switch c := src[i]; {
		case bytes.HasPrefix(src[i:], []byte("//")):
			n = lineEnd(src, i) - i
		case bytes.HasPrefix(src[i:], []byte("/*")):
			if n = bytes.Index(src[i+2:], []byte("*/")) + 4; n < 4 {
				n = len(src) - i
			}
		case c == '"' || c == '\'':
			for n < len(src)-i && src[i+n] != c && src[i+n] != '\n' {
				if src[i+n] == '\\' {
					n++
				}
				n++
			}
			n = min(n+1, len(src)-i)
		default:
			i++
			continue
		}
		for k := i; k < i+n; k++ {
			if out[k] != '\n' && out[k] != '\r' && out[k] != '"' {
				out[k] = ' '
			}
		}
		i += n
	}
	return out
}

// statementEnd is behind the semicolon of the statement at a place; -1 where a block begins first.
func statementEnd(code []byte, at int) int {
	depth := 0
	for i := at; i < len(code); i++ {
		switch code[i] {
		case '[':
			depth++
		case ']':
			depth--
		case '{', '}':
			if depth == 0 {
				return -1
			}
		case ';':
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// blockOf is what opens the block around a place, such as "message Order ".
func blockOf(code []byte, at int) []byte {
	depth := 0
	for i := at - 1; i >= 0; i-- {
		switch code[i] {
		case '}':
			depth++
		case '{':
			if depth == 0 {
				from := bytes.LastIndexAny(code[:i], ";{}") + 1
				return bytes.TrimSpace(code[from:i])
			}
			depth--
		}
	}
	return nil
}

// leading cuts the lines of // comments right above a field, which the format counts as the field's own. Those that
// follow another statement's line stay, for they may be that one's.
func leading(src []byte, from int) (out []rewrite.Edit) {
	for from > 0 {
		above := lineStart(src, from-1)
		if !strings.HasPrefix(string(bytes.TrimSpace(src[above:from])), "//") {
			return out
		}
		out = append(out, rewrite.Edit{Start: above, End: from})
		from = above
	}
	return out
}
