// SPDX-License-Identifier: MIT

// Package studies has the experiments of "stheno study": each trains networks from several
// seeds, saves what is finished in a folder, and summarizes it in a table, a picture and
// sentences that the numbers allow.
package studies
