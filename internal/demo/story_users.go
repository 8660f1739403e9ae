package demo

// usersStory: a dataset is replaced by another one, with a mapping and a deadline. It begins on the day of the
// board meeting, when nothing may merge.
func (o *Org) usersStory() []Step {
	all := o.consumersIn(users)
	first := []consumer{o.consumer(canary)}
	steps := append(o.changed(users,
		"Mira publishes sales.users_v2, which replaces users_v1 by the end of June",
		"Ada merges it",
	), Step{
		Name: "Skein opens the second migration with the canary", Limit: o.soon(),
		Until: o.opened(users, first), Verify: o.onlyCanary(users),
	})
	if !o.timetable.fast {
		steps = append(steps, Step{
			Name: "The board meets: the window opens and closes, and nothing merges", At: o.timetable.windowEnd,
			Verify: func() error { return o.unmerged(users, all) },
		})
	}
	return append(steps, Step{
		Name: "The canary merges in the next window", Limit: o.eventually(),
		Until: o.merged(users, first), Verify: o.onlyCanary(users),
	}, Step{
		Name: "The others move to users_v2", Limit: o.eventually(),
		Until: o.merged(users, all),
	}, Step{
		Name: "All of them stay healthy, and the migration ends", Limit: o.eventually(),
		Until: o.ended(users), Verify: o.mainsGreen,
	})
}
