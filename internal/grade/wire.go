package grade

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// request is what came over the wire, with its body.
type request struct {
	*http.Request
	body    []byte
	tooLong bool
	at      time.Time
}

// take reads the body and puts it back for the provider.
func take(r *http.Request, at time.Time) *request {
	out := &request{Request: r, at: at}
	if r.Body == nil {
		return out
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	out.tooLong = err != nil || len(head) > maxBody
	out.body = head
	rest := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), rest}
	return out
}

// capture holds an answer back until it has been judged.
type capture struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *capture) Header() http.Header { return c.header }

func (c *capture) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

func (c *capture) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(b)
}

func (c *capture) copyTo(w http.ResponseWriter) {
	for name, values := range c.header {
		w.Header()[name] = values
	}
	if c.body.Len() > 0 && c.header.Get("Content-Length") == "" && c.header.Get("Transfer-Encoding") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
	}
	if c.status != 0 {
		w.WriteHeader(c.status)
	}
	_, _ = w.Write(c.body.Bytes()) // a client that is gone does not read its answer
}
