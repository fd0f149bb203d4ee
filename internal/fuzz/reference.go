// SPDX-License-Identifier: MIT

package main

import (
	"math"
	"slices"
)

// reference holds the definition of every row; dropout alone has none.
var reference = map[string]func(e *env, x []array, n *Node) array{}

// evaluate computes every node of the program from the leaves' values by definition.
func (p *Program) evaluate(e *env, s state) []array {
	vals := make([]array, len(p.Nodes))
	k := 0
next:
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Leaf != nil {
			vals[i] = array{n.Leaf.Shape, s[k]}
			k++
			continue
		}
		in := make([]array, len(n.In))
		for j, a := range n.In {
			if a < 0 {
				continue
			}
			if in[j] = vals[a]; in[j].x == nil {
				continue next // not known
			}
		}
		if f := reference[n.Op]; f != nil {
			vals[i] = f(e, in, n)
		}
		if largest(vals[i].x) >= wraps {
			vals[i].x = nil
		}
	}
	return vals
}

// wraps is from where integers are no float64s, and soon wrap around; floats are drawn far
// below.
const wraps = 1 << 53

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func sigmoid(x float64) float64  { return 1 / (1 + math.Exp(-x)) }
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }
func square(x float64) float64   { return x * x }

func sign(x float64) float64 {
	return truth(x > 0) - truth(x < 0)
}

func init() {
	for name, f := range map[string]func(x float64) float64{
		"relu": func(x float64) float64 { return math.Max(x, 0) }, "neg": func(x float64) float64 { return -x }, "abs": math.Abs, "square": square,
		"tanh": math.Tanh, "sigmoid": sigmoid, "sin": math.Sin, "cos": math.Cos, "erf": math.Erf, "sign": func(x float64) float64 { return sign(x + 0.07) }, "floor": func(x float64) float64 { return math.Floor(x + 0.3) }, "round": math.RoundToEven,
		"logsigmoid": func(x float64) float64 { return -softplus(-x) },
		"softplus": func(x float64) float64 {
			if x > 20 {
				return x
			}
			return math.Log1p(math.Exp(x))
		},
		"exp": func(x float64) float64 { return math.Exp(math.Sin(x)) }, "expm1": func(x float64) float64 { return math.Expm1(math.Sin(x)) },
		"log": func(x float64) float64 { return math.Log(math.Abs(x) + 0.5) }, "log1p": func(x float64) float64 { return math.Log1p(math.Abs(x)) },
		"sqrt": func(x float64) float64 { return math.Sqrt(x*x + 1) }, "rsqrt": func(x float64) float64 { return 1 / math.Sqrt(x*x+1) },
		"reciprocal": func(x float64) float64 { return 1 / (x*x + 1) }, "detach": func(x float64) float64 { return x },
		"gelu": func(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 },
		"elu": func(x float64) float64 {
			if x > 0 {
				return x
			}
			return math.Expm1(x) / 2
		},
		"hardswish": func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 },
		"silu":      func(x float64) float64 { return x * sigmoid(x) }, "square_power": square, "truncate": func(x float64) float64 { return math.Trunc(x + 0.3) },
		"double": func(x float64) float64 { return x }, "single": func(x float64) float64 { return x },
	} {
		reference[name] = func(_ *env, x []array, _ *Node) array { return x[0].each(f) }
	}
	for name, f := range map[string]func(x, c float64) float64{
		"add_number": func(x, c float64) float64 { return x + c }, "sub_number": func(x, c float64) float64 { return x - c },
		"mul_number": func(x, c float64) float64 { return x * c }, "div_number": func(x, c float64) float64 { return x / c },
		"max_number": math.Max, "min_number": math.Min,
		"pow_number": func(x, c float64) float64 { return math.Pow(math.Abs(x)+0.5, c) },
	} {
		reference[name] = func(e *env, x []array, n *Node) array {
			return x[0].each(func(v float64) float64 { return f(v, e.num(n, 0)) })
		}
	}
	reference["clamp"] = func(_ *env, x []array, n *Node) array {
		return x[0].each(func(v float64) float64 { return min(max(v, n.Nums[0]), n.Nums[1]) })
	}
	for name, f := range map[string]func(x, y float64) float64{
		"add": func(x, y float64) float64 { return x + y }, "sub": func(x, y float64) float64 { return x - y },
		"mul": func(x, y float64) float64 { return x * y }, "div": func(x, y float64) float64 { return x / (y*y + 1) },
		"div_leaf": func(x, y float64) float64 { return x / y }, "log_leaf": func(x, y float64) float64 { return x + math.Log(y) },
		"maximum": math.Max, "minimum": math.Min,
		"pow": func(x, y float64) float64 { return math.Pow(math.Abs(x)+0.5, math.Sin(y)) },
		"bce": func(x, y float64) float64 {
			p, t := math.Sin(x)*0.4+0.5, square(math.Cos(y))
			return -t*math.Log(p) - (1-t)*math.Log1p(-p)
		},
		"bce_with_logits": func(x, y float64) float64 { return softplus(x) - x*square(math.Cos(y)) },
		"where_greater": func(x, y float64) float64 {
			if x > y {
				return x
			}
			return y * 0.5
		},
		"mask": func(x, y float64) float64 { return truth(x > y && y != 0.75) },
	} {
		reference[name] = func(_ *env, x []array, _ *Node) array { return x[0].zip(x[1], f) }
	}
	reference["mse"] = func(_ *env, x []array, _ *Node) array {
		return array{nil, []float64{mean(x[0].zip(x[1], func(a, b float64) float64 { return square(a - b) }).x)}}
	}
	reference["where"] = func(_ *env, x []array, n *Node) array {
		cond := x[0].zip(x[1], func(a, b float64) float64 { return truth((a < n.Nums[0]) != (b >= 0)) })
		return choose(cond, x[1], x[2])
	}
	reference["where_number"] = func(_ *env, x []array, n *Node) array {
		cond := x[0].zip(x[1], func(a, b float64) float64 { return truth(!(a <= b) || b == 0) })
		return choose(cond, x[0], array{nil, n.Nums[:1]})
	}
	views2()
	lines()
	wholes()
}

