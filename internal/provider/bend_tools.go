package provider

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// Helpers that the tables of defects and variants are written with.

var discoveryNames = map[string]bool{"ServiceProviderConfig": true, "ResourceTypes": true, "Schemas": true}

func (c *call) head() string {
	if len(c.path) == 0 {
		return ""
	}
	return c.path[0]
}

// on tells whether the request is of a method (one of several, separated by blanks) at an endpoint; "item" below an endpoint
// is said with a trailing slash. An empty method or endpoint stands for any.
func (c *call) on(methods, endpoint string) bool {
	if methods != "" && !strings.Contains(" "+methods+" ", " "+c.r.Method+" ") {
		return false
	}
	switch {
	case endpoint == "":
		return true
	case strings.HasSuffix(endpoint, "/"):
		return len(c.path) == 2 && c.head() == endpoint[:len(endpoint)-1] && c.path[1] != ".search"
	}
	return len(c.path) == 1 && c.head() == endpoint
}

func (c *call) discovery() bool { return discoveryNames[c.head()] }

// item tells whether the request is at a single resource, whatever its type.
func (c *call) item() bool {
	return len(c.path) == 2 && !c.discovery() && c.path[1] != ".search"
}

// create tells whether the request is a POST that makes a resource.
func (c *call) creates() bool {
	return c.r.Method == http.MethodPost && len(c.path) == 1 && c.p.model.kindBySegment(c.head()) != nil
}

// lists tells whether the request is a query.
func (c *call) lists() bool {
	if c.discovery() || c.head() == "Bulk" || c.head() == "Me" {
		return false
	}
	if c.r.Method == http.MethodGet {
		return len(c.path) < 2
	}
	return c.r.Method == http.MethodPost && len(c.path) > 0 && c.path[len(c.path)-1] == ".search"
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// record finds the stored resource that the request addresses.
func (c *call) record() *record {
	k := c.p.model.kindBySegment(c.head())
	if k == nil || len(c.path) != 2 || c.tenant == nil {
		return nil
	}
	return c.tenant.of(k).byID[c.path[1]]
}

// locked runs f with the stored resource under the lock; it tells whether there is one.
func (c *call) locked(f func(*record)) bool {
	c.tenant.mu.Lock()
	defer c.tenant.mu.Unlock()
	r := c.record()
	if r != nil {
		f(r)
	}
	return r != nil
}

// resources rewrites every resource in an answer: the single one, or those of a list, not those of discovery.
func resources(f func(*call, object)) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if !a.ok() || c.discovery() || c.head() == "Bulk" {
			return
		}
		o := a.tree()
		if o == nil {
			return
		}
		if list, isList := o["Resources"].([]any); isList {
			for _, e := range list {
				if r, ok := e.(object); ok {
					f(c, r)
				}
			}
		} else if o["id"] != nil || o["userName"] != nil || o["displayName"] != nil {
			f(c, o)
		}
		a.setTree(o)
	}
}

// users rewrites the Users in an answer.
func users(f func(*call, object)) responseHook {
	return resources(func(c *call, o object) {
		if namesSchema(o, scim.SchemaUser) {
			f(c, o)
		}
	})
}

// lists rewrites list responses of data endpoints.
func lists(f func(*call, object)) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if !a.ok() || !c.lists() {
			return
		}
		if o := a.tree(); o != nil && o["totalResults"] != nil {
			f(c, o)
			a.setTree(o)
		}
	}
}

// failures rewrites SCIM errors.
func failures(f func(*call, *answer, object)) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.status >= 400 && o != nil {
			f(c, a, o)
		}
	}
}

// documents rewrites successful answers of a discovery endpoint; the element function sees each document.
func documents(endpoint string, f func(*call, object)) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if !a.ok() || c.head() != endpoint {
			return
		}
		o := a.tree()
		if o == nil {
			return
		}
		if list, isList := o["Resources"].([]any); isList {
			for _, e := range list {
				if d, ok := e.(object); ok {
					f(c, d)
				}
			}
		} else {
			f(c, o)
		}
		a.setTree(o)
	}
}

// discovered rewrites the whole answer of a discovery endpoint.
func discovered(endpoint string, f func(*call, *answer, object)) responseHook {
	return func(_ *Provider, c *call, a *answer) {
		if o := a.tree(); a.ok() && c.head() == endpoint && o != nil {
			f(c, a, o)
		}
	}
}

// text makes the answer one of another media type.
func (a *answer) text(media, body string) {
	a.header.Set("Content-Type", media)
	a.body = []byte(body)
}

func text(status int, media, body string) *answer {
	a := reply(status, nil)
	a.text(media, body)
	return a
}

const loginPage = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action=\"/login\">Please sign in</form></body></html>"

func intOf(v any) int {
	n, _ := v.(json.Number)
	i, err := strconv.Atoi(string(n))
	if err != nil {
		return 0
	}
	return i
}

// valuesOf are the values of an operation on a multi-valued attribute, of which one may stand alone.
func valuesOf(op scim.Op) []any {
	if o, ok := op.Value.(object); ok {
		return []any{o}
	}
	return listOf(op.Value)
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

func metaOf(o object) object {
	m, _ := o["meta"].(object)
	if m == nil {
		return object{}
	}
	return m
}

// tweak changes a nested definition of a schema document: the attribute by name.
func tweak(urn, attr string, f func(object)) responseHook {
	return documents("Schemas", func(_ *call, o object) {
		if o["id"] != urn {
			return
		}
		for _, e := range listOf(o["attributes"]) {
			if a, ok := e.(object); ok && a["name"] == attr {
				f(a)
			}
		}
	})
}

// remember keeps a value between requests for a defect that needs a memory, and gives the one before.
func (p *Provider) remember(key string, v any) any {
	p.defectMu.Lock()
	defer p.defectMu.Unlock()
	old := p.memory[key]
	if len(p.memory) > 10_000 {
		p.memory = map[string]any{}
	}
	p.memory[key] = v
	return old
}

func (p *Provider) recall(key string) any {
	p.defectMu.Lock()
	defer p.defectMu.Unlock()
	return p.memory[key]
}

// namesGroup tells whether the body holds the id of another Group.
func (c *call) namesGroup() bool {
	k := c.p.model.kindBySegment("Groups")
	if k == nil || c.tenant == nil {
		return false
	}
	c.tenant.mu.Lock()
	defer c.tenant.mu.Unlock()
	for id := range c.tenant.of(k).byID {
		if id != c.path[len(c.path)-1] && strings.Contains(string(c.body), `"`+id+`"`) {
			return true
		}
	}
	return false
}
