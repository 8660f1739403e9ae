package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/internal/wave"
	"github.com/skein-bot/skein/rewrite"
)

func monday() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }

func named(name string) repo.Repo { return repo.Repo{Name: repo.Name{Owner: "acme", Name: name}} }

const both = "CREATE TABLE orders (cust_id BIGINT, -- @deprecated use=customer_id\ncustomer_id BIGINT);"

func tables(t *testing.T, ddl string) map[string]schema.Dataset {
	t.Helper()
	s, err := sql.Parse([]schema.File{{Path: "s.sql", Content: []byte(ddl)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]schema.Dataset{}
	for _, d := range s.Datasets {
		out[d.Name] = d
	}
	return out
}

// changeset came to rest at six.
func changeset(name string, p rollout.Phase) rollout.Changeset {
	return rollout.Changeset{Repo: named(name), Phase: p, Wave: "all", MergedAt: monday().Add(-3 * time.Hour), Since: monday().Add(-2 * time.Hour)}
}

func reader(name string, lines ...int) Reader {
	r := Reader{Repo: named(name), Results: []rewrite.Result{{Path: "q.sql"}}}
	for _, l := range lines {
		r.Results[0].Edits = append(r.Results[0].Edits, rewrite.Edit{Line: l})
	}
	return r
}

// moved is when everybody has moved, nobody reads the old name, and the removal is written.
func moved(t *testing.T) Observation {
	t.Helper()
	return Observation{
		Fields: []Field{{Dataset: "orders", Path: "cust_id", To: "customer_id"}}, Tables: tables(t, both),
		Changesets: []rollout.Changeset{changeset("a", rollout.Healthy), changeset("b", rollout.Untouched)},
		Policy:     rollout.Policy{Mode: rollout.Merge, Waves: []wave.Wave{{Name: "all", Soak: time.Hour}}},
		Looked:     "l1", Readers: []Reader{reader("a"), reader("b")}, Written: "w1",
	}
}

// A case says what is otherwise than moved, and what comes of it.
type testCase struct {
	name  string
	state State
	with  func(t *testing.T, o *Observation)
	want  string
}

func open() State { return State{Phase: Open, Pull: 7, Looked: "l1", Written: "w1"} }

func cases() []testCase {
	return []testCase{
		{"everybody has moved", State{}, nil, "! contract_proposed: nobody reads orders.cust_id any more: its removal is proposed\npropose"},
		{"nobody has looked yet", State{}, func(_ *testing.T, o *Observation) { o.Looked = "" }, "look"},
		{"one is being watched", State{}, func(_ *testing.T, o *Observation) {
			o.Changesets = append(o.Changesets, changeset("c", rollout.Watching))
		}, "acme/c contract_follows: it is watching"},
		{"one regressed", State{}, func(_ *testing.T, o *Observation) {
			o.Changesets = append(o.Changesets, changeset("c", rollout.Regressed))
		}, "acme/c contract_regressed: a person has to decide about a regression"},
		{"one is unproven", State{}, func(_ *testing.T, o *Observation) { o.Changesets[0].Phase = rollout.Unproven }, "acme/a contract_unproven: its watch ended without any result"},
		{"one is unproven, and that will do", State{}, func(_ *testing.T, o *Observation) {
			o.Changesets[0].Phase, o.Policy.Unproven = rollout.Unproven, true
		}, "! contract_proposed: nobody reads orders.cust_id any more: its removal is proposed\npropose"},
		{"the wave soaks", State{}, func(_ *testing.T, o *Observation) { o.Policy.Waves[0].Soak = 3 * time.Hour }, "contract_soak: what was merged soaks until 09:00\nwake 09:00"},
		{"a wave of the graph soaks", State{}, func(_ *testing.T, o *Observation) {
			o.Policy.Graph = &wave.Wave{Soak: 150 * time.Minute}
		}, "contract_soak: what was merged soaks until 08:30\nwake 08:30"},
		{"two consumers, and one still reads it", State{}, func(_ *testing.T, o *Observation) {
			o.Readers[1] = reader("b", 4, 9)
		}, "acme/b contract_reads: it is read at q.sql:4 and 1 more places"},
		{"one place is for people", State{}, func(_ *testing.T, o *Observation) {
			o.Readers[1].Results[0].Refusals = []rewrite.Refusal{{Line: 2}}
		}, "acme/b contract_reads: it is read at q.sql:2"},
		{"one cannot be looked at", State{}, func(_ *testing.T, o *Observation) {
			o.Readers[1].Note = "the repository is archived"
		}, "acme/b contract_reads: the repository is archived"},
		{"one was declared by nobody", State{}, func(_ *testing.T, o *Observation) {
			o.Readers = append(o.Readers, Reader{Repo: named("c"), Undeclared: true})
		}, "acme/c contract_reads: its code reads it, and nobody declared that"},
		{"too many to look at", State{}, func(_ *testing.T, o *Observation) { o.Unread = 3 }, "contract_unread: 3 consumers beyond those that one look takes in"},
		{"what was seen before still holds", State{Phase: Waiting, Looked: "l1", Still: []Wait{{Rule: "contract_reads", Repo: named("b"), Text: "it is read at q.sql:4"}}},
			func(_ *testing.T, o *Observation) { o.Readers = nil }, "acme/b contract_reads: it is read at q.sql:4"},
		{"the replacement is gone", State{}, func(t *testing.T, o *Observation) {
			o.Tables = tables(t, "CREATE TABLE orders (cust_id BIGINT, id BIGINT);")
			o.Renames = []schema.Rename{{Dataset: "orders", From: "CUST_ID", To: "customer_id"}}
		}, "contract_replacement: orders.cust_id is to be replaced by customer_id, which is not there"},
		{"the replacement is of another type", State{}, func(t *testing.T, o *Observation) {
			o.Tables = tables(t, strings.Replace(both, "\ncustomer_id BIGINT", "\ncustomer_id TEXT", 1))
		}, "contract_type: orders.cust_id is bigint and customer_id is text: people judge whether it can go"},
		{"the replacement is wider", State{}, func(t *testing.T, o *Observation) {
			o.Tables = tables(t, strings.Replace(both, "cust_id BIGINT", "cust_id INT", 1))
		}, "! contract_proposed: nobody reads orders.cust_id any more: its removal is proposed\npropose"},
		{"the removal cannot be written", State{}, func(_ *testing.T, o *Observation) { o.Written, o.Unable = "", "s.sql:4:2: cust_id is named here too" },
			"contract_unable: nobody reads orders.cust_id any more, and Skein cannot write its removal: s.sql:4:2: cust_id is named here too"},
		{"GitHub refuses", State{Phase: Waiting, Written: "w1", Refusal: "may not write"}, nil,
			"contract_refused: nobody reads orders.cust_id any more, and GitHub did not take the proposal: may not write; /skein retry tries again"},
		{"GitHub refused an older one", State{Phase: Waiting, Written: "w0", Refusal: "may not write"}, nil,
			"! contract_proposed: nobody reads orders.cust_id any more: its removal is proposed\npropose"},
		{"it is on its way", State{Phase: Waiting, Written: "w1"}, nil, ""},
		{"mode observe", State{}, func(_ *testing.T, o *Observation) { o.Policy.Mode = rollout.Observe }, "contract_observe: mode is observe: Skein would propose the removal and writes nothing"},
		{"a config is broken", State{}, func(_ *testing.T, o *Observation) { o.Policy.Broken = "acme/d: line 1" }, "contract_broken: acme/d: line 1"},
		{"it is paused", State{}, func(_ *testing.T, o *Observation) { o.Paused = &rollout.Hold{By: "ana"} }, "contract_paused: ana said /skein pause"},
		{"its pull request is open", open(), func(_ *testing.T, o *Observation) { o.Pull = &Pull{Open: true} }, "contract_open: pull request #7 is open; people merge it"},
		{"the schema moved on", open(), func(_ *testing.T, o *Observation) { o.Pull, o.Written = &Pull{Open: true}, "w2" },
			"contract_open: pull request #7 is open; people merge it\n! contract_anew: the schema moved on: the removal of orders.cust_id is written anew\npropose"},
		{"somebody reads it again", open(), func(_ *testing.T, o *Observation) {
			o.Pull, o.Written, o.Looked, o.Readers = &Pull{Open: true}, "w2", "l2", []Reader{reader("a", 1)}
		}, "acme/a contract_reads: it is read at q.sql:1\ncontract_open: pull request #7 is open; people merge it"},
		{"people merged it", open(), func(_ *testing.T, o *Observation) { o.Pull = &Pull{Merged: true} }, "! contract_removed: people merged pull request #7: orders.cust_id is gone\nremoved"},
		{"people closed it", open(), func(_ *testing.T, o *Observation) { o.Pull = &Pull{} }, "! contract_declined: people closed pull request #7: orders.cust_id stays\ndeclined"},
		{"people removed the field", State{}, func(t *testing.T, o *Observation) { o.Tables = tables(t, "CREATE TABLE orders (customer_id BIGINT);") },
			"! contract_removed: people removed orders.cust_id\nremoved"},
		{"people removed the field beside the proposal", open(), func(t *testing.T, o *Observation) {
			o.Pull, o.Tables = &Pull{Open: true}, tables(t, "CREATE TABLE orders (customer_id BIGINT);")
		}, "! contract_removed: people removed orders.cust_id\nclose\nremoved"},
		{"the field stays after all", State{}, func(t *testing.T, o *Observation) {
			o.Tables = tables(t, "CREATE TABLE orders (cust_id BIGINT, customer_id BIGINT);")
		},
			"! contract_void: the schema no longer says what replaces orders.cust_id\nvoid"},
		{"the new field says what it was called", State{}, func(t *testing.T, o *Observation) {
			o.Tables = tables(t, "CREATE TABLE orders (cust_id BIGINT,\n-- @renamed from=cust_id\ncustomer_id BIGINT);")
		}, "! contract_proposed: nobody reads orders.cust_id any more: its removal is proposed\npropose"},
		{"one of two fields is gone", State{}, func(_ *testing.T, o *Observation) {
			o.Fields = append(o.Fields, Field{Dataset: "orders", Path: "gone", To: "customer_id"})
		}, "! contract_proposed: nobody reads orders.cust_id any more: its removal is proposed\npropose"},
		{"it has ended", State{Phase: Declined}, nil, "declined"},
	}
}

func TestStep(t *testing.T) {
	t.Parallel()
	held := map[string]bool{}
	for _, c := range cases() {
		o := moved(t)
		if c.with != nil {
			c.with(t, &o)
		}
		got := outcome(Step(c.state, o, monday()))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		for _, r := range Rules() {
			o.without = r.ID
			if outcome(Step(c.state, o, monday())) != got {
				held[r.ID] = true
			}
		}
	}
	for _, r := range Rules() {
		if !held[r.ID] {
			t.Errorf("no case fails when the rule %s is off", r.ID)
		}
	}
}

// What was proposed before may be proposed again: each proposal has a number of its own.
func TestRounds(t *testing.T) {
	t.Parallel()
	s := State{}
	for n, written := range []string{"w1", "w2", "w1"} {
		o := moved(t)
		o.Written = written
		d := Step(s, o, monday())
		if s = d.State; !d.Propose || s.Round != n+1 {
			t.Errorf("%s: proposed %v, as number %d", written, d.Propose, s.Round)
		}
	}
}

// The same decision is taken again from the state that it led to, and asks for nothing twice.
func TestStepAgain(t *testing.T) {
	t.Parallel()
	for _, c := range cases() {
		o := moved(t)
		if c.with != nil {
			c.with(t, &o)
		}
		first := Step(c.state, o, monday())
		if o.Pull != nil && !o.Pull.Open || first.Look {
			continue
		}
		again := Step(first.State, o, monday())
		if diff := cmp.Diff(first.State, again.State); diff != "" || again.Propose || len(again.Events) > 0 {
			t.Errorf("%s: %+v\n%s", c.name, again, diff)
		}
	}
}

func outcome(d Decision) string {
	var out []string
	for _, w := range d.State.Waits {
		line := w.Rule + ": " + w.Text
		if w.Repo.Name.Name != "" {
			line = w.Repo.Name.String() + " " + line
		}
		if !w.Till.IsZero() {
			line += " until " + w.Till.Format("15:04")
		}
		out = append(out, line)
	}
	for _, e := range d.Events {
		out = append(out, fmt.Sprintf("! %s: %s", e.Rule, e.Text))
	}
	for what, yes := range map[string]bool{"look": d.Look, "propose": d.Propose, "close": d.Close} {
		if yes {
			out = append(out, what)
		}
	}
	if !d.Wake.IsZero() {
		out = append(out, "wake "+d.Wake.Format("15:04"))
	}
	if d.State.Phase.Ended() {
		out = append(out, string(d.State.Phase))
	}
	return strings.Join(out, "\n")
}

func TestFields(t *testing.T) {
	t.Parallel()
	got := Fields([]schema.Change{
		{Dataset: "orders", Kind: schema.FieldDeprecated, Path: "items[].sku", To: "items[].article"},
		{Dataset: "orders", Kind: schema.FieldDeprecated, Path: "x"},
		{Dataset: "orders", Kind: schema.FieldRenamed, Path: "y", To: "z"},
	})
	if diff := cmp.Diff([]Field{{"orders", "items[].sku", "items[].article"}}, got); diff != "" || got[0].Name() != "orders.items.sku" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	kinds := slices.DeleteFunc([]schema.Kind{schema.FieldRemoved, schema.FieldRenamed, schema.FieldMoved, schema.FieldAdded, schema.FieldDeprecated}, func(k schema.Kind) bool { return !Removes(k) })
	if len(kinds) != 3 {
		t.Errorf("%v take a name away", kinds)
	}
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	now := tables(t, "CREATE TABLE orders (a INT, -- @deprecated\n b INT, -- @deprecated use=c\n c INT, d INT, -- @deprecated use=e\n e TEXT, f INT,\n-- @renamed from=h\ng INT);")
	changes := schema.Diff(schema.Schema{Datasets: []schema.Dataset{old(t)["orders"]}}, schema.Schema{Datasets: []schema.Dataset{now["orders"]}}, schema.Declarations{})
	got := Remarks(changes, now, []schema.Rename{{Dataset: "orders", From: "f", To: "x"}, {Dataset: "else", From: "f", To: "x"}, {Dataset: "orders", From: "f", To: "c"}})
	again := Remarks([]schema.Change{{Dataset: "orders", Kind: schema.FieldDeprecated, Path: "b"}, {Dataset: "orders", Kind: schema.FieldDeprecated, Path: "b", To: "c"}}, now, nil)
	if len(again) != 1 {
		t.Errorf("one field, told twice: %q", again)
	}
	slices.Sort(got)
	want := []string{
		"orders.a is deprecated and names no replacement: its readers stay where they are, and Skein will not propose its removal",
		"orders.b stays until its readers have moved to c; then Skein proposes its removal here",
		"orders.d is int and e is text: its readers are moved, and its removal is left to people",
		"orders.h gives way to g at once: leave it in place beside the new one, deprecated, and its readers move first",
		"renames: orders.f is to be replaced by x, which is not there",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func old(t *testing.T) map[string]schema.Dataset {
	t.Helper()
	return tables(t, "CREATE TABLE orders (a INT, b INT, d INT, f INT, h INT);")
}
