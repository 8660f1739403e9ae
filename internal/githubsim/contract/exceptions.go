package contract

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

//go:embed exceptions.txt
var exceptionList string

// exception excuses one kind of difference at one place.
type exception struct {
	subject   string // operation id or event
	direction string // request, response or webhook
	pointer   []string
	reason    string
}

type exceptions struct {
	mu   sync.Mutex
	list []exception
	hits []int
}

// parseExceptions reads the list; an entry without a reason is an error.
func parseExceptions(text string) (*exceptions, error) {
	e := &exceptions{}
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) < 4 {
			return nil, fmt.Errorf("exceptions.txt:%d: want subject, direction, pointer and a reason", n+1)
		}
		if !slices.Contains([]string{"request", "response", "webhook"}, words[1]) {
			return nil, fmt.Errorf("exceptions.txt:%d: %q is no direction: want request, response or webhook", n+1, words[1])
		}
		if !strings.HasPrefix(words[2], "/") {
			return nil, fmt.Errorf("exceptions.txt:%d: %q is no JSON pointer: it starts with a slash", n+1, words[2])
		}
		e.list = append(e.list, exception{words[0], words[1], steps(words[2]), strings.Join(words[3:], " ")})
	}
	e.hits = make([]int, len(e.list))
	return e, nil
}

// steps splits a pointer; the pointer "/" is the whole value.
func steps(pointer string) []string {
	if pointer == "/" {
		return nil
	}
	return strings.Split(pointer[1:], "/")
}

// excuse reports whether a difference at a place is excused, and remembers that. The step [] stands for a list
// where the description has something else.
func (e *exceptions) excuse(subject, direction string, at []string, isList bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, x := range e.list {
		pointer, list := x.place()
		if x.subject == subject && x.direction == direction && slices.EqualFunc(pointer, at, stepMatches) && (isList || !list) {
			e.hits[i]++
			return true
		}
	}
	return false
}

// place is where an exception holds, and whether only for a list.
func (x exception) place() (pointer []string, list bool) {
	if n := len(x.pointer) - 1; n >= 0 && x.pointer[n] == "[]" {
		return x.pointer[:n], true
	}
	return x.pointer, false
}

func stepMatches(pattern, step string) bool { return pattern == "*" || pattern == step }

func (e *exceptions) unused() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for i, x := range e.list {
		if e.hits[i] == 0 {
			out = append(out, fmt.Sprintf("%s %s /%s: excuses nothing", x.subject, x.direction, strings.Join(x.pointer, "/")))
		}
	}
	return out
}

// judge drops the excused differences from err and words the others.
func (v *Validator) judge(subject, direction string, err error) error {
	var left []error
	for _, d := range differences(err) {
		if d.at == nil || !v.exceptions.excuse(subject, direction, *d.at, d.isList) {
			left = append(left, fmt.Errorf("%s: %s: %s", subject, direction, d.text))
		}
	}
	return errors.Join(left...)
}

// difference is one place that differs from the description; at is nil when it has no place in a body.
type difference struct {
	at     *[]string
	isList bool // the value there
	text   string
}

// differences takes kin-openapi's nested errors apart, down to those about one value.
func differences(err error) []difference {
	var multi openapi3.MultiError
	var request *openapi3filter.RequestError
	var response *openapi3filter.ResponseError
	var schema *openapi3.SchemaError
	switch e := err.(type) { //nolint:errorlint // each layer is looked at in turn, not searched for
	case nil:
		return nil
	case openapi3.MultiError:
		multi = e
	case *openapi3filter.RequestError:
		request = e
	case *openapi3filter.ResponseError:
		response = e
	case *openapi3.SchemaError:
		schema = e
	}
	switch {
	case multi != nil:
		var out []difference
		for _, part := range multi {
			out = append(out, differences(part)...)
		}
		return out
	case request != nil && request.Parameter == nil && request.Err != nil:
		return differences(request.Err)
	case response != nil && response.Err != nil:
		return differences(response.Err)
	case schema != nil:
		at := schema.JSONPointer()
		_, isList := schema.Value.([]any)
		return []difference{{at: &at, isList: isList, text: "/" + strings.Join(at, "/") + ": " + short(schema)}}
	}
	return []difference{{text: err.Error()}}
}

// short words a difference without the schema and the value, which can fill pages.
func short(e *openapi3.SchemaError) string {
	if e.Origin != nil {
		return brief(e.Origin.Error())
	}
	return brief(e.Reason)
}

func brief(s string) string {
	const most = 600
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
