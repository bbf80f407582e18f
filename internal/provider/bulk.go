package provider

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/scimmage/scimmage/internal/scim"
)

// bulkJob is one Bulk request on its way (RFC 7644 section 3.7).
type bulkJob struct {
	c       *call
	ops     []*bulkOp
	byID    map[string]*bulkOp // bulkId → the POST that creates it
	pending map[string]*kind   // ids promised to resources of this job that are not there yet
	limit   int                // failOnErrors; 0 is no limit
	errors  int
}

type bulkOp struct {
	method, path, bulkID, version string
	data                          any
	id                            string // promised to a POST
	running, done                 bool
	fault                         *fault
	result                        object
}

func (p *Provider) bulkPoint(c *call) *answer {
	if p.noBulk() {
		return notImplemented("Bulk").answer()
	}
	return c.methods(map[string]func() *answer{http.MethodPost: func() *answer { return p.bulk(c) }})
}

func (p *Provider) bulk(c *call) *answer {
	job, f := p.newBulkJob(c)
	if f != nil {
		return f.answer()
	}
	results := []any{}
	for _, op := range job.ops {
		if job.limit > 0 && job.errors >= job.limit || job.errors > 0 && p.has("bulk-stops-at-first-error") {
			break
		}
		job.run(op)
	}
	for _, op := range job.ops {
		if op.done {
			results = append(results, op.result)
		}
	}
	return reply(http.StatusOK, encode(object{"schemas": []any{urnBulked}, "Operations": results}))
}

func (p *Provider) newBulkJob(c *call) (*bulkJob, *fault) {
	o, f := decodeObject(c.body)
	if f != nil {
		return nil, f
	}
	if !namesSchema(o, urnBulk) {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "A Bulk request names %s in schemas.", urnBulk)
	}
	v, _ := lookup(o, "Operations")
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "A Bulk request has an array Operations with at least one operation.")
	}
	if len(list) > p.opt.MaxOperations && !p.has("bulk-limits-ignored") {
		return nil, refuse(http.StatusRequestEntityTooLarge, "", "The number of operations exceeds bulk.maxOperations (%d).", p.opt.MaxOperations)
	}
	job := &bulkJob{c: c, byID: map[string]*bulkOp{}, pending: map[string]*kind{}}
	if n, has := lookup(o, "failOnErrors"); has && n != nil {
		num, isNum := n.(json.Number)
		limit, err := strconv.Atoi(string(num))
		if !isNum || err != nil || limit < 0 {
			return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "failOnErrors has to be a whole number.")
		}
		if !p.has("bulk-ignores-fail-on-errors") {
			job.limit = limit
		}
	}
	for _, e := range list {
		op, f := job.readOp(e)
		if f != nil {
			return nil, f
		}
		job.ops = append(job.ops, op)
	}
	return job, nil
}

// readOp reads one operation. What is wrong with it alone becomes its own error; only something that is no operation at all
// spoils the whole request.
func (j *bulkJob) readOp(e any) (*bulkOp, *fault) {
	o, ok := e.(object)
	if !ok {
		return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "An entry of Operations is not an object.")
	}
	op := &bulkOp{}
	for name, into := range map[string]*string{"method": &op.method, "path": &op.path, "bulkId": &op.bulkID, "version": &op.version} {
		v, _ := lookup(o, name)
		s, ok := v.(string)
		if v != nil && !ok {
			return nil, refuse(http.StatusBadRequest, scim.InvalidSyntax, "%s of a Bulk operation has to be a string.", name)
		}
		*into = s
	}
	op.data, _ = lookup(o, "data")
	op.method = strings.ToUpper(op.method)
	switch {
	case op.method != http.MethodPost && op.method != http.MethodPut && op.method != http.MethodPatch && op.method != http.MethodDelete:
		op.fault = refuse(http.StatusBadRequest, scim.InvalidSyntax, "The method of a Bulk operation is POST, PUT, PATCH or DELETE.")
	case op.path == "":
		op.fault = refuse(http.StatusBadRequest, scim.InvalidSyntax, "A Bulk operation needs a path.")
	case op.method == http.MethodPost && op.bulkID == "" && !j.c.p.has("bulk-id-not-required"):
		op.fault = refuse(http.StatusBadRequest, scim.InvalidSyntax, "A POST in a Bulk request needs a bulkId.")
	case op.method == http.MethodPost:
		if j.byID[op.bulkID] != nil && op.bulkID != "" {
			op.fault = refuse(http.StatusBadRequest, scim.InvalidValue, "The bulkId %s occurs twice.", quoted(op.bulkID))
			break
		}
		if k := j.c.p.model.kindBySegment(strings.Trim(op.path, "/")); k != nil {
			j.c.tenant.mu.RLock()
			op.id = j.c.p.newID(j.c.tenant)
			j.c.tenant.mu.RUnlock()
			j.pending[op.id] = k
		}
		j.byID[op.bulkID] = op
	}
	return op, nil
}

// run carries out one operation, those it refers to first. Operations that refer to each other see the id that was promised.
func (j *bulkJob) run(op *bulkOp) {
	if op.done || op.running {
		return
	}
	op.running = true
	j.createEarly(op)
	if op.fault == nil && !j.c.p.has("bulk-references-unresolved") {
		op.data, op.fault = j.substitute(op.data)
	}
	var a *answer
	if op.fault != nil {
		a = op.fault.answer()
	} else {
		a = j.perform(op)
	}
	delete(j.pending, op.id)
	op.running, op.done = false, true
	if a.status >= 400 {
		j.errors++
		j.forget(op)
	}
	op.result = j.outcome(op, a)
}

