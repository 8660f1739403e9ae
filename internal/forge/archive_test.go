package forge

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// packed makes a gzipped tar of the headers; a regular file's content is its Linkname.
func packed(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		content := ""
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = h.Linkname, ""
			h.Size = int64(len(content))
		}
		if h.Typeflag != tar.TypeXGlobalHeader {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func regular(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Linkname: content}
}

func all(string) bool { return true }

func sqlOnly(p string) bool { return strings.HasSuffix(p, ".sql") }

func TestUnpack(t *testing.T) {
	t.Parallel()
	b := packed(t,
		tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "abc"}},
		tar.Header{Typeflag: tar.TypeDir, Name: "acme-reports-abc/"},
		regular("acme-reports-abc/README.md", "# no"),
		regular("acme-reports-abc/sql/a.sql", "select 1\r\n"),
		regular("acme-reports-abc/sql/empty.sql", ""),
		regular("acme-reports-abc/sql/ü.sql", "select 2"),
		regular("acme-reports-abc/sql/large.sql", strings.Repeat("x", 101)),
		tar.Header{Typeflag: tar.TypeSymlink, Name: "acme-reports-abc/sql/link.sql", Linkname: "/etc/passwd"},
		tar.Header{Typeflag: tar.TypeLink, Name: "acme-reports-abc/sql/hard.sql", Linkname: "../../x"},
		tar.Header{Typeflag: tar.TypeFifo, Name: "acme-reports-abc/sql/pipe.sql"},
		regular("acme-reports-abc/../../up.sql", "x"),
		regular("acme-reports-abc/sql/../twisted.sql", "x"),
		regular("acme-reports-abc//abs.sql", "x"),
		regular("/abs.sql", "x"),
		regular("other/b.sql", "x"),
		regular("top.sql", "x"),
		regular("acme-reports-abc/.GIT/hooks/x.sql", "x"),
		regular(`acme-reports-abc/a\b.sql`, "x"),
		regular("acme-reports-abc/a\nb.sql", "x"),
		regular("acme-reports-abc/twice.sql", "1"),
		regular("acme-reports-abc/twice.sql", "2"),
		regular("acme-reports-abc/twice.sql", "3"),
	)
	files, skipped, err := unpack(bytes.NewReader(b), "abc", sqlOnly, Limits{File: 100})
	if err != nil {
		t.Fatal(err)
	}
	wantFiles := []rewrite.File{
		{Path: "sql/a.sql", Content: []byte("select 1\r\n")}, {Path: "sql/empty.sql", Content: []byte{}}, {Path: "sql/ü.sql", Content: []byte("select 2")},
	}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Error(diff)
	}
	want := []Skipped{
		{"sql/large.sql", "larger than 100 bytes"}, {"sql/link.sql", "a link"}, {"sql/hard.sql", "a link"}, {"sql/pipe.sql", "not a regular file"},
		{"../../up.sql", "not a plain path"}, {"sql/../twisted.sql", "not a plain path"}, {"/abs.sql", "not a plain path"},
		{"/abs.sql", "outside the archive's folder"}, {"other/b.sql", "outside the archive's folder"}, {"top.sql", "outside the archive's folder"},
		{".GIT/hooks/x.sql", "inside a .git folder"}, {`a\b.sql`, "unusual characters in its path"}, {"a\nb.sql", "unusual characters in its path"},
		{"twice.sql", "there twice"}, {"twice.sql", "there twice"},
	}
	if diff := cmp.Diff(want, skipped); diff != "" {
		t.Error(diff)
	}
}

