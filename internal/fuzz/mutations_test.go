// SPDX-License-Identifier: MIT

//go:build mutation

package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMutations shows that the fuzzer finds faults of every pass of the plan and of every
// family of kernels, each within a stated number of programs. Nothing of that is in the
// program that is shipped: go build -overlay reads the broken file instead.
func TestMutations(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for _, m := range mutations {
		t.Run(m.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			source := filepath.Join(root, m.file)
			broken := filepath.Join(dir, "broken.go")
			require.NoError(t, os.WriteFile(broken, []byte(m.apply(t, root)), 0o644))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: broken}})
			require.NoError(t, err)
			list := filepath.Join(dir, "overlay.json")
			require.NoError(t, os.WriteFile(list, overlay, 0o644))
			fuzz := filepath.Join(dir, "fuzz")
			out, err := exec.Command("go", "build", "-overlay", list, "-o", fuzz, ".").CombinedOutput()
			require.NoError(t, err, string(out))

			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
			defer cancel()
			out, err = exec.CommandContext(ctx, fuzz, "-quiet", "-seed", "1", "-n", strconv.Itoa(m.within)).CombinedOutput()
			require.NoError(t, ctx.Err(), "not within the time")
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "not found within %d programs: %s", m.within, out)
			line, _, _ := strings.Cut(string(out), "\n")
			if at := regexp.MustCompile(`^program (\d+): `).FindStringSubmatch(line); at != nil {
				t.Logf("found by program %s: %.200s", at[1], line)
			} else {
				t.Logf("found by a crash: %.200s", out)
			}
		})
	}
}
