package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/registration"
)

// setup is what skein setup was asked for.
type setup struct {
	streams
	org       string
	profile   string
	github    string
	publicURL string
	out       string
	listen    string
	noBrowser bool
}

func newSetupCmd(io streams) *cobra.Command {
	s := &setup{streams: io}
	cmd := &cobra.Command{
		Use:   "setup --public-url URL",
		Short: "Create the GitHub App and write its credentials",
		Long: `Create Skein's GitHub App through GitHub's manifest flow. A page opens in your browser; from there you go to
GitHub, agree, and come back. The private key, the webhook secret and a server.yml for "skein serve" are written
to a folder that only you can read. Nothing that is there is overwritten, and no secret is shown.

The profile is how far this server may ever go: observe, propose or merge. The app asks for no more permission
than that needs.`,
		Example: `  skein setup --org acme --public-url https://skein.example.com
  skein setup --profile observe --github https://github.example.com --public-url https://skein.example.com`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	cmd.Flags().StringVar(&s.publicURL, "public-url", "", "where GitHub reaches this server, to deliver webhooks")
	cmd.Flags().StringVar(&s.org, "org", "", "the organization that will own the app; without it you will")
	cmd.Flags().StringVar(&s.profile, "profile", string(registration.Merge), "observe, propose or merge")
	cmd.Flags().StringVar(&s.github, "github", "https://github.com", "the GitHub to serve")
	cmd.Flags().StringVar(&s.out, "out", "skein-app", "the folder for the credentials")
	cmd.Flags().StringVar(&s.listen, "listen", "127.0.0.1:0", "where the page is shown; on this machine only")
	cmd.Flags().BoolVar(&s.noBrowser, "no-browser", false, "do not open a browser, only say where the page is")
	return cmd
}

func (s *setup) run(ctx context.Context) error {
	if err := s.check(); err != nil {
		return err
	}
	manifest, err := registration.Load(registration.Profile(s.profile))
	if err != nil {
		return misused("--profile: %w", err)
	}
	folder, err := registration.NewFolder(s.out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	app, err := registration.Create(ctx, registration.Options{
		Manifest: manifest.For(s.org, s.publicURL), GitHub: s.github, APIURL: config.APIURL(s.github), Org: s.org,
		Listen: s.listen, Show: func(url string) { s.show(ctx, url) },
		Keep: func(a registration.App) error { return folder.Keep(a, s.github, s.publicURL) },
	})
	if err != nil {
		return err
	}
	if err := s.try(folder); err != nil {
		return err
	}
	return s.next(app, folder)
}

// check reads the addresses as server.yml will.
func (s *setup) check() (err error) {
	if s.publicURL == "" {
		return misused("setup needs --public-url, where GitHub is to deliver webhooks\nTry %q", "skein setup --public-url https://skein.example.com")
	}
	if s.publicURL, err = config.Address(s.publicURL); err != nil {
		return misused("--public-url: %w", err)
	}
	if s.github, err = config.Address(s.github); err != nil {
		return misused("--github: %w", err)
	}
	return nil
}

// show says where the page is, and opens it if it can.
func (s *setup) show(ctx context.Context, url string) {
	fmt.Fprintf(s.Err, "Go on in a browser on this machine: %s\nWaiting, for an hour at most; Ctrl-C stops.\n", url)
	if s.noBrowser {
		return
	}
	if err := browse(ctx, url); err != nil {
		fmt.Fprintf(s.Err, "No browser opened by itself (%v).\n", err)
	}
}

// browse opens the system's browser and does not wait for it.
func browse(ctx context.Context, url string) error {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // its end means nothing: some browsers stay, some hand over
	return nil
}

// try loads what was written, as skein serve will.
func (s *setup) try(folder registration.Folder) error {
	path := folder.Path(registration.ServerFile)
	_, findings := config.LoadServer(path, func(string) string { return "" }, os.ReadFile)
	for _, f := range findings {
		fmt.Fprintf(s.Err, "%s: %s: %s\n", f.Severity, f.Position, f.Message)
	}
	if config.HasErrors(findings) {
		return fmt.Errorf("GitHub created the app, but %s cannot be used; mend it, or delete the app and start again", path)
	}
	return nil
}

const nextSteps = `Created the GitHub App %[1]q, number %[2]d: %[3]s

In %[4]s, for your eyes only:
  private-key.pem  its private key; GitHub keeps no copy
  webhook-secret   what GitHub signs webhooks with
  server.yml       the configuration that uses both

Next:

1. Run it where GitHub reaches %[5]s:

     skein serve --config %[6]s

2. Install it on the repositories that it is to serve: %[7]s

3. Commit .github/skein.yml to a dataset's repository, and try it with "skein validate":

     version: 1
     datasets:
       - name: sales.orders
         schema: schemas/orders.sql
     rollout: {mode: %[8]s}

   and to each repository that reads it:

     version: 1
     consumes:
       - {dataset: sales.orders, paths: ["**/*.sql"]}
     rollout: {mode: %[8]s}
`

func (s *setup) next(a registration.App, f registration.Folder) error {
	config := f.Path(registration.ServerFile)
	_, err := fmt.Fprintf(s.Out, nextSteps, a.Name, a.ID, a.URL, filepath.Dir(config), s.publicURL, config, a.InstallURL(), s.profile)
	return err
}
