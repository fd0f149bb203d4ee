// SPDX-License-Identifier: MIT

//go:build !race

package datasets_test

func raceEnabled() bool { return false }
