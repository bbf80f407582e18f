package scim

// Op is one PATCH operation (RFC 7644 section 3.5.2).
type Op struct {
	Op       string // as sent
	Path     string
	HasPath  bool
	Value    any // canonical Go values as of Decode
	HasValue bool
}

// Tolerances are the deviations from RFC 7644 that real identity providers need. The zero value is the letter of the RFC.
type Tolerances struct {
	CapitalOps               bool
	StringBooleans           bool
	RemoveMembersWithValue   bool
	DottedKeys               bool
	CreateOnMissingValuePath bool
	ManagerAsString          bool
	RolesAsJSON              bool
	EmptyOperations          bool
}

// AllTolerances switches every tolerance on.
func AllTolerances() Tolerances { return Tolerances{true, true, true, true, true, true, true, true} }

func ParsePatch(body any) ([]Op, *Error)                { return nil, nil }
func (t Tolerances) ParsePatch(body any) ([]Op, *Error) { return nil, nil }
func ApplyPatch(resource map[string]any, ops []Op, rt ResourceType, s *SchemaSet, t Tolerances) (out map[string]any, changed bool, err *Error) {
	return nil, false, nil
}
func GetPath(resource map[string]any, p Path) (any, bool) { return nil, false }
func SetPath(resource map[string]any, p Path, v any)      {}
