// Package exchange sends requests to a SCIM service provider and records what happened.
//
// It owns the only http.Client of the project: authentication, TLS, proxies, time and size limits,
// pacing, the answer to 429, redirects, recording, redaction and the rendering of curl commands. It
// also owns the guard, which refuses every write to an object that this run did not create, and the
// hooks through which a journal learns of each create before it is sent.
//
// It must not know what a suite, a profile, a check or a report is, and it never judges an answer:
// a transport problem becomes a [result.Fault] beside whatever part of the response arrived, and the
// raw bytes are handed on for others to judge.
package exchange
