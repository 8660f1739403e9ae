// Command trim writes the parts of GitHub's descriptions that package contract checks against.
//
// It reads the unpacked npm packages below -from and writes below -to; .ci/contracts fetches the packages
// and calls it.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/skein-bot/skein/internal/githubsim/contract"
)

func main() {
	from := flag.String("from", "", "the folder with the unpacked npm packages")
	to := flag.String("to", "", "the folder to write to")
	flag.Parse()
	if *from == "" || *to == "" {
		flag.Usage()
		os.Exit(64)
	}
	if err := contract.Prepare(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "trim:", err)
		os.Exit(1)
	}
}
