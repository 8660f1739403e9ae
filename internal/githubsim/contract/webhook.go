package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const webhookURL = "https://contract/webhooks.json"

func (v *Validator) loadWebhooks(b []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	v.hookRefs = map[string]string{}
	root, _ := doc.(object)
	for key, ref := range field(root, "events") {
		v.hookRefs[key] = fmt.Sprint(ref)
	}
	v.hooks = jsonschema.NewCompiler()
	return v.hooks.AddResource(webhookURL, doc)
}

// Webhook checks the body of a webhook event.
func (v *Validator) Webhook(event string, body []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", event, err)
	}
	var head struct {
		Action string `json:"action"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return fmt.Errorf("%s: %w", event, err)
	}
	schema, err := v.hookSchema(event, head.Action)
	if err != nil {
		return err
	}
	v.count(event)
	return v.judgeHook(event, head.Action, schema.Validate(value))
}

// hookSchema finds the schema of an event and compiles it when it is first asked for.
func (v *Validator) hookSchema(event, action string) (*jsonschema.Schema, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := strings.ReplaceAll(event, "_", "-")
	ref, ok := v.hookRefs[key]
	if !ok {
		key += "-" + strings.ReplaceAll(action, "_", "-")
		ref, ok = v.hookRefs[key]
	}
	if !ok {
		return nil, fmt.Errorf("%s: GitHub has no such event or no action %q", event, action)
	}
	if v.compiled[ref] == nil {
		schema, err := v.hooks.Compile(webhookURL + ref)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		v.compiled[ref] = schema
	}
	return v.compiled[ref], nil
}

func (v *Validator) judgeHook(event, action string, err error) error {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err
	}
	var left []error
	for _, leaf := range leaves(invalid) {
		if !v.exceptions.excuse(event, "webhook", leaf.InstanceLocation, false) {
			left = append(left, fmt.Errorf("%s %s: /%s: %s", event, action,
				strings.Join(leaf.InstanceLocation, "/"), brief(last(leaf.Error()))))
		}
	}
	return errors.Join(left...)
}

// leaves returns the innermost errors: the values that differ, not the objects around them.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var out []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		out = append(out, leaves(cause)...)
	}
	return slices.Clip(out)
}

// last returns the last line, which says what is wrong; the first names the schema.
func last(s string) string {
	return s[strings.LastIndex(s, "\n")+1:]
}
