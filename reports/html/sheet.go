package html

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
)

// sheet is part 4: what is this endpoint?
type sheet struct {
	Groups    []factGroup // what people ask first
	Rest      []factGroup
	RestFacts int
	Client    bool // a client was judged, not an endpoint
	Resources []attributeTable
	Legend    []badge
}

type factGroup struct {
	Title string
	First bool
	Facts []fact
}

type fact struct {
	Title, Value, Note string
	Badge              *badge
	Exchange           template.URL
	ExchangeNo         int
	Cites              []citation
}

// attributeTable is the round trip of the attributes of one resource type.
type attributeTable struct {
	Resource string
	Columns  []string
	Rows     []attributeRow
}

type attributeRow struct {
	Space, Name, Type string // Space: the URN of an extension, which nobody reads twice
	Cells             []badge
}

// operations are the columns of the round-trip map that always stand, in this order.
var operations = []struct{ id, title string }{
	{"create", "Create"}, {"replace", "Replace"}, {"patch", "Patch"}, {"filter", "Filter"}, {"returned", "Returned"},
}

// firstGroups are the facts that everybody wants; the others are for those who look for one.
var firstGroups = []string{"Endpoint", "Authentication", "Features", "Limits"}

func (b *builder) sheet() sheet {
	s := sheet{Client: b.client()}
	at := map[string]int{}
	for _, f := range b.doc.FactSheet {
		g := orElse(f.Group, "Other")
		i, ok := at[g]
		if !ok {
			i = len(s.Groups)
			at[g] = i
			s.Groups = append(s.Groups, factGroup{Title: prose(g), First: slices.Contains(firstGroups, g)})
		}
		v := fact{Title: prose(orElse(f.Title, f.ID)), Note: prose(f.Note), Cites: sections(b.citeAll(f.Cites))}
		v.Value, v.Badge = value(f.Value)
		if n, ok := b.exchanges[f.Exchange]; ok {
			v.Exchange, v.ExchangeNo = b.xLink(n), n+1
		}
		s.Groups[i].Facts = append(s.Groups[i].Facts, v)
	}
	s.split()
	s.Resources = b.attributeTables()
	for _, k := range []string{"yes", "altered", "ignored", "refused", "no", "untested"} {
		s.Legend = append(s.Legend, cellBadges[k])
	}
	return s
}

// split parts the groups. When none is of the first, all are shown.
func (s *sheet) split() {
	var first []factGroup
	for _, g := range s.Groups {
		if g.First {
			first = append(first, g)
			continue
		}
		s.Rest = append(s.Rest, g)
		s.RestFacts += len(g.Facts)
	}
	if len(first) == 0 {
		s.Rest, s.RestFacts = nil, 0
		return
	}
	s.Groups = first
}

// sections leaves each section of an RFC once: a fact cites sentences, its reader opens sections.
func sections(cites []citation) []citation {
	var out []citation
	for _, c := range cites {
		if !slices.ContainsFunc(out, func(o citation) bool { return o.Label == c.Label && o.URL == c.URL }) {
			out = append(out, c)
		}
	}
	return out
}

func (b *builder) attributeTables() []attributeTable {
	var out []attributeTable
	at := map[string]int{}
	for _, a := range b.doc.Attributes {
		r := orElse(a.Resource, "Resource")
		i, ok := at[r]
		if !ok {
			i = len(out)
			at[r] = i
			t := attributeTable{Resource: prose(r)}
			for _, o := range operations {
				t.Columns = append(t.Columns, o.title)
			}
			out = append(out, t)
		}
		row := attributeRow{Name: clip(clean(a.Attribute), 160), Type: clip(clean(a.Type), 40)}
		if i := strings.LastIndexByte(row.Name, ':'); i > 0 && strings.HasPrefix(strings.ToLower(row.Name), "urn:") {
			row.Space, row.Name = row.Name[:i+1], row.Name[i+1:]
		}
		for _, o := range operations {
			row.Cells = append(row.Cells, lookup(cellBadges, orElse(a.Cells[o.id], "untested")))
		}
		out[i].Rows = append(out[i].Rows, row)
	}
	return out
}

// value writes a fact's value; yes and no become badges, since people scan for them.
func value(v any) (string, *badge) {
	switch x := v.(type) {
	case nil:
		return "not measured", nil
	case bool:
		if x {
			return "", &badge{"good", "✓", "Yes"}
		}
		return "", &badge{"none", "–", "No"}
	case string:
		return prose(orElse(x, "empty")), nil
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1e15 {
			return strconv.FormatInt(int64(x), 10), nil
		}
		return strconv.FormatFloat(x, 'g', -1, 64), nil
	case []string:
		return prose(strings.Join(x, ", ")), nil
	case []any:
		parts := make([]string, 0, len(x))
		for _, e := range x {
			s, bd := value(e)
			if bd != nil {
				s = bd.Word
			}
			parts = append(parts, s)
		}
		return clip(orElse(strings.Join(parts, ", "), "none"), textLimit), nil
	case int, int64:
		return fmt.Sprint(x), nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return prose(fmt.Sprint(v)), nil
	}
	return prose(string(data)), nil
}
