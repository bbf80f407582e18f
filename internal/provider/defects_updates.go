package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// updateHooks are defects that strike after an update was answered.
var updateHooks = map[string]responseHook{
	"refused-update-damages": func(p *Provider, c *call, a *answer) {
		if a.status >= 400 && a.status != http.StatusNotFound && c.on("PUT PATCH", "Users/") {
			c.locked(func(r *record) {
				o := decodeOwn(r.body)
				delete(o, "displayName")
				delete(o, "name")
				p.setBody(r, o)
			})
		}
	},
	"user-groups-doubled": resources(func(_ *call, o object) {
		if list := listOf(o["groups"]); len(list) > 0 {
			o["groups"] = append(append([]any(nil), list...), list...)
		}
	}),
	"user-groups-display-stale": func(p *Provider, c *call, a *answer) {
		resources(func(_ *call, o object) {
			for _, e := range listOf(o["groups"]) {
				g, ok := e.(object)
				if !ok {
					continue
				}
				key := "first display of " + stringOf(g["value"])
				if first := p.recall(key); first != nil {
					g["display"] = first
				} else {
					p.remember(key, g["display"])
				}
			}
		})(p, c, a)
	},
	"empty-group-shows-itself": resources(func(c *call, o object) {
		if c.on("GET", "Groups/") && len(listOf(o["members"])) == 0 {
			o["members"] = []any{object{"value": o["id"], "type": "Group"}}
		}
	}),
	"meta-writable": func(p *Provider, c *call, a *answer) {
		if c.on("PUT PATCH", "Users/") && a.status < 300 {
			p.rememberMeta(c, c.path[1])
		}
		showMeta(p, c, a)
	},
	"client-meta-taken": func(p *Provider, c *call, a *answer) {
		if o := a.tree(); c.on("POST", "Users") && a.ok() && o != nil {
			p.rememberMeta(c, stringOf(o["id"]))
		}
		showMeta(p, c, a)
	},
	"manager-display-name-stored": func(p *Provider, c *call, a *answer) {
		if o, f := decodeObject(c.body); c.on("POST", "Users") && f == nil {
			ext, _ := o[scim.SchemaEnterprise].(object)
			if m, _ := ext["manager"].(object); m["displayName"] != nil {
				p.remember("manager:"+stringOf(m["value"]), m["displayName"])
			}
		}
		resources(func(_ *call, o object) {
			ext, _ := o[scim.SchemaEnterprise].(object)
			m, _ := ext["manager"].(object)
			if name := p.recall("manager:" + stringOf(m["value"])); m != nil && name != nil {
				m["displayName"] = name
			}
		})(p, c, a)
	},
	"emptied-group-vanishes": func(p *Provider, c *call, a *answer) {
		if a.status >= 300 || !c.on("PUT PATCH", "Groups/") {
			return
		}
		empty := false
		c.locked(func(r *record) { empty = r.members == nil || len(r.members.list) == 0 })
		if empty {
			p.drop(c, "Group", c.path[1])
		}
	},
	"removed-member-deleted": func(p *Provider, c *call, a *answer) {
		if a.status >= 300 || !c.on("PATCH", "Groups/") {
			return
		}
		body := strings.ReplaceAll(string(c.body), `\"`, `"`)
		if _, rest, ok := strings.Cut(body, `members[value eq "`); ok {
			id, _, _ := strings.Cut(rest, `"`)
			p.drop(c, "User", id)
		}
	},
}

// showMeta shows the dates of meta that a client sent before.
func showMeta(p *Provider, c *call, a *answer) {
	resources(func(c *call, o object) {
		sent, ok := p.recall("meta:" + stringOf(o["id"])).(object)
		if meta, is := o["meta"].(object); ok && is {
			for name, v := range sent {
				meta[name] = v
			}
		}
	})(p, c, a)
}

// rememberMeta keeps the dates of a meta that a client sent, in the body or in a pathless operation.
func (p *Provider) rememberMeta(c *call, id string) {
	o, f := decodeObject(c.body)
	if f != nil {
		return
	}
	if ops := listOf(o["Operations"]); len(ops) > 0 {
		op, _ := ops[0].(object)
		o, _ = op["value"].(object)
	}
	meta, ok := o["meta"].(object)
	if !ok {
		return
	}
	dates := object{}
	for _, name := range []string{"created", "lastModified"} {
		if meta[name] != nil {
			dates[name] = meta[name]
		}
	}
	p.remember("meta:"+id, dates)
}

