package reports

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/scimmage/scimmage/internal/result"
)

// Load reads back what scimmage wrote: a journal, a JSON result, or an HTML report, which carries
// its result within. They are told apart by their content, not by the name of the file.
func Load(r io.Reader) (*result.Input, error) {
	br := bufio.NewReader(r)
	for {
		head, err := br.Peek(1)
		if errors.Is(err, io.EOF) {
			return result.Load(br)
		}
		if err != nil {
			return nil, err
		}
		if bytes.ContainsAny(head, " \t\r\n\xef\xbb\xbf") {
			if _, err := br.Discard(1); err != nil {
				return nil, err
			}
			continue
		}
		if head[0] != '<' {
			return result.Load(br)
		}
		d, err := DocumentFromHTML(br)
		if err != nil {
			return nil, err
		}
		return &result.Input{Document: d}, nil
	}
}
