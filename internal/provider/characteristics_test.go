package provider

import (
	"strings"
	"testing"
)

const staff = "urn:example:params:scim:schemas:extension:staff:1.0:User"

func badge(more string) string { return `"` + staff + `":{"badge":"b-1"` + more + `}` }

// TestCharacteristics: what the schema of an extension says of its attributes holds.
func TestCharacteristics(t *testing.T) {
	c := newClient(t, Options{Variants: []string{"custom-attributes"}})
	ada := c.user("ada", badge(`,"desk":"d-1","pin":"4711","contract":"permanent","rank":"9"`))
	path := "/Users/" + ada.str("id")
	g := c.do("GET", path+"?attributes=userName,"+staff+":pin,"+staff+":rank", "")
	if strings.Contains(ada.raw+g.raw, "4711") || g.at(staff, "rank") != nil {
		t.Errorf("shown: %s %s", ada.raw, g.raw)
	}
	c.fails(c.do("POST", "/Users", userJSON("ben", `"`+staff+`":{"desk":"D-1"}`)), 409, "uniqueness")
	c.fails(c.do("POST", "/Users", userJSON("ben", `"`+staff+`":{"contract":"lifelong"}`)), 400, "invalidValue")
	ben := c.user("ben", `"`+staff+`":{"desk":"d-2"}`)
	c.fails(c.do("PATCH", "/Users/"+ben.str("id"), patchJSON(`{"op":"replace","path":"`+staff+`:desk","value":"d-1"}`)), 409, "uniqueness")
	c.fails(c.do("PUT", path, userJSON("ada", `"`+staff+`":{"badge":"b-2"}`)), 400, "mutability")
	c.fails(c.do("PATCH", path, patchJSON(`{"op":"replace","path":"`+staff+`:badge","value":"b-2"}`)), 400, "mutability")
	if g := c.want(c.do("PUT", path, userJSON("ada")), 200); g.str(staff, "badge") != "b-1" || g.at(staff, "desk") != nil || g.len("schemas") != 2 {
		t.Errorf("what a replacement leaves out: %s", g.raw)
	}
	if g := c.want(c.do("PUT", path, userJSON("ada", badge(`,"desk":"d-1"`))), 200); g.str(staff, "desk") != "d-1" {
		t.Errorf("the same badge: %s", g.raw)
	}
}

// TestMeOfItsOwn: the variant has a User behind the credential.
func TestMeOfItsOwn(t *testing.T) {
	c := newClient(t, Options{Variants: []string{"me-own-user"}})
	me := c.want(c.do("GET", "/Me", ""), 200)
	if g := c.want(c.do("GET", "/Users/"+me.str("id"), ""), 200); g.str("userName") != me.str("userName") || me.header.Get("Location") != me.str("meta", "location") {
		t.Errorf("%v %s %s", me.header, me.raw, g.raw)
	}
}

// TestRulesOfRefusals: a rule may be about credentials that are none, and about what was asked often.
func TestRulesOfRefusals(t *testing.T) {
	c := ruled(t, `[{on: GET Users, credentials: wrong, status: 403}, {on: GET Groups, credentials: none, pretend: true}, {on: GET Groups, often: 2, refuse: 429}]`)
	for i, want := range []int{200, 200, 429} {
		if g := c.do("GET", "/Groups", ""); g.status != want {
			t.Errorf("request %d: %d", i, g.status)
		}
	}
	c.want(c.do("GET", "/Users", ""), 200)
	c.token = "wrong"
	c.want(c.do("GET", "/Users", ""), 403)
	c.want(c.do("GET", "/Groups", ""), 401)
	c.token = ""
	c.want(c.do("GET", "/Users", ""), 401)
	c.want(c.do("GET", "/Groups", ""), 200)
}