// TestUnpackAlso: what lies beside the wanted files is taken as far as it fits, and nobody is told of the rest.
func TestUnpackAlso(t *testing.T) {
	t.Parallel()
	b := packed(t, regular("top/1.yml", "four"), regular("top/2.yml", "sixsix"), regular("top/3.yml", "333"), regular("top/4.yml", strings.Repeat("x", 101)),
		tar.Header{Typeflag: tar.TypeSymlink, Name: "top/5.yml", Linkname: "1.yml"}, regular("top/b.sql", "wanted"), regular("top/x.txt", "x"))
	also := func(p string) bool { return strings.HasSuffix(p, ".yml") }
	files, skipped, err := unpack(bytes.NewReader(b), "", sqlOnly, Limits{File: 100, Total: 6, Also: also, Beside: 8})
	want := []rewrite.File{{Path: "1.yml", Content: []byte("four")}, {Path: "3.yml", Content: []byte("333")}, {Path: "b.sql", Content: []byte("wanted")}}
	if diff := cmp.Diff(want, files); diff != "" || len(skipped) > 0 || err != nil {
		t.Errorf("%v %v (-want +got)\n%s", skipped, err, diff)
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	small := packed(t, regular("x/a.sql", "select 1"), regular("x/b.sql", "select 2"))
	bomb := packed(t, regular("x/a.sql", strings.Repeat("\x00", 16<<20)))
	for _, c := range []struct {
		name   string
		in     []byte
		limits Limits
		is     error
	}{
		{"entries", small, Limits{Entries: 1}, ErrTooLarge},
		{"total", small, Limits{Total: 10}, ErrTooLarge},
		{"packed", small, Limits{Packed: 50}, ErrTooLarge},
		{"unpacked", small, Limits{Unpacked: 600}, ErrTooLarge},
		{"bomb, taken", bomb, Limits{File: 1 << 30}, ErrTooLarge},
		{"bomb, skipped", bomb, Limits{}, ErrTooLarge},
		{"cut off", small[:len(small)/2], Limits{}, ErrUnavailable},
		{"empty", nil, Limits{}, ErrUnavailable},
		{"not gzip", []byte("hello, world, this is no archive"), Limits{}, gzip.ErrHeader},
		{"another commit", packed(t, tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "def"}}), Limits{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files, _, err := unpack(bytes.NewReader(c.in), "abc", all, c.limits)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || files != nil {
				t.Errorf("%d files, %v", len(files), err)
			}
		})
	}
}

// The token does not go along to where GitHub keeps its archives.
func TestArchiveElsewhere(t *testing.T) {
	t.Parallel()
	content := packed(t, regular("x/a.sql", "select 1"))
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("the archive store was sent %q", got)
		}
		_, _ = w.Write(content)
	}))
	defer store.Close()
	_, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			t.Error("no token for the API")
		}
		http.Redirect(w, r, store.URL+"/acme/legacy.tar.gz/abc?token=x", http.StatusFound)
	})
	files, _, err := f.Archive(t.Context(), sampleRepo(), "abc", all, Limits{})
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestArchiveErrors(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]error{404: ErrGone, 500: ErrUnavailable} {
		_, f := newHub(t, step(code, "no"))
		if _, _, err := f.Archive(t.Context(), sampleRepo(), "abc", all, Limits{}); !errors.Is(err, want) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// Whatever the bytes: no panic, no path that leads elsewhere, no more than was allowed.
func FuzzUnpack(f *testing.F) {
	f.Add(packed(f, regular("x/a.sql", "select 1"), regular("x/../b.sql", "select 2")))
	f.Add(packed(f, tar.Header{Typeflag: tar.TypeSymlink, Name: "x/l", Linkname: "y"}))
	f.Add([]byte("\x1f\x8b"))
	limits := Limits{Entries: 50, File: 1 << 10, Total: 4 << 10, Packed: 1 << 20, Unpacked: 1 << 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		// The fuzzer cannot guess checksums: it also gets to write the tar inside a good gzip.
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b)
		_ = w.Close()
		for _, in := range [][]byte{b, z.Bytes()} {
			files, skipped, _ := unpack(bytes.NewReader(in), "", all, limits)
			total, seen := 0, map[string]bool{}
			for _, file := range files {
				total += len(file.Content)
				if seen[file.Path] || file.Path == "" || strings.HasPrefix(file.Path, "/") || strings.Contains("/"+file.Path+"/", "/../") {
					t.Errorf("took %q", file.Path)
				}
				seen[file.Path] = true
			}
			if total > 4<<10 || len(files)+len(skipped) > 50 {
				t.Error(fmt.Sprint(total, " bytes, ", len(files), " files, ", len(skipped), " skipped"))
			}
		}
	})
}
