package scim

import (
	"fmt"
	"strconv"
	"strings"
)

// found starts a violation at a value.
func found(v View, code, attr, expected, actual, format string, args ...any) Violation {
	return Violation{Code: code, Pointer: v.Pointer(), Offset: v.Offset(), Attribute: attr,
		Message: fmt.Sprintf(format, args...), Expected: expected, Actual: actual}
}

func (v Violation) asNote() Violation {
	v.Note = true
	return v
}

// show is a value in a message: its JSON, cut to a readable length.
func show(v View) string {
	const most = 80
	raw := v.Raw()
	if raw == "" {
		return "absent"
	}
	if len(raw) <= most {
		return oneLine(raw)
	}
	return oneLine(strings.ToValidUTF8(raw[:most], "")) + "…"
}

// checkMessageSchemas demands that a message names its URN.
func checkMessageSchemas(v View, urn string) []Violation {
	list := v.Get("schemas")
	quoted := `["` + urn + `"]`
	switch {
	case !list.Exists():
		return []Violation{found(v, "missing-schemas", "schemas", quoted, "absent", "the message has no schemas")}
	case !list.IsArray():
		return []Violation{found(list, "not-array", "schemas", quoted, show(list), "schemas is not an array")}
	case !hasSchema(v, urn):
		return []Violation{found(list, "wrong-schemas", "schemas", quoted, show(list), "schemas does not name the message")}
	}
	return nil
}

// CheckErrorBody judges an error body (RFC 7644 section 3.12) that came with httpStatus.
func CheckErrorBody(v View, httpStatus int) []Violation {
	if !v.IsObject() {
		return []Violation{found(v, "not-object", "", "a JSON object", v.Kind(), "the error body is not a JSON object")}
	}
	out := checkMessageSchemas(v, SchemaError)
	want := strconv.Quote(strconv.Itoa(httpStatus))
	switch status := v.Get("status"); {
	case !status.Exists():
		out = append(out, found(v, "missing-status", "status", want, "absent", "the error has no status, which is REQUIRED"))
	case !status.IsString():
		out = append(out, found(status, "status-type", "status", want, show(status), "status must be a JSON string"))
	case strings.TrimSpace(status.Str()) != strconv.Itoa(httpStatus):
		out = append(out, found(status, "status-mismatch", "status", want, show(status), "status differs from the HTTP status"))
	}
	switch st := v.Get("scimType"); {
	case !st.Exists() || st.IsNull():
	case !st.IsString():
		out = append(out, found(st, "scimtype-type", "scimType", "a string", show(st), "scimType must be a JSON string"))
	case !knownScimType(st.Str()):
		out = append(out, found(st, "scimtype-unknown", "scimType", strings.Join(ScimTypes(), ", "), show(st),
			"scimType is not a registered value").asNote())
	}
	switch d := v.Get("detail"); {
	case !d.Exists() || d.IsNull():
		out = append(out, found(v, "missing-detail", "detail", "a sentence for people", "absent", "the error has no detail").asNote())
	case !d.IsString():
		out = append(out, found(d, "detail-type", "detail", "a string", show(d), "detail must be a JSON string"))
	}
	return out
}

func knownScimType(s string) bool {
	for _, t := range ScimTypes() {
		if s == t {
			return true
		}
	}
	return false
}

// CheckListResponse judges a ListResponse (RFC 7644 section 3.4.2, RFC 9865 section 2) against what was asked. The resources
// themselves are for Validate.
func CheckListResponse(v View, req ListQuery) []Violation {
	if !v.IsObject() {
		return []Violation{found(v, "not-object", "", "a ListResponse object", v.Kind(), "the body is not a ListResponse")}
	}
	l := listCheck{v: v, req: req, out: checkMessageSchemas(v, SchemaListResponse)}
	l.cursor = req.Cursor || Assigned(v.Get("nextCursor").Value()) || Assigned(v.Get("previousCursor").Value())
	l.total, l.hasTotal = l.integer("totalResults", 0)
	l.start, l.hasStart = l.integer("startIndex", 0)
	l.perPage, l.hasPerPage = l.integer("itemsPerPage", 0)
	if !v.Get("totalResults").Exists() && !l.cursor {
		l.add(v, "missing-total", "totalResults", "an integer", "absent", "totalResults is REQUIRED")
	}
	for _, name := range [...]string{"nextCursor", "previousCursor"} {
		if c := v.Get(name); c.Exists() && !c.IsNull() && !c.IsString() {
			l.add(c, "cursor-type", name, "a string", show(c), "%s must be a JSON string", name)
		}
	}
	l.resources()
	return l.out
}

type listCheck struct {
	v      View
	req    ListQuery
	out    []Violation
	cursor bool
	items  int

	total, start, perPage          int64
	hasTotal, hasStart, hasPerPage bool
}

func (l *listCheck) add(at View, code, attr, expected, actual, format string, args ...any) {
	l.out = append(l.out, found(at, code, attr, expected, actual, format, args...))
}

func (l *listCheck) note(at View, code, attr, expected, actual, format string, args ...any) {
	l.out = append(l.out, found(at, code, attr, expected, actual, format, args...).asNote())
}

// integer reads a member that must be a whole number of at least least.
func (l *listCheck) integer(name string, least int64) (int64, bool) {
	m := l.v.Get(name)
	if !m.Exists() || m.IsNull() && name != "totalResults" {
		return 0, false
	}
	wrongType, outOfRange := "wrong-type", "out-of-range"
	if name != "totalResults" { // nobody is matched or counted by the others
		wrongType, outOfRange = "number-type", "number-range"
	}
	if m.Kind() != "integer" {
		l.add(m, wrongType, name, "an integer", show(m), "%s must be a JSON integer, not %s", name, m.Kind())
		return 0, false
	}
	if m.Int() < least {
		l.add(m, outOfRange, name, fmt.Sprintf("at least %d", least), show(m), "%s is too small", name)
		return 0, false
	}
	return m.Int(), true
}

