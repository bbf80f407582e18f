package scim

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"slices"
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
// 7643 section 2.4), numbers by value, and unassigned members as absent (section 2.5). Strings must be identical. It takes
// linear time on hostile nesting too: a resource is compared member by member, what is deeper by digests.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return sameMap(x, y) || equalMembers(x, y)
		}
	}
	return equalDeep(a, b)
}

// equalMembers compares the assigned members of two objects.
func equalMembers(a, b map[string]any) bool {
	for k, w := range b {
		if _, v, ok := member(a, k); !ok && Assigned(w) || ok && !Assigned(v) && Assigned(w) {
			return false
		}
	}
	for k, v := range a {
		if _, w, _ := member(b, k); !equalDeep(v, w) {
			return false
		}
	}
	return true
}

func equalDeep(a, b any) bool {
	x, ok := a.([]any)
	y, ok2 := b.([]any)
	if ok && ok2 {
		return equalArrays(x, y)
	}
	d, assigned := digestOf(a)
	e, assigned2 := digestOf(b)
	return d == e && assigned == assigned2
}

// sameMap sees that two maps are one, without looking into them.
func sameMap(a, b map[string]any) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// equalArrays compares the assigned elements as a bag. What both lists share in memory, as a patched list and its original do,
// costs little.
func equalArrays(a, b []any) bool {
	a, b = withoutShared(a, b)
	return slices.Equal(digests(a), digests(b))
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

// digest is equal for values that are Equal, and for no others that anybody could find.
type digest [sha256.Size]byte

// digests are those of the assigned elements, sorted.
func digests(a []any) []digest {
	out := make([]digest, 0, len(a))
	for _, v := range a {
		if d, assigned := digestOf(v); assigned {
			out = append(out, d)
		}
	}
	sortDigests(out)
	return out
}

func sortDigests(list []digest) {
	slices.SortFunc(list, func(x, y digest) int { return bytes.Compare(x[:], y[:]) })
}

// digestOf gives the digest of a value and whether it is assigned, in one pass from the bottom up.
func digestOf(v any) (d digest, assigned bool) {
	switch v := v.(type) {
	case nil:
		return d, false
	case string:
		return sha256.Sum256([]byte("s" + v)), true
	case bool:
		return sha256.Sum256([]byte("b" + strconv.FormatBool(v))), true
	case []any:
		return digestAll("a", digests(v))
	case map[string]any:
		members := make([]digest, 0, len(v))
		for k, e := range v {
			if d, assigned := digestOf(e); assigned {
				members = append(members, sha256.Sum256([]byte("m"+strings.ToLower(k)+"\x00"+string(d[:]))))
			}
		}
		sortDigests(members)
		return digestAll("o", members)
	}
	if n, ok := numberOf(v); ok {
		return sha256.Sum256([]byte("n" + n.canonical())), true
	}
	return sha256.Sum256(fmt.Appendf(nil, "other %T %v", v, v)), true
}

func digestAll(tag string, list []digest) (d digest, assigned bool) {
	if len(list) == 0 {
		return d, false
	}
	h := sha256.New()
	h.Write([]byte(tag))
	for i := range list {
		h.Write(list[i][:])
	}
	return digest(h.Sum(nil)), true
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
