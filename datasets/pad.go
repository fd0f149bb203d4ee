// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// Padding holds the padding values of [PadSequences].
type Padding struct {
	X, Y  float64            // for example 0 for X, and -100, which losses ignore, for a Y of classes
	Named map[string]float64 // for the tensors of Named; missing names: 0
}

// lengthName is the name of the lengths in a batch of PadSequences.
const lengthName = "length"

// PadSequences returns a Collate of [Loader] for samples whose first dimension varies, as
// torch.nn.utils.rnn.pad_sequence with batch_first: each tensor is padded at its end to the length of
// the longest in the batch, and stacked. The batch's Named has the original lengths of X as "length",
// int64 of shape (N).
//
//	Collate: datasets.PadSequences(datasets.Padding{Y: -100})
func PadSequences(p Padding) func([]Sample) (Batch, error) {
	return func(samples []Sample) (Batch, error) {
		padded := make([]Sample, len(samples))
		x, y := make([]*stheno.Tensor, len(samples)), make([]*stheno.Tensor, len(samples))
		named := map[string][]*stheno.Tensor{}
		for i, s := range samples {
			if s.X == nil || len(s.X.Shape()) == 0 {
				return Batch{}, fmt.Errorf("datasets: pad sequences: sample %d: X needs a dimension to pad: %w", i, stheno.ErrShape)
			}
			if s.Named[lengthName] != nil {
				return Batch{}, fmt.Errorf("datasets: pad sequences: sample %d already has a tensor %q: %w", i, lengthName, stheno.ErrValue)
			}
			padded[i].Named = map[string]*stheno.Tensor{lengthName: stheno.ScalarOf(int64(s.X.Shape()[0]))}
			x[i], y[i] = s.X, s.Y
			for name, t := range s.Named {
				if named[name] == nil {
					named[name] = make([]*stheno.Tensor, len(samples))
				}
				named[name][i] = t
			}
		}
		errs := []error{pad("X", x, p.X), pad("Y", y, p.Y)}
		for _, name := range slices.Sorted(maps.Keys(named)) {
			errs = append(errs, pad(name, named[name], p.Named[name]))
		}
		if err := errors.Join(errs...); err != nil {
			return Batch{}, fmt.Errorf("datasets: pad sequences: %w", err)
		}
		for i := range padded {
			padded[i].X, padded[i].Y = x[i], y[i]
			for name, list := range named {
				if list[i] != nil {
					padded[i].Named[name] = list[i]
				}
			}
		}
		return DefaultCollate(padded)
	}
}

// pad pads the tensors of a list, some of which may be nil, to the length of the longest.
func pad(name string, list []*stheno.Tensor, fill float64) error {
	longest := 0
	for _, t := range list {
		if t != nil && len(t.Shape()) > 0 {
			longest = max(longest, t.Shape()[0])
		}
	}
	for i, t := range list {
		if t == nil || len(t.Shape()) == 0 || t.Shape()[0] == longest {
			continue
		}
		var err error
		if list[i], err = lengthened(t, longest, fill); err != nil {
			return fmt.Errorf("sample %d: %s: %w", i, name, err)
		}
	}
	return nil
}

// lengthened returns t with its first dimension padded to n.
func lengthened(t *stheno.Tensor, n int, fill float64) (*stheno.Tensor, error) {
	switch t.DType() {
	case stheno.Float32:
		return lengthenedOf[float32](t, n, fill)
	case stheno.Float64:
		return lengthenedOf[float64](t, n, fill)
	case stheno.Int64:
		return lengthenedOf[int64](t, n, fill)
	case stheno.Uint8:
		return lengthenedOf[uint8](t, n, fill)
	default:
		x, err := lengthenedOf[uint8](asBytes(t), n, fill)
		if err != nil {
			return nil, err
		}
		return asBools(x), nil
	}
}

func lengthenedOf[T float32 | float64 | int64 | uint8](t *stheno.Tensor, n int, fill float64) (*stheno.Tensor, error) {
	if err := t.Err(); err != nil {
		return nil, err
	}
	v := T(fill)
	if float64(v) != fill && fill == fill && t.DType() != stheno.Float32 {
		return nil, fmt.Errorf("the padding %v is out of the range of %v: %w", fill, t.DType(), stheno.ErrValue)
	}
	shape := append(stheno.Shape{n}, t.Shape()[1:]...)
	all := make([]T, shape.Size())
	for i := copy(all, access.Elements[T](t)); i < len(all); i++ {
		all[i] = v
	}
	return stheno.TensorOf(all, shape...), nil
}

func asBytes(t *stheno.Tensor) *stheno.Tensor {
	from := access.Elements[bool](t)
	to := make([]uint8, len(from))
	for i, v := range from {
		if v {
			to[i] = 1
		}
	}
	return stheno.TensorOf(to, t.Shape()...)
}

func asBools(t *stheno.Tensor) *stheno.Tensor {
	from := access.Elements[uint8](t)
	to := make([]bool, len(from))
	for i, v := range from {
		to[i] = v != 0
	}
	return stheno.TensorOf(to, t.Shape()...)
}
