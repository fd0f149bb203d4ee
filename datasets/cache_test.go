// SPDX-License-Identifier: MIT

package datasets_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image/color"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/codec/picture"
)

// albumOnDisk is an album in a folder, whose pictures are flipped at random.
func albumOnDisk(t testing.TB, n int) (root string, d *datasets.ImageFolder) {
	root = t.TempDir()
	require.NoError(t, os.CopyFS(root, album(t, n)))
	return root, openAlbum(t, root)
}

func openAlbum(t testing.TB, root string) *datasets.ImageFolder {
	d, err := datasets.NewImageFolder(root, datasets.ImageFolderConfig{
		Transform: transforms.Compose{transforms.RandomCrop(4, 2), transforms.RandomHorizontalFlip(0.5), transforms.ToTensor()},
	})
	require.NoError(t, err)
	return d
}

// cached returns a cache of d, in memory or in a file of that name.
func cached(t testing.TB, d datasets.Dataset, file string) *datasets.Cache {
	c, err := datasets.NewCache(d, datasets.CacheConfig{File: file})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// modes runs f for a cache in memory and for one in a file.
func modes(t *testing.T, f func(t *testing.T, file string)) {
	t.Run("memory", func(t *testing.T) { f(t, "") })
	t.Run("file", func(t *testing.T) { f(t, filepath.Join(t.TempDir(), "cache")) })
}

func TestCacheChangesNothing(t *testing.T) {
	_, d := albumOnDisk(t, 30)
	run := func(d datasets.Dataset, workers int) (all [][]drawn) {
		l := &datasets.Loader{Dataset: d, BatchSize: 7, Shuffle: true, Seed: 3, Workers: new(workers)}
		for range 3 {
			e, err := epoch(l)
			require.NoError(t, err)
			all = append(all, e)
		}
		return all
	}
	want := run(d, 1)
	modes(t, func(t *testing.T, file string) {
		for _, workers := range []int{0, 1, 8} {
			c := cached(t, d, file)
			require.Equal(t, want, run(c, workers))
			require.Equal(t, datasets.CacheStats{Images: 60, Bytes: 60 * 36, Hits: 120, Misses: 60}, c.Stats())
			require.Equal(t, d.Targets(), c.Targets())
			require.NoError(t, c.Close())
			require.NoError(t, c.Close())
			_, err := c.At(0, nil)
			require.ErrorContains(t, err, "it is closed")
			if file != "" {
				again := cached(t, d, file)
				require.Equal(t, want, run(again, workers))
				require.Equal(t, datasets.CacheStats{Images: 60, Bytes: 60 * 36, Hits: 180}, again.Stats())
				require.NoError(t, again.Close())
				require.NoError(t, os.Remove(file))
			}
		}
	})
}

func TestCacheSeesChanges(t *testing.T) {
	modes(t, func(t *testing.T, file string) {
		root, _ := albumOnDisk(t, 3)
		d, err := datasets.NewImageFolder(root, datasets.ImageFolderConfig{})
		require.NoError(t, err)
		c := cached(t, d, file)
		red := func(i int) float64 {
			s, err := c.At(i, nil)
			require.NoError(t, err)
			return s.X.Floats()[0]
		}
		require.Equal(t, 2.0, red(2))
		require.Equal(t, 2.0, red(2))
		path := d.Samples[2].Path
		require.NoError(t, os.WriteFile(path, pngOf(t, 4, 3, color.NRGBA{200, 0, 0, 255}), 0o644))
		require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)))
		require.Equal(t, 200.0, red(2))
		require.Equal(t, 200.0, red(2))
		require.NoError(t, os.WriteFile(path, pngOf(t, 9, 9, color.NRGBA{100, 0, 0, 255}), 0o644))
		require.NoError(t, os.Chtimes(path, time.Time{}, time.Unix(1e9, 1000)))
		require.Equal(t, 100.0, red(2))
		require.Equal(t, int64(3), c.Stats().Misses)
		require.NoError(t, os.Remove(path))
		_, err = c.At(2, nil)
		require.ErrorContains(t, err, path)
		require.NoError(t, c.Close())
		if file == "" {
			return
		}
		require.NoError(t, os.WriteFile(path, pngOf(t, 4, 3, color.NRGBA{50, 0, 0, 255}), 0o644))
		c = cached(t, d, file)
		require.Equal(t, 50.0, red(2), "between two runs")
	})
}

