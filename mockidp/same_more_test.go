package mockidp_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/engine"
	"github.com/scimmage/scimmage/suites"
)

// deeds are what the first story (proof_test.go) does not tell, for those who work at once and for those who work in cycles.
var deeds = map[string]struct {
	suite string
	tell  func(*sameStory)
	least int
}{
	"at once": {`      - {id: a, use: IDP/create-user, with: {person: '{{ ana }}'}}
      - {id: b, use: IDP/create-user, with: {person: '{{ bo }}'}}
      - {id: p, use: IDP/sync-password, with: {person: '{{ ana }}', password: "Pw-9new!x"}}
      - save: {crew: '{"id": "g-crew", "name": "Crew", "members": []}'}
      - {id: l, use: IDP/link-group, with: {group: '{{ crew }}'}}
      - save: {team: '{"id": "g-team", "name": "Platform Team", "members": [ana, bo]}'}
      - {id: g, use: IDP/push-group, with: {group: '{{ team }}'}}
      - {id: r, use: IDP/rename-group, with: {group: '{{ team }}', name: Platform}}
      - {id: n, use: IDP/replace-members, with: {group: '{{ team }}'}}
      - {id: d, use: IDP/delete-group, with: {group: '{{ team }}'}}
      - {id: z, use: IDP/delete-user, with: {person: '{{ bo }}'}}
`, tellAtOnce, 12},
	"cycles": {`      - {id: t, use: entra/provision-on-demand, with: {person: '{{ ana }}'}}
      - {id: b, use: IDP/create-user, with: {person: '{{ bo }}'}}
      - save: {crew: '{"id": "g-crew", "name": "Crew", "members": []}'}
      - {id: l, use: IDP/push-group, with: {group: '{{ crew }}'}}
      - save: {team: '{"id": "g-team", "name": "Platform Team", "members": [ana, bo]}'}
      - {id: g, use: IDP/push-group, with: {group: '{{ team }}'}}
      - {id: r, use: IDP/rename-group, with: {group: '{{ team }}', name: Platform}}
      - {id: x, use: IDP/remove-members, with: {group: '{{ team }}', members: '{{ [bo] }}'}}
      - {id: d, use: IDP/delete-group, with: {group: '{{ team }}'}}
      - {id: e, use: IDP/deactivate-user, with: {person: '{{ bo }}'}}
      - {id: z, use: IDP/delete-user, with: {person: '{{ bo }}'}}
`, tellInCycles, 12},
}

// sameStory is an administrator at the API of an application, and the wire behind it.
type sameStory struct {
	*world
	app  string
	wire *wire
}

// TestSameBytesOfOtherDeeds: linking, renaming, pushing now, deleting, passwords and provisioning on demand give the same requests
// through the suite and through the API.
func TestSameBytesOfOtherDeeds(t *testing.T) {
	for idp, how := range map[string]string{"okta": "at once", "okta-aiw": "at once", "entra": "cycles", "entra-062020": "cycles"} {
		t.Run(idp, func(t *testing.T) {
			deed := deeds[how]
			lib, _ := suites.LoadEmbedded()
			_, set := catalogue()
			_, ps := lib.Add(idp+".yaml", []byte(strings.ReplaceAll("suite: acme.deeds.IDP\ntitle: Deeds\nkind: user\ncases:\n  - id: deeds\n    title: Deeds\n    given:"+twoPeople+"    steps:\n"+deed.suite, "IDP", idp)))
			if ps = append(ps, lib.CheckNames(engine.Names(set))...); len(ps) > 0 {
				t.Fatal(ps.Render())
			}
			fromSuite, fromAPI := tellAsSuite(t, lib, "acme.deeds."+idp, crewIsThere), tellDeeds(t, idp, deed.tell)
			if diff := cmp.Diff(fromSuite, fromAPI); diff != "" {
				t.Errorf("the requests differ (-suite +API):\n%s", diff)
			}
			if len(fromSuite) < deed.least {
				t.Errorf("only %d requests were compared", len(fromSuite))
			}
		})
	}
}

