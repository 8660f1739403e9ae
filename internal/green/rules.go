package green

import (
	"fmt"
	"strings"
)

// deployments waits for the environments that the head must have reached.
func deployments(p Pull, req Required) (ls []Lack) {
	for _, env := range req.Deployments {
		switch p.Deployed[env] {
		case Success, Neutral:
		case Failure, Timeout, Cancelled, Unknown:
			ls = append(ls, Lack{Rule: "deployment", On: "person", Text: fmt.Sprintf("the head's deployment to %s failed, and the branch requires it", env)})
		case Pending:
			ls = append(ls, Lack{Rule: "deployment", On: "github", Text: fmt.Sprintf("the head is being deployed to %s, which the branch requires", env)})
		default:
			ls = append(ls, Lack{Rule: "deployment", On: "person", Text: fmt.Sprintf("the head must be deployed to %s first, which nobody has asked for", env)})
		}
	}
	return ls
}

// place waits for what Git says, and for what GitHub has yet to say.
func place(p Pull, req Required) (ls []Lack) {
	if req.Locked {
		ls = append(ls, Lack{Rule: "locked", On: "person", Text: fmt.Sprintf("the branch %s is locked: its protection lets nobody merge", p.Base)})
	}
	switch {
	case p.Mergeable == nil:
		ls = append(ls, Lack{Rule: "mergeable_unknown", On: "github", Text: "GitHub has not said yet whether it merges cleanly"})
	case !*p.Mergeable:
		text := fmt.Sprintf("it conflicts with %s, and its checks may never start; resolve it, or /skein rebase", p.Base)
		ls = append(ls, Lack{Rule: "conflict", On: "person", Text: text})
	}
	if p.Draft {
		ls = append(ls, Lack{Rule: "draft", On: "person", Text: "the pull request is a draft"})
	}
	return ls
}

// reviews says what people have yet to say. GitHub's own word on required reviews is taken as it is: it knows the
// owners of every file and which approvals a push took back; the rest explains it.
func reviews(p Pull, req Required) (ls []Lack) {
	say := func(rule, format string, args ...any) {
		ls = append(ls, Lack{Rule: rule, On: "person", Text: fmt.Sprintf(format, args...)})
	}
	r := p.Review
	if len(r.Against) > 0 {
		say("changes_requested", "changes were requested by %s", strings.Join(r.Against, ", "))
	}
	switch {
	case len(r.Against) > 0:
	case r.Approvals < req.Reviews:
		say("reviews", "%d of %d approvals", r.Approvals, req.Reviews)
	case r.Missing && req.LastPush && r.Stale == r.Approvals:
		say("reviews", "who pushed last cannot approve that: somebody else must, for %s", p.Head.Short())
	case r.Missing && !req.CodeOwners:
		say("reviews", "a required review is missing")
	}
	if r.Missing && req.CodeOwners {
		say("code_owners", "a code owner must approve%s", asked(r.Owners))
	}
	if req.Threads && r.Threads > 0 {
		say("threads", "%d review conversations are not resolved", r.Threads)
	}
	return ls
}

func asked(owners []string) string {
	if len(owners) == 0 {
		return ""
	}
	return "; asked are " + strings.Join(owners, ", ")
}