// choose is x where cond is not 0, elsewhere y.
func choose(cond, x, y array) array {
	shape := cond.zip(x, math.Max).zip(y, math.Max).shape
	return fill(shape, func(at []int) float64 {
		if cond.at(at) != 0 {
			return x.at(at)
		}
		return y.at(at)
	})
}

func views2() {
	for name, f := range map[string]func(x array, a []int) array{
		"reshape": func(x array, a []int) array { return x.reshape(a...) },
		"flatten": func(x array, a []int) array {
			if len(x.shape) == 0 {
				return x.reshape(1)
			}
			return x.reshape(append(slices.Clone(x.shape[:a[0]]), size(x.shape[a[0]:]))...)
		},
		"permute": func(x array, a []int) array { return x.permute(a) },
		"transpose": func(x array, a []int) array {
			order := make([]int, len(x.shape))
			for i := range order {
				order[i] = i
			}
			i, j := x.axis(a[0]), x.axis(a[1])
			order[i], order[j] = j, i
			return x.permute(order)
		},
		"unsqueeze": func(x array, a []int) array { return x.reshape(slices.Insert(slices.Clone(x.shape), a[0], 1)...) },
		"squeeze": func(x array, a []int) array {
			return x.reshape(slices.DeleteFunc(slices.Clone(x.shape), func(d int) bool { return d == 1 })...)
		},
		"expand": func(x array, a []int) array { return fill(a, x.at) },
		"slice":  func(x array, a []int) array { return x.slice(a[0], a[1], a[2], a[3]) },
		"select": func(x array, a []int) array {
			y := x.slice(a[0], a[1], a[1]+1, 1)
			return y.reshape(slices.Delete(slices.Clone(y.shape), a[0], a[0]+1)...)
		},
		"split": func(x array, a []int) array { return x.slice(a[0], a[2]*a[1], (a[2]+1)*a[1], 1) },
	} {
		reference[name] = func(_ *env, x []array, n *Node) array { return f(x[0], n.Ints) }
	}
	reference["pad"] = func(_ *env, x []array, n *Node) array {
		shape, before := slices.Clone(x[0].shape), make([]int, len(x[0].shape))
		for k := 0; k < len(n.Ints); k += 2 {
			axis := len(shape) - 1 - k/2
			before[axis] = n.Ints[k]
			shape[axis] += n.Ints[k] + n.Ints[k+1]
		}
		from := make([]int, len(shape))
		return fill(shape, func(at []int) float64 {
			for i := range at {
				if from[i] = at[i] - before[i]; from[i] < 0 || from[i] >= x[0].shape[i] {
					return n.Nums[0]
				}
			}
			return x[0].at2(from)
		})
	}
	reference["cat"] = func(_ *env, x []array, n *Node) array { return cat(n.Ints[0], x...) }
	reference["stack"] = func(_ *env, x []array, n *Node) array {
		rows := make([]array, len(x))
		for i, a := range x {
			rows[i] = a.reshape(slices.Insert(slices.Clone(a.shape), n.Ints[0], 1)...)
		}
		return cat(n.Ints[0], rows...)
	}
}

