package githubsim_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// queued gives main of acme/reports a merge queue, a required check and CI, and returns a green pull request.
func (w *world) queued(ci githubsim.CI) int {
	w.Helper()
	w.SetCI(reports, githubsim.Usual(ci))
	n := w.pull("one", map[string]string{"one.txt": "1"})
	w.must(w.As("ada").SetRulesets(reports, githubsim.Ruleset{Name: "r", Branches: []string{"main"}, Rules: []githubsim.Rule{
		githubsim.RequireChecks(false, githubsim.RequiredCheck{Context: "ci"}), githubsim.RequireQueue("SQUASH"),
	}}))
	w.clock.Advance(time.Minute)
	return n
}

func groupSays(conclusion string) githubsim.CI {
	return func(_ context.Context, c githubsim.Commit) []githubsim.Report {
		r := githubsim.Report{Name: "ci", Conclusion: "success", Duration: time.Minute}
		if c.Event == "merge_group" {
			r.Conclusion = conclusion
		}
		return []githubsim.Report{r}
	}
}

const aboutQueue = `query($number: Int!) { repository(owner: "acme", name: "reports") { pullRequest(number: $number) {
  id headRefOid state mergeQueueEntry { state position headCommit { oid } }
  timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) { nodes { ... on RemovedFromMergeQueueEvent { reason } } } } } }`

// inQueue is what GraphQL says of a pull request: the path leads to one value.
func (w *world) inQueue(n int, path ...any) any {
	w.Helper()
	got := w.ask(w.asBot(), aboutQueue, map[string]any{"number": n})
	return at(got.Data, append([]any{"repository", "pullRequest"}, path...)...)
}

func (w *world) enqueue(n int, head any) bool {
	w.Helper()
	return len(w.ask(w.asBot(), enqueue, map[string]any{"pull": w.inQueue(n, "id"), "head": head}).Errors) == 0
}

const enqueue = `mutation($pull: ID!, $head: GitObjectID) {
  enqueuePullRequest(input: {pullRequestId: $pull, expectedHeadOid: $head}) { mergeQueueEntry { state position headCommit { oid } } } }`

func TestMergeQueue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ conclusion, state string }{{"success", "MERGED"}, {"failure", "OPEN"}, {"", "OPEN"}} {
		w := newWorld(t)
		n := w.queued(groupSays(c.conclusion))
		if w.enqueue(n, strings.Repeat("0", 40)) || !w.enqueue(n, w.inQueue(n, "headRefOid")) {
			t.Fatal("another head was enqueued, or this one not")
		}
		if w.inQueue(n, "mergeQueueEntry", "state") != "AWAITING_CHECKS" || w.inQueue(n, "mergeQueueEntry", "headCommit", "oid") == nil {
			t.Errorf("entry %v", w.inQueue(n, "mergeQueueEntry"))
		}
		w.clock.Advance(2 * time.Hour)
		left := w.inQueue(n, "timelineItems", "nodes", 0, "reason") != nil
		if w.inQueue(n, "state") != c.state || w.inQueue(n, "mergeQueueEntry") != nil || left != (c.state == "OPEN") {
			t.Errorf("%q: %v", c.conclusion, w.inQueue(n))
		}
	}
}

// What is in a branch's queue merges by the queue alone, and leaves it when its head moves.
func TestMergeQueueIsTheOnlyWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.queued(groupSays(""))
	_, _, err := w.asBot().PullRequests.Merge(t.Context(), "acme", "reports", n, "", nil)
	w.refused(err, 405, "Changes must be made through the merge queue")
	if !w.enqueue(n, nil) {
		t.Fatal("it is not enqueued")
	}
	_, err = w.As("bob").Push(reports, "one", githubsim.Change{Message: "More", Files: map[string]string{"one.txt": "2"}})
	w.must(err)
	if w.inQueue(n, "mergeQueueEntry") != nil || w.inQueue(n, "timelineItems", "nodes", 0, "reason") != "branch_updated" {
		t.Errorf("%v", w.inQueue(n))
	}
}
