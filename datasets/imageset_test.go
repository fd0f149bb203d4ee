// SPDX-License-Identifier: MIT

package datasets_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

func idxFile(data []byte, dims ...int) *fstest.MapFile {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return &fstest.MapFile{Data: append(b, data...)}
}

func gz(t testing.TB, f *fstest.MapFile) *fstest.MapFile {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(f.Data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return &fstest.MapFile{Data: out.Bytes()}
}

// bytesOf returns n bytes, byte j being j times by.
func bytesOf(n, by int) []byte {
	b := make([]byte, n)
	for j := range b {
		b[j] = byte(j * by)
	}
	return b
}

func TestMNIST(t *testing.T) {
	train, test := bytesOf(3*28*28, 5), bytesOf(2*28*28, 3)
	files := fstest.MapFS{
		"train-images-idx3-ubyte":             idxFile(train, 3, 28, 28),
		"train-labels-idx1-ubyte.gz":          gz(t, idxFile([]byte{9, 0, 4}, 3)),
		"MNIST/raw/t10k-images-idx3-ubyte.gz": gz(t, idxFile(test, 2, 28, 28)),
		"MNIST/raw/t10k-labels-idx1-ubyte":    idxFile([]byte{1, 2}, 2),
	}
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, files))
	for name, open := range map[string]func(datasets.ImageSetConfig) (*datasets.ImageSet, error){
		"disk": func(cfg datasets.ImageSetConfig) (*datasets.ImageSet, error) { return datasets.NewMNIST(root, cfg) },
		"map":  func(cfg datasets.ImageSetConfig) (*datasets.ImageSet, error) { return datasets.NewMNISTFS(files, cfg) },
	} {
		d, err := open(datasets.ImageSetConfig{})
		require.NoError(t, err, name)
		require.Equal(t, 3, d.Len())
		require.Equal(t, []int{9, 0, 4}, d.Targets())
		require.Equal(t, "9 - nine", d.Classes[9])
		require.Equal(t, 9, d.ClassToIndex["9 - nine"])
		s, err := d.At(1, nil)
		require.NoError(t, err)
		require.Equal(t, stheno.Shape{1, 28, 28}, s.X.Shape())
		x, err := stheno.Data[uint8](s.X)
		require.NoError(t, err)
		require.Equal(t, train[28*28:2*28*28], x)

		d, err = open(datasets.ImageSetConfig{Test: true, Transform: transforms.ToTensor(), TargetTransform: func(c int) int { return c % 2 }})
		require.NoError(t, err, name)
		all, err := epoch(&datasets.Loader{Dataset: d, BatchSize: 2})
		require.NoError(t, err)
		require.Equal(t, []int{2, 1, 28, 28}, all[0].Shape)
		require.Equal(t, []float64{1, 0}, all[0].Y)
		require.Equal(t, float64(float32(test[1])/255), all[0].X[1])
	}
	_, err := datasets.NewFashionMNIST(root, datasets.ImageSetConfig{Test: true})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, `datasets: fashion-mnist: find `+root+`: no ["t10k-images-idx3-ubyte" "t10k-images-idx3-ubyte.gz"], nor in folders ["FashionMNIST/raw" "raw"]`)
	d, err := datasets.NewFashionMNIST(root, datasets.ImageSetConfig{})
	require.NoError(t, err)
	require.Equal(t, "Ankle boot", d.Classes[9])
	_, err = d.At(3, nil)
	require.ErrorContains(t, err, "index 3 is out of range for 3 samples")
}

func TestMNISTErrors(t *testing.T) {
	const images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
	good := bytesOf(2*28*28, 1)
	for want, files := range map[string]fs.FS{
		"mnist: no file system given":                                           nil,
		"no [\"train-labels":                                                    fstest.MapFS{images: idxFile(good, 2, 28, 28)},
		"has 2 images, " + labels + " has 3 labels":                             fstest.MapFS{images: idxFile(good, 2, 28, 28), labels: idxFile([]byte{1, 2, 3}, 3)},
		"read " + labels + ": label 10 of image 1 is not one of the 10 classes": fstest.MapFS{images: idxFile(good, 2, 28, 28), labels: idxFile([]byte{1, 10}, 2)},
		"read " + images + ": expects an array of 3 dimensions, got [2 784]":    fstest.MapFS{images: idxFile(good, 2, 784)},
		"read " + images + ": idx: has 1568 bytes, but dimensions [3 28 28]":    fstest.MapFS{images: idxFile(good, 3, 28, 28)},
		"has images of 0x28 pixels":                                             fstest.MapFS{images: idxFile(nil, 2, 28, 0), labels: idxFile([]byte{1, 1}, 2)},
		"read " + images + ": idx: starts with bytes 68 65, want 00 00: not an": fstest.MapFS{images: {Data: []byte("hello")}},
	} {
		_, err := datasets.NewMNISTFS(files, datasets.ImageSetConfig{})
		require.ErrorContains(t, err, want)
	}
}

// cifarImage is the planes of testdata/gen_cifar.py.
func cifarImage(i int) []byte {
	b := make([]byte, 3072)
	for j := range b {
		b[j] = byte(j * (i + 1) / 7)
	}
	return b
}