func lines() {
	for name, f := range map[string]func(x []float64) float64{
		"sum": sum, "mean": mean, "max": slices.Max[[]float64], "min": slices.Min[[]float64], "logsumexp": logSumExp, "var": variance,
		"std":  func(x []float64) float64 { return math.Sqrt(variance(x)) },
		"norm": norm(2), "norm1": norm(1), "norm3": norm(3),
		"prod": func(x []float64) float64 {
			p := 1.0
			for _, v := range x {
				p *= math.Sin(v) + 0.5
			}
			return p
		},
	} {
		reference[name] = func(_ *env, x []array, n *Node) array { return x[0].reduce(n.Ints, f) }
	}
	for name, f := range map[string]func(x []float64) []float64{
		"cumsum": func(x []float64) []float64 {
			for i := 1; i < len(x); i++ {
				x[i] += x[i-1]
			}
			return x
		},
		"logsoftmax": func(x []float64) []float64 {
			l := logSumExp(x)
			for i := range x {
				x[i] -= l
			}
			return x
		},
		"softmax": func(x []float64) []float64 {
			l := logSumExp(x)
			for i := range x {
				x[i] = math.Exp(x[i] - l)
			}
			return x
		},
	} {
		reference[name] = func(_ *env, x []array, n *Node) array { return x[0].along(n.Ints[0], f) }
	}
	reference["matmul"] = func(_ *env, x []array, _ *Node) array { return x[0].matmul(x[1]) }
	reference["linear"] = func(_ *env, x []array, _ *Node) array {
		y := x[0].matmul(x[1].permute([]int{1, 0}))
		return y.plus(x[2])
	}
	reference["group_norm"] = func(_ *env, x []array, n *Node) array {
		c := x[0].shape[1]
		per := c / n.Ints[0]
		y, _, _ := x[0].normal(x[0].shape[0]*n.Ints[0], func(at []int) int { return at[0]*n.Ints[0] + at[1]/per }, 1e-3)
		return y.times(x[1].perChannel()).plus(x[2].perChannel())
	}
	reference["layer_norm"] = func(_ *env, x []array, n *Node) array {
		lead := x[0].shape[:len(x[0].shape)-len(n.Ints)]
		y, _, _ := x[0].normal(size(lead), func(at []int) int {
			k := 0
			for i, d := range lead {
				k = k*d + at[i]
			}
			return k
		}, 1e-3)
		return y.times(x[1]).plus(x[2])
	}
	reference["batch_norm"] = func(e *env, x []array, n *Node) array {
		y, _, _ := x[0].normal(x[0].shape[1], func(at []int) int { return at[1] }, 1e-3)
		if train := n.Ints[0] == training || n.Ints[0] == alternating && e.round%2 == 1; !train && x[3].x != nil {
			y = fill(x[0].shape, func(at []int) float64 {
				return (x[0].at2(at) - x[3].x[at[1]]) / math.Sqrt(x[4].x[at[1]]+1e-3)
			})
		}
		return y.times(x[1].channelsOf(x[0])).plus(x[2].channelsOf(x[0]))
	}
	images()
	lookups()
}

