package status

// AgainTitle is the title of the draft that keeps what was taken back.
func AgainTitle(p Page, c Changeset) string { return "Again: " + PullTitle(p, c) }

// AgainBody is its description: what failed, with the evidence, and how to take the draft up.
func AgainBody(p Page, c Changeset) string {
	return fit(maxBody, func(m *markdown) {
		m.para("#%d was merged as %s, and taken back by #%d: %s This draft keeps the change, made anew on the newest base, for whoever mends what failed.",
			c.Pull, code(c.Merge.Short()), c.RevertPull, text(c.because()))
		if len(c.Evidence) > 0 {
			m.heading("What failed")
			p.evidence(m, c)
		}
		p.changeTable(m, c)
		p.done(m, c)
		p.notDone(m, c)
		m.heading("What happens next")
		m.para("Nothing, until a person says %s here: then Skein makes the edits anew, takes the draft up, and merges it by all the usual rules once it is green. "+
			"When the dataset changes again, so does this draft, unless people push to its branch. Close it if the change is not to come back.", code("/skein reapply"))
		if links := p.more(c); links != "" {
			m.para("%s", links)
		}
		m.shortened(p.portal())
	})
}
