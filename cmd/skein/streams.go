package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// streams are what a command reads and writes: results to Out, progress and logs to Err.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// The exit codes that scripts rely on.
const (
	exitDone    = 0
	exitFailed  = 1
	exitFound   = 2 // with --exit-code: there are changes, refusals or findings
	exitMisused = 64
)

// exitError is an error with the code that the process ends with. Without an err there is nothing to print: the
// code alone is the answer.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// misused is the error of a wrong command line.
func misused(format string, args ...any) error {
	return exitError{exitMisused, fmt.Errorf(format, args...)}
}

// checkOutput refuses a form of output that is neither of the usual two.
func checkOutput(form string) error {
	if form != "text" && form != "json" {
		return misused("--output is text or json, not %q", form)
	}
	return nil
}

// writeJSON writes one document, for people and scripts to read.
func writeJSON(w io.Writer, document any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(document)
}
