// SPDX-License-Identifier: MIT

package stheno

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/stheno-go/stheno/internal/record"
)

// Summary returns a table of the modules of m that hold parameters: path, type, the
// shape of what they compute of a float32 input of the given shape, their parameters
// and the multiplications of a forward pass.
func Summary(m Module, shape ...int) (string, error) {
	if err := Check(m); err != nil {
		return "", err
	}
	_, params, err := variables(m, record.Parameter, false)
	if err != nil {
		return "", err
	}
	x := Var(NewTensor(Float32, shape...))
	if len(params) > 0 {
		x = x.To(params[0].DType())
	}
	y := Call(m, x)
	if err := y.n.Err(); err != nil {
		return "", err
	}
	s := summary{owner: map[*record.Node]string{}, rows: map[string]*summaryRow{}, seen: map[*record.Node]bool{}}
	for name, v := range NamedParameters(m) {
		path, _, _ := cutLast(name, ".")
		s.own(path, v)
	}
	s.visit(&y.n)

	types := map[string]string{}
	for path, x := range NamedModules(m) {
		types[path] = typeName(x)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "module\ttype\toutput\tparameters\tmultiplications")
	total, frozen, macs := 0, 0, 0
	for _, path := range s.order {
		r := s.rows[path]
		name := path
		if name == "" {
			name = "(itself)"
		}
		fmt.Fprintf(w, "%s\t%s\t%v\t%d\t%d\n", name, types[path], r.out, r.params, r.macs)
		total, frozen, macs = total+r.params, frozen+r.frozen, macs+r.macs
	}
	w.Flush()
	fmt.Fprintf(&b, "%d parameters, %d of them trained; %d multiplications for input %v, output %v\n", total, total-frozen, macs, Shape(shape), y.Shape())
	return b.String(), nil
}

type summary struct {
	owner map[*record.Node]string
	rows  map[string]*summaryRow
	order []string
	seen  map[*record.Node]bool
}

type summaryRow struct {
	params, frozen, macs int
	out                  Shape
}

func (s *summary) own(path string, v *Variable) {
	if s.rows[path] == nil {
		s.rows[path] = &summaryRow{}
		s.order = append(s.order, path)
	}
	s.owner[&v.n] = path
	s.rows[path].params += v.Size()
	if !v.RequiresGrad() {
		s.rows[path].frozen += v.Size()
	}
}

// visit notes, for every operation that reads a parameter, the shape of its result;
// the last one of a module stands.
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
		r.out = n.Dims().Slice()
		if i != 1 { // the weight of a product is its second operand
			continue
		}
		w := n.In(i).Dims()
		switch n.Op().Name() {
		case "linear":
			r.macs += n.Dims().Size() * w.At(1)
		case "conv2d":
			r.macs += n.Dims().Size() * w.At(1) * w.At(2) * w.At(3)
		case "matmul":
			r.macs += n.Dims().Size() * w.Last(1)
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
