package certificate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// mostText is how long a text may be that a certificate is looked for in: a pull request's description, and then some.
const mostText = 1 << 20

// Find reads the certificate in a text: a file of its own, or the description of a revert's pull request. Errors begin
// with the line and column in the text.
func Find(text []byte) (Certificate, error) {
	if len(text) > mostText {
		return Certificate{}, fmt.Errorf("1:1: %d bytes are too many for a certificate; want the description of a revert's pull request, or its JSON alone", len(text))
	}
	at := bytes.Index(text, []byte(`"skein_certificate"`))
	if at >= 0 {
		at = bytes.LastIndexByte(text[:at], '{')
	}
	if at < 0 {
		return Certificate{}, errors.New(`1:1: there is no certificate; want JSON that begins with {"skein_certificate": 1, …}, as in the description of a revert's pull request`)
	}
	var c Certificate
	d := json.NewDecoder(bytes.NewReader(text[at:]))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Certificate{}, fmt.Errorf("%s: %w", place(text, at+int(offset(d, err))), spoken(err))
	}
	if c.Version != version {
		return Certificate{}, fmt.Errorf("%s: certificate version %d; this skein reads version %d", place(text, at), c.Version, version)
	}
	return c, nil
}

func offset(d *json.Decoder, err error) int64 {
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		return max(0, bad.Offset-1)
	}
	if bad, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return max(0, bad.Offset-1)
	}
	return d.InputOffset()
}

func spoken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the certificate ends in the middle; copy all of it")
	}
	return err
}

// place is a line and a column, both from 1, columns in bytes.
func place(text []byte, at int) string {
	before := text[:min(at, len(text))]
	return fmt.Sprintf("%d:%d", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'))
}

// Replay takes the decision again, with the rules that this program has. The error says what is not as the certificate
// claims.
func (c Certificate) Replay() (rollout.Event, error) {
	if got := c.hash(); got != c.SHA256 {
		return rollout.Event{}, fmt.Errorf("the certificate was changed: its hash is %s, and it says %q", got, c.SHA256)
	}
	if c.Rule == said {
		return c.replaySaid()
	}
	d := c.step()
	if len(d.Events) == 0 {
		return rollout.Event{}, errors.New("from this evidence nothing follows: " + waits(d.Changeset.Waits))
	}
	e := d.Events[len(d.Events)-1]
	switch {
	case e.Rule != c.Rule || d.Changeset.Phase != rollout.Reverting:
		return e, fmt.Errorf("from this evidence follows %s, not %s: %s", e.Rule, c.Rule, e.Text)
	case !slices.Equal(d.Changeset.Red, c.Suspects):
		return e, fmt.Errorf("this evidence proves a regression of %q only, not of %q", d.Changeset.Red, c.Suspects)
	case e.Text != c.Text:
		return e, fmt.Errorf("this evidence says %q, and the certificate %q", e.Text, c.Text)
	}
	return e, nil
}

// replaySaid gives the person's command again: the state must be one in which it is carried out.
func (c Certificate) replaySaid() (rollout.Event, error) {
	if c.By == nil {
		return rollout.Event{}, errors.New("the certificate says that a person asked for the revert, and not who")
	}
	cs := rollout.Changeset{ID: c.Changeset, Phase: c.State.Phase, Merge: c.Merge}
	_, _, events, err := rollout.Apply(cs, rollout.Command{Verb: "revert", By: c.By.By, Arg: c.By.Reason}, c.At)
	if err != nil {
		return rollout.Event{}, fmt.Errorf("%s could not ask for it then: %w", c.By.By, err)
	}
	return events[0], nil
}

func waits(ws []rollout.Wait) string {
	texts := make([]string, len(ws))
	for i, w := range ws {
		texts[i] = w.Text
	}
	return strings.Join(texts, "; ")
}
