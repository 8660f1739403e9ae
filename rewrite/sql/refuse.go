package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// hotChange is a change whose old field name is n.
func (r *resolver) hotChange(n name) *change {
	for k := range r.cat.changes {
		ch := &r.cat.changes[k]
		if ch.Kind == rewrite.Reshape {
			continue
		}
		for _, seg := range ch.from {
			if len(seg) == len(n.text) && strings.EqualFold(seg, n.text) {
				return ch
			}
		}
		if ch.Kind == rewrite.ReplaceDataset {
			for from := range ch.Fields {
				if strings.EqualFold(from, n.text) {
					return ch
				}
			}
		}
	}
	return nil
}

// hot: n is the old name of a changed field of the table.
func (r *resolver) hot(n name, t *table) bool {
	for i := range t.cols {
		if c := &t.cols[i]; c.touched() && strings.EqualFold(c.before.text, n.text) {
			return true
		}
	}
	ch := r.hotChange(n)
	return ch != nil && ch.about() == t.dataset
}

// gains: the name becomes one of the table's columns, so a bare name may come to mean that.
func (r *resolver) gains(n name, t *table) bool {
	return slices.ContainsFunc(t.cols, func(c outcol) bool { return c.touched() && r.d.same(c.after, n) && !r.d.same(c.before, n) })
}

// changeTo is a change whose new field name is n, or any change: it is to blame for a capture.
func (r *resolver) changeTo(n name) *change {
	for k := range r.cat.changes {
		ch := &r.cat.changes[k]
		for _, seg := range ch.to {
			if strings.EqualFold(seg, n.text) {
				return ch
			}
		}
	}
	if len(r.cat.changes) > 0 {
		return &r.cat.changes[0]
	}
	return nil
}

// refuseChange refuses a reference whose change a person decides.
func (r *resolver) refuseChange(at int, ch *change) {
	code, suggestion := "needs_review", "decide here; what readers can follow by rule stands under renames:, casts: or drops: of the dataset's config"
	switch ch.Kind {
	case rewrite.DropField:
		code, suggestion = "field_dropped", "take the reference out; only whole items of select lists go by rule"
	case rewrite.Cast:
		code, suggestion = "type_changed", "read it as "+strings.ReplaceAll(ch.Expr, "{}", r.text(at))
	case rewrite.RenameEnum:
		code, suggestion = "enum_value", "look whether '"+ch.OldValue+"' is compared with it, and write '"+ch.NewValue+"'"
	case rewrite.ReplaceDataset:
		code, suggestion = "no_counterpart", "say what it becomes under replaces: {fields: {"+r.text(at)+": …}} of "+ch.To
	case rewrite.Review, rewrite.Reshape, rewrite.RenameDataset:
	case rewrite.RenameField:
		code, suggestion = "field_moved", "write "+ch.To+", where it is now"
	}
	r.refuse(at, ch, code, r.text(at)+" reads "+ch.datasetName()+": "+ch.describe(), suggestion)
}

func (ch *change) datasetName() string {
	if ch.Dataset != "" {
		return ch.Dataset
	}
	return ch.From
}

// refuseMaybe refuses what hangs on a table that may be the dataset.
func (r *resolver) refuseMaybe(at int, rel *relation) {
	ch := r.cat.first(rel.maybe.dataset)
	r.refuse(at, ch, "unknown_table", rel.what+" may be "+rel.maybe.dataset+", but none of its names says so",
		"add "+rel.what+" to read_as: here, or to aliases: of "+rel.maybe.dataset)
}

// refuseRegion refuses every changed name in tokens that are not understood, or else the dataset's name. A file
// that never names the dataset reads none of it, unless it begins like no statement: such a piece may stand in others.
func (r *resolver) refuseRegion(start, end int, why *problem) {
	if r.proof {
		return
	}
	dataset := -1
	var about, other *change
	hits := 0
	message := r.regionMessage(why)
	for i := start; i < end && i < len(r.toks); i++ {
		if other = r.mentionsDataset(i); other != nil && dataset < 0 {
			dataset, about = i, other
		}
		ch := r.mentions(i)
		if ch == nil {
			continue
		}
		if r.standsAlone(start, why) && !r.mayRead(ch) {
			r.leave(i, "in a file that nowhere names "+ch.datasetName())
			continue
		}
		hits++
		r.refuse(i, ch, why.code, message, advice(why.code))
	}
	if why.code == "dataset_ddl" && dataset < 0 {
		r.forget(start, end)
		return
	}
	if hits == 0 && dataset >= 0 {
		r.refuse(dataset, about, why.code, message, advice(why.code))
	}
}

// standsAlone: what is not understood is a statement, and no piece that other files take in.
func (r *resolver) standsAlone(start int, why *problem) bool {
	if why.at < 0 || why.at >= len(r.toks) {
		return false
	}
	return why.code == "opaque_statement" && why.at > start || why.code == "template" && r.toks[why.at].Kind == token.Block
}

// bringsText: the block writes something that does not stand beside it, or is for others to take in.
func bringsText(block string) bool {
	for _, word := range [...]string{"include", "import", "extends", "from", "call", "macro", "block"} {
		if indexWord(block, word) >= 0 {
			return true
		}
	}
	return false
}

// mayRead: the file names the change's dataset somewhere, or has templates that may.
func (r *resolver) mayRead(ch *change) bool {
	if r.mayReads == nil {
		r.mayReads = map[string]bool{}
		for i := range r.toks {
			switch k := r.toks[i].Kind; {
			case k == token.Template, k == token.Bad, k == token.Block && bringsText(r.text(i)),
				k == token.Quoted && strings.Contains(r.text(i), "{"):
				r.mayReads[""] = true
			}
			unread := func(n *needle) bool { return !n.field && !r.mayReads[n.ch.datasetName()] }
			for n := r.needle(i, unread); n != nil; n = r.needle(i, unread) {
				r.mayReads[n.ch.datasetName()] = true
			}
		}
	}
	return r.mayReads[""] || r.mayReads[ch.datasetName()]
}

// needle is the first needle of a kind that a token is, or holds.
func (r *resolver) needle(at int, wanted func(*needle) bool) *needle {
	return r.cat.needles.in(r.toks[at], r.src, wanted)
}

// forget takes back the refusals of a region that turned out to be about another table.
func (r *resolver) forget(start, end int) {
	from, to := int(r.toks[start].Start), int(r.toks[end-1].End)
	r.refusals = slices.DeleteFunc(r.refusals, func(f rewrite.Refusal) bool { return f.Start >= from && f.End <= to })
	for i := start; i < end; i++ {
		r.leave(i, "in a statement about another table")
	}
}

// regionMessage says what stopped the parser, and where.
func (r *resolver) regionMessage(why *problem) string {
	if why.code != "opaque_statement" || why.at < 0 || why.at >= len(r.toks) {
		return why.message
	}
	return "reading stopped at “" + shorten(r.text(why.at)) + "”: " + why.message
}

func shorten(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// mentions: the token is, or holds as a word, a changed field's old name.
func (r *resolver) mentions(at int) *change {
	return changeIn(r.needle(at, func(n *needle) bool { return n.field }))
}

// mentionsDataset: the token is, or holds, the last part of a name of a changed dataset.
func (r *resolver) mentionsDataset(at int) *change {
	return changeIn(r.needle(at, func(n *needle) bool { return !n.field }))
}

func changeIn(n *needle) *change {
	if n == nil {
		return nil
	}
	return n.ch
}
