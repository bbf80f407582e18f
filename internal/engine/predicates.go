package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
)

// predicates is the closed list for the matcher `go`.
func predicates() map[string]matcher {
	return map[string]matcher{
		// Attribute definitions of /Schemas (one or a list): no violation with one of these codes of
		// internal/scim, about one of these characteristics (members) or attributes. notes: true counts
		// what servers may do differently too.
		"definitions": func(c matchCall) verdict {
			return noViolations(c, func(b []byte) []scim.Violation { _, v := scim.ParseSchemas(b); return v })
		},
		// The same for /ResourceTypes.
		"resource-types": func(c matchCall) verdict {
			return noViolations(c, func(b []byte) []scim.Violation { _, v := scim.ParseResourceTypes(b); return v })
		},
	}
}

func matchGo(c matchCall) verdict {
	a, _ := c.args.(map[string]any)
	fn, ok := predicates()[text(a["name"])]
	if !ok {
		return broken("go: no predicate %q", text(a["name"]))
	}
	return fn(c)
}

// maxNamed is how many places a finding names; a schema with one mistake has it everywhere.
const maxNamed = 8

func noViolations(c matchCall, parse func([]byte) []scim.Violation) verdict {
	a, _ := c.args.(map[string]any)
	codes, members := texts(a["codes"]), texts(a["members"])
	if len(codes) == 0 {
		return broken("go: codes are missing")
	}
	if c.resp.status() != 200 || !c.resp.isJSON {
		return verdict{unjudged: "the answer has no definitions to judge"}
	}
	var hits []scim.Violation
	for _, v := range parse(c.resp.json) {
		last := v.Attribute[strings.LastIndexByte(v.Attribute, '.')+1:]
		if !slices.Contains(codes, v.Code) || v.Note && a["notes"] != true || len(members) > 0 && !slices.Contains(members, last) {
			continue
		}
		hits = append(hits, v)
	}
	if len(hits) == 0 {
		return verdict{ok: true, expected: "definitions without fault"}
	}
	v := verdict{expected: hits[0].Expected, actual: hits[0].Actual, summary: hits[0].Message,
		at: &result.Locus{Where: "response", Pointer: hits[0].Pointer, Offset: max(hits[0].Offset, 0)}}
	for i, h := range hits[1:] {
		if i == maxNamed {
			v.notes = append(v.notes, fmt.Sprintf("and %d more", len(hits)-1-maxNamed))
			break
		}
		v.notes = append(v.notes, "also "+h.Message)
	}
	return v
}
