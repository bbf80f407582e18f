package engine

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// samples are values of attributes whose form servers check, three of each. Everything else gets a
// text of its own. Sources: RFC 7643 sections 4.1 to 4.3 (formats), RFC 2606 and 5737 (names that
// are nobody's).
var samples = map[string][]any{
	"locale":                  {"en-US", "de-DE", "fr-FR"},
	"preferredlanguage":       {"en-US", "de", "fr"},
	"timezone":                {"Europe/Madrid", "America/New_York", "Asia/Tokyo"},
	"addresses.country":       {"US", "DE", "FR"},
	"addresses.postalcode":    {"90001", "10115", "75001"},
	"addresses.region":        {"CA", "BE", "IDF"},
	"addresses.locality":      {"Springfield", "Berlin", "Paris"},
	"addresses.streetaddress": {"100 Example Street", "1 Beispielweg", "2 Rue du Test"},
	"phonenumbers.value":      {"tel:+1-555-0100", "tel:+1-555-0101", "tel:+1-555-0102"},
	"ims.value":               {"ana.one", "ana.two", "ana.three"},
	"usertype":                {"Employee", "Contractor", "Intern"},
	"x509certificates.value":  {sampleCertificate, sampleCertificate, sampleCertificate},
}

// sampleCertificate is a DER certificate in base64 (RFC 7643 section 4.1.2), made for this purpose:
// self-signed, Ed25519, for CN=example.com.
const sampleCertificate = "MIHYMIGLoAMCAQICAQEwBQYDK2VwMBYxFDASBgNVBAMTC2V4YW1wbGUuY29tMB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowFjEUMBIGA1UEAxMLZXhhbXBsZS5jb20wKjAFBgMrZXADIQCvk+985/MTxGxNbPC2x9ItuUZNWbhylnxDwJ8FFFQWbzAFBgMrZXADQQA3Ctr5VQLtpWR8FxBe5WS5WNiFb6xFMq9jxOn2g7WUZ0aLDLVfu512oMbliaHd5iQmbISxnJ+rK9D5Q7mo4fQA"

// notSampled are sub-attributes that servers compute or whose writes are disputed: display (erratum
// 8358) and formatted (RFC 7644 section 3.3 lets the server compose it).
var notSampled = []string{"display", "formatted", "$ref"}

// sample is a valid value for an attribute as attributes() describes it; n tells values of one
// attribute apart, tag those of one case. nil: no value can be made up, because the attribute names
// resources or is the provider's.
func (e *Engine) sample(item map[string]any, n int, tag string) any {
	if item["mutability"] == "readOnly" {
		return e.sampleReadOnly(item, n, tag)
	}
	if item["complex"] != true {
		v := e.sampleSimple(item, strings.ToLower(text(item["name"])), n, tag)
		if v == nil || item["multiValued"] != true {
			return v
		}
		return []any{v}
	}
	obj := map[string]any{}
	for _, sub := range subsOf(item) {
		name := strings.ToLower(text(sub["name"]))
		if sub["type"] == "reference" && !external(sub) && name != "value" {
			return nil // an element of it names a resource: members, manager, groups
		}
		if slices.Contains(notSampled, name) || sub["mutability"] == "readOnly" || sub["returned"] == "never" {
			continue
		}
		if v := e.sampleSimple(sub, strings.ToLower(text(item["name"]))+"."+name, n, tag); v != nil {
			obj[text(sub["name"])] = v
		}
	}
	if len(obj) == 0 {
		return nil
	}
	if item["multiValued"] == true {
		return []any{obj}
	}
	return obj
}

// sampleReadOnly is a value that a client has no business to send.
func (e *Engine) sampleReadOnly(item map[string]any, n int, tag string) any {
	var v any
	if item["complex"] == true {
		v = map[string]any{"value": fmt.Sprintf("%s-%d", tag, n)}
	} else {
		v = e.sampleSimple(item, strings.ToLower(text(item["name"])), n, tag)
	}
	if v != nil && item["multiValued"] == true {
		return []any{v}
	}
	return v
}

// subsOf are the sub-attributes of a complex attribute.
func subsOf(item map[string]any) []map[string]any {
	l, _ := item["subAttributes"].([]any)
	var out []map[string]any
	for _, x := range l {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func external(a map[string]any) bool {
	types := texts(a["referenceTypes"])
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, "external") || strings.EqualFold(t, "uri") })
}

func (e *Engine) sampleSimple(a map[string]any, key string, n int, tag string) any {
	if c, _ := a["canonicalValues"].([]any); len(c) > 0 && a["type"] == "string" {
		return c[(n-1)%len(c)]
	}
	if l, ok := samples[key]; ok {
		return l[(n-1)%len(l)]
	}
	switch text(a["type"]) {
	case "boolean":
		return strings.HasSuffix(key, ".primary") || n%2 == 1
	case "integer":
		return 40 + n
	case "decimal":
		return 40.5 + float64(n)
	case "dateTime":
		return fmt.Sprintf("2024-0%d-01T08:00:00Z", (n-1)%9+1)
	case "binary":
		return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "scimmage %d", n))
	case "reference":
		if !external(a) {
			return nil
		}
		return fmt.Sprintf("https://example.com/%s/%d", tag, n)
	}
	switch {
	case strings.HasSuffix(key, ".type"):
		return []any{"work", "home", "other"}[(n-1)%3]
	case key == "emails.value":
		return e.o.Target.mail(fmt.Sprintf("%s-%d", tag, n))
	}
	return fmt.Sprintf("%s-%d", tag, n)
}

// setAttribute is a copy of a resource with an attribute set; one of an extension goes into its
// container, whose URN joins schemas.
func setAttribute(resource any, item map[string]any, v any) any {
	m, ok := scim.Clone(resource).(map[string]any)
	if !ok {
		return resource
	}
	name, urn := text(item["name"]), text(item["container"])
	if urn == "" {
		m[name] = v
		return m
	}
	box, _ := m[urn].(map[string]any)
	box = maps.Clone(box)
	if box == nil {
		box = map[string]any{}
	}
	box[name] = v
	m[urn] = box
	if l := toList(m["schemas"]); !slices.ContainsFunc(l, func(x any) bool { return strings.EqualFold(text(x), urn) }) {
		m["schemas"] = append(slices.Clone(l), urn)
	}
	return m
}

// attributeFilter is an equality filter for an attribute with a value of sample; nil where equality
// on it would not single the resource out.
func attributeFilter(item map[string]any, v any) any {
	path := text(item["path"])
	if l, ok := v.([]any); ok && len(l) == 1 {
		v = l[0]
	}
	if m, ok := v.(map[string]any); ok {
		name := ""
		for _, k := range sortedKeys(m) {
			if _, isText := m[k].(string); isText && (name == "" || k == "value") && k != "type" {
				name = k
			}
		}
		if name == "" {
			return nil
		}
		path, v = path+"."+name, m[name]
	}
	if s, ok := v.(string); ok && item["type"] != "dateTime" && item["type"] != "binary" {
		return path + " eq " + quote(s)
	}
	return nil
}
