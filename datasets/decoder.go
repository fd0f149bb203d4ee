// SPDX-License-Identifier: MIT

package datasets

import (
	"math/rand/v2"
	"time"

	"github.com/stheno-go/stheno/datasets/transforms"
)

// Decoder is a Dataset of pictures that are decoded and transformed in two steps, so that a [Cache]
// can keep decoded pictures.
type Decoder interface {
	Pictures
	// Decode reads picture i into img, before any transform.
	Decode(i int, img *transforms.Image) error
	// Finish applies the transforms to a picture of Decode and returns the class. Picture is
	// equivalent to Decode and then Finish.
	Finish(i int, img *transforms.Image, r *rand.Rand) (class int, err error)
	// Stamp returns the current stamp of the file of picture i.
	Stamp(i int) (Stamp, error)
}

// Stamp identifies the content of a file: it changes with its size or time.
type Stamp struct {
	Name    string // the path, and anything else on which the result of Decode depends
	Size    int64  // in bytes
	ModTime time.Time
}
