// SPDX-License-Identifier: MIT

package trainers

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/access"
	"github.com/stheno-go/stheno/internal/jsonfloat"
)

// A checkpoint is a .safetensors file. It has the model's tensors under "model/", the optimizer's
// under "optimizer/", the averaged weights under "ema/", and the progress, JSON as bytes, with its
// checksum. The progress contains a checksum of the other tensors.
const (
	modelPrefix     = "model/"
	optimizerPrefix = "optimizer/"
	averagePrefix   = "ema/"
	progressName    = "progress"
	checksumName    = "progress.crc32c"
)

// progressVersion is the version of the format.
const progressVersion = 1

// progress is the state of a Fit besides tensors.
type progress struct {
	Version   int                        `json:"version"`
	Epoch     int                        `json:"epoch"`
	Step      int                        `json:"step"`
	Batch     int                        `json:"batch"`
	Batches   int                        `json:"batches"`
	Samples   int                        `json:"samples"`
	Skipped   int                        `json:"skipped,omitempty"`
	LossSum   float64                    `json:"loss_sum"`
	LossCount float64                    `json:"loss_count"`
	Means     means                      `json:"means"`
	Loss      float64                    `json:"loss"`
	Seconds   float64                    `json:"seconds"`
	Metrics   Figures                    `json:"metrics"`
	Sums      map[string][]float64       `json:"sums"`  // of the metrics within the epoch
	Drawn     int                        `json:"drawn"` // batches of the Loader
	Seed      uint64                     `json:"seed"`  // of the default generator
	Counter   uint64                     `json:"counter"`
	AverageOf bool                       `json:"ema_begun"`
	History   *History                   `json:"history"`
	Callbacks map[string]json.RawMessage `json:"callbacks"`
	Checksum  uint32                     `json:"checksum"`
}

// checkpoint is the content of a file.
type checkpoint struct {
	path                      string
	progress                  progress
	model, optimizer, average []stheno.NamedTensor
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum covers names, shapes and elements.
func checksum(state []stheno.NamedTensor) (uint32, error) {
	sum := uint32(0)
	for _, e := range state {
		sum = crc32.Update(sum, castagnoli, fmt.Appendf(nil, "%s %v %v\n", e.Name, e.Tensor.DType(), e.Tensor.Shape()))
		b, err := bytesOf(e.Tensor)
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, castagnoli, b)
	}
	return sum, nil
}

// bytesOf returns a tensor's elements in little-endian order.
func bytesOf(t *stheno.Tensor) ([]byte, error) {
	switch t.DType() {
	case stheno.Float32:
		return encode(access.Elements[float32](t), 4, func(b []byte, v float32) { binary.LittleEndian.PutUint32(b, math.Float32bits(v)) }), t.Err()
	case stheno.Float64:
		return encode(access.Elements[float64](t), 8, func(b []byte, v float64) { binary.LittleEndian.PutUint64(b, math.Float64bits(v)) }), t.Err()
	case stheno.Int64:
		return encode(access.Elements[int64](t), 8, func(b []byte, v int64) { binary.LittleEndian.PutUint64(b, uint64(v)) }), t.Err()
	case stheno.Uint8:
		return access.Elements[uint8](t), t.Err()
	default:
		return encode(access.Elements[bool](t), 1, func(b []byte, v bool) {
			if v {
				b[0] = 1
			}
		}), t.Err()
	}
}

func encode[T any](x []T, size int, put func([]byte, T)) []byte {
	b := make([]byte, len(x)*size)
	for i, v := range x {
		put(b[i*size:], v)
	}
	return b
}

// prefixed returns the entries whose name begins with prefix, with the prefix removed.
func prefixed(state []stheno.NamedTensor, prefix string) []stheno.NamedTensor {
	var list []stheno.NamedTensor
	for _, e := range state {
		if name, ok := strings.CutPrefix(e.Name, prefix); ok {
			list = append(list, stheno.NamedTensor{Name: name, Tensor: e.Tensor})
		}
	}
	return list
}

// save writes a checkpoint.
func (r *run) save(path string) error {
	all, err := r.everything()
	if err != nil {
		return err
	}
	return stheno.SaveState(path, all)
}

// whole reports whether the run is between two steps.
func (r *run) whole() bool { return r.gathered == 0 && r.phase != stepping }

