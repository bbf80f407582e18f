package mockidp

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Directory is the directory as it is exported and imported.
type Directory struct {
	People []ExportedPerson `yaml:"people" json:"people"`
	Groups []ExportedGroup  `yaml:"groups" json:"groups"`
}

// ExportedPerson is a person in a file. Passwords are never written.
type ExportedPerson struct {
	ID      string         `yaml:"id,omitempty" json:"id,omitempty"`
	Status  string         `yaml:"status,omitempty" json:"status,omitempty"`
	Manager string         `yaml:"manager,omitempty" json:"manager,omitempty"` // login or id
	Profile map[string]any `yaml:"profile" json:"profile"`
}

// ExportedGroup is a group in a file; its members are logins, and names of groups after "group:".
type ExportedGroup struct {
	ID      string   `yaml:"id,omitempty" json:"id,omitempty"`
	Name    string   `yaml:"name" json:"name"`
	Members []string `yaml:"members,omitempty" json:"members,omitempty"`
}

// Export writes the directory as yaml, csv (people only) or scim (a list of User and Group resources).
func (i *IdP) Export(ctx context.Context, format string) ([]byte, string, error) {
	people, err := collect(ctx, i.db.r, scanPerson, "SELECT "+personColumns+" FROM people WHERE status <> 'deleted' ORDER BY seq")
	if err != nil {
		return nil, "", err
	}
	switch format {
	case "csv":
		b, err := exportCSV(people)
		return b, "text/csv; charset=utf-8", err
	case "yaml", "scim":
	default:
		return nil, "", badInput("the format %q is none of yaml, csv, scim", format)
	}
	groups, err := collect(ctx, i.db.r, scanGroup, "SELECT "+groupColumns+" FROM groups g ORDER BY g.seq")
	if err != nil {
		return nil, "", err
	}
	logins := map[string]string{}
	for _, p := range people {
		logins[p.ID] = p.Login()
	}
	names := map[string]string{}
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	d := Directory{People: []ExportedPerson{}, Groups: []ExportedGroup{}}
	for _, p := range people {
		prof := maps.Clone(p.Profile)
		delete(prof, "password")
		d.People = append(d.People, ExportedPerson{p.ID, p.Status, logins[p.Manager], prof})
	}
	for _, g := range groups {
		members, err := listMembers(ctx, i.db.r, g.ID, 1<<30, "")
		if err != nil {
			return nil, "", err
		}
		e := ExportedGroup{ID: g.ID, Name: g.Name}
		for _, m := range members {
			if m.Kind == kindGroup {
				e.Members = append(e.Members, "group:"+names[m.ID])
			} else if logins[m.ID] != "" {
				e.Members = append(e.Members, logins[m.ID])
			}
		}
		d.Groups = append(d.Groups, e)
	}
	if format == "scim" {
		b, err := exportSCIM(d)
		return b, "application/scim+json", err
	}
	b, err := yaml.Marshal(d)
	return b, "application/yaml", err
}

