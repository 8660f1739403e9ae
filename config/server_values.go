package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// world is what the server's configuration may ask of the machine.
type world struct {
	env  func(string) string
	read func(string) ([]byte, error)
}

// variable is a key of server.yml that the environment may set.
type variable struct {
	path   []string
	secret bool
}

func variables() []variable {
	return []variable{
		{[]string{"listen"}, false}, {[]string{"public_url"}, false}, {[]string{"database"}, true},
		{[]string{"verdict_secret"}, true}, {[]string{"log", "level"}, false}, {[]string{"log", "format"}, false},
		{[]string{"github", "url"}, false}, {[]string{"github", "api_url"}, false},
		{[]string{"github", "graphql_url"}, false}, {[]string{"github", "upload_url"}, false},
		{[]string{"github", "app_id"}, false}, {[]string{"github", "private_key"}, true},
		{[]string{"github", "webhook_secret"}, true}, {[]string{"github", "client_id"}, false},
		{[]string{"github", "client_secret"}, true},
	}
}

func (v variable) name() string { return "SKEIN_" + strings.ToUpper(strings.Join(v.path, "_")) }

// overlay puts what the environment says over what the file says. A finding about it names the variable.
func overlay(r *reader, root *node, env func(string) string) {
	for _, v := range variables() {
		name := v.name()
		value, file := env(name), ""
		if v.secret {
			file = env(name + "_FILE")
		}
		switch {
		case value != "" && file != "":
			r.errorf(repo.Position{File: name}, Contradiction, "%s and %s_FILE are both set; keep one", name, name)
		case value != "":
			root.put(v.path, given(name, value))
		case file != "":
			at := repo.Position{File: name + "_FILE"}
			path := &node{kind: text, text: file, pos: at}
			root.put(v.path, &node{kind: mapping, pos: at, entries: []entry{{&node{kind: text, text: "file", pos: at}, path}}})
		}
	}
}

// given is a variable's value as YAML would see it.
func given(name, value string) *node {
	n := &node{kind: text, text: value, pos: repo.Position{File: name}}
	if _, err := strconv.Atoi(value); err == nil && strings.HasSuffix(name, "_ID") && !strings.HasSuffix(name, "CLIENT_ID") {
		n.kind = integer
	}
	return n
}

// put sets the value under a path of keys. It replaces a value, but leaves what is wrongly no mapping to be found.
func (n *node) put(path []string, value *node) {
	for i, e := range n.entries {
		if e.key.text != path[0] {
			continue
		}
		switch {
		case len(path) == 1 || e.value.kind == null:
			n.entries[i].value = value.wrapped(path[1:])
		case e.value.kind == mapping:
			e.value.put(path[1:], value)
		}
		return
	}
	n.entries = append(n.entries, entry{&node{kind: text, text: path[0], pos: value.pos}, value.wrapped(path[1:])})
}

func (n *node) wrapped(path []string) *node {
	if len(path) == 0 {
		return n
	}
	outer := &node{kind: mapping, pos: n.pos}
	outer.put(path, n)
	return outer
}

// secret is text in place, {env: NAME} or {file: PATH}. Its messages never quote what it reads.
func secret(w world) shape[Secret] {
	type from struct{ env, file string }
	long := object(
		key("env", "The environment variable that holds it.", sentence(), func(f *from) *string { return &f.env }),
		key("file", "The file that holds it.", sentence(), func(f *from) *string { return &f.file }),
	)
	s := shape[Secret]{schema: schema{"anyOf": []schema{{"type": "string", "minLength": 1}, long.schema}}}
	s.read = func(r *reader, n *node) (Secret, bool) {
		switch n.kind {
		case text:
			return nonEmpty(r, n, n.text)
		case mapping:
			f, ok := long.read(r, n)
			if !ok {
				return Secret{}, false
			}
			return w.fetch(r, n, f.env, f.file)
		case broken, null, boolean, integer, float, list:
		}
		r.errorf(n.pos, WrongType, "%s: want quoted text, {env: NAME} or {file: PATH}", r.label())
		return Secret{}, false
	}
	return s
}

func nonEmpty(r *reader, n *node, value string) (Secret, bool) {
	if strings.TrimSpace(value) == "" {
		r.errorf(n.pos, BadSecret, "%s is empty", r.label())
		return Secret{}, false
	}
	return NewSecret(value), true
}

