package suites

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzLoadFile feeds any bytes to the loader: it must neither panic nor show control characters.
func FuzzLoadFile(f *testing.F) {
	files, err := filepath.Glob(goldenDir + "/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ps := LoadFile("fuzz.yaml", data)
		if s == nil && len(ps) == 0 {
			t.Fatal("neither a suite nor a problem")
		}
		for _, r := range ps.Render() {
			if r < 0x20 && r != '\n' && r != '\t' {
				t.Fatalf("control character %U in a message", r)
			}
		}
	})
}

// FuzzTemplate compiles and renders any text.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"a {{ 1 + 1 }} b", "{{", "{{ {\"a\": \"}}\"} }}", "{{ x.y }}", "}}{{}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out, err := Text(s, map[string]any{}); err != nil && out != "" {
			t.Fatalf("%q together with %v", out, err)
		}
	})
}
