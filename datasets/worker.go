// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/caught"
)

// worker is the state of a goroutine that reads samples.
type worker struct {
	source rand.PCG
	rand   *rand.Rand
	img    transforms.Image
}

func newWorker() *worker {
	w := new(worker)
	w.rand = rand.New(&w.source)
	return w
}

// work reads samples until the epoch ends.
func (e *epoch) work(w *worker) {
	ended := false
	defer func() {
		if ended {
			e.wait.Done()
		} else { // the Dataset called runtime.Goexit
			go e.work(w)
		}
	}()
	for {
		s, lo, hi := e.queue.take(e.count)
		if s == nil {
			break
		}
		e.fill(w, s, lo, hi)
	}
	ended = true
}

// fill reads samples lo … hi-1 of s. The worker that reads the last sample of a slot finishes it.
func (e *epoch) fill(w *worker, s *slot, lo, hi int) {
	at, ended := lo, false
	defer func() {
		if !ended {
			s.fail(at, e.lost(w, recover()), true)
		}
		if s.left.Add(int32(lo-hi)) == 0 {
			e.finish(w, s)
		}
	}()
	for ; at < hi && !e.stop.Load() && (e.count > 0 || e.ctx.Err() == nil); at++ {
		if i := s.index[at]; i < 0 || i >= e.size {
			s.fail(at, fmt.Errorf("index is out of range for a dataset of %d samples", e.size), true)
			break
		}
		if err := e.sample(w, s, at); err != nil {
			s.fail(at, err, false)
			if !e.l.SkipCorrupt {
				break
			}
		}
	}
	ended = true
}

// lost returns the error for the panic p, nil for a runtime.Goexit. It discards the worker's memory,
// which may be in an invalid state.
func (e *epoch) lost(w *worker, p any) error {
	w.img = transforms.Image{}
	if p == nil {
		return errors.New("runtime.Goexit was called")
	}
	return caught.New(p)
}

// sample reads the sample for position at of s.
func (e *epoch) sample(w *worker, s *slot, at int) error {
	i := s.index[at]
	if e.rows != nil && e.pictures == nil {
		if x, y, row := e.rows.Row(i); x != nil {
			return s.putRow(at, x, y, row)
		}
	}
	reseed(&w.source, e.l.Seed, e.state.Epoch, forSamples, i)
	if e.pictures != nil {
		class, err := e.pictures.Picture(i, &w.img, w.rand)
		if err != nil {
			return err
		}
		return s.putPicture(at, &w.img, class)
	}
	sample, err := e.l.Dataset.At(i, w.rand)
	if err != nil {
		return err
	}
	if e.l.Collate != nil {
		s.samples[at] = sample
		return nil
	}
	return s.putSample(at, sample)
}

// finish assembles the batch of s, whose samples are done, and signals that it is ready.
func (e *epoch) finish(w *worker, s *slot) {
	ended := false
	defer func() {
		if !ended {
			s.err = fmt.Errorf("datasets: loader: batch %d: %w", s.number, e.lost(w, recover()))
		}
		s.ready <- struct{}{}
	}()
	if !e.stop.Load() && e.ctx.Err() == nil { // otherwise samples may be missing, and the batch is not needed
		if s.err = e.assemble(w, s); s.err != nil {
			s.batch = Batch{}
		}
	}
	ended = true
}

func (e *epoch) assemble(w *worker, s *slot) error {
	if err := s.settleFailures(e.l.SkipCorrupt); err != nil || len(s.index) == 0 {
		return err
	}
	var err error
	if e.l.Collate == nil {
		s.batch, err = s.stack()
	} else if s.batch, err = e.l.Collate(s.samples); err == nil && s.batch.Index == nil {
		s.batch.Index = s.index
	}
	if err == nil && e.l.Transform != nil {
		reseed(&w.source, e.l.Seed, e.state.Epoch, forBatches, s.number)
		s.batch, err = e.l.Transform(s.batch, w.rand)
	}
	if err != nil {
		return fmt.Errorf("datasets: loader: batch %d: %w", s.number, err)
	}
	return nil
}
