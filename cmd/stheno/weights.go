// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
)

// modelFlags are the flags that select a model.
type modelFlags struct {
	model, weights string
	channels, size int
	classes        []string
}

// open returns the model with its weights, and its card. Defaults of the flags come from the
// card in the folder of the weights and from the weights themselves.
func (f modelFlags) open() (stheno.Module, card, error) {
	c, state, err := f.read()
	if err != nil {
		return nil, c, err
	}
	m, err := c.network()
	if err != nil {
		return nil, c, err
	}
	if err := stheno.LoadStateDict(m, state); err != nil {
		return nil, c, fmt.Errorf("%s: %w", f.weights, err)
	}
	return m, c, nil
}

// read returns the weights and their card.
func (f modelFlags) read() (card, []stheno.NamedTensor, error) {
	if f.weights == "" {
		return card{}, nil, usagef("--weights FILE is needed")
	}
	c, ok, err := readCard(f.weights)
	if err != nil {
		return c, nil, err
	}
	if f.model == "" && !ok {
		return c, nil, usagef("--model is needed, since there is no %s in the folder of %s; have %s", cardName, f.weights, strings.Join(imageModels(), ", "))
	}
	if !ok || (f.model != "" && f.model != c.Model) {
		if c, err = newCard(f.model, f.channels, f.size); err != nil {
			return c, nil, err
		}
	} else if f.size > 0 && f.size != c.Height {
		mean, std, classes := c.Mean, c.Std, c.Classes
		if c, err = newCard(c.Model, c.Channels, f.size); err != nil {
			return c, nil, err
		}
		c.Mean, c.Std, c.Classes = mean, std, classes
	}
	state, err := readWeights(f.weights)
	if err != nil {
		return c, nil, err
	}
	classes, err := c.classesIn(state)
	if err != nil {
		return c, nil, fmt.Errorf("%s: %w", f.weights, err)
	}
	if f.classes != nil {
		if len(f.classes) != classes {
			return c, nil, usagef("--classes names %d classes, the weights have %d", len(f.classes), classes)
		}
		c.Classes = f.classes
	}
	if len(c.Classes) != classes {
		c.Classes = make([]string, classes)
	}
	return c, state, nil
}

// readWeights reads a file of weights. From a checkpoint of the Trainer it returns those of the
// model, the averaged ones if there are any.
func readWeights(path string) ([]stheno.NamedTensor, error) {
	state, err := stheno.LoadState(path)
	if err != nil {
		return nil, err
	}
	var own []stheno.NamedTensor
	average := map[string]*stheno.Tensor{}
	for _, e := range state {
		if name, ok := strings.CutPrefix(e.Name, "model/"); ok {
			own = append(own, stheno.NamedTensor{Name: name, Tensor: e.Tensor})
		}
		if name, ok := strings.CutPrefix(e.Name, "ema/"); ok {
			average[name] = e.Tensor
		}
	}
	if own == nil {
		return state, nil
	}
	for i, e := range own {
		if t := average[e.Name]; t != nil {
			own[i].Tensor = t
		}
	}
	return own, nil
}

// classesIn returns the number of classes of the weights: the rows of the last layer.
func (c card) classesIn(state []stheno.NamedTensor) (int, error) {
	c.Classes = nil
	m, err := c.network()
	if err != nil {
		return 0, err
	}
	var head *layers.Linear
	if headed, ok := m.(models.Headed); ok {
		head, _ = headed.Head().(*layers.Linear)
	}
	if head == nil {
		return 0, fmt.Errorf("the last layer of %s is not known", c.Model)
	}
	for name, p := range stheno.NamedParameters(m) {
		if p != head.Weight {
			continue
		}
		i := slices.IndexFunc(state, func(e stheno.NamedTensor) bool { return e.Name == name || strings.HasSuffix(e.Name, "."+name) })
		if i < 0 {
			return 0, fmt.Errorf("no %s in it: these are not weights of %s", name, c.Model)
		}
		s := state[i].Tensor.Shape()
		if inputs := p.Shape()[1]; state[i].Tensor.Err() != nil || len(s) != 2 || s[0] == 0 || s[1] != inputs { // so rows are bounded by the file's size
			return 0, fmt.Errorf("%s has shape %v, expects a row of %d for each class: these are not weights of %s", state[i].Name, s, inputs, c.Model)
		}
		return s[0], nil
	}
	return 0, fmt.Errorf("%s has no parameters", c.Model)
}
