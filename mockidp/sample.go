package mockidp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

var (
	givenNames  = strings.Fields("Ana Ben Carla David Elif Farid Grace Hugo Ines Jonas Kira Liam Mara Noah Olga Paul Quinn Rosa Sami Tara Uma Viktor Wanda Xenia Yusuf Zoe Aiko Björn Chloé Dario")
	familyNames = strings.Fields("Ruiz Keller Okafor Lindqvist Moreau Novak Haddad Fischer Costa Tanaka Murphy Singh Petrov Olsen Garcia Weber O'Brien Schmidt Rossi Kaya Nguyen Larsen Müller Dubois Horvat Silva Cohen Ivanova Park Andersen")
	departments = []string{"Engineering", "Sales", "Finance", "Legal", "Support", "Marketing", "People", "Operations"}
	jobTitles   = []string{"Engineer", "Account Manager", "Analyst", "Counsel", "Specialist", "Designer", "Partner", "Coordinator"}
	places      = []struct{ city, country, locale, tz string }{{"Madrid", "ES", "es-ES", "Europe/Madrid"}, {"Berlin", "DE", "de-DE", "Europe/Berlin"}, {"Dublin", "IE", "en-IE", "Europe/Dublin"}, {"Boston", "US", "en-US", "America/New_York"}, {"Osaka", "JP", "ja-JP", "Asia/Tokyo"}}
)

// asciiName takes marks off letters for addresses.
var asciiName = strings.NewReplacer("ö", "o", "ü", "u", "é", "e", "'", "", " ", "")

// Sample fills the directory with a company of n people and its groups: the same for the same seed. A head of a department has no manager,
// everybody else one of their department.
func (i *IdP) Sample(ctx context.Context, n int, seed int64) error {
	if n < 1 || n > 200_000 {
		return badInput("a sample has 1 to 200000 people, not %d", n)
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0xda7a))
	return i.change(ctx, "directory", "", "", func(tx *statements) error {
		have, err := count(ctx, tx, "SELECT count(*) FROM people")
		if err != nil {
			return err
		}
		byDept := map[string][]string{}
		var all []string
		for k := range n {
			in := samplePerson(rng, k, have)
			dept := text(in.Profile["department"])
			if l := byDept[dept]; len(l) > 0 {
				m := l[rng.IntN(min(len(l), 1+len(l)/8))]
				in.Manager = &m
			}
			p, err := i.createPerson(ctx, tx, in)
			if err != nil {
				return err
			}
			byDept[dept] = append(byDept[dept], p.ID)
			all = append(all, p.ID)
		}
		groups := map[string][]string{"Everyone": all}
		for d, ids := range byDept {
			groups[d] = ids
		}
		for k := range max(n/100, 2) {
			var ids []string
			for _, at := range rng.Perm(len(all))[:min(5+rng.IntN(20), len(all))] {
				ids = append(ids, all[at])
			}
			groups[fmt.Sprintf("Project %s %d", []string{"Atlas", "Borealis", "Cobalt", "Dune", "Ember"}[k%5], have+k+1)] = ids
		}
		if err := i.sampleGroups(ctx, tx, groups); err != nil {
			return err
		}
		return i.touchPeople(ctx, tx, all...)
	})
}

func samplePerson(rng *rand.Rand, k, have int) PersonInput {
	first, last, d, at := givenNames[rng.IntN(len(givenNames))], familyNames[rng.IntN(len(familyNames))], rng.IntN(len(departments)), places[rng.IntN(len(places))]
	number := have + k + 1
	mail := fmt.Sprintf("%s.%s%d@example.com", strings.ToLower(asciiName.Replace(first)), strings.ToLower(asciiName.Replace(last)), number)
	return PersonInput{Profile: map[string]any{
		"login": mail, "email": mail, "firstName": first, "lastName": last, "displayName": first + " " + last, "title": jobTitles[d], "department": departments[d],
		"employeeNumber": fmt.Sprint(100000 + number), "organization": "Example Company", "costCenter": fmt.Sprintf("CC-%d", 100+d), "city": at.city, "country": at.country, "locale": at.locale,
		"timezone": at.tz, "preferredLanguage": at.locale, "workPhone": fmt.Sprintf("+1 555 01%02d", number%100), "userType": "Employee",
	}}
}

func (i *IdP) sampleGroups(ctx context.Context, tx *statements, groups map[string][]string) error {
	for _, name := range sortedKeys(groups) {
		var id string
		err := tx.QueryRowContext(ctx, "SELECT id FROM groups WHERE name = ?", name).Scan(&id)
		if err != nil {
			g, err := i.createGroup(ctx, tx, GroupInput{Name: name})
			if err != nil {
				return err
			}
			id = g.ID
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO members (group_id, kind, member_id) SELECT ?, 'person', value FROM json_each(?)", id, idList(groups[name]...)); err != nil {
			return err
		}
	}
	return nil
}
