package status

import (
	"fmt"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/wave"
	"github.com/skein-bot/skein/rewrite"
)

const (
	schemaOld = repo.SHA("0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")
	schemaNew = repo.SHA("1b2c3d4e5f60718293a4b5c6d7e8f90123456789")
	baseSHA   = repo.SHA("2c3d4e5f60718293a4b5c6d7e8f9012345678901")
	headSHA   = repo.SHA("3d4e5f60718293a4b5c6d7e8f901234567890123")
	parentSHA = repo.SHA("4e5f60718293a4b5c6d7e8f90123456789012345")
	mergeSHA  = repo.SHA("5f60718293a4b5c6d7e8f9012345678901234567")
	revertSHA = repo.SHA("60718293a4b5c6d7e8f90123456789012345678a")
)

func stockholm() *time.Location {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		panic(err)
	}
	return zone
}

// at is a time in the story's week: Monday 2 March 2026 is day 2.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC)
}

func named(name string) repo.Repo {
	return repo.Repo{ID: repo.ID(len(name)), Name: repo.Name{Owner: "acme", Name: name}, DefaultBranch: "main", Visibility: repo.Private}
}

// deprecated is a column that gets a successor while it goes on working.
func deprecated() []schema.Change {
	return []schema.Change{
		{
			Dataset: "sales.orders", Kind: schema.FieldDeprecated, Rule: "field_deprecated_replaced", Path: "cust_id", To: "customer_id",
			Evidence: schema.Declared, Position: repo.Position{File: "schemas/orders.sql", Line: 3, Column: 3},
		},
		{
			Dataset: "sales.orders", Kind: schema.FieldAdded, Rule: "field_added", Path: "customer_id", After: "bigint", Ordinal: 3,
			Position: repo.Position{File: "schemas/orders.sql", Line: 4, Column: 3},
		},
	}
}

func edit(line int) rewrite.Edit {
	return rewrite.Edit{Start: line * 10, End: line*10 + 7, New: "customer_id", Line: line, Column: 8, Dataset: "sales.orders", Reason: "o.cust_id reads sales.orders"}
}

func refusal() rewrite.Refusal {
	return rewrite.Refusal{
		Start: 200, End: 207, Line: 9, Column: 12, Code: "dynamic_sql", Dataset: "sales.orders",
		Message: "the column's name is built at run time", Suggestion: "write the name out, or change it by hand",
	}
}

func results() []rewrite.Result {
	return []rewrite.Result{
		{Path: "models/top_customers.sql", Edits: []rewrite.Edit{edit(1), edit(3), edit(3)}, Verified: true},
		{Path: "models/churn.sql", Edits: []rewrite.Edit{edit(7)}, Refusals: []rewrite.Refusal{refusal()}, Verified: true},
	}
}

// planned is a changeset of the story's migration, ready to be opened.
func planned(name, wave string) rollout.Changeset {
	return rollout.Changeset{
		ID: rollout.ChangesetID("m7-" + name), Migration: "m7", Repo: named(name), Wave: wave, Phase: rollout.Ready, Since: at(2, 8, 0),
		From: schemaOld, Reads: []consumer.Read{{Declaration: consumer.Declaration{Dataset: "sales.orders"}}}, Coexists: true,
		Base: baseSHA, Results: results(), Branch: "skein/m7-" + name,
	}
}

func opened(name, wave string, waits ...rollout.Wait) rollout.Changeset {
	c := planned(name, wave)
	c.Phase, c.Pull, c.Head, c.Waits = rollout.Open, 12, headSHA, waits
	return c
}

func landed(name, wave string, phase rollout.Phase) rollout.Changeset {
	c := opened(name, wave)
	c.Phase, c.Judged, c.Parent, c.Merge, c.Method, c.MergedAt = phase, headSHA, parentSHA, mergeSHA, "squash", at(2, 13, 5)
	return c
}

func suspected(c rollout.Changeset) rollout.Changeset {
	c.Red = []string{"ci/queries"}
	seen := func(what string, sha repo.SHA, r green.Result, when time.Time, attempt int) rollout.Evidence {
		return rollout.Evidence{At: when, What: what, SHA: sha, Check: "ci/queries", Result: r, Attempt: attempt, URL: fmt.Sprintf("https://github.com/acme/reports/runs/%d", attempt)}
	}
	c.Evidence = []rollout.Evidence{
		seen("parent", parentSHA, green.Success, at(2, 12, 0), 1),
		seen("head", headSHA, green.Success, at(2, 12, 30), 1),
		seen("merge", mergeSHA, green.Failure, at(2, 13, 15), 1),
		seen("rerun", mergeSHA, green.Failure, at(2, 13, 25), 2),
		seen("rerun", mergeSHA, green.Failure, at(2, 13, 35), 3),
	}
	return c
}

