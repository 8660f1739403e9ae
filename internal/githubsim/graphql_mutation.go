package githubsim

import "fmt"

// graphReady takes a pull request out of draft.
func (s *Sim) graphReady(q *request, in map[string]any) (any, error) {
	p, err := s.graphTarget(q, fmt.Sprint(in["pullRequestId"]))
	if p == nil { // the right to write contents is asked for as well, and is not needed here
		return nil, err
	}
	if p.State != "open" {
		return nil, graphError{"UNPROCESSABLE", "Pull request is closed"}
	}
	if p.Draft {
		p.Draft, p.UpdatedAt = false, s.now()
		s.onPullChanged(p, "ready_for_review", q.by, nil)
	}
	pull, err := s.graphPull(q, p.Repo, p.Number)
	if err != nil {
		return nil, err
	}
	return fixed("MarkPullRequestReadyForReviewPayload", object{"clientMutationId": in["clientMutationId"], "pullRequest": pull}), nil
}
