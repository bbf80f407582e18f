package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/licences.md anew")

// licences are recognised by sentences that only they have. What is not here is not allowed in the binary.
var licences = []struct{ name, sentence string }{
	{"Apache-2.0", "Apache License"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"BSD", "Redistribution and use in source and binary forms, with or without"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any"},
}

// TestLicencesOfDependencies reads the licence of every module that is linked into the binary and compares the list
// with docs/licences.md, so that a new dependency is seen by a person.
func TestLicencesOfDependencies(t *testing.T) {
	var table strings.Builder
	table.WriteString("# Licences of what is linked into the binary\n\nKept by `go test ./internal/archtest -run Licences -update`; a test holds it against the build.\n\n| module | version | licence |\n|---|---|---|\n")
	for _, m := range linked(t) {
		name, err := licenceOf(m.Dir)
		if err != nil {
			t.Errorf("%s: %v", m.Path, err)
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", m.Path, m.Version, name)
	}
	file := filepath.Join(root, "docs", "licences.md")
	if *update {
		if err := os.WriteFile(file, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != table.String() {
		t.Errorf("docs/licences.md does not say what the binary links; look at the change, then run with -update. The build:\n%s", table.String())
	}
}

type goModule struct {
	Path, Version, Dir string
	Main               bool
}

// linked are the modules of the released platforms' binaries, without our own.
func linked(t *testing.T) []goModule {
	t.Helper()
	byPath := map[string]goModule{}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-json=Module", "./cmd/scimmage")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=amd64", "CGO_ENABLED=0")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v\n%s", err, stderr.String())
		}
		for dec := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct{ Module *goModule }
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module != nil && !p.Module.Main {
				byPath[p.Module.Path] = *p.Module
			}
		}
	}
	all := make([]goModule, 0, len(byPath))
	for _, m := range byPath {
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Path < all[j].Path })
	return all
}

func licenceOf(dir string) (string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		name, upper := filepath.Join(dir, f.Name()), strings.ToUpper(f.Name())
		if f.IsDir() || !strings.HasPrefix(upper, "LICEN") && !strings.HasPrefix(upper, "COPYING") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		one := strings.Join(strings.Fields(string(text)), " ")
		if strings.Contains(one, "GENERAL PUBLIC LICENSE") {
			return "", fmt.Errorf("%s is a GPL of some kind: not allowed in an Apache-2.0 binary", filepath.Base(name))
		}
		for _, l := range licences {
			if strings.Contains(one, l.sentence) {
				return l.name, nil
			}
		}
	}
	return "", errors.New("no licence found that this test knows; read it, and add its sentence to the list or drop the dependency")
}