func policy() rollout.Policy {
	return rollout.Policy{
		Mode: rollout.Merge, Methods: []string{"squash", "merge", "rebase"}, Watch: 6 * time.Hour, Reruns: 2,
		Waves:   []wave.Wave{{Name: "canary", Soak: 12 * time.Hour, MaxRegressions: 1}, {Name: "rest", MaxRegressions: 1}},
		Windows: [][]calendar.Window{{{Cron: "0 14 * * MON-THU", For: 3 * time.Hour, Zone: stockholm()}}},
		Freezes: []calendar.Freeze{{From: at(5, 0, 0), To: at(6, 0, 0), Reason: "board meeting"}},
		Revert:  rollout.RevertRules{Mode: "auto", MaxPerDay: 5},
	}
}

func migration() rollout.Migration {
	return rollout.Migration{
		ID: "m7", Repo: named("sales-data"), From: schemaOld, To: schemaNew, Author: "mira-lindh", Title: "orders: call the customer customer_id",
		Changes: deprecated(), Created: at(2, 7, 55), Issue: 3,
	}
}

// input is the story's migration with these changesets, on Monday at ten.
func input(css ...rollout.Changeset) Input {
	in := Input{
		Migration: migration(), Changesets: css, Policies: map[rollout.ChangesetID]rollout.Policy{}, Now: at(2, 9, 0),
		Links: Links{Web: "https://github.com", Portal: "https://skein.example"},
	}
	for _, c := range css {
		in.Policies[c.ID] = policy()
	}
	in.Gates = rollout.Gates(in.Migration, css, policy(), in.Now)
	return in
}

func closedWindow() rollout.Wait {
	return rollout.Until("window_closed", "outside the merge windows; the next opens Mon 2 Mar 14:00 CET", at(2, 13, 0))
}

func said(actor, rule, text string) rollout.Entry {
	return rollout.Entry{
		At: at(2, 8, 40), Migration: "m7", Changeset: "m7-reports", Actor: actor,
		Event: rollout.Event{Rule: rule, Text: actor + " said " + text},
	}
}

// situation is a page, and which texts of its first changeset are shown.
type situation struct {
	name  string
	in    Input
	texts string
}

func situations() []situation {
	return append(append(before(), after()...), wholes()...)
}

// before are situations before a merge.
func before() []situation {
	held := opened("reports", "canary", rollout.Wait{Rule: "hold", Text: "held by bo: the quarter closes on Friday; /skein resume lets it go on", On: "person"}, closedWindow())
	held.Hold = &rollout.Hold{By: "bo", At: at(2, 8, 40), Reason: "the quarter closes on Friday"}
	heldIn := input(held)
	heldIn.Journal = []rollout.Entry{said("bo", "said", "hold")}

	helpIn := input(opened("reports", "canary", closedWindow()))
	helpIn.Journal = []rollout.Entry{said("eve", "refused_command", `frobnicate: not done, "frobnicate" is not a command for a changeset`)}

	refusedIn := input(opened("reports", "canary", closedWindow()))
	refusedIn.Journal = []rollout.Entry{said("eve", "refused_command", "resume: not done, it needs the write permission on acme/reports, and you have read")}

	proposing := input(opened("reports", "canary", rollout.Wait{Rule: "mode_propose", Text: "mode is propose: people merge here", On: "person"}))
	p := policy()
	p.Mode, p.Windows = rollout.Propose, nil
	proposing.Policies["m7-reports"] = p

	foreign := opened("reports", "canary", rollout.Wait{Rule: "foreign_commits", Text: "bo pushed to the branch; /skein merge takes 3d4e5f6 as it is", On: "person"})
	foreign.Foreign = []string{"bo"}

	unverified := planned("reports", "canary")
	unverified.Results[1].Verified = false

	checks := rollout.Wait{Rule: "checks_pending", Text: "ci/queries has not finished", On: "github"}
	return []situation{
		{"ready", input(planned("reports", "canary"), planned("dashboards", "rest")), "pull"},
		{"not all proven", input(unverified), "pull"},
		{"waits for a window", input(opened("reports", "canary", closedWindow())), "comment check"},
		{"waits for checks", input(opened("reports", "canary", checks)), "comment check"},
		{"waits for its wave", input(opened("reports", "rest", rollout.Wait{Rule: "wave", Text: "wave rest has not begun: wave canary is not through", On: "wave"}), landed("exec", "canary", rollout.Watching)), "pull comment check issue"},
		{"held", heldIn, "comment check"},
		{"unknown command", helpIn, "comment"},
		{"not permitted", refusedIn, "comment"},
		{"propose", proposing, "pull comment check"},
		{"people pushed", input(foreign), "comment check"},
		{"outright rename", renamed(), "pull comment"},
		{"replaced dataset", replaced(), "pull issue"},
		{"superseded before", carried(), "pull"},
		{"public consumer of a private dataset", discreetIn(), "pull comment"},
	}
}

