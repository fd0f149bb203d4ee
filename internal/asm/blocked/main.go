// SPDX-License-Identifier: MIT

// Command blocked writes the assembly of the blocked convolutions: go generate in
// internal/kernels runs it. What the functions compute is written at the jobs they take.
package main

import "github.com/stheno-go/stheno/internal/asm/emit"

func main() {
	w := writer{File: emit.New("../kernels/conv", "blocked", "amd64")}
	w.constants()
	w.laneConstants()
	for _, w.wide = range []bool{true, false} {
		for _, f := range transforms {
			w.transform(f)
			if f.name == "winogradWeights" && w.wide {
				w.stream = true
				w.transform(f)
				w.stream = false
			}
			if w.wide && !f.srcTaps {
				w.edge = true
				w.transform(f)
				w.edge = false
			}
		}
		w.laneTile()
		w.laneGrad()
		if w.wide {
			w.tile512()
			w.grad512()
		} else {
			w.tile256()
			w.grad256()
		}
	}
	w.wide = true
	w.phases(stemPoints)
	w.phases(stridedPoints)
	w.phaseSplit()
	w.turn()
	emit.Write(w.File)
}

// writer collects assembly.
type writer struct {
	*emit.File
	job    string // the type of the function's parameter
	wide   bool   // AVX-512, else AVX2
	edge   bool   // a tile may look outside
	seen   int    // columns loaded so
	stream bool   // results go past the caches
	held   map[constant]reg

	laneNumbers, laneOnes emit.Symbol
}

func (w *writer) suffix() string {
	if w.wide {
		return "AVX512"
	}
	return "AVX2"
}

// bytes are those of a vector.
func (w *writer) bytes() int {
	if w.wide {
		return 64
	}
	return 32
}

// begin starts a function of a job, which it leaves in DI.
func (w *writer) begin(name, job string, frame int) {
	w.Func(name+"(j *"+job+")", frame)
	w.job = job
	w.Load("j", "DI")
}

// field is the address of a field of the job, length that of a slice's length.
func (w *writer) field(name string) string  { return w.Field(w.job, name) + "(DI)" }
func (w *writer) length(name string) string { return w.Length(w.job, name) + "(DI)" }

// load loads a field of the job.
func (w *writer) load(field, register string) { w.Op("MOVQ", w.field(field), register) }
