package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/skein-bot/skein/internal/certificate"
	"github.com/skein-bot/skein/internal/green"
)

// replayed is what came of checking a certificate.
type replayed struct {
	Holds       bool                    `json:"holds"`
	Why         string                  `json:"why"`
	Certificate certificate.Certificate `json:"certificate"`
}

func (o *whyOptions) runReplay() error {
	if err := checkOutput(o.output); err != nil {
		return err
	}
	text, err := o.readReplay()
	if err != nil {
		return err
	}
	c, err := certificate.Find(text)
	if err != nil {
		return fmt.Errorf("%s:%w", o.replay, err)
	}
	r := replayed{Certificate: c}
	e, err := c.Replay()
	if r.Holds, r.Why = err == nil, e.Text; err != nil {
		r.Why = err.Error()
	}
	switch {
	case o.output == "json":
		err = writeJSON(o.Out, r)
	case r.Holds:
		err = r.write(o.Out)
	}
	if err == nil && !r.Holds {
		return fmt.Errorf("%s: the certificate does not hold: %s", o.replay, r.Why)
	}
	return err
}

// readReplay reads no more than a little beyond what Find accepts.
func (o *whyOptions) readReplay() ([]byte, error) {
	from := o.In
	if o.replay != "-" {
		f, err := os.Open(o.replay)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	return io.ReadAll(io.LimitReader(from, 2<<20))
}

// write shows the evidence as a table and what follows from it.
func (r replayed) write(w io.Writer) error {
	c := r.Certificate
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s#%d, merged as %s, taken back by rule %s\n", c.Changeset, cell(c.Repo), c.Pull, c.Merge.Short(), cell(c.Rule))
	section(&b, "evidence")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, on := range []struct {
		what   string
		checks []green.Check
	}{{"parent", c.Results.Parent}, {"head", c.Results.Head}, {"merge", c.Results.After}} {
		for _, k := range on.checks {
			fmt.Fprintf(t, "  %s\t%s\t%s\tattempt %d\t%s\n", on.what, cell(k.Name), k.Result, k.Attempt, k.At.UTC().Format(time.DateTime))
		}
	}
	_ = t.Flush() // into memory
	section(&b, "the same decision follows")
	fmt.Fprintf(&b, "  %s\n", cell(r.Why))
	return writeHarmless(w, b.String())
}
