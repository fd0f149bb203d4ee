// SPDX-License-Identifier: MIT

//go:build !linux

package hugepages

func advise([]byte) {}
