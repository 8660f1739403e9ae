package forge

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

const graphQLRoute = "/graphql"

// fault is one entry of a GraphQL answer's errors. Other parts of the answer may still be good.
type fault struct {
	Type    string `json:"type"`
	Path    []any  `json:"path"`
	Message string `json:"message"`
}

// query asks GraphQL. An answer with errors and data is decoded and its faults are returned; one without data
// is an error.
func (f *Forge) query(ctx context.Context, installation int64, repos []repo.ID, needs, text string, vars map[string]any, out any) ([]fault, error) {
	c := &call{installation: installation, repos: repos, needs: needs, method: http.MethodPost, route: graphQLRoute,
		mutation: strings.HasPrefix(text, "mutation")}
	req, err := f.client.NewRequest(c.method, f.graphQL, map[string]any{"query": text, "variables": vars})
	if err != nil {
		return nil, fmt.Errorf("graphql: %w", err)
	}
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors []fault         `json:"errors"`
	}
	if _, err := f.client.Do(withCall(ctx, c), req, &answer); err != nil {
		return nil, f.explain(ctx, c, err)
	}
	if limited := f.limitedBy(c, answer.Errors); limited != nil {
		return nil, limited
	}
	if len(answer.Data) == 0 || string(answer.Data) == "null" {
		return nil, noData(c, answer.Errors)
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		return nil, fmt.Errorf("graphql: %w", err)
	}
	return answer.Errors, nil
}

// limitedBy finds the limit among the faults: GraphQL says so under a 200.
func (f *Forge) limitedBy(c *call, faults []fault) *Limited {
	for _, e := range faults {
		if e.Type == "RATE_LIMITED" || speaksOfLimits(e.Message) {
			limited := &Limited{Installation: c.installation, Kind: "primary", Until: f.clock.Now().Add(5 * time.Minute)}
			limited.Until = f.tokens.pause(c, limited)
			return limited
		}
	}
	return nil
}

func noData(c *call, faults []fault) error {
	words := []string{}
	for _, e := range faults {
		if e.Type == "FORBIDDEN" || e.Type == "INSUFFICIENT_SCOPES" {
			return &Forbidden{Route: graphQLRoute, Needs: c.needs, Message: e.Message}
		}
		words = append(words, e.Message)
	}
	return &Invalid{Route: graphQLRoute, Code: http.StatusOK, Message: strings.Join(words, "; ")}
}