// renamed is a rename without coexistence.
func renamed() Input {
	c := opened("reports", "canary", closedWindow())
	c.Coexists = false
	in := input(c)
	in.Migration.Changes = []schema.Change{{
		Dataset: "sales.orders", Kind: schema.FieldRenamed, Rule: "field_renamed", Path: "cust_id", To: "customer_id", Before: "bigint", After: "bigint",
		Evidence: schema.Declared, Position: repo.Position{File: "schemas/orders.sql", Line: 3, Column: 3},
	}}
	return in
}

// replaced is a dataset that makes way for another by a day.
func replaced() Input {
	c := planned("reports", "canary")
	c.Reads[0].Dataset = "sales.users_v1"
	in := input(c)
	in.Migration.Title, in.Migration.Deadline = "Replace users_v1 by users_v2", time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
	in.Migration.Changes = []schema.Change{{
		Dataset: "sales.users_v1", Kind: schema.DatasetReplaced, Rule: "dataset_replaced_coexisting", To: "sales.users_v2", Evidence: schema.Declared,
		Fields: map[string]string{"uid": "user_id"}, Deadline: "2027-06-30", Position: repo.Position{File: ".github/skein.yml", Line: 12, Column: 5},
	}}
	return in
}

// carried is a changeset that took over an earlier one, of which the page knows nothing.
func carried() Input {
	c := planned("reports", "canary")
	c.From = "77"
	return input(c)
}

func discreetIn() Input {
	c := opened("reports", "canary", rollout.Wait{Rule: "paused", Text: "the migration is paused by mira-lindh: secret project; /skein resume on its issue lets it go on", On: "person"}, closedWindow())
	c.Repo.Visibility = repo.Public
	return input(c)
}

// after are situations after a merge.
func after() []situation {
	watching := landed("reports", "canary", rollout.Watching)
	watching.Waits = []rollout.Wait{rollout.Until("watching", "merged as 5f60718 and watched until Mon 2 Mar 19:05 UTC", at(2, 19, 5))}

	suspect := suspected(landed("reports", "canary", rollout.Suspect))
	suspect.Evidence = suspect.Evidence[:3]
	suspect.Waits = []rollout.Wait{rollout.Until("rerunning", "ci/queries was asked to run again on the merge commit", at(2, 19, 15))}

	reverting := suspected(landed("reports", "canary", rollout.Reverting))
	reverting.RevertPull = 14
	reverting.Waits = []rollout.Wait{{Rule: "revert_proof", Text: "ci/queries has yet to pass on the revert", On: "time", Till: at(2, 19, 40)}}

	asked := landed("reports", "canary", rollout.Reverting)
	asked.RevertBy = &rollout.Hold{By: "jonas", At: at(3, 9, 0), Reason: "the numbers look wrong"}

	reverted := suspected(landed("reports", "canary", rollout.Reverted))
	reverted.RevertPull, reverted.RevertSHA, reverted.RevertedAt = 14, revertSHA, at(2, 14, 0)

	regressed := suspected(landed("reports", "canary", rollout.Regressed))
	regressed.Coexists = false
	regressed.Note = "ci/queries regressed, but the old name is gone, so taking back this change alone would not help"
	regressed.Waits = []rollout.Wait{{Rule: "regressed", Text: regressed.Note + "; a person decides", On: "person"}}

	declined := opened("reports", "canary")
	declined.Phase = rollout.Declined
	return []situation{
		{"watching", input(watching), "comment check"},
		{"suspect", input(suspect), "comment check"},
		{"reverting with proof", input(reverting), "comment check revert"},
		{"reverting because a person asked", input(asked), "comment revert"},
		{"reverted", input(reverted), "comment check"},
		{"regressed", input(regressed), "comment check issue"},
		{"healthy", input(landed("reports", "canary", rollout.Healthy)), "comment check"},
		{"unproven", input(landed("reports", "canary", rollout.Unproven)), "comment check"},
		{"declined", input(declined), "comment check"},
	}
}

