// SPDX-License-Identifier: MIT

package datasets

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/stheno-go/stheno/internal/caught"
)

// Loader draws batches from a Dataset (torch.utils.data.DataLoader). The samples of a batch, their
// order and random transforms depend only on Seed, the epoch and the samples' indices: batches are
// the same, bit for bit, for any number of Workers.
//
// Dataset must be set; the zero values of the other fields are useful defaults. A Loader must not
// be copied or used by several loops at the same time.
type Loader struct {
	Dataset   Dataset
	BatchSize int  // 0: 1, as in torch
	Shuffle   bool // a new random order in each epoch

	// Sampler determines the order; it excludes Shuffle. BatchSampler determines the batches; it
	// excludes BatchSize, Shuffle, Sampler and DropLast.
	Sampler      Sampler
	BatchSampler BatchSampler
	DropLast     bool // drop the last batch if it is smaller

	// Collate combines samples into a batch; nil: as [DefaultCollate], but reusing memory from batch
	// to batch.
	Collate func([]Sample) (Batch, error)
	// Transform changes a whole batch, as [Mixed] does; nil: none. It runs on a worker; the numbers
	// of r depend on Seed, the epoch and the position of the batch.
	Transform func(b Batch, r *rand.Rand) (Batch, error)

	// SkipCorrupt skips samples for which the Dataset returns an error, instead of ending the epoch
	// with the error: their batches are smaller, and empty batches are skipped. [Loader.Skipped]
	// returns them. A panic still ends the epoch, and an epoch without any good sample is an error.
	SkipCorrupt bool

	// Workers is the number of goroutines that read samples. With 0, the goroutine of the loop reads
	// them itself (torch's num_workers=0); nil: GOMAXPROCS.
	Workers *int
	// Prefetch is the number of batches that each worker reads ahead (torch's prefetch_factor). 0:
	// two batches in total, or more if needed to give each worker two samples. That keeps all
	// workers busy, since they share the samples of a batch, and uses less memory.
	Prefetch int
	Seed     uint64

	mu      sync.Mutex
	busy    bool
	state   LoaderState
	skipped []*SampleError
	free    []*slot   // unused memory of batches
	crew    []*worker // workers, kept between epochs for their scratch memory
}

// LoaderState is the position of a Loader in its sequence of batches. It is plain data that can be
// stored in a checkpoint.
type LoaderState struct {
	Epoch int // from 0
	Batch int // number of batches of that epoch that are done
}

// State returns the position of l. In the body of a loop the current batch counts as done: a Loader
// with that state continues with the next one. After a loop, even one that ended early, it is the
// beginning of the next epoch.
func (l *Loader) State() LoaderState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// SetState makes the next loop continue from s. With the same Seed, the rest of the epoch is the
// same as without interruption. Calling it in a loop is an error.
func (l *Loader) SetState(s LoaderState) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.busy:
		return errBusy
	case s.Epoch < 0 || s.Batch < 0:
		return fmt.Errorf("datasets: loader: epoch %d and batch %d of the state must not be negative", s.Epoch, s.Batch)
	}
	l.state = s
	return nil
}

// Epoch returns the number of the current epoch, or outside a loop of the next one.
func (l *Loader) Epoch() int { return l.State().Epoch }

// Skipped returns the samples that were skipped in the last epoch so far, in the order of the
// batches; see SkipCorrupt.
func (l *Loader) Skipped() []*SampleError {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*SampleError(nil), l.skipped...)
}

// Len returns the number of batches of an epoch, including those that SkipCorrupt may skip. It is 0
// if the settings are invalid.
func (l *Loader) Len() (n int) {
	if l.Check() != nil || caught.Do(func() error { n = l.batches().Len(); return nil }) != nil {
		return 0
	}
	return n
}

