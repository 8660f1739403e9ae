package contract

import "github.com/skein-bot/skein/internal/rule"

// Rules is the table of what a removal may wait for, and of what may happen to it.
func Rules() []rule.Rule {
	return []rule.Rule{
		{ID: "contract_follows", Text: "A consumer is still on its way to the new name, or is being watched."},
		{ID: "contract_regressed", Text: "A consumer's change made something worse, and a person has to decide first."},
		{ID: "contract_unproven", Text: "A consumer's watch ended without any result, and unproven: open is not set."},
		{ID: "contract_soak", Text: "The soak of a wave has not passed since its last merged change came to rest."},
		{ID: "contract_replacement", Text: "The replacement is gone, so nobody could move to it."},
		{ID: "contract_type", Text: "Old and new field hold different kinds of value, so people judge the removal."},
		{ID: "contract_reads", Text: "A consumer's code still reads the old name, or cannot be looked at."},
		{ID: "contract_unread", Text: "There are more consumers than one look takes in."},
		{ID: "contract_unable", Text: "Skein cannot write this removal, so people do."},
		{ID: "contract_refused", Text: "GitHub did not let Skein propose it: people do, or say /skein retry."},
		{ID: "contract_observe", Text: "Mode observe writes nothing but checks and the tracking issue."},
		{ID: "contract_broken", Text: "A config does not parse, or a permission is missing."},
		{ID: "contract_paused", Text: "A person said /skein pause."},
		{ID: "contract_open", Text: "The pull request is open; people merge it, and Skein never does."},
		{ID: "contract_proposed", Text: "Nobody reads the old name any more: its removal is proposed."},
		{ID: "contract_anew", Text: "The schema moved on: the proposal is written anew."},
		{ID: "contract_removed", Text: "The old name is gone."},
		{ID: "contract_declined", Text: "A person closed the pull request: the old name stays."},
		{ID: "contract_void", Text: "The schema no longer says that the field is replaced: it stays."},
	}
}
