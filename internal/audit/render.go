package audit

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/scimmage/scimmage/internal/sheet"
)

// Formats are the renderings, by name.
func Formats() map[string]func(io.Writer, *Report) error {
	return map[string]func(io.Writer, *Report) error{"text": Text, "json": JSON, "csv": CSV, "html": HTML}
}

// shown is how many findings of a kind the text shows; the page shows more, CSV and JSON all.
const (
	shown     = 50
	shownPage = 1000
)

// clean keeps names out of the control of the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}

func detail(f Finding) string {
	switch f.Kind {
	case Drift:
		return fmt.Sprintf("%s: %q in the app, %q on the roster", f.Attribute, f.InApp, f.OnRoster)
	case Missing:
		return fmt.Sprintf("line %d of the roster", f.Line)
	case Duplicate:
		return fmt.Sprintf("of %s, %s", f.Person, f.State)
	}
	if f.Email != "" && !strings.EqualFold(f.Email, f.Name) {
		return f.Email
	}
	return ""
}

func headline(r *Report) string {
	if r.Gap() {
		if n := r.Counts[Orphan] + r.Counts[Leaver]; n != 1 {
			return fmt.Sprintf("%d active accounts belong to nobody who should have one", n)
		}
		return "1 active account belongs to nobody who should have one"
	}
	return "No active account is without an entitled person"
}

func cost(r *Report) string {
	var parts []string
	if r.CostMonth > 0 {
		parts = append(parts, fmt.Sprintf("licences to save: %d, which is %s a month, %s a year", r.Licences, amount(r, r.CostMonth), amount(r, r.CostYear)))
	}
	if r.CostWork > 0 {
		parts = append(parts, fmt.Sprintf("work to put it right by hand: %.1f hours, %s", r.Hours, amount(r, r.CostWork)))
	}
	return strings.Join(parts, "; ")
}

func amount(r *Report, v float64) string {
	return strings.TrimSpace(fmt.Sprintf("%.2f %s", v, r.Currency))
}

// compared says what was held against what, and when.
func compared(r *Report) string {
	s := r.Sources
	if s.Accounts == "" {
		return ""
	}
	return "accounts: " + s.Accounts + " · roster: " + s.Roster + " · " + s.At
}

// Text writes the report for a person at a terminal.
func Text(w io.Writer, r *Report) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintf(tw, "%s\n", headline(r))
	if c := compared(r); c != "" {
		fmt.Fprintf(tw, "%s\n", clean(c))
	}
	fmt.Fprintln(tw)
	for _, l := range figures(r) {
		fmt.Fprintf(tw, "  %s\t%d\n", l.Title, l.N)
	}
	if c := cost(r); c != "" {
		fmt.Fprintf(tw, "\n  %s\n", clean(c))
	}
	for _, n := range r.Notes {
		fmt.Fprintf(tw, "  · %s\n", clean(n))
	}
	for _, k := range Kinds {
		if r.Counts[k] == 0 {
			continue
		}
		fmt.Fprintf(tw, "\n%s (%d)\n", Titles[k], r.Counts[k])
		err := r.Each(k, shown, func(f Finding) error {
			_, err := fmt.Fprintf(tw, "  %s\t%s\n", clean(f.Name), clean(strings.TrimSpace(f.AccountID+"  "+detail(f))))
			return err
		})
		if err != nil {
			return err
		}
		if more := r.Counts[k] - shown; more > 0 {
			fmt.Fprintf(tw, "  … and %d more (-o csv=FILE lists all)\n", more)
		}
	}
	return tw.Flush()
}

type figure struct {
	Title string
	N     int
}

func figures(r *Report) []figure {
	out := []figure{{"accounts in the app", r.Accounts}, {"of them active", r.Active}, {"people on the roster", r.Roster}, {"matched", r.Matched}, {"inactive accounts of nobody (harmless)", r.Idle}}
	for _, k := range Kinds {
		out = append(out, figure{strings.ToLower(strings.SplitN(Titles[k], ":", 2)[0]), r.Counts[k]})
	}
	return out
}

