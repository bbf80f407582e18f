package provider

import (
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

func serverError() *answer {
	return refuse(http.StatusInternalServerError, "", "Internal server error.").answer()
}

// discoveryRequests are defects of discovery that change what happens before the answer.
var discoveryRequests = map[string]requestHook{
	"spc-missing": func(_ *Provider, c *call) *answer {
		if c.head() == "ServiceProviderConfig" {
			return refuse(http.StatusNotFound, "", "There is no endpoint at this path.").answer()
		}
		return nil
	},
	"spc-plural-only": func(_ *Provider, c *call) *answer {
		switch c.head() {
		case "ServiceProviderConfig":
			return refuse(http.StatusNotFound, "", "There is no endpoint at this path.").answer()
		case "ServiceProviderConfigs":
			c.path[0] = "ServiceProviderConfig"
		}
		return nil
	},
	"schemas-missing-endpoint": func(_ *Provider, c *call) *answer {
		if c.head() == "Schemas" {
			return refuse(http.StatusNotFound, "", "There is no endpoint at this path.").answer()
		}
		return nil
	},
	"schemas-500": func(_ *Provider, c *call) *answer {
		if c.head() == "Schemas" {
			return serverError()
		}
		return nil
	},
	"resourcetype-by-id-404": func(_ *Provider, c *call) *answer {
		if c.head() == "ResourceTypes" && len(c.path) == 2 {
			return refuse(http.StatusNotFound, "", "Not found.").answer()
		}
		return nil
	},
	"resourcetype-by-id-list": func(_ *Provider, c *call) *answer {
		if c.head() == "ResourceTypes" && len(c.path) == 2 {
			c.path = c.path[:1]
		}
		return nil
	},
	"schema-by-id-404": func(_ *Provider, c *call) *answer {
		if c.head() == "Schemas" && len(c.path) == 2 {
			return refuse(http.StatusNotFound, "", "Not found.").answer()
		}
		return nil
	},
	"schema-by-id-list": func(_ *Provider, c *call) *answer {
		if c.head() == "Schemas" && len(c.path) == 2 {
			c.path = c.path[:1]
		}
		return nil
	},
	"unknown-schema-200": func(p *Provider, c *call) *answer {
		if c.head() == "Schemas" && len(c.path) == 2 && p.model.schemas.Schema(c.path[1]) == nil {
			return reply(http.StatusOK, []byte("{}"))
		}
		return nil
	},
	"discovery-writable": func(_ *Provider, c *call) *answer {
		if c.discovery() && c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
			return reply(http.StatusOK, []byte("{}"))
		}
		return nil
	},
	"discovery-query-500": func(_ *Provider, c *call) *answer {
		if c.discovery() && c.rawQuery != "" {
			return serverError()
		}
		return nil
	},
}

