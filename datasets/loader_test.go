// SPDX-License-Identifier: MIT

package datasets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// numbers is a Dataset of n samples: x is (index, a random number), y the index.
type numbers int

func (n numbers) Len() int { return int(n) }

func (n numbers) At(i int, r *rand.Rand) (datasets.Sample, error) {
	return datasets.Sample{X: stheno.TensorOf([]float64{float64(i), r.Float64()}), Y: stheno.ScalarOf(int64(i))}, nil
}

// table is a Dataset of rows in memory.
type table struct{ x, y *stheno.Tensor }

func newTable(n, width int) table {
	x, y := make([]float32, n*width), make([]int64, n)
	for i := range x {
		x[i] = float32(i)
	}
	for i := range y {
		y[i] = int64(i)
	}
	return table{stheno.TensorOf(x, n, width), stheno.TensorOf(y, n)}
}

func (t table) Len() int { return t.x.Shape()[0] }

func (t table) At(i int, _ *rand.Rand) (datasets.Sample, error) {
	return datasets.Sample{}, errors.New("rows are copied")
}

func (t table) Row(i int) (x, y *stheno.Tensor, row int) { return t.x, t.y, i }

// pictures is a Dataset of images of h by w pixels, random but for the first one.
type pictures struct {
	n, h, w int
	float   bool
}

func (p pictures) Len() int { return p.n }

func (p pictures) At(int, *rand.Rand) (datasets.Sample, error) {
	return datasets.Sample{}, errors.New("pictures are drawn")
}

func (p pictures) Picture(i int, img *transforms.Image, r *rand.Rand) (int, error) {
	pix := img.Reset(p.w, p.h, 3)
	for j := range pix {
		pix[j] = uint8(r.Uint32())
	}
	pix[0] = uint8(i)
	if p.float {
		return i % 10, transforms.ToTensor().Apply(img, r)
	}
	return i % 10, nil
}

// function is a Dataset of n samples from a function.
type function struct {
	n  int
	at func(i int) (datasets.Sample, error)
}

func (f function) Len() int { return f.n }

func (f function) At(i int, _ *rand.Rand) (datasets.Sample, error) { return f.at(i) }

// drawn is what a loop saw of a batch.
type drawn struct {
	Index []int
	X, Y  []float64
	Shape []int
}

// epoch runs one epoch of l and returns what it saw, up to an error.
func epoch(l *datasets.Loader) ([]drawn, error) {
	var all []drawn
	for b, err := range l.All(context.Background()) {
		if err != nil {
			return all, err
		}
		d := drawn{Index: slices.Clone(b.Index), Shape: b.X.Shape()}
		for _, part := range []struct {
			to   *[]float64
			from *stheno.Variable
		}{{&d.X, b.X}, {&d.Y, b.Y}} {
			if part.from == nil {
				continue
			}
			t, err := part.from.Tensor()
			if err != nil {
				return all, err
			}
			*part.to = t.Floats()
		}
		all = append(all, d)
	}
	return all, nil
}

func indices(all []drawn) (list []int) {
	for _, d := range all {
		list = append(list, d.Index...)
	}
	return list
}

func TestSameBatchesForAnyWorkers(t *testing.T) {
	for name, d := range map[string]datasets.Dataset{
		"samples": numbers(103), "rows": newTable(103, 3), "bytes": pictures{n: 103, h: 4, w: 5}, "floats": pictures{n: 103, h: 4, w: 5, float: true},
	} {
		t.Run(name, func(t *testing.T) {
			var want [][]drawn
			for _, workers := range []*int{new(0), nil, new(1), new(8)} {
				l := &datasets.Loader{Dataset: d, BatchSize: 10, Shuffle: true, Seed: 7, Workers: workers}
				var got [][]drawn
				for range 3 {
					e, err := epoch(l)
					require.NoError(t, err)
					require.Len(t, e, l.Len())
					got = append(got, e)
				}
				if want == nil {
					want = got
				}
				require.Equal(t, want, got, "workers: %v", l.Workers)
			}
			require.NotEqual(t, want[0], want[1], "epochs are shuffled alike")
			for _, e := range want {
				all := indices(e)
				slices.Sort(all)
				require.Equal(t, slices.Collect(datasets.SequentialSampler{N: 103}.Indices(0)), all)
			}
			require.Len(t, want[0][10].Index, 3)
		})
	}
}

