package main

import (
	"errors"
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	const pkg = `"Package":"p"`
	tests := []struct {
		name   string
		events []string
		runErr error
		code   int
		shows  []string
	}{
		{"all pass", []string{
			`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"chatter\n"}`,
			`{"Action":"pass",` + pkg + `,"Test":"TestA"}`,
			`{"Action":"pass",` + pkg + `,"Elapsed":0.1}`,
		}, nil, 0, []string{"ok   p", "unit: 1 passed, 0 failed"}},
		{"a failure shows its output", []string{
			`{"Action":"output",` + pkg + `,"Test":"TestA","Output":"want 1, got 2\n"}`,
			`{"Action":"fail",` + pkg + `,"Test":"TestA"}`,
			`{"Action":"fail",` + pkg + `}`,
		}, errors.New("exit 1"), 1, []string{"want 1, got 2", "FAIL p", "unit: 0 passed, 1 failed"}},
		{"a package that does not build fails although other tests passed", []string{
			`{"Action":"build-output","ImportPath":"q","Output":"undefined: x\n"}`,
			`{"Action":"pass",` + pkg + `,"Test":"TestA"}`,
			`{"Action":"fail","Package":"q"}`,
		}, errors.New("exit 1"), 1, []string{"undefined: x", "failing packages: q"}},
		{"a skipped test fails", []string{
			`{"Action":"pass",` + pkg + `,"Test":"TestA"}`,
			`{"Action":"skip",` + pkg + `,"Test":"TestB"}`,
		}, nil, 1, []string{"1 passed, 0 failed, 1 skipped"}},
		{"no test at all fails", []string{
			`{"Action":"output",` + pkg + `,"Output":"testing: warning: no tests to run\n"}`,
			`{"Action":"pass",` + pkg + `}`,
		}, nil, 1, []string{"unit: no test ran"}},
		{"a run that ends in an error fails whatever was counted", []string{
			`{"Action":"pass",` + pkg + `,"Test":"TestA"}`,
		}, errors.New("signal: killed"), 1, []string{"unit: 1 passed, 0 failed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			code := fold(strings.NewReader(strings.Join(tt.events, "\n")+"\n"), &out).close("unit", tt.runErr, &out)
			if code != tt.code {
				t.Errorf("exit code %d, want %d; output:\n%s", code, tt.code, out.String())
			}
			for _, want := range tt.shows {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output lacks %q:\n%s", want, out.String())
				}
			}
			if tt.code == 0 && strings.Contains(out.String(), "chatter") {
				t.Errorf("a passing test's output is shown:\n%s", out.String())
			}
		})
	}
}