// discoveryHooks are defects in the documents of discovery.
var discoveryHooks = map[string]responseHook{
	"spc-pagination-strings": documents("ServiceProviderConfig", func(_ *call, o object) {
		if o["pagination"] != nil {
			o["pagination"] = object{"cursor": true, "index": "true", "defaultPaginationMethod": "pages", "defaultPageSize": "100", "maxPageSize": number(0)}
		}
	}),
	"spc-pagination-wrong": documents("ServiceProviderConfig", func(_ *call, o object) {
		if m, ok := o["pagination"].(object); ok {
			m["defaultPaginationMethod"], m["maxPageSize"] = "cursor", number(1)
		}
	}),
	"spc-lacks-required": documents("ServiceProviderConfig", func(_ *call, o object) {
		delete(o, "sort")
		delete(o, "etag")
	}),
	"spc-lacks-authentication": documents("ServiceProviderConfig", func(_ *call, o object) { delete(o, "authenticationSchemes") }),
	"spc-supported-strings": documents("ServiceProviderConfig", func(_ *call, o object) {
		for _, v := range o {
			if m, ok := v.(object); ok && m["supported"] == true {
				m["supported"] = "true"
			}
		}
	}),
	"spc-no-schemas": documents("ServiceProviderConfig", func(_ *call, o object) { delete(o, "schemas") }),
	"spc-as-list": discovered("ServiceProviderConfig", func(_ *call, a *answer, o object) {
		a.setTree(object{"schemas": []any{urnList}, "totalResults": number(1), "startIndex": number(1), "itemsPerPage": number(1), "Resources": []any{o}})
	}),
	"spc-no-max-results": documents("ServiceProviderConfig", func(_ *call, o object) {
		if m, ok := o["filter"].(object); ok {
			delete(m, "maxResults")
		}
	}),
	"spc-no-bulk-limits": documents("ServiceProviderConfig", func(_ *call, o object) {
		if m, ok := o["bulk"].(object); ok {
			delete(m, "maxOperations")
			delete(m, "maxPayloadSize")
		}
	}),
	"spc-schemes-object": documents("ServiceProviderConfig", func(_ *call, o object) {
		if list := listOf(o["authenticationSchemes"]); len(list) > 0 {
			o["authenticationSchemes"] = list[0]
		}
	}),
	"spc-scheme-without-type": documents("ServiceProviderConfig", func(_ *call, o object) {
		for _, e := range listOf(o["authenticationSchemes"]) {
			if m, ok := e.(object); ok {
				delete(m, "type")
				delete(m, "description")
			}
		}
	}),
	"claims-small-max-results": documents("ServiceProviderConfig", func(_ *call, o object) {
		if m, ok := o["filter"].(object); ok {
			m["maxResults"] = number(2)
		}
	}),
	"resourcetypes-bare-array": discovered("ResourceTypes", bareArray),
	"schemas-bare-array":       discovered("Schemas", bareArray),
	"resourcetypes-total-zero": discovered("ResourceTypes", func(_ *call, a *answer, o object) {
		if o["totalResults"] != nil {
			o["totalResults"] = number(0)
			a.setTree(o)
		}
	}),
	"resourcetype-endpoint-wrong": documents("ResourceTypes", func(_ *call, o object) {
		if s, ok := o["endpoint"].(string); ok {
			o["endpoint"] = strings.TrimSuffix(s, "s")
		}
	}),
	"resourcetype-lacks-extension": documents("ResourceTypes", func(_ *call, o object) { delete(o, "schemaExtensions") }),
	"resourcetype-extensions-object": documents("ResourceTypes", func(_ *call, o object) {
		if list := listOf(o["schemaExtensions"]); len(list) > 0 {
			o["schemaExtensions"] = list[0]
		}
	}),
	"resourcetype-name-plural": documents("ResourceTypes", func(_ *call, o object) {
		o["name"], o["id"] = o["name"].(string)+"s", o["name"].(string)+"s"
	}),
	"resourcetype-no-schema": documents("ResourceTypes", func(_ *call, o object) { delete(o, "schema") }),
	"schema-unpublished": discovered("Schemas", func(c *call, a *answer, o object) {
		var kept []any
		for _, e := range listOf(o["Resources"]) {
			if d, ok := e.(object); ok && d["id"] != scim.SchemaEnterprise {
				kept = append(kept, d)
			}
		}
		switch {
		case kept != nil:
			o["Resources"], o["totalResults"], o["itemsPerPage"] = kept, number(len(kept)), number(len(kept))
			a.setTree(o)
		case o["id"] == scim.SchemaEnterprise:
			*a = *refuse(http.StatusNotFound, "", "Not found.").answer()
		}
	}),
	"discovery-paging-applied": func(_ *Provider, c *call, a *answer) {
		o := a.tree()
		if !a.ok() || !c.discovery() || o == nil || !c.query.Has("count") {
			return
		}
		list := listOf(o["Resources"])
		n, _ := wholeNumber(c.query.Get("count"))
		list = list[:max(0, min(n, len(list)))]
		o["Resources"], o["itemsPerPage"] = list, number(len(list))
		a.setTree(o)
	},
	"schema-attributes-missing": documents("Schemas", func(_ *call, o object) { delete(o, "attributes") }),
	"schema-id-missing":         documents("Schemas", func(_ *call, o object) { delete(o, "id") }),
	"schema-bad-type":           tweak(scim.SchemaUser, "displayName", func(a object) { a["type"] = "text" }),
	"schema-bad-mutability": tweak(scim.SchemaUser, "displayName", func(a object) {
		a["mutability"] = "read-write"
	}),
	"schema-bad-returned": tweak(scim.SchemaUser, "displayName", func(a object) { a["returned"] = "yes" }),
	"schema-username-optional": tweak(scim.SchemaUser, "userName", func(a object) {
		a["required"] = false
	}),
	"schema-username-exact": tweak(scim.SchemaUser, "userName", func(a object) { a["caseExact"], a["uniqueness"] = true, "none" }),
	"schema-password-readable": tweak(scim.SchemaUser, "password", func(a object) {
		a["mutability"], a["returned"] = "readWrite", "default"
	}),
	"schema-active-string":   tweak(scim.SchemaUser, "active", func(a object) { a["type"] = "string" }),
	"schema-emails-singular": tweak(scim.SchemaUser, "emails", func(a object) { a["multiValued"] = false }),
	"schema-groups-writable": tweak(scim.SchemaUser, "groups", func(a object) { a["mutability"] = "readWrite" }),
	"schema-members-singular": tweak(scim.SchemaGroup, "members", func(a object) {
		a["multiValued"] = false
	}),
	"schema-group-name-optional": tweak(scim.SchemaGroup, "displayName", func(a object) { a["required"] = false }),
	"schema-flattened": documents("Schemas", func(_ *call, o object) {
		var flat []any
		for _, e := range listOf(o["attributes"]) {
			a, _ := e.(object)
			if a["name"] != "name" {
				flat = append(flat, e)
				continue
			}
			for _, s := range listOf(a["subAttributes"]) {
				sub, _ := s.(object)
				sub["name"] = "name." + sub["name"].(string)
				flat = append(flat, sub)
			}
		}
		o["attributes"] = flat
	}),
	"schema-no-subattributes": tweak(scim.SchemaUser, "name", func(a object) { delete(a, "subAttributes") }),
	"schema-duplicated": discovered("Schemas", func(_ *call, a *answer, o object) {
		if list := listOf(o["Resources"]); len(list) > 0 {
			list = append(list, list[0])
			o["Resources"], o["totalResults"], o["itemsPerPage"] = list, number(len(list)), number(len(list))
			a.setTree(o)
		}
	}),
	"schema-lists-messages": discovered("Schemas", func(_ *call, a *answer, o object) {
		if list := listOf(o["Resources"]); len(list) > 0 {
			list = append(list, object{"schemas": []any{scim.SchemaSchema}, "id": urnList, "name": "ListResponse", "attributes": []any{},
				"meta": object{"resourceType": "Schema"}})
			o["Resources"], o["totalResults"], o["itemsPerPage"] = list, number(len(list)), number(len(list))
			a.setTree(o)
		}
	}),
	"schema-reference-types-missing": tweak(scim.SchemaUser, "profileUrl", func(a object) { delete(a, "referenceTypes") }),
	"schema-characteristics-strings": tweak(scim.SchemaUser, "userName", func(a object) { a["required"], a["multiValued"] = "true", "false" }),
	"discovery-location-dead": documents("ResourceTypes", func(c *call, o object) {
		metaOf(o)["location"] = c.root() + "/ResourceType/" + o["name"].(string)
	}),
	"discovery-list-no-schemas": discovered("Schemas", func(_ *call, a *answer, o object) {
		if o["Resources"] != nil {
			delete(o, "schemas")
			a.setTree(o)
		}
	}),
}

func bareArray(_ *call, a *answer, o object) {
	if list, ok := o["Resources"].([]any); ok {
		a.body = encode(list)
	}
}
