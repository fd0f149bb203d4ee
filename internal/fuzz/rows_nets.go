// SPDX-License-Identifier: MIT

package main

import (
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

func init() {
	convolutions()
	poolings()
	norms()
	products()
	indices()
	add("dropout", row{code: "$0.Dropout(%0)", weight: 1,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Dropout(n.Nums[0]) },
		draw:  func(d *drawer) bool { return d.step1("dropout", []int{d.float()}, nil, 0.5) >= 0 }})
}

func convolutions() {
	const config = "stheno.Conv2dConfig{Stride: [2]int{#0, #1}, Padding: [2]int{#2, #3}, Dilation: [2]int{#4, #5}, Groups: #6}"
	add("conv2d", row{code: "$0.Conv2d($1, $2, " + config + ")", weight: 26, exact: true, optional: true,
		apply: func(_ *env, x []*V, n *Node) *V {
			a := n.Ints
			return x[0].Conv2d(x[1], x[2], stheno.Conv2dConfig{Stride: [2]int{a[0], a[1]}, Padding: [2]int{a[2], a[3]}, Dilation: [2]int{a[4], a[5]}, Groups: a[6]})
		},
		draw: func(d *drawer) bool { return d.conv(d.image()) >= 0 }})
	// Two convolutions of one value meet again.
	add("branches", row{weight: 3, exact: true, draw: func(d *drawer) bool {
		x := d.image()
		if x < 0 {
			return false
		}
		same := []int{1, 1, 1, 1, 1, 1, 1}
		o := d.of(d.channels...)
		a := d.step1("conv2d", []int{x, d.param(o, d.vals[x].Dim(1), 3, 3), -1}, same)
		b := d.step1("conv2d", []int{x, d.param(o, d.vals[x].Dim(1), 1, 1), -1}, []int{1, 1, 0, 0, 1, 1, 1})
		return a >= 0 && b >= 0 && d.step1("add", []int{a, b}, nil) >= 0
	}})
	// A block of a residual network.
	add("block", row{weight: 4, draw: func(d *drawer) bool {
		x := d.image()
		if x < 0 {
			return false
		}
		c := d.vals[x].Dim(1)
		y := d.step1("conv2d", []int{x, d.param(c, c, 3, 3), -1}, []int{1, 1, 1, 1, 1, 1, 1})
		if y = d.norm(y); y < 0 {
			return false
		}
		y = d.step1("relu", []int{y}, nil)
		y = d.step1("conv2d", []int{y, d.param(c, c, 3, 3), -1}, []int{1, 1, 1, 1, 1, 1, 1})
		y = d.step1("add", []int{d.norm(y), x}, nil)
		return d.step1("relu", []int{y}, nil) >= 0
	}})
	// What a convolution can compute before it writes, and some more.
	add("chain", row{weight: 8, exact: true, draw: func(d *drawer) bool {
		x := d.image()
		if d.one(2) {
			x = d.conv(x)
		}
		for range 2 + d.IntN(3) {
			if x < 0 {
				return false
			}
			switch d.IntN(7) {
			case 5:
				x = d.quotient(x)
			case 0, 6:
				x = d.step1("mul", []int{x, d.perChannel(d.vals[x].Shape())}, nil)
			case 1, 2:
				x = d.step1("add", []int{d.perChannel(d.vals[x].Shape()), x}, nil)
			case 3:
				x = d.step1("add", []int{x, d.like(x)}, nil)
			default:
				x = d.step1("relu", []int{x}, nil)
			}
		}
		if d.one(3) {
			d.conv(x)
		}
		return x >= 0
	}})
	// The same weights in two ways that differ only in the operations on them.
	add("twins", row{weight: 3, draw: func(d *drawer) bool {
		x := d.image()
		if x < 0 {
			return false
		}
		o, c := d.of(d.channels...), d.vals[x].Dim(1)
		w, scale := d.leaf(Small, true, o, c, 3, 3), d.leaf(Small, true, o)
		var parts []int
		of := d.IntN(2)
		for i := range 2 {
			v, s := w, scale
			if of == 0 {
				v = d.step1([]string{"abs", "neg"}[i], []int{v}, nil)
			} else {
				s = d.step1([]string{"square", "neg"}[i], []int{s}, nil)
			}
			if i == 1 {
				x = d.step1("relu", []int{x}, nil)
			}
			y := d.step1("conv2d", []int{x, v, -1}, []int{1, 1, 1, 1, 1, 1, 1})
			y = d.step1("mul", []int{y, d.step1("reshape", []int{s}, []int{o, 1, 1})}, nil)
			parts = append(parts, y)
		}
		return d.step1("add", parts, nil) >= 0
	}})
	// Squeeze and excitation.
	add("excitation", row{weight: 3, draw: func(d *drawer) bool {
		x := d.image()
		if x < 0 {
			return false
		}
		v := d.vals[x]
		s := d.step1("mean", []int{x}, []int{2, 3})
		s = d.step1("relu", []int{d.step1("linear", []int{s, d.param(4, v.Dim(1)), d.param(4)}, nil)}, nil)
		s = d.step1("linear", []int{s, d.param(v.Dim(1), 4), -1}, nil)
		s = d.step1("sigmoid", []int{s}, nil)
		s = d.step1("reshape", []int{s}, []int{v.Dim(0), v.Dim(1), 1, 1})
		return d.step1("mul", []int{x, s}, nil) >= 0
	}})
}

