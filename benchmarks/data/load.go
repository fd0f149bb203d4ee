// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

const batchSize = 128

var mean, std = [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}

// job is a folder of images and what is to be done with them.
type job struct {
	Name     string `json:"name"`
	Root     string `json:"-"`
	Pipeline string `json:"pipeline"` // of peer.py too
}

// pipelines are those of peer.py.
func pipelines() map[string]transforms.Compose {
	end := transforms.Compose{transforms.ToTensor(), transforms.Normalize(mean, std)}
	flip := transforms.RandomHorizontalFlip(0.5)
	return map[string]transforms.Compose{
		"cifar":        {transforms.RandomCrop(32, 4), flip, end},
		"photos":       {transforms.RandomResizedCrop(224), flip, end},
		"cifar-fixed":  end,
		"photos-fixed": {transforms.Resize(256), transforms.CenterCrop(224), end},
	}
}

func (c job) folder(pipeline string) (*datasets.ImageFolder, error) {
	return datasets.NewImageFolder(c.Root, datasets.ImageFolderConfig{Transform: pipelines()[pipeline]})
}

func loader(d datasets.Dataset) *datasets.Loader {
	return &datasets.Loader{Dataset: d, BatchSize: batchSize, Shuffle: true}
}

// load returns how many images a second l makes batches of. As on the other side the first
// batch is there before the clock starts.
func load(l *datasets.Loader, seconds float64) (float64, error) {
	images, begin := 0, time.Time{}
	for {
		for b, err := range l.All(context.Background()) {
			if err != nil {
				return 0, err
			}
			if begin.IsZero() {
				begin = time.Now()
				continue
			}
			images += len(b.Index)
			if took := time.Since(begin).Seconds(); took >= seconds {
				return float64(images) / took, nil
			}
		}
	}
}

// cached returns d with all its pictures decoded, and files that are not looked at again.
func cached(d datasets.Dataset) (*datasets.Cache, error) {
	c, err := datasets.NewCache(d, datasets.CacheConfig{Static: true})
	if err != nil {
		return nil, err
	}
	l := &datasets.Loader{Dataset: c, BatchSize: batchSize}
	for _, err := range l.All(context.Background()) {
		if err != nil {
			return nil, err
		}
	}
	if s := c.Stats(); s.Images != int64(c.Len()) {
		return nil, fmt.Errorf("the cache holds %d of %d pictures", s.Images, c.Len())
	}
	return c, nil
}
