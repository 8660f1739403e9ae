package status

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/rollout"
)

var update = flag.Bool("update", false, "write the golden files")

// Every text in every situation reads as its golden file says.
func TestTexts(t *testing.T) {
	t.Parallel()
	var files []string
	for _, s := range situations() {
		file := filepath.Join("testdata", strings.ReplaceAll(s.name, " ", "_")+".txtar")
		files = append(files, file)
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			got := &txtar.Archive{}
			for text := range strings.FieldsSeq(s.texts) {
				got.Files = append(got.Files, txtar.File{Name: text + ".md", Data: []byte(s.render(text))})
			}
			golden(t, file, txtar.Format(got))
		})
	}
	found, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	if d := cmp.Diff(files, found); d != "" && !*update {
		t.Errorf("golden files, want (-) and found (+):\n%s", d)
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// What a changeset waited for before the outcome of an action moved it on is not told any more.
func TestOutlivedWaits(t *testing.T) {
	t.Parallel()
	merged := landed("reports", "canary", rollout.Watching)
	merged.Waits = []rollout.Wait{{Rule: "merging", Text: "the merge of 3d4e5f6 is under way", On: "github", Till: at(2, 13, 15)}}
	p := New(input(merged))
	if got := p.Waits(p.Of(merged.ID)); len(got) > 0 {
		t.Errorf("it waits for %v", got)
	}
	if got, want := p.Sentence(p.Of(merged.ID)), "watched until Mon 2 Mar 2026 20:05 CET (19:05 UTC)."; !strings.HasSuffix(got, want) {
		t.Errorf("%q, want …%q", got, want)
	}
	fresh := opened("reports", "canary", rollout.Wait{Rule: "opening", Text: "its pull request is being opened", On: "github"}, closedWindow())
	p = New(input(fresh))
	if got := p.Waits(p.Of(fresh.ID)); len(got) != 1 || got[0].Rule != "window_closed" {
		t.Errorf("it waits for %v", got)
	}
}

// Times are told in the zone of the windows and in UTC, whatever the zone calls itself.
func TestStamp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, want string }{
		{"", "Mon 2 Mar 2026 23:30 UTC"},
		{"Europe/London", "Mon 2 Mar 2026 23:30 UTC"},
		{"Europe/Stockholm", "Tue 3 Mar 2026 00:30 CET (Mon 23:30 UTC)"},
		{"America/New_York", "Mon 2 Mar 2026 18:30 EST (23:30 UTC)"},
		{"America/Sao_Paulo", "Mon 2 Mar 2026 20:30 UTC-03:00 (23:30 UTC)"},
		{"Asia/Kolkata", "Tue 3 Mar 2026 05:00 IST (Mon 23:30 UTC)"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := Stamp(time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC), zone); got != c.want {
			t.Errorf("%s: %s, want %s", c.zone, got, c.want)
		}
	}
}

// A window is told in words where its expression is as simple as that, else as it is written.
func TestWindowWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cron string
		open time.Duration
		want string
	}{
		{"0 14 * * MON-THU", 3 * time.Hour, "Mon–Thu 14:00–17:00 UTC"},
		{"30 9 * * *", 90 * time.Minute, "daily 09:30–11:00 UTC"},
		{"0 22 * * 1,3", 4 * time.Hour, "Mon, Wed 22:00–02:00 UTC"},
		{"0 14 1 * MON", 3 * time.Hour, "0 14 1 * MON for 3h UTC"},
		{"*/5 14 * * *", time.Minute, "*/5 14 * * * for 1m UTC"},
		{"0 0 * * MON", 48 * time.Hour, "0 0 * * MON for 2d UTC"},
		{"nonsense", time.Hour, "nonsense for 1h UTC"},
	} {
		if got := window(calendar.Window{Cron: c.cron, For: c.open}); got != c.want {
			t.Errorf("%s: %s, want %s", c.cron, got, c.want)
		}
	}
}
