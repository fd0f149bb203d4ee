// SPDX-License-Identifier: MIT

package datasets

import (
	"math/rand/v2"
	"time"

	"github.com/stheno-go/stheno/datasets/transforms"
)

// Decoder is a Dataset of pictures that reads a picture and changes it in two steps,
// so that a [Cache] can keep what was read.
type Decoder interface {
	Pictures
	// Decode reads picture i into img, before any transform.
	Decode(i int, img *transforms.Image) error
	// Finish applies the transforms to what Decode read and returns the class. Picture
	// is Decode and then Finish.
	Finish(i int, img *transforms.Image, r *rand.Rand) (class int, err error)
	// Stamp tells what picture i is read from, as it is now.
	Stamp(i int) (Stamp, error)
}

// Stamp tells whether a file is still what it was: it changes with its size or time.
type Stamp struct {
	Name    string // the path, and whatever else decides what Decode makes of the file
	Size    int64  // in bytes
	ModTime time.Time
}
