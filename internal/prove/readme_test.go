package prove

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/scimmage/scimmage/internal/proofs"
	"github.com/scimmage/scimmage/internal/provider"
)

// TestReadmeSaysHowManyAreProven: the figures of the README are those of the list and of the catalogue.
func TestReadmeSaysHowManyAreProven(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	u, err := proofs.ReadUnproven(os.DirFS("../proofs/data"))
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`all but (\d+) are shown to fail on at least one of more than ([\d,]+) defects`).FindStringSubmatch(string(readme))
	if said == nil {
		t.Fatal("README.md does not say how many checks are proven")
	}
	if want := strconv.Itoa(len(u.Checks())); said[1] != want {
		t.Errorf("README.md says that all but %s are proven; it is all but %s", said[1], want)
	}
	defects := len(provider.Defects())
	if n, err := strconv.Atoi(strings.ReplaceAll(said[2], ",", "")); err != nil || n > defects || n < defects*9/10 {
		t.Errorf("README.md says more than %s defects; there are %d", said[2], defects)
	}
}
