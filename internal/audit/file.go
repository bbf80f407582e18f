package audit

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadFile reads people from CSV, a JSON array, JSON objects one after the other, or a SCIM list, one at a time; the
// form is found out from the first bytes. It returns the words of a status column that it did not understand.
func ReadFile(r io.Reader, take func(Person) error) (unknown []string, err error) {
	br := bufio.NewReaderSize(r, 64<<10)
	if bom, _ := br.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = br.Discard(3)
	}
	words := &wordSet{}
	for {
		c, err := br.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		if err != nil {
			return nil, err
		}
		if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			continue
		}
		if err := br.UnreadByte(); err != nil {
			return nil, err
		}
		if c == '[' || c == '{' {
			err = readJSON(br, words, take)
		} else {
			err = readCSV(br, words, take)
		}
		return words.list, err
	}
}

// wordSet keeps the first few distinct words.
type wordSet struct{ list []string }

func (w *wordSet) add(s string) {
	for _, x := range w.list {
		if x == s {
			return
		}
	}
	if len(w.list) < 10 && s != "" {
		w.list = append(w.list, s)
	}
}

func readCSV(br *bufio.Reader, words *wordSet, take func(Person) error) error {
	head, err := br.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	cr := csv.NewReader(br)
	for _, c := range []rune{';', '\t', '|'} {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(cr.Comma))) {
			cr.Comma = c
		}
	}
	cr.FieldsPerRecord, cr.ReuseRecord, cr.TrimLeadingSpace = -1, true, true
	first, err := cr.Read()
	if err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	columns := append([]string(nil), first...)
	if !identifies(columns) {
		return fmt.Errorf("line 1 must name the columns, with userName or email among them; it says %q", strings.Join(columns, ", "))
	}
	for {
		row, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		p := Person{State: Active}
		p.Line, _ = cr.FieldPos(0)
		filled := false
		for i, v := range row {
			if i < len(columns) {
				filled = filled || strings.TrimSpace(v) != ""
				if !p.set(columns[i], v) {
					words.add(v)
				}
			}
		}
		if !filled {
			continue
		}
		if err := take(p); err != nil {
			return err
		}
	}
}

// identifies: is there a column by which somebody can be found?
func identifies(columns []string) bool {
	for _, c := range columns {
		switch canonical(c) {
		case "userName", "email", "externalId":
			return true
		}
	}
	return false
}

// readJSON streams: a million objects are never in memory together.
func readJSON(br *bufio.Reader, words *wordSet, take func(Person) error) error {
	d := json.NewDecoder(br)
	n := 0
	one := func(m map[string]any) error {
		n++
		p, unknown := fromObject(m)
		p.Line = n
		words.add(unknown)
		return take(p)
	}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
		}
		switch tok {
		case json.Delim('['):
			if err := array(d, one); err != nil {
				return err
			}
		case json.Delim('{'):
			if err := object(d, one); err != nil {
				return err
			}
		default:
			return fmt.Errorf("byte %d: neither an object nor an array", d.InputOffset())
		}
	}
}

func array(d *json.Decoder, one func(map[string]any) error) error {
	for d.More() {
		var m map[string]any
		if err := d.Decode(&m); err != nil {
			return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
		}
		if err := one(m); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// object is one person, or something around a list of people: a SCIM list, or {"users": […]}.
func object(d *json.Decoder, one func(map[string]any) error) error {
	m := map[string]any{}
	inside := false
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string)
		switch strings.ToLower(name) {
		case "resources", "users", "data", "people":
			open, err := d.Token()
			if err != nil {
				return err
			}
			if open != json.Delim('[') {
				return fmt.Errorf("byte %d: %q holds no array of people", d.InputOffset(), name)
			}
			inside = true
			if err := array(d, one); err != nil {
				return err
			}
			continue
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("byte %d: %w", d.InputOffset(), err)
		}
		m[name] = v
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if inside {
		return nil
	}
	return one(m)
}