// conv adds a convolution of x.
func (d *drawer) conv(x int) int {
	if x < 0 {
		return -1
	}
	v := d.vals[x]
	c := v.Dim(1)
	kh := d.of(1, 1, 2, 3, 3, 3, 3, 5, 7)
	kw := kh
	if d.one(6) {
		kw = d.of(1, 2, 3, 5)
	}
	sh := d.of(1, 1, 1, 2, 2, 3)
	sw := sh
	if d.one(6) {
		sw = d.of(1, 2)
	}
	ph, pw := kh/2, kw/2
	if d.one(3) {
		ph, pw = d.IntN(kh+1), d.IntN(kw+1)
	}
	dh, dw := 1, 1
	if d.one(8) {
		dh, dw = 1+d.IntN(2), 1+d.IntN(3)
	}
	groups, o := 1, d.of(d.channels...)
	if d.one(4) {
		groups = d.of(1, 2, 3, 4, 8, c)
		if c%groups != 0 {
			groups = c
		}
		o = groups * d.of(1, 1, 2, 3)
		if per := d.of(2, 4, 8, 16); c%per == 0 && d.one(2) { // groups that share a vector
			groups, o = c/per, c
		}
	}
	oh, ow := (v.Dim(2)+2*ph-dh*(kh-1)-1)/sh+1, (v.Dim(3)+2*pw-dw*(kw-1)-1)/sw+1
	if oh < 1 || ow < 1 || v.Dim(0)*o*oh*ow > d.most || v.Dim(0)*o*oh*ow*c/groups*kh*kw > d.work {
		return -1
	}
	bias := -1
	if d.one(2) {
		bias = d.param(o)
	}
	return d.step1("conv2d", []int{x, d.param(o, c/groups, kh, kw), bias}, []int{sh, sw, ph, pw, dh, dw, groups})
}

