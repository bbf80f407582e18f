package html

import (
	"slices"
	"strings"

	"github.com/scimmage/scimmage/internal/result"
)

// A curl command says its request again. What travels is its skeleton, with a letter of Unicode's
// private use for the body, for the address and for each header; a run has few of them. Whether
// the command comes back exactly is tried before it is left out.
const (
	curlBody   = '\ue000'
	curlURL    = '\ue001'
	curlHeader = '\ue010' // and those behind it, one for each header
	curlLast   = '\ue04f'
)

// asIs is the number of a command that has no skeleton: it stays where it is.
const asIs = -1

func (e *envelope) packCurl(x *result.Exchange, number map[string]int) {
	s := skeletonOf(x)
	if x.Curl == "" || fleshOut(s, &x.Request) != x.Curl {
		e.Curl = append(e.Curl, asIs)
		return
	}
	n, ok := number[s]
	if !ok {
		n = len(e.Skeletons)
		number[s] = n
		e.Skeletons = append(e.Skeletons, s)
	}
	x.Curl = ""
	e.Curl = append(e.Curl, n)
}

func (e envelope) unpackCurl(xs []result.Exchange) error {
	if len(e.Curl) != len(xs) {
		return errDamaged("%d commands for %d exchanges", len(e.Curl), len(xs))
	}
	for i, n := range e.Curl {
		switch {
		case n == asIs:
		case n < 0 || n >= len(e.Skeletons):
			return errDamaged("no command %d of %d", n, len(e.Skeletons))
		default:
			xs[i].Curl = fleshOut(e.Skeletons[n], &xs[i].Request)
		}
	}
	return nil
}

// inQuotes is how a shell reads a text between single quotes.
func inQuotes(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func skeletonOf(x *result.Exchange) string {
	s := x.Curl
	if x.Request.Body != "" {
		s = strings.Replace(s, inQuotes(x.Request.Body), string(curlBody), 1)
	}
	if x.Request.URL != "" {
		s = strings.Replace(s, x.Request.URL, string(curlURL), 1)
	}
	for k, h := range x.Request.Headers {
		if curlHeader+rune(k) > curlLast {
			break
		}
		s = strings.Replace(s, inQuotes(h.Name+": "+h.Value), string(curlHeader+rune(k)), 1)
	}
	return s
}

// fleshOut is the command again.
func fleshOut(skeleton string, r *result.Request) string {
	if !slices.ContainsFunc([]rune(skeleton), isCurlLetter) {
		return skeleton
	}
	var b strings.Builder
	for _, c := range skeleton {
		k := int(c - curlHeader)
		switch {
		case c == curlBody:
			b.WriteString(inQuotes(r.Body))
		case c == curlURL:
			b.WriteString(r.URL)
		case isCurlLetter(c) && k >= 0 && k < len(r.Headers):
			b.WriteString(inQuotes(r.Headers[k].Name + ": " + r.Headers[k].Value))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func isCurlLetter(c rune) bool { return c >= curlBody && c <= curlLast }
