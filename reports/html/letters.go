package html

import (
	"encoding/ascii85"
	"io"
)

// The packed document is written in ascii85, which needs a sixteenth less room than base64. Its
// letters that HTML or html/template would touch are exchanged for others that it leaves free, so
// that the payload needs no exception from escaping.
const (
	touched = "\"&'+<>"
	free    = "vwxy{|"
)

// letters exchanges touched and free letters, both ways: the exchange is its own inverse for what
// is written, since ascii85 has no free letter.
var letters = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	for i := range touched {
		t[touched[i]], t[free[i]] = free[i], touched[i]
	}
	return t
}()

// letterWriter writes bytes as letters.
func letterWriter(w io.Writer) io.WriteCloser { return ascii85.NewEncoder(swapWriter{w}) }

// letterReader reads them back.
func letterReader(r io.Reader) io.Reader { return ascii85.NewDecoder(swapReader{r}) }

type swapWriter struct{ w io.Writer }

func (s swapWriter) Write(p []byte) (int, error) {
	q := make([]byte, len(p))
	for i, c := range p {
		q[i] = letters[c]
	}
	return s.w.Write(q)
}

type swapReader struct{ r io.Reader }

func (s swapReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for i := range p[:n] {
		p[i] = letters[p[i]]
	}
	return n, err
}
