// Package e2e runs the whole tool against SCIM servers that nobody here wrote (testdata/servers), as a person would: by
// its command line. It owns starting and stopping those servers, the proxies that make their life harder without
// making them wrong, and the baselines with a sentence on each expected finding.
//
// It holds tests only, behind the build tag e2e, and nothing imports it. It must not reach into the engine: what it
// judges is exit codes and reports. Run it with `make e2e`.
package e2e
