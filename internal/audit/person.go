package audit

import (
	"fmt"
	"slices"
	"strings"
)

// State says whether somebody may be let in.
type State string

// The states. An account that says nothing of itself is let in (RFC 7643 section 4.1.1 leaves the meaning to the app).
const (
	Active   State = "active"
	Inactive State = "inactive"
)

// Person is one account of the app, or one entry of the roster.
type Person struct {
	ID         string
	UserName   string
	ExternalID string
	Emails     []string // the primary one first
	State      State
	Attrs      map[string]string // further attributes by their SCIM name, such as title or name.givenName
	Extra      map[string]string // columns that mean nothing to us and that a match rule names, in lower case
	Line       int               // where it stood: line or ordinal, from 1
	Linked     bool              // roster side: an account was found in an earlier round
}

// Name is what people call it.
func (p Person) Name() string {
	for _, s := range append([]string{p.UserName}, p.Emails...) {
		if s != "" {
			return s
		}
	}
	for _, s := range []string{p.ExternalID, p.ID, p.Attrs["displayName"]} {
		if s != "" {
			return s
		}
	}
	return fmt.Sprintf("entry %d", p.Line)
}

func (p Person) email() string {
	if len(p.Emails) == 0 {
		return ""
	}
	return p.Emails[0]
}

// value of an attribute by its SCIM name.
func (p Person) value(attr string) string {
	switch strings.ToLower(attr) {
	case "id":
		return p.ID
	case "username":
		return p.UserName
	case "externalid":
		return p.ExternalID
	case "email", "emails", "emails.value", "mail":
		return p.email()
	}
	if v, ok := p.Attrs[attr]; ok {
		return v
	}
	if v, ok := p.Extra[strings.ToLower(attr)]; ok {
		return v
	}
	name := canonical(attr)
	for k, v := range p.Attrs {
		if strings.EqualFold(k, attr) || k == name {
			return v
		}
	}
	if name != "" && !strings.EqualFold(name, attr) && !strings.HasSuffix(name, "active") { // the name of a column, such as Login
		return p.value(name)
	}
	return ""
}

// key is what is compared: userName and mail addresses know no letter case (RFC 7643 sections 4.1.1 and 4.1.2), and
// identifiers do (section 3.1).
func (p Person) key(attr string) string {
	v := strings.TrimSpace(p.value(attr))
	switch strings.ToLower(attr) {
	case "id", "externalid":
		return v
	}
	return strings.ToLower(v)
}

// aliases are the column names of exports, reduced to letters and digits, and what they mean in SCIM.
var aliases = map[string]string{
	"username": "userName", "login": "userName", "userlogin": "userName", "user": "userName", "upn": "userName", "userprincipalname": "userName", "samaccountname": "userName", "profilelogin": "userName",
	"email": "email", "mail": "email", "emailaddress": "email", "primaryemail": "email", "workemail": "email", "useremail": "email", "emails": "email", "profileemail": "email",
	"externalid": "externalId", "objectid": "externalId",
	"active": "active", "status": "active", "state": "active", "enabled": "active", "accountenabled": "active", "userstatus": "active", "employmentstatus": "active", "isactive": "active", "aktiv": "active", "accountstatus": "active",
	"disabled": "!active", "suspended": "!active", "terminated": "!active", "deactivated": "!active", "blocked": "!active", "archived": "!active",
	"firstname": "name.givenName", "givenname": "name.givenName", "first": "name.givenName", "namegivenname": "name.givenName", "forename": "name.givenName", "profilefirstname": "name.givenName",
	"lastname": "name.familyName", "familyname": "name.familyName", "last": "name.familyName", "surname": "name.familyName", "namefamilyname": "name.familyName", "profilelastname": "name.familyName",
	"displayname": "displayName", "fullname": "displayName", "name": "displayName",
	"title": "title", "jobtitle": "title", "department": "department", "organization": "organization", "company": "organization",
	"employeenumber": "employeeNumber", "employeeid": "employeeNumber", "personnelnumber": "employeeNumber",
	"division": "division", "costcenter": "costCenter", "usertype": "userType", "locale": "locale", "timezone": "timezone", "preferredlanguage": "preferredLanguage", "nickname": "nickName", "id": "id",
}

