// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"

	"github.com/stheno-go/stheno/datasets/transforms"
)

// ImageSet is a set of images of one size in memory, with classes: the result of [NewMNIST],
// [NewFashionMNIST], [NewCIFAR10] and [NewCIFAR100]. The fields must not be changed.
type ImageSet struct {
	Classes                 []string
	ClassToIndex            map[string]int
	Width, Height, Channels int
	Pixels                  []uint8 // image after image, rows from the top, channels interleaved
	Labels                  []uint8 // the class of each image

	cfg ImageSetConfig
}

// ImageSetConfig holds the settings of an [ImageSet]. The zero value is the training part without
// transforms.
type ImageSetConfig struct {
	Test            bool                 // the test part
	Transform       transforms.Transform // of the image
	TargetTransform func(class int) int  // of the class; default: none
}

// maxSetBytes is the largest file of an image set; the largest known has 47 MB.
const maxSetBytes = 1 << 30

// Len returns the number of images.
func (d *ImageSet) Len() int { return len(d.Labels) }

// Targets returns the class of each image, before TargetTransform.
func (d *ImageSet) Targets() []int { return ints(d.Labels) }

// At returns image i, as [ImageFolder.At].
func (d *ImageSet) At(i int, r *rand.Rand) (Sample, error) { return pictureAt(d, i, r) }

// Picture implements [Pictures].
func (d *ImageSet) Picture(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	if err := within(i, d.Len()); err != nil {
		return 0, err
	}
	n := d.Width * d.Height * d.Channels
	copy(img.Reset(d.Width, d.Height, d.Channels), d.Pixels[i*n:][:n])
	if err := apply(d.cfg.Transform, img, r); err != nil {
		return 0, fmt.Errorf("transform: %w", err)
	}
	return transformTarget(d.cfg.TargetTransform, int(d.Labels[i])), nil
}

// complete numbers the classes and checks the labels.
func (d *ImageSet) complete() error {
	for i, label := range d.Labels {
		if int(label) >= len(d.Classes) {
			return fmt.Errorf("label %d of image %d is not one of the %d classes", label, i, len(d.Classes))
		}
	}
	d.ClassToIndex = make(map[string]int, len(d.Classes))
	for i, class := range d.Classes {
		d.ClassToIndex[class] = i
	}
	return nil
}

// find returns the path of the first file that exists, in any of the folders, with any of the
// names.
func (f fileSystem) find(folders, names []string) (string, error) {
	if f.FS == nil {
		return "", errors.New("no file system given")
	}
	for _, folder := range folders {
		for _, name := range names {
			if folder != "" {
				name = folder + "/" + name
			}
			path := f.path(name)
			if info, err := f.stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
		}
	}
	err := fmt.Errorf("no %q, nor in folders %q: %w", names, folders[1:], fs.ErrNotExist)
	return "", &fs.PathError{Op: "find", Path: f.path("."), Err: err}
}
