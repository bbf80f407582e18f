package result

import (
	"fmt"
	"slices"
	"strings"
)

// Glob is a compiled pattern over check and case ids. Segments are separated by "/"; "*" stands
// for any run of characters within one segment, "?" for one character, and "**" as a whole
// segment for any number of segments, none included.
type Glob struct {
	pattern  string
	segments []string
}

// CompileGlob checks a pattern and prepares it. An empty pattern and a "**" glued to other
// characters are refused, because both would match something else than their author thinks.
func CompileGlob(pattern string) (Glob, error) {
	p := strings.TrimSpace(pattern)
	if p == "" {
		return Glob{}, fmt.Errorf("empty pattern: give an id or a pattern such as rfc.users/*")
	}
	segs := strings.Split(p, "/")
	for _, s := range segs {
		if s != "**" && strings.Contains(s, "**") {
			return Glob{}, fmt.Errorf("pattern %q: ** must be a whole segment between slashes; use * within a segment", pattern)
		}
	}
	return Glob{pattern: p, segments: segs}, nil
}

// String returns the pattern.
func (g Glob) String() string { return g.pattern }

// Literal reports whether the pattern names exactly one id.
func (g Glob) Literal() bool { return !strings.ContainsAny(g.pattern, "*?") }

// Match reports whether the whole id matches.
func (g Glob) Match(id string) bool {
	return matchSegments(g.segments, strings.Split(id, "/"), false)
}

// MatchCase reports whether the pattern selects the case: it matches the case id itself, a part
// above it (the suite), or could match a check below it.
func (g Glob) MatchCase(caseID string) bool {
	segs := strings.Split(caseID, "/")
	for n := 1; n <= len(segs); n++ {
		if matchSegments(g.segments, segs[:n], false) {
			return true
		}
	}
	return matchSegments(g.segments, segs, true)
}

// CouldMatchBelow reports whether some id below the given one could match.
func (g Glob) CouldMatchBelow(id string) bool {
	return matchSegments(g.segments, strings.Split(id, "/"), true)
}

// MatchGlob compiles and matches; a broken pattern matches nothing.
func MatchGlob(pattern, id string) bool {
	g, err := CompileGlob(pattern)
	return err == nil && g.Match(id)
}

// matchSegments walks both lists. With prefix set, it is enough that the id is used up while the
// pattern still has segments for something below it.
func matchSegments(pat, id []string, prefix bool) bool {
	for len(pat) > 0 {
		if pat[0] == "**" {
			if prefix {
				return true
			}
			for n := 0; n <= len(id); n++ {
				if matchSegments(pat[1:], id[n:], prefix) {
					return true
				}
			}
			return false
		}
		if len(id) == 0 {
			return prefix
		}
		if !matchSegment(pat[0], id[0]) {
			return false
		}
		pat, id = pat[1:], id[1:]
	}
	return len(id) == 0 && !prefix
}

// matchSegment is the classic linear wildcard match with one point of return.
func matchSegment(pat, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pat) && pat[p] == '*':
			star, mark = p, i
			p++
		case p < len(pat) && (pat[p] == '?' || pat[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pat) && pat[p] == '*' {
		p++
	}
	return p == len(pat)
}

// Nearest returns up to n candidates that somebody who typed name may have meant, best first.
// Candidates that contain the name (or are contained in it) count as near; otherwise the edit
// distance must be at most a third of the length.
func Nearest(name string, candidates []string, n int) []string {
	type scored struct {
		text string
		d    int
	}
	low := strings.ToLower(name)
	var found []scored
	seen := map[string]bool{}
	for _, c := range candidates {
		if seen[c] || c == "" || low == "" {
			continue
		}
		seen[c] = true
		lc := strings.ToLower(c)
		d := editDistance(low, lc)
		limit := max(2, len([]rune(low))/3)
		if strings.Contains(lc, low) || (len(lc) >= 3 && strings.Contains(low, lc)) {
			d = min(d, limit)
		}
		if d <= limit {
			found = append(found, scored{c, d})
		}
	}
	slices.SortFunc(found, func(a, b scored) int {
		if a.d != b.d {
			return a.d - b.d
		}
		return strings.Compare(a.text, b.text)
	})
	var out []string
	for i := 0; i < len(found) && i < n; i++ {
		out = append(out, found[i].text)
	}
	return out
}

// editDistance is the optimal string alignment distance: a swap of neighbours counts as one.
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	const longest = 256 // ids are short; nothing is near to a text longer than this
	if len(x) > longest || len(y) > longest {
		return longest
	}
	prev2, prev, cur := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(y)]
}
