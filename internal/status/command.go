package status

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/rollout"
)

// Help is one command and what it does.
type Help struct{ Command, Does string }

// changesetCommands may be said on a changeset's pull request.
func changesetCommands() []Help {
	return []Help{
		{"/skein status", "bring this comment up to date"},
		{"/skein why", "the same, with the rules behind it"},
		{"/skein hold [reason]", "do not merge until `/skein resume`"},
		{"/skein resume", "end a hold"},
		{"/skein merge", "take the head as it is, although people pushed to the branch; everything else must still hold"},
		{"/skein retry", "look, or try, again"},
		{"/skein rebase", "make the edits anew on the base branch"},
		{"/skein skip", "leave this repository out"},
		{"/skein revert [reason]", "take the merged change back out"},
		{"/skein reapply", "begin again after a revert, a skip or a closed pull request"},
		{"/skein hotfix REASON", "open the merge windows for this pull request; freezes still hold"},
		{"/skein help", "show this list"},
	}
}

// migrationCommands may be said on the tracking issue.
func migrationCommands() []Help {
	return []Help{
		{"/skein status", "bring this issue up to date"},
		{"/skein pause [reason]", "merge nothing until `/skein resume`; what is proven to be a regression is still taken back"},
		{"/skein resume", "end a pause, or let a halted wave go on"},
		{"/skein start WAVE", "open a wave's gate now"},
		{"/skein retry", "try again what GitHub refused for good"},
		{"/skein revert all", "take everything back out that is merged, the latest first"},
		{"/skein hotfix REASON", "open the merge windows for the whole migration, and let nothing settle; freezes still hold"},
		{"/skein help", "show this list"},
	}
}

// fitting names the commands that lead on from where a changeset is.
func (c Changeset) fitting() []string {
	switch c.Phase {
	case rollout.Planned, rollout.Ready:
		return []string{c.holding(), "/skein skip"}
	case rollout.Open:
		if len(c.Foreign) > 0 {
			return []string{c.holding(), "/skein merge", "/skein skip"}
		}
		return []string{c.holding(), "/skein rebase", "/skein skip"}
	case rollout.Watching, rollout.Suspect, rollout.Healthy, rollout.Unproven:
		return []string{"/skein revert [reason]"}
	case rollout.Regressed:
		return []string{"/skein revert [reason]", "/skein skip", "/skein retry"}
	case rollout.Reverted, rollout.Declined, rollout.Skipped:
		return []string{"/skein reapply"}
	case rollout.Refused, rollout.Failed:
		return []string{"/skein retry", "/skein skip"}
	case rollout.Reverting:
		return []string{c.holding()}
	case rollout.Merging, rollout.Untouched, rollout.Superseded:
	}
	return nil
}

func (c Changeset) holding() string {
	if c.Hold != nil {
		return "/skein resume"
	}
	return "/skein hold [reason]"
}

// footer lists commands on one line.
func footer(commands []string) string {
	all := append(slices.Clip(commands), "/skein why", "/skein help")
	return "`" + strings.Join(all, "` · `") + "`\n"
}

// last is the newest command that somebody gave, and what came of it.
type last struct {
	rollout.Entry
	verb    string
	refused string // why it was not done
}

// lastCommand looks through a journal for what a person said last. Only entries of one changeset count, or only
// those of the migration itself when id is "".
func lastCommand(journal []rollout.Entry, id rollout.ChangesetID) (last, bool) {
	for _, e := range slices.Backward(journal) {
		if e.Changeset != id || e.Rule != "said" && e.Rule != "refused_command" {
			continue
		}
		verb := strings.TrimPrefix(e.Text, e.Actor+" said ")
		if e.Rule == "said" {
			return last{Entry: e, verb: verb}, true
		}
		verb, why, _ := strings.Cut(verb, ": not done, ")
		return last{e, verb, why}, true
	}
	return last{}, false
}

// knows reports whether a verb is a command of a list.
func knows(list []Help, verb string) bool {
	for _, h := range list {
		if word, _, _ := strings.Cut(strings.TrimPrefix(h.Command, "/skein "), " "); word == verb || h.Command == "/skein "+verb {
			return true
		}
	}
	return false
}

// asksHelp reports whether the last command is best answered with the list of them.
func (l last) asksHelp(list []Help) bool {
	return l.verb == "" || l.verb == "help" || !knows(list, l.verb)
}
