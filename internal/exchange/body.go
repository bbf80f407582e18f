package exchange

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

var errTooLarge = errors.New("too large")

// readBody reads and decodes a body, bounded by the limit of the client and the time of the attempt.
// What arrived before a fault is kept.
func (c *Client) readBody(parent, ctx context.Context, resp *http.Response) ([]byte, *result.Fault) {
	defer resp.Body.Close()
	if m, ok := resp.Body.(*memBody); ok && m.err == nil && int64(len(m.b)) <= c.cfg.MaxBody && resp.Header.Get("Content-Encoding") == "" {
		if len(m.b) == 0 {
			return nil, nil
		}
		return m.b, nil
	}
	enc := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	raw := &wireReader{r: resp.Body}
	src, err := decoder(enc, raw)
	if err != nil {
		return nil, c.bodyFault(parent, ctx, enc, raw, err)
	}
	b, err := readBounded(src, c.cfg.MaxBody, resp.ContentLength)
	if len(b) == 0 {
		b = nil
	}
	if err != nil {
		return b, c.bodyFault(parent, ctx, enc, raw, err)
	}
	if src != io.Reader(raw) {
		// Padding after the compressed stream is read to the end too, but not without a bound.
		_, _ = io.CopyN(io.Discard, raw, c.cfg.MaxBody)
	}
	return b, nil
}

// wireReader remembers the error of the connection below a decoder.
type wireReader struct {
	r   io.Reader
	err error
}

func (w *wireReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// decoder undoes a content coding (RFC 9110 section 8.4.1).
func decoder(enc string, raw io.Reader) (io.Reader, error) {
	switch enc {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
		br := bufio.NewReader(raw)
		if _, err := br.Peek(1); err == io.EOF {
			return br, nil // no body at all, as in an answer to HEAD
		}
		return gzip.NewReader(br)
	case "deflate":
		br := bufio.NewReader(raw)
		head, err := br.Peek(2)
		if err != nil && len(head) == 0 {
			return br, nil
		}
		// zlib is what the RFC means; bare deflate is what many servers send.
		if len(head) == 2 && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
			return zlib.NewReader(br)
		}
		return flate.NewReader(br), nil
	}
	return raw, nil // unknown codings stay as they are; the record says that the body is binary
}

// readBounded reads at most limit bytes; one more is too many.
func readBounded(r io.Reader, limit, hint int64) ([]byte, error) {
	size := int64(512)
	if hint > 0 {
		size = min(hint, limit, 1<<20) + 1
	}
	buf := make([]byte, 0, size)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		room := min(int64(cap(buf)), limit+1)
		n, err := r.Read(buf[len(buf):room])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return buf[:limit], errTooLarge
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// bodyFault says why a body could not be read to its end.
func (c *Client) bodyFault(parent, ctx context.Context, enc string, raw *wireReader, err error) *result.Fault {
	if errors.Is(err, errTooLarge) {
		return fault(KindBodyTooLarge, fmt.Sprintf("more than %d bytes", c.cfg.MaxBody))
	}
	if raw.err == nil && enc != "" && !isTimeout(ctx, err) && parent.Err() == nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fault(KindTruncated, "the "+enc+" data ends too early")
		}
		return fault(KindProtocol, "Content-Encoding says "+enc+", but the body is not ("+plain(err)+")")
	}
	if raw.err != nil {
		err = raw.err
	}
	f := classify(parent, ctx, err)
	switch f.Kind {
	case KindReset, KindOther:
		return fault(KindTruncated, plain(err))
	}
	return f
}

// truncateText shortens the text of a record, never inside of a character.
func truncateText(s string, limit int) (string, bool) {
	if len(s) <= limit {
		return s, false
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return strings.Clone(s[:limit]), true // a slice would keep the whole text in memory
}

// bodyReader is a request body.
func bodyReader(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }
