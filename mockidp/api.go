package mockidp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// route is one entry of the API: how it is called, what it does, and how OpenAPI describes it. Pages and documentation are made from the same table.
type route struct {
	method, path string
	id, about    string
	tag          string
	body         any                 // an example of the body's type; nil = none
	query        []string            // names of query parameters
	names        []string            // those of them that are names where others are numbers
	answer       any                 // an example of the answer's type
	status       int                 // of a success, 200 when zero
	accepts      []string            // media types of a body that is no JSON
	gives        []string            // media types of an answer that is no JSON
	oneOf        map[string][]string // what a parameter can be
	raw          func(w http.ResponseWriter, r *http.Request) error
	do           func(c *apiCall) (any, error)
}

// apiCall is one call of the API.
type apiCall struct {
	*IdP
	w   http.ResponseWriter
	r   *http.Request
	ctx context.Context
}

func (c *apiCall) id() string { return c.r.PathValue("id") }

func (c *apiCall) param(name string) string { return c.r.URL.Query().Get(name) }

func (c *apiCall) number(name string) int64 {
	n, err := strconv.ParseInt(c.param(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *apiCall) pathNumber(name string) (int64, error) {
	n, err := strconv.ParseInt(c.r.PathValue(name), 10, 64)
	if err != nil {
		return 0, badInput("%q is no number", clip(c.r.PathValue(name), 40))
	}
	return n, nil
}

func (c *apiCall) page() Query {
	return Query{Text: c.param("q"), Status: c.param("status"), Kind: c.param("kind"), After: c.number("after"), Limit: int(c.number("limit"))}
}

// read decodes the body. Unknown members are mistakes of the caller, and said so.
func (c *apiCall) read(into any) error {
	mt, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || mt != "application/json" && !strings.HasSuffix(mt, "+json") {
		return &problemError{http.StatusUnsupportedMediaType, "send the body as application/json"}
	}
	dec := json.NewDecoder(c.r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return badInput("the body cannot be read: %v", err)
	}
	if dec.More() {
		return badInput("the body holds more than one JSON value")
	}
	return nil
}

// Handler is the API and the console.
func (i *IdP) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := count(r.Context(), i.db.r, "SELECT 1"); err != nil {
			problem(w, r, &problemError{http.StatusServiceUnavailable, "the database does not answer"})
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ready\n"))
	})
	routes := i.routes()
	for _, rt := range routes {
		mux.HandleFunc(rt.method+" /api/v1"+rt.path, i.serve(rt))
	}
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, openAPI(routes)) })
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, r, &problemError{http.StatusNotFound, "the API has nothing at " + r.Method + " " + clip(r.URL.Path, 200) + "; see /api/v1/openapi.json"})
	})
	i.console(mux)
	return i.guarded(mux)
}

func (i *IdP) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if rt.raw != nil {
			if err := rt.raw(w, r); err != nil {
				problem(w, r, err)
			}
			return
		}
		v, err := rt.do(&apiCall{IdP: i, w: w, r: r, ctx: r.Context()})
		if err != nil {
			problem(w, r, err)
			return
		}
		status := rt.status
		if status == 0 {
			status = http.StatusOK
		}
		if v == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		writeJSON(w, status, v)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = 500, []byte(`{"title":"the answer could not be written"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// Problem is an error as RFC 9457 writes it.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

func problem(w http.ResponseWriter, r *http.Request, err error) {
	var p *problemError
	status, detail := http.StatusInternalServerError, "Something went wrong inside of the mock identity provider."
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		status, detail = http.StatusRequestEntityTooLarge, "the body is too large"
	case errors.As(err, &p):
		status, detail = p.status, p.text
	case errors.Is(err, context.Canceled):
		status, detail = 499, "the caller went away"
	default:
		detail += " " + clip(err.Error(), 400)
	}
	if wantsPage(r) {
		errorPage(w, status, detail)
		return
	}
	b, merr := json.Marshal(Problem{"about:blank", http.StatusText(status), status, detail})
	if merr != nil {
		b = []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// wantsPage: a browser asked for a page of the console.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// events is the live stream: server-sent events, which can be taken up again with Last-Event-ID.
func (i *IdP) events(w http.ResponseWriter, r *http.Request) error {
	flush, ok := w.(http.Flusher)
	if !ok {
		return errors.New("this connection cannot be streamed")
	}
	last, err := strconv.ParseInt(firstNonEmpty(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")), 10, 64)
	if err != nil {
		last = 0
		if err := i.db.r.QueryRowContext(r.Context(), "SELECT coalesce(max(id), 0) FROM events").Scan(&last); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	_, _ = fmt.Fprintf(w, "retry: 1000\n: from %d\n\n", last)
	flush.Flush()
	for {
		news := i.news()
		list, err := eventsAfter(r.Context(), i.db.r, last, 500)
		if err != nil {
			return nil // the stream has begun; its reader comes back
		}
		for _, e := range list {
			b, err := json.Marshal(e)
			if err != nil {
				return nil
			}
			if _, err := fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Type, b); err != nil {
				return nil
			}
			last = e.ID
		}
		if len(list) == 0 {
			if p := i.progress(); p != "" {
				_, _ = fmt.Fprintf(w, "event: progress\ndata: %s\n\n", p)
			} else {
				_, _ = fmt.Fprint(w, ": still here\n\n")
			}
		}
		flush.Flush()
		if len(list) == 500 {
			continue
		}
		beat := time.NewTimer(15 * time.Second)
		select {
		case <-r.Context().Done():
			beat.Stop()
			return nil
		case <-i.ctx.Done():
			beat.Stop()
			return nil
		case <-news:
		case <-beat.C:
		}
		beat.Stop()
	}
}

// progress of the long work under way, as JSON, "" when there is none.
func (i *IdP) progress() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := map[string]*Progress{}
	for id, r := range i.runners {
		if p := r.underWay(); p != nil {
			out[id] = p
		}
	}
	if len(out) == 0 {
		return ""
	}
	b, err := json.Marshal(out)
	if err != nil {
		return ""
	}
	return string(b)
}
