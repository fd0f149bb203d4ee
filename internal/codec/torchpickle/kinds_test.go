// SPDX-License-Identifier: MIT

package torchpickle

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

// TestTorchKinds runs where STHENO_PYTHON names a Python that has torch: of every kind of
// file that torch.save writes, what is read is what torch.load(weights_only=True) reads.
func TestTorchKinds(t *testing.T) {
	python := os.Getenv("STHENO_PYTHON")
	if python == "" {
		t.Skip("STHENO_PYTHON does not name a Python with torch")
	}
	dir := t.TempDir()
	out, err := exec.Command(python, filepath.Join("testdata", "gen_kinds.py"), dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	b, err := os.ReadFile(filepath.Join(dir, "want.json"))
	require.NoError(t, err)
	var all map[string]struct {
		OK  map[string]any
		Err string
	}
	require.NoError(t, json.Unmarshal(b, &all))
	require.Greater(t, len(all), 60)
	for name, want := range all {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, name+".pth"))
			require.NoError(t, err)
			got, err := Decode(b)
			if want.OK == nil {
				t.Logf("torch: %s; here: %v", want.Err, err)
				if err != nil {
					require.ErrorIs(t, err, ErrFormat)
				}
				return
			}
			require.NoError(t, err)
			require.Equal(t, "", different("", got, want.OK))
		})
	}
}

// different returns where a value is not what Python described.
func different(at string, got any, want map[string]any) string {
	wrong := fmt.Sprintf("%s: got %T %v, want %v", at, got, got, want)
	list := func(items []any) string {
		w := want["list"].([]any)
		if len(w) != len(items) {
			return wrong
		}
		for i := range w {
			if d := different(fmt.Sprint(at, "/", i), items[i], w[i].(map[string]any)); d != "" {
				return d
			}
		}
		return ""
	}
	ok := false
	switch got := got.(type) {
	case nil:
		ok = want["none"] == true
	case bool:
		ok = want["bool"] == got
	case int64, *big.Int:
		ok = want["int"] == fmt.Sprint(got)
	case float64:
		text, _ := want["float"].(string)
		ok = sameFloat(text, got)
	case complex128:
		if parts, is := want["complex"].([]any); is {
			ok = sameFloat(parts[0].(string), real(got)) && sameFloat(parts[1].(string), imag(got))
		}
	case string:
		ok = want["str"] == got
	case Bytes:
		ok = want["bytes"] == hex.EncodeToString([]byte(got))
	case *Tuple:
		if _, is := want["list"]; is {
			return list(got.Items)
		}
	case []any:
		if w, is := want["set"].([]any); is {
			ok = len(w) == len(got)
			for _, x := range got {
				ok = ok && slices.ContainsFunc(w, func(text any) bool {
					var v map[string]any
					return json.Unmarshal([]byte(text.(string)), &v) == nil && different("", x, v) == ""
				})
			}
		} else if _, is := want["list"]; is {
			return list(got)
		}
	case *Dict:
		w, is := want["dict"].([]any)
		if !is || len(w) != len(got.Entries) {
			return wrong
		}
		for i, e := range got.Entries {
			pair := w[i].([]any)
			if d := different(fmt.Sprint(at, "/key ", e.Key), e.Key, pair[0].(map[string]any)); d != "" {
				return d
			}
			if d := different(fmt.Sprint(at, "/", e.Key), e.Value, pair[1].(map[string]any)); d != "" {
				return d
			}
		}
		return ""
	case *Tensor:
		if want["odd"] == true || want["storage"] == true {
			ok = want["storage"] == true || safetensors.Size(got.DType) == 0
			break
		}
		shape := make([]any, len(got.Shape))
		for i, d := range got.Shape {
			shape[i] = float64(d)
		}
		name, _ := want["t"].(string)
		ok = fmt.Sprint(shape) == fmt.Sprint(want["s"])
		if dtype := dtypes[global(name)]; dtype != "" {
			ok = ok && dtype == got.DType && want["b"] == hex.EncodeToString(got.Data)
		} else {
			ok = ok && strings.TrimPrefix(name, "torch.") == got.DType
		}
	}
	if ok {
		return ""
	}
	return wrong
}

func sameFloat(text string, got float64) bool {
	var v float64
	_, err := fmt.Sscan(text, &v)
	return err == nil && v == got
}
