//go:build race

package main

import "time"

// poll is how often the tests' queues look for jobs; under the race detector each look is ten times as dear.
const poll = 60 * time.Millisecond
