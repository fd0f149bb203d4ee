package kernels

import (
	"fmt"
	"testing"
)

func stemCases() []Conv {
	return []Conv{square(2, 3, 31, 40, 7, 2, 3, 1), square(1, 3, 64, 64, 7, 2, 3, 1), square(3, 1, 20, 16, 7, 2, 0, 1), square(1, 4, 17, 17, 7, 2, 5, 1)}
}
func TestStemX(t *testing.T) {
	list := stemCases()
	withEach(t, func(t *testing.T) {
		for i := range list {
			p := &list[i]
			w := blockedResults(p)
			t.Run(fmt.Sprint(*p), func(t *testing.T) { testBlocked(t, p, Winograd, w) })
		}
	})
}
