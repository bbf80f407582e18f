package reports

import (
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// forecastStates is the order in which forecasts are told, and the words in which a summary tells them.
var forecastStates = []struct{ state, word string }{
	{result.WillWork, "will work"}, {result.WillLimited, "with limits"}, {result.WillNotWork, "will not work"}, {result.NotKnown, "unknown"},
}

// forecasts groups the clients that were not played by what is expected of them. Those of which only options are known have a star.
func forecasts(d *result.Document) (names map[string][]string, starred bool) {
	names = map[string][]string{}
	for _, c := range d.Compatibility {
		if c.Replayed() { // stands with the profiles, with its stories
			continue
		}
		name := c.Title
		if name == "" {
			name = c.Profile
		}
		if c.Basis == result.BasisOption {
			name, starred = name+"*", true
		}
		names[c.State] = append(names[c.State], name)
	}
	return names, starred
}

const (
	forecastAbout = "Not played here; forecast from what they need"
	forecastStar  = "* option profile: its vendor publishes options and no requests"
)

// forecast is one line of names for each state; why stands in the HTML report and in JSON, and here with -v.
func (p *pen) forecast(b *strings.Builder) {
	names, starred := forecasts(p.v.doc)
	if len(names) == 0 {
		return
	}
	hint := " (why: -v, or the HTML report)"
	if p.verbose > 0 {
		hint = ""
	}
	b.WriteString("\n")
	p.para(b, "  ", forecastAbout+hint+":", nil)
	for _, s := range forecastStates {
		l := &lines{}
		l.labelled("    ", s.word, oneLine(strings.Join(names[s.state], ", ")), p.width, 13)
		b.WriteString(l.b.String())
	}
	if starred {
		p.para(b, "    ", forecastStar, p.faint)
	}
	if p.verbose == 0 {
		return
	}
	for _, c := range p.v.doc.Compatibility {
		if c.Replayed() || len(c.Because) == 0 {
			continue
		}
		p.para(b, "    ", clip(oneLine("· "+c.Title+": "+c.State+" ("+c.Basis+")"), clipSummary), nil)
		for _, why := range c.Because {
			l := &lines{}
			l.labelled("        ", "", clip(oneLine(why), clipSummary), p.width, 0)
			b.WriteString(l.b.String())
		}
	}
}

// forecast is the same in Markdown, with the reasons folded.
func (m *markdown) forecast() {
	names, starred := forecasts(m.v.doc)
	if len(names) == 0 {
		return
	}
	m.b.WriteString("\n" + forecastAbout + ":\n\n")
	for _, s := range forecastStates {
		if len(names[s.state]) > 0 {
			fmt.Fprintf(&m.b, "- **%s**: %s\n", s.word, mdText(strings.Join(names[s.state], ", ")))
		}
	}
	if starred {
		m.b.WriteString("\n" + mdText(forecastStar) + "\n")
	}
	var why strings.Builder
	for _, c := range m.v.doc.Compatibility {
		if c.Replayed() || len(c.Because) == 0 {
			continue
		}
		fmt.Fprintf(&why, "- %s: %s (%s)\n", mdText(c.Title), mdText(c.State), mdText(c.Basis))
		for _, x := range c.Because {
			why.WriteString("  - " + mdText(clip(x, clipSummary)) + "\n")
		}
	}
	if why.Len() > 0 {
		m.b.WriteString("\n<details><summary>Why</summary>\n\n" + why.String() + "\n</details>\n")
	}
}
