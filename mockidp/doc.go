// Package mockidp is the mock identity provider: a directory of people and groups, applications that are
// connected by SCIM, a schedule, a REST API with live events and a web console over both.
//
// It owns the state (SQLite, one file), what the administrator asked for, and when something is due. It must not know
// how a request is built or sent: every byte goes through internal/engine with the profiles of mockidp/profile, so that
// a button of the console and a step of a suite cannot differ. Nor does it know identity providers by name: what one
// calls things and whether it works at once or in cycles stands in settings/*.yaml.
package mockidp
