package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// newHealthCmd asks a server how it is. The container's health check calls it: its image holds nothing else
// that could.
func newHealthCmd(streams) *cobra.Command {
	var limit time.Duration
	cmd := &cobra.Command{
		Use:    "health URL",
		Short:  "Ask a server how it is: exit 0 if it answers 200",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misused("health needs a URL\nTry %q", "skein health http://127.0.0.1:8080/readyz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), limit)
			defer cancel()
			return health(ctx, args[0])
		},
	}
	cmd.Flags().DurationVar(&limit, "limit", 3*time.Second, "how long to wait for an answer")
	return cmd
}

func health(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return misused("health: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(resp.Body, 200))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %q", resp.Status, text)
	}
	return err
}
