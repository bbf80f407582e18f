package mockidp

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed web
var webFiles embed.FS

// page is what every page of the console knows.
type page struct {
	Title string
	Here  string // entry of the navigation
	Apps  []*App
	Tasks int
	Clock ClockState
	CSRF  string
	Back  string // where a form returns to
	Flash *flash
	After int64 // the newest event that the page knows of: the stream goes on from there
	Data  any
}

// flash is the answer to the last form, shown once.
type flash struct {
	OK   bool
	Text string
}

// console serves the pages: everything on them is read from the database, and everything they do is a call of the API.
type console struct {
	*IdP
	tmpl *template.Template
	api  http.Handler

	mu      sync.Mutex
	flashes map[string]flash
}

const maxFlashes = 1000

func (i *IdP) console(mux *http.ServeMux) {
	c := &console{IdP: i, api: mux, flashes: map[string]flash{}}
	c.tmpl = template.Must(template.New("").Funcs(functions).ParseFS(webFiles, "web/*.html"))
	assets, err := fs.Sub(webFiles, "web/assets")
	if err == nil {
		mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	}
	for path, h := range map[string]func(*http.Request) (*page, string, error){
		"/{$}": c.dashboard, "/people": c.people, "/people/{id}": c.person, "/groups": c.groups, "/groups/{id}": c.group,
		"/apps": c.apps, "/apps/{id}": c.app, "/activity": c.activity, "/tasks": c.tasks, "/system": c.system,
	} {
		mux.HandleFunc("GET "+path, c.show(h))
	}
	mux.HandleFunc("POST /do", c.do)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, r, &problemError{http.StatusNotFound, "There is no page " + clip(r.URL.Path, 200) + "."})
	})
}

// show renders one page.
func (c *console) show(h func(*http.Request) (*page, string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var after int64
		if err := c.db.r.QueryRowContext(r.Context(), "SELECT coalesce(max(id), 0) FROM events").Scan(&after); err != nil {
			problem(w, r, err)
			return
		}
		p, name, err := h(r)
		if err != nil {
			problem(w, r, err)
			return
		}
		session := c.session(w, r)
		p.CSRF, p.Clock, p.Back, p.After = c.formToken(session), c.clock.state(), r.URL.RequestURI(), after
		if r.Header.Get("X-Live") == "" {
			p.Flash = c.takeFlash(session)
		}
		if p.Apps, err = listApps(r.Context(), c.db.r); err == nil {
			p.Tasks, err = count(r.Context(), c.db.r, "SELECT count(*) FROM jobs WHERE state = 'failed'")
		}
		if err != nil {
			problem(w, r, err)
			return
		}
		var b bytes.Buffer
		if err := c.tmpl.ExecuteTemplate(&b, name, p); err != nil {
			problem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(b.Bytes())
	}
}

func (c *console) takeFlash(session string) *flash {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.flashes[session]
	delete(c.flashes, session)
	if !ok {
		return nil
	}
	return &f
}

func (c *console) putFlash(session string, f flash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.flashes) > maxFlashes {
		clear(c.flashes)
	}
	c.flashes[session] = f
}

