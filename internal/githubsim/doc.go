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
// ServeHTTP (server.go) finds the route; every route says which permission it needs, at which level, and whether it
// creates content. Before the handler runs, the request has passed the planned faults (faults.go), the
// rate limits (limits.go), authentication and scope (auth.go). A handler is a function from a request to a status and a
// body, and runs with the world locked. Afterwards the answer gets its ETag and limit headers.
//
// # People
//
// Tests and the demo act as people through the exported methods (people.go, installing.go, person.go): they push, review, merge, rename,
// suspend. They read the world through methods that return copies (view.go). History is an append-only log
// of every write by whomever, with the permissions that the writer held.
//
// # Locking
//
// There is one mutex. Exported methods of Sim take it, unexported ones expect it to be held. Nothing waits, sends or
// moves the clock while holding it: what must happen later is registered on the clock.
package githubsim
