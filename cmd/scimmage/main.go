// Command scimmage tests SCIM 2.0 endpoints the way identity providers use them.
package main

import (
	"os"

	"github.com/scimmage/scimmage/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) }