// asked is the start index that was asked for; a value below 1 counts as 1 (RFC 7644 section 3.4.2.4).
func (l *listCheck) asked() int64 {
	if l.req.StartIndex != nil && *l.req.StartIndex > 1 {
		return int64(*l.req.StartIndex)
	}
	return 1
}

func (l *listCheck) resources() {
	list := l.v.Get("Resources")
	wantsNone := l.req.Count != nil && *l.req.Count <= 0
	switch {
	case list.IsNull():
		l.add(list, "resources-null", "Resources", "an array", "null", "Resources must be an array or absent")
		return
	case list.Exists() && !list.IsArray():
		l.add(list, "not-array", "Resources", "an array", show(list), "Resources must be an array, not %s", list.Kind())
		return
	case !list.Exists():
		if l.hasTotal && l.total > 0 && !wantsNone && l.asked() <= l.total && !l.cursor {
			l.add(l.v, "missing-resources", "Resources", "the resources", "absent",
				"totalResults is %d, so Resources is REQUIRED", l.total)
		}
		return
	}
	seen := map[string]bool{}
	list.Each(func(_ string, r View) bool {
		l.items++
		id := r.Get("id")
		switch {
		case !r.IsObject():
			l.add(r, "resource-type", "Resources", "an object", show(r), "an entry of Resources must be an object")
		case id.IsString() && id.Str() != "" && seen[id.Str()]:
			l.add(id, "twice", "Resources", "each resource once", show(id), "the resource %s stands in the list more than once", show(id))
		case id.IsString():
			seen[id.Str()] = true
		}
		return true
	})
	l.arithmetic(list, wantsNone)
	l.page(list)
}

// arithmetic holds the numbers of a page against each other.
func (l *listCheck) arithmetic(list View, wantsNone bool) {
	n := int64(l.items)
	if l.hasTotal && l.total < n {
		l.add(l.v.Get("totalResults"), "total-too-small", "totalResults", fmt.Sprintf("at least %d", n),
			itoa64(l.total), "totalResults is %d, but %d resources came", l.total, n)
	} else if l.hasTotal && n > 0 && !l.cursor && l.asked() > l.total {
		l.add(list, "behind-the-end", "Resources", "no resources", itoa64(n), "%d resources came from startIndex %d on, although there are %d in all", n, l.asked(), l.total)
	} else if l.hasTotal && n > 0 && !l.cursor && l.asked()-1+n > l.total && !l.startsElsewhere() {
		l.add(l.v.Get("totalResults"), "total-too-small", "totalResults", fmt.Sprintf("at least %d", l.asked()-1+n),
			itoa64(l.total), "totalResults is %d, but %d resources came from startIndex %d on", l.total, n, l.asked())
	}
	switch {
	case wantsNone && n > 0:
		l.add(list, "more-than-count", "Resources", "no resources", itoa64(n), "count was %d, but %d resources came", *l.req.Count, n)
	case l.req.Count != nil && n > int64(max(*l.req.Count, 0)):
		l.add(list, "more-than-count", "Resources", fmt.Sprintf("at most %d", *l.req.Count), itoa64(n),
			"count was %d, but %d resources came", *l.req.Count, n)
	case n == 0 && l.hasTotal && l.total > 0 && !wantsNone && !l.cursor && l.asked() <= l.total:
		l.add(list, "empty-page", "Resources", "resources", "[]", "totalResults is %d, but Resources is empty", l.total)
	}
}

// startsElsewhere reports whether the answer itself says that it begins elsewhere than asked: then the request
// was not followed, which is a fault of startIndex (see page) and says nothing about totalResults.
func (l *listCheck) startsElsewhere() bool {
	return l.hasStart && l.start > 0 && l.start < l.asked() && l.start-1+int64(l.items) <= l.total
}

// page judges startIndex and itemsPerPage: REQUIRED when a page is not the whole answer.
func (l *listCheck) page(list View) {
	n := int64(l.items)
	if l.hasPerPage && l.perPage != n {
		at := l.v.Get("itemsPerPage")
		v := found(at, "items-per-page", "itemsPerPage", itoa64(n), itoa64(l.perPage),
			"itemsPerPage is %d, but %d resources came", l.perPage, n)
		v.Note = l.perPage > n // the requested or largest page size: the RFC's own example errs so (erratum 6010)
		l.out = append(l.out, v)
	}
	if l.cursor {
		return
	}
	partial := l.hasTotal && n > 0 && n < l.total
	if partial && !l.v.Get("itemsPerPage").Exists() {
		l.add(l.v, "missing-items-per-page", "itemsPerPage", itoa64(n), "absent", "itemsPerPage is REQUIRED on a partial answer")
	}
	if partial && !l.v.Get("startIndex").Exists() {
		l.add(l.v, "missing-start-index", "startIndex", itoa64(l.asked()), "absent", "startIndex is REQUIRED on a partial answer")
	}
	if !l.hasStart || l.start == l.asked() {
		return
	}
	at := l.v.Get("startIndex")
	if n == 0 { // beyond the end, or nothing found: nothing to count from
		l.note(at, "start-index", "startIndex", itoa64(l.asked()), itoa64(l.start), "startIndex is not the one asked for")
		return
	}
	l.add(at, "start-index", "startIndex", itoa64(l.asked()), itoa64(l.start),
		"startIndex is %d, but the page was asked from %d on", l.start, l.asked())
}

func itoa64(n int64) string { return strconv.FormatInt(n, 10) }
