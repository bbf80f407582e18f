package suites

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

var (
	keywords = []string{"MUST", "MUST NOT", "SHALL", "SHALL NOT", "REQUIRED", "SHOULD", "SHOULD NOT", "RECOMMENDED", "NOT RECOMMENDED", "MAY", "OPTIONAL"}
	evidence = []string{"captured", "documented", "assumed"}
	testable = []string{"black-box", "needs-setup", "not-testable"}
	subjects = []string{"provider", "client", "both"}
	areas    = []string{"auth-security", "bulk", "create", "cursor-paging", "delete", "discovery", "enterprise", "errors", "etag", "events", "filter",
		"groups", "i18n", "me", "media-type", "paging", "patch", "projection", "read", "schema", "sort", "update-put"}

	requirementID = regexp.MustCompile(`^[A-Z0-9]+(-[A-Za-z0-9.]+)*-R[0-9]+$`)
	ownID         = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Za-z0-9.]+)+$`)
)

// Areas lists the vocabulary of requirement areas.
func Areas() []string { return slices.Clone(areas) }

// readRequirements reads a list of requirements. Those of a user's own suite need no more than id,
// level, summary and area.
func (l *Library) readRequirements(n *Node, catalogue bool) {
	for _, item := range n.Items() {
		var r Requirement
		item.Into(&r)
		at := func(key string) *Node {
			if v := lookupNode(item, key); v != nil {
				return v
			}
			return item
		}
		pattern := ownID
		if catalogue {
			pattern = requirementID
		}
		switch {
		case r.ID == "":
			item.Errorf("", "a requirement needs \"id\"")
			continue
		case !pattern.MatchString(r.ID):
			at("id").Errorf("capital letters, digits and hyphens: ACME-USERS-R1", "bad requirement id %q", r.ID)
		case l.byID[r.ID] != nil:
			at("id").Errorf("", "duplicate requirement id %q", r.ID)
			continue
		}
		oneOf(at("level"), "level", r.Keyword, keywords, true)
		oneOf(at("area"), "area", r.Area, areas, true)
		oneOf(at("subject"), "subject", r.Subject, subjects, catalogue)
		oneOf(at("testable"), "testable", r.Testable, testable, catalogue)
		oneOf(at("evidence"), "evidence", r.Evidence, evidence, catalogue && (r.IDP != "" || r.Document != ""))
		if r.Summary == "" {
			item.Errorf("", "requirement %q needs \"summary\"", r.ID)
		}
		conduct := r.Subject == "client" && r.Source != "" // a rule of good conduct of clients that no document states
		if n := origins(r); catalogue && n != 1 && !(n == 0 && conduct) {
			item.Errorf("a rule of good conduct of clients has its \"source\"", "requirement %q needs one of \"rfc\", \"idp\" and \"document\"", r.ID)
		}
		l.Requirements = append(l.Requirements, &r)
		l.byID[r.ID] = &r
	}
}

// origins counts what a requirement says it comes from.
func origins(r Requirement) (n int) {
	for _, given := range []bool{r.RFC != 0, r.IDP != "", r.Document != ""} {
		if given {
			n++
		}
	}
	return n
}

func oneOf(n *Node, key, value string, options []string, required bool) {
	switch {
	case value == "" && required:
		n.Errorf("one of "+strings.Join(options, ", "), "a requirement needs %q", key)
	case value != "" && !slices.Contains(options, value):
		n.Errorf(suggest(value, options), "unknown %s %q", key, value)
	}
}

func (l *Library) readFeatures(n *Node) {
	for _, item := range n.Items() {
		var f Feature
		item.Into(&f)
		f.Pos = item.Pos()
		switch {
		case !suiteIDPattern.MatchString(f.ID):
			item.Errorf("", "a feature needs an id of small letters, digits and hyphens")
			continue
		case l.Feature(f.ID) != nil:
			item.Errorf("", "duplicate feature id %q", f.ID)
			continue
		case f.Title == "" || f.About == "":
			item.Errorf("", "feature %q needs \"title\" and \"about\"", f.ID)
		}
		l.Features = append(l.Features, f)
	}
}

type causeText struct {
	Title   string   `yaml:"title"`
	Why     string   `yaml:"why"`
	Fix     string   `yaml:"fix"`
	Stories []string `yaml:"stories"`
	Entails []string `yaml:"entails"`
	Exact   bool     `yaml:"exact"`
	Urgent  bool     `yaml:"urgent"`

	Sent     string `yaml:"sent"`
	Answered string `yaml:"answered"`
	Asked    string `yaml:"asked"`
	Refused  string `yaml:"refused"`
	Same     string `yaml:"same"`
	About    string `yaml:"about"`
	Marks    string `yaml:"marks"`

	Beside []string `yaml:"beside"`

	Attribute string `yaml:"attribute"`
	Unmoved   bool   `yaml:"unmoved"`
	Failed    bool   `yaml:"failed"`
	Recased   bool   `yaml:"recased"`
}

func (l *Library) readCauses(n *Node) {
	n.Map("causes", nil).Each(func(k, v *Node) {
		var c causeText
		v.Into(&c)
		if c.Title == "" && v.IsMapping() {
			v.Errorf("", "cause %q needs \"title\"", k.Raw())
		}
		for name, rule := range map[string]string{"sent": c.Sent, "asked": c.Asked, "refused": c.Refused, "same": c.Same, "about": c.About, "marks": c.Marks} {
			re, err := regexp.Compile(rule)
			if err != nil {
				v.Errorf("", "%s of cause %q is no regular expression: %v", name, k.Raw(), err)
			} else if (name == "same" || name == "about") && rule != "" && re.NumSubexp() == 0 {
				v.Errorf("", "%s of cause %q has no group: what is to be the same?", name, k.Raw())
			}
		}
		if c.Answered != "" && !slices.Contains(result.Answers(), c.Answered) {
			v.Errorf("", "answered of cause %q is one of %s", k.Raw(), strings.Join(result.Answers(), ", "))
		}
		if _, ok := l.Causes[k.Raw()]; ok {
			k.Errorf("", "duplicate cause %q", k.Raw())
			return
		}
		l.Causes[k.Raw()] = result.CauseText{Title: c.Title, Why: c.Why, Fix: c.Fix, Stories: c.Stories, Entails: c.Entails, Exact: c.Exact, Urgent: c.Urgent, Sent: c.Sent, Answered: c.Answered, Asked: c.Asked, Refused: c.Refused,
			Same: c.Same, About: c.About, Marks: c.Marks, Beside: c.Beside, Attribute: c.Attribute, Unmoved: c.Unmoved, Failed: c.Failed, Recased: c.Recased}
	})
}

// readOwn takes the causes and requirements that a suite brings along.
func (l *Library) readOwn(m *Mapping) {
	if v := m.Get("causes"); v != nil {
		l.readCauses(v)
	}
	if v := m.Get("requirements"); v != nil {
		l.readRequirements(v, false)
	}
}

var fixtureFileKinds = map[string]string{"users": "user", "groups": "group", "resources": "resource"}

func (l *Library) readFixtures(n *Node) {
	n.Map("fixtures", []string{"users", "groups", "resources"}).Each(func(k, v *Node) {
		kind := fixtureFileKinds[k.Raw()]
		l.templates[kind] = map[string]*Template{}
		v.Map("templates", nil).Each(func(name, body *Node) {
			if !body.IsMapping() {
				body.wrongKind("a mapping")
			}
			l.templates[kind][name.Raw()] = body.Template()
			l.order[kind] = append(l.order[kind], name.Raw())
		})
	})
}

func (l *Library) readCompatibility(n *Node) {
	n.Into(&l.Compatibility)
	known := map[string]bool{}
	for _, b := range l.Compatibility.Behaviours {
		if b.ID == "" || b.Title == "" || len(b.Checks) == 0 || known[b.ID] {
			n.Errorf("", "behaviour %q needs an id of its own, a title and checks", b.ID)
		}
		known[b.ID] = true
	}
	for _, c := range l.Compatibility.Clients {
		if c.Profile == "" || c.Title == "" || len(c.Needs) == 0 {
			n.Errorf("", "client %q needs profile, title and needs", c.Profile)
		}
		for _, need := range c.Needs {
			if !known[need.Behaviour] || need.Source == "" || !slices.Contains(evidence, need.Evidence) {
				n.Errorf("", "client %q: the need %q wants a known behaviour, a source and one of %s", c.Profile, need.Behaviour, strings.Join(evidence, ", "))
			}
		}
	}
}

func (l *Library) readScoring(n *Node) {
	n.Into(&l.Scoring)
	if l.Scoring.Version == "" && n.IsMapping() {
		n.Errorf("", "scoring needs \"version\"")
	}
	last := 101.0
	for _, g := range l.Scoring.Grades {
		if g.From >= last {
			lookupNode(n, "grades").Errorf("", "grades must fall: %s from %g is not below the one before", g.Grade, g.From)
		}
		last = g.From
	}
	for _, c := range l.Scoring.Caps {
		if !slices.ContainsFunc(l.Scoring.Grades, func(g result.GradeStep) bool { return g.Grade == c.Grade }) || len(c.When) == 0 || c.Reason == "" {
			lookupNode(n, "caps").Errorf("", "a cap needs a grade of the list, when and reason: %q", c.Reason)
		}
	}
}

func (l *Library) readUncovered(n *Node) {
	n.Map("uncovered requirements", nil).Each(func(k, v *Node) {
		id, why := k.Raw(), v.Text()
		switch {
		case l.byID[id] == nil:
			k.Errorf(suggest(id, l.requirementIDs()), "unknown requirement %q", id)
		case strings.TrimSpace(why) == "":
			v.Errorf("", "say why %s has no check", id)
		}
		l.Uncovered[id] = why
	})
}

func (l *Library) readSources(n *Node) {
	n.Map("sources", nil).Each(func(k, v *Node) {
		keys := map[string]string{}
		v.Into(&keys)
		l.Sources[k.Raw()] = keys
	})
}

// finish resolves what needs all suites: after.
func (l *Library) finish() Problems {
	var out Problems
	for _, a := range l.afters {
		target := l.afterTarget(a.c, a.name)
		switch {
		case target == nil:
			out = append(out, a.at.d.Source.Problem(a.at.Pos(), a.at.width(), suggest(a.name, l.caseNames(a.c.Suite)), fmt.Sprintf("after: no case %q", a.name)))
		case l.reaches(target, a.c, map[*Case]bool{}):
			out = append(out, a.at.d.Source.Problem(a.at.Pos(), a.at.width(), "", fmt.Sprintf("after: %s waits for %s, which waits for it", a.c.FullID(), target.FullID())))
		}
	}
	l.afters = nil
	out.Sort()
	return out
}

func (l *Library) afterTarget(c *Case, name string) *Case {
	if strings.Contains(name, "/") {
		return l.Case(name)
	}
	for _, other := range c.Suite.Cases {
		if other.ID == name {
			return other
		}
	}
	return nil
}

// reaches tells whether from depends on to, directly or not.
func (l *Library) reaches(from, to *Case, seen map[*Case]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, name := range from.After {
		if t := l.afterTarget(from, name); t != nil && l.reaches(t, to, seen) {
			return true
		}
	}
	return false
}

func (l *Library) caseNames(s *Suite) []string {
	var out []string
	for _, c := range s.Cases {
		out = append(out, c.ID)
	}
	for _, other := range l.Suites {
		for _, c := range other.Cases {
			out = append(out, c.FullID())
		}
	}
	return out
}

// CheckNames holds every operation, procedure, predicate, builder and profile that the suites name
// against what exists; names gives the known names of a kind, nil to leave a kind unchecked.
func (l *Library) CheckNames(names func(kind string) []string) Problems {
	var out Problems
	for _, r := range l.refs {
		known := names(r.Kind)
		if known == nil || slices.Contains(known, r.Name) {
			continue
		}
		what := map[string]string{"profile": "identity provider"}[r.Kind]
		if what == "" {
			what = r.Kind
		}
		out = append(out, r.src.Problem(r.Pos, r.Width, suggest(r.Name, known), fmt.Sprintf("unknown %s %q", what, r.Name)))
	}
	out.Sort()
	return out
}
