package plan

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
)

func listing(d config.Dataset, name string) consumer.Listing {
	l := consumer.Listing{Dataset: name}
	for _, c := range d.Consumers {
		if c.Org {
			l.Org = true
			continue
		}
		l.Repos = append(l.Repos, consumer.Declaration{
			Repo: c.Repo, Dataset: name, Paths: c.Paths, Dialect: c.Dialect, ReadAs: c.ReadAs, SQLKeys: c.SQLKeys, Pos: c.Pos,
		})
	}
	return l
}

// as is a listing taken for another dataset.
func as(l consumer.Listing, dataset string) consumer.Listing {
	l.Dataset, l.Repos = dataset, slices.Clone(l.Repos)
	for i := range l.Repos {
		l.Repos[i].Dataset = dataset
	}
	return l
}

// join adds to a listing the repositories that only the other one names.
func join(l, more consumer.Listing) consumer.Listing {
	l.Org = l.Org || more.Org
	l.Repos = slices.Clone(l.Repos)
	for _, d := range more.Repos {
		if !slices.ContainsFunc(l.Repos, func(x consumer.Declaration) bool { return x.Repo.Same(d.Repo) }) {
			l.Repos = append(l.Repos, d)
		}
	}
	return l
}

// Declarations is what a repository's own config says that it reads. What it says to ignore holds also where only
// a dataset's repository lists it.
func Declarations(name repo.Name, c *config.Repo) []consumer.Declaration {
	out := make([]consumer.Declaration, 0, len(c.Consumes)+1)
	if len(c.Ignore) > 0 {
		out = append(out, consumer.Declaration{Repo: name, Ignore: c.Ignore})
	}
	for _, x := range c.Consumes {
		out = append(out, consumer.Declaration{
			Repo: name, Dataset: x.Dataset, Paths: x.Paths, Ignore: c.Ignore, Dialect: x.Dialect, ReadAs: x.ReadAs, SQLKeys: x.SQLKeys, Pos: x.Pos,
		})
	}
	return out
}

// ListingOf is what a config says about the consumers of one dataset, which it may declare by a name such as tpch.*.
func ListingOf(c *config.Repo, dataset string) (consumer.Listing, bool) {
	if c == nil {
		return consumer.Listing{}, false
	}
	best := -1
	for i, d := range c.Datasets {
		prefix, many := strings.CutSuffix(d.Name, "*")
		switch {
		case d.Name == dataset:
			return listing(d, dataset), true
		case many && best < 0 && strings.HasPrefix(dataset, prefix):
			best = i
		}
	}
	if best < 0 {
		return consumer.Listing{}, false
	}
	return listing(c.Datasets[best], dataset), true
}
