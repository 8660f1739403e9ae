package config_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/config"
)

// pems returns an RSA key in both encodings, and a key of another kind.
var pems = sync.OnceValues(func() ([3]string, error) { // once: making keys is slow
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return [3]string{}, err
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return [3]string{}, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return [3]string{}, err
	}
	curve, err := x509.MarshalPKCS8PrivateKey(other)
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return [3]string{
		encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		encode("PRIVATE KEY", pkcs8),
		encode("PRIVATE KEY", curve),
	}, err
})

const hush = "0123456789abcdef-hush" // the webhook secret of these tests

// machine is a machine's environment and files.
type machine struct {
	env   map[string]string
	files map[string]string
}

func newMachine(t *testing.T) machine {
	t.Helper()
	keys, err := pems()
	if err != nil {
		t.Fatal(err)
	}
	return machine{
		env:   map[string]string{"WEBHOOK_SECRET": hush, "EMPTY": ""},
		files: map[string]string{"key.pem": keys[0], "pkcs8.pem": keys[1], "curve.pem": keys[2], "secret": hush + "\n", "blank": " \n"},
	}
}

func (m machine) load(path string) (config.Server, []config.Finding) {
	return config.LoadServer(path, func(name string) string { return m.env[name] }, func(name string) ([]byte, error) {
		content, ok := m.files[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(content), nil
	})
}

func TestServerExample(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	example, err := os.ReadFile("../docs/server.example.yml")
	if err != nil {
		t.Fatal(err)
	}
	m.files["server.yml"] = string(example)
	m.files["/run/secrets/skein.pem"] = m.files["key.pem"]
	m.files["/run/secrets/client_secret"] = "shh\n"
	m.env["VERDICT_SECRET"] = "what the monitors sign with"
	got, found := m.load("server.yml")
	if len(found) > 0 {
		t.Fatal(found)
	}
	want := config.Server{
		Listen: ":8080", PublicURL: "https://skein.example.com",
		Database: config.Database{Driver: "sqlite", DSN: config.NewSecret("/var/lib/skein/skein.db")},
		Log:      config.Log{Level: "info", Format: "json"}, VerdictSecret: config.NewSecret("what the monitors sign with"),
		GitHub: config.GitHub{
			URL: "https://github.com", APIURL: "https://api.github.com/", GraphQLURL: "https://api.github.com/graphql",
			UploadURL: "https://uploads.github.com/", AppID: 123456,
			PrivateKey: config.NewSecret(strings.TrimRight(m.files["key.pem"], "\n")), WebhookSecret: config.NewSecret(hush),
			ClientID: "Iv1.0123456789abcdef", ClientSecret: config.NewSecret("shh"),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestServerFromEnvironment(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.files["server.yml"] = "listen: :1\nlog:\ngithub: {app_id: 7, url: https://ghe.example.com/, webhook_secret: a-secret-of-the-file}\n"
	m.env["SKEIN_LISTEN"] = "127.0.0.1:9"
	m.env["SKEIN_LOG_LEVEL"] = "debug"
	m.env["SKEIN_DATABASE"] = "postgres://skein:pw@db/skein"
	m.env["SKEIN_GITHUB_APP_ID"] = "42"
	m.env["SKEIN_GITHUB_WEBHOOK_SECRET_FILE"] = "secret"
	m.env["SKEIN_GITHUB_PRIVATE_KEY"] = strings.ReplaceAll(m.files["pkcs8.pem"], "\n", `\n`)
	got, found := m.load("server.yml")
	if len(found) > 0 {
		t.Fatal(found)
	}
	want := config.Server{
		Listen: "127.0.0.1:9", PublicURL: "http://127.0.0.1:9",
		Database: config.Database{Driver: "postgres", DSN: config.NewSecret("postgres://skein:pw@db/skein")},
		Log:      config.Log{Level: "debug", Format: "json"},
		GitHub: config.GitHub{
			URL: "https://ghe.example.com", APIURL: "https://ghe.example.com/api/v3/", GraphQLURL: "https://ghe.example.com/api/graphql",
			UploadURL: "https://ghe.example.com/api/uploads/", AppID: 42,
			PrivateKey: config.NewSecret(m.files["pkcs8.pem"]), WebhookSecret: config.NewSecret(hush),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Each row is one thing wrong with a configuration that is otherwise good.
func TestServerFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		github string // keys of github beside the good ones, or instead of them
		top    string
		env    string // NAME=value
		want   string
	}{
		"good":                {},
		"no webhook secret":   {github: "webhook_secret:", want: "server.yml:4:18 wrong_type: webhook_secret: want quoted text, {env: NAME} or {file: PATH}"},
		"empty secret":        {github: `webhook_secret: ""`, want: "server.yml:4:19 bad_secret: webhook_secret is empty"},
		"empty variable":      {github: "webhook_secret: {env: EMPTY}", want: "server.yml:4:25 bad_secret: webhook_secret is empty"},
		"unset variable":      {github: "webhook_secret: {env: NOBODY}", want: "server.yml:4:25 bad_secret: webhook_secret is empty"},
		"blank file":          {github: "webhook_secret: {file: blank}", want: "server.yml:4:26 bad_secret: webhook_secret is empty"},
		"no such file":        {github: "webhook_secret: {file: gone}", want: "server.yml:4:26 bad_secret: webhook_secret: open gone: file does not exist"},
		"env and file":        {github: "webhook_secret: {env: A, file: secret}", want: "server.yml:4:19 bad_secret: webhook_secret: say either env or file"},
		"secret as a number":  {github: "webhook_secret: 123456", want: "server.yml:4:19 wrong_type: webhook_secret: want quoted text, {env: NAME} or {file: PATH}"},
		"short secret":        {github: "webhook_secret: hunter2", want: "server.yml:4:19 bad_secret: webhook_secret is shorter than 16 bytes; make one with: openssl rand -hex 32"},
		"key is no PEM":       {github: "private_key: {file: secret}", want: "server.yml:4:16 bad_secret: private_key: not PEM; want the PEM file that GitHub gave for the app"},
		"key is not RSA":      {github: "private_key: {file: curve.pem}", want: "server.yml:4:16 bad_secret: private_key: a key that is not RSA; want the PEM file that GitHub gave for the app"},
		"app id":              {github: "app_id: 0", want: "server.yml:4:11 out_of_range: app_id: 0 is not a whole number from 1 to 9223372036854775807"},
		"http elsewhere":      {github: "url: http://ghe.example.com", want: `server.yml:4:8 bad_url: url: "http://ghe.example.com" is not encrypted; http is only for this machine, use https`},
		"http here":           {github: "url: http://[::1]:3000"},
		"http localhost":      {github: "api_url: http://localhost:3000/api/v3"},
		"user in url":         {github: "url: https://me:pw@ghe.example.com", want: "server.yml:4:8 bad_url: url: the URL holds a user or password; leave them out"},
		"not a url":           {github: "url: ghe", want: "server.yml:4:8 bad_url: url: not a URL; write it like https://github.example.com"},
		"half a sign-in":      {github: "client_id: x", want: "server.yml:4:3 missing_key: github: client_id and client_secret go together"},
		"unknown key":         {github: "appid: 1", want: `server.yml:4:3 unknown_key: unknown key "appid"; did you mean "app_id"?`},
		"listen":              {top: "listen: localhost", want: `server.yml:1:9 bad_value: listen: "localhost" is not an address; write :8080 or 127.0.0.1:8080`},
		"port":                {top: "listen: :99999", want: `server.yml:1:9 out_of_range: listen: "99999" is not a port from 0 to 65535`},
		"database":            {top: "database: mysql://u:pw@h/d", want: `server.yml:1:11 bad_url: database: a URL of "mysql" is not one that can be used; write a SQLite file's path or postgres://…`},
		"postgres":            {top: "database: postgres://", want: "server.yml:1:11 bad_url: database is not a PostgreSQL URL; write postgres://user@host/name"},
		"log level":           {top: "log: {level: warning}", want: `server.yml:1:14 bad_value: level: "warning" is not trace, debug, info, warn or error`},
		"variable out of it":  {env: "SKEIN_LOG_LEVEL=loud", want: `SKEIN_LOG_LEVEL bad_value: level: "loud" is not trace, debug, info, warn or error`},
		"variable and file":   {env: "SKEIN_DATABASE=a", top: "database: b"},
		"variable not number": {env: "SKEIN_GITHUB_APP_ID=x", want: `SKEIN_GITHUB_APP_ID wrong_type: app_id: want a whole number, found "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.files["server.yml"] = serverFile(c.top, c.github)
			if name, value, ok := strings.Cut(c.env, "="); ok {
				m.env[name] = value
			}
			_, found := m.load("server.yml")
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s %s: %s", f.Position, f.Code, f.Message))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("%s\n%s", m.files["server.yml"], diff)
			}
		})
	}
}

// serverFile is a good file of which one line is replaced or to which one is added. Line 1 is the one on top,
// line 4 the one under github.
func serverFile(top, github string) string {
	lines := []string{"app_id: 7", "private_key: {file: key.pem}", "webhook_secret: {file: secret}"}
	name, _, _ := strings.Cut(github, ":")
	out := top + "\npublic_url: https://skein.example.com\ngithub:\n"
	if github != "" {
		out += "  " + github + "\n"
	}
	for _, l := range lines {
		if github == "" || !strings.HasPrefix(l, name+":") {
			out += "  " + l + "\n"
		}
	}
	return out
}

func TestServerBothVariables(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.files["server.yml"] = serverFile("", "")
	m.env["SKEIN_GITHUB_WEBHOOK_SECRET"], m.env["SKEIN_GITHUB_WEBHOOK_SECRET_FILE"] = hush, "secret"
	_, found := m.load("server.yml")
	if len(found) != 1 || found[0].Code != config.Contradiction {
		t.Error(found)
	}
}

func TestServerWithoutAnything(t *testing.T) {
	t.Parallel()
	if _, found := newMachine(t).load(""); !config.HasErrors(found) {
		t.Error("a server without an app was accepted")
	}
	if _, found := newMachine(t).load("gone.yml"); !config.HasErrors(found) {
		t.Error("a missing file was accepted")
	}
}

// Nothing that prints shows a secret, however it is held.
func TestSecretStaysSecret(t *testing.T) {
	t.Parallel()
	s := config.NewSecret(hush)
	type inside struct {
		S config.Secret
		p *config.Secret
		s config.Secret
	}
	held := inside{s, &s, s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+" "+verb+"\n", s, &s, held, []config.Secret{s})
	}
	for _, v := range []any{s, &s, held, map[string]config.Secret{"k": s}} {
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	log := zerolog.New(&out)
	log.Info().Interface("a", s).Any("b", held).Stringer("c", s).Str("d", fmt.Sprint(s)).Msgf("%v", s)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "a", s, "b", held)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "a", s, "b", held)
	shown := out.String()
	for _, bad := range []string{hush, fmt.Sprintf("%x", hush), fmt.Sprintf("%X", hush), strings.Join(strings.Fields(strings.Trim(fmt.Sprintf("%d", []byte(hush)), "[]")), " ")} {
		if strings.Contains(shown, bad) {
			t.Errorf("%q is shown in:\n%s", bad, shown)
		}
	}
	if !strings.Contains(shown, "[redacted]") {
		t.Errorf("nothing says that it is redacted:\n%s", shown)
	}
	if s.Reveal() != hush || !s.Equal(config.NewSecret(hush)) || s.Equal(config.Secret{}) {
		t.Error("the secret is lost")
	}
}

// No finding quotes a secret that is not in order.
func TestFindingsKeepSecrets(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"webhook_secret: [hushhush]", "webhook_secret: hushhush", "private_key: hushhush", "private_key: \"hush\\nhush\"",
		"client_secret: {file: secret}\n  private_key: {env: WEBHOOK_SECRET}",
	} {
		m := newMachine(t)
		m.files["server.yml"] = serverFile("database: mysql://u:hush@h", line)
		_, found := m.load("server.yml")
		if len(found) == 0 || strings.Contains(fmt.Sprint(found), "hush") {
			t.Errorf("%s: %v", line, found)
		}
	}
}
