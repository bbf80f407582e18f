package audit

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// Remarks are what is worth saying of a file that was read.
type Remarks struct {
	Words   []string // of a status column that were not understood
	Nobody  int      // entries without anything by which somebody can be found
	First   int      // line of the first of them
	Windows bool     // some text was no UTF-8 and was read as Windows-1252
}

// reading is a file under way.
type reading struct {
	Remarks
	keep  map[string]bool // further columns that match rules name, in lower case
	take  func(Person) error
	came  int
	total float64 // totalResults, where the file is a page of a list
	next  bool    // the last page names another one
}

// ReadFile reads people from CSV, a JSON array, JSON objects one after the other, or a SCIM list, one at a time; the
// form is found out from the first bytes. keep names further columns that are asked for.
func ReadFile(r io.Reader, keep []string, take func(Person) error) (Remarks, error) {
	f := &reading{take: take, keep: map[string]bool{}}
	for _, k := range keep {
		f.keep[strings.ToLower(k)] = true
	}
	br, err := plainText(r)
	if err != nil {
		return f.Remarks, err
	}
	for {
		c, err := br.ReadByte()
		if errors.Is(err, io.EOF) {
			return f.Remarks, errors.New("the file is empty")
		}
		if err != nil {
			return f.Remarks, err
		}
		if c == ' ' || c == '\n' || c == '\t' {
			continue
		}
		if err := br.UnreadByte(); err != nil {
			return f.Remarks, err
		}
		if c == '[' || c == '{' {
			err = f.readJSON(br)
		} else {
			err = f.readCSV(br)
		}
		return f.Remarks, err
	}
}

// one takes an entry, unless it names nobody.
func (f *reading) one(p Person) error {
	f.came++
	if p.UserName == "" && p.ExternalID == "" && p.ID == "" && len(p.Emails) == 0 && len(p.Attrs) == 0 && len(p.Extra) == 0 {
		if f.Nobody++; f.Nobody == 1 {
			f.First = p.Line
		}
		return nil
	}
	return f.take(p)
}

func (f *reading) word(s string) {
	for _, x := range f.Words {
		if x == s {
			return
		}
	}
	if len(f.Words) < 10 && s != "" {
		f.Words = append(f.Words, s)
	}
}

// separator finds what stands between columns. Excel may say it in a line of its own: sep=;
func separator(br *bufio.Reader) (rune, int, error) {
	head, err := br.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	if rest, ok := bytes.CutPrefix(bytes.Trim(bytes.TrimSpace(line), `"`), []byte("sep=")); ok && len(rest) == 1 {
		_, err := br.Discard(min(len(line)+1, len(head)))
		return rune(rest[0]), 1, err
	}
	comma := ','
	for _, c := range []rune{';', '\t', '|'} {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(comma))) {
			comma = c
		}
	}
	return comma, 0, nil
}

func (f *reading) readCSV(br *bufio.Reader) error {
	comma, skipped, err := separator(br)
	if err != nil {
		return err
	}
	cr := csv.NewReader(br)
	cr.Comma, cr.FieldsPerRecord, cr.ReuseRecord, cr.TrimLeadingSpace = comma, -1, true, true
	first, err := cr.Read()
	if err != nil {
		return csvError(err, skipped)
	}
	columns := append([]string(nil), first...)
	for i, c := range columns {
		columns[i] = f.text(c)
	}
	if !f.identifies(columns) {
		return &At{Line: skipped + 1, Err: fmt.Errorf("the first line must name the columns, with userName or email among them; it says %q", clipped(strings.Join(columns, ", ")))}
	}
	for {
		row, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err, skipped)
		}
		p := Person{State: Active}
		p.Line, _ = cr.FieldPos(0)
		p.Line += skipped
		filled := false
		for i, v := range row {
			if i < len(columns) {
				filled = filled || strings.TrimSpace(v) != ""
				f.set(&p, columns[i], f.text(v))
			}
		}
		if !filled {
			continue
		}
		if err := f.one(p); err != nil {
			return err
		}
	}
}

