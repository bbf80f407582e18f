package engine

import (
	"hash/fnv"
	"strings"

	"github.com/scimmage/scimmage/internal/exchange"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/suites"
)

// TargetConfig is what a target needs of test people without any suite being touched: many
// endpoints accept people only in their own form.
type TargetConfig struct {
	Domain   string         // of mail addresses and userNames; default example.com
	UserName string         // email (default), plain, or a pattern with {name} and {domain}
	Longest  int            // longest value the target takes; generated names are cut
	User     *suites.Object // attributes added to every user that is created or replaced
	Group    *suites.Object
	LeaveOut []string       // attributes never sent (paths)
	Person   map[string]any // attributes of every directory person
	// People are the company's own, whose names and attributes the stories use. Their logins only lend the part before the
	// @: what is created still carries the run's name, so that nobody's account is touched.
	People     []map[string]any
	AuthB      *exchange.Auth // second credential: another tenant's or a lesser one
	Disposable bool           // nobody needs what is on the target
}

// somebody is one of the company's own people, always the same one for the same fixture of a case; nil when there are none.
func (t TargetConfig) somebody(key string) map[string]any {
	if len(t.People) == 0 {
		return nil
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // hash.Hash never fails
	return t.People[int(h.Sum32()%uint32(len(t.People)))]
}

func (t TargetConfig) domain() string {
	if t.Domain == "" {
		return "example.com" // RFC 2606: never somebody's
	}
	return t.Domain
}

func (t TargetConfig) cut(name, suffix string) string {
	if t.Longest > 0 && len(name)+len(suffix) > t.Longest {
		keep := max(t.Longest-len(suffix), 8)
		if len(name) > keep { // the end of the name is what makes it unique
			name = name[len(name)-keep:]
		}
	}
	return strings.Trim(name, "-.") + suffix
}

func (t TargetConfig) mail(name string) string { return t.cut(name, "@"+t.domain()) }

func (t TargetConfig) userName(name string) string {
	switch t.UserName {
	case "", "email":
		return t.mail(name)
	case "plain":
		return t.cut(name, "")
	}
	return strings.NewReplacer("{name}", t.cut(name, ""), "{domain}", t.domain()).Replace(t.UserName)
}

// adapt adds the configured attributes to a body that creates or replaces a user or a group and
// takes away those that must not be sent. Members that the body has are never changed.
func (t TargetConfig) adapt(method, path string, body []byte) []byte {
	if method != "POST" && method != "PUT" || t.User == nil && t.Group == nil && len(t.LeaveOut) == 0 {
		return body
	}
	extra := t.User
	if strings.Contains(path, "/Groups") {
		extra = t.Group
	} else if !strings.Contains(path, "/Users") {
		return body
	}
	obj, err := suites.ParseObject(body)
	if err != nil {
		return body
	}
	if extra != nil {
		fill(obj, extra)
	}
	for _, p := range t.LeaveOut {
		removeOrdered(obj, p)
	}
	b, err := obj.MarshalJSON()
	if err != nil {
		return body
	}
	return b
}

// fill adds members that are not there yet; extension URNs are added to schemas as well.
func fill(o, extra *suites.Object) {
	for _, k := range extra.Keys {
		have, ok := o.Values[k]
		if !ok {
			setKey(o, k, extra.Values[k])
			if strings.HasPrefix(strings.ToLower(k), "urn:") {
				addSchema(o, k)
			}
			continue
		}
		a, ok1 := have.(*suites.Object)
		b, ok2 := extra.Values[k].(*suites.Object)
		if ok1 && ok2 {
			fill(a, b)
		}
	}
}

func addSchema(o *suites.Object, urn string) {
	l, ok := o.Values["schemas"].([]any)
	if !ok {
		return
	}
	for _, s := range l {
		if t, ok := s.(string); ok && strings.EqualFold(t, urn) {
			return
		}
	}
	o.Values["schemas"] = append(l, urn)
}

func removeOrdered(o *suites.Object, path string) {
	p, err := scim.ParseAttrPath(path)
	if err != nil {
		return
	}
	cur := o
	if p.URN != "" && !strings.EqualFold(p.URN, scim.SchemaUser) && !strings.EqualFold(p.URN, scim.SchemaGroup) {
		next, ok := valueOf(cur, p.URN).(*suites.Object)
		if !ok {
			return
		}
		cur = next
	}
	if p.Sub == "" {
		dropKey(cur, p.Attr)
		return
	}
	for _, v := range toList(valueOf(cur, p.Attr)) {
		if sub, ok := v.(*suites.Object); ok {
			dropKey(sub, p.Sub)
		}
	}
}

func valueOf(o *suites.Object, name string) any {
	for k, v := range o.Values {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

func dropKey(o *suites.Object, name string) {
	for i, k := range o.Keys {
		if strings.EqualFold(k, name) {
			o.Keys = append(o.Keys[:i], o.Keys[i+1:]...)
			delete(o.Values, k)
			return
		}
	}
}
