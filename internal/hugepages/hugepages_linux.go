// SPDX-License-Identifier: MIT

package hugepages

import "syscall"

func advise(b []byte) {
	_ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) // without them all is as it was
}
