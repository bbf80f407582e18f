package scimtest_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/scimmage/scimmage/scimtest"
)

// newSCIMHandler stands for your own service provider.
func newSCIMHandler() http.Handler { return http.NewServeMux() }

// A handler of the same process, as Okta and Entra ID would use it. In your own code the function is
// func TestSCIM(t *testing.T).
func ExampleRun() {
	TestSCIM := func(t *testing.T) {
		scimtest.Run(t, scimtest.Target{Handler: newSCIMHandler(), URL: "http://app.test/scim/v2", Token: "secret"},
			scimtest.IDPs("okta", "entra"),
			scimtest.Baseline("testdata/scim-baseline.yaml"),
		)
	}
	_ = TestSCIM
}

// A server that runs somewhere, with an HTML report of the result and the JUnit file that CI shows.
func ExampleRun_url() {
	TestStaging := func(t *testing.T) {
		scimtest.Run(t, scimtest.Target{URL: "https://staging.example.com/scim/v2", Token: os.Getenv("SCIM_TOKEN")},
			scimtest.FailOn(scimtest.Should),
			scimtest.Report("html", "scim.html"),
			scimtest.Report("junit", "TEST-scim.xml"),
		)
	}
	_ = TestStaging
}
