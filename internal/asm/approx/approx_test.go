// SPDX-License-Identifier: MIT

package approx_test

import (
	"testing"

	"github.com/stheno-go/stheno/internal/asm/approx"
)

func TestFits(t *testing.T) {
	for _, f := range approx.Fits {
		t.Run(f.Name, func(t *testing.T) {
			best, err := f.Minimax()
			if err != nil {
				t.Fatal(err)
			}
			limit := 1.01 // of the least error
			if f.Name == "exp, in float32" {
				limit = 1.03
			}
			if e, least := f.Error(), best.Error(); e > 4e-9 || e > limit*least || e < least {
				t.Errorf("error %g, that of the minimax approximation is %g", e, least)
			}
		})
	}
}
