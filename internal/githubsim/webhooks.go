package githubsim

// simEvents is what the world remembers of webhooks and CI.
type simEvents struct{}

// repoEvents is what a repository has of checks, statuses, runs and deployments.
type repoEvents struct{}

// eventRoutes lists the routes of checks, statuses, actions, issues, comments, reactions, labels, deployments,
// webhook deliveries and GraphQL.
func (s *Sim) eventRoutes() []route { return nil }

// emit sends a webhook about a repository. The payload has everything but repository, organization and
// installation; sender is the caller's.
func (s *Sim) emit(event string, r *Repo, payload map[string]any) {}

// emitInstallation sends a webhook that is about an installation and not about one repository.
func (s *Sim) emitInstallation(event string, i *Installation, payload map[string]any) {}
