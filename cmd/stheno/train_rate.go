// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/charts"
)

// rateName is the picture of a range test.
const rateName = "lr.png"

// rateResult is the result of a range test.
type rateResult struct {
	Suggestion float64   `json:"suggestion"` // 0: none
	Diverged   bool      `json:"diverged"`
	LR         []float64 `json:"lr"`
	Loss       []float64 `json:"loss"`
	Smoothed   []float64 `json:"smoothed"`
	Picture    string    `json:"picture"`
}

// findRate tests learning rates with the model, the data and the settings of a training.
func (o trainOptions) findRate(ctx context.Context, c card) error {
	log := o.w
	if o.json {
		log = o.cmd.ErrOrStderr()
	}
	if o.lr == 0 {
		return usagef("--find-lr needs a learning rate: --lr 0 has none")
	}
	t, data, err := o.images(&c)
	if err != nil {
		return err
	}
	stheno.Seed(o.seed)
	model, err := o.newModel(c, log)
	if err != nil {
		return err
	}
	trainer, _, err := o.trainer(model, c, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "%s on %s: testing learning rates with %d images\n", c.Model, t.name, data.train.Len())
	r, err := trainer.FindLR(ctx, o.load(data, c), trainers.LRRangeConfig{})
	if err != nil {
		return hintBroken(err)
	}
	if o.out == "" {
		o.out = "runs"
	}
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	path := filepath.Join(o.out, rateName)
	savePicture(log, path, charts.LRRange(r))
	if o.json {
		return printJSON(o.w, rateResult{r.Suggestion, r.Diverged, r.LR, r.Loss, r.Smoothed, path})
	}
	if r.Suggestion == 0 {
		return errors.New("the loss does not fall at any learning rate: no suggestion")
	}
	fmt.Fprintf(o.w, "the loss falls fastest at learning rate %.2g; losses in %s\n", r.Suggestion, path)
	return nil
}
