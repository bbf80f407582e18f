// Package profile owns the identity providers as data: who a provisioning client is (headers,
// traits, attribute mappings, the shape of its ids), what it does (operations, made of the same
// steps as suites), with the evidence for each, and the builders: pure functions that make those
// request bodies that no template can say (Okta's read-merge-write PUT, Entra's PATCH of changed
// mappings). It must not know how a step is executed, hold state, or talk to anybody.
package profile
