// SPDX-License-Identifier: MIT

//go:build js

// Wasm is the part of the example that runs in the browser. It adds a function to the page:
// classify(pixels: Uint8Array of 784) returns the probabilities, or an Error.
package main

import (
	"syscall/js"

	"github.com/stheno-go/stheno/examples/browser/garments"
)

func main() {
	page := js.Global()
	fail := func(err error) any { return page.Get("Error").New(err.Error()) }
	net, err := garments.Load()
	program := garments.Compile(net)
	page.Set("classify", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if err != nil {
			return fail(err)
		}
		picture := make([]byte, args[0].Length())
		js.CopyBytesToGo(picture, args[0])
		p, err := garments.Classify(program, picture)
		if err != nil {
			return fail(err)
		}
		out := make([]any, len(p))
		for i, v := range p {
			out[i] = v
		}
		return out
	}))
	names := make([]any, len(garments.Classes))
	for i, c := range garments.Classes {
		names[i] = c
	}
	page.Set("classes", names)
	page.Call("ready")
	select {} // classify is called from now on
}
