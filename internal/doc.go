// SPDX-License-Identifier: MIT

// Package internal holds the engine: the packages record, lower, plan, machine and kernels,
// through which a recorded operation goes in this order, program, which drives them, and what
// they share. docs/architecture.md describes each and follows one value through them.
package internal
