package config

// Kind is which of Skein's files a file is.
type Kind string

// The kinds of file.
const (
	RepoFile   Kind = "repo"   // .github/skein.yml
	OrgFile    Kind = "org"    // skein.yml of an org's .github repository
	ServerFile Kind = "server" // server.yml
)

// KindOf tells the kinds apart by the keys that only one of them has. An org's defaults that say nothing of the
// kind look like a repository's file, and are read the same way.
func KindOf(src []byte) Kind {
	root := plant(&reader{}, src)
	switch {
	case root.at("github") != nil || root.at("listen") != nil:
		return ServerFile
	case root.at("freeze") != nil && root.at("datasets") == nil && root.at("consumes") == nil:
		return OrgFile
	}
	return RepoFile
}
