package plan

import "testing"

// A file that cannot be read is a place for people, not a file without readers.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	res := Unreadable("a.sql", "too large")
	if len(res.Refusals) != 1 || res.Path != "a.sql" || res.Verified {
		t.Fatalf("%+v", res)
	}
	if f := res.Refusals[0]; f.Code != "unreadable_file" || f.Message != "too large" || f.Line != 1 || f.Suggestion == "" {
		t.Errorf("%+v", f)
	}
}
