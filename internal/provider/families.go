package provider

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// expand makes the defects that an entry of the catalogue stands for: {} in anything that it says becomes the item.
func expand(entry *yaml.Node) ([]Defect, error) {
	var d Defect
	if err := entry.Decode(&d); err != nil {
		return nil, err
	}
	if !strings.Contains(d.Name, "{}") {
		return []Defect{d}, nil
	}
	items := d.Each
	for i := range d.Shares {
		items = append(items, fmt.Sprintf("%d-of-%d", i, d.Shares))
	}
	out := make([]Defect, 0, len(items))
	for _, item := range items {
		var e Defect
		if err := filled(entry, item).Decode(&e); err != nil {
			return nil, err
		}
		e.Each, e.Shares, e.Family = nil, 0, d.Name
		out = append(out, e)
	}
	return out, nil
}

func filled(n *yaml.Node, item string) *yaml.Node {
	out := *n
	out.Value = strings.ReplaceAll(n.Value, "{}", item)
	out.Content = nil
	for _, c := range n.Content {
		out.Content = append(out.Content, filled(c, item))
	}
	return &out
}

// passing is what differs between two requests of one kind: ids, numbers, random digits, and cursors, which are under a key
// of their own in every provider.
var passing = regexp.MustCompile(`cursor=[^&]*|"cursor":"[^"]*"|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-f]{8,}|[0-9]+`)

// shares tells whether the request falls into a share, "3-of-16" say. What it falls into depends on what it asks for and
// not on ids, so that a story meets the same faults whenever it is told.
func (c *call) shares(item string) bool {
	path := append([]string(nil), c.path...)
	if len(path) == 2 && path[1] != ".search" {
		path[1] = "id"
	}
	query, err := url.QueryUnescape(c.rawQuery)
	if err != nil {
		query = ""
	}
	return share(fmt.Sprint(c.r.Method, path, passing.ReplaceAllString(query, ""), passing.ReplaceAllString(string(c.body), "")), item)
}

// naming finds the name that an account or a group goes by in a body.
var naming = regexp.MustCompile(`(?i)"(?:userName|displayName)": ?"([^"]*)"`)

// sharded tells whether the account or group that the request is about, as it is stored or as it is sent, falls into a share
// by its name.
func (c *call) sharded(item string) bool {
	body := c.body
	c.locked(func(r *record) { body = r.body })
	name := naming.FindSubmatch(body)
	return name != nil && share(string(name[1]), item)
}

func share(text, item string) bool {
	var n, of uint64
	if _, err := fmt.Sscanf(item, "%d-of-%d", &n, &of); err != nil || of == 0 {
		return false
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // hash.Hash never fails
	return h.Sum64()>>7%of == n
}

// pretends turns an error into the success that the request would have had.
func (c *call) pretends(a *answer) {
	switch {
	case c.r.Method == http.MethodDelete:
		a.status, a.body = http.StatusNoContent, nil
	case c.lists():
		*a = *reply(http.StatusOK, []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}`))
	default:
		o, _ := decodeObject(c.body)
		if o == nil {
			o = object{}
		}
		o["id"] = "0000"
		if len(c.path) == 2 {
			o["id"] = c.path[1]
			if c.locked(func(r *record) { *a = *c.show(c.view(nil), r, http.StatusOK) }) {
				return
			}
		}
		status := http.StatusOK
		if c.creates() {
			status = http.StatusCreated
		}
		*a = *reply(status, encode(o))
	}
	a.header.Set("Content-Type", mediaSCIM)
}
