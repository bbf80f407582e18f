package scim

func Canonical(v any) any { return v }
