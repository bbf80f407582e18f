package cli

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/scimmage/scimmage/internal/grade"
	"github.com/scimmage/scimmage/internal/provider"
	"github.com/scimmage/scimmage/internal/result"
	"github.com/scimmage/scimmage/internal/scim"
	"github.com/scimmage/scimmage/reports"
)

// gradePath is where a running provider shows its report on the client.
const gradePath = "/grade"

// gradeAction serves the provider, judges whoever talks to it, and reports when it is stopped.
func (e *env) gradeAction(c *cli.Context, o provider.Options, build func(provider.Options) (http.Handler, error)) error {
	failOn := firstOf(c.String("fail-on"), "must")
	if err := checkFailOn(failOn); err != nil {
		return err
	}
	outs, err := e.outputs(c, nil)
	if err != nil {
		return err
	}
	lib, _, err := loadLibrary(nil)
	if err != nil {
		return err
	}
	var g *grade.Grader
	p, err := startHandler(c.String("listen"), o, func(o provider.Options) (http.Handler, error) {
		h, err := build(o)
		if err != nil {
			return nil, err
		}
		schemas := scim.StandardSchemas() // of a stand-in for a product
		if p, ok := h.(*provider.Provider); ok {
			schemas = p.Schemas()
		}
		g = grade.New(grade.Options{Library: lib.library, Schemas: schemas, BaseURL: o.BaseURL, Clock: e.sys.Now, Secrets: []string{o.Token}, Tool: tool(),
			Run: result.Run{ID: "grade", Command: "scimmage provider --grade", FailOn: failOn, Jobs: 1, Defects: o.Defects}})
		mux := http.NewServeMux()
		mux.Handle("/", g.Wrap(h))
		mux.Handle(gradePath, gradePage(g, o.Token))
		return mux, nil
	})
	if err != nil {
		return err
	}
	defer p.stop()
	fmt.Fprintf(e.out, "listening %s\n", p.base)
	if !c.Bool("quiet") {
		fmt.Fprintf(e.err, "grading every client; report so far: %s%s (also ?format=json), in full when this is stopped (Ctrl-C)\n", strings.TrimSuffix(p.base, "/scim/v2"), gradePath)
	}
	<-c.Context.Done()
	doc := g.Document()
	if g.Requests() == 0 {
		fmt.Fprintln(e.err, "no request came: there is nothing to grade")
	}
	if err := e.write(c, doc, outs, true); err != nil {
		return err
	}
	if failing(doc, failOn) {
		return &exitError{code: exitFail}
	}
	return nil
}

// gradePage shows the report so far to whoever holds the token, or sits at this machine; DELETE begins anew.
func gradePage(g *grade.Grader, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !mayRead(r, token) {
			http.Error(w, "the report is shown on this machine, or with the provider's token as bearer token", http.StatusForbidden)
			return
		}
		switch r.Method {
		case http.MethodDelete:
			g.Reset()
			w.WriteHeader(http.StatusNoContent)
			return
		case http.MethodGet, http.MethodHead:
		default:
			w.Header().Set("Allow", "GET, HEAD, DELETE")
			http.Error(w, "GET shows the report, DELETE begins anew", http.StatusMethodNotAllowed)
			return
		}
		format := firstOf(r.URL.Query().Get("format"), "html")
		f, ok := reports.Find(format, reports.Options{Width: 100})
		if !ok {
			http.Error(w, "no such format; there are: "+strings.Join(reports.Names(), " "), http.StatusBadRequest)
			return
		}
		var b bytes.Buffer
		if err := f.Write(&b, g.Document()); err != nil {
			http.Error(w, "the report could not be written", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", map[string]string{"html": "text/html; charset=utf-8", "json": "application/json", "junit": "application/xml"}[format])
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", "text/plain; charset=utf-8")
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		_, _ = w.Write(b.Bytes()) // a reader who is gone does not read
	})
}

// mayRead: a browser on this machine cannot send a bearer token, and other websites must not read what it sees, so a
// page of another origin is turned away by its Origin, and a name that is bound to this address by its Host.
func mayRead(r *http.Request, token string) bool {
	given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1 {
		return true
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !loopback(host) || r.Header.Get("Origin") != "" || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	name, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		name = r.Host
	}
	return loopback(name)
}
