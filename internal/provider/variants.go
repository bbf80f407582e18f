package provider

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/scimmage/scimmage/internal/scim"
)

// variantRequests are legitimate differences before an answer.
var variantRequests = map[string]requestHook{
	"rate-limited": func(p *Provider, _ *call) *answer {
		if p.serial.Add(1)%5 == 0 {
			return refuse(http.StatusTooManyRequests, "", "Too many requests.").withHeader("Retry-After", "0").answer()
		}
		return nil
	},
}

// variantOps are legitimate readings of PATCH operations.
var variantOps = map[string]opsBend{
	"patch-id-ignored": dropsOps(func(op scim.Op) bool {
		p := lower(op.Path)
		return p == "id" || p == "meta" || strings.HasPrefix(p, "meta.")
	}),
	"remove-no-match-400": func(p *Provider, c *call, k *kind, ops []scim.Op) ([]scim.Op, *fault) {
		c.tenant.mu.RLock()
		defer c.tenant.mu.RUnlock()
		r := c.record()
		for _, op := range ops {
			if r == nil || verb(op) != "remove" || !strings.Contains(op.Path, "[") || isMembers(op.Path) {
				continue
			}
			_, changed, e := scim.ApplyPatch(c.view(nil).tree(r), []scim.Op{op}, k.rt, p.model.data, scim.AllTolerances())
			if e == nil && !changed {
				return nil, refuse(http.StatusBadRequest, scim.NoTarget, "The path matches nothing.")
			}
		}
		return ops, nil
	},
}

// variantIntake are values that a server adds or alters of its own (RFC 7644 section 3.3).
var variantIntake = map[string]intakeBend{
	"active-defaults-true": func(_ *Provider, c *call, in *intake, old *record) *fault {
		if c.head() == "Users" && old == nil && in.body["active"] == nil && !in.asserted["active"] {
			in.body["active"] = true
		}
		return nil
	},
	"default-roles": func(_ *Provider, c *call, in *intake, _ *record) *fault {
		if c.head() == "Users" && in.body["roles"] == nil && !in.asserted["roles"] {
			in.body["roles"] = []any{object{"value": "member", "display": "Member"}}
		}
		return nil
	},
	"emails-lowercased": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		for _, e := range listOf(in.body["emails"]) {
			if m, ok := e.(object); ok && m["value"] != nil {
				m["value"] = lower(stringOf(m["value"]))
			}
		}
		return nil
	},
	"formatted-name-computed": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		if n, ok := in.body["name"].(object); ok && n["formatted"] == nil {
			if s := strings.TrimSpace(stringOf(n["givenName"]) + " " + stringOf(n["familyName"])); s != "" {
				n["formatted"] = s
			}
		}
		return nil
	},
}

