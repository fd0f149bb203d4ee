// SPDX-License-Identifier: MIT

package models

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/absent"
	"github.com/stheno-go/stheno/layers"
)

// Headed is a network whose last layer, its head, tells classes apart. A network of the
// user's own is one, too, with
//
//	func (m *Net) Head() stheno.Module     { return m.FC }
//	func (m *Net) SetHead(h stheno.Module) { m.FC = h }
//
// where the field FC is a stheno.Module.
type Headed interface {
	stheno.Module
	// Head returns the last layer.
	Head() stheno.Module
	// SetHead puts another module in its place. Without one, a nil, Check and Forward are
	// errors.
	SetHead(stheno.Module)
}

// ReplaceHead gives m a new last layer, with initial weights, for other classes: m keeps
// what it knows of images. Do it after loading the weights and before the optimizer is
// made. The head must be a *layers.Linear; SetHead of m takes any other module.
func ReplaceHead(m stheno.Module, classes int) error {
	net, err := headed(m)
	if err != nil {
		return err
	}
	if classes < 1 {
		return fmt.Errorf("models: replace head: want a class, got %d: %w", classes, stheno.ErrValue)
	}
	old, ok := net.Head().(*layers.Linear)
	if !ok {
		return fmt.Errorf("models: replace head: the head of %T is a %T, want a *layers.Linear; its SetHead takes any module: %w", m, net.Head(), stheno.ErrValue)
	}
	if old.Weight == nil {
		return fmt.Errorf("models: replace head: the head of %T has no weight: %w", m, stheno.ErrValue)
	}
	var options []layers.LinearOption
	if old.Bias == nil {
		options = append(options, layers.Bias(false))
	}
	fresh := layers.NewLinear(old.Weight.Dim(1), classes, options...)
	if err := stheno.To(fresh, old.Weight.DType()); err != nil {
		return err
	}
	net.SetHead(fresh)
	return nil
}

// FreezeBody freezes everything but the head: only that is trained, and a step of a
// ResNet-20 takes a quarter of the time. stheno.Unfreeze undoes it. Running statistics of
// normalisations go on following the images in training, as in PyTorch; a
// trainers.Trainer whose Mode is stheno.Eval leaves them alone.
func FreezeBody(m stheno.Module) error {
	net, err := headed(m)
	if err != nil {
		return err
	}
	head := net.Head()
	if len(stheno.Parameters(head)) == 0 {
		return fmt.Errorf("models: freeze body: the head of %T, a %T, has no parameters: nothing would be trained: %w", m, head, stheno.ErrValue)
	}
	stheno.Freeze(m)
	stheno.Unfreeze(head)
	return nil
}

// headed returns m as a network with a head that can be used.
func headed(m stheno.Module) (Headed, error) {
	h, ok := m.(Headed)
	if ok && absent.Is(m) {
		return nil, fmt.Errorf("models: the %T is nil: %w", m, stheno.ErrValue)
	}
	if !ok {
		return nil, fmt.Errorf("models: %T has no methods Head() stheno.Module and SetHead(stheno.Module): %w", m, stheno.ErrValue)
	}
	if err := stheno.Check(m); err != nil {
		return nil, err
	}
	if absent.Is(h.Head()) {
		return nil, fmt.Errorf("models: %T: %w", m, errNoHead)
	}
	return h, nil
}

var errNoHead = errors.New("the head is nil; SetHead takes a module")

// checkHead returns what is wrong with a network: its configuration, or a head that is nil.
func checkHead(network string, err error, head stheno.Module) error {
	if err == nil && absent.Is(head) {
		err = fmt.Errorf("models: %s: %w", network, errNoHead)
	}
	return err
}

// callHead returns what the head of a network makes of x.
func callHead(network string, head stheno.Module, x *stheno.Variable) *stheno.Variable {
	if absent.Is(head) {
		return stheno.Failed(network, stheno.ErrValue, "%v", errNoHead)
	}
	return stheno.Call(head, x)
}

// Head returns the last layer.
func (m *ResNet) Head() stheno.Module { return m.FC }

// SetHead replaces the last layer. Shape: (N,512), of bottlenecks (N,2048), -> (N,classes).
func (m *ResNet) SetHead(h stheno.Module) { m.FC = h }

// Head returns the last layer.
func (m *CIFARResNet) Head() stheno.Module { return m.Linear }

// SetHead replaces the last layer. Shape: (N,64) -> (N,classes).
func (m *CIFARResNet) SetHead(h stheno.Module) { m.Linear = h }

// Head returns the last layer.
func (m *ResNet18CIFAR) Head() stheno.Module { return m.Linear }

// SetHead replaces the last layer. Shape: (N,512) -> (N,classes).
func (m *ResNet18CIFAR) SetHead(h stheno.Module) { m.Linear = h }

// Head returns the last layer.
func (m *PreActResNet18) Head() stheno.Module { return m.Linear }

// SetHead replaces the last layer. Shape: (N,512) -> (N,classes).
func (m *PreActResNet18) SetHead(h stheno.Module) { m.Linear = h }

// Head returns the last layer.
func (m *LeNet) Head() stheno.Module { return m.FC3 }

// SetHead replaces the last layer. Shape: (N,84) -> (N,classes).
func (m *LeNet) SetHead(h stheno.Module) { m.FC3 = h }

// Head returns the last layer, nil if there is none.
func (m *MLP) Head() stheno.Module {
	if len(m.Layers) == 0 {
		return nil
	}
	return m.Layers[len(m.Layers)-1]
}

// SetHead replaces the last layer. Shape: (N,in) -> (N,out) of the last two sizes.
func (m *MLP) SetHead(h stheno.Module) {
	if len(m.Layers) == 0 {
		m.Layers = []stheno.Module{h}
		return
	}
	m.Layers[len(m.Layers)-1] = h
}

// Head returns the layer.
func (m *LinearRegression) Head() stheno.Module { return m.Linear }

// SetHead replaces the layer. Shape: (N,in) -> (N,out).
func (m *LinearRegression) SetHead(h stheno.Module) { m.Linear = h }

// Head returns the layer.
func (m *LogisticRegression) Head() stheno.Module { return m.Linear }

// SetHead replaces the layer. Shape: (N,in) -> (N,classes).
func (m *LogisticRegression) SetHead(h stheno.Module) { m.Linear = h }