func TestRandomNumbersDependOnSeedEpochAndIndex(t *testing.T) {
	draw := func(seed uint64, epochs, size int, shuffle bool) map[int]float64 {
		l := &datasets.Loader{Dataset: numbers(50), BatchSize: size, Shuffle: shuffle, Seed: seed}
		require.NoError(t, l.SetState(datasets.LoaderState{Epoch: epochs}))
		all, err := epoch(l)
		require.NoError(t, err)
		m := map[int]float64{}
		for _, d := range all {
			for i, index := range d.Index {
				m[index] = d.X[2*i+1]
			}
		}
		return m
	}
	want := draw(1, 2, 10, false)
	require.Len(t, want, 50)
	require.Equal(t, want, draw(1, 2, 7, true), "order and batch size do not matter")
	seen := map[float64]bool{}
	for _, m := range []map[int]float64{want, draw(1, 3, 10, false), draw(2, 2, 10, false)} {
		for _, x := range m {
			require.False(t, seen[x], "a number came twice")
			seen[x] = true
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		n, batch int
		drop     bool
		want     []int
	}{
		{0, 4, false, nil}, {1, 0, false, []int{1}}, {3, 0, false, []int{1, 1, 1}}, {1, 4, false, []int{1}},
		{3, 4, true, nil}, {8, 4, true, []int{4, 4}}, {9, 4, true, []int{4, 4}}, {9, 4, false, []int{4, 4, 1}},
	} {
		for _, workers := range []int{0, 1, 3} {
			l := &datasets.Loader{Dataset: numbers(c.n), BatchSize: c.batch, DropLast: c.drop, Workers: new(workers)}
			all, err := epoch(l)
			require.NoError(t, err)
			var got []int
			for _, d := range all {
				got = append(got, len(d.Index))
				require.Equal(t, []int{len(d.Index), 2}, d.Shape)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, len(c.want), l.Len())
		}
	}
}

func TestLoaderCheckTellsEverything(t *testing.T) {
	d, order, batches := numbers(3), datasets.SequentialSampler{N: 3}, datasets.BatchesOf{Sampler: datasets.SequentialSampler{N: 3}, BatchSize: 2}
	for _, c := range []struct {
		l    *datasets.Loader
		want []string
	}{
		{&datasets.Loader{}, []string{"Dataset is nil"}},
		{&datasets.Loader{Dataset: d, BatchSize: -1, Workers: new(-2), Prefetch: -1}, []string{
			"batch_size should be a positive integer value, but got batch_size=-1",
			"num_workers option should be non-negative", "prefetch_factor option should be non-negative"}},
		{&datasets.Loader{Dataset: d, Sampler: order, Shuffle: true, Workers: new(0), Prefetch: 1}, []string{
			"sampler option is mutually exclusive with shuffle", "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0"}},
		{&datasets.Loader{Dataset: d, BatchSampler: batches, DropLast: true}, []string{"batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"}},
		{&datasets.Loader{Dataset: d, BatchSampler: batches, BatchSize: 2}, []string{"batch_sampler option is mutually exclusive"}},
		{&datasets.Loader{Dataset: numbers(0), Shuffle: true}, []string{"num_samples should be a positive integer value, but got num_samples=0"}},
		{&datasets.Loader{Dataset: d, Sampler: datasets.WeightedRandomSampler{}}, []string{"datasets: loader: num_samples should be a positive"}},
		{&datasets.Loader{Dataset: d, BatchSampler: datasets.BatchesOf{}}, []string{"batch_size=0", "BatchesOf has no Sampler"}},
	} {
		err := c.l.Check()
		require.Error(t, err)
		for _, text := range c.want {
			assert.ErrorContains(t, err, text)
		}
		_, got := epoch(c.l)
		assert.Equal(t, err.Error(), got.Error())
		assert.Zero(t, c.l.Len())
	}
	require.NoError(t, (&datasets.Loader{Dataset: d, BatchSampler: batches, BatchSize: 1}).Check())
	//lint:ignore SA1012 that is the test
	for _, err := range (&datasets.Loader{Dataset: d}).All(nil) {
		require.ErrorContains(t, err, "ctx is nil")
	}
}

func TestResumeIsExact(t *testing.T) {
	loader := func() *datasets.Loader {
		return &datasets.Loader{Dataset: numbers(23), BatchSize: 4, Shuffle: true, Seed: 3, Workers: new(2)}
	}
	l := loader()
	var want []drawn
	var states []datasets.LoaderState
	for range 2 {
		for b, err := range l.All(context.Background()) {
			require.NoError(t, err)
			x, err := stheno.Values[float64](b.X)
			require.NoError(t, err)
			want = append(want, drawn{Index: slices.Clone(b.Index), X: x})
			states = append(states, l.State())
		}
	}
	require.Equal(t, datasets.LoaderState{Epoch: 2}, l.State())
	require.Equal(t, datasets.LoaderState{Epoch: 1, Batch: 2}, states[7])
	for k, state := range states {
		text, err := json.Marshal(state)
		require.NoError(t, err)
		var back datasets.LoaderState
		require.NoError(t, json.Unmarshal(text, &back))
		l := loader()
		require.NoError(t, l.SetState(back))
		var got []drawn
		for l.Epoch() < 2 {
			all, err := epoch(l)
			require.NoError(t, err)
			for _, d := range all {
				got = append(got, drawn{Index: d.Index, X: d.X})
			}
		}
		require.Equal(t, append([]drawn(nil), want[k+1:]...), append([]drawn(nil), got...))
	}
	require.ErrorContains(t, l.SetState(datasets.LoaderState{Epoch: -1}), "-1")
}

func TestOneLoopAtATime(t *testing.T) {
	l := &datasets.Loader{Dataset: numbers(3)}
	for _, err := range l.All(context.Background()) {
		require.NoError(t, err)
		_, err = epoch(l)
		require.ErrorContains(t, err, "still running")
		require.ErrorContains(t, l.SetState(datasets.LoaderState{}), "still running")
		break
	}
	all, err := epoch(l)
	require.NoError(t, err)
	require.Len(t, all, 3)
}

func TestStaleOrRight(t *testing.T) {
	for name, d := range map[string]datasets.Dataset{"samples": numbers(6), "rows": newTable(6, 2), "pictures": pictures{n: 6, h: 2, w: 2, float: true}} {
		t.Run(name, func(t *testing.T) {
			l := &datasets.Loader{Dataset: d, BatchSize: 1, Workers: new(0)}
			var leaf, detached, recorded, computed *stheno.Variable
			var kept datasets.Batch
			var want []float64
			for b, err := range l.All(context.Background()) {
				require.NoError(t, err)
				if leaf == nil {
					leaf, detached, recorded, computed = b.X, b.X.Detach(), b.X.Mul(2), b.X.Mul(3)
					require.NoError(t, stheno.Run(computed))
					x, err := computed.Tensor()
					require.NoError(t, err)
					want = x.Floats()
					kept, err = b.Clone()
					require.NoError(t, err)
					continue
				}
				for _, v := range []*stheno.Variable{leaf, detached, recorded, leaf.Mul(2), detached.Mul(2), recorded.Sum(), leaf.Detach()} {
					_, err := v.Tensor()
					require.ErrorIs(t, err, stheno.ErrStale)
				}
				x, err := computed.Tensor()
				require.NoError(t, err)
				require.Equal(t, want, x.Floats())
				x, err = kept.X.Mul(3).Tensor()
				require.NoError(t, err)
				require.Equal(t, want, x.Floats())
			}
			require.Equal(t, []int{0}, kept.Index)
		})
	}
}

func TestBatchOfABreakStaysValid(t *testing.T) {
	l := &datasets.Loader{Dataset: newTable(8, 2), BatchSize: 2, Workers: new(2)}
	var first datasets.Batch
	for b, err := range l.All(context.Background()) {
		require.NoError(t, err)
		first = b
		break
	}
	for range 3 {
		_, err := epoch(l)
		require.NoError(t, err)
	}
	x, err := stheno.Values[float32](first.X.Mul(1))
	require.NoError(t, err)
	require.Equal(t, []float32{0, 1, 2, 3}, x)
	require.Equal(t, []int{0, 1}, first.Index)
}

func TestBatchMemoryIsAligned(t *testing.T) {
	l := &datasets.Loader{Dataset: newTable(64, 5), BatchSize: 16}
	for b, err := range l.All(context.Background()) {
		require.NoError(t, err)
		require.Zero(t, address(b.X)%64)
		require.Zero(t, address(b.Y)%64)
	}
}

// noLeak fails unless the goroutines of the test are gone.
func noLeak(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 200 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(time.Millisecond) // one that has just ended still counts
		}
		t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
	})
}

