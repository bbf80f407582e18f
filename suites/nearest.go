package suites

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Nearest gives up to n options that the writer of word may have meant, best first.
func Nearest(word string, options []string, n int) []string {
	type scored struct {
		name string
		dist int
	}
	var hits []scored
	w := strings.ToLower(word)
	for _, o := range options {
		l := strings.ToLower(o)
		d := distance(w, l)
		limit := max(1, min(len(w), len(l))/3)
		if len(w) >= 3 && (strings.HasPrefix(l, w) || strings.HasSuffix(l, "/"+w) || strings.HasSuffix(l, "."+w)) {
			d = min(d, 1)
		}
		if d <= limit {
			hits = append(hits, scored{o, d})
		}
	}
	slices.SortStableFunc(hits, func(a, b scored) int { return cmp.Or(cmp.Compare(a.dist, b.dist), cmp.Compare(a.name, b.name)) })
	var out []string
	for _, h := range hits {
		if len(out) < n && !slices.Contains(out, h.name) {
			out = append(out, h.name)
		}
	}
	return out
}

// suggest is the hint of an unknown name: what is meant, or what there is when that is a short list.
func suggest(word string, options []string) string {
	near := Nearest(word, options, 3)
	switch {
	case len(near) > 0:
		for i, s := range near {
			near[i] = fmt.Sprintf("%q", s)
		}
		return "did you mean " + strings.Join(near, " or ") + "?"
	case len(options) > 0 && len(options) <= 30:
		return "known are " + strings.Join(options, ", ")
	}
	return ""
}

// distance is the optimal string alignment distance: insertions, deletions, substitutions and
// swaps of neighbours, the four ways in which a hand mistypes.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 100 || len(y) > 100 {
		return 1 << 20
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
