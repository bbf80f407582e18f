package audit

import (
	"fmt"
	"slices"
	"strings"
)

// joiner matches both sides, rule by rule, part by part.
type joiner struct {
	r           *Report
	o           Options
	rules       []Rule
	carried     map[string]bool // attributes that some account carries
	wanted      map[string]bool // attributes of the roster
	hasA, hasR  []bool          // which rules found a value on either side
	activeTwins int
	unlinked    int
}

// accounts takes the app's side in and drops what came twice.
func (j *joiner) accounts() (*spill, error) {
	byID := newSpill(j.r.dir, "ids")
	defer byID.drop()
	n := 0
	err := j.o.Accounts(func(p Person) error {
		n++
		if p.ID == "" { // a list from a file has no ids
			return byID.put(fmt.Sprintf("\x00%d", n), p)
		}
		return byID.put(p.ID, p)
	})
	if err != nil {
		return nil, err
	}
	out := newSpill(j.r.dir, "accounts-0")
	for i := range parts {
		if err := j.distinct(byID, i, out); err != nil {
			out.drop()
			return nil, err
		}
	}
	return out, nil
}

func (j *joiner) distinct(byID *spill, i int, out *spill) error {
	list, err := byID.read(i)
	if err != nil {
		return err
	}
	seen := make(map[string]bool, len(list))
	for _, p := range list {
		if p.ID != "" && seen[p.ID] {
			j.r.Repeated++
			continue
		}
		seen[p.ID] = true
		j.r.Accounts++
		if p.State == Active {
			j.r.Active++
		}
		for k := range p.Attrs {
			if !j.carried[k] {
				j.carried[k] = true
			}
		}
		if p.ExternalID != "" && !j.carried["externalId"] {
			j.carried["externalId"] = true
		}
		if len(p.Emails) > 0 && !j.carried["email"] {
			j.carried["email"] = true
		}
		for k, rule := range j.rules {
			if !j.hasA[k] {
				j.hasA[k] = p.value(rule.App) != ""
			}
		}
		if err := out.put(p.key(j.rules[0].App), p); err != nil {
			return err
		}
	}
	return nil
}

func (j *joiner) roster() (*spill, error) {
	out := newSpill(j.r.dir, "roster-0")
	j.wanted = map[string]bool{}
	err := j.o.Roster(func(p Person) error {
		j.r.Roster++
		for k := range p.Attrs {
			j.wanted[k] = true
		}
		for k, rule := range j.rules {
			if !j.hasR[k] {
				j.hasR[k] = p.value(rule.Roster) != ""
			}
		}
		return out.put(p.key(j.rules[0].Roster), p)
	})
	if err == nil && j.r.Roster == 0 {
		err = &Refused{"the roster names nobody: every account would be an orphan"}
	}
	if err == nil {
		err = j.matchable()
	}
	if err != nil {
		out.drop()
		return nil, err
	}
	return out, nil
}

// matchable refuses to compare where no rule can ever match: everybody would be an orphan, by a slip of the pen.
func (j *joiner) matchable() error {
	var dead []string
	for k, r := range j.rules {
		switch {
		case !j.hasA[k] && j.r.Accounts > 0:
			dead = append(dead, fmt.Sprintf("no account has %s", r.App))
		case !j.hasR[k]:
			dead = append(dead, fmt.Sprintf("the roster has no %s", r.Roster))
		}
	}
	if len(dead) == len(j.rules) {
		return &Refused{"nobody can be matched: " + strings.Join(slices.Compact(dead), ", ")}
	}
	if len(j.o.Rules) > 0 {
		for _, d := range dead {
			j.r.Notes = append(j.r.Notes, d+": that match rule found nobody")
		}
	}
	return nil
}

// Refused is an audit that would mislead.
type Refused struct{ Why string }

func (r *Refused) Error() string { return r.Why }

// rounds tries one rule after the other. Accounts without a person go on to the next round; people go on in any case,
// because somebody may have a second account that only a later rule finds.
func (j *joiner) rounds(accounts, roster *spill) error {
	for i, rule := range j.rules {
		var nextA, nextR *spill
		var err error
		last := i == len(j.rules)-1
		if !last {
			nextA, nextR = newSpill(j.r.dir, fmt.Sprintf("accounts-%d", i+1)), newSpill(j.r.dir, fmt.Sprintf("roster-%d", i+1))
		}
		for n := 0; n < parts && err == nil; n++ {
			err = j.round(rule, i, n, accounts, roster, nextA, nextR)
		}
		accounts.drop()
		roster.drop()
		if err != nil {
			return err
		}
		accounts, roster = nextA, nextR
	}
	return nil
}

func (j *joiner) round(rule Rule, i, n int, accounts, roster, nextA, nextR *spill) error {
	people, err := roster.read(n)
	if err != nil {
		return err
	}
	list, err := accounts.read(n)
	if err != nil {
		return err
	}
	at := make(map[string]int, len(people))
	for k, p := range people {
		if key := p.key(rule.Roster); key != "" {
			if old, twice := at[key]; !twice || people[old].State == Inactive && p.State == Active {
				at[key] = k // somebody who is listed as a leaver and again as active was hired again
			}
		}
	}
	found := map[int][]Person{}
	for _, a := range list {
		k, ok := at[a.key(rule.App)]
		if key := a.key(rule.App); ok && key != "" {
			found[k] = append(found[k], a)
			continue
		}
		if nextA == nil {
			if err := j.nobody(a); err != nil {
				return err
			}
		} else if err := nextA.put(a.key(j.rules[i+1].App), a); err != nil {
			return err
		}
	}
	for k := range people {
		if err := j.person(&people[k], found[k]); err != nil {
			return err
		}
	}
	for k := range people {
		if key := people[k].key(rule.Roster); key != "" && people[at[key]].Linked {
			people[k].Linked = true // the same person, listed twice
		}
		if nextR != nil {
			if err := nextR.put(people[k].key(j.rules[i+1].Roster), people[k]); err != nil {
				return err
			}
		} else if err := j.without(people, at, k, rule); err != nil {
			return err
		}
	}
	return nil
}