func TestEarlyBreakLeavesNoGoroutine(t *testing.T) {
	noLeak(t)
	l := &datasets.Loader{Dataset: newTable(100, 3), BatchSize: 2, Shuffle: true, Workers: new(2)}
	for i := range 10_000 {
		for b, err := range l.All(context.Background()) {
			require.NoError(t, err)
			if b.Index[0]%2 == i%2 {
				break
			}
		}
	}
	require.Equal(t, 10_000, l.Epoch())
}

func TestWorkersAreGoneBeforeTheLoopReturns(t *testing.T) {
	inside := make(chan struct{}, 100)
	d := function{100, func(i int) (datasets.Sample, error) {
		inside <- struct{}{}
		defer func() { <-inside }()
		time.Sleep(100 * time.Microsecond)
		return datasets.Sample{X: stheno.ScalarOf(1.0)}, nil
	}}
	l := &datasets.Loader{Dataset: d, BatchSize: 5, Workers: new(4)}
	for range 20 {
		for range l.All(context.Background()) {
			break
		}
		require.Empty(t, inside)
	}
	func() { // by a panic in the body
		defer func() { require.Equal(t, "body", recover()) }()
		for range l.All(context.Background()) {
			panic("body")
		}
	}()
	require.Empty(t, inside)
	require.Equal(t, 21, l.Epoch())
}

