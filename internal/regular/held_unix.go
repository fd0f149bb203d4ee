// SPDX-License-Identifier: MIT

//go:build unix

package regular

import (
	"io/fs"
	"syscall"
)

// held returns the bytes that the file system keeps of a file.
func held(info fs.FileInfo) (n int64, known bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int64(st.Blocks) * 512, true
}
