package provider

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

// resourceHooks are defects in how resources are shown.
var resourceHooks = map[string]responseHook{
	"meta-missing":              resources(func(_ *call, o object) { delete(o, "meta") }),
	"meta-without-dates":        metas(func(m object) { delete(m, "created"); delete(m, "lastModified") }),
	"meta-without-resourcetype": metas(func(m object) { delete(m, "resourceType") }),
	"meta-without-location":     metas(func(m object) { delete(m, "location") }),
	"meta-resourcetype-plural":  metas(func(m object) { m["resourceType"] = stringOf(m["resourceType"]) + "s" }),
	"meta-resourcetype-urn": metas(func(m object) {
		m["resourceType"] = "urn:ietf:params:scim:schemas:core:2.0:" + stringOf(m["resourceType"])
	}),
	"dates-not-iso":      dates(func(t time.Time) any { return t.Format("2006-01-02 15:04:05") }),
	"dates-epoch":        dates(func(t time.Time) any { return number(int(t.Unix())) }),
	"dates-without-zone": dates(func(t time.Time) any { return t.Format("2006-01-02T15:04:05") }),
	"location-wrong-host": metas(func(m object) {
		_, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(stringOf(m["location"]), "http://"), "https://"), "/")
		m["location"] = "http://internal-scim.example.net/" + path
	}),
	"location-dead": metas(func(m object) { m["location"] = strings.Replace(stringOf(m["location"]), "/Users/", "/user/", 1) }),
	"location-carries-token": resources(func(c *call, o object) {
		_, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
		m := metaOf(o)
		m["location"] = stringOf(m["location"]) + "?access_token=" + token
	}),
	"forwarded-host-trusted": func(_ *Provider, c *call, a *answer) {
		if h := c.r.Header.Get("X-Forwarded-Host"); h != "" {
			a.body = []byte(strings.ReplaceAll(string(a.body), c.r.Host, h))
			if l := a.header.Get("Location"); l != "" {
				a.header.Set("Location", strings.ReplaceAll(l, c.r.Host, h))
			}
		}
	},
	"schemas-missing": resources(func(_ *call, o object) { delete(o, "schemas") }),
	"schemas-string":  resources(func(_ *call, o object) { o["schemas"] = first(o["schemas"]) }),
	"schemas-legacy":  users(func(_ *call, o object) { o["schemas"] = []any{"urn:scim:schemas:core:1.0"} }),
	"schemas-repeated": resources(func(_ *call, o object) {
		if list := listOf(o["schemas"]); len(list) > 0 {
			o["schemas"] = append(append([]any{}, list...), list[0])
		}
	}),
	"enterprise-urn-missing": users(func(_ *call, o object) { o["schemas"] = []any{scim.SchemaUser} }),
	"enterprise-urn-always": users(func(_ *call, o object) {
		if o[scim.SchemaEnterprise] == nil {
			o["schemas"] = []any{scim.SchemaUser, scim.SchemaGroup}
		}
	}),
	"enterprise-not-returned": users(func(_ *call, o object) { delete(o, scim.SchemaEnterprise) }),
	"enterprise-flattened": users(func(_ *call, o object) {
		if ext, ok := o[scim.SchemaEnterprise].(object); ok {
			for name, v := range ext {
				o[name] = v
			}
			delete(o, scim.SchemaEnterprise)
		}
	}),
	"externalid-not-returned": resources(func(_ *call, o object) { delete(o, "externalId") }),
	"undeclared-attribute":    resources(func(_ *call, o object) { o["internalRowVersion"] = number(7) }),
	"unassigned-nulls": users(func(_ *call, o object) {
		for _, n := range []string{"nickName", "profileUrl", "title", "locale"} {
			if o[n] == nil {
				o[n] = nil
			}
		}
		for _, n := range []string{"phoneNumbers", "addresses", "photos"} {
			if o[n] == nil {
				o[n] = []any{}
			}
		}
	}),
	"unassigned-as-empty": users(func(_ *call, o object) {
		for _, n := range []string{"name", "emails", "phoneNumbers", "active"} {
			if o[n] == nil {
				o[n] = ""
			}
		}
	}),
	"active-as-string": users(func(_ *call, o object) {
		if b, ok := o["active"].(bool); ok {
			o["active"] = map[bool]string{true: "True", false: "False"}[b]
		}
	}),
	"active-as-number": users(func(_ *call, o object) {
		if b, ok := o["active"].(bool); ok {
			o["active"] = number(map[bool]int{true: 1, false: 0}[b])
		}
	}),
	"active-missing": users(func(_ *call, o object) { delete(o, "active") }),
	"active-always-true": users(func(_ *call, o object) {
		if o["active"] != nil {
			o["active"] = true
		}
	}),
	"password-echoed": func(p *Provider, c *call, a *answer) {
		o := a.tree()
		sent, f := decodeObject(c.body)
		if !a.ok() || o == nil || f != nil || o["userName"] == nil {
			return
		}
		if s, _ := lookup(sent, "password"); s != nil {
			o["password"] = s
			a.setTree(o)
		}
	},
	"password-hash-returned": users(func(c *call, o object) {
		o["password"] = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	}),
	"password-masked":  users(func(_ *call, o object) { o["password"] = "********" }),
	"emails-as-object": users(func(_ *call, o object) { o["emails"] = first(o["emails"]) }),
	"emails-as-strings": users(func(_ *call, o object) {
		var out []any
		for _, e := range listOf(o["emails"]) {
			if m, ok := e.(object); ok {
				out = append(out, m["value"])
			}
		}
		if out != nil {
			o["emails"] = out
		}
	}),
	"primary-as-string": users(func(_ *call, o object) {
		for _, e := range listOf(o["emails"]) {
			if m, ok := e.(object); ok && m["primary"] == true {
				m["primary"] = "true"
			}
		}
	}),
	"all-primary": users(func(_ *call, o object) {
		for _, e := range listOf(o["emails"]) {
			if m, ok := e.(object); ok {
				m["primary"] = true
			}
		}
	}),
	"email-type-lost": users(func(_ *call, o object) {
		for _, e := range listOf(o["emails"]) {
			if m, ok := e.(object); ok {
				delete(m, "type")
			}
		}
	}),
	"name-as-string": users(func(_ *call, o object) {
		if n, ok := o["name"].(object); ok {
			o["name"] = stringOf(n["givenName"]) + " " + stringOf(n["familyName"])
		}
	}),
	"name-flattened": users(func(_ *call, o object) {
		if n, ok := o["name"].(object); ok {
			for k, v := range n {
				o["name."+k] = v
			}
			delete(o, "name")
		}
	}),
	"keys-snake-case": resources(func(_ *call, o object) {
		for from, to := range map[string]string{"userName": "user_name", "displayName": "display_name", "externalId": "external_id"} {
			if o[from] != nil {
				o[to] = o[from]
				delete(o, from)
			}
		}
	}),
	"roles-as-strings": users(func(_ *call, o object) {
		var out []any
		for _, e := range listOf(o["roles"]) {
			if m, ok := e.(object); ok {
				out = append(out, m["value"])
			}
		}
		if out != nil {
			o["roles"] = out
		}
	}),
	"manager-returned-as-string": users(func(_ *call, o object) {
		if ext, ok := o[scim.SchemaEnterprise].(object); ok {
			if m, ok := ext["manager"].(object); ok {
				ext["manager"] = m["value"]
			}
		}
	}),
	"id-number": resources(func(_ *call, o object) {
		if n, err := strconv.Atoi(stringOf(o["id"])); err == nil { // idFor gives digits
			o["id"] = number(n)
		}
	}),
	"id-in-urn": resources(func(_ *call, o object) { o["id"] = "urn:scim:user:" + stringOf(o["id"]) }),
	"id-case-differs-in-lists": lists(func(_ *call, o object) {
		for _, e := range listOf(o["Resources"]) {
			if r, ok := e.(object); ok {
				r["id"] = strings.ToUpper(stringOf(r["id"]))
			}
		}
	}),
	"get-returns-list": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); c.r.Method == http.MethodGet && c.item() && a.status == http.StatusOK && o != nil {
			a.setTree(object{"schemas": []any{urnList}, "totalResults": number(1), "startIndex": number(1), "itemsPerPage": number(1), "Resources": []any{o}})
		}
	},
	"response-wrapped": func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); c.item() && a.status == http.StatusOK && o != nil {
			a.setTree(object{"user": o})
		}
	},
	"attributes-drop-id": projected(func(o object) { delete(o, "id") }),
	"excluded-removes-id": func(_ *Provider, c *call, a *answer) {
		if strings.Contains(c.query.Get("excludedAttributes"), "id") {
			resources(func(_ *call, o object) { delete(o, "id") })(nil, c, a)
		}
	},
	"attributes-password": func(_ *Provider, c *call, a *answer) {
		if strings.Contains(c.query.Get("attributes"), "password") {
			users(func(_ *call, o object) { o["password"] = "s3cret-from-storage" })(nil, c, a)
		}
	},
	"attributes-give-null": projected(func(o object) {
		for _, n := range []string{"displayName", "emails", "name"} {
			if o[n] == nil {
				o[n] = nil
			}
		}
	}),
	"user-groups-as-strings": users(func(_ *call, o object) {
		var out []any
		for _, e := range listOf(o["groups"]) {
			if m, ok := e.(object); ok {
				out = append(out, m["display"])
			}
		}
		if out != nil {
			o["groups"] = out
		}
	}),
	"members-empty": resources(func(_ *call, o object) {
		if o["members"] != nil {
			o["members"] = []any{}
		}
	}),
	"members-as-strings": resources(func(_ *call, o object) {
		var out []any
		for _, e := range listOf(o["members"]) {
			if m, ok := e.(object); ok {
				out = append(out, m["value"])
			}
		}
		if out != nil {
			o["members"] = out
		}
	}),
	"members-display-only": resources(func(_ *call, o object) {
		for _, e := range listOf(o["members"]) {
			if m, ok := e.(object); ok {
				m["value"] = m["display"]
			}
		}
	}),
	"member-ref-dead": resources(func(_ *call, o object) {
		for _, e := range listOf(o["members"]) {
			if m, ok := e.(object); ok {
				m["$ref"] = strings.Replace(stringOf(m["$ref"]), "/Users/", "/Members/", 1)
			}
		}
	}),
	"member-type-lowercase": resources(func(_ *call, o object) {
		for _, e := range listOf(o["members"]) {
			if m, ok := e.(object); ok {
				m["type"] = lower(stringOf(m["type"]))
			}
		}
	}),
	"member-wrapped": resources(func(_ *call, o object) {
		for i, e := range listOf(o["members"]) {
			listOf(o["members"])[i] = object{"member": e}
		}
	}),
	"etag-header-missing":  func(_ *Provider, _ *call, a *answer) { a.header.Del("ETag") },
	"meta-version-missing": metas(func(m object) { delete(m, "version") }),
	"etag-differs-from-version": func(_ *Provider, _ *call, a *answer) {
		if t := a.header.Get("ETag"); t != "" {
			a.header.Set("ETag", `W/"h`+strings.Trim(strings.TrimPrefix(t, "W/"), `"`)+`"`)
		}
	},
	"etag-unquoted": func(_ *Provider, _ *call, a *answer) {
		if t := a.header.Get("ETag"); t != "" {
			a.header.Set("ETag", strings.Trim(strings.TrimPrefix(t, "W/"), `"`))
		}
	},
	"etag-random": func(p *Provider, _ *call, a *answer) {
		if t := a.header.Get("ETag"); t != "" {
			fresh := `W/"` + stamp(p.now()) + string(rune('a'+p.serial.Add(1)%26)) + `"`
			a.header.Set("ETag", fresh)
			metas(func(m object) { m["version"] = fresh })(p, &call{p: p, r: &http.Request{Method: "GET"}}, a)
		}
	},
	"not-modified-with-body": func(_ *Provider, _ *call, a *answer) {
		if a.status == http.StatusNotModified {
			a.status, a.body = http.StatusOK, []byte("{}")
		}
	},
	"duplicate-key-in-answer": func(_ *Provider, c *call, a *answer) {
		if a.ok() && c.item() && len(a.body) > 2 && a.body[0] == '{' {
			a.body = append([]byte(`{"id":"0",`), a.body[1:]...)
		}
	},
}

func first(v any) any {
	if list := listOf(v); len(list) > 0 {
		return list[0]
	}
	return v
}

func metas(f func(object)) responseHook {
	return resources(func(_ *call, o object) {
		if m, ok := o["meta"].(object); ok {
			f(m)
		}
	})
}

func dates(f func(time.Time) any) responseHook {
	return metas(func(m object) {
		for _, n := range []string{"created", "lastModified"} {
			if t, err := time.Parse(timeFormat, stringOf(m[n])); err == nil {
				m[n] = f(t)
			}
		}
	})
}

// projected rewrites resources that an attributes parameter has cut.
func projected(f func(object)) responseHook {
	return func(p *Provider, c *call, a *answer) {
		if c.query.Has("attributes") {
			resources(func(_ *call, o object) { f(o) })(p, c, a)
		}
	}
}
