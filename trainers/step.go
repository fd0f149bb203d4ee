// SPDX-License-Identifier: MIT

package trainers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/trainers/optim"
)

// Output is what a custom Step returns for a batch.
type Output struct {
	// Loss is the Variable without dimensions that Backward is called on.
	Loss *stheno.Variable
	// Pred and Target are what the Metrics see; without a Pred they are not updated.
	Pred, Target *stheno.Variable
	// Figures are further numbers, Variables without dimensions. Their means over an epoch
	// appear beside its loss, under their names.
	Figures map[string]*stheno.Variable
	// Count is what Loss and Figures are means over, such as the tokens of the batch that are not
	// padding: batches weigh by it in the means over an epoch and with Accumulate. nil: the samples
	// of the batch.
	Count *float64
}

// Turn is the step of one optimizer in a training with several, such as that of a generative
// adversarial network. The gradients of its own parameters are cleared before its Step; those of
// others may hold what earlier turns left.
type Turn struct {
	// Name comes before the names of the figures, as in "critic_loss", and before the names of
	// the optimizer's state in checkpoints.
	Name      string
	Step      func(b datasets.Batch) Output
	Optimizer optim.Optimizer
}

// turns returns the steps of a batch: one without a name if there are no Turns.
func (t *Trainer) turns() []Turn {
	switch {
	case len(t.Turns) > 0:
		return t.Turns
	case t.Step != nil:
		return []Turn{{Step: t.Step, Optimizer: t.Optimizer}}
	}
	return []Turn{{Step: t.standard, Optimizer: t.Optimizer}}
}

// standard is the Step of a Trainer that has none.
func (t *Trainer) standard(b datasets.Batch) Output {
	out := Output{Pred: stheno.Call(t.Model, b.X).Keep(), Target: b.Y}
	if t.Loss != nil {
		out.Loss = t.Loss.Forward(out.Pred, b.Y)
	}
	return out
}

// observe updates the metrics with the output of a turn.
func (t *Trainer) observe(out Output) error {
	if out.Pred == nil {
		return nil
	}
	for _, m := range t.Metrics {
		if err := m.Update(out.Pred, out.Target); err != nil {
			return err
		}
	}
	return nil
}

// prefix returns what comes before the names of the optimizer's state.
func (t Turn) prefix() string {
	if t.Name == "" {
		return ""
	}
	return t.Name + "/"
}

// evaluates reports whether a batch has a loss.
func (t *Trainer) evaluates() bool { return t.Loss != nil || t.Step != nil || len(t.Turns) > 0 }

// weigh returns what a batch counts with Accumulate, and false for a loss that is a sum.
func (t *Trainer) weigh(b datasets.Batch, out Output) (float64, bool) {
	if d, ok := t.Loss.(Divided); ok && b.Y != nil {
		w := d.Divisor(out.Pred, b.Y)
		return w, w > 0
	}
	return out.count(b), true
}

func (o Output) count(b datasets.Batch) float64 {
	if o.Count != nil {
		return *o.Count
	}
	return float64(samples(b))
}

// check returns an error if the output of a turn is invalid.
func (o Output) check() error {
	switch {
	case o.Loss == nil:
		return fmt.Errorf("the Output of Step has no Loss: %w", stheno.ErrValue)
	case o.Count != nil && !(*o.Count >= 0):
		return fmt.Errorf("the Output of Step has a Count of %v, expected 0 or more: %w", *o.Count, stheno.ErrValue)
	}
	for name, v := range o.Figures {
		if name == "loss" {
			return fmt.Errorf("a figure cannot have the name %q: %w", name, stheno.ErrValue)
		}
		if v == nil {
			return fmt.Errorf("the Output of Step has no Variable for the figure %q: %w", name, stheno.ErrValue)
		}
	}
	return nil
}

// keep makes what is read after Backward readable.
func (o Output) keep() {
	if o.Pred != nil {
		o.Pred.Keep()
	}
	if o.Target != nil {
		o.Target.Keep()
	}
	for _, v := range o.Figures {
		v.Keep()
	}
}

// all returns the Variables of o.
func (o Output) all() []*stheno.Variable {
	list := []*stheno.Variable{o.Loss}
	if o.Pred != nil {
		list = append(list, o.Pred)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Figures)) {
		list = append(list, o.Figures[name])
	}
	return list
}

// means adds up numbers of the batches of an epoch, by name, each times what its batch
// counts.
type means struct {
	Sums   map[string]float64 `json:"sums"`
	Counts map[string]float64 `json:"counts"`
}

func newMeans() means { return means{map[string]float64{}, map[string]float64{}} }

func (m means) add(name string, value, count float64) {
	m.Sums[name] += value * count
	m.Counts[name] += count
}

// put writes the means into figures.
func (m means) put(figures Figures) {
	for name, sum := range m.Sums {
		figures[name] = sum / m.Counts[name]
	}
}

// figures computes the numbers of an output and adds them under the names of the turn.
// It returns the loss.
func (m means) figures(turn Turn, b datasets.Batch, out Output) (float64, error) {
	loss, err := out.Loss.Item()
	if err != nil {
		return 0, err
	}
	count := out.count(b)
	if turn.Name != "" {
		m.add(turn.Name+"_loss", loss, count)
	}
	for _, name := range slices.Sorted(maps.Keys(out.Figures)) {
		v, err := out.Figures[name].Item()
		if err != nil {
			return 0, fmt.Errorf("figure %q: %w", name, err)
		}
		if turn.Name != "" {
			name = turn.Name + "_" + name
		}
		m.add(name, v, count)
	}
	return loss, nil
}

// checkTurns returns an error if Step and Turns are invalid.
func (t *Trainer) checkTurns(wrong func(format string, args ...any)) {
	if len(t.Turns) == 0 {
		if t.Step != nil && t.Loss != nil {
			wrong("of Loss and Step only one can be given")
		}
		return
	}
	if t.Step != nil || t.Loss != nil || t.Optimizer != nil {
		wrong("beside Turns there can be no Loss, Step and Optimizer")
	}
	if t.Accumulate > 1 {
		wrong("Accumulate is %d, but with Turns each batch is a step", t.Accumulate)
	}
	if t.Momentum != nil {
		wrong("a schedule of the Momentum is for one Optimizer, not for Turns")
	}
	names := map[string]bool{}
	for i, turn := range t.Turns {
		switch {
		case turn.Name == "" || turn.Name == "val" || strings.Contains(turn.Name, "/"):
			wrong("turn %d has the name %q, want one that is not val and has no /", i, turn.Name)
		case names[turn.Name]:
			wrong("two turns have the name %q", turn.Name)
		case turn.Step == nil || turn.Optimizer == nil:
			wrong("turn %q needs a Step and an Optimizer", turn.Name)
		}
		names[turn.Name] = true
	}
}