// crewIsThere makes a group in the application that nobody of ours sent.
func crewIsThere(w *wire) {
	r := httptest.NewRequest("POST", "/scim/v2/Groups", strings.NewReader(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Crew"}`))
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/scim+json")
	w.next.ServeHTTP(httptest.NewRecorder(), r)
}

func tellDeeds(t *testing.T, idp string, tell func(*sameStory)) []string {
	t.Helper()
	w := newWorld(t)
	rec := newWire(t)
	crewIsThere(rec)
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	w.target = srv.URL + "/scim/v2"
	s := &sameStory{w, w.app(idp), rec}
	w.must("PATCH", "/apps/"+s.app, m{"settings": m{"syncPassword": true, "actions": []string{"importUsers", "pushNew", "pushUpdates", "pushGroups", "importGroups"}}})
	for id, p := range map[string]m{
		"u-ana": {"login": "ana@example.com", "email": "ana@example.com", "firstName": "Ana", "lastName": "Ruiz", "displayName": "Ana Ruiz", "title": "Engineer", "department": "R&D", "password": "Pw-1ana!x"},
		"u-bo":  {"login": "bo@example.com", "email": "bo@example.com", "firstName": "Bo", "lastName": "Moreau", "displayName": "Bo Moreau", "password": "Pw-2bo!xx"},
	} {
		w.must("POST", "/people", m{"id": id, "profile": p})
	}
	rec.take()
	tell(s)
	for k, l := range rec.list {
		rec.list[k] = strings.ReplaceAll(l, srv.URL, "http://app.example.com")
	}
	return rec.take()
}

func tellAtOnce(s *sameStory) {
	do := func(method, path string, body any) { s.must(method, path, body); s.idle() }
	do("POST", "/apps/"+s.app+"/assignments", m{"person": "u-ana"})
	do("POST", "/apps/"+s.app+"/assignments", m{"person": "u-bo"})
	do("PATCH", "/people/u-ana", m{"profile": m{"password": "Pw-9new!x"}})
	do("POST", "/groups", m{"id": "g-crew", "name": "Crew"})
	do("POST", "/apps/"+s.app+"/pushes", m{"group": "g-crew", "link": true})
	do("POST", "/groups", m{"id": "g-team", "name": "Platform Team", "members": []m{{"id": "u-ana"}, {"id": "u-bo"}}})
	do("POST", "/apps/"+s.app+"/pushes", m{"group": "g-team"})
	do("PATCH", "/groups/g-team", m{"name": "Platform"})
	do("POST", "/apps/"+s.app+"/pushes/g-team/push", nil)
	do("POST", "/apps/"+s.app+"/pushes/g-team/unlink-delete", nil)
	do("POST", "/apps/"+s.app+"/accounts/delete", m{"people": []string{"u-bo"}})
}

func tellInCycles(s *sameStory) {
	do := func(method, path string, body any) {
		s.must(method, path, body)
		s.must("POST", "/clock", m{"step": "41m"})
		s.idle()
	}
	assign := func(body m) { do("POST", "/apps/"+s.app+"/assignments", body) }
	s.must("POST", "/apps/"+s.app+"/assignments", m{"person": "u-ana"})
	s.must("POST", "/apps/"+s.app+"/on-demand", m{"person": "u-ana"})
	s.must("POST", "/apps/"+s.app+"/cycle/start", nil)
	s.idle()
	assign(m{"person": "u-bo"})
	s.must("POST", "/groups", m{"id": "g-crew", "name": "Crew"})
	assign(m{"group": "g-crew"})
	s.must("POST", "/groups", m{"id": "g-team", "name": "Platform Team", "members": []m{{"id": "u-ana"}, {"id": "u-bo"}}})
	assign(m{"group": "g-team"})
	do("PATCH", "/groups/g-team", m{"name": "Platform"})
	do("POST", "/groups/g-team/members", m{"remove": []m{{"id": "u-bo"}}})
	do("DELETE", "/apps/"+s.app+"/assignments/group/g-team", nil)
	do("POST", "/people/u-bo/delete", nil)
	s.must("POST", "/clock", m{"step": "744h"})
	s.idle()
}
