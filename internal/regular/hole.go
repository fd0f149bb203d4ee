// SPDX-License-Identifier: MIT

package regular

import (
	"fmt"
	"io/fs"
)

// CheckHoles returns an error for a file of more than 1 GiB that is nearly all holes, which
// take no room on the disk and all of it in memory. A file system that compresses does not
// come near the limit.
func CheckHoles(info fs.FileInfo) error {
	const large, ratio = 1 << 30, 64
	n, known := held(info)
	if !known || info.Size() <= large || n >= info.Size()/ratio {
		return nil
	}
	return fmt.Errorf("the file claims %d bytes, of which %d are there: the rest are holes", info.Size(), n)
}
