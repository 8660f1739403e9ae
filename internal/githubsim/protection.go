package githubsim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// RequiredCheck is a status check.
type RequiredCheck struct {
	Context string
	App     int64 // whose check run counts; 0 for any
}

// verdict is what a required check says about a commit.
type verdict int

const (
	checkMissing verdict = iota
	checkPending
	checkFailed
	checkPassed
)

// Protection is the classic protection of one branch.
type Protection struct {
	Checks        []RequiredCheck
	Strict        bool // the head must contain the base
	Reviews       int  // approvals needed
	DismissStale  bool // a push takes approvals back
	CodeOwners    bool // one approval by an owner of each file
	Threads       bool // conversations must be resolved
	Linear        bool // no merge commits
	Locked        bool // nothing may be merged or pushed
	EnforceAdmins bool
}

func (s *Sim) protectionRoutes() []route {
	return []route{
		{method: "GET", pattern: "/repos/{owner}/{repo}/branches/{branch...}/protection",
			need: "administration:read", handle: s.getProtection},
		{method: "GET", pattern: "/repos/{owner}/{repo}/rules/branches/{branch...}", need: "metadata:read", handle: s.getBranchRules},
	}
}

func (s *Sim) getProtection(q *request) (int, any) {
	branch := q.PathValue("branch")
	if q.repo.tip(q.Context(), branch) == "" {
		return fail(http.StatusNotFound, "Branch not found")
	}
	p := q.repo.protection[branch]
	if p == nil {
		return fail(http.StatusNotFound, "Branch not protected")
	}
	u := s.repoURL(q.repo) + "/branches/" + url.PathEscape(branch) + "/protection"
	on := func(enabled bool) object { return object{"enabled": enabled} }
	o := object{
		"url": u, "enforce_admins": object{"url": u + "/enforce_admins", "enabled": p.EnforceAdmins},
		"required_conversation_resolution": on(p.Threads), "required_linear_history": on(p.Linear), "lock_branch": on(p.Locked),
		"required_signatures": object{"url": u + "/required_signatures", "enabled": false},
		"allow_force_pushes":  on(false), "allow_deletions": on(false), "block_creations": on(false), "allow_fork_syncing": on(false),
	}
	if len(p.Checks) > 0 || p.Strict {
		checks := u + "/required_status_checks"
		o["required_status_checks"] = object{
			"url": checks, "strict": p.Strict, "contexts": contexts(p.Checks), "contexts_url": checks + "/contexts", "checks": checkList(p.Checks),
		}
	}
	if p.Reviews > 0 || p.CodeOwners {
		o["required_pull_request_reviews"] = object{
			"url": u + "/required_pull_request_reviews", "dismiss_stale_reviews": p.DismissStale,
			"require_code_owner_reviews": p.CodeOwners, "require_last_push_approval": false, "required_approving_review_count": p.Reviews,
		}
	}
	return http.StatusOK, o
}

func contexts(checks []RequiredCheck) []string {
	out := make([]string, len(checks))
	for i, c := range checks {
		out[i] = c.Context
	}
	return out
}

func checkList(checks []RequiredCheck) []object {
	return list(checks, func(c RequiredCheck) object {
		o := object{"context": c.Context, "app_id": nil}
		if c.App != 0 {
			o["app_id"] = c.App
		}
		return o
	})
}

// protectionJSON is what the answer about a branch says of its protection.
func (r *Repo) protectionJSON(branch string) object {
	p, level := r.protection[branch], "non_admins"
	if p == nil {
		p, level = &Protection{}, "off"
	}
	if p.EnforceAdmins {
		level = "everyone"
	}
	return object{
		"enabled": r.protection[branch] != nil,
		"required_status_checks": object{
			"enforcement_level": level, "contexts": contexts(p.Checks), "checks": checkList(p.Checks),
		},
	}
}

// bypasses reports whether the actor is an administrator whom classic protection lets through.
func (a actor) bypasses(p *Pull) bool {
	protection := p.Repo.protection[p.Base.Ref]
	return a.installation == nil && p.Repo.role(a.user) == roleAdmin && len(p.Repo.rulesFor(p.Base.Ref)) == 0 &&
		(protection == nil || !protection.EnforceAdmins)
}