// canonical gives the SCIM name of a column; "" for columns that mean nothing to us.
func canonical(column string) string {
	low := strings.ToLower(column)
	if i := strings.LastIndex(low, ":"); strings.HasPrefix(low, "urn:") && i > 0 {
		low = low[i+1:]
	}
	if i := strings.IndexAny(low, "[("); i > 0 { // Google: "Email Address [Required]"
		low = low[:i]
	}
	return aliases[strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, low)]
}

var (
	onWords  = []string{"true", "yes", "y", "1", "active", "enabled", "current", "employed", "provisioned", "on", "aktiv", "enabled user", "staged", "password_expired", "recovery"}
	offWords = []string{"false", "no", "n", "0", "inactive", "disabled", "terminated", "leaver", "left", "deprovisioned", "suspended", "deactivated", "archived", "blocked", "off", "former", "locked", "deleted", "expired", "inaktiv", "gesperrt"}
)

// stateOf reads a status. Words that nobody knows count as active and are reported: leaving somebody out of the roster
// by a guess would make an orphan of a colleague.
func stateOf(word string, negated bool) (s State, known bool) {
	w := strings.ToLower(strings.TrimSpace(word))
	on, off := slices.Contains(onWords, w), slices.Contains(offWords, w)
	if negated {
		on, off = off, on
	}
	switch {
	case off:
		return Inactive, true
	case on || w == "":
		return Active, true
	}
	return Active, false
}

// set puts one value where it belongs and tells whether it was understood.
func (p *Person) set(column, value string) bool {
	value = strings.TrimSpace(value)
	name := canonical(column)
	if name == "" || value == "" {
		return true
	}
	switch name {
	case "id":
		p.ID = value
	case "userName":
		p.UserName = value
	case "externalId":
		p.ExternalID = value
	case "email":
		p.Emails = append(p.Emails, value)
	case "active", "!active":
		s, known := stateOf(value, name == "!active")
		if p.State != Inactive { // one column that says no is enough
			p.State = s
		}
		return known
	default:
		if p.Attrs == nil {
			p.Attrs = map[string]string{}
		}
		p.Attrs[name] = value
	}
	return true
}

// fromObject reads a JSON object of a file.
func (f *reading) fromObject(m map[string]any) error {
	if !isPerson(m) {
		f.came++
		return nil
	}
	p := f.person(m)
	p.Line = f.came + 1
	return f.one(p)
}

// isPerson: a directory's export holds groups as well, and says so.
func isPerson(m map[string]any) bool {
	meta, _ := m["meta"].(map[string]any)
	if kind, _ := meta["resourceType"].(string); kind != "" {
		return !strings.EqualFold(kind, "Group")
	}
	list, _ := m["schemas"].([]any)
	for _, s := range list {
		if urn, _ := s.(string); strings.HasSuffix(urn, ":Group") {
			return false
		}
	}
	return true
}

// person reads a JSON object: a SCIM User, or a flat object with the names of columns.
func (f *reading) person(m map[string]any) Person {
	p := Person{State: Active}
	take := func(column, value string) { f.set(&p, column, value) }
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		switch v := m[k].(type) {
		case map[string]any:
			nested := make([]string, 0, len(v))
			for sub := range v {
				nested = append(nested, sub)
			}
			slices.Sort(nested)
			for _, sub := range nested {
				if s, ok := scalar(v[sub]); ok && canonical(k) != "active" {
					column := sub
					if strings.EqualFold(k, "name") {
						column = "name." + sub
					}
					if !strings.EqualFold(k, "meta") && !strings.EqualFold(k, "manager") {
						take(column, s)
					}
				}
			}
		case []any:
			if canonical(k) == "email" {
				p.Emails = append(p.Emails, mails(v)...)
			}
		default:
			if s, ok := scalar(v); ok {
				take(k, s)
			}
		}
	}
	return p
}

func scalar(v any) (string, bool) {
	switch t := v.(type) {
	case string:
		return t, true
	case nil, map[string]any, []any:
		return "", false
	}
	return fmt.Sprint(v), true
}

// mails are the addresses of a multi-valued attribute, the primary one first.
func mails(list []any) []string {
	var out []string
	for _, x := range list {
		switch e := x.(type) {
		case string:
			out = append(out, e)
		case map[string]any:
			s, _ := e["value"].(string)
			switch {
			case s == "":
			case e["primary"] == true:
				out = append([]string{s}, out...)
			default:
				out = append(out, s)
			}
		}
	}
	return out
}
