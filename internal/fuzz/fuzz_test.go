// SPDX-License-Identifier: MIT

package main

import (
	"go/parser"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPrograms tries some programs, the same ones every time.
func TestPrograms(t *testing.T) {
	n := uint64(600)
	if testing.Short() {
		n = 100
	}
	var c counts
	for seed := range n {
		p := Draw(seed)
		o := p.Try()
		c.note(p, o)
		if o.Failure != nil {
			small, why := Shrink(p)
			t.Fatalf("seed %d: %v\n%v\n%s", seed, o.Failure, why, small.Go())
		}
	}
	t.Log(&c)
	// A fuzzer that judges nothing finds nothing.
	assert.Greater(t, float64(c.judged), 0.95*float64(c.results))
	assert.Less(t, float64(c.refused), 0.02*float64(c.programs))
}

// TestEveryRowIsDrawn: what is in the table is in programs, and is printed as Go.
func TestEveryRowIsDrawn(t *testing.T) {
	seen, all := map[string]bool{}, 0
	for _, r := range rows {
		if r.code != "" {
			all++
		}
	}
	for seed := uint64(0); seed < 5000 && len(seen) < all; seed++ {
		p := Draw(seed)
		for i, n := range p.Nodes {
			if n.Leaf == nil && !seen[n.Op] {
				seen[n.Op] = true
				code := n.goCode(func(int) string { return "v" })
				_, err := parser.ParseExpr(code)
				assert.NoError(t, err, code)
			} else if n.Leaf != nil && i < 3 && seed < 20 {
				_, err := parser.ParseExpr(p.leafCode(i))
				assert.NoError(t, err, p.leafCode(i))
			}
		}
	}
	for name, r := range rows {
		assert.True(t, seen[name] || r.code == "", name)
		assert.True(t, reference[name] != nil || r.code == "" || name == "dropout", "%s has no definition", name)
	}
}

// TestDrawIsReproducible: a seed is a program, whatever ran before.
func TestDrawIsReproducible(t *testing.T) {
	for seed := range uint64(20) {
		require.Equal(t, Draw(seed).Go(), Draw(seed).Go())
	}
}

// TestPruneKeepsWhatIsAskedFor: smaller programs are programs.
func TestPruneKeepsWhatIsAskedFor(t *testing.T) {
	for seed := range uint64(50) {
		p := Draw(seed)
		q := p.clone()
		q.prune()
		require.Equal(t, len(p.Nodes), len(q.Nodes), "a drawn program has nothing to spare")
		for _, s := range p.smaller() {
			s.prune()
			require.False(t, slices.ContainsFunc(s.Roots, func(r int) bool { return r >= len(s.Nodes) }))
		}
	}
}
