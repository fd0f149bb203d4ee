// SPDX-License-Identifier: MIT

package debug_test

import (
	"context"
	"fmt"
	"log"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/debug"
)

// Five operations are one instruction: nothing is written in between.
func ExamplePlan() {
	p := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{in[0].Mul(2).Add(1).Tanh().Mul(in[0]).Sum()}
	})
	if _, err := p.Run(context.Background(), stheno.Ones(100)); err != nil {
		log.Fatal(err)
	}
	fmt.Print(debug.Plan(p))
	// Output:
	// 8 nodes -> 1 instructions: 0 views, 4 fused, 0 in blocked memory, 0 copies between layouts
	// arena 0 B for values of 0 B; never written, because fused: 1600 B; kept from run to run: 0 B
	//    0  out0 = mul+add+tanh+mul+sum[0](in0, in1, in2)  float32 ()
}

// A step whose numbers change is compiled once, one whose shapes change each time.
func ExampleReadCacheStats() {
	debug.ResetCache()
	for i := range 5 {
		if err := stheno.Run(stheno.Ones(3).Mul(float64(i))); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(debug.ReadCacheStats().Compiles)
	for i := range 5 {
		if err := stheno.Run(stheno.Ones(3 + i).Mul(2)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(debug.ReadCacheStats().Compiles)
	// Output:
	// 1
	// 5
}
