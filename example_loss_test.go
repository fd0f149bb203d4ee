// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// A loss of a Variable is the mean; the structs of layers have settings.
func ExampleVariable_CrossEntropy() {
	logits := stheno.New([]float64{2, 0, 1, 0, 3, 0}, 2, 3)
	classes := stheno.New([]int64{0, 1})
	fmt.Printf("%.4f\n", stheno.Must(logits.CrossEntropy(classes).Item()))
	sum := layers.CrossEntropyLoss{LabelSmoothing: 0.1, Reduction: layers.Sum}
	fmt.Printf("%.4f\n", stheno.Must(sum.Forward(logits, classes).Item()))
	// Output:
	// 0.2513
	// 0.8025
}

func ExampleVariable_GELU() {
	x := stheno.New([]float64{-1, 0, 2})
	fmt.Printf("%.4f\n", stheno.Must(stheno.Values[float64](x.GELU())))
	// Output: [-0.1587 0.0000 1.9545]
}
