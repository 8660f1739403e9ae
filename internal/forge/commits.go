package forge

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// The trailers that make a commit recognisable as Skein's.
const (
	MigrationTrailer = "Skein-Migration"
	ChangesetTrailer = "Skein-Changeset"
)

// Commit is one commit with the files that it changed against its first parent.
type Commit struct {
	SHA       repo.SHA
	Tree      repo.SHA
	Parents   []repo.SHA
	Author    string // GitHub login; empty when the e-mail belongs to nobody
	Name      string // as written in the commit
	Committer string // GitHub login
	Subject   string
	Message   string
	At        time.Time
	Verified  bool
	URL       string
	Files     []ChangedFile // empty in listings
	Truncated bool          // GitHub listed not all files
}

// ChangedFile is one file that a commit or a comparison changed.
type ChangedFile struct {
	Path   string
	From   string // its former path, for a rename
	Status string // added, modified, removed, renamed, copied, changed, unchanged
}

// Comparison is how a head relates to a base.
type Comparison struct {
	Status    string // ahead, behind, identical, diverged
	AheadBy   int
	BehindBy  int
	MergeBase repo.SHA
	Commits   []Commit // that the head has and the base lacks, oldest first
	Files     []ChangedFile
	Truncated bool // not all commits or files are listed
}

// maxCompareFiles is where GitHub cuts the files of a commit or a comparison.
const maxCompareFiles = 300

// Commit reads one commit.
func (f *Forge) Commit(ctx context.Context, r repo.Repo, sha repo.SHA) (Commit, error) {
	var got github.RepositoryCommit
	if err := f.get(ctx, r, "contents:read", "/commits/{sha}", &got, sha); err != nil {
		return Commit{}, err
	}
	return commit(&got), nil
}

func commit(c *github.RepositoryCommit) Commit {
	message := c.GetCommit().GetMessage()
	subject, _, _ := strings.Cut(message, "\n")
	out := Commit{
		SHA: repo.SHA(c.GetSHA()), Tree: repo.SHA(c.GetCommit().GetTree().GetSHA()),
		Author: c.GetAuthor().GetLogin(), Name: c.GetCommit().GetAuthor().GetName(), Committer: c.GetCommitter().GetLogin(),
		Subject: subject, Message: message, At: c.GetCommit().GetCommitter().GetDate().Time,
		Verified: c.GetCommit().GetVerification().GetVerified(), URL: c.GetHTMLURL(),
		Files: changed(c.Files), Truncated: len(c.Files) >= maxCompareFiles,
	}
	for _, p := range c.Parents {
		out.Parents = append(out.Parents, repo.SHA(p.GetSHA()))
	}
	return out
}

func changed(files []*github.CommitFile) (out []ChangedFile) {
	for _, file := range files {
		out = append(out, ChangedFile{Path: file.GetFilename(), From: file.GetPreviousFilename(), Status: file.GetStatus()})
	}
	return out
}

// Compare relates head to base; both may be commits or branches.
func (f *Forge) Compare(ctx context.Context, r repo.Repo, base, head string) (Comparison, error) {
	var got github.CommitsComparison
	if err := f.get(ctx, r, "contents:read", "/compare/{basehead*}", &got, base+"..."+head); err != nil {
		return Comparison{}, err
	}
	out := Comparison{
		Status: got.GetStatus(), AheadBy: got.GetAheadBy(), BehindBy: got.GetBehindBy(),
		MergeBase: repo.SHA(got.GetMergeBaseCommit().GetSHA()), Files: changed(got.Files),
		Truncated: got.GetTotalCommits() > len(got.Commits) || len(got.Files) >= maxCompareFiles,
	}
	for _, c := range got.Commits {
		out.Commits = append(out.Commits, commit(c))
	}
	return out, nil
}

// historyPages bounds how far back a branch is walked, in pages of 100.
const historyPages = 5

