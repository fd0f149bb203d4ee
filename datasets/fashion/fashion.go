// SPDX-License-Identifier: MIT

// Package fashion embeds 12,000 images of clothes, so that examples work without a download:
// 28x28 grayscale images, the first 1,000 training and 200 test images of each of Fashion-MNIST's
// ten classes (Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747; the license is in LICENSE). They are
// PNG files in a folder for each class:
//
//	ankle-boot/00000.png
//	ankle-boot/00011.png
//	bag/00023.png
//
// A file is named after the image's number in Fashion-MNIST. As in every image folder, classes are
// numbered in the order of their names, which is not Fashion-MNIST's numbering.
//
// The package adds 5.6 MB to a program.
package fashion

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/stheno-go/stheno/datasets"
)

// Side is the width and height of an image in pixels.
const Side = 28

//go:embed train.zip.gz
var train []byte

//go:embed test.zip.gz
var test []byte

var (
	openTrain = sync.OnceValues(func() (fs.FS, error) { return open(train) })
	openTest  = sync.OnceValues(func() (fs.FS, error) { return open(test) })
)

// Train returns the 10,000 training images. They are read as RGB; for a model with one input
// channel, begin cfg.Transform with transforms.Grayscale(1).
func Train(cfg datasets.ImageFolderConfig) (*datasets.ImageFolder, error) {
	return folder(openTrain, cfg)
}

// Test returns the 2,000 test images.
func Test(cfg datasets.ImageFolderConfig) (*datasets.ImageFolder, error) {
	return folder(openTest, cfg)
}

// TrainFS returns the files of [Train]; [os.CopyFS] writes them to a folder. The first call
// decompresses them into 12 MB of memory.
func TrainFS() (fs.FS, error) { return openTrain() }

// TestFS returns the files of [Test].
func TestFS() (fs.FS, error) { return openTest() }

func folder(open func() (fs.FS, error), cfg datasets.ImageFolderConfig) (*datasets.ImageFolder, error) {
	files, err := open()
	if err != nil {
		return nil, err
	}
	return datasets.NewImageFolderFS(files, cfg)
}

// open decompresses an archive, in which the files are not compressed individually.
func open(packed []byte) (fs.FS, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("fashion: %w", err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("fashion: %w", err)
	}
	files, err := zip.NewReader(bytes.NewReader(plain), int64(len(plain)))
	if err != nil {
		return nil, fmt.Errorf("fashion: %w", err)
	}
	return files, nil
}
