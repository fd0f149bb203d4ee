// SPDX-License-Identifier: MIT

// Package models implements prebuilt networks: the residual networks of torchvision and those for
// CIFAR-10, with the parameter names of their PyTorch weights, and small networks.
//
// Each network has a constructor, and [New] returns one by name:
//
//	net := models.NewResNet18(models.ResNetConfig{Classes: 10})
//	err := stheno.Load("resnet18.safetensors", net)
//
// [ReplaceHead] adapts a network with pretrained weights to other classes.
package models

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/spelling"
)

// Config holds the settings of [New]. A zero stands for the network's default; an option that a
// network does not have is an error.
type Config struct {
	Classes  int // outputs
	Channels int // of the images
	Height   int // of the images; used by lenet and mlp, the others accept any
	Width    int
	Features int   // features of a sample, for linear, logistic, softmax, and mlp without images
	Hidden   []int // sizes of the hidden layers of mlp

	Groups     int  // of a bottleneck's 3x3 convolution
	GroupWidth int  // channels of a group at 64 planes (width_per_group)
	ZeroInit   bool // zero_init_residual
	Dilate     []bool
	Norm       func(channels int) stheno.Module
}

// Model is a network of the catalogue.
type Model struct {
	Name    string
	About   string
	Options []string // fields of Config that apply

	input []int // (channels, height, width) or (features)
	make  func(Config) stheno.Module
}

// New returns a network with initial weights. A name that is not in [Names] is an error that suggests
// the closest match.
func New(name string, c Config) (stheno.Module, error) {
	m, err := Find(name)
	if err != nil {
		return nil, err
	}
	return m.New(c)
}

// Names returns the names of all networks in the order of the catalogue.
func Names() []string {
	var names []string
	for _, m := range catalogue() {
		names = append(names, m.Name)
	}
	return names
}

// Find returns the network with the given name.
func Find(name string) (Model, error) {
	for _, m := range catalogue() {
		if m.Name == name {
			return m, nil
		}
	}
	names := Names()
	if near := spelling.Nearest(strings.ToLower(name), names); near != "" {
		return Model{}, fmt.Errorf("models: no model %q (did you mean %q?): %w", name, near, stheno.ErrValue)
	}
	return Model{}, fmt.Errorf("models: no model %q; have %s: %w", name, strings.Join(names, ", "), stheno.ErrValue)
}

// New returns the network with initial weights.
func (m Model) New(c Config) (stheno.Module, error) {
	for field, v := range reflect.ValueOf(c).Fields() {
		switch {
		case v.IsZero():
		case v.CanInt() && v.Int() < 0:
			return nil, fmt.Errorf("models: %s: %s must be positive, got %d: %w", m.Name, field.Name, v.Int(), stheno.ErrValue)
		case !slices.Contains(m.Options, field.Name):
			return nil, fmt.Errorf("models: %s has no option %s; it has %s: %w", m.Name, field.Name, strings.Join(m.Options, ", "), stheno.ErrValue)
		}
	}
	if m.make == nil {
		return nil, fmt.Errorf("models: the zero value is not a model: use Find: %w", stheno.ErrValue)
	}
	net := m.make(m.withInput(c))
	if err := stheno.Check(net); err != nil {
		return nil, err
	}
	return net, nil
}

// Input returns the shape of one sample, without the batch: (channels, height, width) or
// (features).
func (m Model) Input(c Config) []int {
	if m.make == nil {
		return nil
	}
	c = m.withInput(c)
	if c.Features > 0 {
		return []int{c.Features}
	}
	return []int{c.Channels, c.Height, c.Width}
}

// withInput replaces zero sizes of the input by the network's defaults.
func (m Model) withInput(c Config) Config {
	set := func(v *int, i int) {
		if *v == 0 {
			*v = m.input[i]
		}
	}
	switch {
	case len(m.input) == 1:
		set(&c.Features, 0)
	case c.Features == 0:
		set(&c.Channels, 0)
		set(&c.Height, 1)
		set(&c.Width, 2)
	}
	return c
}
