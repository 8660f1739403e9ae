package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
)

const nightly = `version: 1
rollout:
  windows: [{cron: "0 2 * * *", for: 3h, timezone: Europe/Stockholm}]
  freezes: [{from: 2026-03-30, to: 2026-03-30, timezone: Europe/Stockholm}]
`

func windowsOf(t *testing.T, files map[string]string, args ...string) (out, errs string, code int) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "DIR", dir)
	}
	var o, e bytes.Buffer
	cmd := newWindowsCmd(streams{strings.NewReader(nightly), &o, &e})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	if err := cmd.Execute(); err != nil {
		code = exitFailed
		if exit, ok := errors.AsType[exitError](err); ok {
			code = exit.code
		}
		e.WriteString(err.Error())
	}
	return strings.ReplaceAll(o.String(), dir, "DIR"), strings.ReplaceAll(e.String(), dir, "DIR"), code
}

// TestWindowsContract is the example of the contract, byte for byte but for the layout.
func TestWindowsContract(t *testing.T) {
	t.Parallel()
	out, errs, code := windowsOf(t, nil, "--config", "-", "--at", "2026-03-28T12:00:00Z", "--count", "2", "--output", "json")
	want := `{"at":"2026-03-28T12:00:00Z","open":false,"frozen":false,"windows":[` +
		`{"opens":"2026-03-29T03:00:00+02:00","closes":"2026-03-29T06:00:00+02:00","cron":"0 2 * * *","timezone":"Europe/Stockholm","cut_by_freeze":false},` +
		`{"opens":"2026-03-30T02:00:00+02:00","closes":"2026-03-30T05:00:00+02:00","cron":"0 2 * * *","timezone":"Europe/Stockholm","cut_by_freeze":true}]}`
	var got bytes.Buffer
	if err := json.Compact(&got, []byte(out)); err != nil {
		t.Fatal(err, out)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" || errs != "" || code != 0 {
		t.Errorf("code %d, stderr %q\n%s", code, errs, diff)
	}
}

func TestWindowsText(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.yml":     nightly,
		"b.yml":     "version: 1\nrollout: {windows: [{cron: \"30 4 * * *\", for: 2h, timezone: Europe/Stockholm}]}\n",
		"day.yml":   "version: 1\nrollout: {windows: [{cron: \"0 12 * * *\", for: 1h}]}\n",
		"none.yml":  "version: 1\n",
		"never.yml": "version: 1\nrollout: {windows: [{cron: \"0 0 30 2 *\", for: 1h}]}\n",
	}
	for _, test := range []struct{ args, want, errs string }{
		{"--config DIR/a.yml --at 2026-03-30T01:00:00+02:00 --count 1", `Mon 2026-03-30 01:00 +0200: merging is not allowed: a freeze holds
Mon 2026-03-30 02:00 +02:00  to Mon 2026-03-30 05:00 +02:00  0 2 * * *  Europe/Stockholm  cut by a freeze
`, ""},
		{"--config DIR/a.yml --with DIR/b.yml --at 2026-03-28T03:40:00Z --count 2", `Sat 2026-03-28 03:40 UTC: merging is allowed
Sat 2026-03-28 04:30 +01:00  to Sat 2026-03-28 05:00 +01:00  0 2 * * *  Europe/Stockholm
Sun 2026-03-29 04:30 +02:00  to Sun 2026-03-29 06:00 +02:00  0 2 * * *  Europe/Stockholm
`, ""},
		{"--config DIR/a.yml --with DIR/day.yml --at 2026-03-28T12:00:00Z", `Sat 2026-03-28 12:00 UTC: merging is not allowed: no window is open
no common opening within 14 days: DIR/a.yml:3, DIR/day.yml:2
`, ""},
		{"--config DIR/none.yml --at 2026-03-28T12:00:00Z", "Sat 2026-03-28 12:00 UTC: merging is allowed; there are no windows\n", ""},
		{"--config DIR/none.yml --with DIR/day.yml --at 2026-03-28T12:59:59Z --count 1", `Sat 2026-03-28 12:59 UTC: merging is allowed
Sat 2026-03-28 12:00 +00:00  to Sat 2026-03-28 13:00 +00:00  0 12 * * *  UTC
`, ""},
		{"--config DIR/never.yml --at 2026-03-28T12:00:00Z", "Sat 2026-03-28 12:00 UTC: merging is not allowed: no window is open\n", "DIR/never.yml:2"},
	} {
		t.Run(test.args, func(t *testing.T) {
			t.Parallel()
			out, errs, code := windowsOf(t, files, strings.Fields(test.args)...)
			if diff := cmp.Diff(test.want, out); diff != "" || code != 0 || !strings.Contains(errs, test.errs) || test.errs == "" && errs != "" {
				t.Errorf("code %d, stderr %q\n%s", code, errs, diff)
			}
		})
	}
}