// history lists the commits of a branch back to one, newest first, along first parents: only these hold the
// branch's state. The last one's first parent is after; nil when after is not met.
func (f *Forge) history(ctx context.Context, r repo.Repo, after repo.SHA, branch string) ([]Commit, error) {
	seen := map[repo.SHA]Commit{}
	var tip repo.SHA
	c := on(r, "contents:read", http.MethodGet, repoRoute+"/commits")
	c.query = "sha=" + escapeQuery(branch)
	n := 0
	err := pages(ctx, f, *c, withRepo(r, nil), func(page []*github.RepositoryCommit) bool {
		for _, one := range page {
			if tip == "" {
				tip = repo.SHA(one.GetSHA())
			}
			seen[repo.SHA(one.GetSHA())] = commit(one)
		}
		n++
		_, met := seen[after]
		return !met && n < historyPages
	})
	if err != nil {
		return nil, err
	}
	return firstParents(seen, tip, after), nil
}

// firstParents walks from tip to after, exclusive.
func firstParents(seen map[repo.SHA]Commit, tip, after repo.SHA) (way []Commit) {
	for at := tip; at != after; {
		c, ok := seen[at]
		if !ok || len(c.Parents) == 0 {
			return nil
		}
		way = append(way, c)
		at = c.Parents[0]
	}
	return way
}

// Descendants lists the commits on a branch after the given one, newest first, the app's own excluded. Only
// the branch's own line counts: a commit that came in by a merge need not hold what came before the merge.
func (f *Forge) Descendants(ctx context.Context, r repo.Repo, after repo.SHA, branch string) ([]repo.SHA, error) {
	bot, err := f.bot(ctx)
	if err != nil {
		return nil, err
	}
	way, err := f.history(ctx, r, after, branch)
	if err != nil {
		return nil, err
	}
	var out []repo.SHA
	for _, c := range way {
		if c.Author != bot && !c.trailed() {
			out = append(out, c.SHA)
		}
	}
	return out, nil
}

// trailed reports whether the message ends with a trailer of Skein's.
func (c Commit) trailed() bool {
	return c.Trailer(ChangesetTrailer) != "" || c.Trailer(MigrationTrailer) != ""
}

// Trailer is the value of a trailer in the message's last paragraph.
func (c Commit) Trailer(name string) string {
	paragraphs := strings.Split(strings.TrimSpace(strings.ReplaceAll(c.Message, "\r\n", "\n")), "\n\n")
	if len(paragraphs) < 2 {
		return ""
	}
	for line := range strings.SplitSeq(paragraphs[len(paragraphs)-1], "\n") {
		if key, value, ok := strings.Cut(line, ": "); ok && key == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// signer decides which commits are Skein's own.
type signer struct {
	bot      string
	unsigned bool // this GitHub does not sign what is committed through its API
}

// ours reports whether Skein made the commit: the app's bot wrote it, with our trailer, or as the merge that
// brings a branch up to its base. An author is only a claim, so the commit must be signed too, and not by a
// person: GitHub commits what comes through its API in its own name.
func (s signer) ours(c Commit) bool {
	signed := c.Verified && (c.Committer == "" || c.Committer == "web-flow" || c.Committer == s.bot)
	return c.Author == s.bot && (signed || s.unsigned) && (c.trailed() || len(c.Parents) == 2)
}

// signer knows the app's bot.
func (f *Forge) signer(ctx context.Context) (signer, error) {
	bot, err := f.bot(ctx)
	return signer{bot, f.unsigned}, err
}

// foreign lists who made the commits that Skein did not make.
func (s signer) foreign(commits []Commit) (authors []string) {
	for _, c := range commits {
		who := c.Author
		if who == "" {
			who = c.Name
		}
		if c.Author == s.bot {
			who = "someone in the name of " + s.bot
		}
		if !s.ours(c) && !slices.Contains(authors, who) {
			authors = append(authors, who)
		}
	}
	return authors
}

func decodeBlob(b *github.Blob) ([]byte, error) {
	switch b.GetEncoding() {
	case "utf-8":
		return []byte(b.GetContent()), nil
	case "base64":
		return base64.StdEncoding.DecodeString(strings.ReplaceAll(b.GetContent(), "\n", ""))
	}
	return nil, fmt.Errorf("blob %s: unknown encoding %q", b.GetSHA(), b.GetEncoding())
}
