package githubsim

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// graphSDL is the part of GitHub's schema that is answered.
//
//go:embed graphql.graphql
var graphSDL string

func (s *Sim) graphqlRoutes() []route {
	return []route{{method: "POST", pattern: "/graphql", handle: s.graphql}}
}

// graphObject is an object of a result: its type and what its fields are. A field gives a scalar, a *graphObject,
// a list of those, or nil.
type graphObject struct {
	kind string
	get  func(name string, args object) (any, error)
}

// graphError is an error with a place in the result, where the value is null.
type graphError struct {
	kind    string // NOT_FOUND, FORBIDDEN, …
	message string
}

func (e graphError) Error() string { return e.message }

// graphql answers a query or a mutation. Faulty ones are answered with errors and status 200, as on GitHub.
func (s *Sim) graphql(q *request) (int, any) {
	var in struct {
		Query         string `json:"query"`
		OperationName string `json:"operationName"`
		Variables     object `json:"variables"`
	}
	if q.decode(&in) != nil {
		return badJSON()
	}
	schema, err := s.graphSchema()
	if err != nil {
		return fail(http.StatusInternalServerError, err.Error())
	}
	doc, errs := gqlparser.LoadQueryWithRules(schema, in.Query, rules.NewDefaultRules())
	if len(errs) > 0 {
		return http.StatusOK, object{"errors": list(errs, queryErrorJSON)}
	}
	op := doc.Operations.ForName(in.OperationName)
	if op == nil {
		return http.StatusOK, object{"errors": []object{{"message": "An operation name is required"}}}
	}
	vars, err := validator.VariableValues(schema, op, in.Variables)
	if err != nil {
		return http.StatusOK, object{"errors": []object{{"message": err.Error()}}}
	}
	run := &graphRun{schema: schema, vars: vars}
	root := s.graphQuery(q)
	if op.Operation == ast.Mutation {
		root = s.graphMutation(q)
	}
	data := run.object(root, op.SelectionSet, nil)
	answer := object{"data": data}
	if len(run.errors) > 0 {
		answer["errors"] = run.errors
	}
	return http.StatusOK, answer
}

// graphSchema parses the schema when it is first asked for.
func (s *Sim) graphSchema() (*ast.Schema, error) {
	if s.events.schema != nil {
		return s.events.schema, nil
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "graphql.graphql", Input: graphSDL})
	if err != nil {
		return nil, fmt.Errorf("graphql schema: %w", err)
	}
	s.events.schema = schema
	return schema, nil
}

func queryErrorJSON(e *gqlerror.Error) object {
	places := []object{}
	for _, l := range e.Locations {
		places = append(places, object{"line": l.Line, "column": l.Column})
	}
	return object{"message": e.Message, "locations": places}
}

// graphRun is the execution of one query.
type graphRun struct {
	schema *ast.Schema
	vars   object
	errors []object
}

// object resolves the selected fields of an object; path leads to it. It is nil when a field that is never null has
// no value: then, says GraphQL, the object has none either.
func (run *graphRun) object(o *graphObject, selections ast.SelectionSet, path []any) any {
	out := object{}
	for _, f := range run.fields(o.kind, selections) {
		at := append(slices.Clip(path), f.Alias)
		if f.Name == "__typename" {
			out[f.Alias] = o.kind
			continue
		}
		v, err := o.get(f.Name, f.ArgumentMap(run.vars))
		if err != nil {
			run.fail(err, f, at)
			v = nil
		}
		if v = run.value(v, f.SelectionSet, at); v == nil && f.Definition.Type.NonNull {
			return nil
		}
		out[f.Alias] = v
	}
	return out
}

func (run *graphRun) value(v any, selections ast.SelectionSet, path []any) any {
	switch v := v.(type) {
	case *graphObject:
		if v == nil {
			return nil
		}
		return run.object(v, selections, path)
	case []*graphObject:
		out := make([]any, len(v))
		for n, o := range v {
			out[n] = run.object(o, selections, append(slices.Clip(path), n))
		}
		return out
	}
	return v
}

// fields lists the selected fields that apply to a type, those of fragments included. Two selections of one alias
// are merged.
func (run *graphRun) fields(kind string, selections ast.SelectionSet) []*ast.Field {
	var out []*ast.Field
	add := func(f *ast.Field) {
		for n, known := range out {
			if known.Alias == f.Alias {
				merged := *known
				merged.SelectionSet = slices.Concat(known.SelectionSet, f.SelectionSet)
				out[n] = &merged
				return
			}
		}
		out = append(out, f)
	}
	for _, s := range selections {
		var inner []*ast.Field
		switch s := s.(type) {
		case *ast.Field:
			if run.included(s.Directives) {
				add(s)
			}
		case *ast.InlineFragment:
			if run.included(s.Directives) && run.applies(kind, s.TypeCondition) {
				inner = run.fields(kind, s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if run.included(s.Directives) && run.applies(kind, s.Definition.TypeCondition) {
				inner = run.fields(kind, s.Definition.SelectionSet)
			}
		}
		for _, f := range inner {
			add(f)
		}
	}
	return out
}

// applies reports whether a fragment on a type, perhaps an interface, is meant for an object of kind.
func (run *graphRun) applies(kind, condition string) bool {
	return condition == "" || condition == kind ||
		slices.ContainsFunc(run.schema.PossibleTypes[condition], func(d *ast.Definition) bool { return d.Name == kind })
}

// included obeys @include and @skip.
func (run *graphRun) included(directives ast.DirectiveList) bool {
	for name, unless := range map[string]bool{"include": false, "skip": true} {
		if d := directives.ForName(name); d != nil && d.ArgumentMap(run.vars)["if"] == unless {
			return false
		}
	}
	return true
}

func (run *graphRun) fail(err error, f *ast.Field, path []any) {
	e := object{
		"message": err.Error(), "path": path,
		"locations": []object{{"line": f.Position.Line, "column": f.Position.Column}},
	}
	if known, ok := errors.AsType[graphError](err); ok {
		e["type"] = known.kind
	}
	run.errors = append(run.errors, e)
}
