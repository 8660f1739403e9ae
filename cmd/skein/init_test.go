package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skein-bot/skein/config"
)

// A repository gets its first config once; a second one only when it is asked for.
func TestInit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeTree(t, dir, map[string]string{"schemas/orders.sql": ordersBefore, "jobs/a.sql": "select x.y from crm.people x"})
	out, errs, code := skein(t, "init", dir)
	if code != exitDone || !strings.Contains(out, "1 dataset, 1 table consumed") {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	target := filepath.Join(dir, filepath.FromSlash(config.RepoPath))
	written, err := os.ReadFile(target)
	if err != nil || !strings.Contains(string(written), "name: sales.orders") || !strings.Contains(string(written), "dataset: crm.people") {
		t.Errorf("%v\n%s", err, written)
	}
	if _, errs, code := skein(t, "validate", target); code != exitDone {
		t.Errorf("it does not validate: %s", errs)
	}
	if _, errs, code := skein(t, "init", dir); code != exitFailed || !strings.Contains(errs, "there already") {
		t.Errorf("code %d: %s", code, errs)
	}
	writeTree(t, dir, map[string]string{"schemas/items.sql": "create table sales.items (id int);"})
	if out, _, code := skein(t, "init", "--print", dir); code != exitDone || !strings.Contains(out, "name: sales.items") {
		t.Errorf("code %d: %s", code, out)
	}
	if now, err := os.ReadFile(target); err != nil || string(now) != string(written) {
		t.Errorf("--print wrote: %v", err)
	}
	if out, _, code := skein(t, "init", "--force", dir); code != exitDone || !strings.Contains(out, "2 datasets") {
		t.Errorf("code %d: %s", code, out)
	}
}

func TestInitMisused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"two folders":  {[]string{"a", "b"}, exitMisused, "one folder"},
		"odd dialect":  {[]string{"--dialect", "cobol", "."}, exitMisused, "choose one of"},
		"nowhere":      {[]string{filepath.Join(t.TempDir(), "nowhere")}, exitFailed, "no such file"},
		"nothing here": {[]string{t.TempDir()}, exitFailed, "no schema file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, errs, code := skein(t, append([]string{"init"}, c.args...)...); code != c.code || !strings.Contains(errs, c.says) {
				t.Errorf("code %d: %s", code, errs)
			}
		})
	}
}
