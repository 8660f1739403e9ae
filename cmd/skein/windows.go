package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
)

// mostOpenings is how far ahead anyone may look.
const mostOpenings = 1000

// forecast is what skein windows was asked for.
type forecast struct {
	streams
	clock  clock.Clock
	config string
	with   string
	at     string
	count  int
	output string

	waiting  int
	database string
}

// backlog is what waits to be merged, and when the rest was.
type backlog struct {
	waiting  int
	settling int       // of those, until
	settles  time.Time // then at the latest
	merged   []time.Time
}

func newWindowsCmd(io streams) *cobra.Command {
	f := &forecast{streams: io, clock: clock.Real{}}
	cmd := &cobra.Command{
		Use:   "windows --config FILE",
		Short: "Show when merging will be possible",
		Long: `Show when the windows of a skein.yml open, in their own time zones, gaps and folds of the clock included, and
whether merging is allowed at a given time. With a second file: when the windows of both are open.

What a freeze cuts is marked and still listed. A config with errors is shown as far as it can be read.

With --waiting N, or the database of a running "skein serve": how many of the waiting changesets fit into each opening,
as max_merges and freezes have it.`,
		Example: "  skein windows --config .github/skein.yml --at 2026-03-28T12:00:00Z --count 3",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misused("windows takes no arguments, got %q\nTry %q", args[0], "skein windows --config "+args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context()) },
	}
	cmd.Flags().IntVar(&f.waiting, "waiting", -1, "so many changesets wait: tell how many fit into each opening")
	cmd.Flags().StringVar(&f.database, "database", "", "the SQLite file of skein serve: count there how many wait")
	cmd.Flags().StringVar(&f.config, "config", "", "skein.yml of a dataset or consumer repo; - reads standard input")
	cmd.Flags().StringVar(&f.with, "with", "", "the other side's skein.yml: list what the two have in common")
	cmd.Flags().StringVar(&f.at, "at", "", "a time like 2026-03-28T12:00:00Z (default now)")
	cmd.Flags().IntVar(&f.count, "count", 10, "how many openings to list")
	cmd.Flags().StringVar(&f.output, "output", "text", "text or json")
	return cmd
}

func (f *forecast) run(ctx context.Context) error {
	at, err := f.checked()
	if err != nil {
		return err
	}
	b := backlog{waiting: f.waiting}
	if f.database != "" {
		if b, err = waitingIn(ctx, f.database); err != nil {
			return err
		}
	}
	one, err := f.rules(f.config)
	if err != nil {
		return err
	}
	other := config.Rollout{}
	if f.with != "" {
		if other, err = f.rules(f.with); err != nil {
			return err
		}
	}
	v := foresee(one, other, at, f.count)
	if b.waiting >= 0 {
		v.allot(b, slices.Concat(one.Freezes, other.Freezes))
	}
	if f.output == "text" {
		return v.text(f.Out)
	}
	return writeJSON(f.Out, v)
}

func (f *forecast) checked() (at time.Time, err error) {
	if err := checkOutput(f.output); err != nil {
		return at, err
	}
	switch {
	case f.config == "":
		return at, misused("windows needs a config\nTry %q", "skein windows --config .github/skein.yml")
	case f.config == "-" && f.with == "-":
		return at, misused("only one of --config and --with can be standard input")
	case f.waiting >= 0 && f.database != "":
		return at, misused("either --waiting or --database says how many wait")
	case f.waiting < -1:
		return at, misused("--waiting is a number of changesets, not %d", f.waiting)
	case f.count < 0 || f.count > mostOpenings:
		return at, misused("--count is a number from 0 to %d, not %d", mostOpenings, f.count)
	case f.at == "":
		return f.clock.Now().Truncate(time.Second), nil
	}
	if at, err = time.Parse(time.RFC3339, f.at); err != nil {
		return at, misused("--at is a time like 2026-03-28T12:00:00Z or 2026-03-28T14:00:00+02:00, not %q", f.at)
	}
	return at, nil
}

// rules reads a file's part about the rollout. Findings go to stderr; only what is no configuration at all ends
// the command, since a window that cannot be read stays closed.
func (f *forecast) rules(file string) (config.Rollout, error) {
	src, err := f.read(file)
	if err != nil {
		return config.Rollout{}, err
	}
	c, findings := config.ParseRepo(file, src)
	unreadable := false
	for _, x := range findings {
		if x.Severity == config.Error {
			fmt.Fprintf(f.Err, "%s: %s\n", x.Position, x.Message)
		}
		unreadable = unreadable || slices.Contains([]config.Code{config.Syntax, config.Encoding, config.TooLarge}, x.Code)
	}
	if unreadable {
		return config.Rollout{}, exitError{code: exitFailed}
	}
	return c.Rollout, nil
}

func (f *forecast) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(f.In, maxConfig))
	}
	r, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read
	return io.ReadAll(io.LimitReader(r, maxConfig))
}

// outlook is the result, in the words of the command-line contract.
type outlook struct {
	At      string    `json:"at"`
	Open    bool      `json:"open"`
	Frozen  bool      `json:"frozen"`
	Windows []opening `json:"windows"`
	// NoCommon names the declarations of two sides that do not meet within 14 days.
	NoCommon []string `json:"no_common_window,omitempty"`
	// Waiting is how many changesets wait to be merged, and Left how many of them fit into none of the openings.
	Waiting *int `json:"waiting,omitempty"`
	Left    *int `json:"left,omitempty"`
	// Settling is how many of those follow a schema commit that has yet to stand, until Settles.
	Settling int    `json:"settling,omitempty"`
	Settles  string `json:"settles,omitempty"`

	at      time.Time
	limited bool // there are windows at all
}