// batches returns the BatchSampler for l's settings.
func (l *Loader) batches() BatchSampler {
	if l.BatchSampler != nil {
		return l.BatchSampler
	}
	s := BatchesOf{Sampler: l.Sampler, BatchSize: max(l.BatchSize, 1), DropLast: l.DropLast}
	switch {
	case l.Sampler != nil:
	case l.Shuffle:
		s.Sampler = RandomSampler{N: l.Dataset.Len(), Seed: l.Seed}
	default:
		s.Sampler = SequentialSampler{N: l.Dataset.Len()}
	}
	return s
}

// Check returns all errors in l's settings, with torch's messages. [Loader.All] calls it.
func (l *Loader) Check() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("datasets: loader: %w", caught.New(p))
		}
	}()
	var all []error
	wrong := func(is bool, text string) {
		if is {
			all = append(all, errors.New("datasets: loader: "+text))
		}
	}
	wrong(l.Dataset == nil, "Dataset is nil")
	wrong(l.BatchSize < 0, fmt.Sprintf("batch_size should be a positive integer value, but got batch_size=%d", l.BatchSize))
	wrong(l.Sampler != nil && l.Shuffle, "sampler option is mutually exclusive with shuffle")
	wrong(l.BatchSampler != nil && (l.BatchSize > 1 || l.Shuffle || l.Sampler != nil || l.DropLast),
		"batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
	wrong(l.workers() < 0, fmt.Sprintf("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing, got %d", l.workers()))
	wrong(l.Prefetch < 0, "prefetch_factor option should be non-negative")
	wrong(l.Prefetch > 0 && l.workers() == 0, "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.")
	for _, part := range []any{l.Dataset, l.Sampler, l.BatchSampler} {
		if err := check(part); err != nil {
			all = append(all, fmt.Errorf("datasets: loader: %w", err))
		}
	}
	if l.Shuffle && l.Dataset != nil && l.Dataset.Len() <= 0 {
		all = append(all, fmt.Errorf("datasets: loader: %w", errNumSamples(l.Dataset.Len())))
	}
	return errors.Join(all...)
}

var errBusy = errors.New("datasets: loader: a loop over this loader is still running; use a Loader for each")

// All returns an iterator over the batches of one epoch, or of the rest of the epoch of
// [Loader.State]. When the loop ends, even early, the epoch is over. An error ends the loop: the
// first one in the order of the batches, for a sample a [*SampleError], or ctx's error. The workers
// have ended when the loop has.
//
// A Batch is valid until the next iteration, which may reuse its memory: computing a Variable that
// was recorded from an earlier batch is a [stheno.ErrStale]. Use [Batch.Clone] to keep a batch. The
// last batch of a loop stays valid.
func (l *Loader) All(ctx context.Context) iter.Seq2[Batch, error] {
	return func(give func(Batch, error) bool) {
		e, err := l.begin(ctx)
		if err != nil {
			give(Batch{}, err)
			return
		}
		defer e.end()
		inBody := false
		yield := func(b Batch, err error) (more bool) {
			inBody = true
			more = give(b, err)
			inBody = false
			return more
		}
		defer func() {
			if inBody {
				return // a panic of the loop's body is not caught
			}
			if p := recover(); p != nil { // a panic of the Sampler
				yield(Batch{}, fmt.Errorf("datasets: loader: sampler: %w", caught.New(p)))
			}
		}()
		left := e.state.Batch
		for index := range l.batches().Batches(e.state.Epoch) {
			if left > 0 { // done before the state was saved
				left--
				continue
			}
			for e.full() {
				if !e.deliver(yield) {
					return
				}
			}
			e.submit(index)
		}
		for len(e.inFlight) > 0 {
			if !e.deliver(yield) {
				return
			}
		}
		// The batches before the state was saved may have had good samples.
		if bad := l.Skipped(); e.good == 0 && len(bad) > 0 && e.state.Batch == 0 {
			yield(Batch{}, fmt.Errorf("datasets: loader: no good sample in epoch %d, %d were skipped; the first: %w", e.state.Epoch, len(bad), bad[0]))
		}
	}
}

// workers returns the number of goroutines of an epoch.
func (l *Loader) workers() int {
	if l.Workers == nil {
		return runtime.GOMAXPROCS(0)
	}
	return *l.Workers
}