func poolings() {
	const config = "stheno.Pool2dConfig{Kernel: [2]int{#0, #1}, Stride: [2]int{#2, #3}, Padding: [2]int{#4, #5}, Dilation: [2]int{#6, #7}, CeilMode: #8 == 1, ExcludePad: #9 == 1, Divisor: #a}"
	for name, apply := range map[string]func(x *V, c stheno.Pool2dConfig) *V{"max_pool2d": (*V).MaxPool2d, "avg_pool2d": (*V).AvgPool2d} {
		method := map[string]string{"max_pool2d": "MaxPool2d", "avg_pool2d": "AvgPool2d"}[name]
		add(name, row{code: "$0." + method + "(" + config + ")", weight: 4, exact: name == "max_pool2d", moves: name == "max_pool2d",
			apply: func(_ *env, x []*V, n *Node) *V {
				a := n.Ints
				return apply(x[0], stheno.Pool2dConfig{Kernel: [2]int{a[0], a[1]}, Stride: [2]int{a[2], a[3]}, Padding: [2]int{a[4], a[5]},
					Dilation: [2]int{a[6], a[7]}, CeilMode: a[8] == 1, ExcludePad: a[9] == 1, Divisor: a[10]})
			},
			draw: func(d *drawer) bool {
				kh, kw := 1+d.IntN(3), 1+d.IntN(3)
				if d.one(2) {
					kw = kh
				}
				a := []int{kh, kw, 1 + d.IntN(3), 1 + d.IntN(2), d.IntN(kh/2 + 1), d.IntN(kw/2 + 1), 1, 1, d.of(0, 0, 1), 0, 0}
				if name == "max_pool2d" {
					a[6], a[7] = d.of(1, 1, 1, 2), d.of(1, 1, 1, 2)
				} else {
					a[9], a[10] = d.IntN(2), d.of(0, 0, 0, 3)
				}
				return d.step1(name, []int{d.image()}, a) >= 0
			}})
	}
	// Two poolings that differ in their operand only.
	add("pools", row{weight: 3, exact: true, draw: func(d *drawer) bool {
		x := d.image()
		if d.one(2) {
			x = d.conv(x)
		}
		k := 2 + d.IntN(2)
		a := []int{k, k, 1 + d.IntN(2), 1 + d.IntN(2), 0, 0, 1, 1, 0, 0, 0}
		p := d.step1("max_pool2d", []int{x}, a)
		q := d.step1("max_pool2d", []int{d.step1("neg", []int{x}, nil)}, a)
		return d.step1("sub", []int{p, q}, nil) >= 0
	}})
	add("adaptive_avg_pool2d", row{code: "$0.AdaptiveAvgPool2d(#0, #1)", weight: 3,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].AdaptiveAvgPool2d(n.Ints[0], n.Ints[1]) },
		draw: func(d *drawer) bool {
			k := d.of(1, 1, 2, 3)
			return d.step1("adaptive_avg_pool2d", []int{d.image()}, []int{k, d.of(k, k, 1, 4)}) >= 0
		}})
}

// The ways of a batch norm.
const (
	frozen = iota
	training
	alternating // frozen in the first round, in training in the second, and so on
)

func norms() {
	add("batch_norm", row{weight: 7, saturates: 16, optional: true,
		code: "$0.BatchNorm(stheno.BatchNormState{Weight: $1, Bias: $2, Mean: $3, Var: $4, Eps: new(1e-3), Momentum: new(0.25), Training: #0 != 0}) /* 2: every other round */",
		apply: func(e *env, x []*V, n *Node) *V {
			train := n.Ints[0] == training || n.Ints[0] == alternating && e.round%2 == 1
			return x[0].BatchNorm(stheno.BatchNormState{Weight: x[1], Bias: x[2], Mean: x[3], Var: x[4], Eps: new(1e-3), Momentum: new(0.25), Training: train})
		},
		draw: func(d *drawer) bool {
			x := d.find(func(i int) bool {
				return d.vals[i].DType() == stheno.Float32 && d.vals[i].NDim() >= 2 && (d.vals[i].NDim() == 4 || d.one(3)) && !d.isWeight(i)
			})
			if x >= 0 && d.vals[x].NDim() == 4 && d.one(3) {
				x = d.conv(x)
			}
			return d.norm(x) >= 0
		}})
	add("group_norm", row{code: "$0.GroupNorm(#0, $1, $2, 1e-3)", optional: true, saturates: 16,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].GroupNorm(n.Ints[0], x[1], x[2], 1e-3) },
		draw: func(d *drawer) bool {
			x := d.image()
			if x < 0 {
				return false
			}
			c := d.vals[x].Dim(1)
			groups := d.of(1, 2, 3, 4, c)
			if c%groups != 0 {
				groups = 1
			}
			return d.step1("group_norm", []int{x, d.maybe(c), d.maybe(c)}, []int{groups}) >= 0
		}})
	add("layer_norm", row{code: "$0.LayerNorm([]int{#*}, $1, $2, 1e-3)", optional: true, saturates: 16,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].LayerNorm(n.Ints, x[1], x[2], 1e-3) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			if x < 0 {
				return false
			}
			s := d.vals[x].Shape()[k:]
			return d.step1("layer_norm", []int{x, d.maybe(s...), d.maybe(s...)}, s) >= 0
		}})
}

