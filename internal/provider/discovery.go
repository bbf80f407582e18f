package provider

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// discover answers the three discovery endpoints (RFC 7644 section 4). Paging and sorting parameters are ignored, a filter is
// refused with 403.
func (p *Provider) discover(c *call) *answer {
	if c.query.Has("filter") && !p.has("discovery-filter-ignored") {
		return refuse(http.StatusForbidden, "", "Discovery endpoints take no filter (RFC 7644 section 4).").answer()
	}
	root := c.root()
	key := root + " " + strings.Join(c.path, " ")
	if b, ok := p.documents.Load(key); ok {
		return reply(http.StatusOK, b.([]byte))
	}
	a := p.document(c, root)
	if a.status == http.StatusOK && p.cached.Add(1) <= maxDocuments {
		p.documents.Store(key, a.body)
	}
	return a
}

// maxDocuments bounds the rendered documents that are kept: a client may come by many host names.
const maxDocuments = 64

func (p *Provider) document(c *call, root string) *answer {
	name := ""
	if len(c.path) == 2 {
		name = c.path[1]
	}
	switch c.path[0] {
	case "ServiceProviderConfig":
		return reply(http.StatusOK, encode(p.serviceProviderConfig(root)))
	case "ResourceTypes":
		return discoverList(name, p.resourceTypes(root), "resource type")
	}
	return discoverList(name, p.schemaDocuments(root), "schema")
}

type document struct {
	id   string
	body object
}

func discoverList(name string, docs []document, what string) *answer {
	if name != "" {
		for _, d := range docs {
			if d.id == name || strings.HasPrefix(name, "urn:") && strings.EqualFold(d.id, name) {
				return reply(http.StatusOK, encode(d.body))
			}
		}
		return refuse(http.StatusNotFound, "", "There is no %s %s.", what, quoted(name)).answer()
	}
	list := make([]any, len(docs))
	for i, d := range docs {
		list[i] = d.body
	}
	return reply(http.StatusOK, encode(object{"schemas": []any{urnList}, "totalResults": number(len(docs)), "startIndex": number(1),
		"itemsPerPage": number(len(docs)), "Resources": list}))
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func supported(yes bool) object { return object{"supported": yes} }

// serviceProviderConfig is RFC 7643 section 5 with the pagination attribute of RFC 9865 section 4. It says what is true.
func (p *Provider) serviceProviderConfig(root string) object {
	bulk := supported(!p.noBulk() || p.has("claims-bulk"))
	bulk["maxOperations"], bulk["maxPayloadSize"] = number(p.opt.MaxOperations), number(int(p.opt.MaxPayload))
	filter := supported(!p.has("claims-no-filter"))
	filter["maxResults"] = number(p.opt.MaxPage)
	o := object{
		"schemas":        []any{scim.SchemaSPC},
		"patch":          supported(!p.noPatch() || p.has("claims-patch")),
		"bulk":           bulk,
		"filter":         filter,
		"changePassword": supported(true),
		"sort":           supported(!p.noSort() || p.has("claims-sort")),
		"etag":           supported(!p.noETags() || p.has("claims-etag")),
		"authenticationSchemes": []any{object{
			"type": "oauthbearertoken", "name": "OAuth Bearer Token", "primary": true,
			"description": "A bearer token in the Authorization header (RFC 6750).",
			"specUri":     "https://www.rfc-editor.org/info/rfc6750",
		}},
		"meta": object{"resourceType": "ServiceProviderConfig", "location": root + "/ServiceProviderConfig"},
	}
	if p.cursorsOn() || p.has("claims-cursor") {
		method := "index"
		if p.has("cursor-default") {
			method = "cursor"
		}
		o["pagination"] = object{"cursor": true, "index": true, "defaultPaginationMethod": method,
			"defaultPageSize": number(min(p.opt.DefaultPage, p.opt.MaxPage)), "maxPageSize": number(p.opt.MaxPage),
			"cursorTimeout": number(int(p.opt.CursorTTL.Seconds()))}
	}
	return o
}

func (p *Provider) resourceTypes(root string) []document {
	var out []document
	for _, k := range p.model.kinds {
		o := object{"schemas": []any{scim.SchemaResourceType}, "id": k.rt.ID, "name": k.rt.Name, "description": k.rt.Description,
			"endpoint": k.rt.Endpoint, "schema": k.rt.Schema,
			"meta": object{"resourceType": "ResourceType", "location": root + "/ResourceTypes/" + k.rt.ID}}
		var exts []any
		for _, x := range k.rt.Extensions {
			exts = append(exts, object{"schema": x.Schema, "required": x.Required})
		}
		if exts != nil {
			o["schemaExtensions"] = exts
		}
		out = append(out, document{k.rt.ID, o})
	}
	return out
}

func (p *Provider) schemaDocuments(root string) []document {
	var out []document
	for _, s := range p.model.schemas.Schemas() {
		o := object{"schemas": []any{scim.SchemaSchema}, "id": s.ID, "name": s.Name, "description": s.Description,
			"attributes": attributeDocuments(s.Attributes),
			"meta":       object{"resourceType": "Schema", "location": root + "/Schemas/" + s.ID}}
		out = append(out, document{s.ID, o})
	}
	return out
}

// attributeDocuments renders definitions with every characteristic that applies to the type: caseExact and uniqueness mean
// nothing for booleans, numbers, dateTimes and complex attributes (RFC 7643 section 2.3).
func attributeDocuments(list []*scim.Attribute) []any {
	out := make([]any, 0, len(list))
	for _, a := range list {
		o := object{"name": a.Name, "type": a.Type, "multiValued": a.MultiValued, "required": a.Required,
			"mutability": a.Mutability, "returned": a.Returned}
		if a.Description != "" {
			o["description"] = a.Description
		}
		switch a.Type {
		case "string", "reference", "binary":
			o["caseExact"], o["uniqueness"] = a.CaseExact || a.Type == "binary", a.Uniqueness
		case "integer", "decimal":
			o["uniqueness"] = a.Uniqueness
		}
		if len(a.CanonicalValues) > 0 {
			o["canonicalValues"] = stringsToAny(a.CanonicalValues)
		}
		if a.Type == "reference" {
			o["referenceTypes"] = stringsToAny(a.ReferenceTypes)
		}
		if len(a.SubAttributes) > 0 {
			o["subAttributes"] = attributeDocuments(a.SubAttributes)
		}
		out = append(out, o)
	}
	return out
}

func stringsToAny(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func lower(s string) string { return strings.ToLower(s) }