func TestWindowsMisused(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]struct {
		text string
		code int
	}{
		"":                                      {"needs a config", exitMisused},
		"--config - --with -":                   {"standard input", exitMisused},
		"--config - --output yaml":              {"text or json", exitMisused},
		"--config - --count -1":                 {"from 0 to 1000", exitMisused},
		"--config - --count 1001":               {"from 0 to 1000", exitMisused},
		"--config - --at tomorrow":              {"2026-03-28T12:00:00Z", exitMisused},
		"DIR/a.yml":                             {"--config", exitMisused},
		"--config DIR/nowhere.yml":              {"nowhere.yml", exitFailed},
		"--config DIR/bad.yml":                  {"DIR/bad.yml:2", exitFailed},
		"--config - --with DIR/bad.yml":         {"DIR/bad.yml:2", exitFailed},
		"--config - --with DIR/other/skein.yml": {"other", exitFailed},
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			out, errs, code := windowsOf(t, map[string]string{"bad.yml": "version: 1\nrollout: [\n"}, strings.Fields(args)...)
			if out != "" || code != want.code || !strings.Contains(errs, want.text) {
				t.Errorf("code %d, stdout %q, stderr %q", code, out, errs)
			}
		})
	}
}

// TestWindowsSettle: what follows a schema commit that settles until Sunday evening fits into the opening after that.
func TestWindowsSettle(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "skein.db")
	db, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	till := time.Date(2026, 3, 29, 18, 0, 0, 0, time.UTC)
	wait := []rollout.Wait{rollout.Until("settling", "it settles", till)}
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		id, err := tx.AddMigration(t.Context(), rollout.Migration{})
		for n, c := range []rollout.Changeset{{Phase: rollout.Open}, {Phase: rollout.Ready, Waits: wait}, {Phase: rollout.Ready, Waits: wait}, {Phase: rollout.Superseded, Waits: wait}} {
			c.ID, c.Migration = rollout.ChangesetID(fmt.Sprint(n)), id
			err = errors.Join(err, tx.AddChangeset(t.Context(), c))
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	out, errs, code := windowsOf(t, map[string]string{"skein.yml": nightly}, "--config", "DIR/skein.yml", "--at", "2026-03-28T12:00:00Z", "--count", "3", "--database", file)
	if code != 0 || strings.Count(out, "1 fit") != 1 || strings.Count(out, "2 fit") != 1 || !strings.HasSuffix(out, "3 wait; 0 fit into none of these; 2 settle until 2026-03-29T18:00:00Z\n") {
		t.Errorf("%d %s\n%s", code, errs, out)
	}
}

func TestWindowsNow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	f := &forecast{waiting: -1, streams: streams{strings.NewReader(nightly), &out, &out}, clock: clock.NewVirtual(time.Date(2026, 7, 1, 0, 30, 0, 5, time.UTC)), config: "-", count: 0, output: "text"}
	if err := f.run(t.Context()); err != nil || out.String() != "Wed 2026-07-01 00:30 UTC: merging is allowed\n" {
		t.Errorf("%v %q", err, out.String())
	}
}

// TestWindowsFit: of five that wait two go with each opening, none with one that a freeze covers.
func TestWindowsFit(t *testing.T) {
	t.Parallel()
	limited := strings.Replace(nightly, "for: 3h", "for: 3h, max_merges: 2", 1)
	out, errs, code := windowsOf(t, map[string]string{"skein.yml": limited}, "--config", "DIR/skein.yml", "--at", "2026-03-28T12:00:00Z",
		"--count", "3", "--waiting", "5", "--output", "json")
	var got outlook
	if err := json.Unmarshal([]byte(out), &got); err != nil || errs != "" || code != 0 {
		t.Fatal(out, errs, code, err)
	}
	fits := []int{}
	for _, w := range got.Windows {
		fits = append(fits, *w.Fits)
	}
	if diff := cmp.Diff([]int{2, 0, 2}, fits); diff != "" || *got.Waiting != 5 || *got.Left != 1 {
		t.Errorf("%s\nwaiting %d, left %d", diff, *got.Waiting, *got.Left)
	}
	out, _, _ = windowsOf(t, map[string]string{"skein.yml": limited}, "--config", "DIR/skein.yml", "--at", "2026-03-28T12:00:00Z", "--count", "1", "--waiting", "5")
	if !strings.Contains(out, "2 fit") || !strings.Contains(out, "5 wait; 3 fit into none of these") {
		t.Error(out)
	}
	for _, wrong := range [][]string{{"--waiting", "-2"}, {"--waiting", "2", "--database", "x.db"}, {"--database", "DIR/none.db"}} {
		if _, errs, code := windowsOf(t, nil, append([]string{"--config", "-"}, wrong...)...); code == 0 || errs == "" {
			t.Errorf("%v: %q, %d", wrong, errs, code)
		}
	}
}
