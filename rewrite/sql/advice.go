package sql

// advice is what decides a place that is refused for what it is, and not for what stands in it: what to write, or
// which line of a config says it.
func advice(code string) string {
	switch code {
	case "opaque_statement":
		return "look whether this reads the field, and write the new name if so; Skein follows it once the statement is one that it reads"
	case "too_deep":
		return "split the statement in two, or write the new name by hand"
	case "dynamic_sql":
		return "write the new name into the string if it reads the field; SQL is followed where it stands as a statement"
	case "dataset_ddl":
		return "who owns the dataset changes this; if that is here, change it with the schema, or leave the file out with ignore:"
	case "template", "template_disagrees":
		return "look at what it is filled with; if it stands for the dataset, add its text to read_as:"
	case "function_body":
		return "look whether the body reads the field, and write the new name if so"
	case "path_in_string":
		return "write the new name into the path if it begins at the field"
	}
	return "look whether this is the field, and write the new name if so"
}