type opening struct {
	Opens    string `json:"opens"`
	Closes   string `json:"closes"`
	Cron     string `json:"cron"`
	Timezone string `json:"timezone"`
	Cut      bool   `json:"cut_by_freeze"`
	With     *side  `json:"with,omitempty"` // the other side's window
	Fits     *int   `json:"fits,omitempty"` // of those that wait

	opens, closes time.Time
	of            calendar.Opening
}

type side struct {
	Cron     string `json:"cron"`
	Timezone string `json:"timezone"`
}

func foresee(one, other config.Rollout, at time.Time, count int) outlook {
	freezes := slices.Concat(one.Freezes, other.Freezes)
	sides := [][]calendar.Window{one.Windows, other.Windows}
	out := outlook{
		At: at.Format(time.RFC3339), at: at, limited: len(one.Windows)+len(other.Windows) > 0,
		Open:    calendar.IsOpen(sides, freezes, at),
		Frozen:  slices.ContainsFunc(freezes, func(f calendar.Freeze) bool { return f.Holds(at) }),
		Windows: []opening{},
	}
	for _, o := range calendar.Common(one.Windows, other.Windows, at, count) {
		out.Windows = append(out.Windows, describe(o, freezes))
	}
	if len(one.Windows) > 0 && len(other.Windows) > 0 && !calendar.Meet(sides, at) {
		for _, w := range slices.Concat(sides...) {
			out.NoCommon = append(out.NoCommon, w.Source)
		}
	}
	return out
}

// allot gives those that wait to the openings, the first ones first. One that closes while a schema commit settles has
// none of those that follow it.
func (v *outlook) allot(b backlog, freezes []calendar.Freeze) {
	left := b.waiting
	for i := range v.Windows {
		may := left
		if !v.Windows[i].closes.After(b.settles) {
			may = max(0, left-b.settling)
		}
		n := v.Windows[i].of.Fits(may, freezes, b.merged)
		left -= n
		v.Windows[i].Fits = &n
	}
	if !v.limited && !v.Frozen {
		left = 0
	}
	v.Waiting, v.Left = &b.waiting, &left
	if v.Settling = b.settling; b.settling > 0 {
		v.Settles = b.settles.Format(time.RFC3339)
	}
}

// add counts a changeset.
func (b *backlog) add(c rollout.Changeset) {
	switch {
	case c.Phase == rollout.Ready || c.Phase == rollout.Open:
		b.waiting++
	case !c.MergedAt.IsZero() && c.MergedBy == "":
		b.merged = append(b.merged, c.MergedAt)
	}
	for _, w := range c.Waits {
		if w.Rule == "settling" && !c.Phase.Ended() {
			b.settling++
			if w.Till.After(b.settles) {
				b.settles = w.Till
			}
		}
	}
}

// waitingIn looks at all changesets.
func waitingIn(ctx context.Context, database string) (b backlog, err error) {
	db, err := store.OpenReadOnly(ctx, database)
	if err != nil {
		return b, err
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		ms, err := tx.Migrations(ctx, false)
		for _, m := range ms {
			css, siblingsErr := tx.Siblings(ctx, m.ID)
			err = errors.Join(err, siblingsErr)
			for _, c := range css {
				b.add(c)
			}
		}
		return err
	})
	return b, errors.Join(err, db.Close())
}

func describe(o calendar.Opening, freezes []calendar.Freeze) opening {
	zone := o.Window.Zone
	d := opening{opens: o.Opens.In(zone), closes: o.Closes.In(zone), Cron: o.Window.Cron, Timezone: zone.String(), Cut: o.CutBy(freezes), of: o}
	d.Opens, d.Closes = d.opens.Format(time.RFC3339), d.closes.Format(time.RFC3339)
	if o.With != nil {
		d.With = &side{o.With.Cron, o.With.Zone.String()}
	}
	return d
}

func (v outlook) text(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s: %s\n", v.at.Format("Mon 2006-01-02 15:04 MST"), v.verdict()); err != nil {
		return err
	}
	if len(v.NoCommon) > 0 {
		if _, err := fmt.Fprintf(w, "no common opening within 14 days: %s\n", strings.Join(v.NoCommon, ", ")); err != nil {
			return err
		}
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, o := range v.Windows {
		cut := ""
		if o.Cut {
			cut = "cut by a freeze"
		}
		if o.Fits != nil {
			cut = strings.TrimPrefix(fmt.Sprintf("%s, %d fit", cut, *o.Fits), ", ")
		}
		const layout = "Mon 2006-01-02 15:04 -07:00"
		line := fmt.Sprintf("%s\tto %s\t%s\t%s\t%s", o.opens.Format(layout), o.closes.Format(layout), o.Cron, o.Timezone, cut)
		if _, err := fmt.Fprintln(tab, strings.TrimRight(line, "\t")); err != nil {
			return err
		}
	}
	if err := tab.Flush(); err != nil || v.Left == nil {
		return err
	}
	settle := ""
	if v.Settling > 0 {
		settle = fmt.Sprintf("; %d settle until %s", v.Settling, v.Settles)
	}
	_, err := fmt.Fprintf(w, "%d wait; %d fit into none of these%s\n", *v.Waiting, *v.Left, settle)
	return err
}

func (v outlook) verdict() string {
	switch {
	case v.Open && !v.limited:
		return "merging is allowed; there are no windows"
	case v.Open:
		return "merging is allowed"
	case v.Frozen:
		return "merging is not allowed: a freeze holds"
	}
	return "merging is not allowed: no window is open"
}