// JSON writes all of it, streaming.
func JSON(w io.Writer, r *Report) error {
	head, err := json.MarshalIndent(r.Summary, "", "  ")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s,\n  \"findings\": [", strings.TrimSuffix(string(head), "\n}")); err != nil {
		return err
	}
	sep := "\n"
	for _, k := range Kinds {
		err := r.Each(k, 0, func(f Finding) error {
			b, err := json.Marshal(f)
			if err == nil {
				_, err = fmt.Fprintf(w, "%s    %s", sep, b)
				sep = ",\n"
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, "\n  ]\n}\n")
	return err
}

// cell keeps a spreadsheet from taking a name for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// CSV writes all findings, one a line.
func CSV(w io.Writer, r *Report) error {
	cw := csv.NewWriter(w)
	if err := cw.Write([]string{"kind", "name", "account_id", "email", "account_state", "person", "roster_line", "attribute", "in_app", "on_roster"}); err != nil {
		return err
	}
	for _, k := range Kinds {
		err := r.Each(k, 0, func(f Finding) error {
			line := ""
			if f.Line > 0 {
				line = fmt.Sprint(f.Line)
			}
			return cw.Write([]string{string(f.Kind), cell(f.Name), cell(f.AccountID), cell(f.Email), string(f.State), cell(f.Person), line, f.Attribute, cell(f.InApp), cell(f.OnRoster)})
		})
		if err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

const htmlPage = sheet.Head + `{{.Headline}} · scimmage audit` + sheet.Style + `<p class="over">scimmage audit: accounts in the app against the people who should have them</p>
<h1>{{.Headline}}</h1>{{with .Compared}}<p class="over">{{.}}</p>{{end}}{{with .Cost}}<p>{{.}}</p>{{end}}
<table class="few"><tbody>{{range .Figures}}<tr><th scope="row">{{.Title}}</th><td class="num">{{.N}}</td></tr>{{end}}</tbody></table>
{{with .Notes}}<ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}
{{range .Kinds}}<h2>{{.Title}} ({{.Count}})</h2><table><thead><tr><th scope="col">Name</th>{{if .Accounts}}<th scope="col">Account</th>{{end}}{{if .Details}}<th scope="col">What</th>{{end}}</tr></thead><tbody>{{$k := .}}{{range .Rows}}<tr><td>{{.Name}}</td>{{if $k.Accounts}}<td>{{.AccountID}}</td>{{end}}{{if $k.Details}}<td>{{detail .}}</td>{{end}}</tr>{{end}}</tbody></table>{{if .More}}<p>… and {{.More}} more; the CSV lists all.</p>{{end}}{{end}}
` + sheet.Foot

type kindRows struct {
	Title       string
	Count, More int
	Rows        []Finding
	Accounts    bool // some row has an account
	Details     bool // some row says more
}

// HTML writes one page without scripts.
func HTML(w io.Writer, r *Report) error {
	t, err := template.New("audit").Funcs(template.FuncMap{"detail": detail}).Parse(htmlPage)
	if err != nil {
		return err
	}
	var kinds []kindRows
	for _, k := range Kinds {
		if r.Counts[k] == 0 {
			continue
		}
		rows := kindRows{Title: Titles[k], Count: r.Counts[k], More: max(0, r.Counts[k]-shownPage)}
		if err := r.Each(k, shownPage, func(f Finding) error {
			rows.Rows = append(rows.Rows, f)
			rows.Accounts, rows.Details = rows.Accounts || f.AccountID != "", rows.Details || detail(f) != ""
			return nil
		}); err != nil {
			return err
		}
		kinds = append(kinds, rows)
	}
	return t.Execute(w, map[string]any{"Headline": headline(r), "Cost": cost(r), "Compared": compared(r), "Figures": figures(r), "Notes": r.Notes, "Kinds": kinds})
}
