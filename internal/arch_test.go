// SPDX-License-Identifier: MIT

package internal

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/stheno-go/stheno"

// imports returns what each of the module's packages imports directly.
func imports(t *testing.T) map[string][]string {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"/...").Output()
	require.NoError(t, err)
	list := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		list[strings.TrimPrefix(fields[0], module)] = fields[1:]
	}
	require.NotEmpty(t, list)
	return list
}

// TestDirections holds the packages to the one direction of the design.
func TestDirections(t *testing.T) {
	graphPackages := []string{"/debug", "/gorgonia", "/internal/ops", "/internal/lower", "/internal/plan", "/internal/program", "/internal/record", "/internal/machine", "/internal/fuzz"}
	for pkg, list := range imports(t) {
		for _, dep := range list {
			inner := strings.TrimPrefix(dep, module)
			if strings.HasPrefix(dep, "gorgonia.org/") {
				require.Contains(t, graphPackages, pkg, "%s imports %s: only the engine does", pkg, dep)
			}
			if strings.HasPrefix(pkg, "/internal") && !strings.HasPrefix(pkg, "/internal/golden") && pkg != "/internal/fuzz" && !strings.HasPrefix(pkg, "/internal/studies") {
				require.NotEqual(t, module, dep, "%s imports the root", pkg)
			}
			if strings.HasSuffix(inner, "/internal/cuda/emu") || strings.HasSuffix(inner, "/internal/cuda/drv/emulated") {
				require.True(t, strings.HasPrefix(pkg, "/internal/cuda/"), "%s imports the emulator", pkg)
			}
			standard := !strings.Contains(strings.Split(dep, "/")[0], ".")
			switch pkg {
			case "/internal/kernels":
				require.True(t, standard || inner == "/internal/isa" || inner == "/internal/kernels/gemm" || inner == "/internal/kernels/par", "%s imports %s", pkg, dep)
			case "/internal/kernels/gemm":
				require.True(t, standard || inner == "/internal/isa" || inner == "/internal/kernels/par", "%s imports %s", pkg, dep)
			case "/internal/kernels/conv":
				require.True(t, standard || inner == "/internal/isa" || strings.HasPrefix(inner, "/internal/kernels"), "%s imports %s", pkg, dep)
			case "/internal/isa":
				require.True(t, standard || dep == "golang.org/x/sys/cpu", "%s imports %s", pkg, dep)
			case "/internal/kernels/par":
				require.True(t, standard || inner == "/internal/hugepages", "%s imports %s", pkg, dep)
			case "/internal/cuda/drv":
				require.True(t, standard || strings.HasPrefix(dep, "github.com/ebitengine/purego") || dep == "golang.org/x/sys/windows", "the CUDA driver imports %s", dep)
			case "/internal/cuda/ptx", "/internal/cuda/build":
				require.True(t, standard, "%s imports %s", pkg, dep)
			case "/internal/cuda/emu":
				require.True(t, standard || inner == "/internal/cuda/ptx", "the emulator imports %s", dep)
			case "/internal/hugepages":
				require.True(t, standard, "%s imports %s", pkg, dep)
			case "/layers":
				require.NotContains(t, inner, "/trainers")
				require.NotContains(t, inner, "/datasets")
			case "/internal/codec/safetensors":
				require.NotContains(t, dep, module)
			}
		}
	}
}

// TestPins reads go.mod: without these lines every program that imports stheno would
// panic at its start on a new Go, or not build with CUDA.
func TestPins(t *testing.T) {
	b, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	for _, pin := range []string{
		"go4.org/unsafe/assume-no-moving-gc v0.0.0-20231121144256-b99613f794b6",
		"gorgonia.org/gorgonia v0.9.18", "gorgonia.org/tensor v0.9.24", "gorgonia.org/cu v0.9.6",
	} {
		require.Contains(t, string(b), pin)
	}
}
