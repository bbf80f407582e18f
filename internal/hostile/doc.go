// Package hostile holds the tests that play the whole command against servers that are broken, lie or die, and against
// processes that are killed: scimmage must come to an end in bounded time and memory, say what happened, harm nothing that it
// did not create and leave nothing behind. Nothing imports it; what makes one server behave badly stands in one table.
package hostile
