// Package html owns the HTML report: one offline file that answers the six questions of the
// design and carries the whole document inside it, so that the file itself can be rendered again.
// It is a pure function of a result.Document: it knows no clock, no network and no run, and takes
// every number from the document. All strings of a document are treated as an attacker's: they
// pass through clean (invisible characters made visible) and html/template, and nothing else.
package html

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"sort"
	"strings"
	"sync"

	"github.com/scimmage/scimmage/internal/result"
)

//go:embed page/*.tmpl assets/*.css assets/*.js
var files embed.FS

// static is the part of the page that is the same in every report.
type static struct {
	tmpl *template.Template
	css  string
	js   string
	csp  string
}

// loadStatic reads the embedded files once; they cannot change while the program runs.
var loadStatic = sync.OnceValues(func() (*static, error) {
	s := &static{}
	var err error
	if s.css, err = concat("assets", ".css"); err != nil {
		return nil, err
	}
	if s.js, err = concat("assets", ".js"); err != nil {
		return nil, err
	}
	s.csp = "default-src 'none'; style-src " + hash(s.css) + "; script-src " + hash(s.js) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
	s.tmpl, err = template.New("page").Funcs(template.FuncMap{
		"css": func() template.CSS { return template.CSS(s.css) },
		"js":  func() template.JS { return template.JS(s.js) },
	}).ParseFS(files, "page/*.tmpl")
	return s, err
})

// Write writes the report. The same document gives the same bytes.
func Write(w io.Writer, doc *result.Document) error {
	s, err := loadStatic()
	if err != nil {
		return fmt.Errorf("html report: templates: %w", err)
	}
	payload, err := encodeDocument(doc)
	if err != nil {
		return fmt.Errorf("html report: embed the document: %w", err)
	}
	p := newBuilder(doc).page()
	p.CSP = s.csp
	p.Document = payload
	out := bufio.NewWriterSize(w, 1<<16)
	if err := s.tmpl.ExecuteTemplate(out, "page", p); err != nil {
		return fmt.Errorf("html report: %w", err)
	}
	return out.Flush()
}

// concat joins the embedded files of one kind in the order of their names.
func concat(dir, ext string) (string, error) {
	names, err := fs.Glob(files, dir+"/*"+ext)
	if err != nil {
		return "", err
	}
	sort.Strings(names)
	var b strings.Builder
	for _, n := range names {
		data, err := files.ReadFile(n)
		if err != nil {
			return "", err
		}
		b.Write(data)
	}
	return b.String(), nil
}

// hash is the CSP source expression of an inline element with this content.
func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