// outdated reports whether the base has commits that the head lacks, where that matters.
func (s *Sim) outdated(p *Pull) bool {
	strict := false
	if c := p.Repo.protection[p.Base.Ref]; c != nil {
		strict = c.Strict
	}
	for _, rule := range p.Repo.rulesFor(p.Base.Ref) {
		strict = strict || rule.Strict
	}
	if !strict {
		return false
	}
	base := p.Repo.tip(context.Background(), p.Base.Ref)
	current, err := git.IsAncestor(context.Background(), p.Repo.git, base, p.Head.SHA)
	return err != nil || !current
}

// violations lists what keeps p from being merged, in GitHub's words.
func (s *Sim) violations(p *Pull) []string {
	var broken []string
	if c := p.Repo.protection[p.Base.Ref]; c != nil {
		broken = append(s.checksMissing(p.Repo, p.Head.SHA, c.Checks), missingReviews(p, c.Reviews)...)
		broken = append(broken, p.unsettled(Rule{CodeOwners: c.CodeOwners, Threads: c.Threads})...)
		if c.Locked {
			broken = append(broken, "Cannot change this locked branch")
		}
	}
	var rules []string
	for _, rule := range p.Repo.rulesFor(p.Base.Ref) {
		rules = append(rules, s.checksMissing(p.Repo, p.Head.SHA, rule.Checks)...)
		rules = append(rules, missingReviews(p, rule.Reviews)...)
		rules = append(rules, p.unsettled(rule)...)
		if rule.Refuses != "" {
			rules = append(rules, rule.Refuses)
		}
	}
	if len(rules) > 0 {
		broken = append(broken, "Repository rule violations found\n\n"+strings.Join(rules, "\n\n")+"\n\n")
	}
	return broken
}

// checksMissing says which required checks have not passed on a commit.
func (s *Sim) checksMissing(r *Repo, at repo.SHA, checks []RequiredCheck) []string {
	var bad []string
	state := ""
	for _, c := range checks {
		switch s.requiredCheck(r, at, c.Context, c.App) {
		case checkPassed:
			continue
		case checkMissing:
			state = "expected"
		case checkPending:
			state = "pending"
		case checkFailed:
			state = "failing"
		}
		bad = append(bad, c.Context)
	}
	switch len(bad) {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("Required status check %q is %s.", bad[0], state)}
	}
	return []string{fmt.Sprintf("%d of %d required status checks have not succeeded: %s.", len(bad), len(checks), strings.Join(bad, ", "))}
}

func missingReviews(p *Pull, want int) []string {
	approvals, refusals := p.approvals()
	switch {
	case want == 0:
		return nil
	case refusals > 0:
		return []string{"Changes have been requested by a reviewer with write access."}
	case approvals < want:
		return []string{fmt.Sprintf("At least %d approving review%s required by reviewers with write access.", want, plural(want))}
	}
	return nil
}

// unsettled lists what else a rule misses: an owner's approval, answers in conversations, deployments.
func (p *Pull) unsettled(rule Rule) (broken []string) {
	if rule.CodeOwners && !p.ownerApproved() {
		broken = append(broken, "Waiting on code owner review from "+strings.Join(logins(p.Repo.codeOwners), ", ")+".")
	}
	open := slices.ContainsFunc(p.Repo.events.threads[p.Number], func(t *reviewThread) bool { return !t.resolved })
	if rule.Threads && open {
		broken = append(broken, "A conversation must be resolved.")
	}
	for _, env := range rule.Deployments {
		if !p.deployedTo(env) {
			broken = append(broken, fmt.Sprintf("Required deployment to %q has not succeeded.", env))
		}
	}
	return broken
}

// ownerApproved reports whether a code owner's last word is an approval. Without code owners there is nothing to wait for.
func (p *Pull) ownerApproved() bool {
	approved := len(p.Repo.codeOwners) == 0
	for _, r := range p.Reviews {
		if slices.Contains(p.Repo.codeOwners, r.User) && r.State != "COMMENTED" {
			approved = r.State == "APPROVED"
		}
	}
	return approved
}

func (p *Pull) deployedTo(environment string) bool {
	for _, d := range slices.Backward(p.Repo.events.deployments) {
		if d.sha == p.Head.SHA && d.environment == environment {
			return len(d.statuses) > 0 && d.statuses[len(d.statuses)-1].state == "success"
		}
	}
	return false
}

func logins(as []*Account) []string {
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = a.Login
	}
	return out
}

func plural(n int) string {
	if n == 1 {
		return " is"
	}
	return "s are"
}
