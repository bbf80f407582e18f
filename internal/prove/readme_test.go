package prove

import (
	"maps"
	"os"
	"regexp"
	"slices"
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
	said := regexp.MustCompile(`every one is shown to fail on at least one of more than ([\d,]+) defects`).FindStringSubmatch(string(readme))
	if said == nil {
		t.Fatal("README.md does not say how many checks are proven")
	}
	if without := u.Checks(); len(without) > 0 {
		t.Errorf("README.md says that every check is proven; these are not: %s", strings.Join(slices.Sorted(maps.Keys(without)), " "))
	}
	defects := len(provider.Defects())
	if n, err := strconv.Atoi(strings.ReplaceAll(said[1], ",", "")); err != nil || n > defects || n < defects*9/10 {
		t.Errorf("README.md says more than %s defects; there are %d", said[1], defects)
	}
}