// wholes are situations of a whole migration.
func wholes() []situation {
	untouched, refused, gone := planned("forecasts", "rest"), planned("legacy", "rest"), planned("archive", "rest")
	untouched.Phase, untouched.Results = rollout.Untouched, nil
	refused.Phase, refused.Results = rollout.Refused, []rewrite.Result{{Path: "jobs/export.sql", Refusals: []rewrite.Refusal{refusal()}}}
	gone.Phase, gone.Note = rollout.Failed, "the repository is archived"
	reverted := suspected(landed("growth", "canary", rollout.Reverted))
	reverted.RevertPull, reverted.RevertSHA = 14, revertSHA
	full := input(landed("exec", "canary", rollout.Healthy), reverted, untouched, refused, gone,
		opened("reports", "rest", rollout.Wait{Rule: "halted", Text: "wave canary is halted: 1 of its changesets regressed; /skein resume on the tracking issue lets it go on", On: "person"}))

	paused := input(opened("reports", "rest", closedWindow()))
	paused.Migration.Pause = &rollout.Hold{By: "ada-holm", At: at(2, 8, 0), Reason: "incident 4711"}
	paused.Journal = []rollout.Entry{{At: at(2, 8, 0), Actor: "ada-holm", Event: rollout.Event{Rule: "said", Text: "ada-holm said pause"}}}

	public := input(opened("secret-project", "rest", rollout.Wait{Rule: "hold", Text: "held by bo: because of secret-project", On: "person"}), suspected(landed("hidden", "canary", rollout.Regressed)), refused)
	public.Migration.Repo.Visibility = repo.Public

	ended := input(landed("exec", "canary", rollout.Healthy), untouched)
	ended.Migration.Ended = at(3, 9, 0)
	return []situation{
		{"halted", full, "issue"},
		{"paused", paused, "issue"},
		{"public dataset with private consumers", public, "issue"},
		{"ended", ended, "issue"},
		{"settling", settling(), "pull comment check issue"},
		{"nobody reads it", input(), "issue"},
	}
}

// settling is a migration whose schema commit is five minutes old.
func settling() Input {
	c := planned("reports", "canary")
	c.Waits = []rollout.Wait{rollout.Until("settling", "the schema commit settles until Mon 2 Mar 09:05 UTC, in case it is undone; /skein start canary on the tracking issue begins at once", at(2, 9, 5))}
	rest := planned("dashboards", "rest")
	rest.Waits = []rollout.Wait{{Rule: "wave", Text: "wave rest has not begun: a wave before it is not through", On: "wave"}}
	in := input(c, rest)
	in.Migration.Landed = at(2, 8, 55)
	p := policy()
	p.Settle = 10 * time.Minute
	in.Gates = rollout.Gates(in.Migration, in.Changesets, p, in.Now)
	return in
}

// render gives a situation's texts by name.
func (s situation) render(text string) string {
	p := New(s.in)
	var c Changeset
	if len(s.in.Changesets) > 0 {
		c = p.Of(s.in.Changesets[0].ID)
	}
	switch text {
	case "pull":
		return "title: " + PullTitle(p, c) + "\n\n" + CommitMessage(p, c) + "\n----\n" + PullBody(p, c)
	case "comment":
		return Comment(p, c)
	case "check":
		t := Check(p, c)
		return fmt.Sprintf("status: %s %s\ntitle: %s\n\n%s", t.Status, t.Conclusion, t.Title, t.Summary)
	case "issue":
		title, body := Issue(p)
		return "title: " + title + "\n\n" + body
	case "revert":
		return "title: " + RevertTitle(p, c) + "\n\n" + RevertMessage(p, c) + "\n----\n" + RevertBody(p, c)
	}
	return ""
}
