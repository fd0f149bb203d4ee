// SPDX-License-Identifier: MIT

package models

import (
	"errors"
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/absent"
	"github.com/stheno-go/stheno/layers"
)

// Headed is a network whose last layer, its head, predicts the classes. A custom network implements it
// with
//
//	func (m *Net) Head() stheno.Module     { return m.FC }
//	func (m *Net) SetHead(h stheno.Module) { m.FC = h }
//
// where the field FC is a stheno.Module.
type Headed interface {
	stheno.Module
	// Head returns the last layer.
	Head() stheno.Module
	// SetHead replaces the last layer. If it is nil, Check and Forward return an error.
	SetHead(stheno.Module)
}

// ReplaceHead replaces the last layer of m by one with initial weights for other classes. Call it
// after loading weights and before making the optimizer. The head must be a *layers.Linear; for other
// modules use SetHead.
func ReplaceHead(m stheno.Module, classes int) error {
	net, err := headed(m)
	if err != nil {
		return err
	}
	if classes < 1 {
		return fmt.Errorf("models: replace head: the number of classes must be positive, got %d: %w", classes, stheno.ErrValue)
	}
	old, ok := net.Head().(*layers.Linear)
	if !ok {
		return fmt.Errorf("models: replace head: the head of %T is a %T, expects a *layers.Linear; use SetHead for other modules: %w", m, net.Head(), stheno.ErrValue)
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

// FreezeBody freezes all parameters but those of the head; a step of a ResNet-20 then takes a quarter
// of the time. stheno.Unfreeze undoes it. As in PyTorch, running statistics of normalizations are
// still updated in training; to keep them, set the Mode of a trainers.Trainer to stheno.Eval.
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

// headed returns m as a Headed whose head is not nil.
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

var errNoHead = errors.New("the head is nil; set it with SetHead")

// checkHead returns err, the error of the configuration, or an error if the head is nil.
func checkHead(network string, err error, head stheno.Module) error {
	if err == nil && absent.Is(head) {
		err = fmt.Errorf("models: %s: %w", network, errNoHead)
	}
	return err
}

// callHead calls the head of a network.
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