// createEarly makes a Group that waits for members of the same job before they are there, as a defect: the operation
// itself makes it again afterwards.
func (j *bulkJob) createEarly(op *bulkOp) {
	data, ok := op.data.(object)
	if !ok || op.fault != nil || op.method != http.MethodPost || !j.c.p.has("bulk-forward-creates-twice") {
		return
	}
	members, _ := lookup(data, "members")
	list, _ := members.([]any)
	for _, m := range list {
		member, _ := m.(object)
		value, _ := lookup(member, "value")
		text, _ := value.(string)
		if name, ok := strings.CutPrefix(text, "bulkId:"); ok && j.byID[name] != nil && !j.byID[name].done {
			early := *op
			early.id, early.data = "", object{"schemas": data["schemas"], "displayName": data["displayName"]}
			j.perform(&early)
			return
		}
	}
}

// forget takes the id that was promised to a failed POST out of Groups that were created in trust of it.
func (j *bulkJob) forget(op *bulkOp) {
	if op.id == "" {
		return
	}
	t := j.c.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	j.c.p.leaveAll(t, op.id)
}

// substitute replaces bulkId:x by the id of the resource that the POST x creates (RFC 7644 section 3.7.2).
func (j *bulkJob) substitute(v any) (any, *fault) {
	switch t := v.(type) {
	case string:
		if name, ok := strings.CutPrefix(t, "bulkId:"); ok {
			return j.reference(name)
		}
	case object:
		out := make(object, len(t))
		for k, e := range t {
			if strings.HasPrefix(k, "urn:") && j.c.p.has("bulk-extension-references-unresolved") {
				out[k] = e
				continue
			}
			sub, f := j.substitute(e)
			if f != nil {
				return nil, f
			}
			out[k] = sub
		}
		return out, nil
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			sub, f := j.substitute(e)
			if f != nil {
				return nil, f
			}
			out[i] = sub
		}
		return out, nil
	}
	return v, nil
}

func (j *bulkJob) reference(name string) (any, *fault) {
	target := j.byID[name]
	if target != nil && !target.done && j.c.p.has("bulk-forward-reference-fails") {
		target = nil
	}
	if target == nil || target.id == "" {
		return nil, refuse(http.StatusBadRequest, scim.InvalidValue, "No POST of this request has the bulkId %s.", quoted(name))
	}
	j.run(target)
	if target.done && target.result["location"] == nil {
		return nil, refuse(http.StatusConflict, "", "The operation with the bulkId %s failed.", quoted(name))
	}
	return target.id, nil
}

// perform sends the operation through the same code as a request of its own.
func (j *bulkJob) perform(op *bulkOp) *answer {
	c := j.c
	r := &http.Request{Method: op.method, Header: http.Header{}, URL: &url.URL{}, Host: c.r.Host, TLS: c.r.TLS}
	for _, name := range []string{"Adscimversion", "Authorization", "User-Agent"} {
		if v := c.r.Header.Get(name); v != "" {
			r.Header.Set(name, v)
		}
	}
	if op.version != "" && !c.p.has("bulk-version-ignored") {
		r.Header.Set("If-Match", op.version)
	}
	sub := &call{p: c.p, r: r, tenant: c.tenant, me: c.me, media: c.media, bulk: true, promised: op.id, pending: j.pending}
	path, raw, _ := strings.Cut(strings.TrimPrefix(op.path, c.root()), "?")
	q, err := parseQuery(raw)
	if err != nil {
		return refuse(http.StatusBadRequest, scim.InvalidSyntax, "The path of the operation is malformed.").answer()
	}
	sub.query = q
	for _, s := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(s, "bulkId:"); ok {
			id, f := j.reference(name)
			if f != nil {
				return f.answer()
			}
			s, _ = id.(string)
		}
		if s, err = url.PathUnescape(s); err != nil {
			return refuse(http.StatusBadRequest, scim.InvalidSyntax, "The path of the operation is malformed.").answer()
		}
		if s != "" {
			sub.path = append(sub.path, s)
		}
	}
	if len(sub.path) == 0 || len(sub.path) > 2 || c.p.model.kindBySegment(sub.path[0]) == nil || len(sub.path) == 2 && sub.path[1] == ".search" {
		return refuse(http.StatusNotFound, "", "A Bulk operation works on a resource type or a resource; %s is neither.", quoted(op.path)).answer()
	}
	switch {
	case op.method == http.MethodDelete && c.p.has("bulk-delete-ignored"):
		return reply(http.StatusNoContent, nil)
	case op.method == http.MethodPatch && c.p.has("bulk-patch-ignored"):
		return reply(http.StatusNoContent, nil)
	case op.method == http.MethodPut && c.p.has("bulk-put-501"):
		return refuse(http.StatusNotImplemented, "", "PUT is not offered in Bulk.").answer()
	}
	if op.data != nil {
		sub.body = encode(op.data)
	}
	return c.p.dispatch(sub)
}

// outcome renders the result of one operation: location always except for a failed POST, the error where there is one.
func (j *bulkJob) outcome(op *bulkOp, a *answer) object {
	out := object{"method": op.method, "status": strconv.Itoa(a.status)}
	if op.bulkID != "" {
		out["bulkId"] = op.bulkID
	}
	if loc := a.header.Get("Location"); loc != "" {
		out["location"] = loc
	} else if op.method != http.MethodPost && op.path != "" {
		out["location"] = j.c.root() + "/" + strings.Trim(strings.TrimPrefix(op.path, j.c.root()), "/")
	}
	if tag := a.header.Get("ETag"); tag != "" {
		out["version"] = tag
	}
	if a.status >= 400 {
		out["response"] = json.RawMessage(a.body)
	}
	return out
}
