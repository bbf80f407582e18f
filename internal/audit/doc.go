// Package audit compares the accounts in an app with the people who should have them: who left and is still let in,
// who is missing, who has two accounts, whose attributes have drifted.
//
// It owns reading both sides (SCIM lists page by page; rosters as CSV, JSON or SCIM), matching, and the rendering of
// what differs. Memory stays bounded: both sides are cut by the hash of their key into files on disk, and joined one
// part at a time (a grace hash join), so that a million accounts need no more than some tens of megabytes. It only
// reads the target, and must not know the engine, suites, profiles or the command line.
package audit
