// SPDX-License-Identifier: MIT

// Package spelling finds what a misspelt name may have meant.
package spelling

// Nearest returns the name that is most like the given one, "" if none is much like it:
// half of the letters may differ. Of equals it is the first.
func Nearest(name string, names []string) string {
	best, distance := "", len(name)/2+1
	for _, other := range names {
		if d := Distance(name, other); d < distance {
			best, distance = other, d
		}
	}
	return best
}

// Distance is the number of insertions, deletions and replacements of bytes between a
// and b (Levenshtein).
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
