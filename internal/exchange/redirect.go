package exchange

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// redirect follows a redirect on the same scheme, host and port: for GET and HEAD any, for other
// methods 307 and 308 only, which keep the method (RFC 9110 section 15.4). Whatever is not followed is
// a fault beside the answer.
func (t *trip) redirect() (again bool, f *result.Fault) {
	a, c := t.ans, t.c
	loc := a.header.Get("Location")
	stop := func(why string) (bool, *result.Fault) {
		return false, fault(KindRedirect, fmt.Sprintf("status %d to %s; %s", a.status, c.red.URL(loc), why))
	}
	if t.hops++; t.hops > maxRedirects {
		return stop(fmt.Sprintf("there were more than %d redirects", maxRedirects))
	}
	read := t.r.Method == "GET" || t.r.Method == "HEAD"
	if !read && a.status != 307 && a.status != 308 {
		return stop("this status would turn " + t.r.Method + " into GET")
	}
	to, err := t.resolve(loc)
	if err != nil {
		return stop(err.Error())
	}
	if !read {
		if f := t.mayFollow(to); f != nil {
			return false, f
		}
	}
	t.place = to
	t.attempted(a, 0)
	t.x.Attempts[len(t.x.Attempts)-1].RetryAfter = ""
	return true, nil
}

// resolve makes a Location into a place on the same origin.
func (t *trip) resolve(loc string) (place, error) {
	cur, err := url.Parse(t.place.url())
	if err != nil {
		cur = &url.URL{Scheme: t.place.scheme, Host: t.place.host, Path: "/"}
	}
	u, err := url.Parse(loc)
	if err != nil {
		return place{}, fmt.Errorf("Location cannot be read")
	}
	abs := cur.ResolveReference(u)
	abs.Fragment, abs.RawFragment = "", ""
	if abs.User != nil || abs.Opaque != "" {
		return place{}, fmt.Errorf("Location is not a plain URL")
	}
	to, err := t.c.base.locate(abs.Scheme+"://"+abs.Host+abs.EscapedPath(), abs.RawQuery, false)
	if err != nil {
		if strings.EqualFold(abs.Hostname(), cur.Hostname()) && abs.Scheme == "https" && cur.Scheme == "http" {
			return place{}, fmt.Errorf("use https:// in the base URL")
		}
		return place{}, fmt.Errorf("credentials are never sent to another scheme, host or port")
	}
	return to, nil
}

// mayFollow lets a write follow a redirect only to what it was allowed to write before.
func (t *trip) mayFollow(to place) *result.Fault {
	moved := *t.r
	moved.RawQuery = to.query
	if !to.below {
		return refuse("%s was redirected out of the base URL", t.r.Method)
	}
	p, f := t.c.guard.plan(&moved, to.rel)
	if f != nil {
		return f
	}
	if len(p.needs) > 0 || p.path.coll != t.plan.path.coll || p.path.id != t.plan.path.id {
		return refuse("%s %s was redirected to another object: %s", t.r.Method, t.place.rel, to.rel)
	}
	return nil
}
