package deploy

import (
	"regexp"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/registration"
)

// The operator's page tells of every permission at its level, every metric, and every variable that is in the
// example, and of none that is not there.
func TestOperatorsPage(t *testing.T) {
	t.Parallel()
	page := string(read(t, "../docs/operating.md"))
	var profiles [3]map[string]string
	for i, p := range []registration.Profile{registration.Observe, registration.Propose, registration.Merge} {
		m, err := registration.Load(p)
		if err != nil {
			t.Fatal(err)
		}
		profiles[i] = m.Permissions
	}
	for name := range profiles[2] {
		row := regexp.MustCompile("(?m)^\\| `" + name + "` \\|(.*?)\\|(.*?)\\|(.*?)\\|").FindStringSubmatch(page)
		if row == nil {
			t.Errorf("it does not tell of the permission %s", name)
			continue
		}
		for i, granted := range profiles {
			if said := strings.TrimSpace(row[i+1]); said != granted[name] {
				t.Errorf("%s: it says %q and the profile %q", name, said, granted[name])
			}
		}
	}
	metrics := regexp.MustCompile(`Name:\s+"(skein_\w+)"`).FindAllStringSubmatch(string(read(t, "../cmd/skein/metrics.go")), -1)
	if len(metrics) == 0 {
		t.Error("found no metrics in cmd/skein/metrics.go")
	}
	known := map[string]bool{"skein_data": true} // the volume
	for _, m := range metrics {
		known[m[1]] = true
		if !strings.Contains(page, "| `"+m[1]+"` |") {
			t.Errorf("it does not tell of the metric %s", m[1])
		}
	}
	for _, name := range regexp.MustCompile(`\bskein_\w+`).FindAllString(page, -1) {
		if !known[name] {
			t.Errorf("it tells of %s, which there is not", name)
		}
	}
	for line := range strings.Lines(string(read(t, "../docs/server.example.yml"))) {
		key, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		if key != "" && key[0] != '#' && key != "log" && key != "github" && !regexp.MustCompile("(?m)^\\| `(\\w+\\.)?"+key+"` \\|").MatchString(page) {
			t.Errorf("it does not tell of the key %s", key)
		}
	}
}
