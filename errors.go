// SPDX-License-Identifier: MIT

package stheno

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/ops"
	"github.com/stheno-go/stheno/internal/record"
)

// The kinds of errors, for [errors.Is].
var (
	ErrShape  = errors.New("shape mismatch")
	ErrDType  = errors.New("dtype mismatch")
	ErrDevice = errors.New("device mismatch")
	ErrValue  = errors.New("invalid value")
	ErrNoCUDA = errors.New("built without cuda")
	ErrFreed  = record.ErrFreed // the recorded operations were freed by Backward
	ErrStale  = record.ErrStale // an input changed after the operation was recorded
)

// OpError is the error of an operation that could not be recorded. The Variable that the operation
// returned carries it, and every function that computes returns it.
type OpError struct {
	Op     string  // the operation, such as "conv2d"
	Text   string  // what was given and what was expected
	Shapes []Shape // of the operands
	Path   string  // of the module, such as "layer1.0.conv2", if [Call] ran it or its parameters have names
	Caller string  // file and line of the first caller outside this library
	Err    error   // ErrShape, ErrDType, ErrDevice or ErrValue

	leaves []*record.Node // operands, from which locate finds the Path
}

// Error returns the operation, reason, operands, position and kind.
func (e *OpError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "stheno: %s: %s", e.Op, e.Text)
	if len(e.Shapes) > 0 {
		s.WriteString(": operands")
		for i, shape := range e.Shapes {
			if i > 0 {
				s.WriteByte(',')
			}
			fmt.Fprintf(&s, " %v", shape)
		}
	}
	switch {
	case e.Path != "" && e.Caller != "":
		fmt.Fprintf(&s, " [%s, %s]", e.Path, e.Caller)
	case e.Path+e.Caller != "":
		fmt.Fprintf(&s, " [%s]", e.Path+e.Caller)
	}
	fmt.Fprintf(&s, ": %v", e.Err)
	return s.String()
}

// Unwrap returns the kind of error.
func (e *OpError) Unwrap() error { return e.Err }

// Failed returns a Variable that carries an [OpError]. Custom operations return it for invalid
// operands.
func Failed(op string, kind error, format string, args ...any) *Variable {
	v := new(Variable)
	v.failWith(&OpError{Op: op, Text: fmt.Sprintf(format, args...), Caller: caller(), Err: kind})
	return v
}

// failedBy returns a Variable that carries err.
func failedBy(err error) *Variable {
	v := new(Variable)
	v.failWith(err)
	return v
}

// failWith makes v carry err, which is not an error of an operand.
func (v *Variable) failWith(err error) {
	noteFailure(err)
	v.n.Fail(err)
}

// fail makes v carry the reason why op could not be recorded. An error of an operand takes precedence.
func (v *Variable) fail(op string, reason error, operands ...*record.Node) *Variable {
	for _, n := range operands {
		if err := n.Err(); err != nil {
			v.n.Fail(err)
			return v
		}
	}
	e := &OpError{Op: op, Caller: caller(), Err: ErrShape}
	if reason != nil {
		e.Text = reason.Error()
	}
	var infer *ops.InferError
	switch {
	case errors.Is(reason, errNil):
		e.Err = ErrValue
	case errors.Is(reason, record.ErrDevice):
		e.Err, e.Text = ErrDevice, devicesOf(operands)
	case errors.As(reason, &infer) && infer.DType:
		e.Err = ErrDType
	}
	for _, n := range operands {
		if n.Has(record.Scalar) {
			continue // a number has no shape
		}
		e.Shapes = append(e.Shapes, n.Dims().Slice())
		if path := modulePath(n); path != "" && e.Path == "" {
			e.Path = path
		}
		if n.IsLeaf() && n.Data() != nil {
			e.leaves = append(e.leaves, n)
		}
	}
	if e.Path != "" {
		e.leaves = nil
	}
	v.failWith(e)
	return v
}

// locate sets the path in err to that of the operation's parameter in m, unless the parameter had a
// name. For nested modules it is called for the outermost last.
func locate(m Module, err error) {
	var e *OpError
	if !errors.As(err, &e) || len(e.leaves) == 0 {
		return
	}
	done := false
	w := walker{variable: func(name string, v *Variable, _ bool) {
		if path, _, ok := cutLast(name, "."); ok && !done && slices.Contains(e.leaves, &v.n) {
			e.Path, done = path, true
		}
	}}
	_ = w.run(m) // problems are reported by Check
}

func devicesOf(operands []*record.Node) string {
	var names []string
	for _, n := range operands {
		names = append(names, Device(n.Device()).String())
	}
	return "operands are on " + strings.Join(names, " and ") + "; move them with To"
}

// modulePath returns the path of the module of n, a parameter with a name.
func modulePath(n *record.Node) string {
	path, _, _ := cutLast(n.Name(), ".")
	return path
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

const modulePrefix = "github.com/stheno-go/stheno"

// library are the folders of this module whose frames are skipped by caller.
var library = []string{"debug", "gorgonia", "layers", "models", "datasets", "trainers", "sthenotest", "internal"}

// ours reports whether a function belongs to this module or to the Go runtime.
func ours(function string) bool {
	rest, ok := strings.CutPrefix(function, modulePrefix)
	if !ok {
		name, _, _ := strings.Cut(function, ".")
		return name == "runtime" || name == "reflect" || name == "sync" || name == "slices"
	}
	folder, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	folder, _, _ = strings.Cut(folder, ".")
	return strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "/") && slices.Contains(library, folder)
}

// caller returns the first frame outside this module.
func caller() string {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:n])
		for {
			f, more := frames.Next()
			if f.Function != "" && (!ours(f.Function) || strings.HasSuffix(f.File, "_test.go")) {
				return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
			}
			if !more {
				break
			}
		}
		if n < len(pcs) {
			return ""
		}
	}
}

// runError formats the error of a kernel as other errors, and adds the caller to ErrFreed and
// ErrStale.
func runError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrFreed) || errors.Is(err, ErrStale) || errors.Is(err, record.ErrOpen) {
		return fmt.Errorf("%w [%s]", err, caller())
	}
	var k *ops.KernelError
	var infer *ops.InferError
	if errors.As(err, &k) && errors.As(k.Err, &infer) && infer.DType {
		return fmt.Errorf("stheno: %s: %w: %w", k.Op, k.Err, ErrDType)
	}
	if k != nil && k.Path != "" {
		return fmt.Errorf("stheno: %s: %w [%s]", k.Op, k.Err, k.Path)
	}
	if k != nil {
		return fmt.Errorf("stheno: %s: %w", k.Op, k.Err)
	}
	return err
}
