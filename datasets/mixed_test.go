// SPDX-License-Identifier: MIT

package datasets_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// shapes are images of one grey each, i for sample i, of class i % 3.
func shapes(n int) *datasets.ImageSet {
	d := &datasets.ImageSet{Width: 4, Height: 5, Channels: 1}
	for i := range n {
		for range 20 {
			d.Pixels = append(d.Pixels, uint8(i))
		}
		d.Labels = append(d.Labels, uint8(i%3))
	}
	return d
}

// TestMixed checks that images and targets are mixed in the same proportion, for any number of
// workers.
func TestMixed(t *testing.T) {
	d, err := datasets.WithTransform(shapes(22), transforms.ToTensor())
	require.NoError(t, err)
	for _, mix := range []transforms.BatchTransform{transforms.MixUp{}, transforms.CutMix{}} {
		var first string
		for _, workers := range []int{0, 1, 3} {
			l := &datasets.Loader{Dataset: d, BatchSize: 8, Shuffle: true, Seed: 7, Workers: new(workers), Transform: datasets.Mixed(mix, 3)}
			all := ""
			for b, err := range l.All(context.Background()) {
				require.NoError(t, err)
				n := len(b.Index)
				require.Equal(t, stheno.Shape{n, 3}, b.Y.Shape())
				x, err := b.X.Tensor()
				require.NoError(t, err)
				y, err := b.Y.Tensor()
				require.NoError(t, err)
				px, py := x.Floats(), y.Floats()
				all += fmt.Sprint(px, py)
				for i := range n {
					before := b.Index[(i+n-1)%n]
					mean := 0.0
					for _, v := range px[i*20:][:20] {
						mean += v * 255 / 20
					}
					own := (mean - float64(before)) / float64(b.Index[i]-before)
					assert.InDelta(t, 1, py[3*i]+py[3*i+1]+py[3*i+2], 1e-6)
					if b.Index[i]%3 != before%3 {
						assert.InDelta(t, own, py[3*i+b.Index[i]%3], 1e-4)
					}
				}
			}
			if first == "" {
				first = all
			}
			require.Equal(t, first, all)
		}
	}
}

func TestMixedWantsImages(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x, y := stheno.Zeros(2, 1, 2, 2), stheno.FromTensor(stheno.TensorOf([]int64{0, 5}, 2))
	for _, c := range []struct {
		t       transforms.BatchTransform
		b       datasets.Batch
		classes int
		text    string
	}{
		{nil, datasets.Batch{}, 3, "mixed: transform is nil"},
		{transforms.MixUp{}, datasets.Batch{}, 3, "mixed: the batch has no X"},
		{transforms.MixUp{}, datasets.Batch{X: y}, 3, "mixed: X is int64 of shape (2), expects float32 with 4 dimensions"},
		{transforms.MixUp{}, datasets.Batch{X: x}, 3, "mixed: the batch has no Y"},
		{transforms.MixUp{}, datasets.Batch{X: x, Y: y}, 5, "mixed: label 5 is not one of 5 classes"},
		{transforms.MixUp{}, datasets.Batch{X: x, Y: stheno.Zeros(2, 4)}, 5, "mixed: Y has shape (2,4), expects (2,5)"},
		{transforms.MixUp{}, datasets.Batch{X: x, Y: y}, 0, "mixed: X has 2 images, Y 2 labels, and there are 0 classes"},
		{transforms.CutMix{Alpha: new(-1.0)}, datasets.Batch{X: x, Y: y}, 6, "transforms: cutmix: alpha -1 should be positive"},
	} {
		_, err := datasets.Mixed(c.t, c.classes)(c.b, r)
		assert.EqualError(t, err, c.text)
	}
}