func TestCancel(t *testing.T) {
	noLeak(t)
	for _, workers := range []int{0, 2} {
		ctx, cancel := context.WithCancel(context.Background())
		d := function{1000, func(i int) (datasets.Sample, error) {
			if i == 35 {
				cancel()
			}
			return datasets.Sample{X: stheno.ScalarOf(1.0)}, nil
		}}
		l := &datasets.Loader{Dataset: d, BatchSize: 10, Workers: new(workers)}
		var last error
		n := 0
		for _, err := range l.All(ctx) {
			if last = err; err == nil {
				n++
			}
		}
		require.ErrorIs(t, last, context.Canceled)
		require.LessOrEqual(t, n, 3)
		for _, err := range l.All(ctx) {
			require.ErrorIs(t, err, context.Canceled)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond) // while the loop waits for a batch
	defer cancel()
	slow := function{4, func(int) (datasets.Sample, error) {
		time.Sleep(20 * time.Millisecond)
		return datasets.Sample{X: stheno.ScalarOf(1.0)}, nil
	}}
	for _, err := range (&datasets.Loader{Dataset: slow, BatchSize: 4, Workers: new(1)}).All(ctx) {
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
}

func TestFailingDataset(t *testing.T) {
	noLeak(t)
	broken := &fs.PathError{Op: "open", Path: "cats/7.png", Err: fs.ErrNotExist}
	for name, at := range map[string]func() error{
		"error": func() error { return fmt.Errorf("image: %w", broken) },
		"panic": func() error { panic(broken) },
		"exit":  func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			for _, workers := range []int{0, 1, 3} {
				if name == "exit" && workers == 0 {
					continue // it would be the test's own goroutine
				}
				d := function{40, func(i int) (datasets.Sample, error) {
					if i >= 17 {
						if err := at(); err != nil {
							return datasets.Sample{}, err
						}
					}
					return datasets.Sample{X: stheno.ScalarOf(float64(i))}, nil
				}}
				for range 3 {
					l := &datasets.Loader{Dataset: d, BatchSize: 6, Workers: new(workers)}
					all, err := epoch(l)
					require.Len(t, all, 2, "batches before the error come first")
					var sample *datasets.SampleError
					require.ErrorAs(t, err, &sample)
					require.Equal(t, 17, sample.Index, "the first in order")
					switch name {
					case "error":
						require.ErrorIs(t, err, fs.ErrNotExist)
						require.Equal(t, "cats/7.png", sample.Path)
						require.EqualError(t, err, "datasets: sample 17: image: open cats/7.png: file does not exist")
					case "panic":
						var p *stheno.PanicError
						require.ErrorAs(t, err, &p)
						require.Equal(t, broken, p.Value)
						require.Contains(t, string(p.Stack), "loader_test.go")
						require.ErrorIs(t, err, fs.ErrNotExist)
					case "exit":
						require.ErrorContains(t, err, "Goexit")
					}
				}
			}
		})
	}
}