// do turns a form into a call of the API: _call says which, other fields become the members of its JSON body. So the console
// can do nothing that the API cannot.
func (c *console) do(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(8 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		problem(w, r, badInput("the form cannot be read: %v", err))
		return
	}
	if !c.formOK(r) {
		problem(w, r, &problemError{http.StatusForbidden, "The form is out of date. Go back, load the page again and send it once more."})
		return
	}
	method, path, ok := strings.Cut(r.FormValue("_call"), " ")
	if !ok || !strings.HasPrefix(path, "/") {
		problem(w, r, badInput("the form does not say what to do"))
		return
	}
	body, kind, err := formBody(r)
	if err != nil {
		problem(w, r, err)
		return
	}
	status, answer := c.call(r, method, path, kind, body)
	f := flash{OK: status < 300, Text: firstNonEmpty(r.FormValue("_done"), "Done.")}
	var said struct {
		Detail, Message, ID string
		OK                  *bool
		Operation           json.RawMessage
	}
	_ = json.Unmarshal(answer, &said) // answers without a body say nothing
	switch {
	case status >= 300:
		f.Text = firstNonEmpty(said.Detail, http.StatusText(status))
	case said.OK != nil && !*said.OK:
		f = flash{false, firstNonEmpty(said.Message, "It failed; see Activity.")}
	default:
		var op Op // an answer that holds the operation, such as that of an import
		if json.Unmarshal(said.Operation, &op) == nil && op.ID > 0 && !op.OK {
			f = flash{false, op.Message}
		}
	}
	session := ""
	if ck, err := r.Cookie(sessionCookie); err == nil {
		session = ck.Value
	}
	c.putFlash(session, f)
	back := safeBack(r.FormValue("_back"))
	if next := r.FormValue("_next"); next != "" && status < 300 {
		back = safeBack(strings.ReplaceAll(next, "{id}", url.PathEscape(idOf(answer))))
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

func idOf(answer []byte) string {
	var v struct {
		ID any `json:"id"`
	}
	if json.Unmarshal(answer, &v) != nil {
		return ""
	}
	return text(v.ID)
}

// safeBack keeps a form from leading anywhere else than to a page of ours.
func safeBack(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n") {
		return "/"
	}
	return p
}

// answerBuffer is the answer of an inner call.
type answerBuffer struct {
	bytes.Buffer
	status int
	header http.Header
}

// Header implements http.ResponseWriter.
func (a *answerBuffer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answerBuffer) WriteHeader(s int) {
	if a.status == 0 {
		a.status = s
	}
}

// Write implements http.ResponseWriter.
func (a *answerBuffer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.Buffer.Write(b)
}

func (c *console) call(r *http.Request, method, path, kind string, body []byte) (int, []byte) {
	in := r.Clone(r.Context())
	u, err := url.Parse("/api/v1" + path)
	if err != nil {
		return http.StatusBadRequest, nil
	}
	in.Method, in.URL, in.RequestURI, in.Body, in.ContentLength = method, u, u.RequestURI(), io.NopCloser(bytes.NewReader(body)), int64(len(body))
	in.Form, in.PostForm, in.MultipartForm = nil, nil, nil
	in.Header = http.Header{"Content-Type": {kind}, "Accept": {"application/json"}}
	out := &answerBuffer{header: http.Header{}}
	c.api.ServeHTTP(out, in)
	if out.status == 0 {
		out.status = http.StatusOK
	}
	return out.status, out.Bytes()
}

// formBody makes the body of the call: an uploaded file as it is, or JSON of the fields.
func formBody(r *http.Request) ([]byte, string, error) {
	if f, _, err := r.FormFile("file"); err == nil {
		defer func() { _ = f.Close() }()
		b, err := io.ReadAll(f)
		return b, "application/octet-stream", err
	}
	root := map[string]any{}
	for name, values := range r.PostForm {
		if strings.HasPrefix(name, "_") {
			continue
		}
		path, typ, _ := strings.Cut(name, ":")
		v, ok, err := formValue(values, typ)
		if err != nil {
			return nil, "", badInput("%s: %v", path, err)
		}
		if ok {
			put(root, strings.Split(path, "."), v)
		}
	}
	for _, path := range r.PostForm["_bool"] { // check boxes: what is not ticked is not sent
		put(root, strings.Split(path, "."), r.PostForm.Get(path+":bool") != "")
	}
	b, err := json.Marshal(arrays(root))
	return b, "application/json", err
}

// formValue reads a field by the type behind its name; ok is false when it is left out.
func formValue(values []string, typ string) (v any, ok bool, err error) {
	first := strings.TrimSpace(values[0])
	switch typ {
	case "bool":
		return nil, false, nil
	case "int":
		if first == "" {
			return 0, true, nil
		}
		n, err := strconv.ParseInt(first, 10, 64)
		return n, true, err
	case "percent":
		n, err := strconv.ParseFloat(firstNonEmpty(first, "0"), 64)
		return n / 100, true, err
	case "number":
		n, err := strconv.ParseFloat(firstNonEmpty(first, "0"), 64)
		return n, true, err
	case "list":
		out := []any{}
		for _, s := range values {
			if s != "" {
				out = append(out, s)
			}
		}
		return out, true, nil
	case "ints":
		out := []any{}
		for _, s := range values {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return nil, false, err
			}
			out = append(out, n)
		}
		return out, true, nil
	case "words":
		out := []any{}
		for _, s := range strings.Fields(first) {
			out = append(out, s)
		}
		return out, true, nil
	case "clear": // an attribute: empty takes it away
		if first == "" {
			return nil, true, nil
		}
		return first, true, nil
	case "opt":
		return first, first != "", nil
	case "time":
		if first == "" {
			return nil, false, nil
		}
		t, err := time.Parse("2006-01-02T15:04", first)
		return t, true, err
	}
	return first, true, nil
}

func put(m map[string]any, path []string, v any) {
	for _, p := range path[:len(path)-1] {
		next, ok := m[p].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[p] = next
		}
		m = next
	}
	m[path[len(path)-1]] = v
}

// arrays turns objects whose names are 0, 1, 2 … into lists, without the rows whose first field is empty.
func arrays(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for k := range m {
		m[k] = arrays(m[k])
	}
	if m["0"] == nil {
		return m
	}
	out := []any{}
	for n := 0; ; n++ {
		row, ok := m[fmt.Sprint(n)].(map[string]any)
		if !ok {
			return out
		}
		if text(row["attribute"]) == "" {
			continue
		}
		if row["operator"] == nil { // only a mark that the row is filled in
			delete(row, "attribute")
		}
		out = append(out, row)
	}
}

// errorPage is a page for what went wrong before there was a page.
func errorPage(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = errorTemplate.Execute(w, map[string]any{"Status": status, "Title": http.StatusText(status), "Detail": detail})
}

var errorTemplate = template.Must(template.New("error").Parse(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>{{.Status}} {{.Title}} · scimmage</title><link rel="stylesheet" href="/assets/app.css"></head>
<body><main class="lonely"><h1>{{.Title}}</h1><p>{{.Detail}}</p><p><a href="/">To the overview</a></p></main></body></html>`))
