// SPDX-License-Identifier: MIT

package stheno_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// public are the packages that users import.
var public = []string{
	".", "datasets", "datasets/fashion", "datasets/transforms", "debug", "gorgonia", "layers", "models",
	"sthenotest", "trainers", "trainers/charts", "trainers/metrics", "trainers/optim",
}

// TestGodocShowsWhatThereIs finds what a reader of the documentation cannot follow: an
// exported function, variable or field of an unexported type, an interface without a
// name, fields that sit in an embedded struct that is not exported.
func TestGodocShowsWhatThereIs(t *testing.T) {
	for _, dir := range public {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		var list []*ast.File
		fset := token.NewFileSet()
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
			require.NoError(t, err)
			list = append(list, f)
		}
		structs := map[string]*ast.StructType{} // the unexported ones
		for _, f := range list {
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.TypeSpec); ok && !s.Name.IsExported() {
					structs[s.Name.Name], _ = s.Type.(*ast.StructType)
				}
				return true
			})
		}
		for _, f := range list {
			for _, d := range f.Decls {
				for name, problem := range unclear(d, structs) {
					t.Errorf("%s: %s %s", dir, name, problem)
				}
			}
		}
	}
}

// unclear returns what godoc does not show of a declaration, by name.
func unclear(d ast.Decl, structs map[string]*ast.StructType) map[string]string {
	found := map[string]string{}
	note := func(name string, e ast.Expr, allowed map[string]bool) {
		if hidden := hiddenIn(e, allowed); hidden != "" {
			found[name] = "is of the unexported type " + hidden
		}
	}
	if f, ok := d.(*ast.FuncDecl); ok {
		if !f.Name.IsExported() || f.Recv != nil && hiddenIn(f.Recv.List[0].Type, nil) != "" {
			return nil
		}
		allowed := map[string]bool{}
		if f.Type.TypeParams != nil {
			for _, p := range f.Type.TypeParams.List {
				for _, n := range p.Names {
					allowed[n.Name] = true
				}
			}
		}
		for _, fields := range []*ast.FieldList{f.Type.Params, f.Type.Results} {
			if fields == nil || f.Recv != nil {
				continue
			}
			for _, p := range fields.List {
				note(f.Name.Name, p.Type, allowed)
				if _, ok := p.Type.(*ast.InterfaceType); ok {
					found[f.Name.Name] = "has an interface without a name"
				}
			}
		}
		return found
	}
	for _, s := range d.(*ast.GenDecl).Specs {
		switch s := s.(type) {
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && s.Type != nil {
					note(n.Name, s.Type, nil)
				}
			}
		case *ast.TypeSpec:
			fields, ok := s.Type.(*ast.StructType)
			if !ok || !s.Name.IsExported() {
				continue
			}
			for _, f := range fields.Fields.List {
				for _, n := range f.Names {
					if n.IsExported() {
						note(s.Name.Name+"."+n.Name, f.Type, nil)
					}
				}
				if len(f.Names) == 0 {
					if e := structs[hiddenIn(f.Type, nil)]; e != nil && hasExported(e) {
						found[s.Name.Name] = "embeds the unexported " + hiddenIn(f.Type, nil) + ", whose fields nobody sees"
					}
				}
			}
		}
	}
	return found
}

func hasExported(s *ast.StructType) bool {
	for _, f := range s.Fields.List {
		for _, n := range f.Names {
			if n.IsExported() {
				return true
			}
		}
	}
	return false
}

// hiddenIn returns an unexported type that an expression names, "" if there is none.
func hiddenIn(e ast.Expr, allowed map[string]bool) (hidden string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr, *ast.InterfaceType:
			return false
		case *ast.Field:
			if h := hiddenIn(n.Type, allowed); h != "" {
				hidden = h
			}
			return false
		case *ast.Ident:
			if !n.IsExported() && !doc.IsPredeclared(n.Name) && !allowed[n.Name] {
				hidden = n.Name
			}
		}
		return true
	})
	return hidden
}
