package engine

import (
	"testing"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/suites"
)

// TestAnswerOfNestedOperation: what an operation inside of an operation was answered can be judged where the outer one is played.
func TestAnswerOfNestedOperation(t *testing.T) {
	doc := newRig(t, reference(t), library(t, suite(`
  - id: c
    title: T
    level: must
    given:
      jon: {person: {}}
    steps:
      - {id: provision, use: entra/create-user, with: {person: '{{ jon }}'}}
      - id: leave
        use: entra/deactivate-user
        with: {person: '{{ jon }}'}
        expect: [{id: answer, title: A, when: status == 200, equals: {at: active, value: false}}]
`))).run(t)
	if k := checkOf(t, doc, "t/c/leave.answer"); k.Outcome != result.Pass {
		t.Errorf("%s: %s, %s", k.Outcome, k.Expected, k.Actual)
	}
}

// TestTransport: a remote target is to be reached by https.
func TestTransport(t *testing.T) {
	lib, ps := suites.LoadEmbedded()
	if len(ps) > 0 {
		t.Fatal(ps.Render())
	}
	for url, want := range map[string]result.Outcome{"http://app.example/scim/v2": result.Fail, "https://app.example/scim/v2": result.Pass} {
		doc := newRig(t, reference(t), lib, func(o *Options, _ *exchange.Config) {
			o.Remote, o.Only, o.Info.URL = true, []string{"rfc.auth/transport"}, url
		}).run(t)
		if k := checkOf(t, doc, "rfc.auth/transport/list.https"); k.Outcome != want {
			t.Errorf("%s: %s, wanted %s", url, k.Outcome, want)
		}
	}
}
