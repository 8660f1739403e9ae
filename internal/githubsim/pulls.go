package githubsim

import (
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// Pull is a pull request. Title, body, state, labels and comments are its Issue's.
type Pull struct {
	*Issue
	ID          int64
	Repo        *Repo // of the base
	Head        Side
	Base        Side
	Draft       bool
	Reviews     []*Review
	Requested   []*Account // reviewers
	MergedAt    time.Time
	MergedBy    *Account
	MergeCommit repo.SHA // of a merged pull request, else of the test merge
	mergeable   mergeability
}

// Side is one end of a pull request. SHA stays when the branch goes.
type Side struct {
	Repo *Repo // nil when the fork was deleted
	Ref  string
	SHA  repo.SHA
	User *Account
}

// Review is a person's verdict on a head.
type Review struct {
	ID        int64
	User      *Account
	Body      string
	State     string // APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED
	Commit    repo.SHA
	Submitted time.Time
}

// mergeability is what GitHub has found out so far about the pair of head and base.
type mergeability struct {
	head, base repo.SHA // that it was computed for
	running    bool
	known      bool
	clean      bool
	test       repo.SHA // the test merge commit
}
