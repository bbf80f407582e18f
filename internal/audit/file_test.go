package audit

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func wide(s string, big bool, mark string) string {
	b := []byte(mark)
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// TestReadsWhatSpreadsheetsWrite: the same two people, in all the ways in which they arrive.
func TestReadsWhatSpreadsheetsWrite(t *testing.T) {
	const text = "userName,lastName,status\nana@x.example,Ärger 🙂,ACTIVE\nben@x.example,\"Bø, jr.\",suspended\n"
	tabs := strings.ReplaceAll(strings.ReplaceAll(text, ",", "\t"), "Bø\t", "Bø,")
	latin := "userName,lastName,status\nana@x.example,\xc4rger \x80,ACTIVE\nben@x.example,\"B\xf8, jr.\",suspended\n"
	for name, in := range map[string]string{
		"plain": text, "byte order mark": "\xef\xbb\xbf" + text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "CR": strings.ReplaceAll(text, "\n", "\r"),
		"UTF-16 of Excel": wide(tabs, false, "\xff\xfe"), "UTF-16 the other way": wide(text, true, "\xfe\xff"), "UTF-16 without a mark": wide(strings.ReplaceAll(text, "🙂", "o"), false, ""), "UTF-16BE without a mark": wide(strings.ReplaceAll(text, "🙂", "o"), true, ""),
		"separator line": "sep=;\r\n" + strings.ReplaceAll(strings.ReplaceAll(text, ",", ";"), "Bø;", "Bø,"), "Windows-1252": latin,
		"Google":      strings.Replace(text, "userName,lastName,status", "Email Address [Required],Last Name [Required],Status [READ ONLY]", 1),
		"Graph":       `{"@odata.context":"x","value":[{"userPrincipalName":"ana@x.example","surname":"Ärger 🙂","accountEnabled":true},{"userPrincipalName":"ben@x.example","surname":"Bø, jr.","accountEnabled":false}]}`,
		"with groups": `{"totalResults":4,"Resources":[{"userName":"ana@x.example","meta":{"resourceType":"User"},"name":{"familyName":"Ärger 🙂"}},{"id":"g1","displayName":"Crew","meta":{"resourceType":"Group"}},{"id":"g2","displayName":"Crew 2","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]},{"userName":"ben@x.example","active":false,"name":{"familyName":"Bø, jr."}}]}`,
		"two pages":   `{"totalResults":2,"Resources":[{"userName":"ana@x.example","name":{"familyName":"Ärger 🙂"}}]}` + "\n" + `{"totalResults":2,"Resources":[{"userName":"ben@x.example","active":false,"name":{"familyName":"Bø, jr."}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			rem, err := ReadFile(strings.NewReader(in), nil, func(p Person) error {
				got = append(got, p.Name()+" "+p.Attrs["name.familyName"]+" "+string(p.State))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			smile := map[bool]string{true: "€", false: "🙂"}[rem.Windows]
			if strings.Contains(name, "without a mark") {
				smile = "o"
			}
			if d := cmp.Diff([]string{"ana@x.example Ärger " + smile + " active", "ben@x.example Bø, jr. inactive"}, got); d != "" {
				t.Error(d)
			}
			if rem.Windows != (name == "Windows-1252") {
				t.Error("remark on the encoding")
			}
		})
	}
}

// TestSaysWhereItIsBroken: with the line, and in words.
func TestSaysWhereItIsBroken(t *testing.T) {
	for _, tt := range []struct {
		in   string
		line int
		says string
	}{
		{"PK\x03\x04x", 0, "Excel"},
		{"user\x00Name\n", 0, "no text"},
		{"", 0, "empty"},
		{" \n \n", 0, "empty"},
		{"shoe,size\n1,2\n", 1, "must name the columns"},
		{"sep=;\nshoe;size\n", 2, "must name the columns"},
		{"userName,a\nana,A \"x\" y\n", 2, "doubled"},
		{"userName,a\nana,\"A\nben,B\n", 3, "begins in line 2"},
		{"[\n{\"userName\":\"ana\"},\n{\"userN", 3, "ends in the middle"},
		{"[\n{\"userName\":\"ana\"},\n 7]", 3, "entry 2 is no object"},
		{"[\n{\"userName\":\"ana\"}]\n}", 3, "invalid character"},
		{"{\"Resources\":\"x\"}", 1, "no array of people"},
		{"{\"totalResults\":7,\"Resources\":[{\"userName\":\"ana\"}]}", 0, "one page of a list"},
		{"{\"@odata.nextLink\":\"x\",\"value\":[{\"mail\":\"ana\"}]}", 0, "one page of a list"},
	} {
		_, err := ReadFile(strings.NewReader(tt.in), nil, func(Person) error { return nil })
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		line := 0
		var at *At
		if errors.As(err, &at) {
			if line = at.Line; line == 0 {
				line = LineOf(strings.NewReader(tt.in), at.Offset)
			}
		}
		if line != tt.line {
			t.Errorf("%q: line %d, want %d (%v)", tt.in, line, tt.line, err)
		}
	}
}

// TestColumnsOfOnesOwn: a match rule may name a column that nobody else knows.
func TestColumnsOfOnesOwn(t *testing.T) {
	source := func(text string, keep ...string) Source {
		return func(take func(Person) error) error {
			_, err := ReadFile(strings.NewReader(text), keep, take)
			return err
		}
	}
	r := run(t, Options{Accounts: source(`[{"id":"1","userName":"a1","badge":"7"},{"id":"2","userName":"b1","badge":"8"}]`, "badge"), Roster: source("Benutzername;Ausweis\nana;7\nben;9\n", "Ausweis"), Rules: []Rule{{"badge", "Ausweis"}}})
	if d := cmp.Diff([]string{"missing entry 3", "orphan b1"}, lines(t, r)); d != "" {
		t.Error(d)
	}
	rem, err := ReadFile(strings.NewReader("userName,status\nana,active\n,active\n"), nil, func(p Person) error { return nil })
	if err != nil || rem.Nobody != 1 || rem.First != 3 {
		t.Errorf("%+v %v", rem, err)
	}
	drift := run(t, Options{Accounts: file("userName,lastName\nana,A\n"), Roster: file("userName,lastName\nana,B\n"), Ignore: []string{"Last Name"}})
	if drift.Counts[Drift] != 0 {
		t.Error("an attribute is not ignored by the name of its column")
	}
}
