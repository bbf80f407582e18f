package provider

import (
	"fmt"
	"strings"
	"testing"
)

const ent = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func TestPatchUser(t *testing.T) {
	base := []string{`"name":{"givenName":"Ada","familyName":"L"}`, `"title":"Dr"`, `"active":true`, `"externalId":"x"`,
		`"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]`, entURN + `:{"department":"R","costCenter":"1"}`}
	for _, tt := range []struct {
		name, ops string
		status    int
		scimType  string
		want      string // fragments that must (or, with !, must not) be in the stored resource
	}{
		{"replace singular", `{"op":"replace","path":"title","value":"Prof"}`, 200, "", `"title":"Prof"`},
		{"okta deactivate", `{"op":"replace","value":{"active":false}}`, 200, "", `"active":false`},
		{"entra deactivate", `{"op":"Replace","path":"active","value":"False"}`, 200, "", `"active":false`},
		{"entra add", `{"op":"Add","path":"active","value":"False"}`, 200, "", `"active":false`},
		{"value path", `{"op":"replace","path":"emails[type eq \"work\"].value","value":"n@x"}`, 200, "", `n@x h@x !w@x`},
		{"value path creates for Entra", `{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"}`, 200, "", `"mobile" "value":"1"`},
		{"replace creates for Entra", `{"op":"Replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"}`, 200, "", `"mobile"`},
		{"replace without match", `{"op":"replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"}`, 400, "noTarget", `!mobile`},
		{"merge name", `{"op":"replace","path":"name","value":{"givenName":"A"}}`, 200, "", `"givenName":"A" "familyName":"L"`},
		{"dotted keys", `{"op":"replace","value":{"name.givenName":"B","` + ent + `:department":"S"}}`, 200, "", `"givenName":"B" "department":"S" "costCenter":"1"`},
		{"urn path", `{"op":"add","path":"` + ent + `:division","value":"D"}`, 200, "", `"division":"D" "department":"R"`},
		{"manager as string", `{"op":"Add","path":"` + ent + `:manager","value":"271"}`, 200, "", `"manager":{"value":"271"}`},
		{"manager emptied", `{"op":"replace","path":"` + ent + `:manager","value":{"value":""}}`, 200, "", `!manager`},
		{"roles as JSON", `{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Boss\"}"}]}`, 200, "", `"value":"Admin" !displayName`},
		{"remove element", `{"op":"remove","path":"emails[type eq \"home\"]"}`, 200, "", `w@x !h@x`},
		{"remove with value", `{"op":"Remove","path":"title","value":"Dr"}`, 200, "", `!title`},
		{"empty string clears", `{"op":"replace","path":"title","value":""}`, 200, "", `!title`},
		{"null clears", `{"op":"replace","path":"title","value":null}`, 200, "", `!title`},
		{"remove extension attribute", `{"op":"remove","path":"` + ent + `:department"},{"op":"remove","path":"` + ent + `:costCenter"}`, 200, "", `!enterprise`},
		{"primary moves", `{"op":"add","path":"emails","value":[{"value":"p@x","type":"other","primary":true}]}`, 200, "", `p@x w@x`},
		{"readOnly", `{"op":"replace","path":"groups","value":[{"value":"x"}]}`, 400, "mutability", ``},
		{"id", `{"op":"replace","path":"id","value":"z"}`, 400, "mutability", ``},
		{"id in value", `{"op":"replace","value":{"id":"z","title":"T"}}`, 200, "", `"title":"T" !"id":"z"`},
		{"remove required", `{"op":"remove","path":"userName"}`, 400, "mutability", `"userName":"ada"`},
		{"empty required", `{"op":"replace","path":"userName","value":""}`, 400, "?", `"userName":"ada"`},
		{"remove without path", `{"op":"remove"}`, 400, "noTarget", ``},
		{"unknown op", `{"op":"move","path":"title"}`, 400, "invalidSyntax", ``},
		{"unknown path", `{"op":"replace","path":"nope","value":1}`, 400, "invalidPath", ``},
		{"malformed path", `{"op":"replace","path":"emails[","value":1}`, 400, "?", ``},
		{"wrong type", `{"op":"replace","path":"active","value":"banana"}`, 400, "invalidValue", `"active":true`},
		{"atomic", `{"op":"replace","path":"title","value":"X"},{"op":"replace","path":"nope","value":1}`, 400, "invalidPath", `"title":"Dr"`},
		{"no operation", ``, 400, "invalidSyntax", ``},
		{"no change", `{"op":"add","path":"emails","value":[{"value":"h@x","type":"home"}]}`, 200, "", `"version":"W/\"1\""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, Options{})
			id := c.user("ada", base...).str("id")
			g := c.do("PATCH", "/Users/"+id, patchJSON(tt.ops))
			stored := c.do("GET", "/Users/"+id, "")
			switch {
			case tt.status != 200 && tt.scimType == "?":
				c.want(g, tt.status)
			case tt.status != 200:
				c.fails(g, tt.status, tt.scimType)
			default:
				if c.want(g, 200); g.raw != stored.raw {
					t.Errorf("the answer is not what is stored:\n%s\n%s", g.raw, stored.raw)
				}
			}
			for _, w := range strings.Fields(tt.want) {
				word, not := strings.CutPrefix(w, "!")
				if strings.Contains(stored.raw, word) == not {
					t.Errorf("%s: %s", w, stored.raw)
				}
			}
			if tt.name == "primary moves" && strings.Count(stored.raw, `"primary":true`) != 1 {
				t.Errorf("primaries: %s", stored.raw)
			}
		})
	}
}

func TestPatchGroup(t *testing.T) {
	c := newClient(t, Options{})
	var id []string
	for i := range 5 {
		id = append(id, c.user(fmt.Sprintf("u%d", i)).str("id"))
	}
	g := c.group("g", id[0])
	path := "/Groups/" + g.str("id")
	value := func(ids ...string) string {
		var list []string
		for _, i := range ids {
			list = append(list, `{"$ref":null,"value":"`+i+`"}`)
		}
		return `"value":[` + strings.Join(list, ",") + `]`
	}
	step := func(ops string, want ...string) {
		t.Helper()
		c.want(c.do("PATCH", path, patchJSON(ops)), 200)
		stored := c.do("GET", path, "")
		var have []string
		for i := range stored.len("members") {
			have = append(have, stored.str("members", fmt.Sprint(i), "value"))
		}
		if strings.Join(have, " ") != strings.Join(want, " ") {
			t.Errorf("%s:\nmembers %v\nwant    %v", ops, have, want)
		}
		for i := range id {
			in := strings.Contains(strings.Join(want, " "), id[i])
			if u := c.do("GET", "/Users/"+id[i], ""); (u.len("groups") == 1) != in {
				t.Errorf("%s: groups of %s: %s", ops, id[i], u.raw)
			}
		}
	}
	step(`{"op":"Add","path":"members",`+value(id[1], id[0])+`}`, id[0], id[1])
	step(`{"op":"remove","path":"members[value eq \"`+id[0]+`\"]"},{"op":"add","path":"members",`+value(id[2], id[3])+`}`, id[1], id[2], id[3])
	step(`{"op":"Remove","path":"members",`+value(id[2])+`}`, id[1], id[3])
	step(`{"op":"remove","path":"members[value eq \"`+id[4]+`\"]"}`, id[1], id[3])
	step(`{"op":"replace","value":{"id":"`+g.str("id")+`","displayName":"renamed"}}`, id[1], id[3])
	step(`{"op":"replace","value":{"members":[{"value":"`+id[4]+`"}]}}`, id[4])
	step(`{"op":"replace","path":"members",`+value(id[0], id[1])+`}`, id[0], id[1])
	step(`{"op":"replace","path":"members","value":[]}`)
	step(`{"op":"add","path":"members",`+value(id[0])+`}`, id[0])
	step(`{"op":"remove","path":"members"}`)
	if n := c.do("GET", path, "").str("displayName"); n != "renamed" {
		t.Errorf("name %s", n)
	}
	c.fails(c.do("PATCH", path, patchJSON(`{"op":"add","path":"members",`+value("nobody")+`}`)), 400, "invalidValue")
	c.fails(c.do("PATCH", path, patchJSON(`{"op":"add","path":"members",`+value(g.str("id"))+`}`)), 400, "invalidValue")
}

func TestBulk(t *testing.T) {
	c := newClient(t, Options{MaxOperations: 5, MaxPayload: 4000})
	bulk := func(more string, ops ...string) got {
		t.Helper()
		return c.do("POST", "/Bulk", `{"schemas":["`+urnBulk+`"]`+more+`,"Operations":[`+strings.Join(ops, ",")+`]}`)
	}
	post := func(path, id, data string) string {
		return `{"method":"POST","path":"` + path + `","bulkId":"` + id + `","data":` + data + `}`
	}
	g := c.want(bulk("", post("/Groups", "g", groupJSON("team", "bulkId:u", "bulkId:h")),
		post("/Users", "u", userJSON("ada", entURN+`:{"manager":{"value":"bulkId:m"}}`)),
		post("/Users", "m", userJSON("boss")), post("/Groups", "h", groupJSON("inner", "bulkId:g"))), 200)
	if g.len("Operations") != 4 {
		t.Fatalf("%s", g.raw)
	}
	for i := range 4 {
		if n := fmt.Sprint(i); g.str("Operations", n, "status") != "201" || g.str("Operations", n, "location") == "" || g.str("Operations", n, "version") == "" {
			t.Errorf("%s", g.raw)
		}
	}
	team := c.do("GET", strings.TrimPrefix(g.str("Operations", "0", "location"), "http://scim.test/scim/v2"), "")
	ada := c.do("GET", "/Users?filter="+esc(`userName eq "ada"`), "")
	boss := c.do("GET", "/Users?filter="+esc(`userName eq "boss"`), "")
	if team.len("members") != 2 || ada.str("Resources", "0", ent, "manager", "value") != boss.str("Resources", "0", "id") {
		t.Errorf("references: %s\n%s", team.raw, ada.raw)
	}
	uri := "/Users/" + ada.str("Resources", "0", "id")
	g = c.want(bulk(`,"failOnErrors":1`, `{"method":"PATCH","path":"`+uri+`","data":`+patchJSON(`{"op":"replace","path":"title","value":"x"}`)+`}`,
		`{"method":"PUT","path":"/Users/none","data":`+userJSON("x")+`}`, `{"method":"DELETE","path":"`+uri+`"}`), 200)
	if g.len("Operations") != 2 || g.str("Operations", "1", "status") != "404" || g.str("Operations", "1", "response", "status") != "404" {
		t.Errorf("failOnErrors: %s", g.raw)
	}
	g = c.want(bulk("", `{"method":"PUT","path":"`+uri+`","version":"W/\"1\"","data":`+userJSON("ada")+`}`, post("/Users", "d", userJSON("boss")),
		post("/Groups", "x", groupJSON("x", "bulkId:d")), post("/Users", "", userJSON("n")), `{"method":"DELETE","path":"`+uri+`"}`), 200)
	var status []string
	for i := range 5 {
		status = append(status, g.str("Operations", fmt.Sprint(i), "status"))
	}
	if s := strings.Join(status, " "); s != "412 409 409 400 204" {
		t.Errorf("statuses %s: %s", s, g.raw)
	}
	c.fails(bulk("", "1", "2", "3", "4", "5", "6"), 413, "")
	c.fails(bulk("", post("/Users", "a", userJSON(strings.Repeat("x", 5000)))), 413, "")
	c.fails(bulk("", "7"), 400, "invalidSyntax")
	c.fails(bulk(""), 400, "invalidSyntax")
	c.fails(c.do("POST", "/Bulk", `{"Operations":[]}`), 400, "invalidSyntax")
}
