// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
)

// InMemory returns a Dataset of the rows of x and y along the first dimension, as
// torch.utils.data.TensorDataset. y is nil if there are no targets. Samples share memory with x and
// y. If the tensors do not match, the Dataset has one sample, whose At returns the error.
func InMemory(x, y *stheno.Tensor) Dataset {
	d := &tensors{x: x, y: y}
	if err := d.check(); err != nil {
		return broken{fmt.Errorf("datasets: in memory: %w", err)}
	}
	return d
}

type tensors struct{ x, y *stheno.Tensor }

func (d *tensors) check() error {
	if d.x == nil {
		return fmt.Errorf("no x")
	}
	if err := d.x.Err(); err != nil {
		return err
	}
	if len(d.x.Shape()) == 0 {
		return fmt.Errorf("x has no dimensions")
	}
	if d.y == nil {
		return nil
	}
	if err := d.y.Err(); err != nil {
		return err
	}
	if y := d.y.Shape(); len(y) == 0 || y[0] != d.x.Shape()[0] {
		return fmt.Errorf("Size mismatch between tensors: x %v, y %v", d.x.Shape(), y)
	}
	return nil
}

func (d *tensors) Len() int { return d.x.Shape()[0] }

func (d *tensors) Row(i int) (x, y *stheno.Tensor, row int) { return d.x, d.y, i }

func (d *tensors) At(i int, _ *rand.Rand) (Sample, error) {
	if err := within(i, d.Len()); err != nil {
		return Sample{}, err
	}
	s := Sample{X: row(d.x, i)}
	if d.y != nil {
		s.Y = row(d.y, i)
	}
	return s, nil
}

// Targets implements [Labelled]. It returns y if that is one class index for each row.
func (d *tensors) Targets() []int {
	if d.y == nil || len(d.y.Shape()) != 1 || d.y.DType() != stheno.Int64 {
		return nil
	}
	classes := access.Elements[int64](d.y)
	return ints(classes)
}

func ints[T int64 | uint8](from []T) []int {
	out := make([]int, len(from))
	for i, v := range from {
		out[i] = int(v)
	}
	return out
}

// row returns row i of t, in t's memory.
func row(t *stheno.Tensor, i int) *stheno.Tensor {
	switch t.DType() {
	case stheno.Float32:
		return rowOf[float32](t, i)
	case stheno.Float64:
		return rowOf[float64](t, i)
	case stheno.Int64:
		return rowOf[int64](t, i)
	case stheno.Uint8:
		return rowOf[uint8](t, i)
	default:
		return rowOf[bool](t, i)
	}
}

func rowOf[T stheno.Elem](t *stheno.Tensor, i int) *stheno.Tensor {
	all := access.Elements[T](t) // check excludes an error
	shape := t.Shape()[1:]
	n := shape.Size()
	return stheno.TensorOf(all[i*n:][:n:n], shape...)
}

// broken is the Dataset for invalid arguments.
type broken struct{ err error }

func (broken) Len() int { return 1 }

func (b broken) At(int, *rand.Rand) (Sample, error) { return Sample{}, b.err }
