package githubsim

// pullJSON builds pull-request: what GET of one pull request and its webhooks show.
func (s *Sim) pullJSON(p *Pull) object { return s.pullSimpleJSON(p) }

// pullSimpleJSON builds pull-request-simple: what lists show.
func (s *Sim) pullSimpleJSON(p *Pull) object { return object{"number": p.Number} }