// plus adds b if there is one.
func (a array) plus(b array) array {
	if b.x == nil {
		return a
	}
	return a.zip(b, func(x, y float64) float64 { return x + y })
}

// times multiplies by b if there is one.
func (a array) times(b array) array {
	if b.x == nil {
		return a
	}
	return a.zip(b, func(x, y float64) float64 { return x * y })
}

// perChannel gives (C) the shape (C,1,1).
func (a array) perChannel() array {
	if a.x == nil {
		return a
	}
	return a.reshape(len(a.x), 1, 1)
}

// channelsOf gives (C) the shape in which it broadcasts over the dimension 1 of x.
func (a array) channelsOf(x array) array {
	if a.x == nil {
		return a
	}
	shape := slices.Repeat([]int{1}, len(x.shape)-1)
	shape[0] = len(a.x)
	return a.reshape(shape...)
}

// out is the size of the output of windows. The last one begins inside, or before.
func out(size, kernel, stride, pad, dilation int, ceil bool) int {
	rest := size + 2*pad - dilation*(kernel-1) - 1
	if !ceil {
		return rest/stride + 1
	}
	n := int(math.Ceil(float64(rest)/float64(stride))) + 1
	if (n-1)*stride >= size+pad {
		n--
	}
	return n
}

func images() {
	reference["conv2d"] = func(_ *env, x []array, n *Node) array {
		a, w := n.Ints, x[1].shape
		in := x[0].shape
		o, per := w[0]/a[6], w[1]
		shape := []int{in[0], w[0], out(in[2], w[2], a[0], a[2], a[4], false), out(in[3], w[3], a[1], a[3], a[5], false)}
		y := fill(shape, func(at []int) float64 {
			s := 0.0
			for c := range per {
				for i := range w[2] {
					for j := range w[3] {
						h, v := at[2]*a[0]-a[2]+i*a[4], at[3]*a[1]-a[3]+j*a[5]
						if h >= 0 && h < in[2] && v >= 0 && v < in[3] {
							s += x[0].x[((at[0]*in[1]+at[1]/o*per+c)*in[2]+h)*in[3]+v] * x[1].x[((at[1]*per+c)*w[2]+i)*w[3]+j]
						}
					}
				}
			}
			return s
		})
		return y.plus(x[2].perChannel())
	}
	// window calls f for the elements of a window that are inside.
	window := func(x array, at, a []int, f func(v float64)) {
		for i := range a[0] {
			for j := range a[1] {
				h, v := at[2]*a[2]-a[4]+i*a[6], at[3]*a[3]-a[5]+j*a[7]
				if h >= 0 && h < x.shape[2] && v >= 0 && v < x.shape[3] {
					f(x.at2([]int{at[0], at[1], h, v}))
				}
			}
		}
	}
	shape := func(x array, a []int) []int {
		return []int{x.shape[0], x.shape[1], out(x.shape[2], a[0], a[2], a[4], a[6], a[8] == 1), out(x.shape[3], a[1], a[3], a[5], a[7], a[8] == 1)}
	}
	reference["max_pool2d"] = func(_ *env, x []array, n *Node) array {
		return fill(shape(x[0], n.Ints), func(at []int) float64 {
			top := math.Inf(-1)
			window(x[0], at, n.Ints, func(v float64) { top = max(top, v) })
			return top
		})
	}
	reference["avg_pool2d"] = func(_ *env, x []array, n *Node) array {
		a := n.Ints
		return fill(shape(x[0], a), func(at []int) float64 {
			s, count := 0.0, 0
			window(x[0], at, a, func(v float64) { s += v; count++ })
			switch {
			case a[10] > 0:
				count = a[10]
			case a[9] == 0: // what is padded counts, what ceil mode adds does not
				h, v := at[2]*a[2]-a[4], at[3]*a[3]-a[5]
				count = (min(h+a[0], x[0].shape[2]+a[4]) - h) * (min(v+a[1], x[0].shape[3]+a[5]) - v)
			}
			return s / float64(count)
		})
	}
	reference["adaptive_avg_pool2d"] = func(_ *env, x []array, n *Node) array {
		in := x[0].shape
		return fill([]int{in[0], in[1], n.Ints[0], n.Ints[1]}, func(at []int) float64 {
			s, count := 0.0, 0.0
			for h := at[2] * in[2] / n.Ints[0]; h < ((at[2]+1)*in[2]+n.Ints[0]-1)/n.Ints[0]; h++ {
				for v := at[3] * in[3] / n.Ints[1]; v < ((at[3]+1)*in[3]+n.Ints[1]-1)/n.Ints[1]; v++ {
					s += x[0].at2([]int{at[0], at[1], h, v})
					count++
				}
			}
			return s / count
		})
	}
}

