package scim

func Match(f Filter, resource map[string]any, s *SchemaSet) bool { return false }
func CheckFilter(f Filter, s *SchemaSet) *Error                  { return nil }
func Canonical(v any) any                                        { return v }
func CheckErrorBody(v View, httpStatus int) []Violation          { return nil }
func CheckListResponse(v View, req ListQuery) []Violation        { return nil }
