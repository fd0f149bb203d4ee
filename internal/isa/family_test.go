// SPDX-License-Identifier: MIT

package isa

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

type functions struct{ name string }

// TestFamily switches two tables, of which one lacks a set.
func TestFamily(t *testing.T) {
	var best Set
	for s := range sets {
		if has(s) {
			best = s
		}
	}
	var f Family
	require.Equal(t, []string{"generic"}, f.Names())
	require.Equal(t, Go, f.Set())
	full := map[Set]*functions{NEON: {"neon"}, AVX2: {"avx2"}, AVX512: {"avx512"}, VNNI: {"avx512vnni"}}
	a := NewTable(&f, &functions{"generic"}, full)
	b := NewTable(&f, nil, map[Set]*functions{})
	require.Equal(t, best, f.Set())
	require.Equal(t, best.String(), a.Get().name)
	require.Nil(t, b.Get())
	for s := range sets {
		restore, err := f.Use(s.String())
		if !has(s) {
			require.ErrorContains(t, err, s.String())
			continue
		}
		require.NoError(t, err)
		require.Contains(t, f.Names(), s.String())
		require.Equal(t, s, f.Set())
		require.Equal(t, s.String(), a.Get().name)
		require.Nil(t, b.Get())
		restore()
		require.Equal(t, best, f.Set())
		require.Equal(t, best.String(), a.Get().name)
	}
	_, err := f.Use("mmx")
	require.EqualError(t, err, fmt.Sprintf(`isa: no set "mmx" here; have %v`, f.Names()))
}
