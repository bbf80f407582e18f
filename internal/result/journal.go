package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// MaxJournalLine limits one line of a journal: a body of the largest size that a run keeps, escaped,
// is far below that.
const MaxJournalLine = 64 << 20

// JournalWriter writes events as NDJSON. Every event is handed to the operating system in one
// write before Emit returns, so that a killed process loses nothing that it had announced: above
// all not the intent to create something on the target.
type JournalWriter struct {
	mu  sync.Mutex
	w   io.Writer
	buf bytes.Buffer
	err error
}

// NewJournalWriter writes to w, which must not buffer (a file, not a bufio.Writer).
func NewJournalWriter(w io.Writer) *JournalWriter { return &JournalWriter{w: w} }

// Emit writes one event. The first error sticks and is returned by Err.
func (j *JournalWriter) Emit(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return
	}
	e.At = normalTime(e.At)
	j.buf.Reset()
	enc := json.NewEncoder(&j.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		j.err = fmt.Errorf("journal: event %s cannot be written as JSON: %w", e.Type, err)
		return
	}
	if _, err := j.w.Write(j.buf.Bytes()); err != nil {
		j.err = fmt.Errorf("journal: %w", err)
	}
}

// Err returns the first error.
func (j *JournalWriter) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// JournalError says where a journal is damaged.
type JournalError struct {
	Line int
	Err  error
}

// Error names the line.
func (e *JournalError) Error() string { return fmt.Sprintf("journal line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *JournalError) Unwrap() error { return e.Err }

// JournalInfo says what reading a journal met.
type JournalInfo struct {
	Events int
	Cut    bool // the last line was cut off, as after a kill; it was left out
}

// ReadJournal sends every event of a journal to the sink. A last line that was cut off in the
// middle is tolerated; damage anywhere else is a *JournalError.
func ReadJournal(r io.Reader, sink Sink) (JournalInfo, error) {
	var info JournalInfo
	br := bufio.NewReaderSize(r, 256<<10)
	for n := 1; ; n++ {
		line, whole, err := readLine(br)
		if err != nil {
			return info, &JournalError{n, err}
		}
		if line == nil {
			return info, nil
		}
		if len(bytes.TrimSpace(line)) == 0 {
			if !whole {
				return info, nil
			}
			continue
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			if !whole {
				info.Cut = true
				return info, nil
			}
			return info, &JournalError{n, err}
		}
		if e.Type == "" {
			return info, &JournalError{n, errors.New("no event: the field \"type\" is missing; is this a journal of scimmage?")}
		}
		info.Events++
		sink.Emit(e)
	}
}

// readLine returns the next line without its end, nil at the end of the input. whole is false
// for a last line that has no line end.
func readLine(br *bufio.Reader) (line []byte, whole bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if len(line)+len(part) > MaxJournalLine {
			return nil, false, fmt.Errorf("longer than %d MiB", MaxJournalLine>>20)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], true, nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if len(line) == 0 {
				return nil, false, nil
			}
			return line, false, nil
		default:
			return nil, false, err
		}
	}
}

// ReadDocument reads a JSON document back. An unknown schema is refused.
func ReadDocument(r io.Reader) (*Document, error) {
	dec := json.NewDecoder(r)
	var d Document
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("not a JSON result: %w", err)
	}
	if d.Schema != SchemaID {
		if d.Schema == "" {
			return nil, fmt.Errorf("not a result of scimmage: the field \"schema\" is missing")
		}
		return nil, fmt.Errorf("the result has schema %q, this scimmage reads %q", d.Schema, SchemaID)
	}
	d.fillNil()
	return &d, nil
}

// fillNil gives a document that was written by hand the non-nil parts that Fold always makes.
func (d *Document) fillNil() {
	if d.Readiness == nil {
		d.Readiness = map[string]Readiness{}
	}
	if d.Facts == nil {
		d.Facts = map[string]any{}
	}
	for i := range d.Features {
		if d.Features[i].Verdicts == nil {
			d.Features[i].Verdicts = map[string]Verdict{}
		}
	}
}

// Input is what Load found in a file: a journal's events, or a document.
type Input struct {
	Events   []Event
	Document *Document
	Cut      bool
}

// Load reads a journal or a JSON result and tells them apart by their content.
func Load(r io.Reader) (*Input, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	trimmed := bytes.TrimLeft(data, "\ufeff \t\r\n")
	if len(trimmed) == 0 {
		return nil, errors.New("the file is empty: neither a journal nor a result")
	}
	if looksLikeDocument(trimmed) {
		d, err := ReadDocument(bytes.NewReader(trimmed))
		if err != nil {
			return nil, err
		}
		return &Input{Document: d}, nil
	}
	var events []Event
	info, err := ReadJournal(bytes.NewReader(trimmed), SinkFunc(func(e Event) { events = append(events, e) }))
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, errors.New("the file holds no event: neither a journal nor a result of scimmage")
	}
	return &Input{Events: events, Cut: info.Cut}, nil
}

// looksLikeDocument tells a JSON document, whatever the order of its fields, from a journal.
func looksLikeDocument(data []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(data))
	var head struct {
		Schema *string `json:"schema"`
		Type   *string `json:"type"`
		Suites any     `json:"suites"`
	}
	return dec.Decode(&head) == nil && head.Type == nil && (head.Schema != nil || head.Suites != nil)
}

// Fold makes the document of the input.
func (in *Input) Fold() *Document {
	if in.Document != nil {
		return in.Document
	}
	f := NewFold()
	for _, e := range in.Events {
		f.Emit(e)
	}
	return f.Document()
}
