// SPDX-License-Identifier: MIT

package filelock

import (
	"errors"
	"io/fs"

	"github.com/stheno-go/stheno/internal/regular"
)

// State is what became of a lock.
type State uint8

// The states.
const (
	Free State = iota // nobody has it
	Held              // somebody has it
	Left              // who had it ended without letting it go: it was killed
)

// Look returns the state of the lock at path, and the process that holds it, if any. For a moment
// it may take a lock that was left.
func Look(path string) (s State, by string, err error) {
	f, err := regular.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Free, "", nil
	}
	if err != nil {
		return Free, "", err
	}
	defer f.Close()
	switch free, err := TryLock(f); {
	case err != nil:
		return Free, "", err
	case !free:
		return Held, holder(f), nil
	case !Same(f, path): // it was let go of meanwhile
		return Free, "", nil
	}
	return Left, "", nil
}