func TestSkipCorrupt(t *testing.T) {
	bad := func(i int) bool { return i%5 == 2 || i >= 8 && i < 12 }
	var want []drawn
	for _, collate := range []func([]datasets.Sample) (datasets.Batch, error){nil, datasets.DefaultCollate} {
		for _, workers := range []int{0, 2, 7} {
			d := function{23, func(i int) (datasets.Sample, error) {
				if bad(i) {
					return datasets.Sample{}, &fs.PathError{Op: "decode", Path: fmt.Sprint(i), Err: errors.New("not an image")}
				}
				return datasets.Sample{X: stheno.TensorOf([]float64{float64(i), 1}), Y: stheno.ScalarOf(int64(i))}, nil
			}}
			l := &datasets.Loader{Dataset: d, BatchSize: 4, Workers: new(workers), SkipCorrupt: true, Collate: collate}
			got, err := epoch(l)
			require.NoError(t, err)
			if want == nil {
				want = got
			}
			require.Equal(t, want, got)
			require.Len(t, got, l.Len()-1, "the batch 8 … 11 is left out")
			for _, d := range got {
				require.Equal(t, []int{len(d.Index), 2}, d.Shape)
				for k, i := range d.Index {
					require.False(t, bad(i))
					require.Equal(t, float64(i), d.X[2*k])
					require.Equal(t, float64(i), d.Y[k])
				}
			}
			var skipped []string
			for _, e := range l.Skipped() {
				require.Equal(t, fmt.Sprint(e.Index), e.Path)
				skipped = append(skipped, e.Path)
			}
			require.Equal(t, []string{"2", "7", "8", "9", "10", "11", "12", "17", "22"}, skipped)
			_, err = epoch(l)
			require.NoError(t, err)
			require.Len(t, l.Skipped(), 9, "of one epoch")
		}
	}
	all := function{5, func(int) (datasets.Sample, error) { return datasets.Sample{}, errors.New("unreadable") }}
	_, err := epoch(&datasets.Loader{Dataset: all, BatchSize: 2, SkipCorrupt: true})
	require.ErrorContains(t, err, "no good sample in epoch 0, 5 were skipped; the first: datasets: sample 0: unreadable")
}

func TestSamplersIndexIsChecked(t *testing.T) {
	for _, i := range []int{-1, 3} {
		l := &datasets.Loader{Dataset: numbers(3), Sampler: datasets.SubsetRandomSampler{List: []int{i}}, SkipCorrupt: true}
		_, err := epoch(l)
		require.EqualError(t, err, fmt.Sprintf("datasets: sample %d: index is out of range for a dataset of 3 samples", i))
	}
}

func TestBatchTransform(t *testing.T) {
	var want []drawn
	for _, workers := range []int{0, 2} {
		l := &datasets.Loader{Dataset: numbers(9), BatchSize: 4, Workers: new(workers), Shuffle: true,
			Transform: func(b datasets.Batch, r *rand.Rand) (datasets.Batch, error) {
				b.X = b.X.Mul(0).Add(r.Float64())
				return b, nil
			}}
		got, err := epoch(l)
		require.NoError(t, err)
		if want == nil {
			want = got
		}
		require.Equal(t, want, got)
		require.NotEqual(t, got[0].X[0], got[1].X[0])
	}
	l := &datasets.Loader{Dataset: numbers(9), Transform: func(datasets.Batch, *rand.Rand) (datasets.Batch, error) { panic("mix") }}
	_, err := epoch(l)
	require.ErrorContains(t, err, "datasets: loader: batch 0: panic at loader_test.go")
}

func TestVariableBatches(t *testing.T) {
	sizes := batchList{{0}, {1, 2, 3}, {}, {4, 5, 6, 7, 8}, {9, 9}}
	for _, workers := range []int{0, 3} {
		all, err := epoch(&datasets.Loader{Dataset: newTable(10, 2), BatchSampler: sizes, Workers: new(workers)})
		require.NoError(t, err)
		require.Len(t, all, 4)
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9}, indices(all))
		require.Equal(t, []float64{18, 19, 18, 19}, all[3].X)
	}
}
