package scim

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rfcFilters are the examples of RFC 7644 figure 2, and section 3.4.2.2 above it.
var rfcFilters = []string{
	`userName Eq "john"`,
	`Username eq "john"`,
	`userName eq "bjensen"`,
	`name.familyName co "O'Malley"`,
	`userName sw "J"`,
	`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`,
	`title pr`,
	`meta.lastModified gt "2011-05-13T04:42:34Z"`,
	`meta.lastModified ge "2011-05-13T04:42:34Z"`,
	`meta.lastModified lt "2011-05-13T04:42:34Z"`,
	`meta.lastModified le "2011-05-13T04:42:34Z"`,
	`title pr and userType eq "Employee"`,
	`title pr or userType eq "Intern"`,
	`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`,
	`userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")`,
	`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`,
	`userType eq "Employee" and (emails.type eq "work")`,
	`userType eq "Employee" and emails[type eq "work" and value co "@example.com"]`,
	`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`,
}

func TestRFCFiltersParseAndFormat(t *testing.T) {
	for _, in := range rfcFilters {
		f, err := ParseFilter(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		again, err := ParseFilter(FormatFilter(f))
		if err != nil {
			t.Errorf("%s formats to %s: %v", in, FormatFilter(f), err)
			continue
		}
		if d := cmp.Diff(f, again, ignorePlaces); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

func TestFilterManyGroupsInARow(t *testing.T) {
	if _, err := ParseFilter(strings.Repeat("(a pr) or ", 3*maxFilterDepth) + "a pr"); err != nil {
		t.Errorf("groups side by side count as nested: %v", err)
	}
}

func TestFilterPrecedence(t *testing.T) {
	a, b, c := eq("a", true), eq("b", json.Number("-1.5e3")), eq("c", nil)
	for _, tc := range []struct {
		in   string
		want Filter
	}{
		{`a eq true or b eq -1.5e3 and c eq null`, &Or{[]Filter{a, &And{[]Filter{b, c}}}}},
		{`(a eq true OR b eq -1.5e3) AND c eq null`, &And{[]Filter{&Or{[]Filter{a, b}}, c}}},
		{`not (a eq true) and b eq -1.5e3`, &And{[]Filter{&Not{a}, b}}},
		{`not(a eq true)or b eq -1.5e3`, &Or{[]Filter{&Not{a}, b}}},
		{`NOT (a eq true or b eq -1.5e3)`, &Not{&Or{[]Filter{a, b}}}},
		{`(a eq true and b eq -1.5e3) and c eq null`, &And{[]Filter{&And{[]Filter{a, b}}, c}}},
		{`  ( a  EQ  true )  `, a},
		{`e[not (a eq true) and (b eq -1.5e3 or c eq null)]`, &ValuePath{Path{Attr: "e"}, &And{[]Filter{&Not{a}, &Or{[]Filter{b, c}}}}}},
		{`not eq true`, eq("not", true)},
		{`and eq true`, eq("and", true)},
		{`a eq "x\"\\\/\u00e9\n)]"`, eq("a", "x\"\\/é\n)]")},
		{SchemaEnterprise + `:manager.value pr`, &Compare{Path: Path{URN: SchemaEnterprise, Attr: "manager", Sub: "value"}, Op: "pr"}},
	} {
		got, err := ParseFilter(tc.in)
		if err != nil {
			t.Errorf("%s: %v", tc.in, err)
			continue
		}
		if d := cmp.Diff(tc.want, got, ignorePlaces); d != "" {
			t.Errorf("%s: %s", tc.in, d)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for _, tc := range []struct {
		in  string
		off int
		msg string
	}{
		{``, 0, "empty"},
		{`userName`, 8, "no operator"},
		{`userName eq`, 11, "no value"},
		{`userName eq bjensen`, 12, "not a JSON value"},
		{`userName eq 'bjensen'`, 12, "not a JSON value"},
		{`active eq True`, 10, "not a JSON value"},
		{`userName regex "x"`, 9, `"regex" is not known`},
		{`userName "x"`, 9, "no operator"},
		{`userName eq "x`, 12, "never closed"},
		{`userName eq "x"y`, 15, "after the string"},
		{`userName eq "a" "b"`, 16, "after a complete expression"},
		{`userName eq "a" and`, 19, "where an attribute name belongs"},
		{`userName eq "a" xor title pr`, 16, "after a complete expression"},
		{`(userName eq "a"`, 0, "never closed"},
		{`userName eq "a")`, 15, `")" without`},
		{`emails[type eq "a"`, 6, "never closed"},
		{`emails type eq "a"]`, 7, "not known"},
		{`userName eq "a"]`, 15, `"]" without`},
		{`userName eq 01`, 12, "not a JSON value"},
		{`a eq "\q"`, 6, "unknown escape"},
		{`emails[type eq "work"].value eq "x"`, 22, `ends at "]"`},
		{`emails[type eq "work"] eq "x"`, 22, `ends at "]"`},
		{strings.Repeat("(", 101) + "a pr" + strings.Repeat(")", 101), 100, "too many nested"},
		{"a eq \"\x00\"", 6, "control character"},
	} {
		_, err := ParseFilter(tc.in)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: error %v", tc.in, err)
			continue
		}
		if se.Offset != tc.off || !strings.Contains(se.Msg, tc.msg) {
			t.Errorf("%q: offset %d %q, want %d %q", tc.in, se.Offset, se.Msg, tc.off, tc.msg)
		}
	}
	_, err := ParseFilter(`active eq True`)
	if err == nil || !strings.Contains(err.Error(), "lower case") {
		t.Errorf("no hint about lower case: %v", err)
	}
}

func TestEntraForm(t *testing.T) {
	want, err := ParseFilter(`emails[type eq "work" and value eq "foo@bar.com"]`)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{`emails[type eq "work"].value eq "foo@bar.com"`, `emails[type eq "work"] eq "foo@bar.com"`} {
		got, entra, err := ParseFilterLenient(in)
		if err != nil || !entra {
			t.Errorf("%s: entra %v, %v", in, entra, err)
			continue
		}
		if d := cmp.Diff(want, got, ignorePlaces); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
	f, entra, err := ParseFilterLenient(`emails[type eq "work"].value pr and active eq true`)
	if err != nil || !entra || FormatFilter(f) != `emails[type eq "work" and value pr] and active eq true` {
		t.Errorf("%s %v %v", FormatFilter(f), entra, err)
	}
	for _, in := range rfcFilters {
		if _, entra, err := ParseFilterLenient(in); entra || err != nil {
			t.Errorf("%s: entra %v, %v", in, entra, err)
		}
	}
}

func resource(t testing.TB, s string) map[string]any {
	t.Helper()
	v, err := Decode([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("not an object: %s", s)
	}
	return m
}

const matchUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
 "id":"AbC","externalId":"Ext","userName":"bJensen@example.com","title":"Vice President","nickName":"","userType":"Employee","active":false,
 "name":{"familyName":"O'Malley","givenName":"Barbara"},
 "emails":[{"value":"b@example.com","type":"work","primary":true},{"value":"b@home.org","type":"home"}],
 "ims":[],"photos":null,"x509Certificates":[{"value":"QUJD"}],
 "meta":{"resourceType":"User","created":"2011-05-13T04:42:34Z","lastModified":"2011-05-13T06:42:34.5+02:00"},
 "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Tour","manager":{"value":"M1"}}}`

func TestMatch(t *testing.T) {
	user := resource(t, matchUser)
	for in, want := range map[string]bool{
		`userName eq "BJENSEN@EXAMPLE.COM"`: true,
		`USERNAME sw "bj"`:                  true,
		`userName co "EN@E"`:                true,
		`userName ew ".com"`:                true,
		`userName ne "bjensen@example.com"`: false,
		`id eq "AbC"`:                       true,
		`id eq "abc"`:                       false,
		`externalId eq "ext"`:               false,
		`meta.resourceType eq "user"`:       false,
		`name.familyName co "o'malley"`:     true,
		`title pr`:                          true,
		`nickName pr`:                       false,
		`active pr`:                         true,
		`active eq false`:                   true,
		`active ne false`:                   false,
		`active eq "false"`:                 false,
		`name pr`:                           true,
		`ims pr`:                            false,
		`photos pr`:                         false,
		`displayName pr`:                    false,
		`displayName eq null`:               true,
		`displayName ne "x"`:                true,
		`title eq null`:                     false,
		`title ne null`:                     true,
		`not (displayName pr)`:              true,
		`emails co "home.org"`:              true,
		`emails.value co "example.com"`:     true,
		`emails.type eq "other"`:            false,
		`emails[type eq "work" and value co "home.org"]`:                       false,
		`emails.type eq "work" and emails.value co "home.org"`:                 true,
		`emails[type eq "HOME" and value co "home.org"]`:                       true,
		`emails[primary eq false]`:                                             true,
		`emails[primary eq false and type eq "work"]`:                          false,
		`emails[not (type eq "work")]`:                                         true,
		`emails[primary pr and type eq "home"]`:                                false,
		`meta.lastModified gt "2011-05-13T04:42:34Z"`:                          true,
		`meta.lastModified eq "2011-05-13T04:42:34.500Z"`:                      true,
		`meta.created ge "2011-05-13T04:42:34Z"`:                               true,
		`meta.created lt "2011-05-13T04:42:34Z"`:                               false,
		`meta.created le "2011-05-13T06:42:34+02:00"`:                          true,
		`schemas eq "` + SchemaEnterprise + `"`:                                true,
		`schemas eq "` + SchemaGroup + `"`:                                     false,
		SchemaEnterprise + `:department eq "tour"`:                             true,
		SchemaEnterprise + `.department eq "tour"`:                             true,
		SchemaEnterprise + `:manager.value eq "M1"`:                            true,
		SchemaEnterprise + `:manager.value eq "m1"`:                            false,
		SchemaEnterprise + `:manager eq "M1"`:                                  true,
		SchemaEnterprise + `:division pr`:                                      false,
		SchemaUser + `:userName sw "BJ"`:                                       true,
		SchemaUser + `:id eq "AbC"`:                                            true,
		SchemaGroup + `:displayName ne "x"`:                                    false,
		`members.value ne "x"`:                                                 false,
		`department eq "Tour"`:                                                 false,
		`noSuchThing eq null`:                                                  false,
		`noSuchThing ne "x"`:                                                   false,
		`not (noSuchThing eq "x")`:                                             true,
		`title gt "U"`:                                                         true,
		`title gt "W"`:                                                         false,
		`title lt 5`:                                                           false,
		`x509Certificates.value eq "QUJD"`:                                     true,
		`x509Certificates.value eq "qujd"`:                                     false,
		`userType eq "Employee" and (emails co "a@x" or title pr)`:             true,
		`userType ne "Employee" and not (emails co "example.com" or title pr)`: false,
		`title pr or userType eq "Intern" and active eq true`:                  true,
	} {
		f, err := ParseFilter(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := Match(f, user, nil); got != want {
			t.Errorf("%s: %v, want %v", in, got, want)
		}
	}
}

func TestMatchNumbers(t *testing.T) {
	set := NewSchemaSet([]*Schema{{ID: "urn:x:core:1.0:Thing", Attributes: []*Attribute{{Name: "n", Type: "integer"}, {Name: "d", Type: "decimal"},
		{Name: "tags", Type: "string", MultiValued: true}}}}, []ResourceType{{Name: "Thing", Endpoint: "/Things", Schema: "urn:x:core:1.0:Thing"}})
	thing := resource(t, `{"schemas":["urn:x:core:1.0:Thing"],"n":9007199254740993,"d":1.50,"tags":["Red","blue"]}`)
	for in, want := range map[string]bool{
		`n eq 9007199254740993`: true, `n eq 9007199254740992`: false, `n gt 10`: true, `n le 10`: false, `n eq "9007199254740993"`: false,
		`d eq 1.5`: true, `d lt 2`: true, `d ge 1e400`: false, `n eq 1e999999999`: false, `d ne 1.5`: false,
		`tags eq "RED"`: true, `tags eq "green"`: false, `tags[value sw "bl"]`: true, `tags pr`: true,
	} {
		f, err := ParseFilter(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := Match(f, thing, set); got != want {
			t.Errorf("%s: %v, want %v", in, got, want)
		}
	}
}

func TestCheckFilter(t *testing.T) {
	for in, bad := range map[string]bool{
		`active gt true`: true, `active ge "x"`: true, `x509Certificates.value lt "QQ=="`: true, `x509Certificates gt "QQ=="`: true,
		`userName gt "a"`: false, `userName co 5`: true, `active co "t"`: true, `userName eq 5`: true, `active eq "true"`: true,
		`active eq false`: false, `userName eq null`: false, `userName gt null`: true, `name eq "x"`: true, `emails eq "x"`: false,
		`noSuch gt true`: false, `meta.created gt "2011-05-13T04:42:34Z"`: false, `emails[primary gt false]`: true,
		`emails[primary eq true]`: false, `not (active lt false)`: true, `title pr or active le true`: true,
	} {
		f, err := ParseFilter(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got := CheckFilter(f, nil)
		if (got != nil) != bad {
			t.Errorf("%s: %v, want error %v", in, got, bad)
		}
		if got != nil && (got.Status != 400 || got.ScimType != InvalidFilter) {
			t.Errorf("%s: %v", in, got)
		}
	}
}
