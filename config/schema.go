package config

import "encoding/json"

// RepoSchema is the JSON Schema of .github/skein.yml, made from the grammar that the parser follows. What no
// schema can say (names used twice, cron expressions that never match) only the parser finds.
func RepoSchema() []byte {
	return published(repoShape().schema, "https://skein-bot.github.io/schema/skein.schema.json", "Skein: .github/skein.yml")
}

// OrgSchema is the JSON Schema of the org's defaults.
func OrgSchema() []byte {
	return published(orgShape().schema, "https://skein-bot.github.io/schema/org.schema.json", "Skein: an org's defaults")
}

func published(s schema, id, title string) []byte {
	s = merged(s, schema{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": id, "title": title})
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // the grammar holds maps, slices and scalars only
	}
	return append(out, '\n')
}
