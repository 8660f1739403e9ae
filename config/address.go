package config

import (
	"errors"
	"net/url"
	"strings"
)

// Address checks a server's address as server.yml would, and returns it without a slash at the end. It is https,
// or http on this machine.
func Address(s string) (string, error) {
	out, p := address(s)
	if p.message != "" {
		return "", errors.New(p.message)
	}
	return out, nil
}

// APIURL is where the GitHub at an address has its REST API, with a slash at the end.
func APIURL(web string) string {
	api, _, _ := endpoints(web)
	return slashed(api)
}

// address is https, or http on this machine: tokens travel over it.
func address(s string) (string, problem) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", problemf(BadURL, "not a URL; write it like https://github.example.com")
	case u.User != nil:
		return "", problemf(BadURL, "the URL holds a user or password; leave them out")
	case u.RawQuery != "" || u.Fragment != "":
		return "", problemf(BadURL, "%s has a query or a fragment; leave it out", quoted(s))
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "", problemf(BadURL, "%s is not encrypted; http is only for this machine, use https", quoted(s))
	}
	return strings.TrimRight(s, "/"), problem{}
}
