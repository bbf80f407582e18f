// Package scim owns the vocabulary of the SCIM 2.0 protocol (RFC 7643, RFC 7644, RFC 9865): JSON bodies with positions,
// attribute paths, filters, schemas, resource validation, message shapes and PATCH semantics.
//
// It must not know HTTP, suites, profiles, targets or reports: everything here is a pure function of its arguments, so that
// the reference provider and the judge of foreign servers share one reading of the standard.
//
// Where the RFCs are ambiguous, or where an erratum is not yet verified, the package accepts every reading; a Violation
// carries Note then, and is never a failure of a server.
package scim
