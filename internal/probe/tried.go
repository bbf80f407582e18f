package probe

import (
	"fmt"
	"strings"
)

// alike are the addresses that answered in the same way.
type alike struct {
	detail string
	urls   []string
}

// triedAlike groups what was tried by its answer, in the order of the first of each: sixty lines of "404" hide the one that differs.
func triedAlike(tried []Sighting) []*alike {
	var out []*alike
	by := map[string]*alike{}
	for _, t := range tried {
		g := by[t.Detail]
		if g == nil {
			g = &alike{detail: t.Detail}
			by[t.Detail], out = g, append(out, g)
		}
		g.urls = append(g.urls, t.URL)
	}
	return out
}

// where names the first addresses and counts the others, which stand in the other formats.
func (g *alike) where() string {
	const named = 4
	if len(g.urls) <= named+1 {
		return strings.Join(g.urls, ", ")
	}
	return strings.Join(g.urls[:named], ", ") + fmt.Sprintf(" and %d more addresses (all of them: -o json, markdown or html)", len(g.urls)-named)
}
