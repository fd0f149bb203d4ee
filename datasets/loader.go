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

// Loader draws batches from a Dataset (torch.utils.data.DataLoader). Which samples a
// batch has, their order and the numbers that random transforms draw depend on Seed, the
// epoch and the samples' indices only: batches are the same, bit for bit, for any number
// of Workers.
//
// The zero value of each field but Dataset is a good choice. A Loader is used by one loop
// at a time and is not copied.
type Loader struct {
	Dataset   Dataset
	BatchSize int  // 0: 1, as in torch
	Shuffle   bool // another random order in each epoch

	// Sampler is the order instead; it excludes Shuffle. BatchSampler makes whole
	// batches and excludes BatchSize, Shuffle, Sampler and DropLast.
	Sampler      Sampler
	BatchSampler BatchSampler
	DropLast     bool // leave out a last batch that is smaller

	// Collate makes a batch of samples; nil: [DefaultCollate], but in memory that is
	// used again from batch to batch.
	Collate func([]Sample) (Batch, error)
	// Transform, if there is one, changes the whole batch: MixUp, CutMix. It runs on a
	// worker; the numbers of r depend on Seed, the epoch and the batch's position.
	Transform func(b Batch, r *rand.Rand) (Batch, error)

	// SkipCorrupt leaves out samples that the Dataset returns an error for, instead of
	// ending the epoch with the error: their batches get smaller, and a batch that would
	// be empty is left out. [Loader.Skipped] lists them. A panic still ends the epoch,
	// and so does an epoch without a single good sample.
	SkipCorrupt bool

	// Workers is the number of goroutines that read samples. With 0 the loop that asks for
	// batches makes them itself (torch's num_workers=0); nil: GOMAXPROCS, one a core.
	Workers *int
	// Prefetch is the number of batches under way for each worker while the loop works
	// on one (torch's prefetch_factor). 0: two batches in all, or as many more as give
	// each worker two samples; that keeps all workers busy, because they share the
	// samples of a batch, and takes less memory.
	Prefetch int
	Seed     uint64

	mu      sync.Mutex
	busy    bool
	state   LoaderState
	skipped []*SampleError
	free    []*slot   // memory of batches that nobody uses
	crew    []*worker // their scratch memory, between epochs
}

// LoaderState is where a Loader is in its sequence of batches. It is plain data, for a
// checkpoint.
type LoaderState struct {
	Epoch int // from 0
	Batch int // how many batches of that epoch are done
}

// State returns where l is. In the body of a loop the batch in hand counts as done: a
// Loader with that state goes on with the next one. After a loop, however it ended, it
// is the beginning of the next epoch.
func (l *Loader) State() LoaderState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// SetState makes the next loop go on from s, exactly: with the same Seed the rest of the
// epoch is as it would have been. Calling it in a loop is an error.
func (l *Loader) SetState(s LoaderState) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.busy:
		return errBusy
	case s.Epoch < 0 || s.Batch < 0:
		return fmt.Errorf("datasets: loader: state has epoch %d and batch %d, want no negative ones", s.Epoch, s.Batch)
	}
	l.state = s
	return nil
}

// Epoch returns the number of the epoch that runs, or of the next one.
func (l *Loader) Epoch() int { return l.State().Epoch }

// Skipped returns the samples that the newest epoch has left out so far, in the order of
// the batches; see SkipCorrupt.
func (l *Loader) Skipped() []*SampleError {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*SampleError(nil), l.skipped...)
}

// Len returns the number of batches of an epoch, 0 if l is not set up rightly. Batches
// that SkipCorrupt leaves out count.
func (l *Loader) Len() (n int) {
	if l.Check() != nil || caught.Do(func() error { n = l.batches().Len(); return nil }) != nil {
		return 0
	}
	return n
}

// batches returns the BatchSampler that l's settings ask for.
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

// Check returns everything that is wrong with l's settings, with torch's texts.
// [Loader.All] begins with it.
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

// All runs one epoch: the rest of the one that [Loader.State] tells, usually a whole one.
// Its end, be it early, leads to the next epoch. An error is the last thing it gives: the
// first problem in the order of the batches, a [*SampleError] where it lies in a sample,
// or ctx's error. The workers are gone when the loop is left.
//
// A Batch is valid until the loop asks for the next one, which may use its memory again:
// a Variable that was recorded of it and is computed later gives [stheno.ErrStale].
// [Batch.Clone] keeps one. The batch at which a loop is left stays valid.
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
				return // the panic is the body's, and stays one
			}
			if p := recover(); p != nil { // a Sampler's
				yield(Batch{}, fmt.Errorf("datasets: loader: sampler: %w", caught.New(p)))
			}
		}()
		left := e.state.Batch
		for index := range l.batches().Batches(e.state.Epoch) {
			if left > 0 { // done before the state was taken
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
		// What was done before the state was taken may have had good samples.
		if bad := l.Skipped(); e.good == 0 && len(bad) > 0 && e.state.Batch == 0 {
			yield(Batch{}, fmt.Errorf("datasets: loader: no good sample in epoch %d, %d were skipped; the first: %w", e.state.Epoch, len(bad), bad[0]))
		}
	}
}

// workers returns how many goroutines an epoch starts.
func (l *Loader) workers() int {
	if l.Workers == nil {
		return runtime.GOMAXPROCS(0)
	}
	return *l.Workers
}
