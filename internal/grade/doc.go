// Package grade owns the judgement of SCIM clients: it stands before a SCIM service provider, takes down what a client sends
// and what it is answered, and holds both against the rules for clients of suites/client. What it finds is a result.Document
// like that of a run against a provider, so that every report format shows it.
//
// The rules are data. This package only says what was observed: it reads requests (observe.go, values.go), remembers what the
// same client did before (book.go), and counts how often each rule was kept (judge.go).
//
// It must not know the provider it stands before, identity providers, or how a report looks. It never changes a request or
// an answer.
package grade
