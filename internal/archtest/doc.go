// Package archtest holds the shape of the house in tests: which package may import which, who may speak HTTP, read
// the clock or print, how long a file may be, what must be documented, and what no tracked file may say.
//
// It owns the rules and their short lists of exceptions, each with its reason. It holds no code of the product and
// must not import any: it reads the source (go/parser), the import graph (go list) and the list of tracked files
// (git), so that a package which does not compile cannot hide from it.
package archtest
