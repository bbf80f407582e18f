package scim

import (
	"encoding/json"
	"math/big"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// member finds a member of an object: the exact spelling first, any letter case then.
func member(m map[string]any, name string) (key string, v any, ok bool) {
	if v, ok := m[name]; ok {
		return name, v, true
	}
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return k, v, true
		}
	}
	return "", nil, false
}

// Assigned says whether a value is assigned: null, an empty array and an object without assigned members are not (RFC 7643
// section 2.5).
func Assigned(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case []any:
		for _, e := range v {
			if Assigned(e) {
				return true
			}
		}
		return false
	case map[string]any:
		for _, e := range v {
			if Assigned(e) {
				return true
			}
		}
		return false
	}
	return true
}

// Clone copies a value deeply.
func Clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = Clone(e)
		}
		return m
	case []any:
		if v == nil {
			return v
		}
		a := make([]any, len(v))
		for i, e := range v {
			a[i] = Clone(e)
		}
		return a
	}
	return v
}

// Equal compares two values as SCIM does: member names without regard to letter case, arrays without regard to order (RFC
// 7643 section 2.4), numbers by value, and unassigned members as absent (section 2.5). Strings must be identical.
func Equal(a, b any) bool {
	if !Assigned(a) || !Assigned(b) {
		return Assigned(a) == Assigned(b)
	}
	switch a := a.(type) {
	case map[string]any:
		m, ok := b.(map[string]any)
		return ok && (sameMap(a, m) || subset(a, m) && subset(m, a))
	case []any:
		l, ok := b.([]any)
		return ok && equalArrays(a, l)
	case string:
		s, ok := b.(string)
		return ok && a == s
	case bool:
		t, ok := b.(bool)
		return ok && a == t
	}
	x, ok := numberOf(a)
	y, ok2 := numberOf(b)
	return ok && ok2 && compareNumbers(x, y) == 0
}

// subset says whether every assigned member of a has an equal one in b.
func subset(a, b map[string]any) bool {
	for k, v := range a {
		if !Assigned(v) {
			continue
		}
		if _, w, ok := member(b, k); !ok || !Equal(v, w) {
			return false
		}
	}
	return true
}

// sameMap sees that two maps are one, without looking into them.
func sameMap(a, b map[string]any) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// equalArrays compares what is left between the equal ends, so that a long group with one change costs one pass.
func equalArrays(a, b []any) bool {
	for len(a) > 0 && len(b) > 0 && Equal(a[0], b[0]) {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && Equal(a[len(a)-1], b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if countAssigned(a) != countAssigned(b) {
		return false
	}
	a, b = withoutShared(a, b)
	x, y := fingerprints(a), fingerprints(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}

// withoutShared leaves out the objects that both lists hold, one and the same in memory: a patched list shares most of its
// elements with the original.
func withoutShared(a, b []any) (x, y []any) {
	count := make(map[uintptr]int, len(a))
	for _, v := range a {
		if m, ok := v.(map[string]any); ok {
			count[reflect.ValueOf(m).Pointer()]++
		}
	}
	for _, v := range b {
		if m, ok := v.(map[string]any); ok {
			if p := reflect.ValueOf(m).Pointer(); count[p] > 0 {
				count[p]--
				continue
			}
		}
		y = append(y, v)
	}
	for _, v := range a {
		if m, ok := v.(map[string]any); ok {
			if p := reflect.ValueOf(m).Pointer(); count[p] > 0 {
				count[p]--
			} else {
				continue
			}
		}
		x = append(x, v)
	}
	return x, y
}

func countAssigned(a []any) int {
	n := 0
	for _, v := range a {
		if Assigned(v) {
			n++
		}
	}
	return n
}

// fingerprints are sorted texts, equal when the assigned elements are.
func fingerprints(a []any) []string {
	out := make([]string, 0, len(a))
	for _, v := range a {
		if Assigned(v) {
			var sb strings.Builder
			fingerprint(&sb, v)
			out = append(out, sb.String())
		}
	}
	sort.Strings(out)
	return out
}

func fingerprint(sb *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		sb.WriteString(strconv.Quote(v))
	case bool:
		sb.WriteString(strconv.FormatBool(v))
	case map[string]any:
		parts := make([]string, 0, len(v))
		for k, e := range v {
			if Assigned(e) {
				var p strings.Builder
				p.WriteString(strconv.Quote(strings.ToLower(k)) + ":")
				fingerprint(&p, e)
				parts = append(parts, p.String())
			}
		}
		sort.Strings(parts)
		sb.WriteString("{" + strings.Join(parts, ",") + "}")
	case []any:
		sb.WriteString("[" + strings.Join(fingerprints(v), ",") + "]")
	default:
		if n, ok := numberOf(v); ok {
			sb.WriteString(n.canonical())
		}
	}
}

// number is a JSON number: exact when it is an integer written plainly, a float64 else, so that an exponent in a hostile
// body costs nothing.
type number struct {
	i *big.Int
	f float64
}

// maxDigits bounds exact arithmetic: reading n digits costs more than n.
const maxDigits = 4096

func numberOf(v any) (number, bool) {
	switch v := v.(type) {
	case json.Number:
		s := v.String()
		if len(s) <= maxDigits && !strings.ContainsAny(s, ".eE") {
			if i, ok := new(big.Int).SetString(s, 10); ok {
				return number{i: i}, true
			}
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil && f == 0 {
			return number{}, false
		}
		if f == float64(int64(f)) && f > -1e15 && f < 1e15 {
			return number{i: big.NewInt(int64(f))}, true
		}
		return number{f: f}, true
	case int:
		return number{i: big.NewInt(int64(v))}, true
	case int64:
		return number{i: big.NewInt(v)}, true
	case float64:
		if v == float64(int64(v)) && v > -1e15 && v < 1e15 {
			return number{i: big.NewInt(int64(v))}, true
		}
		return number{f: v}, true
	}
	return number{}, false
}

func (n number) float() float64 {
	if n.i == nil {
		return n.f
	}
	f, _ := new(big.Float).SetInt(n.i).Float64()
	return f
}

func (n number) canonical() string {
	if n.i != nil {
		return n.i.String()
	}
	return strconv.FormatFloat(n.f, 'g', -1, 64)
}

func compareNumbers(a, b number) int {
	if a.i != nil && b.i != nil {
		return a.i.Cmp(b.i)
	}
	x, y := a.float(), b.float()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

var dateTimeShape = regexp.MustCompile(`^-?\d{4,9}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$`)

// ParseDateTime reads an xsd:dateTime with date and time (RFC 7643 section 2.3.5). The zone may be missing; UTC is meant then.
func ParseDateTime(s string) (time.Time, bool) {
	if len(s) > 64 || !dateTimeShape.MatchString(s) {
		return time.Time{}, false
	}
	midnight := strings.Contains(s, "T24:00:00")
	if midnight { // the end of the day, legal in XML Schema
		s = strings.Replace(s, "T24:00:00", "T00:00:00", 1)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05.999999999", s)
	}
	if err != nil {
		return time.Time{}, false
	}
	if midnight {
		t = t.Add(24 * time.Hour)
	}
	return t, true
}
