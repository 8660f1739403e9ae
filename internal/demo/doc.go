// Package demo is the org that Skein's story is told in, and the story.
package demo
