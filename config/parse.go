package config

// ParseRepo reads .github/skein.yml of a dataset or consumer repository. The Repo is never nil; with findings of
// severity error it holds what could be read.
func ParseRepo(file string, src []byte) (*Repo, []Finding) {
	c, findings := parseWith(repoShape(), file, src)
	c.File = file
	return &c, findings
}

// ParseOrg reads skein.yml of an org's .github repository, on the terms of ParseRepo. A caller that cannot read
// it without errors must take it for a freeze.
func ParseOrg(file string, src []byte) (*Org, []Finding) {
	c, findings := parseWith(orgShape(), file, src)
	c.File = file
	return &c, findings
}

func parseWith[T any](s shape[T], file string, src []byte) (T, []Finding) {
	r := &reader{file: file, findings: []Finding{}}
	var v T
	if root := plant(r, src); root != nil {
		v, _ = s.read(r, root)
	}
	return v, ordered(r.findings)
}