func TestCIFAR(t *testing.T) {
	binary10 := fstest.MapFS{}
	for n, name := range []string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"} {
		binary10["cifar-10-batches-bin/"+name+".bin"] = &fstest.MapFile{Data: append([]byte{byte(9 - n)}, cifarImage(n)...)}
	}
	binary10["cifar-10-batches-bin/test_batch.bin"] = &fstest.MapFile{Data: slices.Concat([]byte{3}, cifarImage(0), []byte{8}, cifarImage(1), []byte{0}, cifarImage(2))}
	binary100 := fstest.MapFS{"test.bin": {Data: slices.Concat([]byte{4, 99}, cifarImage(0), []byte{19, 0}, cifarImage(1))}}
	check := func(d *datasets.ImageSet, err error, labels ...int) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, labels, d.Targets())
		for i := range labels {
			s, err := d.At(i, nil)
			require.NoError(t, err)
			require.Equal(t, stheno.Shape{3, 32, 32}, s.X.Shape())
			x, err := stheno.Data[uint8](s.X)
			require.NoError(t, err)
			require.Equal(t, cifarImage(i), x)
		}
	}
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, binary10))
	d, err := datasets.NewCIFAR10(root, datasets.ImageSetConfig{})
	check(d, err, 9, 8, 7, 6, 5)
	d, err = datasets.NewCIFAR10FS(binary10, datasets.ImageSetConfig{Test: true})
	check(d, err, 3, 8, 0)
	require.Equal(t, "truck", d.Classes[9])
	d, err = datasets.NewCIFAR10(filepath.Join("testdata", "cifar-python"), datasets.ImageSetConfig{Test: true})
	check(d, err, 3, 8, 0)
	d, err = datasets.NewCIFAR100FS(binary100, datasets.ImageSetConfig{Test: true})
	check(d, err, 99, 0)
	require.Len(t, d.Classes, 100)
	require.True(t, slices.IsSorted(d.Classes))
	require.Equal(t, 99, d.ClassToIndex["worm"])

	delete(binary10, "cifar-10-batches-bin/data_batch_4.bin")
	_, err = datasets.NewCIFAR10FS(binary10, datasets.ImageSetConfig{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, `no ["data_batch_4.bin" "data_batch_4"]`)
	_, err = datasets.NewCIFAR100(root, datasets.ImageSetConfig{})
	require.ErrorContains(t, err, "datasets: cifar-100: find "+root)
}

func TestCIFARErrors(t *testing.T) {
	python, err := os.ReadFile("testdata/cifar-python/test_batch")
	require.NoError(t, err)
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"test_batch.bin", "read test_batch.bin: 3072 bytes are not a multiple of the record size 3073", cifarImage(0)},
		{"test_batch.bin", "read test_batch.bin: label 10 of image 0 is not one of the 10 classes", append([]byte{10}, cifarImage(0)...)},
		{"test_batch", "read test_batch: torchpickle: bad file", python[:1000]},
		{"test_batch", "read test_batch: contains no dictionary", []byte("\x80\x02K\x01.")},
		{"test_batch", `has no "data" with 3072 bytes for each image`, []byte("\x80\x02}.")},
		{"test_batch", `read test_batch: has no list of 3 "labels"`, bytes.Replace(python, []byte("labels"), []byte("lebels"), 1)},
		{"test_batch", "label 33 of image 1 is not one of the 10 classes", bytes.Replace(python, []byte("K\x03K\x08K\x00"), []byte("K\x03K\x21K\x00"), 1)},
	} {
		_, err := datasets.NewCIFAR10FS(fstest.MapFS{c.name: {Data: c.data}}, datasets.ImageSetConfig{Test: true})
		require.ErrorContains(t, err, c.want)
	}
}

func FuzzCIFAR(f *testing.F) {
	python, err := os.ReadFile("testdata/cifar-python/test_batch")
	require.NoError(f, err)
	f.Add(python, false)
	f.Add(append([]byte{3}, cifarImage(0)...), true)
	f.Fuzz(func(t *testing.T, data []byte, binary bool) {
		name := "test_batch"
		if binary {
			name += ".bin"
		}
		d, err := datasets.NewCIFAR10FS(fstest.MapFS{name: {Data: data}}, datasets.ImageSetConfig{Test: true})
		if err != nil {
			return
		}
		for i := range d.Len() {
			_, err := d.At(i, nil)
			require.NoError(t, err)
		}
	})
}

func FuzzMNIST(f *testing.F) {
	f.Add(idxFile(bytesOf(2*4*4, 1), 2, 4, 4).Data, idxFile([]byte{1, 2}, 2).Data)
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		files := fstest.MapFS{"train-images-idx3-ubyte": {Data: images}, "train-labels-idx1-ubyte": {Data: labels}}
		d, err := datasets.NewMNISTFS(files, datasets.ImageSetConfig{})
		if err != nil {
			return
		}
		for i := range d.Len() {
			_, err := d.At(i, nil)
			require.NoError(t, err)
		}
	})
}

// TestTransformIsChecked expects the error of a wrong argument before the first image.
func TestTransformIsChecked(t *testing.T) {
	wrong := transforms.Compose{transforms.ToTensor(), transforms.RandomErasing(2)}
	const text = "transforms: random erasing: Random erasing probability should be between 0 and 1, not 2"
	cfg := datasets.ImageSetConfig{Transform: wrong}
	for name, open := range map[string]func() error{
		"image folder": func() error {
			_, err := datasets.NewImageFolder("nowhere", datasets.ImageFolderConfig{Transform: wrong})
			return err
		},
		"fashion-mnist":  func() error { _, err := datasets.NewFashionMNIST("nowhere", cfg); return err },
		"cifar-10":       func() error { _, err := datasets.NewCIFAR10("nowhere", cfg); return err },
		"with transform": func() error { _, err := datasets.WithTransform(&datasets.ImageSet{}, wrong); return err },
	} {
		err := open()
		require.ErrorIs(t, err, transforms.ErrArgument)
		require.EqualError(t, err, "datasets: "+name+": "+text)
	}
}
