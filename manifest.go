// Package skein holds app.yml, the manifest of the GitHub App that Skein is. It is the one place that says which
// permissions and events the app asks for; internal/registration reads it.
package skein

import _ "embed"

//go:embed app.yml
var manifest string

// Manifest is the text of app.yml.
func Manifest() string { return manifest }
