package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func (v *Validator) loadGraphQL(b []byte) (err error) {
	v.graphql, err = gqlparser.LoadSchema(&ast.Source{Name: graphqlFile, Input: string(b)})
	return err
}

// GraphQL checks a query and its variables.
func (v *Validator) GraphQL(query string, vars map[string]any) error {
	_, err := v.query(query, "", vars)
	return err
}

func (v *Validator) query(query, name string, vars map[string]any) (*ast.OperationDefinition, error) {
	doc, errs := gqlparser.LoadQueryWithRules(v.graphql, query, rules.NewDefaultRules())
	if len(errs) > 0 {
		return nil, fmt.Errorf("query: %w", errs)
	}
	op := doc.Operations.ForName(name)
	if op == nil {
		return nil, fmt.Errorf("query: no operation %q", name)
	}
	if _, err := validator.VariableValues(v.graphql, op, vars); err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	return op, nil
}

// graphqlExchange checks a query and its result. A query that GitHub refuses may be asked if errors answer it.
func (v *Validator) graphqlExchange(reqBody []byte, status int, respBody []byte) error {
	var req struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
	}
	if err := json.Unmarshal(reqBody, &req); err != nil {
		return fmt.Errorf("POST /graphql: %w", err)
	}
	var resp struct {
		Data   json.RawMessage `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(respBody, &resp); err != nil {
		return fmt.Errorf("POST /graphql → %d: %w", status, err)
	}
	v.count("graphql")
	if status != http.StatusOK {
		if resp.Message == "" {
			return fmt.Errorf("POST /graphql → %d: an error without a message", status)
		}
		return nil
	}
	op, err := v.query(req.Query, req.OperationName, req.Variables)
	if err != nil {
		if len(resp.Errors) > 0 && (len(resp.Data) == 0 || string(resp.Data) == "null") {
			return nil
		}
		return fmt.Errorf("POST /graphql: %w", err)
	}
	var data any
	if err := json.Unmarshal(resp.Data, &data); err != nil && len(resp.Errors) == 0 {
		return fmt.Errorf("POST /graphql → 200: neither data nor errors: %w", err)
	}
	if data == nil {
		return nil
	}
	return v.result("data", op.SelectionSet, data)
}

// result checks an object of a GraphQL result against what was selected.
func (v *Validator) result(at string, selections ast.SelectionSet, data any) error {
	obj, ok := data.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: want an object, have %T", at, data)
	}
	known := map[string]bool{}
	var errs []error
	for _, f := range fields(selections, obj) {
		known[f.Alias] = true
		value, ok := obj[f.Alias]
		if !ok && f.mayMiss {
			continue
		}
		if !ok {
			errs = append(errs, fmt.Errorf("%s.%s: selected and missing", at, f.Alias))
			continue
		}
		errs = append(errs, v.value(at+"."+f.Alias, f.Definition.Type, f.SelectionSet, value))
	}
	for key := range obj {
		if !known[key] {
			errs = append(errs, fmt.Errorf("%s.%s: not selected", at, key))
		}
	}
	return errors.Join(errs...)
}

// selected is a field that was asked for. It may be missing when a directive or a fragment on some type decides.
type selected struct {
	*ast.Field
	mayMiss bool
}

// fields lists the fields asked for, those of fragments included. Those of one alias are merged into one.
func fields(selections ast.SelectionSet, obj map[string]any) []selected {
	var out []selected
	for _, s := range selections {
		for _, f := range flat(s, obj) {
			n := slices.IndexFunc(out, func(o selected) bool { return o.Alias == f.Alias })
			if n < 0 {
				out = append(out, f)
				continue
			}
			merged := *out[n].Field
			merged.SelectionSet = slices.Concat(merged.SelectionSet, f.SelectionSet)
			out[n] = selected{&merged, out[n].mayMiss && f.mayMiss}
		}
	}
	return out
}

// flat lists the fields of one selection.
func flat(s ast.Selection, obj map[string]any) []selected {
	var inner ast.SelectionSet
	var on string
	var directives ast.DirectiveList
	switch s := s.(type) {
	case *ast.Field:
		return []selected{{s, len(s.Directives) > 0}}
	case *ast.InlineFragment:
		inner, on, directives = s.SelectionSet, s.TypeCondition, s.Directives
	case *ast.FragmentSpread:
		inner, on, directives = s.Definition.SelectionSet, s.Definition.TypeCondition, s.Directives
	}
	certain := (on == "" || on == obj["__typename"]) && len(directives) == 0
	out := fields(inner, obj)
	for n := range out {
		out[n].mayMiss = out[n].mayMiss || !certain
	}
	return out
}

func (v *Validator) value(at string, t *ast.Type, selections ast.SelectionSet, data any) error {
	if data == nil {
		if t.NonNull {
			return fmt.Errorf("%s: null, but %s is never null", at, t)
		}
		return nil
	}
	if t.Elem != nil {
		list, ok := data.([]any)
		if !ok {
			return fmt.Errorf("%s: want a list, have %T", at, data)
		}
		var errs []error
		for i, item := range list {
			errs = append(errs, v.value(fmt.Sprintf("%s[%d]", at, i), t.Elem, selections, item))
		}
		return errors.Join(errs...)
	}
	if len(selections) > 0 {
		return v.result(at, selections, data)
	}
	return v.leaf(at, v.graphql.Types[t.NamedType], data)
}

func (v *Validator) leaf(at string, def *ast.Definition, data any) error {
	ok := false
	switch def.Name {
	case "Int", "Float":
		_, ok = data.(float64)
	case "Boolean":
		_, ok = data.(bool)
	case "BigInt":
		_, ok = data.(string)
	default:
		text, isText := data.(string)
		ok = isText && (def.Kind != ast.Enum || def.EnumValues.ForName(text) != nil)
	}
	if !ok {
		return fmt.Errorf("%s: %v is not a %s", at, data, def.Name)
	}
	return nil
}
