package reports

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimmage/scimmage/internal/result"
)

// TestJSONInParts: a document whose exchanges are written one by one has the bytes of one that is encoded whole, whatever
// stands in it.
func TestJSONInParts(t *testing.T) {
	odd := result.Exchange{ID: "a/b#1", Case: "a/b", Request: result.Request{Method: "POST", URL: "/Users?x=<&>", Body: "{\n  \"exchanges\": []\n}"},
		Response: &result.Response{Status: 200, Body: "\u2028</script>"}}
	for _, exchanges := range [][]result.Exchange{nil, {}, {odd}, {odd, {ID: "2"}, {ID: "3", Response: nil}}} {
		doc := &result.Document{Schema: result.SchemaID, Facts: map[string]any{"exchanges": []any{}}, Exchanges: exchanges}
		var parts, whole bytes.Buffer
		if err := JSON(&parts, doc); err != nil {
			t.Fatal(err)
		}
		if err := writeJSON(&whole, doc); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole.String(), parts.String()); diff != "" {
			t.Errorf("%d exchanges:\n%s", len(exchanges), diff)
		}
	}
}

// full is a disk without room.
type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

func TestJSONTellsOfAFullDisk(t *testing.T) {
	doc := &result.Document{Exchanges: make([]result.Exchange, 500)}
	for _, room := range []int{0, 100, 30000} {
		if err := JSON(&full{room}, doc); err == nil {
			t.Errorf("room for %d bytes: no error", room)
		}
	}
}
