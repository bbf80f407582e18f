package scim

import "testing"

func BenchmarkPatchMemberOfLargeGroup(b *testing.B) {
	const n = 100000
	members := make([]any, n)
	for i := range members {
		members[i] = map[string]any{"value": "member-" + itoa(i)}
	}
	group := map[string]any{"schemas": []any{SchemaGroup}, "displayName": "all", "members": members}
	ops := []Op{
		{Op: "add", Path: "members", HasPath: true, HasValue: true, Value: []any{map[string]any{"value": "new"}}},
		{Op: "remove", Path: `members[value eq "member-7"]`, HasPath: true},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, changed, err := ApplyPatch(group, ops, groupType, nil, Tolerances{}); err != nil || !changed {
			b.Fatal(changed, err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	user := resource(b, matchUser)
	f, err := ParseFilter(`userName eq "nobody@example.com" or emails[type eq "work" and value co "nobody"]`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if Match(f, user, nil) {
			b.Fatal("matched")
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	v := mustView(b, matchUser)
	b.ReportAllocs()
	for b.Loop() {
		Validate(v, userType, nil, ValidateOptions{})
	}
}
