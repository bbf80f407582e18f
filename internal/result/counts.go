package result

// counts counts the document. Known findings are in Cases and Checks, but not in Findings, Must,
// Should and Errors, which decide the exit code.
func counts(d *Document) Counts {
	n := Counts{Suites: len(d.Suites), Cases: map[Outcome]int{}, Checks: map[Outcome]int{}, Exchanges: len(d.Exchanges)}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			n.Cases[c.Outcome]++
			if c.Outcome == Error && !hasErrorCheck(c) {
				n.Errors++
			}
			for _, k := range c.Checks {
				n.Checks[k.Outcome]++
				n.count(k)
			}
		}
	}
	for _, c := range d.Causes {
		if !c.Known {
			n.Causes++
		}
	}
	return n
}

func (n *Counts) count(k Check) {
	if !k.Finding() {
		return
	}
	if k.Known != nil {
		n.Known++
		return
	}
	n.Findings++
	switch {
	case k.Outcome == Error:
		n.Errors++
	case k.Level == Must && k.Outcome == Fail:
		n.Must++
	case k.Level == Should:
		n.Should++
	case k.Outcome == Fail:
		n.Must++ // a failing check fails the target, whatever level its author gave it
	default:
		n.Should++
	}
}

func hasErrorCheck(c Case) bool {
	for _, k := range c.Checks {
		if k.Outcome == Error {
			return true
		}
	}
	return false
}

// requirementResults gives every planned requirement the worst outcome of the checks that cite it.
func requirementResults(d *Document, planned []RequirementResult) []RequirementResult {
	out := make([]RequirementResult, len(planned))
	at := make(map[string]int, len(planned))
	for i, r := range planned {
		r.Outcome, r.Checks = Skip, nil
		out[i] = r
		at[r.ID] = i
	}
	for _, s := range d.Suites {
		for _, c := range s.Cases {
			for _, k := range c.Checks {
				for _, id := range k.Cites {
					if i, ok := at[id]; ok {
						out[i].Outcome = Worst(out[i].Outcome, k.Outcome)
						out[i].Checks = append(out[i].Checks, k.ID)
					}
				}
			}
		}
	}
	return out
}

// coverage counts requirements by area, in the order in which areas first appear.
func coverage(list []RequirementResult) []Coverage {
	out := []Coverage{}
	at := map[string]int{}
	for _, r := range list {
		i, ok := at[r.Area]
		if !ok {
			i = len(out)
			at[r.Area] = i
			out = append(out, Coverage{Area: r.Area})
		}
		out[i].Total++
		switch r.Outcome {
		case Pass, Info:
			out[i].Tested++
			out[i].Held++
		case Warn, Fail:
			out[i].Tested++
			out[i].Broken++
		}
	}
	return out
}

// Recount brings counts, causes and their order up to date after findings were marked as known.
// Verdicts, readiness and scores do not depend on that.
func Recount(d *Document) {
	x := newIndex(d)
	for i := range d.Causes {
		c := &d.Causes[i]
		c.Known = true
		for _, list := range [][]string{c.Checks, c.Consequences} {
			for _, id := range list {
				if k := x.checks[id]; k != nil && k.Known == nil {
					c.Known = false
				}
			}
		}
	}
	sortCauses(d.Causes)
	d.Counts = counts(d)
}
