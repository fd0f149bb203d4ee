// SPDX-License-Identifier: MIT

package caught

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDo(t *testing.T) {
	require.NoError(t, Do(func() error { return nil }))
	require.Equal(t, io.EOF, Do(func() error { return io.EOF }))
	var m map[string]int
	var p *int
	for what, f := range map[string]func(){
		"a text": func() { panic("a text") }, "EOF": func() { panic(io.EOF) }, "index out of range": func() { _ = []int{}[len(m)] },
		"nil map": func() { m["a"] = 1 }, "nil pointer": func() { *p++ },
	} {
		err := Do(func() error { f(); return nil })
		require.ErrorContains(t, err, what)
		require.ErrorContains(t, err, "panic at caught_test.go:")
		var e *Error
		require.True(t, errors.As(err, &e))
		require.Contains(t, string(e.Stack), "caught_test.go")
	}
	require.ErrorIs(t, Do(func() error { panic(io.EOF) }), io.EOF)
}
