package rollout

import (
	"os"
	"strings"
	"testing"
)

// hardCases are what broke other bots, by number, and what holds Skein to the right behaviour: a transcript by its
// name, or a test elsewhere by its file and name.
func hardCases() []struct {
	what string
	held []string
} {
	const forge, skein = "../forge/", "../../cmd/skein/"
	return []struct {
		what string
		held []string
	}{
		{"1: a push between judging and merging", []string{"push_between_judging_and_merging", "head_moves", forge + "merge_test.go TestMergeRace"}},
		{"2: a merge answers 502 or times out", []string{"merge_answer_lost", forge + "merge_test.go TestMergeUnanswered", forge + "merge_test.go TestMergeSeenLate"}},
		{"3: the process dies after the merge", []string{"died_after_the_merge", skein + "processes_test.go TestProcesses"}},
		{"4: two replicas or a restart in one window", []string{"busy_base", "max_merges", skein + "processes_test.go TestProcesses"}},
		{"5: the window closes while waiting", []string{"window_closes_while_waiting", "window_closes_on_a_merge", "late_background_merge", "queue_merges_late", "queue_left_when_the_window_closes"}},
		{"6: clock changes, and a config that is wrong", []string{"spring_gap", "autumn_overlap", "config_broken", "../calendar/calendar_test.go TestOpeningsAgainstEveryMinute", "../../config/policy_test.go TestBrokenWindowStaysClosed"}},
		{"7: a required check never appears", []string{"check_missing", "path_filtered_check", "conflict_stops_ci"}},
		{"8: one name from two apps, or from a run and a status", []string{"check_of_another_app", "run_and_status_of_one_name", "status_on_the_test_merge"}},
		{"9: a rule of an unknown type", []string{"unknown_rule", forge + "checks_test.go TestRequired"}},
		{"10: a head that is not ours", []string{"branch_of_somebody_else", forge + "propose_test.go TestOpenPullOnForeignBranch", forge + "propose_test.go TestForgedAuthor"}},
		{"11: people pushed to our branch", []string{"foreign_commits", "conflict_with_people", "rebase_keeps_people", skein + "people_test.go TestForeignCommits"}},
		{"12: a person closed our pull request", []string{"declined_opens_gate", "reopened", "reapply_a_declined", skein + "people_test.go TestPersonCloses"}},
		{"13: the schema commit is undone before we merged", []string{"undone_while_it_settles", "settled_before_it_is_undone", "settling_begins_anew", "settling_outlasts_a_restart", skein + "life_test.go TestSupersede", skein + "settle_test.go TestUndoneWhileItSettles"}},
		{"14: two schema changes for one consumer", []string{"two_changes_of_one_schema", "two_datasets_one_consumer", "../chaos/cases_test.go TestTwoChangesOneConsumer"}},
		{"15: 403, 404 or 5xx on a read", []string{"pull_cannot_be_seen", "rules_unreadable", forge + "transport_test.go TestUnknownIsNeverGone"}},
		{"16: an installation suspended, a repository removed", []string{"repo_gone_and_back", skein + "people_test.go TestArchived", skein + "people_test.go TestVanishing"}},
		{"17: a rename, a transfer, another base", []string{"base_changed", skein + "people_test.go TestRenamed", forge + "repos_test.go TestRename"}},
		{"18: the change touches workflow files", []string{"merge_forbidden", forge + "propose_test.go TestOpenPull"}},
		{"19: a merge queue on the base", []string{"queue_entered_and_followed", "queue_left_by_a_red_group", "queue_left_by_a_person", "revert_through_the_queue"}},
		{"20: one dataset change breaks many consumers", []string{"dataset_breaks_everybody", "cause_outside_the_dataset", "not_coexisting"}},
		{"21: events come again after a revert", []string{"replays_after_a_revert", "reapply_after_a_revert"}},
		{"22: the app is enabled with pull requests open", []string{"second_try_adopts", skein + "impact_test.go TestImpactWithoutDeliveries"}},
		{"23: two tries open one pull request", []string{"second_try_adopts", forge + "propose_test.go TestOpenPullTwice", forge + "propose_test.go TestOpenPullInterrupted"}},
	}
}

// TestHardCases finds what holds each of them.
func TestHardCases(t *testing.T) {
	t.Parallel()
	for _, c := range hardCases() {
		if len(c.held) == 0 {
			t.Errorf("%s: nothing holds it", c.what)
		}
		for _, held := range c.held {
			file, name, isTest := strings.Cut(held, " ")
			if !isTest {
				file = "testdata/" + held + ".txtar"
			}
			text, err := os.ReadFile(file)
			if err != nil || isTest && !strings.Contains(string(text), "\nfunc "+name+"(") {
				t.Errorf("%s: there is no %s", c.what, held)
			}
		}
	}
}
