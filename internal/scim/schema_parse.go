package scim

func ParseSchemas(listResponse []byte) (*SchemaSet, []Violation)   { return nil, nil }
func ParseResourceTypes(body []byte) ([]ResourceType, []Violation) { return nil, nil }
