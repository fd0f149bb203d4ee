// SPDX-License-Identifier: MIT

// Command gen writes train.zip.gz and test.zip.gz to the current folder from Fashion-MNIST's four
// files:
//
//	cd datasets/fashion && go run ./gen FOLDER
//
// FOLDER has train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz and the same two of
// t10k. The first 1,000 training and 200 test images of each class are taken; a file's
// name is the image's number in Fashion-MNIST.
package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/stheno-go/stheno/internal/codec/idx"
)

// classes are Fashion-MNIST's, by label, as names of folders.
var classes = []string{"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle-boot"}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gen FOLDER")
	}
	for _, part := range []struct {
		from, to string
		each     int // images of a class
	}{{"train", "train.zip.gz", 1000}, {"t10k", "test.zip.gz", 200}} {
		if err := write(part.to, filepath.Join(os.Args[1], part.from), part.each); err != nil {
			log.Fatal(err)
		}
	}
}

// item is a file of the archive.
type item struct {
	name  string
	image int
}

func write(to, from string, each int) error {
	images, err := read(from+"-images-idx3-ubyte.gz", 3)
	if err != nil {
		return err
	}
	labels, err := read(from+"-labels-idx1-ubyte.gz", 1)
	if err != nil {
		return err
	}
	var items []item
	count := make([]int, len(classes))
	for i, class := range labels.Data {
		if count[class]++; count[class] <= each {
			items = append(items, item{fmt.Sprintf("%s/%05d.png", classes[class], i), i})
		}
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.name, b.name) })
	var out bytes.Buffer
	packed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(packed)
	h, w := images.Dims[1], images.Dims[2]
	for _, it := range items {
		// Nothing is compressed within: all images together compress better.
		f, err := archive.CreateHeader(&zip.FileHeader{Name: it.name, Method: zip.Store})
		if err != nil {
			return err
		}
		m := &image.Gray{Pix: images.Data[it.image*h*w:][:h*w], Stride: w, Rect: image.Rect(0, 0, w, h)}
		if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(f, m); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

func read(path string, dims int) (idx.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return idx.Array{}, err
	}
	defer f.Close()
	a, err := idx.Read(f, 1<<30)
	if err == nil && len(a.Dims) != dims {
		err = fmt.Errorf("dimensions %v, expects %d of them", a.Dims, dims)
	}
	if err != nil {
		return idx.Array{}, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}
