package registration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/skein-bot/skein/config"
)

// App is a created app with its credentials, which GitHub hands out once.
type App struct {
	ID            int64
	Name          string
	Slug          string
	URL           string // its page, for people
	PrivateKey    config.Secret
	WebhookSecret config.Secret
}

// InstallURL is where people install the app.
func (a App) InstallURL() string { return a.URL + "/installations/new" }

// answer is the part of GitHub's answer that counts.
type answer struct {
	ID            int64   `json:"id"`
	Name          string  `json:"name"`
	Slug          string  `json:"slug"`
	HTMLURL       string  `json:"html_url"`
	PEM           string  `json:"pem"`
	WebhookSecret *string `json:"webhook_secret"`
}

const maxAnswer = 1 << 20

// errRetry marks a failure after which the code may still be good.
var errRetry = errors.New("the exchange can be tried again")

// convert exchanges the code for the app's credentials.
func convert(ctx context.Context, client *http.Client, apiURL, code string) (App, error) {
	address := strings.TrimSuffix(apiURL, "/") + "/app-manifests/" + url.PathEscape(code) + "/conversions"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil) //nolint:gosec // the GitHub that the user named; the code is escaped
	if err != nil {
		return App{}, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("User-Agent", "skein")
	resp, err := client.Do(req) //nolint:gosec // as above
	if err != nil {
		return App{}, fmt.Errorf("%w: %s cannot be reached: %w", errRetry, req.URL.Host, reason(err))
	}
	defer func() { _ = resp.Body.Close() }() // only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return App{}, fmt.Errorf("the answer of %s broke off; if the app was created, delete it and start again: %w", req.URL.Host, err)
	}
	if resp.StatusCode != http.StatusCreated {
		return App{}, refused(resp.StatusCode, body)
	}
	return decode(body)
}

// reason is what went wrong without the address, which holds the code.
func reason(err error) error {
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// refused says what an answer other than 201 means.
func refused(status int, body []byte) error {
	var said struct{ Message string }
	_ = json.Unmarshal(body, &said) // a body that is no JSON has no message
	switch {
	case status == http.StatusNotFound:
		return errors.New("GitHub does not know the code: it was used before, or more than an hour has passed; start again")
	case status == http.StatusUnprocessableEntity:
		return fmt.Errorf("GitHub refuses to hand the app over: %q; start again", said.Message)
	case status >= http.StatusInternalServerError, status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: GitHub answered %d %s", errRetry, status, http.StatusText(status))
	}
	return fmt.Errorf("GitHub answered %d %s: %q", status, http.StatusText(status), said.Message)
}

// decode reads the credentials. What is missing cannot be had later, so the app is of no use without it.
func decode(body []byte) (App, error) {
	var got answer
	if err := json.Unmarshal(body, &got); err != nil {
		return App{}, errors.New("GitHub's answer is no JSON; the app was created, so delete it and start again")
	}
	page, err := url.Parse(got.HTMLURL)
	missing := ""
	switch {
	case err != nil, page.Host == "":
		missing = "page"
	case got.ID <= 0:
		missing = "number"
	case got.PEM == "":
		missing = "private key"
	case got.WebhookSecret == nil || *got.WebhookSecret == "":
		missing = "webhook secret, so anybody could send it events"
	}
	if missing != "" {
		return App{}, fmt.Errorf("GitHub created the app %q without a %s; delete it and start again", got.Name, missing)
	}
	return App{
		ID: got.ID, Name: got.Name, Slug: got.Slug, URL: page.String(),
		PrivateKey: config.NewSecret(got.PEM), WebhookSecret: config.NewSecret(*got.WebhookSecret),
	}, nil
}