// everything returns the tensors of a checkpoint. A NaN in the model is an error, so that it does
// not overwrite a good checkpoint.
func (r *run) everything() ([]stheno.NamedTensor, error) {
	if r.gathered > 0 {
		return nil, fmt.Errorf("trainers: save: %d batches are accumulated for a step: save after it", r.gathered)
	}
	if r.phase == stepping {
		return nil, fmt.Errorf("trainers: save: within a step of epoch %d", r.Epoch+1)
	}
	model, err := stheno.StateDict(r.t.Model)
	if err != nil {
		return nil, err
	}
	for _, e := range model {
		if !finite(e.Tensor) {
			return nil, fmt.Errorf("trainers: save: %q contains NaN or infinity after step %d, in epoch %d, at learning rate %g: nothing is saved; try a smaller rate or ClipNorm", e.Name, r.Step, r.Epoch+1, r.LR())
		}
	}
	var all []stheno.NamedTensor
	add := func(prefix string, state []stheno.NamedTensor) {
		for _, e := range state {
			all = append(all, stheno.NamedTensor{Name: prefix + e.Name, Tensor: e.Tensor})
		}
	}
	add(modelPrefix, model)
	for _, turn := range r.t.turns() {
		add(optimizerPrefix+turn.prefix(), turn.Optimizer.State())
	}
	if r.average != nil {
		add(averagePrefix, r.average.entries)
	}
	p := progress{
		Version: progressVersion, Epoch: r.Epoch, Step: r.Step, Batch: r.Batch, Batches: r.Batches, Samples: r.Samples, Skipped: r.Skipped,
		LossSum: r.lossSum, LossCount: r.lossCount, Means: r.means, Loss: r.Loss, Seconds: r.Seconds, Metrics: maps.Clone(r.Metrics), Sums: r.sums(),
		Drawn: r.drawn, AverageOf: r.average.Updates() > 0, History: r.History, Callbacks: map[string]json.RawMessage{},
	}
	p.Seed, p.Counter = stheno.DefaultGenerator().State()
	if r.phase == forward { // as if it had not begun
		p.Seed, p.Counter = r.seed, r.counter
	}
	for _, c := range r.t.Callbacks {
		if c.Save == nil {
			continue
		}
		if p.Callbacks[c.Name], err = c.Save(); err != nil {
			return nil, fmt.Errorf("trainers: callback %s: save: %w", c.Name, err)
		}
	}
	if p.Checksum, err = checksum(all); err != nil {
		return nil, err
	}
	b, err := jsonfloat.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("trainers: save: %w", err)
	}
	return append(all,
		stheno.NamedTensor{Name: progressName, Tensor: stheno.TensorOf(b)},
		stheno.NamedTensor{Name: checksumName, Tensor: stheno.TensorOf([]int64{int64(crc32.Checksum(b, castagnoli))})}), nil
}

// finite reports whether t is free of NaN and infinities.
func finite(t *stheno.Tensor) bool {
	switch t.DType() {
	case stheno.Float32:
		x := access.Elements[float32](t)
		return !slices.ContainsFunc(x, func(v float32) bool { return v-v != 0 })
	case stheno.Float64:
		x := access.Elements[float64](t)
		return !slices.ContainsFunc(x, func(v float64) bool { return v-v != 0 })
	}
	return true
}

// readCheckpoint reads a file and verifies its checksums.
func readCheckpoint(path string) (*checkpoint, error) {
	state, err := stheno.LoadState(path)
	if err != nil {
		return nil, err
	}
	damaged := func(format string, args ...any) error {
		return fmt.Errorf("trainers: %s: %s: %w", path, fmt.Sprintf(format, args...), ErrDamaged)
	}
	c := &checkpoint{path: path}
	var text []byte
	var sum []int64
	state = slices.DeleteFunc(state, func(e stheno.NamedTensor) bool {
		switch e.Name {
		case progressName:
			text = access.Elements[uint8](e.Tensor)
		case checksumName:
			sum = access.Elements[int64](e.Tensor)
		default:
			return false
		}
		return true
	})
	if text == nil || len(sum) != 1 {
		return nil, damaged("it is not a checkpoint; load a file of weights with stheno.Load")
	}
	if int64(crc32.Checksum(text, castagnoli)) != sum[0] {
		return nil, damaged("the checksum of the progress is wrong")
	}
	if err := jsonfloat.Unmarshal(text, &c.progress); err != nil {
		return nil, damaged("%v", err)
	}
	if v := c.progress.Version; v != progressVersion {
		return nil, fmt.Errorf("trainers: %s: format version %d is not supported, only %d", path, v, progressVersion)
	}
	got, err := checksum(state)
	if err != nil {
		return nil, err
	}
	if got != c.progress.Checksum {
		return nil, damaged("the checksum of the tensors is wrong")
	}
	c.model, c.optimizer, c.average = prefixed(state, modelPrefix), prefixed(state, optimizerPrefix), prefixed(state, averagePrefix)
	return c, nil
}