func TestStaticCache(t *testing.T) {
	root, d := albumOnDisk(t, 1)
	c, err := datasets.NewCache(d, datasets.CacheConfig{Static: true})
	require.NoError(t, err)
	_, err = c.At(0, nil)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(root))
	_, err = c.At(0, nil)
	require.NoError(t, err, "the file is not looked at again")
	_, err = c.At(1, nil)
	require.Error(t, err)
}

func TestCacheLimit(t *testing.T) {
	modes(t, func(t *testing.T, file string) {
		_, d := albumOnDisk(t, 5)
		c, err := datasets.NewCache(d, datasets.CacheConfig{File: file, MaxBytes: 4*36 + 35})
		require.NoError(t, err)
		defer c.Close()
		for range 2 {
			for i := range d.Len() {
				_, err := c.At(i, nil)
				require.NoError(t, err)
			}
		}
		require.Equal(t, datasets.CacheStats{Images: 4, Bytes: 4 * 36, Hits: 4, Misses: 16}, c.Stats())
	})
	_, err := datasets.NewCache(numbers(3), datasets.CacheConfig{})
	require.ErrorContains(t, err, "expects a dataset that decodes files (a Decoder), got datasets_test.numbers")
	_, d := albumOnDisk(t, 1)
	_, err = datasets.NewCache(d, datasets.CacheConfig{MaxBytes: -1})
	require.ErrorContains(t, err, "MaxBytes is -1")
}

func TestBrokenCacheFile(t *testing.T) {
	_, d := albumOnDisk(t, 4)
	want, err := epoch(&datasets.Loader{Dataset: d, BatchSize: 8})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "cache")
	fill := func(ds datasets.Dataset) datasets.CacheStats {
		c, err := datasets.NewCache(ds, datasets.CacheConfig{File: file})
		require.NoError(t, err)
		defer func() { require.NoError(t, c.Close()) }()
		got, err := epoch(&datasets.Loader{Dataset: c, BatchSize: 8})
		require.NoError(t, err)
		if ds == datasets.Dataset(d) {
			require.Equal(t, want, got)
		}
		return c.Stats()
	}
	fill(d)
	good, err := os.ReadFile(file)
	require.NoError(t, err)
	const pixels, slots = 64 << 10, 64
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
		misses int64
	}{
		{"nothing", func(b []byte) []byte { return b }, 0},
		{"a pixel", func(b []byte) []byte { b[pixels+36*2]++; return b }, 1},
		{"a slot", func(b []byte) []byte { b[slots+64*5+33]++; return b }, 1},
		{"header only", func(b []byte) []byte { return b[:36] }, 8},
		{"cut in the header", func(b []byte) []byte { return b[:5] }, 8},
		{"cut in the slots", func(b []byte) []byte { return b[:slots+64*3] }, 8},
		{"cut in the pixels", func(b []byte) []byte { return b[:pixels+100] }, 8},
		{"another decoder", func(b []byte) []byte {
			b[24]++
			sum := crc32.Checksum(b[:32], crc32.MakeTable(crc32.Castagnoli))
			binary.LittleEndian.PutUint32(b[32:], sum)
			return b
		}, 8},
		{"zeros", func(b []byte) []byte { return make([]byte, 100) }, 8},
		{"empty", func(b []byte) []byte { return nil }, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(file, c.damage(append([]byte(nil), good...)), 0o644))
			require.Equal(t, c.misses, fill(d).Misses)
			require.Zero(t, fill(d).Misses, "it is whole again")
		})
	}
	if picture.JPEGBackend() != "go" {
		was := picture.UseGoForJPEG(true)
		require.Equal(t, int64(8), fill(d).Misses, "the library decoded it")
		require.Zero(t, fill(d).Misses)
		picture.UseGoForJPEG(was)
		require.Equal(t, int64(8), fill(d).Misses, "Go did")
	}
	part, err := datasets.Subset(d, []int{1, 0})
	require.NoError(t, err)
	require.Equal(t, int64(2), fill(part).Misses, "of another data set")

	require.NoError(t, os.WriteFile(file, []byte("my thesis"), 0o644))
	_, err = datasets.NewCache(d, datasets.CacheConfig{File: file})
	require.EqualError(t, err, "datasets: cache: "+file+`: the file is not a cache: it begins with "my thesis"`)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "my thesis", string(text))
	require.NoError(t, os.Remove(file))

	cached(t, d, file)
	_, err = datasets.NewCache(d, datasets.CacheConfig{File: file})
	require.EqualError(t, err, "datasets: cache: "+file+": another Cache uses the file")
	_, err = datasets.NewCache(d, datasets.CacheConfig{File: filepath.Join(t.TempDir(), "no", "cache")})
	require.ErrorContains(t, err, "datasets: cache: open ")
}

