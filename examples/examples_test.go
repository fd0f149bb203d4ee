// SPDX-License-Identifier: MIT

// Package examples_test runs every example and holds it to the output in its comment.
package examples_test

import (
	"go/parser"
	"go/token"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// programs is where build leaves the examples' programs.
var programs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "examples")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		programs = dir
		if out, err := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...").CombinedOutput(); err != nil {
			panic(string(out))
		}
		return m.Run()
	}())
}

// run returns what an example prints in the folder dir.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	c := exec.Command(filepath.Join(programs, name), args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimRight(string(out), "\n")
}

// TestOutput runs each example that shows its output. Whole numbers and words are to be those
// of the comment; fractions depend on the processor, and may be a little off.
func TestOutput(t *testing.T) {
	files, err := filepath.Glob("*/main.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := filepath.Dir(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := shown(t, file)
			if tests, _ := filepath.Glob(name + "/*_test.go"); tests != nil {
				t.Skip("it has tests of its own")
			}
			require.NotEmpty(t, want)
			same(t, want, run(t, t.TempDir(), name))
		})
	}
}

// shown returns the output in the comment of a program: the indented lines after its command.
func shown(t *testing.T, file string) string {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	require.NotNil(t, f.Doc, "%s has no comment", file)
	_, after, found := strings.Cut(f.Doc.Text(), "\t$ go run ./"+filepath.Dir(file)+"\n")
	require.True(t, found, "the comment of %s does not say how to run it", file)
	var lines []string
	for _, line := range strings.Split(after, "\n") {
		if line, indented := strings.CutPrefix(line, "\t"); indented {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

var fraction = regexp.MustCompile(`-?\d+(\.\d+(e[-+]\d+)?|e[-+]\d+)`)

// same compares two outputs: all but fractions exactly, decimals to ten units of the last
// place shown, and those with an exponent to half of it and twice.
func same(t *testing.T, want, got string) {
	require.Equal(t, fraction.ReplaceAllString(want, "#"), fraction.ReplaceAllString(got, "#"))
	wants, gots := fraction.FindAllString(want, -1), fraction.FindAllString(got, -1)
	for i := range wants {
		w, err := strconv.ParseFloat(wants[i], 64)
		require.NoError(t, err)
		g, err := strconv.ParseFloat(gots[i], 64)
		require.NoError(t, err)
		if strings.Contains(wants[i], "e") {
			require.True(t, w/2 <= g && g <= 2*w, "%g is not near %g in\n%s", g, w, got)
			continue
		}
		places := len(wants[i]) - 1 - strings.Index(wants[i], ".")
		require.InDelta(t, w, g, 10*math.Pow10(-places), "number %d of\n%s", i, got)
	}
}