func exportCSV(people []*Person) ([]byte, error) {
	cols := map[string]bool{}
	for _, p := range people {
		for k := range p.Profile {
			cols[k] = k != "password"
		}
	}
	head := []string{"id", "status", "manager"}
	for _, k := range sortedKeys(cols) {
		if cols[k] {
			head = append(head, k)
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(head) // a bytes.Buffer takes everything
	for _, p := range people {
		row := []string{p.ID, p.Status, p.Manager}
		for _, k := range head[3:] {
			row = append(row, cell(text(p.Profile[k])))
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// cell keeps a spreadsheet from reading a value as a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func exportSCIM(d Directory) ([]byte, error) {
	var res []any
	for _, p := range d.People {
		u := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User", enterprise}, "id": p.ID, "userName": p.Profile["login"], "active": p.Status == Active,
			"name": map[string]any{"givenName": p.Profile["firstName"], "familyName": p.Profile["lastName"]}, "meta": map[string]any{"resourceType": "User"}}
		for _, k := range []string{"displayName", "title", "locale", "timezone", "preferredLanguage", "userType", "nickName"} {
			if v := p.Profile[k]; v != nil {
				u[k] = v
			}
		}
		if m := text(p.Profile["email"]); m != "" {
			u["emails"] = []any{map[string]any{"value": m, "type": "work", "primary": true}}
		}
		ext := map[string]any{}
		for _, k := range []string{"employeeNumber", "department", "costCenter", "organization", "division"} {
			if v := p.Profile[k]; v != nil {
				ext[k] = v
			}
		}
		u[enterprise] = ext
		res = append(res, u)
	}
	ids := map[string]string{}
	for _, p := range d.People {
		ids[text(p.Profile["login"])] = p.ID
	}
	for _, g := range d.Groups {
		members := []any{}
		for _, m := range g.Members {
			if id := ids[m]; id != "" {
				members = append(members, map[string]any{"value": id, "display": m})
			}
		}
		res = append(res, map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "id": g.ID, "displayName": g.Name, "members": members, "meta": map[string]any{"resourceType": "Group"}})
	}
	return json.MarshalIndent(map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": len(res), "startIndex": 1, "itemsPerPage": len(res), "Resources": list(res)}, "", " ")
}

// ImportDirectory reads people and groups from a file: those whose login or name is there already are updated, others are added.
func (i *IdP) ImportDirectory(ctx context.Context, format string, r io.Reader) (int, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return 0, badInput("the file could not be read: %v", err)
	}
	d := Directory{}
	switch format {
	case "yaml":
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		if err := dec.Decode(&d); err != nil {
			return 0, badInput("the YAML cannot be read: %v", err)
		}
	case "csv":
		if d, err = readCSV(data); err != nil {
			return 0, err
		}
	case "scim":
		if d, err = readSCIM(data); err != nil {
			return 0, err
		}
	default:
		return 0, badInput("the format %q is none of yaml, csv, scim", format)
	}
	err = i.change(ctx, "directory", "", "", func(tx *statements) error { return i.merge(ctx, tx, d) })
	return len(d.People) + len(d.Groups), err
}

func readCSV(data []byte) (Directory, error) {
	var d Directory
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil || len(rows) == 0 {
		return d, badInput("the CSV cannot be read: %v", err)
	}
	for _, row := range rows[1:] {
		p := ExportedPerson{Profile: map[string]any{}}
		for k, name := range rows[0] {
			switch v := row[k]; {
			case name == "id":
				p.ID = v
			case name == "status":
				p.Status = v
			case name == "manager":
				p.Manager = v
			case v != "":
				if len(v) > 1 && v[0] == '\'' && strings.ContainsRune("=@\t\r", rune(v[1])) {
					v = v[1:]
				}
				p.Profile[name] = v
			}
		}
		d.People = append(d.People, p)
	}
	return d, nil
}

func readSCIM(data []byte) (Directory, error) {
	var d Directory
	var doc struct{ Resources []map[string]any }
	if err := json.Unmarshal(data, &doc); err != nil {
		if json.Unmarshal(data, &doc.Resources) != nil {
			return d, badInput("the SCIM JSON cannot be read: %v; give a ListResponse or an array of resources", err)
		}
	}
	logins := map[string]string{}
	for _, u := range doc.Resources {
		if login := text(at(u, "userName")); login != "" {
			p := ExportedPerson{Profile: profileOf(u)}
			if u["active"] == false {
				p.Status = Deactivated
			}
			logins[text(u["id"])] = login
			d.People = append(d.People, p)
		}
	}
	for _, g := range doc.Resources {
		if text(at(g, "userName")) != "" || text(at(g, "displayName")) == "" {
			continue
		}
		e := ExportedGroup{Name: text(at(g, "displayName"))}
		members, _ := at(g, "members").([]any)
		for _, m := range members {
			if login := logins[text(asMap(m)["value"])]; login != "" {
				e.Members = append(e.Members, login)
			}
		}
		d.Groups = append(d.Groups, e)
	}
	return d, nil
}

// merge adds and updates people, then managers, then groups.
func (i *IdP) merge(ctx context.Context, tx *statements, d Directory) error {
	byLogin := map[string]string{}
	var touched []string
	for _, in := range d.People {
		id, err := i.mergePerson(ctx, tx, in)
		if err != nil {
			return err
		}
		byLogin[strings.ToLower(text(in.Profile["login"]))] = id
		touched = append(touched, id)
	}
	for _, in := range d.People {
		if in.Manager == "" {
			continue
		}
		m := firstNonEmpty(byLogin[strings.ToLower(in.Manager)], in.Manager)
		if _, err := tx.ExecContext(ctx, "UPDATE people SET manager = ? WHERE id = ? AND EXISTS (SELECT 1 FROM people WHERE id = ?)", m, byLogin[strings.ToLower(text(in.Profile["login"]))], m); err != nil {
			return err
		}
	}
	for _, g := range d.Groups {
		if err := i.mergeGroup(ctx, tx, g); err != nil {
			return err
		}
	}
	return i.touchPeople(ctx, tx, touched...)
}

func (i *IdP) mergePerson(ctx context.Context, tx *statements, in ExportedPerson) (string, error) {
	login := text(in.Profile["login"])
	var id string
	if tx.QueryRowContext(ctx, "SELECT id FROM people WHERE login = ?", login).Scan(&id) != nil {
		if ownID.MatchString(in.ID) { // numbers of another directory mean nothing here
			in.ID = ""
		}
		p, err := i.createPerson(ctx, tx, PersonInput{ID: in.ID, Status: in.Status, Profile: in.Profile})
		if err != nil {
			return "", err
		}
		return p.ID, nil
	}
	p, err := getPerson(ctx, tx, id)
	if err != nil {
		return "", err
	}
	for k, v := range in.Profile {
		p.Profile[k] = v
	}
	if in.Status != "" {
		p.Status = in.Status
	}
	p.Updated = i.now()
	if err := cleanProfile(p.Profile); err != nil {
		return "", err
	}
	if _, err := i.sealPassword(p); err != nil {
		return "", err
	}
	return id, putPerson(ctx, tx, p)
}

func (i *IdP) mergeGroup(ctx context.Context, tx *statements, in ExportedGroup) error {
	var id string
	if tx.QueryRowContext(ctx, "SELECT id FROM groups WHERE name = ?", in.Name).Scan(&id) != nil {
		g, err := i.createGroup(ctx, tx, GroupInput{Name: in.Name})
		if err != nil {
			return err
		}
		id = g.ID
	}
	for _, m := range in.Members {
		query := "INSERT OR IGNORE INTO members (group_id, kind, member_id) SELECT ?, 'person', id FROM people WHERE login = ?"
		name, nested := strings.CutPrefix(m, "group:")
		if nested {
			query = "INSERT OR IGNORE INTO members (group_id, kind, member_id) SELECT ?, 'group', id FROM groups WHERE name = ?"
		}
		if _, err := tx.ExecContext(ctx, query, id, name); err != nil {
			return err
		}
	}
	return i.touchGroup(ctx, tx, id)
}
