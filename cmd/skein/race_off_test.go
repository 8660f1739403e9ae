//go:build !race

package main

import "time"

// poll is how often the tests' queues look for jobs.
const poll = 10 * time.Millisecond
