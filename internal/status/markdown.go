package status

import (
	"fmt"
	"strings"
)

// maxBody is how long GitHub lets a text be. It counts characters; counting bytes is safe.
const maxBody = 65536

// page is a Markdown text being written.
type markdown struct {
	strings.Builder
	most int // how many items a list may have
	cut  bool
}

// fit writes a text with lists as long as the limit allows: what does not fit is counted instead.
func fit(limit int, write func(m *markdown)) string {
	for _, most := range []int{1000, 300, 100, 30, 10, 3} {
		m := &markdown{most: most}
		if write(m); m.Len() <= limit {
			return m.String()
		}
	}
	m := &markdown{}
	write(m)
	return m.String()
}

// line writes one line of a paragraph, or one item.
func (m *markdown) line(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

// para writes a paragraph.
func (m *markdown) para(format string, args ...any) { fmt.Fprintf(m, format+"\n\n", args...) }

func (m *markdown) heading(text string) { m.para("### %s", text) }

// list writes items, and counts those that do not fit.
func (m *markdown) list(items []string, noun string) {
	for i, item := range items {
		if i == m.most {
			m.line("- … and %s", count(len(items)-i, "more "+noun))
			m.cut = true
			break
		}
		m.line("- %s", item)
	}
	if len(items) > 0 {
		m.line("")
	}
}

// table writes rows below a head, and counts those that do not fit.
func (m *markdown) table(head []string, rows [][]string, noun string) {
	if len(rows) == 0 {
		return
	}
	m.line("| %s |", strings.Join(head, " | "))
	m.line("|%s", strings.Repeat("---|", len(head)))
	for i, row := range rows {
		if i == m.most {
			m.line("| … and %s |%s", count(len(rows)-i, "more "+noun), strings.Repeat(" |", len(head)-1))
			m.cut = true
			break
		}
		m.line("| %s |", strings.Join(row, " | "))
	}
	m.line("")
}

// help writes commands as a table.
func (m *markdown) help(list []Help) {
	m.line("| say | to |\n|---|---|")
	for _, h := range list {
		m.line("| `%s` | %s |", h.Command, h.Does)
	}
	m.line("")
}

// shortened says that something was left out, and where all of it is.
func (m *markdown) shortened(portal string) {
	if !m.cut {
		return
	}
	where := "`skein why` lists it"
	if portal != "" {
		where = fmt.Sprintf("[all of it](%s)", portal)
	}
	m.para("_Shortened, because GitHub allows no longer text: %s._", where)
}

// portal is the address of the migration's page; "" when Skein has none.
func (p Page) portal() string {
	if p.Links.Portal == "" {
		return ""
	}
	return strings.TrimSuffix(p.Links.Portal, "/") + "/m/" + escapePath(string(p.Migration.ID))
}
