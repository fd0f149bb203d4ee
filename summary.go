// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/stheno-go/stheno/internal/record"
)

// ModuleSummary is the output shape and the cost of a module with parameters.
type ModuleSummary struct {
	Path, Type string
	Output     Shape // of the last operation that reads its parameters
	Parameters int
	Trained    int // number of parameters that require a gradient
	MACs       int // multiply-adds of a forward pass
}

// Summarize returns the modules of m with parameters, in the order of the parameters, and the output
// shape of m for a float32 input of the given shape.
func Summarize(m Module, shape ...int) (rows []ModuleSummary, output Shape, err error) {
	if err := Check(m); err != nil {
		return nil, nil, err
	}
	_, params, err := variables(m, record.Parameter, false)
	if err != nil {
		return nil, nil, err
	}
	x := FromTensor(NewTensor(Float32, shape...))
	if len(params) > 0 {
		x = x.To(params[0].DType())
	}
	y := Call(m, x)
	if err := y.n.Err(); err != nil {
		return nil, nil, err
	}
	s := summary{owner: map[*record.Node]string{}, rows: map[string]*ModuleSummary{}, seen: map[*record.Node]bool{}}
	for name, v := range NamedParameters(m) {
		path, _, _ := cutLast(name, ".")
		s.own(path, v)
	}
	s.visit(&y.n)
	for path, x := range NamedModules(m) {
		if r := s.rows[path]; r != nil {
			r.Type = typeName(x)
		}
	}
	for _, path := range s.order {
		rows = append(rows, *s.rows[path])
	}
	return rows, y.Shape(), nil
}

// Summary returns the result of [Summarize] as a table.
func Summary(m Module, shape ...int) (string, error) {
	rows, output, err := Summarize(m, shape...)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "module\ttype\toutput\tparameters\tmultiplications")
	total, trained, macs := 0, 0, 0
	for _, r := range rows {
		name := r.Path
		if name == "" {
			name = "(itself)"
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%d\t%d\n", name, r.Type, r.Output, r.Parameters, r.MACs)
		total, trained, macs = total+r.Parameters, trained+r.Trained, macs+r.MACs
	}
	w.Flush()
	fmt.Fprintf(&b, "%d parameters, %d of them trained; %d multiplications for input %v, output %v\n", total, trained, macs, Shape(shape), output)
	return b.String(), nil
}

type summary struct {
	owner map[*record.Node]string
	rows  map[string]*ModuleSummary
	order []string
	seen  map[*record.Node]bool
}

func (s *summary) own(path string, v *Variable) {
	if s.rows[path] == nil {
		s.rows[path] = &ModuleSummary{Path: path}
		s.order = append(s.order, path)
	}
	s.owner[v.node()] = path
	s.rows[path].Parameters += v.Size()
	if v.RequiresGrad() {
		s.rows[path].Trained += v.Size()
	}
}

// visit records the result's shape of every operation that reads a parameter; the last one of a module
// is its output.
func (s *summary) visit(n *record.Node) {
	if s.seen[n] || n.IsLeaf() {
		return
	}
	s.seen[n] = true
	for i := range n.Len() {
		s.visit(n.In(i))
	}
	for i := range n.Len() {
		path, ok := s.owner[n.In(i)]
		if !ok {
			continue
		}
		r := s.rows[path]
		r.Output = n.Dims().Slice()
		if i != 1 { // the weight of a product is its second operand
			continue
		}
		w := n.In(i).Dims()
		switch n.Op().Name() {
		case "linear":
			r.MACs += n.Dims().Size() * w.At(1)
		case "conv2d":
			r.MACs += n.Dims().Size() * w.At(1) * w.At(2) * w.At(3)
		case "matmul":
			r.MACs += n.Dims().Size() * w.Last(1)
		}
	}
}

// typeName returns the name of m's type without its package.
func typeName(m any) string {
	t := reflect.TypeOf(m)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
