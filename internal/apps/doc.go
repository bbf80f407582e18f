// Package apps owns the scenarios of real products: what a product promises, what a probe must say of it, which verdicts
// a run must measure, and a stand-in that answers as the product is described to answer. A stand-in is built from data
// alone: variants and defects of the reference provider, or a few fixed answers of an application without SCIM. The
// package must not know suites, the engine or reports, and it never speaks to the product itself.
package apps
