package forge

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
)

// Limits bounds what is read from one archive. Zero values take the defaults.
type Limits struct {
	Entries  int   // of the archive, wanted or not; 200,000
	File     int64 // bytes of one wanted file, larger ones are skipped; 2 MiB
	Total    int64 // bytes of all wanted files together; 256 MiB
	Packed   int64 // compressed bytes; 512 MiB
	Unpacked int64 // bytes of the whole archive; 4 GiB
	Ratio    int64 // unpacked to packed, looked at from 10 MiB on; 200

	// Also says which files to take beside the wanted ones, as long as they are fit and Beside allows it. Those that
	// are left out are not reported.
	Also   func(path string) bool
	Beside int64 // bytes of all these together; 64 MiB
	Large  int64 // bytes of one of these; as File
}

func (l Limits) withDefaults() Limits {
	for _, one := range []struct {
		value *int64
		unset int64
	}{{&l.File, 2 << 20}, {&l.Total, 256 << 20}, {&l.Packed, 512 << 20}, {&l.Unpacked, 4 << 30}, {&l.Ratio, 200}, {&l.Beside, 64 << 20}} {
		if *one.value == 0 {
			*one.value = one.unset
		}
	}
	if l.Large == 0 {
		l.Large = l.File
	}
	if l.Entries == 0 {
		l.Entries = 200_000
	}
	if l.Also == nil {
		l.Also = func(string) bool { return false }
	}
	return l
}

// Skipped is an entry of an archive that was wanted and not taken, and why.
type Skipped struct {
	Path   string
	Reason string
}

// Archive reads the wanted files of a commit from one streamed archive. Entries that are links, tricks or too
// large are refused and reported; an archive that goes over a limit as a whole is an error with ErrTooLarge.
func (f *Forge) Archive(ctx context.Context, r repo.Repo, at repo.SHA, want func(path string) bool, l Limits) ([]rewrite.File, []Skipped, error) {
	ctx, cancel := context.WithTimeout(ctx, archiveTimeout)
	defer cancel()
	body, err := f.tarball(ctx, r, at)
	if err != nil {
		return nil, nil, err
	}
	defer discard(body)
	files, skipped, err := unpack(body, at, want, l)
	if err != nil {
		return nil, nil, fmt.Errorf("archive of %s: %w", at.Short(), err)
	}
	return files, skipped, nil
}

// archiveTimeout bounds the whole download.
const archiveTimeout = 10 * time.Minute

// tarball opens the archive. GitHub redirects to another host with a signed address: that one gets no token.
func (f *Forge) tarball(ctx context.Context, r repo.Repo, at repo.SHA) (io.ReadCloser, error) {
	c := on(r, "contents:read", http.MethodGet, repoRoute+"/tarball/{sha}")
	c.stream, c.args = true, withRepo(r, []any{at})
	place, err := fill(c.route, c.args)
	if err != nil {
		return nil, err
	}
	req, err := f.client.NewRequest(c.method, strings.TrimPrefix(place, "/"), nil)
	if err != nil {
		return nil, err
	}
	resp, err := f.http.Do(req.WithContext(withCall(ctx, c)))
	if err != nil {
		return nil, f.explain(ctx, c, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer discard(resp.Body)
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		return f.elsewhere(ctx, to)
	}
	return nil, f.explain(ctx, c, github.CheckResponse(resp))
}

// elsewhere opens an address outside the API, without credentials.
func (f *Forge) elsewhere(ctx context.Context, to *url.URL) (io.ReadCloser, error) {
	if to.Scheme != "https" && to.Scheme != f.client.BaseURL.Scheme {
		return nil, fmt.Errorf("archive: redirected to %s, which is not encrypted", to.Scheme)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	resp, err := f.plain.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("archive: %w: %w", ErrUnavailable, err)
	}
	if resp.StatusCode != http.StatusOK {
		discard(resp.Body)
		return nil, fmt.Errorf("archive: %w: %s answered %s", ErrUnavailable, to.Host, resp.Status)
	}
	return resp.Body, nil
}

// unpacking is the state of reading one archive.
type unpacking struct {
	limits  Limits
	want    func(string) bool
	at      repo.SHA
	packed  *meter
	top     string // the folder that everything lies in
	entries int
	total   int64
	beside  int64
	files   []rewrite.File
	skipped []Skipped
	index   map[string]int // of files by path; -1: seen twice and refused
}

// unpack reads a gzipped tar. Nothing of what it claims about itself is believed: what is read is counted.
func unpack(r io.Reader, at repo.SHA, want func(string) bool, l Limits) ([]rewrite.File, []Skipped, error) {
	u := &unpacking{limits: l.withDefaults(), want: want, at: at, index: map[string]int{}}
	u.packed = &meter{r: r, max: u.limits.Packed, what: "compressed"}
	zipped, err := gzip.NewReader(u.packed)
	if err != nil {
		return nil, nil, broken(err)
	}
	defer discard(zipped)
	plain := &meter{r: zipped, max: u.limits.Unpacked, what: "unpacked", against: u.packed, ratio: u.limits.Ratio}
	archive := tar.NewReader(plain)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return u.taken(), u.skipped, nil
		}
		if err != nil {
			return nil, nil, broken(err)
		}
		if err := u.entry(h, archive); err != nil {
			return nil, nil, broken(err)
		}
	}
}

