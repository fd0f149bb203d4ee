// SPDX-License-Identifier: MIT

package kernels

// spanner is a loop whose rounds do not depend on each other.
type spanner interface {
	span(from, to int) // runs the rounds from … to-1
}

// spanSize is how many elements one chunk of a parallel loop should have.
const spanSize = 16384

// over runs count rounds of about cost elements each, in parallel if there are many
// elements. Few allocate nothing: j is a value, and no closure is made for it.
func over[J spanner](count, cost int, j J) {
	if count*cost < 2*spanSize {
		j.span(0, count)
		return
	}
	overParallel(count, cost, j)
}

func overParallel[J spanner](count, cost int, j J) {
	group := max(1, spanSize/cost, (count+maxChunks-1)/maxChunks) // rounds of one chunk, by size only
	Parallel((count+group-1)/group, int64(count)*int64(cost)/2, func(c int) {
		j.span(c*group, min((c+1)*group, count))
	})
}
