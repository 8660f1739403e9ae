package config

import (
	"cmp"
	"math"
)

// Server is the configuration of skein serve: server.yml, overridden by the environment.
type Server struct {
	Listen    string // host:port
	PublicURL string // where people and GitHub reach it, without a slash at the end; "" when not known
	Database  Database
	Log       Log
	// VerdictSecret is what monitors sign their verdicts with; empty when none are taken.
	VerdictSecret Secret
	GitHub        GitHub
}

// Database is where the journal and the jobs are kept.
type Database struct {
	Driver string // sqlite or postgres
	DSN    Secret // a file's name, or a URL that may hold a password
}

// Log is what is logged, and how.
type Log struct {
	Level  string // trace, debug, info, warn, error
	Format string // json or console
}

// GitHub is the GitHub that Skein serves, and the app that it is there.
type GitHub struct {
	URL           string // for people, without a slash at the end
	APIURL        string // REST, with a slash at the end
	GraphQLURL    string
	UploadURL     string // with a slash at the end
	AppID         int
	PrivateKey    Secret // PEM
	WebhookSecret Secret
	ClientID      string // for signing in to the portal; empty without one
	ClientSecret  Secret
}

// LoadServer reads the file at path, if one is named, and then the environment, which wins: SKEIN_LISTEN,
// SKEIN_GITHUB_APP_ID and so on, the keys of the file in capitals. A secret is written in place, or as
// {env: NAME} or {file: PATH}; from the environment SKEIN_GITHUB_PRIVATE_KEY or SKEIN_GITHUB_PRIVATE_KEY_FILE.
// With findings of severity error the Server must not be used. No finding shows a secret.
func LoadServer(path string, env func(string) string, readFile func(string) ([]byte, error)) (Server, []Finding) {
	r := &reader{file: cmp.Or(path, "the environment"), findings: []Finding{}}
	w := world{env, readFile}
	root := &node{kind: mapping, pos: r.top()}
	if path != "" {
		src, err := readFile(path)
		if err != nil {
			r.errorf(r.top(), BadPath, "%v", err)
			return Server{}, ordered(r.findings)
		}
		if root = plant(r, src); root == nil {
			return Server{}, ordered(r.findings)
		}
	}
	if root.kind == mapping {
		overlay(r, root, w.env)
	}
	s, _ := serverShape(w).read(r, root)
	return s, ordered(r.findings)
}

// serverShape is the grammar of server.yml.
func serverShape(w world) shape[Server] {
	s := object(
		key("listen", "Where to listen. Default: :8080.", listenAddress(), func(s *Server) *string { return &s.Listen }),
		key("public_url", "Where people and GitHub reach this server.", serverURL(), func(s *Server) *string { return &s.PublicURL }),
		key("database", "A SQLite file, or postgres://… Default: skein.db.", into(secret(w), database), func(s *Server) *Database { return &s.Database }),
		key("log", "What is logged, and how.", logShape(), func(s *Server) *Log { return &s.Log }),
		key("verdict_secret", "What monitors sign their verdicts with; without one no verdict is taken.", webhookSecret(w), func(s *Server) *Secret { return &s.VerdictSecret }),
		must("github", "The GitHub that is served.", githubShape(w), func(s *Server) *GitHub { return &s.GitHub }),
	)
	return into(s, finishServer)
}

func logShape() shape[Log] {
	return object(
		key("level", "Default: info.", choice[string](nil, "trace", "debug", "info", "warn", "error"), func(l *Log) *string { return &l.Level }),
		key("format", "Default: json.", choice[string](nil, "json", "console"), func(l *Log) *string { return &l.Format }),
	)
}

func githubShape(w world) shape[GitHub] {
	s := object(
		key("url", "Default: https://github.com.", serverURL(), func(g *GitHub) *string { return &g.URL }),
		key("api_url", "Default: from url.", serverURL(), func(g *GitHub) *string { return &g.APIURL }),
		key("graphql_url", "Default: from url.", serverURL(), func(g *GitHub) *string { return &g.GraphQLURL }),
		key("upload_url", "Default: from url.", serverURL(), func(g *GitHub) *string { return &g.UploadURL }),
		must("app_id", "The app's number.", number(math.MaxInt), func(g *GitHub) *int { return &g.AppID }),
		must("private_key", "The app's private key, PEM.", privateKey(w), func(g *GitHub) *Secret { return &g.PrivateKey }),
		must("webhook_secret", "What GitHub signs webhooks with.", webhookSecret(w), func(g *GitHub) *Secret { return &g.WebhookSecret }),
		key("client_id", "For signing in to the portal.", sentence(), func(g *GitHub) *string { return &g.ClientID }),
		key("client_secret", "For signing in to the portal.", secret(w), func(g *GitHub) *Secret { return &g.ClientSecret }),
	)
	return into(s, finishGitHub)
}

func finishServer(r *reader, n *node, s Server, ok bool) (Server, bool) {
	s.Listen = cmp.Or(s.Listen, ":8080")
	s.Log.Level, s.Log.Format = cmp.Or(s.Log.Level, "info"), cmp.Or(s.Log.Format, "json")
	if s.Database.Driver == "" && n.at("database") == nil {
		s.Database = Database{"sqlite", NewSecret("skein.db")}
	}
	if n.at("public_url") == nil {
		s.PublicURL = localURL(s.Listen)
		if s.PublicURL == "" {
			r.warnf(n.pos, MissingKey, "public_url is not set: comments and checks will have no links to this server")
		}
	}
	return s, ok
}

func finishGitHub(r *reader, n *node, g GitHub, ok bool) (GitHub, bool) {
	if (n.at("client_id") == nil) != (n.at("client_secret") == nil) {
		r.errorf(n.pos, MissingKey, "github: client_id and client_secret go together")
		ok = false
	}
	g.URL = cmp.Or(g.URL, "https://github.com")
	api, graphql, upload := endpoints(g.URL)
	g.APIURL = slashed(cmp.Or(g.APIURL, api))
	g.GraphQLURL = cmp.Or(g.GraphQLURL, graphql)
	g.UploadURL = slashed(cmp.Or(g.UploadURL, upload))
	return g, ok
}
