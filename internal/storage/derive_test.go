// SPDX-License-Identifier: MIT

package storage

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sum is a form of one element: the sum of the first elements of buffers.
func sum(s Source, calls *atomic.Int32) func(unsafe.Pointer) error {
	return func(p unsafe.Pointer) error {
		calls.Add(1)
		var total float32
		for _, b := range s.Buffers {
			total += elements[float32](b)[0]
		}
		*(*float32)(p) = total
		return nil
	}
}

func TestDeriveFollowsVersions(t *testing.T) {
	a, b := Of([]float32{1}), Of([]float32{10})
	s := Source{Buffers: []*Buffer{a, b}}
	var calls atomic.Int32
	get := func() float32 {
		p, err := a.Derive("sum", 4, s, sum(s, &calls))
		require.NoError(t, err)
		return *(*float32)(p)
	}
	assert.Equal(t, float32(11), get())
	assert.Equal(t, float32(11), get())
	assert.EqualValues(t, 1, calls.Load())
	elements[float32](b)[0] = 20
	b.Touch()
	assert.Equal(t, float32(21), get())
	assert.EqualValues(t, 2, calls.Load())
}

func TestDeriveTellsFormsApart(t *testing.T) {
	a := Of([]float32{1})
	var calls atomic.Int32
	of := func(name string, values ...uint64) unsafe.Pointer {
		s := Source{Buffers: []*Buffer{a}, Values: values}
		p, err := a.Derive(name, 4, s, sum(s, &calls))
		require.NoError(t, err)
		return p
	}
	first := of("x")
	assert.NotEqual(t, first, of("y"))
	assert.NotEqual(t, first, of("x", 5))
	assert.Equal(t, first, of("x"))
	for i := range uint64(maxDerived) { // the others leave no room for it
		of("z", i)
	}
	assert.NotEqual(t, first, of("x"))
	assert.Len(t, a.derived.Load().forms, maxDerived)
}

func TestDeriveForgetsFailures(t *testing.T) {
	a := Of([]float32{1})
	s := Source{Buffers: []*Buffer{a}}
	_, err := a.Derive("x", 4, s, func(unsafe.Pointer) error { return errors.New("no") })
	require.EqualError(t, err, "no")
	var calls atomic.Int32
	_, err = a.Derive("x", 4, s, sum(s, &calls))
	require.NoError(t, err)
	assert.EqualValues(t, 1, calls.Load())
}

func TestDeriveIsMadeOnceByMany(t *testing.T) {
	a := Of([]float32{1})
	s := Source{Buffers: []*Buffer{a}}
	var calls atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := a.Derive("x", 4, s, sum(s, &calls))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, calls.Load())
}
