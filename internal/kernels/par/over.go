// SPDX-License-Identifier: MIT

package par

// Spanner is a loop whose rounds do not depend on each other.
type Spanner interface {
	// span runs the rounds from … to-1.
	Span(from, to int)
}

// spanSize is how many elements one chunk of a parallel loop should have.
const spanSize = 16384

// Over runs count rounds of about cost elements each, in parallel if there are many
// elements. Few allocate nothing: j is a value, and no closure is made for it.
func Over[J Spanner](count, cost int, j J) {
	if count*cost < 2*spanSize {
		j.Span(0, count)
		return
	}
	overParallel(count, cost, j)
}

func overParallel[J Spanner](count, cost int, j J) {
	group := max(1, spanSize/cost, (count+MaxChunks-1)/MaxChunks) // rounds of one chunk, by size only
	Parallel((count+group-1)/group, int64(count)*int64(cost)/2, func(c int) {
		j.Span(c*group, min((c+1)*group, count))
	})
}
