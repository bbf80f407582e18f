package proofs

import (
	"io/fs"

	"gopkg.in/yaml.v3"
)

// UnprovenFile lists the checks that no defect makes fail, with the reason.
const UnprovenFile = "unproven.yaml"

// Unproven is the list of the checks that no defect makes fail. It only shrinks.
type Unproven struct {
	// AtMost is how many checks the list may have: it is lowered with every one that goes.
	AtMost int               `yaml:"at-most"`
	Checks map[string]string `yaml:"checks"` // check → reason
}

// ReadUnproven reads the list from the folder of the map.
func ReadUnproven(dir fs.FS) (Unproven, error) {
	var u Unproven
	b, err := fs.ReadFile(dir, UnprovenFile)
	if err != nil {
		return u, err
	}
	return u, yaml.Unmarshal(b, &u)
}
