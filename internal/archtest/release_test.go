package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// release is what .goreleaser.yaml says, as far as a mistake in it would be noticed only on the day of a release.
type release struct {
	Version int
	Builds  []struct {
		Main, Binary        string
		Env, Flags, Ldflags []string
		Goos, Goarch        []string
		ModTimestamp        string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		NameTemplate    string `yaml:"name_template"`
		Formats         []string
		FormatOverrides []struct {
			Goos    string
			Formats []string
		} `yaml:"format_overrides"`
		Files []string
	}
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
	}
	Sboms []struct {
		Cmd       string
		Artifacts string
		Args      []string
		Documents []string
	}
	Dockers []struct{ Dockerfile string } `yaml:"dockers_v2"`
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestReleaseConfiguration holds the files that a release is made of against each other: the build is reproducible and stamped,
// what the action downloads is what the release calls its archives, and what is named exists.
func TestReleaseConfiguration(t *testing.T) {
	var r release
	if err := yaml.Unmarshal([]byte(text(t, ".goreleaser.yaml")), &r); err != nil {
		t.Fatal(err)
	}
	if r.Version != 2 || len(r.Builds) != 1 || len(r.Archives) != 1 || len(r.Sboms) != 1 || len(r.Dockers) != 1 {
		t.Fatalf("one build, archive, SBOM and image are expected: %+v", r)
	}
	b := r.Builds[0]
	if !slices.Contains(b.Flags, "-trimpath") || !slices.Contains(b.Env, "CGO_ENABLED=0") || b.ModTimestamp != "{{ .CommitTimestamp }}" {
		t.Errorf("the build is not reproducible: %+v", b)
	}
	const variable = "-X github.com/scimmage/scimmage/internal/cli.Version="
	for where, flags := range map[string]string{".goreleaser.yaml": strings.Join(b.Ldflags, " "), "Makefile": text(t, "Makefile"), "Dockerfile": text(t, "Dockerfile"), "tools/release/reproducible.sh": text(t, "tools/release/reproducible.sh")} {
		if !strings.Contains(flags, variable) {
			t.Errorf("%s does not stamp the version with %s", where, variable)
		}
	}
	if !regexp.MustCompile(`(?m)^var Version = `).MatchString(text(t, "internal/cli/system.go")) {
		t.Error("internal/cli has no variable Version, so that nothing is stamped")
	}
	files := append([]string{r.Sboms[0].Cmd, r.Dockers[0].Dockerfile, b.Main}, r.Archives[0].Files...)
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(root, f)); err != nil {
			t.Errorf("a release needs %s: %v", f, err)
		}
	}
}

// TestActionDownloadsWhatIsReleased: install.sh builds the names of archives by itself.
func TestActionDownloadsWhatIsReleased(t *testing.T) {
	var r release
	if err := yaml.Unmarshal([]byte(text(t, ".goreleaser.yaml")), &r); err != nil {
		t.Fatal(err)
	}
	install := text(t, "tools/release/install.sh")
	name := strings.NewReplacer("{{ .Version }}", "${version}", "{{ .Os }}", "${os}", "{{ .Arch }}", "${arch}").Replace(r.Archives[0].NameTemplate)
	if !strings.Contains(install, "archive="+name+".$ext") {
		t.Errorf("install.sh downloads another name than %s", name)
	}
	if !strings.Contains(install, r.Checksum.NameTemplate) {
		t.Errorf("install.sh does not verify against %s", r.Checksum.NameTemplate)
	}
	for _, os := range r.Builds[0].Goos {
		if !strings.Contains(install, "os="+os) {
			t.Errorf("install.sh does not know %s", os)
		}
	}
	for _, arch := range r.Builds[0].Goarch {
		if !strings.Contains(install, "arch="+arch) {
			t.Errorf("install.sh does not know %s", arch)
		}
	}
	if o := r.Archives[0].FormatOverrides; len(o) != 1 || o[0].Goos != "windows" || !slices.Equal(o[0].Formats, []string{"zip"}) || !slices.Equal(r.Archives[0].Formats, []string{"tar.gz"}) {
		t.Errorf("install.sh unpacks tar.gz, and zip for Windows; the release makes %v, %+v", r.Archives[0].Formats, o)
	}
}
