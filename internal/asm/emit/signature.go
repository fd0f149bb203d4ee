// SPDX-License-Identifier: MIT

package emit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
)

// signature is a function's name and where its parameters and results are in the caller's
// frame, by the rules of ABI0.
type signature struct {
	name      string
	variables []variable
	size      int
}

type variable struct {
	name, kind   string
	offset, size int
}

// sizes are those of the types that assembly takes.
var sizes = map[string]int{
	"bool": 1, "uint8": 1, "int32": 4, "uint32": 4, "float32": 4, "int": 8, "int64": 8, "uint64": 8, "float64": 8,
}

func parse(text string) (s signature) {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc "+text, 0)
	if err != nil {
		panic(fmt.Sprintf("emit: %s: %v", text, err))
	}
	f := file.Decls[0].(*ast.FuncDecl)
	s.name = f.Name.Name
	s.add(f.Type.Params)
	if f.Type.Results != nil {
		s.align(8)
		s.add(f.Type.Results)
	}
	return s
}

func (s *signature) align(to int) { s.size = (s.size + to - 1) / to * to }

func (s *signature) add(list *ast.FieldList) {
	for _, field := range list.List {
		kind := types.ExprString(field.Type)
		size, ok := sizes[kind]
		if _, pointer := field.Type.(*ast.StarExpr); pointer {
			size, ok = 8, true
		}
		if !ok || len(field.Names) == 0 {
			panic(fmt.Sprintf("emit: %s: a variable of type %s", s.name, kind))
		}
		for _, name := range field.Names {
			s.align(size)
			s.variables = append(s.variables, variable{name.Name, kind, s.size, size})
			s.size += size
		}
	}
}

func (s *signature) variable(name string) variable {
	for _, v := range s.variables {
		if v.name == name {
			return v
		}
	}
	panic(fmt.Sprintf("emit: %s has no variable %s", s.name, name))
}
