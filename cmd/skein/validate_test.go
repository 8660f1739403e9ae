package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// validate runs the command on stdin and files, whose folder stands as DIR in what is returned.
func validate(t *testing.T, stdin string, files map[string]string, args ...string) (out, errs string, code int) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		at := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "DIR", dir)
	}
	var o, e bytes.Buffer
	cmd := newValidateCmd(streams{strings.NewReader(stdin), &o, &e})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	if err := cmd.Execute(); err != nil {
		var exit exitError
		if code = exitFailed; errors.As(err, &exit) {
			code = exit.code
		}
	}
	return strings.ReplaceAll(o.String(), dir, "DIR"), strings.ReplaceAll(e.String(), dir, "DIR"), code
}

const goodConfig = "version: 1\nignore: [vendor/**]\n"

func TestValidateText(t *testing.T) {
	t.Parallel()
	out, errs, code := validate(t, "", map[string]string{
		"a.yml": "version: 1\nrollout:\n  window: []\n",
		"b.yml": goodConfig,
		"c.yml": "\uFEFFversion: 1\nignore: [\"é\", \t/x]\n",
	}, "DIR/a.yml", "DIR/b.yml", "DIR/c.yml")
	want := `DIR/a.yml:3:3: error: unknown key "window"; did you mean "windows"? [unknown_key]
    3 |   window: []
      |   ^
DIR/c.yml:2:17: error: ignore: patterns begin at the repository's root; write "x" [bad_glob]
    2 | ignore: ["é", 	/x]
      |               	^
`
	if diff := cmp.Diff(want, out); diff != "" || errs != "3 files, 2 errors, 0 warnings\n" || code != exitFailed {
		t.Errorf("code %d, stderr %q\n%s", code, errs, diff)
	}
}

func TestValidateJSON(t *testing.T) {
	t.Parallel()
	out, errs, code := validate(t, "version: 1\nrollout:\n  window: [<&>]\n", nil, "-", "--output", "json")
	want := `{
  "findings": [
    {
      "file": "-",
      "line": 3,
      "column": 3,
      "severity": "error",
      "code": "unknown_key",
      "message": "unknown key \"window\"; did you mean \"windows\"?"
    }
  ]
}
`
	if diff := cmp.Diff(want, out); diff != "" || errs != "" || code != exitFailed {
		t.Errorf("code %d, stderr %q\n%s", code, errs, diff)
	}
	out, _, code = validate(t, goodConfig, nil, "-", "--output=json")
	var doc struct{ Findings []any }
	if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Findings == nil || len(doc.Findings) != 0 || code != exitDone {
		t.Errorf("code %d, %v: %s", code, err, out)
	}
}

func TestValidateExitCodes(t *testing.T) {
	t.Parallel()
	const warning = "version: 1\nconsumes: [{dataset: a}]\nimpact: ask\n"
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  int
	}{
		"good":                      {goodConfig, []string{"-"}, exitDone},
		"good with exit code":       {goodConfig, []string{"-", "--exit-code"}, exitDone},
		"error":                     {"a: 1\n", []string{"-"}, exitFailed},
		"error with exit code":      {"a: 1\n", []string{"-", "--exit-code"}, exitFailed},
		"warning":                   {warning, []string{"-"}, exitDone},
		"warning with exit code":    {warning, []string{"-", "--exit-code"}, exitFound},
		"no file":                   {"", nil, exitMisused},
		"no such file":              {"", []string{"DIR/gone.yml"}, exitFailed},
		"folder":                    {"", []string{"DIR"}, exitFailed},
		"bad output":                {goodConfig, []string{"-", "--output", "xml"}, exitMisused},
		"bad kind":                  {goodConfig, []string{"-", "--kind", "yaml"}, exitMisused},
		"too large":                 {strings.Repeat("#", maxConfig+100), []string{"-"}, exitFailed},
		"org by its freeze":         {"version: 1\nfreeze: all\n", []string{"-"}, exitDone},
		"org as repo":               {"version: 1\nfreeze: all\n", []string{"-", "--kind", "repo"}, exitFailed},
		"repo as org":               {"version: 1\nconsumes: []\n", []string{"-", "--kind", "org"}, exitFailed},
		"server without its secret": {"github: {app_id: 1, private_key: x}\n", []string{"-"}, exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, errs, code := validate(t, c.stdin, nil, c.args...); code != c.want {
				t.Errorf("exit %d, want %d\n%s%s", code, c.want, out, errs)
			}
		})
	}
}

