package claims

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
)

func TestJudge(t *testing.T) {
	feature := func(id, title string, v result.Verdict) result.Feature {
		return result.Feature{ID: id, Title: title, Verdicts: map[string]result.Verdict{"okta": v}}
	}
	doc := &result.Document{Profiles: []result.Profile{{ID: "okta"}}, Features: []result.Feature{
		feature("create-users", "Create users", result.Supported), feature("update-users", "Update user attributes", result.Partial),
		feature("deactivate-users", "Deactivate users", result.Broken), feature("group-push", "Group push", result.NotSupported),
		feature("import-users", "Import users", result.Supported), feature("sync-password", "Sync password", result.Untested),
	}}
	f, err := Parse([]byte("product: x\nfeatures:\n  Create users: yes\n  Update user attributes: yes\n  Deactivate users: yes\n  Group Push: no\n  sync-password: yes\n  Attribute sourcing: yes\nidps:\n  okta: {Create: no}\n"))
	if err != nil {
		t.Fatal(err)
	}
	delete(f.IDPs, "okta")
	cs, err := Judge(f, doc)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range cs {
		got[c.Feature] = c.Verdict
	}
	want := map[string]string{"create-users": "kept", "update-users": "broken", "deactivate-users": "broken", "group-push": "kept", "import-users": "not claimed but works", "sync-password": "not testable", "Attribute sourcing": "not testable"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !Fails(cs, "must") || Fails([]result.Claim{{Verdict: "broken", Measured: "partial"}}, "must") || !Fails([]result.Claim{{Verdict: "broken", Measured: "partial"}}, "should") || Fails([]result.Claim{{Verdict: "kept"}}, "any") {
		t.Error("exit code")
	}
	if _, err := Judge(&File{Features: map[string]string{"Teleport": "yes"}}, doc); err == nil {
		t.Error("an unknown feature is taken")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "product: x", "features: {create: maybe}", "featurez: {create: yes}", "features: ["} {
		if _, err := Parse([]byte(s)); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
}
