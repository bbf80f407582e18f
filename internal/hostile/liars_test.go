//go:build hostile

package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

// victim is an account that was there before, and that lies are about.
type victim struct {
	id   string
	body string
}

// liar is a server that wants scimmage to change the victim.
type liar struct {
	name string
	lie  func(v victim) behaviour
}

// answer plays the right provider and hands its answer to change.
func answer(change func(r *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte) behaviour {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		if rec.Code < 300 && len(body) > 0 {
			body = change(r, rec, body)
		}
		for k, v := range rec.Header() {
			if k != "Content-Length" {
				w.Header()[k] = v
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body) // the client may be gone
	}
}

// ofUsers applies to one method on the collection or on one object of /Users.
func ofUsers(r *http.Request, method string, one bool) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, "/scim/v2/Users")
	return ok && r.Method == method && one == (strings.Trim(rest, "/") != "")
}

// withID gives a resource another id.
func withID(body []byte, id string) []byte {
	var m map[string]any
	if json.Unmarshal(body, &m) != nil {
		return body
	}
	m["id"] = id
	if meta, ok := m["meta"].(map[string]any); ok {
		meta["location"] = "http://provider.test/scim/v2/Users/" + id
	}
	out, err := json.Marshal(m)
	if err != nil {
		return body
	}
	return out
}

func listOf(bodies ...string) []byte {
	return fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,"itemsPerPage":%d,"startIndex":1,"Resources":[%s]}`, len(bodies), len(bodies), strings.Join(bodies, ","))
}

// ofLiars are lies that no defect of the provider tells: it has to know a victim for them.
func ofLiars() []liar {
	swapBody := func(method string, one bool, change func(v victim, body []byte) []byte) func(victim) behaviour {
		return func(v victim) behaviour {
			return answer(func(r *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte {
				if !ofUsers(r, method, one) {
					return body
				}
				return change(v, body)
			})
		}
	}
	theVictim := func(v victim, _ []byte) []byte { return []byte(v.body) }
	itsID := func(v victim, body []byte) []byte { return withID(body, v.id) }
	return []liar{
		{"create answers with another person", swapBody("POST", false, theVictim)},
		{"create answers with the id of another person", swapBody("POST", false, itsID)},
		{"create answers with a list of others", swapBody("POST", false, func(v victim, _ []byte) []byte { return listOf(v.body) })},
		{"read shows another person", swapBody("GET", true, theVictim)},
		{"read shows our person with the id of another", swapBody("GET", true, itsID)},
		{"read answers with a list", swapBody("GET", true, func(v victim, body []byte) []byte { return listOf(v.body, string(body)) })},
		{"search finds another person", swapBody("GET", false, func(v victim, _ []byte) []byte { return listOf(v.body) })},
		{"patch answers with another person", swapBody("PATCH", true, theVictim)},
		{"put answers with the id of another person", swapBody("PUT", true, itsID)},
		{"create names another person in Location alone", func(v victim) behaviour {
			return answer(func(r *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte {
				if !ofUsers(r, "POST", false) {
					return body
				}
				rec.Header().Set("Location", "http://provider.test/scim/v2/Users/"+v.id)
				return nil
			})
		}},
		{"search finds another person under our name", func(v victim) behaviour {
			return answer(func(r *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte {
				_, value, ok := strings.Cut(r.URL.Query().Get("filter"), `"`)
				if !ofUsers(r, "GET", false) || !ok {
					return body
				}
				name, _, _ := strings.Cut(value, `"`)
				quoted, _ := json.Marshal(name) // of a string
				return listOf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"` + v.id + `","userName":` + string(quoted) + `,"externalId":` + string(quoted) + `,"active":true}`)
			})
		}},
		{"create is refused and names another person", func(v victim) behaviour {
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if !ofUsers(r, "POST", false) {
					next.ServeHTTP(w, r)
					return
				}
				says(409, scimJSON, v.body, "Location", "/scim/v2/Users/"+v.id)(w, r, next)
			}
		}},
		{"writes are redirected to another person", func(v victim) behaviour {
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method != "GET" && ofUsers(r, r.Method, true) && !strings.HasSuffix(r.URL.Path, v.id) {
					says(308, "", "", "Location", "/scim/v2/Users/"+v.id)(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			}
		}},
		{"groups are full of other people", func(v victim) behaviour {
			return answer(func(r *http.Request, _ *httptest.ResponseRecorder, body []byte) []byte {
				if !strings.Contains(r.URL.Path, "/Groups") {
					return body
				}
				return bytes.Replace(body, []byte(`"displayName"`), []byte(`"members":[{"value":"`+v.id+`"}],"displayName"`), 1)
			})
		}},
		{"bulk says that it made another person", func(v victim) behaviour {
			return answer(func(r *http.Request, _ *httptest.ResponseRecorder, body []byte) []byte {
				if !strings.HasSuffix(r.URL.Path, "/Bulk") {
					return body
				}
				return locations.ReplaceAll(body, []byte(`"location":"http://provider.test/scim/v2/Users/`+v.id+`"`))
			})
		}},
	}
}
