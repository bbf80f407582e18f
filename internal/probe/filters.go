package probe

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// trial is one filter: shown is what the report says (no personal data), text is what is sent.
type trial struct {
	shown, text string
	none        bool // matches nobody
}

// absent is a name that nobody has.
const absent = "scimmage-nobody-9f2c71"

// trials builds the filters that identity providers use, for a user that is known to be there.
func trials(u scim.View) []trial {
	var out []trial
	add := func(shown, format string, values ...string) {
		args := make([]any, len(values))
		for i, v := range values {
			if v == "" {
				return // this user lacks the attribute
			}
			args[i] = quote(v)
		}
		out = append(out, trial{shown: shown, text: fmt.Sprintf(format, args...)})
	}
	name, mail := u.Get("userName").Str(), ""
	for _, e := range u.Get("emails").Items() {
		if mail = e.Get("value").Str(); mail != "" {
			break
		}
	}
	workMail := ""
	for _, e := range u.Get("emails").Items() {
		if strings.EqualFold(e.Get("type").Str(), "work") {
			workMail = e.Get("value").Str()
		}
	}
	add(`userName eq "…"`, `userName eq %s`, name)
	if turned := turn(name); turned != name {
		add(`userName eq "…" in the other letter case`, `userName eq %s`, turned)
	}
	add(`USERNAME EQ "…"`, `USERNAME EQ %s`, name)
	add(`urn:…:User:userName eq "…"`, `urn:ietf:params:scim:schemas:core:2.0:User:userName eq %s`, name)
	if r := []rune(name); len(r) > 3 {
		add(`userName sw "…"`, `userName sw %s`, string(r[:3]))
		add(`userName co "…"`, `userName co %s`, string(r[1:3]))
		add(`userName ew "…"`, `userName ew %s`, string(r[len(r)-3:]))
	}
	add(`userName ne "…"`, `userName ne %s`, absent)
	add(`id eq "…"`, `id eq %s`, u.Get("id").Str())
	add(`externalId eq "…"`, `externalId eq %s`, u.Get("externalId").Str())
	add(`emails.value eq "…"`, `emails.value eq %s`, mail)
	add(`emails eq "…"`, `emails eq %s`, mail)
	add(`emails[type eq "work"].value eq "…" (Entra's form)`, `emails[type eq "work"].value eq %s`, workMail)
	add(`emails[type eq "work" and value eq "…"]`, `emails[type eq "work" and value eq %s]`, workMail)
	add(`name.familyName eq "…"`, `name.familyName eq %s`, u.Get("name", "familyName").Str())
	add(`displayName eq "…"`, `displayName eq %s`, u.Get("displayName").Str())
	add(`userName eq "…" and id pr`, `userName eq %s and id pr`, name)
	add(`userName eq "nobody" or userName eq "…"`, `userName eq "`+absent+`" or userName eq %s`, name)
	if a := u.Get("active"); a.IsBool() {
		out = append(out, trial{shown: "active eq " + strconv.FormatBool(a.Bool()), text: "active eq " + strconv.FormatBool(a.Bool())})
	}
	out = append(out, trial{shown: "userName pr", text: "userName pr"})
	if u.Get("meta", "lastModified").Exists() {
		out = append(out, trial{shown: `meta.lastModified gt "2000-…"`, text: `meta.lastModified gt "2000-01-01T00:00:00Z"`})
	}
	return append(out, trial{shown: `userName eq "nobody"`, text: `userName eq "` + absent + `"`, none: true})
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// turn swaps the letter case.
func turn(s string) string {
	if up := strings.ToUpper(s); up != s {
		return up
	}
	return strings.ToLower(s)
}

// filters tries each filter on the first user.
func (p *prober) filters(ctx context.Context, users []scim.View) {
	u := users[0]
	id := u.Get("id").Str()
	for _, t := range trials(u) {
		if ctx.Err() != nil {
			return
		}
		a := p.get(ctx, "/Users", "count=100&filter="+strings.ReplaceAll(url.QueryEscape(t.text), "+", "%20"))
		p.rep.Filters = append(p.rep.Filters, judgeFilter(t, a, id))
	}
	distrust(p.rep.Filters)
	good := 0
	for _, r := range p.rep.Filters {
		if r.State == "works" {
			good++
		}
	}
	p.fact("Filters", "filters.work", "Filters that work", fmt.Sprintf("%d of %d tried", good, len(p.rep.Filters)))
	bad := p.get(ctx, "/Users", "filter="+url.QueryEscape("userName eq"))
	value := bad.why()
	if bad.status() == 400 {
		value = "refused with 400, scimType " + first(bad.v.Get("scimType").Str(), "missing")
	}
	p.fact("Filters", "filters.malformed", "A malformed filter", value)
}

// distrust: where the filter for nobody, tried last, brings users, the server does not filter at all, and an answer that
// looks right is right by accident.
func distrust(rs []FilterResult) {
	if len(rs) == 0 || rs[len(rs)-1].State != "ignored" {
		return
	}
	for i := range rs {
		if rs[i].State == "works" || rs[i].State == "wrong" {
			rs[i].State, rs[i].Detail = "ignored", "the server answers a filter for nobody with users"
		}
	}
}

// judgeFilter compares what came with what the filter means (RFC 7644 section 3.4.2.2), by our own evaluation of it.
func judgeFilter(t trial, a answer, id string) FilterResult {
	r := FilterResult{Filter: t.shown}
	list, isList := a.list()
	if !isList {
		r.State, r.Detail = "refused", a.why()
		if st := a.v.Get("scimType").Str(); st != "" {
			r.Detail += ", scimType " + st
		}
		if a.status() >= 500 || a.status() == 0 {
			r.State = "failed"
		}
		return r
	}
	f, _, err := scim.ParseFilterLenient(t.text)
	found, foreign := false, 0
	for _, x := range list {
		found = found || x.Get("id").Str() == id
		m, isMap := x.Value().(map[string]any)
		if err == nil && isMap && !scim.Match(f, m, scim.StandardSchemas()) {
			foreign++
		}
	}
	switch {
	case t.none && len(list) == 0:
		r.State = "works"
	case foreign == len(list) && foreign > 1 || t.none:
		r.State, r.Detail = "ignored", fmt.Sprintf("%d users came that do not match", max(foreign, len(list)))
	case foreign > 0:
		r.State, r.Detail = "wrong", fmt.Sprintf("%d of %d users do not match", foreign, len(list))
	case !found && len(list) == 0:
		r.State, r.Detail = "finds nothing", "the user that it describes is there"
	case !found && a.total() <= int64(len(list)):
		r.State, r.Detail = "wrong", "the user that it describes is missing"
	default:
		r.State = "works"
	}
	return r
}