func TestCacheFromManyWorkers(t *testing.T) {
	modes(t, func(t *testing.T, file string) {
		_, d := albumOnDisk(t, 4)
		c := cached(t, d, file)
		l := &datasets.Loader{Dataset: c, BatchSize: 16, Workers: new(8), Sampler: datasets.RandomSampler{N: 8, Replacement: true, NumSamples: 800}}
		all, err := epoch(l)
		require.NoError(t, err)
		for _, b := range all {
			for k, i := range b.Index {
				require.Equal(t, float64(i/4), b.Y[k])
			}
		}
		require.Equal(t, int64(8), c.Stats().Images)
	})
}

// A process that fills a cache is killed again and again; whatever it leaves gives the
// right pictures.
func TestKilledCacheWriter(t *testing.T) {
	const variable = "STHENO_TEST_CACHE"
	if root := os.Getenv(variable); root != "" {
		c, err := datasets.NewCache(openAlbum(t, root), datasets.CacheConfig{File: filepath.Join(filepath.Dir(root), "cache")})
		require.NoError(t, err)
		for b, err := range (&datasets.Loader{Dataset: c, BatchSize: 10, Workers: new(3)}).All(context.Background()) {
			require.NoError(t, err)
			fmt.Fprintln(os.Stderr, b.Index)
		}
		time.Sleep(time.Minute) // to be killed
		return
	}
	base := t.TempDir()
	root := filepath.Join(base, "album")
	require.NoError(t, os.CopyFS(root, album(t, 100)))
	d := openAlbum(t, root)
	want, err := epoch(&datasets.Loader{Dataset: d, BatchSize: 10})
	require.NoError(t, err)
	for range 4 {
		child := exec.Command(os.Args[0], "-test.run=^TestKilledCacheWriter$")
		child.Env = append(os.Environ(), variable+"="+root)
		out, err := child.StderrPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		_, err = out.Read(make([]byte, 1)) // it is in the middle of it
		require.NoError(t, err)
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		require.NoError(t, child.Process.Kill())
		_ = child.Wait() // it was killed

		c, err := datasets.NewCache(d, datasets.CacheConfig{File: filepath.Join(base, "cache")})
		require.NoError(t, err)
		before := c.Stats()
		require.NotZero(t, before.Images)
		got, err := epoch(&datasets.Loader{Dataset: c, BatchSize: 10})
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, 200-before.Images, c.Stats().Misses, "what was kept is whole")
		require.NoError(t, c.Close())
		require.NoError(t, os.Remove(filepath.Join(base, "cache")))
	}
}

// Reading from memory allocates no pixels.
func TestCachedEpochAllocatesLittle(t *testing.T) {
	c, err := datasets.NewCache(mustAlbum(t, album(t, 100)), datasets.CacheConfig{Static: true})
	require.NoError(t, err)
	l := &datasets.Loader{Dataset: c, BatchSize: 50, Workers: new(0)}
	loop := func() {
		for _, err := range l.All(context.Background()) {
			require.NoError(t, err)
		}
	}
	loop()
	require.LessOrEqual(t, testing.AllocsPerRun(10, loop), 32.0, "an epoch of 200 pictures in four batches")
}

func mustAlbum(t testing.TB, files fstest.MapFS) *datasets.ImageFolder {
	d, err := datasets.NewImageFolderFS(files, datasets.ImageFolderConfig{Transform: transforms.ToTensor()})
	require.NoError(t, err)
	return d
}

func BenchmarkCache(b *testing.B) {
	_, d := albumOnDisk(b, 500)
	for name, cfg := range map[string]datasets.CacheConfig{"memory": {}, "static": {Static: true}, "file": {File: filepath.Join(b.TempDir(), "cache")}} {
		b.Run(name, func(b *testing.B) {
			c, err := datasets.NewCache(d, cfg)
			require.NoError(b, err)
			defer c.Close()
			l := &datasets.Loader{Dataset: c, BatchSize: 100}
			for b.Loop() {
				for _, err := range l.All(context.Background()) {
					require.NoError(b, err)
				}
			}
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "img/s")
		})
	}
}
