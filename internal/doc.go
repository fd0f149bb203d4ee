// SPDX-License-Identifier: MIT

// Package internal holds the rooms that a value goes through: record, lower, plan,
// machine and kernels, and what they share.
package internal
