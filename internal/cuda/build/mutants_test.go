// SPDX-License-Identifier: MIT

package build_test

import (
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/cuda/emu"
	"github.com/stheno-go/stheno/internal/cuda/ptx"
)

var long = flag.Bool("long", false, "every mutant instead of some")

// TestMutants puts single faults into the text of each kernel: an instruction left out, an operation
// or a comparison exchanged, a number one off, a guard turned. The emulator must report them, or the
// result must be wrong, at one of the shapes.
func TestMutants(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 6))
	groups := map[string][]sample{
		"chain":   {chain(g, 2, 3, 20, 1), chain(g, 3, 2, 7, 1), chain(g, 1, 1, 1, 1)},
		"chain4":  {chain(g, 2, 3, 20, 4), chain(g, 3, 2, 12, 4), chain(g, 1, 1, 4, 4)},
		"sigmoid": {sigmoids(g, 300), sigmoids(g, 64), sigmoids(g, 1)},
		"sum":     {rows(g, 5, 70, "sum"), rows(g, 4, 32, "sum"), rows(g, 3, 7, "sum")},
		"max":     {rows(g, 5, 70, "max"), rows(g, 4, 32, "max"), rows(g, 7, 5, "max"), rows(g, 1, 1, "max")},
		"gemm":    {gemm(g, 65, 66, 17), gemm(g, 3, 70, 32), gemm(g, 20, 68, 16)},
	}
	for _, name := range []string{"chain", "chain4"} { // fewer threads than elements
		groups[name][0].job.grid, groups[name][0].job.block = [3]int{1, 1, 1}, [3]int{32, 1, 1}
	}
	faults, wrong, total := 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		list := groups[name]
		n := 40
		if *long {
			n = 1 << 20
		}
		all := mutants(t, list)
		g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, m := range all[:min(n, len(all))] {
			total++
			switch fault, caught := m.caught(list); {
			case fault:
				faults++
			case caught:
				wrong++
			default:
				t.Logf("%s: not caught: %s", name, m.what)
			}
		}
	}
	t.Logf("%d of %d mutants caught, %d by an error of the emulator and %d by a wrong result", faults+wrong, total, faults, wrong)
	require.GreaterOrEqual(t, float64(faults+wrong), 0.85*float64(total))
}

// mutant is a change of the instruction at one place of each sample's text.
type mutant struct {
	what  string
	texts []string
}

// caught reports whether a sample shows the fault, and whether the emulator named it.
func (m mutant) caught(list []sample) (fault, caught bool) {
	for i, s := range list {
		if m.texts[i] == "" {
			continue
		}
		for _, c := range []emu.Config{{Steps: 1 << 18}, {Seed: 3, Steps: 1 << 18}} {
			err := s.job.run(m.texts[i], c)
			if err != nil {
				return strings.HasPrefix(err.Error(), "emu") || strings.HasPrefix(err.Error(), "ptx"), true
			}
		}
	}
	return false, false
}

// swaps are operations that are exchanged for another.
var swaps = map[string]string{"add.rn.f32": "sub.rn.f32", "sub.rn.f32": "add.rn.f32", "mul.rn.f32": "add.rn.f32", "div.rn.f32": "mul.rn.f32",
	"add.u32": "sub.u32", "mul.lo.u32": "add.u32", "div.u32": "rem.u32", "rem.u32": "div.u32", "and.b32": "or.b32", "shr.u32": "shl.b32",
	"setp.lt.u32": "setp.le.u32", "setp.ge.u32": "setp.gt.u32", "setp.le.f32": "setp.lt.f32", "setp.lt.f32": "setp.gt.f32", "setp.eq.u32": "setp.ne.u32",
	"setp.geu.f32": "setp.ge.f32", "setp.nan.f32": "setp.num.f32", "setp.lt.and.u32": "setp.le.and.u32", "neg.f32": "abs.f32", "abs.f32": "neg.f32"}

// mutants returns the changes of the first sample's text, made in the texts of all that have the same
// instructions.
func mutants(t *testing.T, list []sample) []mutant {
	var out []mutant
	change := func(what string, at int, f func(line string) string) {
		m := mutant{what: what}
		changed := false
		for _, s := range list {
			lines := strings.Split(s.text, "\n")
			if at >= len(lines) {
				m.texts = append(m.texts, "")
				continue
			}
			after := f(lines[at])
			text := ""
			if after != lines[at] {
				lines[at] = after
				text = strings.Join(lines, "\n")
				changed = true
			}
			m.texts = append(m.texts, text)
		}
		if changed {
			out = append(out, m)
		}
	}
	module, err := ptx.Parse(list[0].text)
	require.NoError(t, err)
	for _, in := range module.Funcs[0].Code {
		at, op := in.Line-1, strings.Join(append([]string{in.Op}, in.Mods...), ".")
		if in.Op != "ret" && in.Op != "bra" {
			change("without "+in.Text, at, func(string) string { return "" })
		}
		if to := swaps[op]; to != "" {
			change(to+" for "+in.Text, at, func(line string) string { return strings.Replace(line, op+" ", to+" ", 1) })
		}
		if in.Guard != "" {
			change("other guard of "+in.Text, at, func(line string) string {
				if in.GuardNot {
					return strings.Replace(line, "@!", "@", 1)
				}
				return strings.Replace(line, "@", "@!", 1)
			})
		}
		for i := 1; i < len(in.Args); i++ {
			if a := in.Args[i]; a.Kind == ptx.Imm && a.Float == 0 && in.Op != "bar" {
				change("a number one off in "+in.Text, at, func(line string) string {
					head, tail, _ := strings.Cut(line, " ")
					if strings.HasPrefix(strings.TrimSpace(line), "@") {
						return line
					}
					parts := strings.Split(strings.TrimSuffix(tail, ";"), ", ")
					if i >= len(parts) {
						return line
					}
					n, err := strconv.Atoi(parts[i])
					if err != nil {
						return line
					}
					parts[i] = strconv.Itoa(n + 1)
					return head + " " + strings.Join(parts, ", ") + ";"
				})
			}
		}
		if (in.Op == "ld" || in.Op == "st") && in.Space() != ptx.Param {
			change("4 bytes further: "+in.Text, at, func(line string) string { return strings.Replace(line, "]", "+4]", 1) })
		}
	}
	return out
}