// maybe returns a parameter or none.
func (d *drawer) maybe(shape ...int) int {
	if d.one(3) {
		return -1
	}
	return d.param(shape...)
}

// norm adds a batch norm of x in one of its forms.
func (d *drawer) norm(x int) int {
	if x < 0 || d.vals[x].NDim() < 2 || d.vals[x].DType() != stheno.Float32 {
		return -1
	}
	c := d.vals[x].Dim(1)
	in := []int{x, d.maybe(c), d.maybe(c), -1, -1}
	way := d.IntN(3)
	if way != training || d.one(2) {
		in[3] = d.newLeaf(&Leaf{Kind: Small, Shape: []int{c}, Param: true})
		in[4] = d.newLeaf(&Leaf{Kind: Positive, Shape: []int{c}, Param: true})
	}
	return d.step1("batch_norm", in, []int{way})
}

func products() {
	add("linear", row{code: "$0.Linear($1, $2)", weight: 4, exact: true, optional: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Linear(x[1], x[2]) },
		draw: func(d *drawer) bool {
			x, _ := d.axis()
			if x < 0 || d.vals[x].NDim() < 2 {
				return false
			}
			in, out := d.vals[x].Dim(-1), d.of(append(slices.Clone(d.channels), 64, 70)...)
			return d.vals[x].Size()*out <= d.work && d.step1("linear", []int{x, d.param(out, in), d.maybe(out)}, nil) >= 0
		}})
	add("matmul", row{code: "$0.MatMul($1)", weight: 5, exact: true,
		apply: func(_ *env, x []*V, _ *Node) *V { return x[0].MatMul(x[1]) },
		draw: func(d *drawer) bool {
			x, _ := d.axis()
			if x < 0 {
				return false
			}
			v := d.vals[x]
			if d.one(3) { // the square of a matrix, or its product with another
				y := d.find(func(i int) bool {
					return d.vals[i].DType().IsFloat() && d.vals[i].NDim() >= 2 && d.vals[i].Dim(-1) == v.Dim(-1)
				})
				if y < 0 || v.NDim() < 2 || v.Size()*d.vals[y].Size() > 4*d.work {
					return false
				}
				return d.step1("matmul", []int{x, d.step1("transpose", []int{y}, []int{-1, -2})}, nil) >= 0
			}
			shape := []int{v.Dim(-1), d.of(append(slices.Clone(d.channels), 64, 70)...)}
			switch {
			case d.one(5):
				shape = shape[:1]
			case d.one(3) && v.NDim() > 2:
				shape = append(v.Shape()[:v.NDim()-2], shape...)
			}
			return v.Size()*48 <= 10*d.work && d.step1("matmul", []int{x, d.param(shape...)}, nil) >= 0
		}})
}

