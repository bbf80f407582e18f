package mockidp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// prerequisites are what must have happened before an operation makes sense in a fresh target.
var prerequisites = map[string]string{
	"update-user": "create-user", "deactivate-user": "create-user", "reactivate-user": "create-user", "sync-password": "create-user", "delete-user": "create-user",
	"rename-group": "push-group", "add-members": "push-group", "remove-members": "push-group", "change-members": "push-group", "replace-members": "push-group", "delete-group": "push-group",
}

// serveCase writes an operation as a suite file.
func (i *IdP) serveCase(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("op"), 10, 64)
	if err != nil {
		return badInput("%q is no number", clip(r.PathValue("op"), 40))
	}
	op, err := getOp(r.Context(), i.db.r, id)
	if err != nil {
		return err
	}
	b, err := caseOf(op)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="operation-%d.yaml"`, op.ID))
	_, err = w.Write(b)
	return err
}

// caseOf makes a suite of one case: the people of the operation as fixtures, what must be there first, the operation, and
// that every answer was accepted.
func caseOf(op *Op) ([]byte, error) {
	profileID, name, ok := strings.Cut(op.Operation, "/")
	if !ok || len(op.Exchanges) == 0 {
		return nil, conflict("nothing was sent here, so there is nothing to test")
	}
	var args map[string]any
	if len(op.Args) > 0 {
		if err := json.Unmarshal(op.Args, &args); err != nil {
			return nil, err
		}
	}
	given, with := yamlMap(), yamlMap()
	f := &fixtures{given: given}
	for _, k := range sortedKeys(args) {
		if v := f.value(k, args[k]); v != nil {
			with.put(k, v)
		}
	}
	steps := []any{}
	add := func(operation string, with *orderedMap) {
		st := yamlMap().put("id", fmt.Sprintf("s%d", len(steps)+1)).put("use", profileID+"/"+operation)
		if len(with.keys) > 0 {
			st.put("with", with)
		}
		steps = append(steps, st)
	}
	for _, p := range f.people {
		if pre := prerequisites[name]; pre == "create-user" || f.group != "" {
			add("create-user", yamlMap().put("person", "{{ "+p+" }}"))
		}
	}
	if pre := prerequisites[name]; pre == "push-group" {
		add(pre, yamlMap().put("group", "{{ "+f.group+" }}"))
	}
	if name == "reactivate-user" && len(f.people) > 0 {
		add("deactivate-user", yamlMap().put("person", "{{ "+f.people[0]+" }}"))
	}
	add(name, with)
	last := steps[len(steps)-1].(*orderedMap)
	last.put("expect", []any{yamlMap().put("id", "done").put("title", "It succeeds").put("level", "must").put("that", last.values["id"].(string)+".ok").put("expected", "the operation succeeds").put("actual", "{{ "+last.values["id"].(string)+".message }}")})
	c := yamlMap().put("id", fmt.Sprintf("operation-%d", op.ID)).put("title", op.Title)
	if len(given.keys) > 0 {
		c.put("given", given)
	}
	c.put("steps", steps)
	suite := yamlMap().put("suite", fmt.Sprintf("saved.operation-%d", op.ID)).put("title", op.Title).
		put("about", fmt.Sprintf("Saved from the mock identity provider on %s. Run it with: scimmage run --url URL --suite FILE", op.At.Format("2006-01-02"))).
		put("kind", "user").put("cases", []any{c})
	return yaml.Marshal(suite.node())
}

// fixtures turns the directory's objects in the arguments of an operation into fixtures of a case.
type fixtures struct {
	given  *orderedMap
	people []string
	group  string
	known  map[string]string
}

func (f *fixtures) value(name string, v any) any {
	switch t := v.(type) {
	case map[string]any:
		switch {
		case t["login"] != nil:
			return "{{ " + f.person(t) + " }}"
		case name == "group":
			return "{{ " + f.addGroup(t) + " }}"
		}
		return t
	case []any:
		refs := []string{}
		for _, x := range t {
			if m, ok := x.(map[string]any); ok && m["login"] != nil {
				refs = append(refs, f.person(m))
			}
		}
		return "{{ [" + strings.Join(refs, ", ") + "] }}"
	}
	return v
}

// person adds a fixture. Names, addresses and ids are left to the run, so that the case can be run twice.
func (f *fixtures) person(m map[string]any) string {
	if f.known == nil {
		f.known = map[string]string{}
	}
	key := text(m["id"])
	if name, ok := f.known[key]; ok {
		return name
	}
	name := fmt.Sprintf("person%d", len(f.people)+1)
	f.known[key], f.people = name, append(f.people, name)
	attrs := yamlMap()
	for _, k := range sortedKeys(m) {
		switch k {
		case "id", "login", "email", "target", "active", "managerTarget", "managerId", "object", "kind", "display":
		default:
			attrs.put(k, m[k])
		}
	}
	f.given.put(name, yamlMap().put("person", attrs))
	return name
}

func (f *fixtures) addGroup(m map[string]any) string {
	f.group = "team"
	members := []any{}
	list, _ := m["members"].([]any)
	for _, x := range list {
		if mm, ok := x.(map[string]any); ok && mm["login"] != nil {
			members = append(members, f.person(mm))
		}
	}
	g := yamlMap()
	if len(members) > 0 {
		g.put("members", members)
	}
	f.given.put(f.group, yamlMap().put("people-group", g))
	return f.group
}

// orderedMap is a YAML mapping whose keys keep their order.
type orderedMap struct {
	keys   []string
	values map[string]any
}

func yamlMap() *orderedMap { return &orderedMap{values: map[string]any{}} }

func (m *orderedMap) put(k string, v any) *orderedMap {
	if _, ok := m.values[k]; !ok {
		m.keys = append(m.keys, k)
	}
	m.values[k] = v
	return m
}

func (m *orderedMap) node() *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, k := range m.keys {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: k}, nodeOf(m.values[k]))
	}
	return n
}

func nodeOf(v any) *yaml.Node {
	switch t := v.(type) {
	case *orderedMap:
		return t.node()
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, x := range t {
			n.Content = append(n.Content, nodeOf(x))
		}
		return n
	}
	n := &yaml.Node{}
	if n.Encode(v) != nil {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(v)}
	}
	return n
}
