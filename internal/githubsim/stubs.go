package githubsim

type manifest struct{}
type download struct{}
type Protection struct{}
type Ruleset struct{}

func (s *Sim) authRoutes() []route         { return nil }
func (s *Sim) appRoutes() []route          { return nil }
func (s *Sim) repoRoutes() []route         { return nil }
func (s *Sim) commitRoutes() []route       { return nil }
func (s *Sim) contentRoutes() []route      { return nil }
func (s *Sim) gitRoutes() []route          { return nil }
func (s *Sim) archiveRoutes() []route      { return nil }
func (s *Sim) pullRoutes() []route         { return nil }
func (s *Sim) reviewRoutes() []route       { return nil }
func (s *Sim) mergeRoutes() []route        { return nil }
func (s *Sim) protectionRoutes() []route   { return nil }
func (s *Sim) collaboratorRoutes() []route { return nil }
