package scim

import "strings"

// Duplicate is a member name that occurs twice in one object. RFC 8259 section 4 leaves the meaning open; RFC 7643 section
// 2.1 makes names that differ in letter case the same attribute.
type Duplicate struct {
	Pointer string // JSON pointer of the second member
	Offset  int    // byte offset of the second name
	Name    string // as spelled the second time
	First   string // as spelled the first time
}

// Duplicates lists exact and case-insensitive duplicates in one linear pass. A text that is not JSON gives what was found
// before the error.
func Duplicates(b []byte) []Duplicate {
	type frame struct {
		names map[string]string // lower case → first spelling; nil for arrays
		ptr   string
		cur   string // name or index of the current element
		n     int
	}
	var (
		found []Duplicate
		stack []frame
	)
	s := scanner{b: b}
	element := func() { // an array counts its elements, whatever they are
		if len(stack) > 0 && stack[len(stack)-1].names == nil {
			stack[len(stack)-1].n++
		}
	}
	here := func() string {
		if len(stack) == 0 {
			return ""
		}
		top := stack[len(stack)-1]
		if top.names == nil {
			return top.ptr + "/" + itoa(top.n-1)
		}
		return top.ptr + "/" + escapePointer(top.cur)
	}
	s.open = func(object bool) {
		element()
		f := frame{ptr: here()}
		if object {
			f.names = map[string]string{}
		}
		stack = append(stack, f)
	}
	s.close = func() { stack = stack[:len(stack)-1] }
	s.scalar = func(byte, int, int) { element() }
	s.key = func(start, end int) {
		top := &stack[len(stack)-1]
		top.cur = unquote(b[start:end])
		low := strings.ToLower(top.cur)
		if first, dup := top.names[low]; dup {
			found = append(found, Duplicate{Pointer: here(), Offset: start, Name: top.cur, First: first})
			return
		}
		top.names[low] = top.cur
	}
	_ = s.run() // a caller that needs the error asks ParseView
	return found
}
