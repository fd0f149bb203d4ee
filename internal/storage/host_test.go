// SPDX-License-Identifier: MIT

package storage

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/dtype"
)

// elements returns those of a Buffer of host memory.
func elements[T dtype.Elem](b *Buffer) []T {
	x, err := Host[T](b)
	if err != nil {
		panic(err)
	}
	return x
}

// TestAnotherDevice: what is not in host memory is an error and no slice.
func TestAnotherDevice(t *testing.T) {
	far, near := &Buffer{n: 2, dtype: dtype.Float32, device: 1}, Of([]float32{1, 2})
	const text = "memory of device 1 is not in reach of the host"
	_, err := Host[float32](far)
	assert.EqualError(t, err, text)
	_, err = Write[float32](far)
	assert.EqualError(t, err, text)
	_, err = far.Bytes()
	assert.EqualError(t, err, text)
	_, err = far.Clone()
	assert.EqualError(t, err, text)
	_, err = far.First()
	assert.EqualError(t, err, text)
	assert.EqualError(t, Copy(far, near), text)
	assert.EqualError(t, Copy(near, far), text)
	assert.Nil(t, far.HostPointer())
}

// TestWritesAreCounted: by Write and by Copy, and not by reading.
func TestWritesAreCounted(t *testing.T) {
	b := Of([]float32{1, 2})
	_, err := Host[float32](b)
	require.NoError(t, err)
	_, err = b.Clone()
	require.NoError(t, err)
	assert.Zero(t, b.Version())
	_, err = Write[float32](b)
	require.NoError(t, err)
	assert.EqualValues(t, 1, b.Version())
	require.NoError(t, Copy(b, Of([]float32{3, 4})))
	assert.EqualValues(t, 2, b.Version())
	assert.Equal(t, []float32{3, 4}, elements[float32](b))
}

func TestNumbers(t *testing.T) {
	for _, d := range []dtype.DType{dtype.Bool, dtype.Uint8, dtype.Float32, dtype.Int64} {
		bits, err := Number(d, 1).First()
		require.NoError(t, err)
		assert.EqualValues(t, 1, bits, d)
	}
}
