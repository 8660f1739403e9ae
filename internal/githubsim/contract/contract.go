// Package contract checks what Skein and the simulator say to each other against GitHub's own descriptions.
//
// A simulator is worth as much as its likeness. So every exchange in the tests is held to what GitHub
// publishes: requests and answers of the REST API to its OpenAPI description, queries, variables and results
// to its GraphQL schema, and the webhooks that the simulator sends to the webhook schemas. .ci/contracts
// fetches them from npm in exact versions and writes the parts that are used; Load reads those.
//
// GitHub's descriptions have mistakes. What is excused stands in exceptions.txt, each with its reason, and an
// exception that nothing needs any more is itself a mistake (Unused).
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/vektah/gqlparser/v2/ast"
)

// Validator holds GitHub's descriptions. It may be used by several goroutines.
type Validator struct {
	exact      routers.Router // of paths that end in a literal or in a parameter without slashes
	open       routers.Router // of paths whose last parameter takes all that is left
	basicError *openapi3.Schema
	wanted     map[string]bool
	graphql    *ast.Schema
	exceptions *exceptions

	mu       sync.Mutex
	used     map[string]int // operation id or event → exchanges checked
	hooks    *jsonschema.Compiler
	hookRefs map[string]string // check-run-completed → #/components/schemas/…
	compiled map[string]*jsonschema.Schema
}

// Load reads what .ci/contracts has written to dir. The error is ErrAbsent when it has not run.
func Load(dir string) (*Validator, error) {
	if err := checkStamp(dir); err != nil {
		return nil, err
	}
	v := &Validator{wanted: map[string]bool{}, used: map[string]int{}, compiled: map[string]*jsonschema.Schema{}}
	for _, id := range Operations() {
		v.wanted[id] = true
	}
	var err error
	if v.exceptions, err = parseExceptions(exceptionList); err != nil {
		return nil, err
	}
	for file, load := range map[string]func([]byte) error{
		restFile: v.loadREST, webhookFile: v.loadWebhooks, graphqlFile: v.loadGraphQL,
	} {
		b, err := os.ReadFile(filepath.Join(dir, file)) //nolint:gosec // the caller names the folder
		if err != nil {
			return nil, err
		}
		if err := load(b); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return v, nil
}

func (v *Validator) loadREST(b []byte) error {
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		return err
	}
	v.basicError = doc.Components.Schemas["basic-error"].Value
	exact, open := &openapi3.Paths{}, &openapi3.Paths{}
	for path, item := range doc.Paths.Map() {
		if strings.HasSuffix(path, "+}") || strings.HasSuffix(path, "*}") {
			open.Set(path, item)
		} else {
			exact.Set(path, item)
		}
	}
	if v.exact, err = routerOf(doc, exact); err != nil {
		return err
	}
	v.open, err = routerOf(doc, open)
	return err
}

func routerOf(doc *openapi3.T, paths *openapi3.Paths) (routers.Router, error) {
	part := *doc
	part.Paths = paths
	return gorillamux.NewRouter(&part)
}

// route finds the operation of a request. The longer path wins: commits/{ref} must not take commits/{sha}/pulls.
func (v *Validator) route(req *http.Request) (*routers.Route, map[string]string, error) {
	route, params, err := v.exact.FindRoute(req)
	if errors.Is(err, routers.ErrPathNotFound) {
		return v.open.FindRoute(req)
	}
	return route, params, err
}

// Exchange checks one request and its answer. Requests may carry the prefix of an Enterprise Server.
func (v *Validator) Exchange(req *http.Request, reqBody []byte, status int, header http.Header, respBody []byte) error {
	path := strings.TrimPrefix(req.URL.EscapedPath(), "/api/v3")
	if path == "/graphql" || path == "/api/graphql" {
		return v.graphqlExchange(reqBody, status, respBody)
	}
	where := req.Method + " " + path
	local := atPath(req, path, reqBody)
	route, params, err := v.route(local)
	if err != nil {
		return fmt.Errorf("%s: GitHub has no such operation: %w", where, err)
	}
	id := route.Operation.OperationID
	if !v.wanted[id] {
		return fmt.Errorf("%s: %s is not on the list of operations", where, id)
	}
	v.count(id)
	in := &openapi3filter.RequestValidationInput{Request: local, PathParams: params, Route: route, Options: options()}
	// What was asked wrongly may be asked, if the answer says so.
	if status < 400 {
		if err := v.judge(id, "request", openapi3filter.ValidateRequest(context.Background(), in)); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	if err := v.judge(id, "response", v.response(in, status, header, respBody)); err != nil {
		return fmt.Errorf("%s → %d: %w", where, status, err)
	}
	return nil
}

// response checks an answer. GitHub's description leaves out most errors that any operation can give; those
// must have the body of its basic error.
func (v *Validator) response(in *openapi3filter.RequestValidationInput, status int, header http.Header, body []byte) error {
	if status >= 400 && in.Route.Operation.Responses.Status(status) == nil {
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			return fmt.Errorf("an error without a JSON body: %w", err)
		}
		if m, _ := value.(map[string]any); m["message"] == nil {
			return errors.New("an error without a message")
		}
		return v.basicError.VisitJSON(value, openapi3.MultiErrors())
	}
	if status == http.StatusNotModified {
		if len(body) > 0 {
			return errors.New("a 304 with a body")
		}
		return nil
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: status, Header: header, Options: options(),
		Body: io.NopCloser(bytes.NewReader(body)),
	})
}

func options() *openapi3filter.Options {
	return &openapi3filter.Options{
		MultiError: true, IncludeResponseStatus: true, SkipSettingDefaults: true,
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}
}

// atPath copies a request as if it had been sent to the root of a server.
func atPath(req *http.Request, path string, body []byte) *http.Request {
	local := req.Clone(context.Background())
	local.URL = &url.URL{Path: unescape(path), RawPath: path, RawQuery: req.URL.RawQuery}
	local.Body = io.NopCloser(bytes.NewReader(body))
	local.ContentLength = int64(len(body))
	return local
}

func unescape(path string) string {
	if p, err := url.PathUnescape(path); err == nil {
		return p
	}
	return path
}

func (v *Validator) count(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used[id]++
}

// Seen returns how many exchanges or deliveries of an operation or event were checked.
func (v *Validator) Seen(id string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.used[id]
}

// Unused returns the exceptions that excused nothing so far.
func (v *Validator) Unused() []string { return v.exceptions.unused() }
