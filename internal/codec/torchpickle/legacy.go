// SPDX-License-Identifier: MIT

package torchpickle

import (
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
)

const (
	legacyMagic    = "1950a86a20f9469cfc6c" // torch.serialization.MAGIC_NUMBER
	legacyProtocol = 1001
)

// decodeLegacy reads five pickles, one behind the other: a magic number, a protocol
// version, facts about the machine that wrote, the object, the keys of its storages.
// Then come the storages in that order, each after its number of elements.
func decodeLegacy(b []byte) (any, error) {
	known := map[string]*storage{}
	m := newMachine(b, nil)
	m.persistent = func(id []any) (any, error) {
		s, err := m.newStorage(id)
		if err != nil {
			return nil, err
		}
		old := known[s.key]
		if old == nil {
			known[s.key] = s
			return s, nil
		}
		if old.dtype != s.dtype || old.n != s.n {
			return nil, bad("storage %s is of %d %s and of %d %s", quote(s.key), old.n, old.dtype, s.n, s.dtype)
		}
		return old, nil
	}
	var parts [5]any
	for i, what := range []string{"magic number", "protocol version", "system information", "object", "storage keys"} {
		var err error
		if parts[i], err = m.run(); err != nil {
			return nil, fmt.Errorf("%w, in its %s", err, what)
		}
		if i == 0 {
			if magic, ok := parts[0].(*big.Int); !ok || magic.Text(16) != legacyMagic {
				return nil, bad("a pickle that torch.save did not write")
			}
		}
	}
	if parts[1] != int64(legacyProtocol) {
		return nil, bad("protocol version %v, want %d", parts[1], legacyProtocol)
	}
	// parts[2] is the writer's byte order, but the storages are always little-endian.
	keys, ok := parts[4].(*list)
	if !ok {
		return nil, bad("the storage keys are %s, want a list", describe(parts[4]))
	}
	for _, key := range keys.items {
		name, ok := key.(string)
		s := known[name]
		if !ok || s == nil || s.data != nil {
			return nil, bad("storage key %s is of no tensor, or comes twice", describe(key))
		}
		if err := m.fill(s); err != nil {
			return nil, err
		}
	}
	return (&plain{map[any]any{}}).value(parts[3], 0)
}

// fill reads a storage.
func (m *machine) fill(s *storage) error {
	b, err := m.bytes(8)
	if err != nil {
		return err
	}
	if n := int64(binary.LittleEndian.Uint64(b)); n != s.n {
		return bad("storage %s has %d elements, its tensors want %d", quote(s.key), n, s.n)
	}
	s.data, err = m.bytes(uint64(s.n) * uint64(safetensors.Size(s.dtype)))
	return err
}