// A server's file may hold secrets: its lines are not shown.
func TestValidateServerShowsNoLines(t *testing.T) {
	t.Parallel()
	out, errs, _ := validate(t, "github: {app_id: 1, private_key: hush-key, webhook_secret: hush-secret-hush}\n", nil, "-")
	if out == "" || strings.Contains(out+errs, "hush") {
		t.Errorf("%s%s", out, errs)
	}
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		line   string
		column int
		text   string
		caret  string
	}{
		{"abc", 2, "abc", " ^"},
		{"abc", 99, "abc", "   ^"},
		{"", 1, "", "^"},
		{"日本x", 7, "日本x", "  ^"},
		{"a\x1b[31mb", 1, "a\uFFFD[31mb", "^"},
		{long, 200, "…" + strings.Repeat("x", 60) + strings.Repeat("x", 49) + "…", strings.Repeat(" ", 61) + "^"},
	} {
		if text, caret := snippet(c.line, c.column); text != c.text || caret != c.caret {
			t.Errorf("snippet(%q, %d):\n%q\n%q", c.line, c.column, text, caret)
		}
	}
}

// What a repository declares and what its code reads may differ both ways. Schemas of others are not needed to see it.
func TestValidateDrift(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		".github/skein.yml": `version: 1
consumes:
  - {dataset: sales.orders, paths: ["models/**"]}
  - {dataset: sales.users, paths: ["models/**"]}
  - {dataset: sales.items, paths: ["models/**"]}
`,
		"models/a.sql":  "SELECT o.id FROM sales.orders AS o",
		"models/b.sql":  "SELECT {{ columns }} FROM sales.items",
		"reports/c.sql": "SELECT 1;\nSELECT cust_id FROM sales.orders",
		"reports/d.sql": "SELECT orders FROM elsewhere.orders",
	}
	out, errs, code := validate(t, "", files, "DIR/.github/skein.yml")
	want := `DIR/.github/skein.yml:3:5: warning: reports/c.sql:2 reads sales.orders, and is outside the declared paths: nobody is asked to change it [drift]
    3 |   - {dataset: sales.orders, paths: ["models/**"]}
      |     ^
DIR/.github/skein.yml:4:5: warning: sales.users is declared, and no file of these paths was seen to read it [drift]
    4 |   - {dataset: sales.users, paths: ["models/**"]}
      |     ^
`
	if diff := cmp.Diff(want, out); diff != "" || errs != "1 file, 0 errors, 2 warnings\n" || code != exitDone {
		t.Errorf("code %d, stderr %q\n%s", code, errs, diff)
	}
	if out, _, _ := validate(t, "", files, "DIR/.github/skein.yml", "--drift=false"); out != "" {
		t.Errorf("--drift=false: %s", out)
	}
	files["skein.yml"] = files[".github/skein.yml"] // it stands where no repository has it
	if out, _, _ := validate(t, "", files, "DIR/skein.yml"); out != "" {
		t.Errorf("elsewhere: %s", out)
	}
}

// Where the repository declares the dataset itself, its schema says whose field a name is.
func TestValidateDriftKnown(t *testing.T) {
	t.Parallel()
	out, _, _ := validate(t, "", map[string]string{
		".github/skein.yml": `version: 1
datasets: [{name: sales.orders, schema: orders.sql}]
consumes: [{dataset: sales.orders, paths: ["models/**"]}]
`,
		"orders.sql":    "CREATE TABLE orders (id INT, cust_id INT)",
		"models/a.sql":  "SELECT id FROM sales.orders JOIN other USING (x)",
		"reports/c.sql": "SELECT cust_id FROM sales.orders",
	}, "DIR/.github/skein.yml", "--output=json")
	if !strings.Contains(out, "reports/c.sql:1 reads sales.orders.cust_id, and is outside") || strings.Count(out, "drift") != 1 {
		t.Errorf("got %s", out)
	}
}
