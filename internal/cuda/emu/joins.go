// SPDX-License-Identifier: MIT

package emu

// ways returns the instructions that can follow instruction i; len(code) is the end. A guarded exit
// is not one of them: threads that ended are not waited for.
func ways(code []inst, i int) []int {
	in := &code[i]
	switch {
	case in.flow == branch && in.guard >= 0:
		return []int{i + 1, int(in.target)}
	case in.flow == branch:
		return []int{int(in.target)}
	case in.flow == exit && in.guard < 0:
		return []int{len(code)}
	}
	return []int{i + 1}
}

// joins gives every branch its immediate post-dominator: the first instruction that all of its ways
// lead to. This is the dominator of the reversed graph, by the algorithm of Cooper, Harvey and
// Kennedy.
func joins(code []inst) {
	n := len(code)
	before := make([][]int, n+1)
	next := make([][]int, n)
	for i := range n {
		next[i] = ways(code, i)
		for _, j := range next[i] {
			before[j] = append(before[j], i)
		}
	}
	order, rank := postorder(before, n)
	dom := make([]int, n+1)
	for i := range dom {
		dom[i] = -1
	}
	dom[n] = n
	for changed := true; changed; {
		changed = false
		for k := len(order) - 2; k >= 0; k-- {
			i, d := order[k], -1
			for _, j := range next[i] {
				if dom[j] < 0 {
					continue
				}
				if d < 0 {
					d = j
					continue
				}
				for a := j; a != d; {
					for rank[a] < rank[d] {
						a = dom[a]
					}
					for rank[d] < rank[a] {
						d = dom[d]
					}
				}
			}
			if d != dom[i] {
				dom[i], changed = d, true
			}
		}
	}
	for i := range code {
		code[i].meet = -1
		if dom[i] >= 0 && dom[i] < n {
			code[i].meet = int32(dom[i])
		}
	}
}

// postorder walks the graph depth first from root; it returns the nodes in the order in which the
// walk leaves them, and the place of each in it.
func postorder(edges [][]int, root int) (order, rank []int) {
	type frame struct{ node, at int }
	rank = make([]int, len(edges))
	seen := make([]bool, len(edges))
	seen[root] = true
	stack := []frame{{root, 0}}
	for len(stack) > 0 {
		f := &stack[len(stack)-1]
		if f.at < len(edges[f.node]) {
			p := edges[f.node][f.at]
			f.at++
			if !seen[p] {
				seen[p] = true
				stack = append(stack, frame{p, 0})
			}
			continue
		}
		rank[f.node] = len(order)
		order = append(order, f.node)
		stack = stack[:len(stack)-1]
	}
	return order, rank
}