// broken tells an archive that stopped short, which the network may have done, from one that is malformed.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it ends early", ErrUnavailable)
	}
	return err
}

// entry takes, skips or refuses one entry.
func (u *unpacking) entry(h *tar.Header, content io.Reader) error {
	u.entries++
	if u.entries > u.limits.Entries {
		return fmt.Errorf("more than %d entries: %w", u.limits.Entries, ErrTooLarge)
	}
	if h.Typeflag == tar.TypeXGlobalHeader {
		return u.provenance(h)
	}
	if h.Typeflag == tar.TypeDir {
		return nil
	}
	name, reason := u.place(h.Name)
	if reason != "" {
		u.skip(name, reason)
		return nil
	}
	wanted := u.want(name)
	if !wanted && (!u.limits.Also(name) || u.beside+h.Size > u.limits.Beside) {
		return nil
	}
	sum, most, large := &u.total, u.limits.Total, u.limits.File
	if !wanted {
		sum, most, large = &u.beside, u.limits.Beside, u.limits.Large
	}
	if reason := u.unfit(name, h, large); reason != "" {
		if wanted {
			u.skip(name, reason)
		}
		return nil
	}
	return u.take(name, content, sum, most, large)
}

// provenance checks the commit that git writes at the head of an archive.
func (u *unpacking) provenance(h *tar.Header) error {
	if made := h.PAXRecords["comment"]; made != "" && u.at != "" && made != string(u.at) {
		return fmt.Errorf("it is of commit %.40q", made)
	}
	return nil
}

// place strips the top folder and refuses names that could lead elsewhere.
func (u *unpacking) place(name string) (string, string) {
	top, rest, ok := strings.Cut(name, "/")
	if u.top == "" {
		u.top = top
	}
	switch {
	case !ok || top != u.top || top == "" || top == "..":
		return name, "outside the archive's folder"
	case rest != path.Clean(rest) || rest == "." || rest == ".." || strings.HasPrefix(rest, "../") || strings.HasPrefix(rest, "/"):
		return rest, "not a plain path"
	case !utf8.ValidString(rest) || strings.Contains(rest, `\`) || strings.ContainsFunc(rest, unicode.IsControl):
		return rest, "unusual characters in its path"
	}
	for part := range strings.SplitSeq(rest, "/") {
		if strings.EqualFold(part, ".git") {
			return rest, "inside a .git folder"
		}
	}
	return rest, ""
}

// unfit says why a wanted entry cannot be taken; "" when it can.
func (u *unpacking) unfit(name string, h *tar.Header, large int64) string {
	switch h.Typeflag {
	case tar.TypeReg:
	case tar.TypeSymlink, tar.TypeLink:
		return "a link"
	default:
		return "not a regular file"
	}
	if h.Size > large {
		return fmt.Sprintf("larger than %d bytes", large)
	}
	if i, seen := u.index[name]; seen {
		if i >= 0 {
			u.files[i].Path, u.index[name] = "", -1
		}
		return "there twice"
	}
	return ""
}

// take reads a file and adds it to a sum.
func (u *unpacking) take(name string, content io.Reader, sum *int64, most, large int64) error {
	b, err := io.ReadAll(io.LimitReader(content, large+1))
	if err != nil {
		return err
	}
	if *sum += int64(len(b)); *sum > most {
		return fmt.Errorf("more than %d bytes of wanted files: %w", most, ErrTooLarge)
	}
	u.index[name] = len(u.files)
	u.files = append(u.files, rewrite.File{Path: name, Content: b})
	return nil
}

// maxSkipped bounds the report: an archive of nothing but tricks must not fill the memory.
const maxSkipped = 1000

func (u *unpacking) skip(name, reason string) {
	if len(u.skipped) < maxSkipped {
		u.skipped = append(u.skipped, Skipped{Path: strings.ToValidUTF8(name[:min(len(name), 300)], "?"), Reason: reason})
	}
}

// taken leaves out the files that turned out to be there twice.
func (u *unpacking) taken() (files []rewrite.File) {
	for _, file := range u.files {
		if file.Path != "" {
			files = append(files, file)
		}
	}
	return files
}

// meter counts what passes and stops it at a maximum, or at a ratio to what another meter counted.
type meter struct {
	r       io.Reader
	n, max  int64
	what    string
	against *meter
	ratio   int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	if m.n > m.max {
		return 0, fmt.Errorf("more than %d bytes %s: %w", m.max, m.what, ErrTooLarge)
	}
	if m.against != nil && m.n > 10<<20 && m.n/max(m.against.n, 1) > m.ratio {
		return 0, fmt.Errorf("%d bytes unpacked from %d: %w", m.n, m.against.n, ErrTooLarge)
	}
	return n, err
}
