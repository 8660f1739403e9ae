package schematest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// Show writes a schema down, one line a dataset and a field.
func Show(s schema.Schema) string {
	var b strings.Builder
	for _, d := range s.Datasets {
		fmt.Fprintf(&b, "%s dataset %s%s\n", d.Pos, d.Name, datasetMarks(d))
		showFields(&b, d.Fields, "  ")
		for _, i := range d.Inner {
			word := "  unused "
			if i.Used {
				word = "  used "
			}
			b.WriteString(word)
			showFields(&b, []schema.Field{i.Field}, "")
		}
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

func datasetMarks(d schema.Dataset) string {
	var m marks
	m.flag("nameless", d.Nameless)
	m.list("key", d.PrimaryKey)
	for _, u := range d.Unique {
		m.list("unique", u)
	}
	for _, c := range d.Constraints {
		m.add("constraint", strings.TrimSpace(c.Name+" "+c.Expr))
	}
	m.list("partition", d.Partition)
	m.list("cluster", d.Cluster)
	m.flag("open", d.Open)
	m.flag("part", d.Part)
	m.flag("used", d.Used)
	m.flag("value", d.Value)
	m.flag("temporary", d.Temporary)
	m.flag("quoted", d.Quoted)
	m.content(d.Content)
	m.history(d.Renamed, d.Former, d.Deprecated, d.Doc)
	return m.String()
}

func showFields(b *strings.Builder, fields []schema.Field, indent string) {
	for _, f := range fields {
		var m marks
		m.flag("null", f.Nullable)
		m.flag("quoted", f.Quoted)
		if f.Default != nil {
			m.add("default", *f.Default)
		}
		m.flag("required", f.Required)
		m.list("values", values(f))
		m.flag("open", f.EnumOpen)
		for _, c := range f.Constraints {
			m.add(c.Name, c.Expr)
		}
		m.content(f.Content)
		if f.ID != 0 {
			m.add("id", strconv.Itoa(f.ID))
		}
		if f.Oneof != "" {
			m.add("oneof", f.Oneof)
		}
		if f.Label != "" && f.Label != f.Name {
			m.add("json", f.Label)
		}
		if f.Fallback != "" {
			m.add("fallback", f.Fallback)
		}
		m.history(f.Renamed, f.Former, f.Deprecated, f.Doc)
		fmt.Fprintf(b, "%s%s %s %s%s\n", indent, f.Pos, f.Name, showType(f.Type), m.String())
		showFields(b, f.Fields, indent+"  ")
	}
}

// values lists them, with their numbers and former names where they have any.
func values(f schema.Field) []string {
	var out []string
	for _, v := range f.Enum {
		text := v
		if f.EnumID != nil {
			text += ":" + strconv.Itoa(f.EnumID[v])
		}
		if was := f.EnumRenamed[v]; was != "" {
			text += "<" + was
		}
		out = append(out, text)
	}
	return out
}

func showType(t schema.Type) string {
	var s strings.Builder
	s.WriteString(t.Kind)
	for _, n := range []struct {
		name string
		n    int
	}{{"", t.Bits}, {"len", t.Length}, {"digits", t.Digits}, {"scale", t.Scale}} {
		if n.n > 0 {
			fmt.Fprintf(&s, "/%s%d", n.name, n.n)
		}
	}
	for _, f := range []struct {
		name string
		on   bool
	}{{"/unsigned", t.Unsigned}, {"/fixed", t.Fixed}, {"/zone", t.Zone}, {"/null", t.Nullable}} {
		if f.on {
			s.WriteString(f.name)
		}
	}
	if t.Wire != "" && t.Wire != t.Kind {
		s.WriteString("/" + t.Wire)
	}
	if t.Key != nil && t.Key.Kind != "string" {
		s.WriteString(" by " + showType(*t.Key))
	}
	if t.Elem != nil {
		s.WriteString(" of " + showType(*t.Elem))
	}
	if t.Physical != t.Kind && t.Elem == nil {
		s.WriteString(" `" + t.Physical + "`")
	}
	return s.String()
}

type marks []string

func (m *marks) add(k, v string) { *m = append(*m, k+"="+v) }

func (m *marks) list(k string, v []string) {
	if len(v) > 0 {
		m.add(k, strings.Join(v, ","))
	}
}

func (m *marks) flag(k string, on bool) {
	if on {
		*m = append(*m, k)
	}
}

func (m *marks) content(c schema.Content) {
	m.flag("closed", c.Closed)
	if c.Rest != nil {
		m.add("rest", showType(c.Rest.Type))
	}
	var all []string
	for _, r := range c.Reserved {
		all = append(all, r.String())
	}
	m.list("reserved", all)
}

func (m *marks) history(renamed string, former []string, d *schema.Deprecation, doc string) {
	if renamed != "" {
		m.list("was", append([]string{renamed}, former...))
	}
	if d != nil {
		m.add("deprecated", strings.TrimSpace(d.Replacement+" "+d.Note))
	}
	if doc != "" {
		m.add("doc", fmt.Sprintf("%q", doc))
	}
}

func (m marks) String() string {
	if len(m) == 0 {
		return ""
	}
	return " [" + strings.Join(m, "; ") + "]"
}

// Changes writes changes down, one a line: place, kind, what, evidence, verdicts.
func Changes(changes []schema.Change) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s %s %s %s", c.Side, c.Position, c.Rule, c.Dataset)
		if c.Path != "" {
			fmt.Fprintf(&b, "|%s", c.Path)
		}
		if c.To != "" {
			fmt.Fprintf(&b, " -> %s", c.To)
		}
		if c.Before != "" || c.After != "" {
			fmt.Fprintf(&b, " {%s} {%s}", c.Before, c.After)
		}
		if c.Suggests != "" {
			fmt.Fprintf(&b, " suggests=%s", c.Suggests)
		}
		fmt.Fprintf(&b, " %s F=%s B=%s\n", c.Evidence, c.Forward, c.Backward)
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	forward, backward := schema.Compatible(changes)
	fmt.Fprintf(&b, "forward %t backward %t\n", forward, backward)
	return b.String()
}