func lookups() {
	reference["index_select"] = func(_ *env, x []array, n *Node) array {
		k := n.Ints[0]
		shape := slices.Clone(x[0].shape)
		shape[k] = len(x[1].x)
		return fill(shape, func(at []int) float64 {
			from := slices.Clone(at)
			from[k] = int(x[1].x[at[k]])
			return x[0].at2(from)
		})
	}
	gather := func(x, index array, k int) array {
		return fill(index.shape, func(at []int) float64 {
			from := slices.Clone(at)
			from[k] = int(index.at2(at))
			return x.at2(from)
		})
	}
	reference["gather"] = func(_ *env, x []array, n *Node) array { return gather(x[0], x[1], n.Ints[0]) }
	reference["gather_largest"] = func(_ *env, x []array, n *Node) array {
		k := n.Ints[0]
		y := x[0].reduce([]int{k}, slices.Max[[]float64])
		return y.reshape(slices.Insert(slices.Clone(y.shape), k, 1)...)
	}
	reference["embedding"] = func(_ *env, x []array, _ *Node) array {
		return fill(append(slices.Clone(x[1].shape), x[0].shape[1]), func(at []int) float64 {
			row := int(x[1].at2(at[:len(at)-1]))
			return x[0].at2([]int{row, at[len(at)-1]})
		})
	}
	reference["embedding_padded"] = reference["embedding"]
	reference["one_hot"] = func(_ *env, x []array, n *Node) array {
		return fill(append(slices.Clone(x[0].shape), n.Ints[0]), func(at []int) float64 {
			return truth(int(x[0].at2(at[:len(at)-1])) == at[len(at)-1])
		})
	}
	// of computes something of the logits of each element, its target and the weights.
	of := func(f func(logits []float64, target int, w func(c int) float64, n *Node) float64) func(e *env, x []array, n *Node) array {
		return func(_ *env, x []array, n *Node) array {
			w := func(c int) float64 {
				if x[2].x == nil {
					return 1
				}
				return x[2].x[c]
			}
			return fill(x[1].shape, func(at []int) float64 {
				from := slices.Insert(slices.Clone(at), 1, 0)
				logits := make([]float64, x[0].shape[1])
				for c := range logits {
					from[1] = c
					logits[c] = x[0].at2(from)
				}
				t := int(x[1].at2(at))
				if t == n.Ints[0] {
					return 0
				}
				return f(logits, t, w, n)
			})
		}
	}
	each := of(func(logits []float64, t int, w func(int) float64, n *Node) float64 {
		l := logSumExp(logits)
		loss := (1 - n.Nums[0]) * w(t) * (l - logits[t])
		for c, v := range logits {
			loss += n.Nums[0] / float64(len(logits)) * w(c) * (l - v)
		}
		return loss
	})
	counts := of(func(_ []float64, t int, w func(int) float64, _ *Node) float64 { return w(t) })
	reference["cross_entropy"] = each
	reference["cross_entropy_mean"] = func(e *env, x []array, n *Node) array {
		return array{nil, []float64{mean(each(e, x, n).x) / mean(counts(e, x, n).x)}}
	}
}
