package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestErrorRoundTrip(t *testing.T) {
	in := Errorf(409, Uniqueness, "userName %q is taken", "x")
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	v := mustView(t, string(b))
	out, ok := ParseError(v)
	if d := cmp.Diff(in, out); d != "" || !ok {
		t.Error(ok, d)
	}
	if got := CheckErrorBody(v, 409); len(got) != 0 {
		t.Error(got)
	}
	if got := in.Error(); got != `409 uniqueness: userName "x" is taken` {
		t.Error(got)
	}
}

func TestCheckErrorBody(t *testing.T) {
	s := `"schemas":["` + SchemaError + `"]`
	for body, want := range map[string][]string{
		`{` + s + `,"status":"404","detail":"d"}`:                       {},
		`{` + s + `,"status":404,"detail":"d"}`:                         {"status-type status"},
		`{` + s + `,"status":"400","detail":"d"}`:                       {"status-mismatch status"},
		`{` + s + `,"detail":"d"}`:                                      {"missing-status status"},
		`{"status":"404","detail":"d"}`:                                 {"missing-schemas schemas"},
		`{"schemas":["urn:x"],"status":"404","detail":"d"}`:             {"wrong-schemas schemas"},
		`{"schemas":"` + SchemaError + `","status":"404","detail":"d"}`: {"not-array schemas"},
		`{` + s + `,"status":"404"}`:                                    {"missing-detail? detail"},
		`{` + s + `,"status":"404","detail":5,"scimType":5}`:            {"scimtype-type scimType", "detail-type detail"},
		`{` + s + `,"status":"404","detail":"d","scimType":"notFound"}`: {"scimtype-unknown? scimType"},
		`{` + s + `,"status":"404","detail":null,"scimType":null}`:      {"missing-detail? detail"},
		`"Not found"`: {"not-object "},
	} {
		if d := cmp.Diff(want, codes(CheckErrorBody(mustView(t, body), 404))); d != "" {
			t.Errorf("%s: %s", body, d)
		}
	}
	if e, ok := ParseError(mustView(t, `{"status":404,"detail":"d"}`)); e.Status != 404 || ok {
		t.Errorf("%v %v", e, ok)
	}
}

func TestCheckListResponse(t *testing.T) {
	s := `"schemas":["` + SchemaListResponse + `"]`
	n := func(i int) *int { return &i }
	for _, tc := range []struct {
		body string
		req  ListQuery
		want []string
	}{
		{`{` + s + `,"totalResults":0}`, ListQuery{}, []string{}},
		{`{` + s + `,"totalResults":0,"Resources":[],"startIndex":1,"itemsPerPage":0}`, ListQuery{}, []string{}},
		{`{` + s + `,"totalResults":0,"Resources":[],"startIndex":1,"itemsPerPage":20}`, ListQuery{}, []string{"items-per-page? itemsPerPage"}},
		{`{` + s + `,"totalResults":0,"Resources":null}`, ListQuery{}, []string{"resources-null Resources"}},
		{`{` + s + `,"totalResults":0,"Resources":{}}`, ListQuery{}, []string{"not-array Resources"}},
		{`{` + s + `,"totalResults":1,"Resources":["x"]}`, ListQuery{}, []string{"resource-type Resources"}},
		{`{` + s + `,"totalResults":1,"Resources":[{}]}`, ListQuery{}, []string{}},
		{`{` + s + `,"totalResults":1}`, ListQuery{}, []string{"missing-resources Resources"}},
		{`{` + s + `,"totalResults":1,"Resources":[]}`, ListQuery{}, []string{"empty-page Resources"}},
		{`{` + s + `,"totalResults":1}`, ListQuery{Count: n(0)}, []string{}},
		{`{` + s + `,"totalResults":1,"Resources":[]}`, ListQuery{Count: n(0)}, []string{}},
		{`{` + s + `,"totalResults":1,"Resources":[]}`, ListQuery{Count: n(-3)}, []string{}},
		{`{` + s + `,"totalResults":1,"Resources":[{}]}`, ListQuery{Count: n(0)}, []string{"more-than-count Resources"}},
		{`{` + s + `,"totalResults":3,"Resources":[{},{}],"startIndex":1,"itemsPerPage":2}`, ListQuery{Count: n(1)}, []string{"more-than-count Resources"}},
		{`{` + s + `,"totalResults":3,"Resources":[{},{}],"startIndex":2,"itemsPerPage":2}`, ListQuery{StartIndex: n(2)}, []string{}},
		{`{` + s + `,"totalResults":3,"Resources":[{},{}],"startIndex":1,"itemsPerPage":2}`, ListQuery{StartIndex: n(2)}, []string{"start-index startIndex"}},
		{`{` + s + `,"totalResults":3,"Resources":[{},{}],"startIndex":1,"itemsPerPage":2}`, ListQuery{StartIndex: n(0)}, []string{}},
		{`{` + s + `,"totalResults":3,"Resources":[{},{}]}`, ListQuery{}, []string{"missing-items-per-page itemsPerPage", "missing-start-index startIndex"}},
		{`{` + s + `,"totalResults":3,"Resources":[],"startIndex":1,"itemsPerPage":0}`, ListQuery{StartIndex: n(9)}, []string{"start-index? startIndex"}},
		{`{` + s + `,"totalResults":1,"Resources":[{},{}]}`, ListQuery{}, []string{"total-too-small totalResults"}},
		{`{` + s + `,"totalResults":2,"Resources":[{},{}],"startIndex":2}`, ListQuery{StartIndex: n(2)}, []string{"total-too-small totalResults"}},
		{`{` + s + `,"totalResults":2,"Resources":[{},{}],"startIndex":1000,"itemsPerPage":2}`, ListQuery{StartIndex: n(1000)}, []string{"behind-the-end Resources"}},
		{`{` + s + `,"totalResults":3,"Resources":[{},{}],"startIndex":1,"itemsPerPage":2}`, ListQuery{StartIndex: n(3)}, []string{"start-index startIndex"}},
		{`{` + s + `,"totalResults":"1","Resources":[{}]}`, ListQuery{}, []string{"wrong-type totalResults"}},
		{`{` + s + `,"totalResults":1.0,"Resources":[{}]}`, ListQuery{}, []string{"wrong-type totalResults"}},
		{`{` + s + `,"totalResults":null,"Resources":[{}]}`, ListQuery{}, []string{"wrong-type totalResults"}},
		{`{` + s + `,"totalResults":-1,"Resources":[]}`, ListQuery{}, []string{"out-of-range totalResults"}},
		{`{` + s + `,"Resources":[{}]}`, ListQuery{}, []string{"missing-total totalResults"}},
		{`{` + s + `,"Resources":[{}],"nextCursor":"x","itemsPerPage":1}`, ListQuery{Cursor: true}, []string{}},
		{`{` + s + `,"Resources":[{}],"nextCursor":"x"}`, ListQuery{}, []string{}},
		{`{` + s + `,"Resources":[{}],"nextCursor":7}`, ListQuery{Cursor: true}, []string{"cursor-type nextCursor"}},
		{`{` + s + `,"totalResults":1,"Resources":[{}],"itemsPerPage":0}`, ListQuery{}, []string{"items-per-page itemsPerPage"}},
		{`{"totalResults":0}`, ListQuery{}, []string{"missing-schemas schemas"}},
		{`[]`, ListQuery{}, []string{"not-object "}},
	} {
		if d := cmp.Diff(tc.want, codes(CheckListResponse(mustView(t, tc.body), tc.req))); d != "" {
			t.Errorf("%s: %s", tc.body, d)
		}
	}
}
