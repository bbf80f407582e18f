package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// intakeBends are defects in what a create or replace stores.
var intakeBends = map[string]intakeBend{
	"externalid-dropped":       drops("externalId", both),
	"create-drops-enterprise":  drops(scim.SchemaEnterprise, both),
	"put-drops-enterprise":     drops(scim.SchemaEnterprise, replaces),
	"create-drops-name":        drops("name", creates),
	"create-drops-displayname": drops("displayName", creates),
	"json-body-flat": func(_ *Provider, c *call, in *intake, _ *record) *fault {
		if strings.HasPrefix(lower(c.r.Header.Get("Content-Type")), mediaJSON) {
			delete(in.body, "name")
		}
		return nil
	},
	"create-drops-phones":  drops("phoneNumbers", creates),
	"put-drops-externalid": drops("externalId", replaces),
	"create-first-email-only": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		if list := listOf(in.body["emails"]); len(list) > 1 {
			in.body["emails"] = list[:1]
		}
		return nil
	},
	"password-kept-readable": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		if in.password != "" {
			in.body["initialPassword"] = in.password
		}
		return nil
	},
	"email-type-forced": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		for _, e := range listOf(in.body["emails"]) {
			if m, ok := e.(object); ok {
				m["type"] = "work"
			}
		}
		return nil
	},
	"email-type-required": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		for _, e := range listOf(in.body["emails"]) {
			if m, ok := e.(object); ok && m["type"] == nil {
				return refuse(http.StatusBadRequest, scim.InvalidValue, "emails.type is required.")
			}
		}
		return nil
	},
	"create-ignores-active": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if in.body["active"] != nil && old == nil {
			in.body["active"] = true
		}
		return nil
	},
	"put-active-ignored": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old != nil && in.body["active"] != nil {
			in.body["active"] = decodeOwn(old.body)["active"]
		}
		return nil
	},
	"externalid-lowercased": rewrites("externalId", strings.ToLower),
	"username-lowercased":   rewrites("userName", strings.ToLower),
	"username-trimmed-at-at": rewrites("userName", func(s string) string {
		name, _, _ := strings.Cut(s, "@")
		return name
	}),
	"plus-address-stripped": rewrites("userName", func(s string) string {
		name, domain, ok := strings.Cut(s, "@")
		base, _, plus := strings.Cut(name, "+")
		if !ok || !plus {
			return s
		}
		return base + "@" + domain
	}),
	"put-username-ignored": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old != nil && in.body["userName"] != nil {
			in.body["userName"] = decodeOwn(old.body)["userName"]
		}
		return nil
	},
	"put-ignored": func(_ *Provider, c *call, in *intake, old *record) *fault {
		if old != nil && c.r.Method == http.MethodPut {
			in.body, in.members = decodeOwn(old.body), membersOf(old)
		}
		return nil
	},
	"put-merges-multivalued": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old == nil {
			return nil
		}
		for name, v := range decodeOwn(old.body) {
			was := listOf(v)
			now, ok := in.body[name].([]any)
			if !ok || name == "schemas" {
				continue
			}
			for _, e := range was {
				if !containsValue(now, e) {
					now = append(now, e)
				}
			}
			in.body[name] = now
		}
		return nil
	},
	"put-null-ignored": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old == nil {
			return nil
		}
		for name, v := range decodeOwn(old.body) {
			if in.asserted[lower(name)] && in.body[name] == nil {
				in.body[name] = v
			}
		}
		return nil
	},
	"put-drops-email": func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if old != nil {
			delete(in.body, "emails")
		}
		return nil
	},
	"password-policy": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		if in.password != "" && len(in.password) < 12 {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "The password does not meet the policy: 12 characters at least.")
		}
		return nil
	},
	"locale-validated": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		if s, ok := in.body["locale"].(string); ok && len(s) != 2 && s != "en-US" && s != "en-GB" {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "locale is not supported.")
		}
		return nil
	},
	"enterprise-urn-without-data-refused": func(_ *Provider, c *call, in *intake, _ *record) *fault {
		if strings.Contains(string(c.body), `"`+scim.SchemaEnterprise+`"]`) && in.body[scim.SchemaEnterprise] == nil {
			return refuse(http.StatusBadRequest, scim.InvalidSyntax, "The enterprise extension is listed in schemas but missing.")
		}
		return nil
	},
	"canonical-values-enforced": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		for _, e := range listOf(in.body["roles"]) {
			if m, ok := e.(object); ok && m["type"] != nil {
				return refuse(http.StatusBadRequest, scim.InvalidValue, "roles.type is not one of the canonical values [].")
			}
		}
		return nil
	},
	"emoji-lost": allStrings(func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > 0xffff {
				return -1
			}
			return r
		}, s)
	}),
	"non-ascii-to-question-marks": allStrings(func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > 0x7f {
				return '?'
			}
			return r
		}, s)
	}),
	"mojibake": allStrings(func(s string) string {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			b.WriteRune(rune(s[i]))
		}
		return b.String()
	}),
	"html-escaped":     allStrings(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;").Replace),
	"accents-stripped": allStrings(strings.NewReplacer("é", "e", "è", "e", "ü", "u", "ö", "o", "ä", "a", "ñ", "n", "ç", "c", "å", "a", "ø", "o", "É", "E", "Ü", "U", "Ö", "O").Replace),
	"long-values-cut": allStrings(func(s string) string {
		if r := []rune(s); len(r) > 64 && !strings.HasPrefix(s, "urn:") {
			return string(r[:64])
		}
		return s
	}),
	"whitespace-collapsed": allStrings(func(s string) string { return strings.Join(strings.Fields(s), " ") }),
	"backslash-eaten":      allStrings(func(s string) string { return strings.ReplaceAll(s, `\`, "") }),
	"null-stored-as-text": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		for name := range in.nulls {
			if a := singularString(name); a != "" {
				in.body[a] = "null"
			}
		}
		return nil
	},
	"null-refused": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		if len(in.nulls) > 0 {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "null is not allowed.")
		}
		return nil
	},
	"create-readonly-refused": readOnlyRefused(creates),
	"put-readonly-refused":    readOnlyRefused(replaces),
	"long-values-500": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		return failsOn(in, func(s string) bool { return len(s) > 255 }, "ERROR: value too long for type character varying(255)")
	},
	"apostrophe-500": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		return failsOn(in, func(s string) bool { return strings.Contains(s, "'") },
			"SQLSTATE[42000]: You have an error in your SQL syntax; check the manual near 'INSERT INTO scim_users (user_name) VALUES (' at line 1")
	},
	"rtl-refused": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		f := failsOn(in, func(s string) bool {
			return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x590 && r <= 0x8ff || r == 0x200f })
		}, "")
		if f != nil {
			return refuse(http.StatusBadRequest, scim.InvalidValue, "The text holds characters that are not supported.")
		}
		return nil
	},
	"photo-fetched": func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		for _, e := range listOf(in.body["photos"]) {
			if m, ok := e.(object); ok {
				url, _ := m["value"].(string)
				fetchLoopback(url)
			}
		}
		if url, ok := in.body["profileUrl"].(string); ok {
			fetchLoopback(url)
		}
		return nil
	},
}

// singularString is the canonical name of a singular string attribute.
func singularString(lowerName string) string {
	for _, n := range []string{"displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone", "externalId"} {
		if lower(n) == lowerName {
			return n
		}
	}
	return ""
}

func readOnlyRefused(applies func(*record) bool) intakeBend {
	return func(_ *Provider, c *call, in *intake, old *record) *fault {
		if applies(old) && (in.asserted["groups"] || in.asserted["meta"] || in.asserted["id"]) && c.r.Method != http.MethodPatch {
			return refuse(http.StatusBadRequest, scim.Mutability, "id, meta and groups are readOnly.")
		}
		return nil
	}
}

// failsOn ends in a server error, with the text of one, when some string is of a kind.
func failsOn(in *intake, bad func(string) bool, message string) *fault {
	found := false
	for _, v := range in.body {
		mapStrings(v, func(s string) string {
			found = found || bad(s)
			return s
		})
	}
	if !found {
		return nil
	}
	return refuse(http.StatusInternalServerError, "", "%s", message)
}

func membersOf(r *record) []member {
	if r.members == nil {
		return nil
	}
	return append([]member(nil), r.members.list...)
}

func creates(old *record) bool  { return old == nil }
func replaces(old *record) bool { return old != nil }
func both(*record) bool         { return true }

func drops(name string, applies func(*record) bool) intakeBend {
	return func(_ *Provider, _ *call, in *intake, old *record) *fault {
		if applies(old) && in.body[name] != nil {
			delete(in.body, name)
			if strings.HasPrefix(name, "urn:") {
				in.body["schemas"] = []any{listOf(in.body["schemas"])[0]}
			}
		}
		return nil
	}
}

func rewrites(name string, f func(string) string) intakeBend {
	return func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		if s, ok := in.body[name].(string); ok {
			in.body[name] = f(s)
		}
		return nil
	}
}

// allStrings changes every string of a resource, schemas aside.
func allStrings(f func(string) string) intakeBend {
	return func(_ *Provider, _ *call, in *intake, _ *record) *fault {
		for name, v := range in.body {
			if name != "schemas" {
				in.body[name] = mapStrings(v, f)
			}
		}
		return nil
	}
}

func mapStrings(v any, f func(string) string) any {
	switch t := v.(type) {
	case string:
		return f(t)
	case object:
		for k, e := range t {
			t[k] = mapStrings(e, f)
		}
	case []any:
		for i, e := range t {
			t[i] = mapStrings(e, f)
		}
	}
	return v
}
