// SPDX-License-Identifier: MIT

package stheno_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/stheno-go/stheno"
)

func TestSetThreads(t *testing.T) {
	most := min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	former := stheno.SetThreads(1)
	defer stheno.SetThreads(former)
	assert.Equal(t, 1, stheno.Threads())
	assert.Equal(t, 1, stheno.SetThreads(0))
	assert.Equal(t, most, stheno.Threads())
	assert.Equal(t, 0, stheno.SetThreads(most+100))
	assert.Equal(t, most, stheno.Threads(), "more threads than processors")
	assert.Equal(t, most+100, stheno.SetThreads(-1))
	assert.Equal(t, most, stheno.Threads(), "a negative limit is none")
}

func ExampleSetThreads() {
	former := stheno.SetThreads(1)
	defer stheno.SetThreads(former)
	fmt.Println(stheno.Threads())
	// Output: 1
}
