// Package record owns what is made of the recorded traffic of a real identity provider: a capture in the format of
// testdata/captures, the comparison with what our profile of that provider sends, and a suite case that replays the
// conversation. It knows exchanges and nothing of how they were recorded or of the engine.
package record
