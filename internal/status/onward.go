package status

import (
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
)

// Onward is a field of a further dataset that a change reaches through the consumer which makes it, and who reads it
// there. Nothing is rewritten for them before that dataset's own schema changes.
type Onward struct {
	consumer.Carrier
	Readers []consumer.Reader
}

// onward lists whom a change reaches through others. What is made in a private repository, and who reads in one or in
// one that is not known, is only counted where more people can read.
func (i Impact) onward(m *markdown) {
	var items []string
	unseen := map[repo.Name]bool{}
	for _, o := range i.Onward {
		if i.Repo.Visibility.Wider(o.Visibility) {
			unseen[o.Name] = true
		} else {
			items = append(items, i.made(o))
		}
		for _, r := range o.Readers {
			switch {
			case r.Standing == consumer.Unread:
			case i.Repo.Visibility.Wider(o.Visibility), i.Repo.Visibility.Wider(r.Visibility), r.ID == 0 && i.Repo.Visibility != repo.Private:
				unseen[r.Repo] = true
			default:
				if line := i.further(o, r); !slices.Contains(items, line) { // of some only the dataset is known
					items = append(items, line)
				}
			}
		}
	}
	if len(items)+len(unseen) == 0 {
		return
	}
	m.heading("Further on")
	m.para("Consumers make datasets of what changes. Whoever reads those is asked for nothing before their own schema changes.")
	m.list(items, "line")
	if len(unseen) > 0 {
		m.para("And in private repositories: %d.", len(unseen))
	}
	if i.Beyond > 0 {
		m.para("Not followed further: %s.", count(i.Beyond, "field"))
	}
}

// made says where a dataset that a change goes on to is made.
func (i Impact) made(o Onward) string {
	how := "seems to have it from a field that changes, which this file reads"
	if o.Sure() {
		how = "has it by a star"
	}
	by := Reader{At: o.At}
	by.Repo.Name = o.Name
	return fmt.Sprintf("%s of %s %s: %s", code(field(o.Dataset, o.Field)), link(o.Name.String(), i.Links.Repo(o.Name)), how, i.at(by, o.By))
}

// further says what is known of one who reads it there.
func (i Impact) further(o Onward, r consumer.Reader) string {
	name, what := link(r.Repo.String(), i.Links.Repo(r.Repo)), code(field(o.Dataset, o.Field))
	if len(r.Sights) == 0 {
		return fmt.Sprintf("%s declares %s; what its code reads is not known yet", name, code(o.Dataset))
	}
	in := Reader{At: r.At}
	in.Repo.Name = r.Repo
	return fmt.Sprintf("%s %s %s at %s", name, standing(r.Standing), what, i.at(in, r.Sights[0]))
}

func standing(s consumer.Standing) string {
	if s == consumer.Undeclared {
		return "reads, without declaring it,"
	}
	return string(s)
}
