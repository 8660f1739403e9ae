package demo

import (
	"fmt"
	"time"
)

// ordersStory: a column is renamed the gentle way, by coexistence. One change turns out to be wrong and is taken
// back; the wave halts until a person lets it go on.
func (o *Org) ordersStory() []Step {
	return append(o.changed(orders,
		"Mira gives sales.orders a customer_id beside cust_id, which is now deprecated",
		"Ada merges it",
	), append(o.ordersOut(), o.ordersBack()...)...)
}

func (o *Org) ordersOut() []Step {
	all := o.consumersIn(orders)
	first, rest := []consumer{o.consumer(canary)}, without(all, canary)
	return []Step{{
		Name: "Skein opens a tracking issue, lets the commit settle, and opens one pull request: the canary's", Limit: o.soon(),
		Until: o.opened(orders, first), Verify: o.onlyCanary(orders),
	}, {
		Name: "The canary waits for the window, and merges", Limit: o.eventually(),
		Until: o.merged(orders, first), Verify: o.onlyCanary(orders),
	}, {
		Name: "The canary is watched and soaks; then all others get their pull requests", Limit: 2*o.timetable.day() + o.soon(),
		Until: o.opened(orders, rest), Verify: o.namesRefusal,
	}, {
		Name: "Jonas holds his team's pull request; Gil, who may only read, wants another one merged", Limit: o.soon(),
		Do: func() error {
			if err := o.say(jonas, orders, held, "/skein hold until the model is trained"); err != nil {
				return err
			}
			return o.say(gil, orders, listed, "/skein merge")
		},
		Until: func() (bool, string) {
			if ok, detail := o.answered(jonas, orders, held, "/skein hold"); !ok {
				return false, detail
			}
			return o.answered(gil, orders, listed, "/skein merge")
		},
	}, {
		Name: "A late loader begins to write orders without a customer_id",
		Do: func() error {
			o.warehouse.load("sales.orders")
			return o.unmerged(orders, rest)
		},
	}, {
		Name: "The window opens: what is green merges, what is held stays", Limit: o.eventually(),
		Until: func() (bool, string) {
			done, detail := o.merged(orders, without(rest, held))()
			return done || len(o.reverts(ledger)) > 0 && o.pull(orders, ledger).Merged, detail
		},
		Verify: func() error { return o.unmerged(orders, []consumer{o.consumer(held)}) },
	}}
}

func (o *Org) ordersBack() []Step {
	return []Step{{
		Name: "finance-close turns red; reruns confirm it, the revert proves itself and merges", Limit: o.eventually(),
		Until: func() (bool, string) {
			p := o.pull(orders, ledger)
			red := len(o.runs(ledger, p.MergeCommit, o.now()))
			for _, r := range o.reverts(ledger) {
				if r.Merged {
					return true, fmt.Sprintf("red %d times, taken back by #%d", red, r.Number)
				}
			}
			return false, fmt.Sprintf("%d runs on the merge commit, no revert is merged", red)
		},
		Verify: o.restored,
	}, {
		Name: "Jonas lets his pull request go, but the wave is halted", Limit: o.soon(),
		Do:    func() error { return o.say(jonas, orders, held, "/skein resume") },
		Until: func() (bool, string) { return o.answered(jonas, orders, held, "/skein resume") },
	}, {
		Name: "The window passes, and nothing merges", At: o.timetable.closing,
		Verify: func() error { return o.unmerged(orders, []consumer{o.consumer(held)}) },
	}, {
		Name: "Ada has looked and lets the migration go on", At: o.timetable.morning, Limit: o.eventually(),
		Do: func() error {
			_, err := o.sim.As(ada).Comment(named("sales-data"), o.issue(orders).Number, "/skein resume the loader is being fixed")
			return err
		},
		Until: o.merged(orders, o.consumersIn(orders)),
	}, {
		Name: "Everything else stays healthy, and the migration ends", Limit: o.eventually(),
		Until: o.ended(orders), Verify: o.mainsGreen,
	}}
}

func (o *Org) now() time.Time { return o.clock.Now() }

// onlyCanary verifies that nobody but the canary has been asked anything.
func (o *Org) onlyCanary(s stage) func() error {
	return func() error {
		for _, c := range without(o.consumers, canary) {
			if p := o.pull(s, c.name); p.Number != 0 {
				return fmt.Errorf("%s has pull request #%d before the canary is through", named(c.name), p.Number)
			}
		}
		return nil
	}
}

func (o *Org) mainsGreen() error {
	for _, c := range o.consumers {
		if at := o.head(c.name); !o.isGreen(c.name, at) {
			return fmt.Errorf("main of %s is not green: %s", named(c.name), o.concluded(c.name, at, queriesCheck))
		}
	}
	return nil
}
