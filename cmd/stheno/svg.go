// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
)

// vertex is a node of an expression graph in a drawing.
type vertex struct {
	op, shape string
	in        []*vertex // operands
	users     int
	layer     int     // from the top
	x         float64 // of the center, in widths of a box
}

var (
	dotNode = regexp.MustCompile(`(?s)(Node_0x[0-9a-f]+) \[.*?label="\{\{(.*?)\}\}"`)
	dotEdge = regexp.MustCompile(`(Node_0x[0-9a-f]+) -> (Node_0x[0-9a-f]+);`)
	dotArgs = regexp.MustCompile(`\|0x[0-9a-f]+$`)
)

// vertices parses the output of Program.DOT and returns the nodes in topological order.
func vertices(dot []byte) []*vertex {
	byName := map[string]*vertex{}
	var names []string
	for _, m := range dotNode.FindAllSubmatch(dot, -1) {
		fields := strings.Split(string(m[2]), "}|{")
		v := &vertex{op: dotArgs.ReplaceAllString(fields[0], "")}
		for _, f := range fields[1:] {
			kind, text, _ := strings.Cut(strings.Trim(f, "{}"), "|")
			switch kind {
			case "Op":
				if !strings.Contains(text, "nil") { // an input has no operation, but may have a name
					v.op = text
				}
			case "Shape":
				v.shape = strings.ReplaceAll(text, ", ", " x ")
			}
		}
		byName[string(m[1])] = v
		names = append(names, string(m[1]))
	}
	for _, m := range dotEdge.FindAllSubmatch(dot, -1) {
		from, to := byName[string(m[1])], byName[string(m[2])]
		if from != nil && to != nil {
			from.in = append(from.in, to)
			to.users++
		}
	}
	var order []*vertex
	done := map[*vertex]bool{}
	var visit func(v *vertex)
	visit = func(v *vertex) {
		if done[v] {
			return
		}
		done[v] = true
		for _, u := range v.in {
			visit(u)
		}
		order = append(order, v)
	}
	for _, name := range names {
		visit(byName[name])
	}
	return order
}

// layered puts every node below its operands, and inputs just above their first use. It orders
// each layer by the center of the operands.
func layered(order []*vertex) [][]*vertex {
	for _, v := range order {
		for _, u := range v.in {
			v.layer = max(v.layer, u.layer+1)
		}
	}
	first := map[*vertex]int{}
	for _, v := range order {
		for _, u := range v.in {
			if at, ok := first[u]; !ok || v.layer < at {
				first[u] = v.layer
			}
		}
	}
	var rows [][]*vertex
	for _, v := range order {
		if len(v.in) == 0 && v.users > 0 {
			v.layer = first[v] - 1
		}
		for len(rows) <= v.layer {
			rows = append(rows, nil)
		}
		rows[v.layer] = append(rows[v.layer], v)
	}
	for _, row := range rows {
		for _, v := range row {
			n := 0.0
			for _, u := range v.in {
				if len(u.in) > 0 || v.layer == 1 { // parameters do not determine it
					v.x, n = v.x+u.x, n+1
				}
			}
			v.x /= max(n, 1)
		}
		slices.SortStableFunc(row, func(a, b *vertex) int { // inputs to the right of operations
			if leaf := len(b.in) - len(a.in); (len(a.in) == 0) != (len(b.in) == 0) {
				return leaf
			}
			switch {
			case a.x < b.x:
				return -1
			case a.x > b.x:
				return 1
			}
			return 0
		})
		for i, v := range row {
			if v.x = max(v.x, 0); i > 0 {
				v.x = max(v.x, row[i-1].x+1)
			}
		}
	}
	return rows
}

// svg draws an expression graph: boxes with operation and shape, below those of their operands.
// Parameters and other inputs are grey.
func svg(dot []byte) []byte {
	const width, height, gapX, gapY, margin = 190, 40, 24, 34, 20
	rows := layered(vertices(dot))
	at := func(v *vertex) (x, y float64) {
		return margin + v.x*(width+gapX) + width/2, margin + float64(v.layer)*(height+gapY)
	}
	right := 0.0
	var edges, boxes bytes.Buffer
	for _, row := range rows {
		for _, v := range row {
			x, y := at(v)
			right = max(right, x+width/2+margin)
			for _, u := range v.in {
				ux, uy := at(u)
				middle := (uy + height + y) / 2
				fmt.Fprintf(&edges, "<path d=\"M%g %g C%g %g %g %g %g %g\"/>\n", ux, uy+height, ux, middle, x, middle, x, y)
			}
			class := "op"
			if len(v.in) == 0 {
				class = "input"
			}
			op, _, _ := strings.Cut(v.op, "[") // attributes are in the title
			fmt.Fprintf(&boxes, "<g class=\"%s\"><title>%s</title><rect x=\"%g\" y=\"%g\" width=\"%d\" height=\"%d\" rx=\"6\"/><text x=\"%g\" y=\"%g\">%s</text><text class=\"shape\" x=\"%g\" y=\"%g\">%s</text></g>\n",
				class, html.EscapeString(v.op), x-width/2, y, width, height, x, y+17, html.EscapeString(op), x, y+32, html.EscapeString(v.shape))
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%d" font-family="sans-serif" font-size="12" text-anchor="middle">
<style>
path { fill: none; stroke: #888; stroke-width: 1.2 }
rect { fill: #e8f1fa; stroke: #1f77b4 }
.input rect { fill: #f2f2f2; stroke: #999 }
.shape { fill: #666; font-size: 10px }
</style>
<rect width="100%%" height="100%%" style="fill: white; stroke: none"/>
`, right, 2*margin+len(rows)*(height+gapY)-gapY)
	out.Write(edges.Bytes())
	out.Write(boxes.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}
