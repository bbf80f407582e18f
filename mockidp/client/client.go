// Package client drives a mock identity provider from Go: add people, assign them, wait until everything is done, and look at what was sent. It is
// meant for the tests of a SCIM service provider. It owns the calls and nothing else: every one is a route of the mock identity provider's API, so
// that whatever it can do, a test in another language can do as well.
package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/scimmage/scimmage/mockidp"
)

// Doer sends requests; *http.Client is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Client calls the API of one mock identity provider.
type Client struct {
	base  string
	doer  Doer
	token string
}

// New makes a client of the mock identity provider at base, such as http://127.0.0.1:8181. The token is that of --admin-token, "" when there is none.
func New(base string, doer Doer, token string) *Client {
	return &Client{strings.TrimSuffix(base, "/"), doer, token}
}

// Error is an answer that is no success.
type Error struct {
	mockidp.Problem
	Method, Path string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %d %s: %s", e.Method, e.Path, e.Status, e.Title, e.Detail)
}

// Call calls a route below /api/v1 with in as JSON and reads the answer into out; both may be nil.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if out == nil {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	if raw, ok := out.(*[]byte); ok {
		*raw, err = io.ReadAll(resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: the answer cannot be read: %w", method, path, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.doer.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	e := &Error{Method: method, Path: path}
	if err := json.NewDecoder(resp.Body).Decode(&e.Problem); err != nil || e.Status == 0 {
		e.Problem = mockidp.Problem{Title: http.StatusText(resp.StatusCode), Status: resp.StatusCode}
	}
	return nil, e
}

func get[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	err := c.Call(ctx, method, path, in, &out)
	return out, err
}

// CreatePerson adds a person; the profile needs a login.
func (c *Client) CreatePerson(ctx context.Context, profile map[string]any) (*mockidp.Person, error) {
	return get[*mockidp.Person](ctx, c, "POST", "/people", mockidp.PersonInput{Profile: profile})
}

// UpdatePerson changes attributes of a person; nil takes one away.
func (c *Client) UpdatePerson(ctx context.Context, id string, profile map[string]any) (*mockidp.Person, error) {
	return get[*mockidp.Person](ctx, c, "PATCH", "/people/"+url.PathEscape(id), mockidp.PersonInput{Profile: profile})
}

// MovePerson changes a person's state: activate, suspend, unsuspend, deactivate, delete, restore.
func (c *Client) MovePerson(ctx context.Context, id, action string) (*mockidp.Person, error) {
	return get[*mockidp.Person](ctx, c, "POST", "/people/"+url.PathEscape(id)+"/"+url.PathEscape(action), nil)
}

// CreateGroup adds a group with members.
func (c *Client) CreateGroup(ctx context.Context, in mockidp.GroupInput) (*mockidp.Group, error) {
	return get[*mockidp.Group](ctx, c, "POST", "/groups", in)
}

// ChangeMembers adds and removes members of a group.
func (c *Client) ChangeMembers(ctx context.Context, group string, in mockidp.MemberChange) error {
	return c.Call(ctx, "POST", "/groups/"+url.PathEscape(group)+"/members", in, nil)
}

// CreateApp adds an application: the service provider under test, as an identity provider sees it. Settings hold what differs from the
// defaults, by the names of the API: baseURL, create, update, deactivate, …
func (c *Client) CreateApp(ctx context.Context, name, profile, secret string, settings map[string]any) (*mockidp.App, error) {
	return get[*mockidp.App](ctx, c, "POST", "/apps", map[string]any{"name": name, "profile": profile, "secret": secret, "settings": settings})
}

// TestConnection presses the identity provider's button; the answer says whether it was content.
func (c *Client) TestConnection(ctx context.Context, app string) (*mockidp.Op, error) {
	return get[*mockidp.Op](ctx, c, "POST", "/apps/"+url.PathEscape(app)+"/test-connection", nil)
}

// Assign gives an application to a person or to the people of a group.
func (c *Client) Assign(ctx context.Context, app string, in mockidp.AssignmentInput) error {
	return c.Call(ctx, "POST", "/apps/"+url.PathEscape(app)+"/assignments", in, nil)
}

// Unassign takes it away again; kind is person or group.
func (c *Client) Unassign(ctx context.Context, app, kind, id string) error {
	return c.Call(ctx, "DELETE", "/apps/"+url.PathEscape(app)+"/assignments/"+url.PathEscape(kind)+"/"+url.PathEscape(id), nil, nil)
}