func clipped(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

func csvError(err error, skipped int) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return err
	}
	why := p.Err.Error()
	switch {
	case errors.Is(p.Err, csv.ErrBareQuote):
		why = `a quotation mark inside of a field: write the field as "…", with each " in it doubled`
	case errors.Is(p.Err, csv.ErrQuote):
		why = "a field that begins with a quotation mark does not end with one"
		if p.StartLine != p.Line {
			why += fmt.Sprintf("; it begins in line %d", p.StartLine+skipped)
		}
	}
	return &At{Line: p.Line + skipped, Err: fmt.Errorf("column %d: %s", p.Column, why)}
}

// text is a field in UTF-8.
func (f *reading) text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	f.Windows = true
	return fromWindows(s)
}

func (f *reading) set(p *Person, column, value string) {
	if !p.set(column, value) {
		f.word(value)
	}
	if low := strings.ToLower(strings.TrimSpace(column)); f.keep[low] && strings.TrimSpace(value) != "" {
		if p.Extra == nil {
			p.Extra = map[string]string{}
		}
		p.Extra[low] = strings.TrimSpace(value)
	}
}

// identifies: is there a column by which somebody can be found?
func (f *reading) identifies(columns []string) bool {
	for _, c := range columns {
		switch canonical(c) {
		case "userName", "email", "externalId":
			return true
		}
		if f.keep[strings.ToLower(strings.TrimSpace(c))] || f.keep[strings.ToLower(canonical(c))] && canonical(c) != "" {
			return true
		}
	}
	return false
}

// readJSON streams: a million objects are never in memory together.
func (f *reading) readJSON(br *bufio.Reader) error {
	d := json.NewDecoder(br)
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return f.whole()
		}
		if err != nil {
			return atOffset(d, "%w", err)
		}
		switch tok {
		case json.Delim('['):
			err = f.array(d)
		case json.Delim('{'):
			err = f.object(d)
		default:
			return atOffset(d, "neither an object nor an array")
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return &At{Offset: math.MaxInt64, Err: errors.New("the file ends in the middle")}
		}
		if err != nil {
			return err
		}
	}
}

// whole refuses half a list: whoever is not in it would look as if they had left.
func (f *reading) whole() error {
	switch {
	case int(f.total) > f.came:
		return fmt.Errorf("it says that there are %d entries and holds %d: it is one page of a list; put the other pages behind it", int(f.total), f.came)
	case f.next:
		return errors.New("it is one page of a list (@odata.nextLink); put the other pages behind it")
	}
	return nil
}

func (f *reading) array(d *json.Decoder) error {
	for d.More() {
		var v any
		if err := d.Decode(&v); err != nil {
			return f.broken(d, err)
		}
		m, ok := v.(map[string]any)
		if !ok {
			return atOffset(d, "entry %d is no object with attributes of a person", f.came+1)
		}
		if err := f.fromObject(m); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (f *reading) broken(d *json.Decoder, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return err
	}
	return atOffset(d, "%w", err)
}

// lists are the names under which APIs put people: SCIM, Microsoft Graph, and others.
var lists = map[string]bool{"resources": true, "users": true, "data": true, "people": true, "value": true, "items": true, "accounts": true, "members": true, "results": true}

// object is one person, or something around a list of people: a SCIM list, or {"users": […]}.
func (f *reading) object(d *json.Decoder) error {
	m := map[string]any{}
	inside := false
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return f.broken(d, err)
		}
		name, _ := tok.(string)
		if lists[strings.ToLower(name)] {
			open, err := d.Token()
			switch {
			case err != nil:
				return f.broken(d, err)
			case open == json.Delim('['):
				inside = true
				if err := f.array(d); err != nil {
					return err
				}
			case open == json.Delim('{') || strings.EqualFold(name, "resources"):
				return atOffset(d, "%q holds no array of people", name)
			default:
				m[name] = open
			}
			continue
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return f.broken(d, err)
		}
		m[name] = v
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if !inside {
		return f.fromObject(m)
	}
	if n, ok := m["totalResults"].(float64); ok {
		f.total = max(f.total, n)
	}
	f.next = m["@odata.nextLink"] != nil && m["@odata.nextLink"] != ""
	return nil
}