// variantHooks are legitimate differences in answers.
var variantHooks = map[string]responseHook{
	"nulls-for-unassigned": users(func(_ *call, o object) {
		for _, n := range []string{"nickName", "profileUrl", "title", "externalId", "name"} {
			if o[n] == nil {
				o[n] = nil
			}
		}
		for _, n := range []string{"phoneNumbers", "addresses"} {
			if o[n] == nil {
				o[n] = []any{}
			}
		}
	}),
	"members-empty-array": resources(func(_ *call, o object) {
		if namesSchema(o, scim.SchemaGroup) && o["members"] == nil {
			o["members"] = []any{}
		}
	}),
	"extra-attributes": resources(func(_ *call, o object) { o["tenantRegion"] = "eu" }),
	"gzip": func(_ *Provider, c *call, a *answer) {
		if len(a.body) > 0 && strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
			a.compress()
		}
	},
	"content-location": func(_ *Provider, c *call, a *answer) {
		if l := a.header.Get("Location"); l != "" && c.r.Method == http.MethodGet {
			a.header.Del("Location")
			a.header.Set("Content-Location", l)
		}
	},
	"location-on-create-only": func(_ *Provider, c *call, a *answer) {
		if !c.creates() {
			a.header.Del("Location")
		}
	},
	"relative-location": func(p *Provider, c *call, a *answer) {
		host := strings.TrimSuffix(c.root(), p.prefix)
		if l := a.header.Get("Location"); l != "" {
			a.header.Set("Location", strings.TrimPrefix(l, host))
		}
		resources(func(_ *call, o object) {
			if m, ok := o["meta"].(object); ok && m["location"] != nil {
				m["location"] = strings.TrimPrefix(stringOf(m["location"]), host)
			}
		})(p, c, a)
	},
	"no-paging-members-when-complete": lists(func(_ *call, o object) {
		if len(listOf(o["Resources"])) == intOf(o["totalResults"]) {
			delete(o, "startIndex")
			delete(o, "itemsPerPage")
		}
	}),
	"projection-without-schemas": func(p *Provider, c *call, a *answer) {
		if c.query.Has("attributes") && !strings.Contains(lower(c.query.Get("attributes")), "schemas") {
			resources(func(_ *call, o object) { delete(o, "schemas") })(p, c, a)
		}
	},
	"charset-in-media-type": func(_ *Provider, _ *call, a *answer) {
		if a.body != nil && a.header.Get("Content-Type") == "" {
			a.header.Set("Content-Type", mediaSCIM+"; charset=utf-8")
		}
	},
	"member-display-absent": resources(func(_ *call, o object) {
		for _, e := range listOf(o["members"]) {
			if m, ok := e.(object); ok {
				delete(m, "display")
			}
		}
	}),
	"member-ref-absent": resources(func(_ *call, o object) {
		for _, e := range listOf(o["members"]) {
			if m, ok := e.(object); ok {
				delete(m, "$ref")
			}
		}
	}),
	"scimtype-absent-where-optional": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] == scim.InvalidValue || o["scimType"] == scim.InvalidSyntax || o["scimType"] == scim.InvalidPath {
			delete(o, "scimType")
			a.setTree(o)
		}
	}),
	"invalid-syntax-for-values": failures(func(_ *call, a *answer, o object) {
		if o["scimType"] == scim.InvalidValue {
			o["scimType"] = scim.InvalidSyntax
			a.setTree(o)
		}
	}),
	"seconds-only": dates(func(t time.Time) any { return t.Format("2006-01-02T15:04:05Z") }),
	"rate-limit-headers": func(p *Provider, _ *call, a *answer) {
		a.header.Set("RateLimit-Limit", "1000")
		a.header.Set("RateLimit-Remaining", strconv.FormatUint(1000-p.serial.Add(1)%1000, 10))
		a.header.Set("RateLimit-Reset", "60")
	},
	"pretty-json": func(_ *Provider, _ *call, a *answer) {
		var b bytes.Buffer
		if len(a.body) > 0 && json.Indent(&b, a.body, "", "  ") == nil {
			a.body = b.Bytes()
		}
	},
	"pagination-not-announced":        documents("ServiceProviderConfig", func(_ *call, o object) { delete(o, "pagination") }),
	"unauthorized-without-error-code": unauthorized(func(a *answer) { a.header.Set("WWW-Authenticate", "Bearer") }),
	"unsupported-501-as-404": failures(func(_ *call, a *answer, _ object) {
		if a.status == http.StatusNotImplemented {
			*a = *refuse(http.StatusNotFound, "", "There is no endpoint at this path.").answer()
		}
	}),
	"version-conflict-409": failures(func(_ *call, a *answer, o object) {
		if a.status == http.StatusPreconditionFailed {
			a.status, o["status"] = http.StatusConflict, "409"
			a.setTree(o)
		}
	}),
	"http-404-for-me": func(_ *Provider, c *call, a *answer) {
		if c.head() == "Me" && a.status == http.StatusNotImplemented {
			*a = *refuse(http.StatusNotFound, "", "There is no endpoint at this path.").answer()
		}
	},
}
