package provider

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

// sortKey is what one resource is ordered by.
type sortKey struct {
	r    *record
	none bool
	low  bool // sorts in front of everything: a defect's idea of a missing value
	text string
	num  float64
	time time.Time
	by   byte // 't' text, 'n' number, 'd' dateTime
}

func newSortKey(p *Provider, r *record, a *scim.Attribute, path scim.Path, tree object) sortKey {
	k := sortKey{r: r, none: true, by: 't', low: p.has("sort-missing-first")}
	if a == nil {
		return k
	}
	from := tree
	if path.URN != "" && !strings.EqualFold(path.URN, r.kind.rt.Schema) {
		ext, _ := lookup(tree, path.URN)
		from, _ = ext.(object)
	}
	v, _ := lookup(from, path.Attr)
	if list := listOf(v); len(list) > 0 && p.has("sort-first-not-primary") {
		v = list[0]
	}
	v = primaryOf(v)
	def, sub := a, path.Sub
	if a.Type == "complex" {
		if sub == "" {
			sub = "value"
		}
		o, _ := v.(object)
		v, _ = lookup(o, sub)
		def = a.Sub(sub)
	}
	if def == nil || v == nil {
		return k
	}
	if p.has("sort-case-sensitive") && !def.CaseExact {
		exact := *def
		exact.CaseExact = true
		def = &exact
	}
	k.set(def, v)
	return k
}

func (k *sortKey) set(def *scim.Attribute, v any) {
	switch t := v.(type) {
	case string:
		k.none = false
		switch {
		case def.Type == "dateTime":
			at, err := time.Parse(time.RFC3339Nano, t)
			k.by, k.time, k.none = 'd', at, err != nil
		case def.CaseExact:
			k.text = t
		default:
			k.text = fold(t)
		}
	case bool:
		k.none, k.by = false, 'n'
		if t {
			k.num = 1
		}
	case json.Number:
		n, err := t.Float64()
		k.none, k.by, k.num = err != nil, 'n', n
	}
}

// primaryOf picks the primary value of a multi-valued attribute, or else the first.
func primaryOf(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	for _, e := range list {
		if o, ok := e.(object); ok && o["primary"] == true {
			return o
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func (k sortKey) less(o sortKey) bool {
	if k.none || o.none {
		if k.low || o.low {
			return k.none && !o.none
		}
		return !k.none && o.none
	}
	switch k.by {
	case 'd':
		return k.time.Before(o.time)
	case 'n':
		return k.num < o.num
	}
	return k.text < o.text
}