// fetch reads a secret from where it is kept.
func (w world) fetch(r *reader, n *node, env, file string) (Secret, bool) {
	const largest = 64 << 10
	switch {
	case (env == "") == (file == ""):
		r.errorf(n.pos, BadSecret, "%s: say either env or file", r.label())
		return Secret{}, false
	case env != "":
		return nonEmpty(r, n.at("env"), w.env(env))
	}
	content, err := w.read(file)
	switch {
	case err != nil:
		r.errorf(n.at("file").pos, BadSecret, "%s: %v", r.label(), err)
		return Secret{}, false
	case len(content) > largest:
		r.errorf(n.at("file").pos, BadSecret, "%s: the file has %d bytes; that is no secret", r.label(), len(content))
		return Secret{}, false
	}
	return nonEmpty(r, n.at("file"), strings.TrimRight(string(content), "\r\n"))
}

// privateKey is an RSA key in PEM. Line breaks may be written as \n, as environment files need it.
func privateKey(w world) shape[Secret] {
	return into(secret(w), func(r *reader, n *node, s Secret, ok bool) (Secret, bool) {
		if !ok {
			return s, false
		}
		if !strings.Contains(s.Reveal(), "\n") {
			s = NewSecret(strings.ReplaceAll(s.Reveal(), `\n`, "\n"))
		}
		if err := rsaKey([]byte(s.Reveal())); err != nil {
			r.errorf(n.pos, BadSecret, "%s: %v; want the PEM file that GitHub gave for the app", r.label(), err)
			return s, false
		}
		return s, true
	})
}

func rsaKey(data []byte) error {
	block, _ := pem.Decode(data)
	if block == nil {
		return errors.New("not PEM")
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return nil
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return fmt.Errorf("PEM of type %s without a private key that can be read", quoted(block.Type))
	}
	if _, ok := k.(*rsa.PrivateKey); !ok {
		return errors.New("a key that is not RSA")
	}
	return nil
}

// webhookSecret must be there: without one the signature check would take every request for genuine.
func webhookSecret(w world) shape[Secret] {
	const short = 16
	return checked(secret(w), func(r *reader, n *node, s *Secret) {
		if len(s.Reveal()) < short {
			r.warnf(n.pos, BadSecret, "%s is shorter than %d bytes; make one with: openssl rand -hex 32", r.label(), short)
		}
	})
}

// database tells a SQLite file from a PostgreSQL URL.
func database(r *reader, n *node, s Secret, ok bool) (Database, bool) {
	if !ok {
		return Database{}, false
	}
	scheme, rest, isURL := strings.Cut(s.Reveal(), ":")
	switch {
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		if u, err := url.Parse(s.Reveal()); err != nil || u.Host == "" && u.Query().Get("host") == "" {
			r.errorf(n.pos, BadURL, "%s is not a PostgreSQL URL; write postgres://user@host/name", r.label())
			return Database{}, false
		}
		return Database{"postgres", s}, true
	case isURL && scheme == "sqlite" && strings.Trim(rest, "/") != "":
		return Database{"sqlite", NewSecret(strings.TrimPrefix(rest, "//"))}, true
	case isURL && (scheme == "sqlite" || strings.HasPrefix(rest, "//")):
		r.errorf(n.pos, BadURL, "%s: a URL of %s is not one that can be used; write a SQLite file's path or postgres://…", r.label(), quoted(scheme))
		return Database{}, false
	}
	return Database{"sqlite", s}, true
}

func listenAddress() shape[string] {
	return words(schema{"pattern": ":[0-9]+$"}, func(s string) (string, problem) {
		_, port, err := net.SplitHostPort(s)
		if err != nil {
			return "", problemf(BadValue, "%s is not an address; write :8080 or 127.0.0.1:8080", quoted(s))
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", problemf(OutOfRange, "%s is not a port from 0 to 65535", quoted(port))
		}
		return s, problem{}
	})
}

// serverURL is the address of a server.
func serverURL() shape[string] {
	return words(schema{"pattern": "^https?://"}, address)
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// localURL is how to reach a server that listens on this machine only.
func localURL(listen string) string {
	if host, _, err := net.SplitHostPort(listen); err == nil && loopback(host) {
		return "http://" + listen
	}
	return ""
}

// endpoints are where a GitHub has its APIs: github.com, a GHE.com tenant or an Enterprise Server.
func endpoints(web string) (api, graphql, upload string) {
	u, err := url.Parse(web)
	if err != nil {
		return "", "", ""
	}
	if host := u.Hostname(); host == "github.com" || strings.HasSuffix(host, ".ghe.com") {
		return "https://api." + host, "https://api." + host + "/graphql", "https://uploads." + host
	}
	return web + "/api/v3", web + "/api/graphql", web + "/api/uploads"
}

func slashed(u string) string { return strings.TrimRight(u, "/") + "/" }
