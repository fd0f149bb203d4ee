// SPDX-License-Identifier: MIT

package stheno_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

func TestSaveAsTorch(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"net.pth", "net.pt", "net.th"} {
		path := filepath.Join(dir, name)
		m, n := newNet(), newNet()
		require.NoError(t, stheno.Save(path, m))
		require.NoError(t, stheno.To(n, stheno.Float32))
		require.NoError(t, stheno.Load(path, n))
		require.InDeltaSlice(t, floats(t, m.W1), floats(t, n.W1.To(stheno.Float64)), 1e-7)
	}
	b, err := os.ReadFile(filepath.Join(dir, "net.pth"))
	require.NoError(t, err)
	again, err := os.ReadFile(filepath.Join(dir, "net.pt"))
	require.NoError(t, err)
	require.Equal(t, len(b), len(again))
	path := filepath.Join(dir, "cut.pth")
	for _, size := range []int{0, 3, 4, len(b) / 2, len(b) - 1} {
		require.NoError(t, os.WriteFile(path, b[:size], 0o644))
		require.ErrorContains(t, stheno.Load(path, newNet()), path)
	}
}

const torchFixtures = "internal/codec/torchpickle/testdata/"

func TestLoadOfTorch(t *testing.T) {
	want, err := stheno.LoadState(torchFixtures + "values.safetensors")
	require.NoError(t, err)
	byName := map[string]*stheno.Tensor{}
	for _, e := range want {
		byName[e.Name] = e.Tensor
	}
	for _, file := range []string{"state.pth", "legacy.pth"} {
		got, err := stheno.LoadState(torchFixtures + file)
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for _, e := range got {
			require.Equal(t, byName[e.Name].DType(), e.Tensor.DType(), e.Name)
			require.Equal(t, byName[e.Name].Shape(), e.Tensor.Shape(), e.Name)
			require.Equal(t, byName[e.Name].Floats(), e.Tensor.Floats(), e.Name)
		}
	}
	state, err := stheno.LoadState(torchFixtures + "checkpoint.pt")
	require.NoError(t, err)
	require.Equal(t, "0.weight", state[0].Name)
}

// module is a network with a field of the name that DataParallel uses.
type module struct{ Module *net }

func TestPrefixesOfTorchsWrappers(t *testing.T) {
	m := newNet()
	state, err := stheno.StateDict(m)
	require.NoError(t, err)
	prefixed := func(p string) []stheno.NamedTensor {
		list := make([]stheno.NamedTensor, len(state))
		for i, e := range state {
			list[i] = stheno.NamedTensor{Name: p + e.Name, Tensor: e.Tensor}
		}
		return list
	}
	for _, p := range []string{"", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."} {
		n := newNet()
		require.NoError(t, stheno.LoadStateDict(n, prefixed(p)), p)
		require.Equal(t, floats(t, m.W1), floats(t, n.W1))
	}
	require.NoError(t, stheno.LoadStateDict(&module{newNet()}, prefixed("module.")), "the module's own names stay")
	mixed := append(prefixed("module.")[:1:1], state[1:]...)
	require.ErrorContains(t, stheno.LoadStateDict(newNet(), mixed), `Unexpected key(s) in state_dict: "module.`)
	require.NoError(t, stheno.LoadStateDict(newNet(), prefixed("part."), stheno.StripPrefix("part.")))
}
