// SPDX-License-Identifier: MIT

package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// addressed lists who may ask a Buffer for its address, or make one of an address: they hand
// memory to kernels and to Gorgonia. All others call storage.Host, Write and Copy, which return
// an error for memory of another device.
var addressed = map[string]string{
	"internal/storage":    "memory itself",
	"internal/machine":    "the machine of the host",
	"internal/record":     "small values lie beside their nodes",
	"internal/program":    "values of a machine of Gorgonia's",
	"gorgonia":            "values of Gorgonia's",
	"function.go":         "operands of a custom operation, which runs on the host",
	"datasets/slot.go":    "the memory of batches",
	"internal/ops/":       "kernels of the host",
	"internal/kernels/":   "kernels of the host",
	"internal/cuda/":      "strings and memory of the driver",
	"internal/mapped":     "files",
	"internal/hugepages":  "memory itself",
	"datasets/collate.go": "the memory of batches",
	"internal/golden/":    "bytes of files",
	"datasets/csv_raw.go": "text",
}

// TestMemory holds everything else to the functions of package storage.
func TestMemory(t *testing.T) {
	used := map[string]bool{}
	allowed := func(path string) bool {
		for prefix := range addressed {
			if path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/") {
				used[prefix] = true
				return true
			}
		}
		return false
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), "_") || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, _ := s.X.(*ast.Ident)
			of := func(pkg, name string) bool { return x != nil && x.Name == pkg && s.Sel.Name == name }
			if s.Sel.Name == "HostPointer" || of("storage", "Within") || of("storage", "Alloc") || of("unsafe", "Slice") || of("unsafe", "String") {
				short := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
				assert.True(t, allowed(short), "%s calls %s: elements of a Buffer come from storage.Host, Write and Copy", short, s.Sel.Name)
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	for prefix := range addressed {
		assert.True(t, used[prefix], "%s needs no permission", prefix)
	}
}
