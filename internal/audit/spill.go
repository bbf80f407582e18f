package audit

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// parts is into how many files a side is cut. A million accounts make parts of some 16 000.
const parts = 64

// spill holds the people of one side, cut by the hash of a key, on disk. A file is made when the first of its people
// comes, so that a small audit touches few.
type spill struct {
	dir, name string
	files     [parts]*os.File
	out       [parts]*bufio.Writer
	buf       []byte
	keyless   int
}

func newSpill(dir, name string) *spill { return &spill{dir: dir, name: name} }

func (s *spill) writer(i int) (*bufio.Writer, error) {
	if s.out[i] == nil {
		f, err := os.Create(filepath.Join(s.dir, fmt.Sprintf("%s-%02d", s.name, i)))
		if err != nil {
			return nil, err
		}
		s.files[i], s.out[i] = f, bufio.NewWriterSize(f, 8<<10)
	}
	return s.out[i], nil
}

func part(key string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return int(h.Sum32() % parts)
}

// put writes a person to the part of its key. Everybody with the same key is in the same part.
func (s *spill) put(key string, p Person) error {
	s.buf = encode(s.buf[:0], p)
	if key == "" { // no key matches nobody; without this, all of them would meet in one part
		s.keyless++
		key = "\x00" + strconv.Itoa(s.keyless)
	}
	w, err := s.writer(part(key))
	if err != nil {
		return err
	}
	if _, err := w.Write(binary.AppendUvarint(w.AvailableBuffer(), uint64(len(s.buf)))); err != nil {
		return err
	}
	_, err = w.Write(s.buf)
	return err
}

// read gives everybody of one part back.
func (s *spill) read(i int) ([]Person, error) {
	if s.out[i] == nil {
		return nil, nil
	}
	if err := s.out[i].Flush(); err != nil {
		return nil, err
	}
	if _, err := s.files[i].Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r := bufio.NewReaderSize(s.files[i], 64<<10)
	var out []Person
	var buf []byte
	for {
		n, err := binary.ReadUvarint(r)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		buf = slices.Grow(buf[:0], int(n))[:n]
		if _, err := io.ReadFull(r, buf); err != nil {
			return nil, err
		}
		out = append(out, decode(buf))
	}
}

// drop closes and removes the files.
func (s *spill) drop() {
	for _, f := range s.files {
		if f != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}
}

func encode(b []byte, p Person) []byte {
	str := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	str(p.ID)
	str(p.UserName)
	str(p.ExternalID)
	str(string(p.State))
	linked := uint64(0)
	if p.Linked {
		linked = 1
	}
	b = binary.AppendUvarint(b, linked)
	b = binary.AppendUvarint(b, uint64(max(p.Line, 0)))
	b = binary.AppendUvarint(b, uint64(len(p.Emails)))
	for _, e := range p.Emails {
		str(e)
	}
	for _, m := range []map[string]string{p.Attrs, p.Extra} {
		b = binary.AppendUvarint(b, uint64(len(m)))
		for _, k := range sortedKeys(m) {
			str(k)
			str(m[k])
		}
	}
	return b
}

func decode(b []byte) Person {
	num := func() int {
		n, w := binary.Uvarint(b)
		b = b[w:]
		return int(n)
	}
	str := func() string {
		n := num()
		s := string(b[:n])
		b = b[n:]
		return s
	}
	p := Person{ID: str(), UserName: str(), ExternalID: str(), State: State(str())}
	p.Linked = num() == 1
	p.Line = num()
	for range num() {
		p.Emails = append(p.Emails, str())
	}
	for _, m := range []*map[string]string{&p.Attrs, &p.Extra} {
		n := num()
		if n > 0 {
			*m = make(map[string]string, n)
		}
		for range n {
			k := str()
			(*m)[k] = str()
		}
	}
	return p
}
