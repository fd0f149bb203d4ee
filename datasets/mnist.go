// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"io/fs"

	"github.com/stheno-go/stheno/internal/codec/idx"
)

// NewMNIST reads the training or test part of MNIST, 28x28 grayscale images of digits (LeCun,
// Cortes, Burges), as torchvision.datasets.MNIST. root has the files
// train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
// t10k-labels-idx1-ubyte, plain or .gz, directly or in MNIST/raw, as torchvision stores them. A
// leading ~ is the home folder. Nothing is downloaded.
func NewMNIST(root string, cfg ImageSetConfig) (*ImageSet, error) {
	return newMNIST(diskFiles(root), cfg)
}

// NewMNISTFS is [NewMNIST] for the files of fsys.
func NewMNISTFS(fsys fs.FS, cfg ImageSetConfig) (*ImageSet, error) {
	return newMNIST(fileSystem{FS: fsys}, cfg)
}

func newMNIST(files fileSystem, cfg ImageSetConfig) (*ImageSet, error) {
	return readIDX("mnist", files, "MNIST/raw", cfg, []string{"0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
		"5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine"})
}

// NewFashionMNIST reads Fashion-MNIST, 28x28 grayscale images of clothes (Xiao, Rasul, Vollgraf
// 2017), as torchvision.datasets.FashionMNIST: files named as for [NewMNIST], in root or in
// FashionMNIST/raw. Package datasets/fashion embeds a part of it.
func NewFashionMNIST(root string, cfg ImageSetConfig) (*ImageSet, error) {
	return newFashionMNIST(diskFiles(root), cfg)
}

// NewFashionMNISTFS is [NewFashionMNIST] for the files of fsys.
func NewFashionMNISTFS(fsys fs.FS, cfg ImageSetConfig) (*ImageSet, error) {
	return newFashionMNIST(fileSystem{FS: fsys}, cfg)
}

func newFashionMNIST(files fileSystem, cfg ImageSetConfig) (*ImageSet, error) {
	return readIDX("fashion-mnist", files, "FashionMNIST/raw", cfg, []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
		"Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"})
}

func readIDX(name string, files fileSystem, folder string, cfg ImageSetConfig, classes []string) (*ImageSet, error) {
	if err := checkTransform(cfg.Transform); err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", name, err)
	}
	part := "train"
	if cfg.Test {
		part = "t10k"
	}
	folders := []string{"", folder, "raw"}
	images, imagesPath, err := idxFile(files, folders, part+"-images-idx3-ubyte", 3)
	if err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", name, err)
	}
	labels, labelsPath, err := idxFile(files, folders, part+"-labels-idx1-ubyte", 1)
	if err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", name, err)
	}
	d := &ImageSet{Classes: classes, Height: images.Dims[1], Width: images.Dims[2], Channels: 1, Pixels: images.Data, Labels: labels.Data, cfg: cfg}
	if images.Dims[0] != labels.Dims[0] {
		return nil, fmt.Errorf("datasets: %s: %s has %d images, %s has %d labels", name, imagesPath, images.Dims[0], labelsPath, labels.Dims[0])
	}
	if d.Height == 0 || d.Width == 0 {
		return nil, fmt.Errorf("datasets: %s: %s has images of %dx%d pixels", name, imagesPath, d.Width, d.Height)
	}
	if err := d.complete(); err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", name, &fs.PathError{Op: "read", Path: labelsPath, Err: err})
	}
	return d, nil
}

// idxFile reads the file with the given name, with or without .gz.
func idxFile(files fileSystem, folders []string, name string, dims int) (a idx.Array, path string, err error) {
	if path, err = files.find(folders, []string{name, name + ".gz"}); err != nil {
		return a, path, err
	}
	f, err := files.open(path)
	if err != nil {
		return a, path, err
	}
	defer f.Close()
	a, err = idx.Read(f, maxSetBytes)
	if err == nil && len(a.Dims) != dims {
		err = fmt.Errorf("expects an array of %d dimensions, got %v", dims, a.Dims)
	}
	if err != nil {
		return a, path, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return a, path, nil
}
