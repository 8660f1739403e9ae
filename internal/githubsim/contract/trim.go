package contract

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// operations lists the REST operations of the trim, one a line.
//
//go:embed operations.txt
var operations string

// Operations returns the ids of the REST operations that may be used.
func Operations() []string { return lines(operations) }

// lines returns the lines of s that are neither empty nor comments.
func lines(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

type object = map[string]any

// TrimREST cuts GitHub's REST description down to the operations of the list and what they refer to.
//
// Every other operation stays as a name without content: a greedy path like branches/{branch} would
// otherwise swallow requests to a longer one, and a wrong call would be judged by the wrong rules.
func TrimREST(description []byte) ([]byte, error) {
	doc, err := decode(description)
	if err != nil {
		return nil, fmt.Errorf("REST description: %w", err)
	}
	wanted := map[string]bool{}
	for _, id := range Operations() {
		wanted[id] = false
	}
	paths := object{}
	all := field(doc, "paths")
	for path := range all {
		if strings.Contains(path, "/attestations/") || strings.Contains(path, "{base}...{head}") {
			continue // two spellings of one path; a router takes only one
		}
		paths[greedy(path)] = trimPath(field(all, path), wanted)
	}
	for id, found := range wanted {
		if !found {
			return nil, fmt.Errorf("REST description: no operation %s", id)
		}
	}
	out := object{
		"openapi": doc["openapi"], "info": object{"title": "GitHub", "version": field(doc, "info")["version"]},
		"servers": []any{object{"url": "/"}}, "paths": paths,
	}
	out["components"] = reachable(out, field(doc, "components"), "#/components/schemas/basic-error")
	return json.Marshal(bare(out))
}

// greedy lets the parameters that may hold a slash match one.
func greedy(path string) string {
	for _, name := range []string{"ref", "basehead", "branch"} {
		path = strings.Replace(path, "{"+name+"}", "{"+name+":.+}", 1)
	}
	path = strings.Replace(path, "/commits/{commit_sha}", "/commits/{commit_sha:.+}", 1)
	return strings.Replace(path, "/contents/{path}", "/contents/{path:.*}", 1)
}

func trimPath(item object, wanted map[string]bool) object {
	out := object{}
	for method, v := range item {
		operation, ok := v.(object)
		id, named := operation["operationId"].(string)
		if !ok || !named {
			continue // parameters shared by a path: GitHub's description has none
		}
		if _, want := wanted[id]; !want {
			out[method] = object{"operationId": id, "responses": object{"default": object{"description": ""}}}
			continue
		}
		wanted[id] = true
		out[method] = operation
	}
	return out
}

// reachable returns the components that root refers to, directly or through others, and those named.
func reachable(root any, components object, also ...string) object {
	out := object{}
	pending := append(references(root), also...)
	for len(pending) > 0 {
		ref := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		kind, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
		if field(out, kind)[name] != nil {
			continue
		}
		if out[kind] == nil {
			out[kind] = object{}
		}
		component := field(components, kind)[name]
		field(out, kind)[name] = component
		pending = append(pending, references(component)...)
	}
	return out
}

func references(v any) []string {
	var out []string
	switch v := v.(type) {
	case object:
		for key, child := range v {
			if ref, ok := child.(string); ok && key == "$ref" && !strings.HasPrefix(ref, "#/components/examples/") {
				out = append(out, ref)
			}
			out = append(out, references(child)...)
		}
	case []any:
		for _, child := range v {
			out = append(out, references(child)...)
		}
	}
	return out
}

// TrimWebhooks cuts GitHub's webhook description down to its schemas, by event and action.
func TrimWebhooks(description []byte) ([]byte, error) {
	doc, err := decode(description)
	if err != nil {
		return nil, fmt.Errorf("webhook description: %w", err)
	}
	events := object{}
	hooks := field(doc, "webhooks")
	for key := range hooks {
		body := field(field(field(field(hooks, key), "post"), "requestBody"), "content")
		schema := field(field(body, "application/json"), "schema")
		if schema["$ref"] == nil {
			return nil, fmt.Errorf("webhook description: %s has no schema", key)
		}
		events[key] = schema["$ref"]
	}
	schemas := field(field(doc, "components"), "schemas")
	return json.Marshal(object{"events": events, "components": object{"schemas": bareEach(schemas)}})
}

// bare drops the words for people: descriptions and examples.
func bare(v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, len(v))
		for key, child := range v {
			text, isText := child.(string)
			fields, isFields := child.(object)
			switch {
			case prose(key):
			case isText && key == "description":
				out[key] = text[:0] // a response must have one
			case isFields && (key == "properties" || key == "schemas" || key == "headers"):
				out[key] = bareEach(fields)
			default:
				out[key] = bare(child)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = bare(child)
		}
		return out
	}
	return v
}

// bareEach is bare below keys that are names of fields, not words of the description.
func bareEach(properties object) object {
	out := make(object, len(properties))
	for name, schema := range properties {
		out[name] = bare(schema)
	}
	return out
}

func prose(key string) bool {
	return key == "example" || key == "examples" || key == "externalDocs" || key == "summary" || key == "discriminator" || strings.HasPrefix(key, "x-github")
}

// field returns the object under key; one that is absent is empty.
func field(o object, key string) object {
	child, _ := o[key].(object)
	return child
}

func decode(b []byte) (object, error) {
	var doc object
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err := d.Decode(&doc)
	return doc, err
}
