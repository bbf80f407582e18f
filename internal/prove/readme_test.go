package prove

import (
	"fmt"
	"os"
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
	hundreds := len(provider.Defects()) / 100
	said := fmt.Sprintf("all but %d are shown to fail on at least one of more than %d,%d00 defects", len(u.Checks()), hundreds/10, hundreds%10)
	if !strings.Contains(string(readme), said) {
		t.Errorf("README.md does not say %q", said)
	}
}
