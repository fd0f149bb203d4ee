// SPDX-License-Identifier: MIT

// Command fit prints, for each approximation of the elementary functions, the largest
// relative error and that of the minimax approximation of the same degrees, with its
// coefficients:
//
//	go run -C internal/asm ./approx/fit
package main

import (
	"fmt"
	"log"

	"github.com/stheno-go/stheno/internal/asm/approx"
)

func main() {
	for _, f := range approx.Fits {
		best, err := f.Minimax()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s for x in [%.4g, %.4g]: error %.4g, minimax %.4g\n", f.Name, f.From, f.To, f.Error(), best.Error())
		for i, list := range [][2][]float64{{f.Top, best.Top}, {f.Bottom, best.Bottom}} {
			if i == 1 && len(list[0]) == 1 {
				continue
			}
			fmt.Println([]string{"  top", "  bottom"}[i])
			for k := range list[0] {
				fmt.Printf("    %-24.18g minimax %.10g\n", list[0][k], list[1][k])
			}
		}
	}
}
