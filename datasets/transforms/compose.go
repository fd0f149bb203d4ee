// SPDX-License-Identifier: MIT

package transforms

import (
	"math"
	"math/rand/v2"
	"sort"
)

// Compose applies transforms in order.
type Compose []Transform

// Check returns the errors in the arguments of all transforms.
func (c Compose) Check() error { return checkAll(c) }

// Apply implements [Transform]. It stops at the first error.
func (c Compose) Apply(img *Image, r *rand.Rand) error {
	for _, t := range c {
		if t == nil {
			return Check(t)
		}
		if err := t.Apply(img, r); err != nil {
			return err
		}
	}
	return nil
}

// Lambda is a custom transform. It accesses the image with [Image.Pixels], [Image.Reset] or, after
// ToTensor, [Image.Floats].
type Lambda func(img *Image, r *rand.Rand) error

// Check returns an error if f is nil.
func (f Lambda) Check() error {
	if f == nil {
		return &argumentError{"lambda", "function is nil"}
	}
	return nil
}

// Apply calls the function.
func (f Lambda) Apply(img *Image, r *rand.Rand) error {
	if err := f.Check(); err != nil {
		return err
	}
	if img != nil {
		if err := img.load(); err != nil {
			return err
		}
	}
	return f(img, r)
}

type randomApply struct {
	checked
	p  float64
	ts Compose
}

// RandomApply returns a transform that applies all of ts with probability p (0.5 in torch).
func RandomApply(p float64, ts ...Transform) Transform {
	t := randomApply{p: p, ts: ts}
	t.probability("random apply", p)
	return t
}

func (t randomApply) Check() error { return checkBoth(t.err, t.ts) }

func (t randomApply) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	if !chance(r, t.p) {
		return nil
	}
	return t.ts.Apply(img, r)
}

// checkBoth returns err or, if it is nil, the errors of ts.
func checkBoth(err error, ts Compose) error {
	if err != nil {
		return err
	}
	return ts.Check()
}

// chance is true with probability p.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

type randomChoice struct {
	checked
	ts   Compose
	upTo []float64 // sums of weights
}

// RandomChoice returns a transform that applies one of ts, chosen at random.
func RandomChoice(ts ...Transform) Transform {
	weights := make([]float64, len(ts))
	for i := range weights {
		weights[i] = 1
	}
	return WeightedChoice(weights, ts...)
}

// WeightedChoice returns a transform that applies one of ts, chosen at random with probabilities
// proportional to weights: torchvision's RandomChoice with p.
func WeightedChoice(weights []float64, ts ...Transform) Transform {
	t := randomChoice{ts: ts}
	if len(ts) == 0 {
		t.wrong("random choice", "no transforms")
	}
	if len(weights) != len(ts) {
		t.wrong("random choice", "The number of weights does not match the population: %d weights, %d transforms", len(weights), len(ts))
	}
	sum := 0.0
	for _, w := range weights {
		if !(w >= 0 && w <= math.MaxFloat64) {
			t.wrong("random choice", "weight %g should be finite and not negative", w)
		}
		sum += w
		t.upTo = append(t.upTo, sum)
	}
	if sum == 0 {
		t.wrong("random choice", "Total of weights must be greater than zero")
	}
	return t
}

func (t randomChoice) Check() error { return checkBoth(t.err, t.ts) }

func (t randomChoice) Apply(img *Image, r *rand.Rand) error {
	if t.err != nil {
		return t.err
	}
	at := r.Float64() * t.upTo[len(t.upTo)-1]
	i := sort.Search(len(t.upTo)-1, func(i int) bool { return at < t.upTo[i] })
	return t.ts[i:i+1].Apply(img, r)
}

type randomOrder struct{ ts Compose }

// RandomOrder returns a transform that applies all of ts in a random order for each image.
func RandomOrder(ts ...Transform) Transform { return randomOrder{ts} }

func (t randomOrder) Check() error { return t.ts.Check() }

func (t randomOrder) Apply(img *Image, r *rand.Rand) error {
	// Short lists do not allocate.
	var few [16]int
	order := append(few[:0], make([]int, len(t.ts))...)
	for i := range order {
		j := r.IntN(i + 1)
		order[i] = order[j]
		order[j] = i
	}
	for _, i := range order {
		if err := t.ts[i:i+1].Apply(img, r); err != nil {
			return err
		}
	}
	return nil
}
