// Package probe finds out, with reads alone and in seconds, whether SCIM is spoken at an address, and if so writes
// the fact sheet of the endpoint: version, authentication, discovery, paging, filters, limits, attributes, times.
//
// It owns the verdict (SCIM 2.0, SCIM 1.1, credentials missing or wrong, a web app, a REST API that is not SCIM,
// nothing), the reasons and the advice that go with it, and their rendering. It never writes to the target, never
// judges conformance (that is the engine's), and must not know suites, profiles or the command line.
package probe
