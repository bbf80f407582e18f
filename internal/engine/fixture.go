package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/suites"
)

// setupError says why a fixture could not be made.
type setupError struct{ msg, blockedBy string }

func setupf(format string, a ...any) *setupError { return &setupError{msg: fmt.Sprintf(format, a...)} }

// fixture makes one fixture, or a list of them.
func (s *scope) fixture(ctx context.Context, f *suites.Fixture) (any, *setupError) {
	switch f.Kind {
	case "person":
		return s.person(f)
	case "people-group":
		return s.peopleGroup(f)
	}
	n := max(f.Count, 1)
	var list []any
	for i := range n {
		if s.e.breaker.open() {
			return nil, setupf("%s", s.e.breaker.reason())
		}
		s.vars["n"] = i + 1
		v, err := s.createFixture(ctx, f)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	if f.Count > 1 {
		return list, nil
	}
	return list[0], nil
}

var fixtureEndpoints = map[string]string{"user": "Users", "group": "Groups"}

// createFixture creates one object by plain POST. It is tolerant on purpose: any 2xx with an id
// will do, because whether 201, Location and the body are right is the business of the cases about
// creating, and one fault must not fail every case.
func (s *scope) createFixture(ctx context.Context, f *suites.Fixture) (map[string]any, *setupError) {
	endpoint := firstNonEmpty(f.Endpoint, fixtureEndpoints[f.Kind])
	body, err := s.fixtureBody(f)
	if err != nil {
		return nil, setupf("the fixture is broken (%s:%d): %v", f.Pos.File, f.Pos.Line, err)
	}
	resp := s.setupCall(ctx, "POST", "/"+endpoint, body, "Set up "+f.Kind+" "+f.Name)
	if flt := resp.fault(); flt != nil {
		return nil, setupf("%s", flt.Message)
	}
	if resp.status() < 200 || resp.status() > 299 {
		return nil, setupf("POST /%s answered %s", endpoint, statusText(resp))
	}
	obj, _ := resp.value().(map[string]any)
	id, _ := createdID(resp)
	if id == "" {
		return nil, setupf("the answer to POST /%s has no id and no Location", endpoint)
	}
	if text(obj["id"]) == "" {
		if got := s.setupCall(ctx, "GET", "/"+endpoint+"/"+escapeSegment(id), nil, "Read "+f.Name); got.status() == 200 {
			obj, _ = got.value().(map[string]any)
		}
	}
	if len(id) > exchange.MaxID {
		return nil, setupf("the id in the answer to POST /%s has %d characters: no URL can hold it", endpoint, len(id))
	}
	out := map[string]any{}
	var sent map[string]any
	if json.Unmarshal(body, &sent) == nil {
		for k, v := range sent {
			if k != "password" {
				out[k] = v
			}
		}
	}
	for k, v := range obj {
		out[k] = v
	}
	out["id"] = id
	out["$endpoint"] = endpoint
	return out, nil
}

func (s *scope) setupCall(ctx context.Context, method, path string, body []byte, purpose string) *response {
	r := outgoing{Request: exchange.Request{Case: s.base, Step: "given", Purpose: purpose, Setup: true, Method: method, Path: path, Body: body, HasBody: body != nil,
		Header: []exchange.Header{{Name: "Accept", Value: scimJSON}}}}
	if body != nil {
		r.Header = append(r.Header, exchange.Header{Name: "Content-Type", Value: scimJSON})
	}
	if method == "POST" {
		r.Marker = s.markerOf(body)
	}
	return s.send(ctx, nil, r)
}

func (s *scope) fixtureBody(f *suites.Fixture) ([]byte, error) {
	t := s.e.o.Library.Fixture(f.Kind, f.Base)
	if t == nil {
		return nil, fmt.Errorf("no template %q of kind %s", f.Base, f.Kind)
	}
	s.vars["name"] = f.Name
	v, err := t.Render(s.vars)
	if err != nil {
		return nil, err
	}
	obj, ok := v.(*suites.Object)
	if !ok {
		return nil, fmt.Errorf("template %q is no object", f.Base)
	}
	if f.With != nil {
		w, err := f.With.Render(s.vars)
		if err != nil {
			return nil, err
		}
		if over, ok := w.(*suites.Object); ok {
			merge(obj, over)
		}
	}
	if len(f.Members) > 0 {
		var ms []any
		for _, name := range f.Members {
			for _, m := range toList(s.vars[name]) {
				if mm, ok := m.(map[string]any); ok {
					ms = append(ms, &suites.Object{Keys: []string{"value"}, Values: map[string]any{"value": text(mm["id"])}})
				}
			}
		}
		setKey(obj, "members", ms)
	}
	b, err := obj.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return s.e.o.Target.adapt("POST", "/"+firstNonEmpty(f.Endpoint, fixtureEndpoints[f.Kind]), b), nil
}

func setKey(o *suites.Object, k string, v any) {
	if _, ok := o.Values[k]; !ok {
		o.Keys = append(o.Keys, k)
	}
	o.Values[k] = v
}

// merge lays over upon o; a null removes a member.
func merge(o, over *suites.Object) {
	for _, k := range over.Keys {
		v := over.Values[k]
		if v == nil {
			delete(o.Values, k)
			for i, x := range o.Keys {
				if x == k {
					o.Keys = append(o.Keys[:i], o.Keys[i+1:]...)
					break
				}
			}
			continue
		}
		if a, ok := o.Values[k].(*suites.Object); ok {
			if b, ok := v.(*suites.Object); ok {
				merge(a, b)
				continue
			}
		}
		setKey(o, k, v)
	}
}

// person is somebody of the identity provider's directory: nothing is sent.
func (s *scope) person(f *suites.Fixture) (any, *setupError) {
	over, err := s.rendered(f.With)
	if err != nil {
		return nil, setupf("%v", err)
	}
	first, last := strings.ToUpper(f.Name[:1])+f.Name[1:], surname(f.Name)
	own := s.e.o.Target.somebody(s.base + "/" + f.Name)
	login := s.username(firstNonEmpty(text(own["login"]), f.Name))
	p := map[string]any{
		"id": s.directoryID("person"), "login": login, "email": s.email(f.Name + ".mail"), "firstName": first, "lastName": last,
		"displayName": first + " " + last, "active": true, "password": "Tm!" + s.e.random(9), "$endpoint": "Users", "target": nil,
	}
	if strings.Contains(login, "@") {
		p["email"] = login
	}
	for k, v := range own {
		if k != "login" {
			p[k] = v
		}
	}
	for k, v := range over {
		p[k] = v
	}
	for k, v := range s.e.o.Target.Person {
		if _, ok := over[k]; !ok {
			p[k] = v
		}
	}
	return p, nil
}

// surnames are synthetic; the same fixture name always gets the same one.
var surnames = []string{"Ruiz", "Okafor", "Lindqvist", "Tanaka", "Moreau", "Novak", "Haddad", "Kowalski", "Silva", "Berg"}

func surname(name string) string {
	h := 0
	for _, c := range name {
		h = h*31 + int(c)
	}
	return surnames[(h%len(surnames)+len(surnames))%len(surnames)]
}

func (s *scope) peopleGroup(f *suites.Fixture) (any, *setupError) {
	over, err := s.rendered(f.With)
	if err != nil {
		return nil, setupf("%v", err)
	}
	var members []any
	for _, m := range f.Members {
		members = append(members, toList(s.vars[m])...)
	}
	if ms, ok := over["members"]; ok {
		members = nil
		for _, m := range toList(ms) {
			if name, ok := m.(string); ok {
				m = s.vars[name]
			}
			members = append(members, toList(m)...)
		}
	}
	g := map[string]any{"id": s.directoryID("group"), "name": s.unique(f.Name), "$endpoint": "Groups", "target": nil}
	for k, v := range over {
		g[k] = v
	}
	if name := text(g["name"]); !strings.Contains(name, s.e.o.Run.Prefix) {
		g["name"] = s.unique(name) // nobody else's group may be meant by it
	}
	g["members"] = members
	return g, nil
}

func (s *scope) rendered(t *suites.Template) (map[string]any, error) {
	if t == nil {
		return nil, nil
	}
	v, err := t.Render(s.vars)
	if err != nil {
		return nil, err
	}
	m, _ := keepMaps(v).(map[string]any)
	return m, nil
}

// directoryID is an id as this identity provider makes them (00u… for Okta, a GUID for Entra).
func (s *scope) directoryID(kind string) string {
	if s.in.prof == nil {
		return s.e.random(20)
	}
	return s.in.prof.NewID(kind, s.e.random)
}

// keepMaps turns the objects of a template into maps and leaves maps that were there before as they
// are: a person handed to an operation is the same person afterwards, with the link remembered.
func keepMaps(v any) any {
	switch t := v.(type) {
	case *suites.Object:
		m := make(map[string]any, len(t.Keys))
		for _, k := range t.Keys {
			m[k] = keepMaps(t.Values[k])
		}
		return m
	case []any:
		out := make([]any, len(t))
		for i, x := range t {
			out[i] = keepMaps(x)
		}
		return out
	}
	return v
}
