// SPDX-License-Identifier: MIT

package models

import (
	"fmt"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/absent"
	"github.com/stheno-go/stheno/layers"
)

// Headed is a network whose last layer tells classes apart. A network of the user's own
// is one, too, with
//
//	func (m *Net) Head() **layers.Linear { return &m.FC }
type Headed interface {
	stheno.Module
	// Head returns where the network keeps its last layer.
	Head() **layers.Linear
}

// ReplaceHead gives m a new last layer, with initial weights, for other classes: m keeps
// what it knows of images. Do it after loading the weights and before the optimizer is
// made.
func ReplaceHead(m stheno.Module, classes int) error {
	head, err := headOf(m)
	if err != nil {
		return err
	}
	if classes < 1 {
		return fmt.Errorf("models: replace head: want a class, got %d: %w", classes, stheno.ErrValue)
	}
	var options []layers.LinearOption
	if (*head).Bias == nil {
		options = append(options, layers.Bias(false))
	}
	fresh := layers.NewLinear((*head).Weight.Dim(1), classes, options...)
	if err := stheno.To(fresh, (*head).Weight.DType()); err != nil {
		return err
	}
	*head = fresh
	return nil
}

// FreezeBody freezes everything but the head: only that is trained, and a step of a
// ResNet-20 takes a quarter of the time. stheno.Unfreeze undoes it. Running statistics of
// normalisations go on following the images in training, as in PyTorch; a
// trainers.Trainer whose Mode is stheno.Eval leaves them alone.
func FreezeBody(m stheno.Module) error {
	head, err := headOf(m)
	if err != nil {
		return err
	}
	stheno.Freeze(m)
	stheno.Unfreeze(*head)
	return nil
}

func headOf(m stheno.Module) (**layers.Linear, error) {
	h, ok := m.(Headed)
	if ok && absent.Is(m) {
		return nil, fmt.Errorf("models: the %T is nil: %w", m, stheno.ErrValue)
	}
	if !ok {
		return nil, fmt.Errorf("models: %T has no method Head() **layers.Linear: %w", m, stheno.ErrValue)
	}
	if err := stheno.Check(m); err != nil {
		return nil, err
	}
	if p := h.Head(); p != nil && *p != nil && (*p).Weight != nil {
		return p, nil
	}
	return nil, fmt.Errorf("models: the head of %T has no weight: %w", m, stheno.ErrValue)
}

// Head returns where the last layer is.
func (m *ResNet) Head() **layers.Linear { return &m.FC }

// Head returns where the last layer is.
func (m *CIFARResNet) Head() **layers.Linear { return &m.Linear }

// Head returns where the last layer is.
func (m *ResNet18CIFAR) Head() **layers.Linear { return &m.Linear }

// Head returns where the last layer is.
func (m *PreActResNet18) Head() **layers.Linear { return &m.Linear }

// Head returns where the last layer is.
func (m *LeNet) Head() **layers.Linear { return &m.FC3 }

// Head returns where the last layer is.
func (m *MLP) Head() **layers.Linear {
	if len(m.Layers) == 0 {
		return nil
	}
	return &m.Layers[len(m.Layers)-1]
}

// Head returns where the layer is.
func (m *LinearRegression) Head() **layers.Linear { return &m.Linear }

// Head returns where the layer is.
func (m *LogisticRegression) Head() **layers.Linear { return &m.Linear }
