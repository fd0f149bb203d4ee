// SPDX-License-Identifier: MIT

package emit

// Overlapping writes a loop over a row of count elements, which is at least n: body does n
// of them from register at on. The last n overlap those before them if count is no
// multiple of n. The register count holds where the last ones begin then.
func (f *File) Overlapping(label string, n int, count, at string, body func()) {
	f.P("XORQ %[1]s, %[1]s", at)
	f.P("SUBQ $%d, %s", n, count)
	f.Label("%s", label)
	body()
	f.P("CMPQ %s, %s", at, count)
	f.P("JEQ %s", f.At("%s_done", label))
	f.P("ADDQ $%d, %s", n, at)
	f.P("CMPQ %s, %s", at, count)
	f.P("CMOVQGT %s, %s", count, at)
	f.P("JMP %s", f.At("%s", label))
	f.Label("%s_done", label)
}
