// SPDX-License-Identifier: MIT

package record

// Role is what a leaf is to the module whose field holds it.
type Role uint8

// The roles.
const (
	NoRole    Role = iota
	Parameter      // trained, unless frozen
	Buffer         // saved with the module, not trained
)

// Role returns what the leaf n is to a module.
func (n *Node) Role() Role {
	if n.ext == nil {
		return NoRole
	}
	return n.ext.role
}

// SetRole makes the leaf n a parameter or a buffer.
func (n *Node) SetRole(r Role) { n.extra().role = r }

// Name returns the name that the leaf n has in its module, from the walk of that; "" for none.
func (n *Node) Name() string {
	if n.ext == nil {
		return ""
	}
	return n.ext.name
}

// SetName gives the leaf n a name.
func (n *Node) SetName(name string) { n.extra().name = name }

// Stays reports whether the leaf n is likely to be there again in the next run, as the
// parameters of a module are: what is made of it is worth keeping.
func (n *Node) Stays() bool {
	return n.op == nil && n.ext != nil && n.ext.stays(n.flags)
}

func (x *extra) stays(f Flags) bool {
	return x.data != nil && x.draw == nil && (x.role != NoRole || f&Grad != 0)
}
