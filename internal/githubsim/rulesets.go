package githubsim

import (
	"maps"
	"net/http"
	"path"
)

// Ruleset is a named set of rules for the branches of a repository, or of an organization.
type Ruleset struct {
	ID       int64
	Name     string
	Org      bool     // set by the organization
	Branches []string // patterns; ~DEFAULT_BRANCH and ~ALL as GitHub writes them
	Inactive bool     // disabled, or only evaluated
	Rules    []Rule
}

// Rule is one rule. What is enforced on a merge has a field of its own; Parameters is only shown.
type Rule struct {
	Type        string
	Parameters  map[string]any
	Checks      []RequiredCheck // required_status_checks
	Strict      bool
	Reviews     int // pull_request
	CodeOwners  bool
	Threads     bool     // conversations must be resolved
	Deployments []string // required_deployments: environments
	Refuses     string   // for kinds without a field here: the reason for which merging is refused; empty lets it through
	ruleset     *Ruleset
}

// RequireChecks is the rule that checks must pass.
func RequireChecks(strict bool, checks ...RequiredCheck) Rule {
	return Rule{Type: "required_status_checks", Checks: checks, Strict: strict}
}

// RequireReviews is the rule that changes come by pull request, with n approvals.
func RequireReviews(n int) Rule { return Rule{Type: "pull_request", Reviews: n} }

// RequireDeployments is the rule that a head was deployed to these environments before it merges.
func RequireDeployments(environments ...string) Rule {
	return Rule{Type: "required_deployments", Deployments: environments}
}

// rulesFor returns the active rules for a branch, in the order in which they were made.
func (r *Repo) rulesFor(branch string) []Rule {
	var out []Rule
	for _, set := range r.rulesets {
		if set.Inactive || !set.covers(r, branch) {
			continue
		}
		for _, rule := range set.Rules {
			rule.ruleset = set
			out = append(out, rule)
		}
	}
	return out
}

func (set *Ruleset) covers(r *Repo, branch string) bool {
	for _, pattern := range set.Branches {
		matched, err := path.Match(pattern, branch)
		if pattern == "~ALL" || pattern == "~DEFAULT_BRANCH" && branch == r.DefaultBranch || err == nil && matched {
			return true
		}
	}
	return false
}

func (s *Sim) getBranchRules(q *request) (int, any) {
	rules := q.repo.rulesFor(q.PathValue("branch"))
	return http.StatusOK, list(page(q, rules), func(rule Rule) object { return ruleJSON(q.repo, rule) })
}

func ruleJSON(r *Repo, rule Rule) object {
	o := object{
		"type": rule.Type, "ruleset_id": rule.ruleset.ID,
		"ruleset_source_type": "Repository", "ruleset_source": r.fullName().String(),
	}
	if rule.ruleset.Org {
		o["ruleset_source_type"], o["ruleset_source"] = "Organization", r.Owner.Login
	}
	if parameters := rule.parameters(); parameters != nil {
		o["parameters"] = parameters
	}
	return o
}

// parameters shows a rule's settings in GitHub's words.
func (rule Rule) parameters() object {
	switch rule.Type {
	case "required_status_checks":
		return merged(object{
			"strict_required_status_checks_policy": rule.Strict, "do_not_enforce_on_create": false,
			"required_status_checks": list(rule.Checks, func(c RequiredCheck) object {
				o := object{"context": c.Context}
				if c.App != 0 {
					o["integration_id"] = c.App
				}
				return o
			}),
		}, rule.Parameters)
	case "pull_request":
		return merged(object{
			"dismiss_stale_reviews_on_push": false, "require_code_owner_review": rule.CodeOwners,
			"require_last_push_approval": false, "required_approving_review_count": rule.Reviews,
			"required_review_thread_resolution": rule.Threads, "allowed_merge_methods": []string{"merge", "squash", "rebase"},
		}, rule.Parameters)
	case "required_deployments":
		return object{"required_deployment_environments": rule.Deployments}
	}
	return rule.Parameters
}

// merged lays the second object over the first.
func merged(o, over object) object {
	maps.Copy(o, over)
	return o
}
