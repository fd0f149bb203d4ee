// SPDX-License-Identifier: MIT

// Package ptxtest has what tests of PTX share.
package ptxtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Wrap puts statements into an entry k with registers of every type, eight of each: %p0, %h0 (b16), %r0
// (b32), %d0 (b64), %f0 (f32) and %g0 (f64). It has a variable in each state space, and a label DONE at the end.
func Wrap(version, sm int, body string) string {
	return fmt.Sprintf(`.version %d.%d
.target sm_%d
.address_size 64
.global .align 16 .b8 gv[64];
.const .align 16 .b8 cv[64];
.visible .entry k(.param .align 16 .b8 pv[64])
{
	.reg .pred %%p<8>;
	.reg .b16 %%h<8>;
	.reg .b32 %%r<8>;
	.reg .b64 %%d<8>;
	.reg .f32 %%f<8>;
	.reg .f64 %%g<8>;
	.shared .align 16 .b8 sv[64];
	.local .align 16 .b8 lv[64];
%s
DONE:
	ret;
}
`, version/10, version%10, sm, body)
}

// Accept has ptxas read the text for the architectures that its target allows. It does nothing
// unless STHENO_PTXAS names the program.
func Accept(t testing.TB, text string, architectures ...int) {
	t.Helper()
	program := os.Getenv("STHENO_PTXAS")
	if program == "" {
		return
	}
	var need int
	for _, sm := range []int{50, 53, 60, 70, 75, 80, 90} {
		if strings.Contains(text, fmt.Sprintf(".target sm_%d\n", sm)) {
			need = sm
		}
	}
	name := filepath.Join(t.TempDir(), "k.ptx")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sm := range architectures {
		if sm < need {
			continue
		}
		out, err := exec.Command(program, "-arch", fmt.Sprintf("sm_%d", sm), name, "-o", filepath.Join(t.TempDir(), "k.cubin")).CombinedOutput()
		if err != nil {
			if len(text) > 4000 {
				text = text[:4000]
			}
			t.Errorf("sm_%d: %v\n%s\n%s", sm, err, out, text)
		}
	}
}
