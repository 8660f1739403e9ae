package job

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// word is what a file is searched for: a changed field's old name, or the last part of a dataset's.
type word struct {
	text    string
	change  *rewrite.Change
	dataset bool
	counts  bool // of a dataset: it changes itself, so its name must be accounted for
}

func (w *word) subject() string {
	if w.change.Dataset == "" {
		return w.change.From
	}
	return w.change.Dataset
}

type words []word

// hit is an occurrence.
type hit struct {
	start, end int
	word       *word
}

// wordsOf collects the words of all changes.
func wordsOf(req rewrite.Request) (out words) {
	for i := range req.Mapping.Changes {
		ch := &req.Mapping.Changes[i]
		moved := ch.Kind == rewrite.RenameDataset || ch.Kind == rewrite.ReplaceDataset
		if !moved && ch.From != "" && ch.Kind != rewrite.Reshape {
			out = append(out, word{text: lastPart(ch.From), change: ch})
		}
		dataset := ch.Dataset
		if moved && ch.From != "" {
			dataset = ch.From
		}
		names := append([]string{dataset}, req.ReadAs[dataset]...)
		for k := range req.Catalog.Tables {
			if t := &req.Catalog.Tables[k]; t.Dataset == dataset {
				names = append(names, t.Names...)
			}
		}
		for _, n := range names {
			if text := lastPart(n); text != "" {
				out = append(out, word{text: text, change: ch, dataset: true, counts: moved || ch.From == ""})
			}
		}
	}
	return out
}

// lastPart is the last word of a name as people write it: of a.b, "a"."b" and source('a', 'b') it is b.
func lastPart(name string) string {
	name = strings.TrimRight(name, " )\"'`]}")
	return name[strings.LastIndexAny(name, ".\"'`[( {")+1:]
}

// find gives every place where a word stands alone, in any case; of several words at one place, the first.
func (w words) find(src []byte) (hits []hit) {
	for at := 0; at < len(src); {
		if !inWord(src[at]) {
			at++
			continue
		}
		end := at
		for end < len(src) && inWord(src[end]) {
			end++
		}
		for i := range w {
			if strings.EqualFold(w[i].text, string(src[at:end])) {
				hits = append(hits, hit{at, end, &w[i]})
				break
			}
		}
		at = end
	}
	return hits
}

func inWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80
}
