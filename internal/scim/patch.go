package scim

import (
	"fmt"
	"strings"
)

// Op is one PATCH operation (RFC 7644 section 3.5.2).
type Op struct {
	Op       string // as sent
	Path     string
	HasPath  bool
	Value    any // as Decode gives it
	HasValue bool
}

func (o Op) String() string {
	if !o.HasPath {
		return o.Op + " without path"
	}
	return o.Op + " " + quoteShort(o.Path)
}

// Tolerances are the deviations from RFC 7644 that real identity providers need, all in this one place. The zero value is
// the letter of the RFC.
type Tolerances struct {
	// CapitalOps reads "Add", "Replace", "Remove". Microsoft Entra ID sends them unless aadOptscim062020 is set.
	CapitalOps bool
	// StringBooleans reads "True" and "False" for booleans, in values and in value filters (`roles[primary eq "True"]`).
	// Microsoft Entra ID, Keycloak.
	StringBooleans bool
	// RemoveMembersWithValue lets `remove members` with a list of values remove these only, where the letter of the RFC
	// ignores the value and removes all. Microsoft Entra ID, authentik up to 2026.5, rauthy.
	RemoveMembersWithValue bool
	// DottedKeys reads paths as keys of a pathless value: "name.givenName", "urn:…:User:department". Microsoft Entra ID with
	// aadOptscim062020.
	DottedKeys bool
	// CreateOnMissingValuePath lets add and replace create the value that a filter describes when there is none, where the RFC
	// has noTarget for replace. Microsoft Entra ID.
	CreateOnMissingValuePath bool
	// ManagerAsString reads a string, or an array of one object, for a complex value (`manager`: "271"), "manager" without its
	// URN, and an empty string for "no manager". Microsoft Entra ID.
	ManagerAsString bool
	// RolesAsJSON reads the JSON text that Microsoft Entra ID puts into roles[].value for AppRoleAssignmentsComplex.
	RolesAsJSON bool
	// EmptyOperations reads `Operations: []` as a patch that changes nothing. Microsoft's SCIM validator sends it.
	EmptyOperations bool
}

// AllTolerances switches every tolerance on.
func AllTolerances() Tolerances {
	return Tolerances{CapitalOps: true, StringBooleans: true, RemoveMembersWithValue: true, DottedKeys: true,
		CreateOnMissingValuePath: true, ManagerAsString: true, RolesAsJSON: true, EmptyOperations: true}
}

// ParsePatch reads a PatchOp message by the letter of the RFC. body is a View or what Decode gives.
func ParsePatch(body any) ([]Op, *Error) { return Tolerances{}.ParsePatch(body) }

// ParsePatch reads a PatchOp message: its shape only, paths and values are for ApplyPatch. body is a View or what Decode gives.
func (t Tolerances) ParsePatch(body any) ([]Op, *Error) {
	if v, ok := body.(View); ok {
		body = v.Value()
	}
	obj, ok := body.(map[string]any)
	if !ok {
		return nil, Errorf(400, InvalidSyntax, "the body must be a PatchOp object")
	}
	if !namesSchema(obj, SchemaPatchOp) {
		return nil, Errorf(400, InvalidSyntax, "schemas must contain %s", SchemaPatchOp)
	}
	_, list, _ := member(obj, "Operations")
	items, ok := list.([]any)
	if !ok {
		return nil, Errorf(400, InvalidSyntax, "Operations must be an array of operations")
	}
	if len(items) == 0 && !t.EmptyOperations {
		return nil, Errorf(400, InvalidSyntax, "Operations must contain one operation at least")
	}
	ops := make([]Op, 0, len(items))
	for i, it := range items {
		op, err := t.parseOp(it)
		if err != nil {
			err.Detail = fmt.Sprintf("operation %d: %s", i+1, err.Detail)
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func namesSchema(obj map[string]any, urn string) bool {
	_, list, _ := member(obj, "schemas")
	items, _ := list.([]any)
	for _, it := range items {
		if s, ok := it.(string); ok && strings.EqualFold(s, urn) {
			return true
		}
	}
	return false
}

func (t Tolerances) parseOp(v any) (Op, *Error) {
	obj, ok := v.(map[string]any)
	if !ok {
		return Op{}, Errorf(400, InvalidSyntax, "an operation must be an object")
	}
	var op Op
	_, name, _ := member(obj, "op")
	if op.Op, ok = name.(string); !ok {
		return op, Errorf(400, InvalidSyntax, "op must be \"add\", \"remove\" or \"replace\"")
	}
	if _, known := t.verb(op.Op); !known {
		return op, Errorf(400, InvalidSyntax, "op must be \"add\", \"remove\" or \"replace\", not %s", quoteShort(op.Op))
	}
	if _, path, has := member(obj, "path"); has && path != nil {
		if op.Path, ok = path.(string); !ok {
			return op, Errorf(400, InvalidPath, "path must be a string")
		}
		op.HasPath = true
	}
	_, op.Value, op.HasValue = member(obj, "value")
	return op, nil
}

// verb reads the name of an operation.
func (t Tolerances) verb(s string) (string, bool) {
	if t.CapitalOps {
		s = strings.ToLower(s)
	}
	return s, s == "add" || s == "remove" || s == "replace"
}

// ApplyPatch applies operations to a resource in order (RFC 7644 section 3.5.2). It is atomic: the resource itself never
// changes, and with an error it is what comes back. changed says whether out differs in SCIM's sense (see Equal), so that a
// patch without effect moves no time stamp. Elements of long arrays are shared between resource and out: treat both as values.
//
// Choices where the RFC leaves one (reference: section numbers of RFC 7644):
//   - remove with a filter that matches nothing succeeds without change (3.5.2.2 says so for members);
//   - replace of a complex value merges its sub-attributes (3.5.2.3); replace of a value selected by a filter replaces it whole;
//   - add of a value that is there (same value and type) changes nothing, or merges what is new;
//   - an extension that loses its last value leaves schemas; one that gets its first enters it;
//   - readOnly sub-attributes in a complex value are ignored, as in POST and PUT; meta in a pathless value too (RFC 7643, 3.1);
//   - an attribute that no schema knows is refused, a sub-attribute in a value is dropped.
func ApplyPatch(resource map[string]any, ops []Op, rt ResourceType, s *SchemaSet, t Tolerances) (out map[string]any, changed bool, err *Error) {
	if s == nil {
		s = StandardSchemas()
	}
	p := &patcher{res: cloneResource(resource), rt: rt, set: s, tol: t, touched: map[string]bool{}}
	for i, op := range ops {
		if err := p.apply(op); err != nil {
			detail := strings.ToValidUTF8(err.Detail[:min(len(err.Detail), 500)], "")
			return resource, false, Errorf(err.Status, err.ScimType, "operation %d (%s): %s", i+1, op, detail)
		}
		p.bookkeeping()
	}
	return p.res, !Equal(resource, p.res), nil
}

// sharedFrom is the length from which arrays share their elements with the original: copying every member of a large group
// for each member added would make provisioning quadratic.
const sharedFrom = 256

func cloneResource(r map[string]any) map[string]any {
	out := make(map[string]any, len(r))
	for k, v := range r {
		if list, ok := v.([]any); ok && len(list) >= sharedFrom {
			out[k] = append([]any(nil), list...)
			continue
		}
		out[k] = Clone(v)
	}
	return out
}