// nobody: an account that no rule gave a person.
func (j *joiner) nobody(a Person) error {
	if a.State != Active {
		j.r.Idle++
		return nil
	}
	return j.r.add(about(Orphan, a))
}

// without: a person to whom no rule gave an account. A roster that lists somebody twice is not reported twice.
func (j *joiner) without(people []Person, at map[string]int, k int, rule Rule) error {
	p := people[k]
	if p.Linked || p.State != Active {
		return nil
	}
	if key := p.key(rule.Roster); key != "" && at[key] != k {
		return nil
	}
	return j.r.add(Finding{Kind: Missing, Name: p.Name(), Email: p.email(), Person: p.Name(), Line: p.Line})
}

func about(k Kind, a Person) Finding {
	return Finding{Kind: k, Name: a.Name(), AccountID: a.ID, Email: a.email(), State: a.State}
}

// person judges the accounts that a rule found for one person.
func (j *joiner) person(p *Person, accounts []Person) error {
	if len(accounts) == 0 {
		return nil
	}
	// The oldest one in use is the account, the others are its doubles.
	slices.SortStableFunc(accounts, func(a, b Person) int {
		if a.State != b.State {
			return strings.Compare(string(a.State), string(b.State)) // active before inactive
		}
		return a.Line - b.Line
	})
	first := 0
	if !p.Linked {
		if err := j.match(*p, accounts[first]); err != nil {
			return err
		}
	} else {
		first = -1
	}
	p.Linked = true
	for i, a := range accounts {
		if i == first {
			continue
		}
		f := about(Duplicate, a)
		f.Person, f.Line = p.Name(), p.Line
		if a.State == Active {
			j.activeTwins++
		}
		if err := j.r.add(f); err != nil {
			return err
		}
		if a.State == Active && p.State != Active {
			j.activeTwins--
			f.Kind = Leaver
			if err := j.r.add(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *joiner) match(p, a Person) error {
	j.r.Matched++
	f := about("", a)
	f.Person, f.Line = p.Name(), p.Line
	switch {
	case p.State != Active && a.State == Active:
		f.Kind = Leaver
	case p.State == Active && a.State != Active:
		f.Kind = Disabled
	}
	if f.Kind != "" {
		if err := j.r.add(f); err != nil {
			return err
		}
	}
	if p.State != Active {
		return nil // nobody provisions attributes of people who have left
	}
	if a.ExternalID == "" {
		j.unlinked++
		if j.carried["externalId"] {
			f.Kind = Unlinked
			if err := j.r.add(f); err != nil {
				return err
			}
		}
	}
	return j.compare(p, a, f)
}

// compare reports every attribute of the roster that the account has otherwise.
func (j *joiner) compare(p, a Person, f Finding) error {
	f.Kind = Drift
	report := func(attr, app, want string) error {
		if slices.ContainsFunc(j.o.Ignore, func(s string) bool { return strings.EqualFold(s, attr) || canonical(s) == attr }) {
			return nil
		}
		f.Attribute, f.InApp, f.OnRoster = attr, app, want
		j.r.DriftBy[attr]++
		return j.r.add(f)
	}
	if p.UserName != "" && a.UserName != "" && !strings.EqualFold(p.UserName, a.UserName) {
		if err := report("userName", a.UserName, p.UserName); err != nil {
			return err
		}
	}
	if e := p.email(); e != "" && j.carried["email"] && !slices.ContainsFunc(a.Emails, func(x string) bool { return strings.EqualFold(x, e) }) {
		if err := report("email", strings.Join(a.Emails, ", "), e); err != nil {
			return err
		}
	}
	for _, k := range sortedKeys(p.Attrs) {
		if j.carried[k] && strings.TrimSpace(a.Attrs[k]) != strings.TrimSpace(p.Attrs[k]) {
			if err := report(k, a.Attrs[k], p.Attrs[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

// notes say what could not be compared, once instead of once for everybody.
func (j *joiner) notes() {
	note := func(format string, a ...any) { j.r.Notes = append(j.r.Notes, fmt.Sprintf(format, a...)) }
	for _, k := range sortedKeys(j.wanted) {
		if !j.carried[k] && j.r.Accounts > 0 {
			note("no account carries %s: it was not compared", k)
		}
	}
	if !j.carried["externalId"] && j.unlinked > 0 {
		note("no account carries externalId: either no identity provider has ever linked one (%s), or the app does not keep it", count(j.unlinked, "account", "accounts"))
	}
	if j.r.Repeated > 0 {
		note("the list of the app gave %s more than once: its pages overlap", count(j.r.Repeated, "account", "accounts"))
	}
	if j.r.Matched == 0 && j.r.Accounts > 0 {
		note("nobody was matched: is the match rule right? (--match userName=email)")
	}
}