func indices() {
	add("index_select", row{code: "$0.IndexSelect(#0, $1)", exact: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].IndexSelect(n.Ints[0], x[1]) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			return x >= 0 && d.step1("index_select", []int{x, d.index(d.vals[x].Dim(k), 1+d.IntN(5))}, []int{k}) >= 0
		}})
	add("gather", row{code: "$0.Gather(#0, $1)", exact: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Gather(n.Ints[0], x[1]) },
		draw: func(d *drawer) bool {
			x, k := d.axis()
			if x < 0 {
				return false
			}
			shape := d.vals[x].Shape()
			limit := shape[k]
			for i := range shape {
				shape[i] = 1 + d.IntN(shape[i])
			}
			shape[k] = 1 + d.IntN(4)
			return d.step1("gather", []int{x, d.index(limit, shape...)}, []int{k}) >= 0
		}})
	add("gather_largest", row{code: "$0.Gather(#0, $0.ArgMax(#0).Unsqueeze(#0))", exact: true, weight: 1,
		apply: func(_ *env, x []*V, n *Node) *V {
			return x[0].Gather(n.Ints[0], x[0].ArgMax(n.Ints[0]).Unsqueeze(n.Ints[0]))
		},
		draw: func(d *drawer) bool {
			x, k := d.axis()
			return x >= 0 && d.step1("gather_largest", []int{x}, []int{k}) >= 0
		}})
	add("embedding", row{code: "$0.Embedding($1, nil)", exact: true,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Embedding(x[1], nil) },
		draw: func(d *drawer) bool {
			rows := 2 + d.IntN(9)
			w := d.param(rows, d.of(d.channels...))
			return d.step1("embedding", []int{w, d.index(rows, 1+d.IntN(3), 1+d.IntN(4))}, nil) >= 0
		}})
	add("embedding_padded", row{code: "$0.Embedding($1, new(#0))", exact: true, weight: 1,
		apply: func(_ *env, x []*V, n *Node) *V { return x[0].Embedding(x[1], &n.Ints[0]) },
		draw: func(d *drawer) bool {
			rows := 2 + d.IntN(9)
			w := d.param(rows, d.of(d.channels...))
			return d.step1("embedding_padded", []int{w, d.index(rows, 1+d.IntN(3), 1+d.IntN(4))}, []int{d.IntN(2*rows) - rows}) >= 0
		}})
	add("one_hot", row{code: "$0.OneHot(#0).To(stheno.Float32)", moves: true, exact: true, weight: 1,
		apply: func(e *env, x []*V, n *Node) *V { return x[0].OneHot(n.Ints[0]).To(e.float) },
		draw: func(d *drawer) bool {
			return d.step1("one_hot", []int{d.index(5, 1+d.IntN(3), 1+d.IntN(5))}, []int{5 + d.IntN(3)}) >= 0
		}})
	for name, r := range map[string]layers.Reduction{"cross_entropy": layers.None, "cross_entropy_mean": layers.Mean} {
		ignored := []int{-100, 0, 1}
		if r == layers.Mean {
			ignored = ignored[:1] // the mean of none is NaN
		}
		add(name, row{code: "layers.CrossEntropyLoss{Weight: $2, IgnoreIndex: new(int64(#0)), LabelSmoothing: %0, Reduction: " + map[layers.Reduction]string{layers.None: "layers.None", layers.Mean: "layers.Mean"}[r] + "}.Forward($0, $1)",
			optional: true, saturates: 1,
			apply: func(_ *env, x []*V, n *Node) *V {
				return layers.CrossEntropyLoss{Weight: x[2], IgnoreIndex: new(int64(n.Ints[0])), LabelSmoothing: n.Nums[0], Reduction: r}.Forward(x[0], x[1])
			},
			draw: func(d *drawer) bool {
				x := d.find(func(i int) bool {
					return d.vals[i].DType() == stheno.Float32 && d.vals[i].NDim() >= 2 && !d.isWeight(i)
				})
				if x < 0 || d.vals[x].NDim() < 2 {
					return false
				}
				s := d.vals[x].Shape()
				c := s[1]
				target := d.index(c, append(s[:1:1], s[2:]...)...)
				w := -1
				if d.one(3) {
					w = d.leaf(Positive, false, c)
					d.p.Nodes[w].Leaf.Grad = false
				}
				return d.step1(name, []int{x, target, w}, []int{d.of(ignored...)}, []float64{0, 0, 0.1}[d.IntN(3)]) >= 0
			}})
	}
}
