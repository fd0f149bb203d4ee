// SPDX-License-Identifier: MIT

package parity

import "github.com/stheno-go/stheno"

// Convolution.
func init() {
	type c = stheno.Conv2dConfig
	both := func(n int) [2]int { return [2]int{n, n} }
	for name, cfg := range map[string]c{
		"":                   {},
		"_no_bias":           {},
		"_stride2":           {Stride: both(2)},
		"_stride_2_1":        {Stride: [2]int{2, 1}},
		"_pad1":              {Padding: both(1)},
		"_pad_1_2":           {Padding: [2]int{1, 2}},
		"_stride2_pad1":      {Stride: both(2), Padding: both(1)},
		"_same":              {Same: true},
		"_same_even":         {Same: true},
		"_same_dilated":      {Same: true, Dilation: both(2)},
		"_dilation2":         {Dilation: both(2)},
		"_dilation_2_1_pad2": {Dilation: [2]int{2, 1}, Padding: both(2)},
		"_groups2":           {Groups: 2, Padding: both(1)},
		"_groups2_stride2":   {Groups: 2, Stride: both(2), Padding: both(1)},
		"_depthwise":         {Groups: 4, Padding: both(1)},
		"_depthwise_twice":   {Groups: 4, Padding: both(1)},
		"_depthwise_stride2": {Groups: 4, Stride: both(2), Padding: both(1)},
		"_1x1":               {},
		"_1x1_no_bias":       {},
		"_1x1_stride2":       {Stride: both(2)},
		"_7x7_stride2_pad3":  {Stride: both(2), Padding: both(3)},
		"_5x5_pad2":          {Padding: both(2)},
		"_3x1":               {Padding: [2]int{1, 0}},
		"_whole_image":       {},
		"_one_channel":       {Padding: both(1)},
		"_batch0":            {Padding: both(1)},
	} {
		smooth("conv2d"+name, func(x ...*V) *V {
			if len(x) == 2 {
				return x[0].Conv2d(x[1], nil, cfg)
			}
			return x[0].Conv2d(x[1], x[2], cfg)
		})
	}
}

// Pooling.
func init() {
	type p = stheno.Pool2dConfig
	both := func(n int) [2]int { return [2]int{n, n} }
	k3 := p{Kernel: both(3), Stride: both(2), Padding: both(1)}
	with := func(c p, change func(*p)) p { change(&c); return c }
	shared := map[string]p{
		"_k2":                {Kernel: both(2)},
		"_k3_s2_p1":          k3,
		"_k2_s1":             {Kernel: both(2), Stride: both(1)},
		"_k2_ceil":           {Kernel: both(2), CeilMode: true},
		"_k3_s2_p1_ceil":     with(k3, func(c *p) { c.CeilMode = true }),
		"_k_3_2_s_2_1_p_1_0": {Kernel: [2]int{3, 2}, Stride: [2]int{2, 1}, Padding: [2]int{1, 0}},
	}
	for name, cfg := range shared {
		smooth("max_pool2d"+name, func(x ...*V) *V { return x[0].MaxPool2d(cfg) })
		smooth("avg_pool2d"+name, func(x ...*V) *V { return x[0].AvgPool2d(cfg) })
	}
	for name, cfg := range map[string]p{
		"_k2_dilation2":       {Kernel: both(2), Stride: both(1), Dilation: both(2)},
		"_k3_s2_p1_dilation2": with(k3, func(c *p) { c.Dilation = both(2) }),
		"_special":            {Kernel: both(2), Stride: both(1)},
		"_batch0":             {Kernel: both(2)},
	} {
		smooth("max_pool2d"+name, func(x ...*V) *V { return x[0].MaxPool2d(cfg) })
	}
	rough("max_pool2d_ties", func(x ...*V) *V { return x[0].MaxPool2d(k3) })
	for name, cfg := range map[string]p{
		"_k3_s2_p1_exclude":      with(k3, func(c *p) { c.ExcludePad = true }),
		"_k3_s2_p1_ceil_exclude": with(k3, func(c *p) { c.CeilMode, c.ExcludePad = true, true }),
		"_k2_divisor3":           {Kernel: both(2), Divisor: 3},
		"_k3_s2_p1_divisor5":     with(k3, func(c *p) { c.Divisor = 5 }),
	} {
		smooth("avg_pool2d"+name, func(x ...*V) *V { return x[0].AvgPool2d(cfg) })
	}
	for name, to := range map[string][2]int{"_1x1": {1, 1}, "_3x2": {3, 2}, "_same": {7, 5}, "_larger": {9, 7}} {
		smooth("adaptive_avg_pool2d"+name, func(x ...*V) *V { return x[0].AdaptiveAvgPool2d(to[0], to[1]) })
	}
}

// Normalization and embedding.
func init() {
	batch := func(name string, s stheno.BatchNormState) {
		smooth("batch_norm_"+name, func(x ...*V) *V {
			s := s
			switch len(x) {
			case 5:
				s.Weight, s.Bias, s.Mean, s.Var = x[1], x[2], x[3], x[4]
			case 3:
				if name == "no_running" {
					s.Weight, s.Bias = x[1], x[2]
				} else {
					s.Mean, s.Var = x[1], x[2]
				}
			}
			return x[0].BatchNorm(s)
		})
	}
	for _, s := range []string{"2d", "3d", "4d", "plain"} {
		batch("train_"+s, stheno.BatchNormState{Training: true})
		batch("eval_"+s, stheno.BatchNormState{})
	}
	batch("train_momentum", stheno.BatchNormState{Training: true, Eps: new(1e-3), Momentum: new(0.3)})
	batch("no_running", stheno.BatchNormState{Training: true})
	batch("far_mean", stheno.BatchNormState{Training: true})

	at := func(x []*V, i int) *V {
		if i < len(x) {
			return x[i]
		}
		return nil
	}
	layer := func(name string, eps float64, sizes ...int) {
		smooth("layer_norm"+name, func(x ...*V) *V { return x[0].LayerNorm(sizes, at(x, 1), at(x, 2), eps) })
	}
	layer("", 1e-5, 4)
	layer("_2", 1e-5, 3, 4)
	layer("_plain", 1e-5, 4)
	layer("_no_bias", 1e-5, 4)
	layer("_eps", 0.1, 4)
	for name, groups := range map[string]int{"group_norm_1": 1, "group_norm_2": 2, "group_norm_4": 4, "group_norm_2d": 2, "group_norm_plain": 2, "instance_norm": 3} {
		smooth(name, func(x ...*V) *V { return x[0].GroupNorm(groups, at(x, 1), at(x, 2), 1e-5) })
	}
	for name, padding := range map[string]*int{"embedding": nil, "embedding_2d": nil, "embedding_padding": new(1)} {
		f := func(x ...*V) *V { return x[1].Embedding(x[0], padding) }
		if padding != nil {
			rough(name, f) // the row of padding takes part but gets no gradient
		} else {
			smooth(name, f)
		}
	}
}
