package scim

type SyntaxError struct {
	Input     string
	Offset    int
	Msg, Want string
}

func (e *SyntaxError) Error() string { return e.Msg }
func (e *SyntaxError) Caret() string { return "" }

func ParsePath(s string) (Path, error)                                  { return Path{}, nil }
func ParseAttrPath(s string) (Path, error)                              { return Path{}, nil }
func ParseFilter(s string) (Filter, error)                              { return nil, nil }
func ParseFilterLenient(s string) (f Filter, entraForm bool, err error) { return nil, false, nil }
func FormatFilter(f Filter) string                                      { return "" }
func Match(f Filter, resource map[string]any, s *SchemaSet) bool        { return false }
func CheckFilter(f Filter, s *SchemaSet) *Error                         { return nil }
func Canonical(v any) any                                               { return v }
func CheckErrorBody(v View, httpStatus int) []Violation                 { return nil }
func CheckListResponse(v View, req ListQuery) []Violation               { return nil }
