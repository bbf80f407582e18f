package scim

type ValidateOptions struct {
	Request bool // the body of a client: id, meta and readOnly attributes are not demanded
	Partial bool // a projection (attributes, excludedAttributes): absence proves nothing
}

func Validate(resource View, rt ResourceType, s *SchemaSet, o ValidateOptions) []Violation {
	return nil
}