// drop takes a resource away as if it had never been.
func (p *Provider) drop(c *call, kind, id string) {
	t, k := c.tenant, p.model.kindByName(kind)
	if t == nil || k == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.of(k).byID[id]
	if r == nil {
		return
	}
	t.part(r, r.members.ids())
	p.leaveAll(t, r.id)
	t.of(k).delete(r, k.keys(decodeOwn(r.body)))
}

// updateRequests are defects around groups whose members are unusual.
var updateRequests = map[string]requestHook{
	"group-with-deleted-member-500": func(p *Provider, c *call) *answer {
		if t := c.tenant; c.on("DELETE", "Users/") && t != nil {
			t.mu.Lock()
			groups := append([]*record(nil), t.memberOf[c.path[1]]...)
			t.mu.Unlock()
			for _, g := range groups {
				p.remember("broken:"+g.id, true)
			}
		}
		if c.on("GET", "Groups/") && p.recall("broken:"+c.path[1]) != nil {
			return refuse(http.StatusInternalServerError, "", "Internal server error.").answer()
		}
		return nil
	},
	"group-by-id-501": func(_ *Provider, c *call) *answer {
		if c.on("GET", "Groups/") {
			return notImplemented("GET of a Group").answer()
		}
		return nil
	},
	"nested-group-500": func(p *Provider, c *call) *answer {
		if c.r.Method != http.MethodPost && c.r.Method != http.MethodPatch || c.head() != "Groups" {
			return nil
		}
		if strings.Contains(strings.ReplaceAll(string(c.body), " ", ""), `"type":"Group"`) || c.r.Method == http.MethodPatch && c.namesGroup() {
			return refuse(http.StatusInternalServerError, "", "Internal server error.").answer()
		}
		return nil
	},
	"empty-member-list-refused": func(_ *Provider, c *call) *answer {
		if c.r.Method == http.MethodPost && c.head() == "Groups" && strings.Contains(strings.ReplaceAll(string(c.body), " ", ""), `"members":[]`) {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "members must not be empty.").answer()
		}
		return nil
	},
	"externalid-write-once": func(_ *Provider, c *call) *answer {
		if !c.on("PUT", "Users/") || !strings.Contains(string(c.body), `"externalId":"`) {
			return nil
		}
		clash := false
		c.locked(func(r *record) {
			id, _ := decodeOwn(r.body)["externalId"].(string)
			clash = id != "" && !strings.Contains(string(c.body), `"externalId":"`+id+`"`)
		})
		if clash {
			return refuse(http.StatusBadRequest, scim.Mutability, "externalId cannot be changed.").answer()
		}
		return nil
	},
}

// updateIntake are defects in what a replacement stores.
var updateIntake = map[string]intakeBend{
	"externalid-change-ignored": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old == nil || in.body["externalId"] == nil {
			return nil
		}
		if was := decodeOwn(old.body)["externalId"]; was != nil {
			in.body["externalId"] = was
		}
		return nil
	},
}

// updateOps are defects in how operations on the manager are understood.
var updateOps = map[string]opsBend{
	"manager-value-path-refused": refusesOp(func(op scim.Op) bool { return strings.HasSuffix(lower(op.Path), ":manager.value") },
		scim.InvalidPath, "Invalid path."),
	"manager-value-path-ignored": dropsOps(func(op scim.Op) bool { return strings.HasSuffix(lower(op.Path), ":manager.value") }),
	"manager-replace-refused": refusesOp(func(op scim.Op) bool {
		return verb(op) == "replace" && strings.HasSuffix(lower(op.Path), ":manager")
	}, scim.Mutability, "A manager is removed before another is set."),
	"manager-replace-ignored": dropsOps(func(op scim.Op) bool {
		return verb(op) == "replace" && strings.HasSuffix(lower(op.Path), ":manager")
	}),
}

// updatePatched are defects in what a PATCH makes of a resource.
var updatePatched = map[string]patchedBend{
	"patch-remove-takes-neighbour": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			value, _ := op.Value.(object)
			if _, clears := value["title"]; verb(op) == "remove" || op.Value == nil || clears && value["title"] == nil {
				delete(after, "displayName")
			}
		}
	},
	"patch-mail-cut": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			for _, e := range listOf(after["emails"]) {
				m, _ := e.(object)
				if s, _ := m["value"].(string); len(s) > 20 && strings.HasPrefix(lower(op.Path), "emails") && verb(op) != "remove" {
					m["value"] = s[:20]
				}
			}
		}
	},
	"patch-extension-takes-core": func(ops []scim.Op, _, after object) {
		for _, op := range ops {
			if urnPath(op) {
				delete(after, "displayName")
			}
		}
	},
}