// PushGroup pushes a group to an application that has groups pushed to it.
func (c *Client) PushGroup(ctx context.Context, app, group string) error {
	return c.Call(ctx, "POST", "/apps/"+url.PathEscape(app)+"/pushes", mockidp.PushInput{Group: group}, nil)
}

// Cycle starts, stops, restarts or runs the cycles of an application that works in cycles.
func (c *Client) Cycle(ctx context.Context, app, action string) error {
	return c.Call(ctx, "POST", "/apps/"+url.PathEscape(app)+"/cycle/"+url.PathEscape(action), nil, nil)
}

// Step moves the clock of the mock identity provider on.
func (c *Client) Step(ctx context.Context, d time.Duration) error {
	return c.Call(ctx, "POST", "/clock", mockidp.ClockInput{Step: d.String()}, nil)
}

// SetFaults makes things go wrong between the mock identity provider and an application; no faults end it.
func (c *Client) SetFaults(ctx context.Context, app string, f mockidp.Faults) error {
	return c.Call(ctx, "PUT", "/apps/"+url.PathEscape(app)+"/faults", f, nil)
}

// WaitUntilIdle returns when everything that is due was done. It is an error when that does not happen before the context ends.
func (c *Client) WaitUntilIdle(ctx context.Context) error {
	for {
		a, err := get[mockidp.IdleAnswer](ctx, c, "GET", "/idle?wait=20s", nil)
		if err != nil || a.Idle {
			return err
		}
	}
}

// Accounts are the people and groups of an application with their states, all pages of them.
func (c *Client) Accounts(ctx context.Context, app string) ([]*mockidp.Account, error) {
	var out []*mockidp.Account
	for after := int64(0); ; {
		p, err := get[mockidp.Page[*mockidp.Account]](ctx, c, "GET", fmt.Sprintf("/apps/%s/accounts?limit=500&after=%d", url.PathEscape(app), after), nil)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Items...)
		if after = p.Next; after == 0 {
			return out, nil
		}
	}
}

// Tasks are the failed jobs that wait for an administrator, with the message that one would read.
func (c *Client) Tasks(ctx context.Context) ([]*mockidp.Job, error) {
	p, err := get[mockidp.Page[*mockidp.Job]](ctx, c, "GET", "/tasks?limit=1000", nil)
	return p.Items, err
}

// LatestExchange is the newest request to an application and its answer.
func (c *Client) LatestExchange(ctx context.Context, app string) (*mockidp.Exchange, error) {
	return get[*mockidp.Exchange](ctx, c, "GET", "/exchanges/latest?app="+url.QueryEscape(app), nil)
}

// Operations are what happened in an application, the newest first, without their exchanges.
func (c *Client) Operations(ctx context.Context, app string, limit int) ([]*mockidp.Op, error) {
	p, err := get[mockidp.Page[*mockidp.Op]](ctx, c, "GET", "/operations?app="+url.QueryEscape(app)+"&limit="+strconv.Itoa(limit), nil)
	return p.Items, err
}

// Operation is one with its exchanges and checks.
func (c *Client) Operation(ctx context.Context, id int64) (*mockidp.Op, error) {
	return get[*mockidp.Op](ctx, c, "GET", fmt.Sprintf("/operations/%d", id), nil)
}

// SaveAsTest is an operation as a suite file for scimmage run --suite.
func (c *Client) SaveAsTest(ctx context.Context, id int64) ([]byte, error) {
	return get[[]byte](ctx, c, "GET", fmt.Sprintf("/operations/%d/case.yaml", id), nil)
}

// Reset removes everything: people, groups, applications, history.
func (c *Client) Reset(ctx context.Context) error { return c.Call(ctx, "POST", "/reset", nil, nil) }

// Events calls f with every event after the one with the id after, until f returns false or the context ends. To go on after a broken
// connection, call it again with the id of the last event.
func (c *Client) Events(ctx context.Context, after int64, f func(mockidp.Event) bool) error {
	resp, err := c.send(ctx, "GET", "/events?after="+strconv.FormatInt(after, 10), nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	id := ""
	for lines.Scan() {
		line := lines.Text()
		if v, ok := strings.CutPrefix(line, "id: "); ok {
			id = v
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok || id == "" { // progress has no id: it is not kept
			continue
		}
		var e mockidp.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("the event %s cannot be read: %w", id, err)
		}
		if id = ""; !f(e) {
			return nil
		}
	}
	return errors.Join(lines.Err(), ctx.Err(), io.ErrUnexpectedEOF)
}
