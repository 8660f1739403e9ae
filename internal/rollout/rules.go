package rollout

import "slices"

// Rule is why something waits or happened. Its id stands in the journal, so it is never used for anything else.
type Rule struct{ ID, Text string }

// Rules is the table of all rules: first what a changeset may wait for, then what may happen to it, then what people
// may say.
func Rules() []Rule { return slices.Concat(waitRules(), eventRules(), commandRules()) }

func waitRules() []Rule {
	return []Rule{
		{"planned", "The consumer's files have yet to be read and rewritten."},
		{"opening", "The pull request was asked for and is not there yet."},
		{"mode_observe", "Mode observe writes nothing but checks and the tracking issue."},
		{"mode_propose", "Below mode merge, people merge, run checks again and take back."},
		{"config_broken", "A config does not parse or a permission is missing: nothing merges (law 7)."},
		{"hold", "A person said /skein hold."},
		{"paused", "A person said /skein pause; what is proven to be a regression is still taken back."},
		{"stop", "freeze: all, an issue labelled skein:stop, or an unreadable switch stops every merge and revert."},
		{"freeze", "A freeze holds, whatever the windows say (law 7)."},
		{"window_closed", "No window is open (law 7)."},
		{"max_merges", "The opening has had as many merges as its window allows."},
		{"no_common_window", "The dataset's and the consumer's windows do not meet within 14 days."},
		{"wave", "The gate of the wave is closed: a wave before it is not through."},
		{"soak", "The wave before is through, and its soak has not passed."},
		{"halted", "The wave had its max_regressions-th regression, or one before it had."},
		{"max_open", "The wave has as many open pull requests as it may."},
		{"rules_unreadable", "What the branch requires could not be read, and unknown means no (law 7)."},
		{"checks_red", "A check that counts failed on the head."},
		{"checks_stuck", "A check that counts was cancelled or has a result that Skein does not know."},
		{"checks_pending", "A check that counts is under way."},
		{"checks_missing", "A required check has not reported on the head, or not from the app that must."},
		{"checks_none", "Nothing is required, and no check was a success; config may say that there are none."},
		{"checks_settling", "Nothing is required, so the set counts as complete two minutes after the last result."},
		{"mergeable_unknown", "GitHub is still computing whether the pull request merges cleanly."},
		{"conflict", "The pull request conflicts with its base, and making the edits anew would not help."},
		{"draft", "The pull request is a draft."},
		{"base_changed", "The pull request's base is not the default branch."},
		{"merge_queue", "The base branch has a merge queue, which people use."},
		{"no_method", "No merge method is allowed by both the repository and config."},
		{"reviews", "A review that the branch asks for is missing."},
		{"foreign_commits", "People pushed to the branch, and nobody has said /skein merge for its head."},
		{"half_edited", "A file was edited and has places that people must change, and nobody has said /skein merge for its head."},
		{"touches_config", "The pull request changes Skein's config, which Skein never merges."},
		{"busy", "One merge per base branch at a time; the next is judged on the new base."},
		{"behind", "The rules ask that the branch is up to date before it merges."},
		{"pull_unseen", "The pull request cannot be read; what is unknown is never gone."},
		{"action_failed", "GitHub refused an action for good; a person may say /skein retry."},
		{"merge_again", "A merge at this head did not happen; it is judged anew after a minute."},
		{"merging", "A merge was asked for, and its outcome is looked up."},
		{"watching", "It is merged, and a regression is looked for."},
		{"watch_late", "The watch is over, and a check that counts is still under way; it gets the same time again."},
		{"rerunning", "A red check runs again on the merge commit (law 8)."},
		{"parent_pending", "The check has not finished on the parent, whose result is part of the proof (law 8)."},
		{"regressed", "A person decides what follows."},
		{"revert_opening", "The revert was asked for and is not there yet."},
		{"revert_proof", "The check must be green again without our change (law 8)."},
	}
}

func eventRules() []Rule {
	return []Rule{
		{"opened", "The pull request is open."},
		{"reopened", "A person reopened the pull request."},
		{"declined", "A person closed the pull request: not this change."},
		{"green", "Everything that law 7 asks for held for this head at one instant: it is merged."},
		{"head_moved", "The branch moved after it was judged; it is judged again."},
		{"merge_lost", "A merge that was asked for has not happened in time; it is judged again."},
		{"regenerated", "The base moved into a conflict: the edits are made anew on it."},
		{"merged", "The pull request is merged, and its watch begins."},
		{"suspect", "A check that counts is red on the merge commit."},
		{"rerun", "A suspicious check is run again."},
		{"cleared", "The check proves nothing: green in a rerun (flaky), green later, or red before."},
		{"healthy", "The watch ended with a result and without a regression."},
		{"unproven", "The watch ended without any result."},
		{"proven", "Green on the parent and on our head, red on the merge commit and in every rerun: it is taken back (law 8)."},
		{"revert_green", "The revert's own checks are green without us: it is merged (law 8)."},
		{"reverted", "Our change is back out."},
		{"not_ours", "The check stayed red on the revert: our change is not the cause (law 8)."},
		{"no_proof", "The check is red, but not seen green on both the parent and our head (law 8): a person decides."},
		{"cannot_rerun", "What is red cannot be run again, like a status (law 8): a person decides."},
		{"rerun_lost", "A rerun did not report in time: a person decides."},
		{"reruns_unclear", "Reruns were cancelled or timed out too often: a person decides."},
		{"not_coexisting", "Proven, but the old name is gone, so this consumer is never reverted alone (law 9): a person decides."},
		{"revert_off", "Proven, and config or mode says that Skein does not revert: a person decides."},
		{"revert_propose", "Proven, and revert mode is propose: a person decides."},
		{"foreign_revert", "Proven, and people's commits were merged with ours: a person decides."},
		{"revert_cap", "Proven, and max_per_day reverts were merged within a day: a person decides."},
		{"revert_failed", "The revert could not be opened, for example for a conflict: a person decides."},
		{"revert_unproven", "A check did not pass on the revert in time: a person decides."},
		{"revert_declined", "A person closed the revert: a person decides."},
		{"repo_gone", "The repository is archived, removed or suspended; the others go on."},
		{"repo_back", "The repository can be worked on again, and the changeset goes on where it was."},
	}
}

func commandRules() []Rule {
	return []Rule{
		{"held", "/skein hold."},
		{"resumed", "/skein resume."},
		{"merge_said", "/skein merge, for one head."},
		{"retried", "/skein retry."},
		{"rebased", "/skein rebase."},
		{"skipped", "/skein skip."},
		{"revert_said", "/skein revert: a person's decision, without proof."},
		{"reapplied", "/skein reapply, on a new branch."},
		{"hotfixed", "/skein hotfix opened the changeset's windows; freezes still hold."},
		{"migration_paused", "/skein pause."},
		{"migration_resumed", "/skein resume after a pause."},
		{"wave_started", "/skein start opened a gate early."},
		{"wave_resumed", "/skein resume after a halt: the regressions so far are forgiven."},
		{"migration_hotfixed", "/skein hotfix opened the windows of a migration; freezes still hold."},
		{"given_up", "An action cannot be done, however long one waits: a person decides."},
		{"revert_opened", "The revert's pull request is open."},
		{"done", "An action was done."},
		{"not_done", "An action was not done, and is judged again."},
	}
}
