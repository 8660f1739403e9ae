// Package githubsim is GitHub as Skein sees it: an http.Handler over a world that is held in memory and over
// real git repositories.
//
// # The world
//
// A Sim holds accounts, apps, installations and repositories (world.go). Time comes from a clock.Clock, so a
// day of virtual time costs nothing; only tokens live on a clock of their own, because Skein's token client
// compares their expiry with the machine's time. Git objects live in package git below this one.
//
// # The way of a request
//
// ServeHTTP (server.go) first lets happen what is planned to go wrong (faults.go), then finds the route (router.go).
// Every route says which permission it needs, at which level, and whether it creates content. A request passes
// four gates: who sends it (auth.go), the limits (limits.go), the repository that it names, and the permission. A
// handler is a function from a request to a status and a body, and runs with the world locked. Afterwards the
// answer gets its ETag and the headers about limits, and OnCall is told (watch.go).
//
// # People
//
// Tests and the demo act as people through exported methods (people.go, installing.go, person.go, owner.go): they
// push, review, merge, rename, suspend, by the same functions as the API. They read the world through methods
// that return copies (view.go). History is an append-only log of every write by whomever, with the permissions
// that the writer held.
//
// # Locking
//
// There is one mutex. Exported methods of Sim take it, unexported ones expect it to be held. Nothing waits, sends or
// moves the clock while holding it: what must happen later is registered on the clock.
package githubsim
