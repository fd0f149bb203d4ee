// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/codec/safetensors"
	"github.com/stheno-go/stheno/internal/codec/torchpickle"
)

// NewCIFAR10 reads the training or test part of CIFAR-10, 32x32 RGB images of ten classes
// (Krizhevsky, 2009), as torchvision.datasets.CIFAR10. root has the files of
// the binary version (data_batch_1.bin … data_batch_5.bin, test_batch.bin) or of the Python
// version (the same without .bin), directly or in cifar-10-batches-bin or
// cifar-10-batches-py. A leading ~ is the home folder. Nothing is downloaded, and no code of a
// pickle is executed.
func NewCIFAR10(root string, cfg ImageSetConfig) (*ImageSet, error) {
	return cifar10.read(diskFiles(root), cfg)
}

// NewCIFAR10FS is [NewCIFAR10] for the files of fsys.
func NewCIFAR10FS(fsys fs.FS, cfg ImageSetConfig) (*ImageSet, error) {
	return cifar10.read(fileSystem{FS: fsys}, cfg)
}

// NewCIFAR100 is [NewCIFAR10] for CIFAR-100 with its 100 fine classes: the files train.bin
// and test.bin, or train and test, in root or in cifar-100-binary or cifar-100-python.
func NewCIFAR100(root string, cfg ImageSetConfig) (*ImageSet, error) {
	return cifar100.read(diskFiles(root), cfg)
}

// NewCIFAR100FS is [NewCIFAR100] for the files of fsys.
func NewCIFAR100FS(fsys fs.FS, cfg ImageSetConfig) (*ImageSet, error) {
	return cifar100.read(fileSystem{FS: fsys}, cfg)
}

const (
	cifarSide   = 32
	cifarPlane  = cifarSide * cifarSide
	cifarPixels = 3 * cifarPlane
)

// cifar describes one of the two sets.
type cifar struct {
	name        string
	folders     []string
	train, test []string // names of the files of the Python version
	labels      int      // number of bytes before the pixels in the binary version; the last is the class
	key         string   // of the labels in the Python version
	classes     []string
}

var cifar10 = cifar{"cifar-10", []string{"", "cifar-10-batches-bin", "cifar-10-batches-py"},
	[]string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"}, []string{"test_batch"}, 1, "labels",
	strings.Fields("airplane automobile bird cat deer dog frog horse ship truck")}

var cifar100 = cifar{"cifar-100", []string{"", "cifar-100-binary", "cifar-100-python"},
	[]string{"train"}, []string{"test"}, 2, "fine_labels",
	strings.Fields(`apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
		castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
		flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
		motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate
		poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
		squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
		wardrobe whale willow_tree wolf woman worm`)}

func (c cifar) read(files fileSystem, cfg ImageSetConfig) (*ImageSet, error) {
	if err := checkTransform(cfg.Transform); err != nil {
		return nil, fmt.Errorf("datasets: %s: %w", c.name, err)
	}
	d := &ImageSet{Classes: c.classes, Width: cifarSide, Height: cifarSide, Channels: 3, cfg: cfg}
	names := c.train
	if cfg.Test {
		names = c.test
	}
	for _, name := range names {
		path, err := files.find(c.folders, []string{name + ".bin", name})
		if err == nil {
			err = c.readFile(d, files, path)
		}
		if err != nil {
			return nil, fmt.Errorf("datasets: %s: %w", c.name, err)
		}
	}
	return d, nil
}

func (c cifar) readFile(d *ImageSet, files fileSystem, path string) error {
	f, err := files.open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSetBytes+1))
	switch {
	case err != nil:
	case len(data) > maxSetBytes:
		err = fmt.Errorf("the file is larger than the limit of %d bytes", maxSetBytes)
	case strings.HasSuffix(path, ".bin"):
		err = c.addBinary(d, data)
	default:
		err = c.addPython(d, data)
	}
	if err == nil {
		err = d.complete()
	}
	if err != nil {
		return &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return nil
}

// addBinary appends records of labels and planes of red, green and blue.
func (c cifar) addBinary(d *ImageSet, data []byte) error {
	record := c.labels + cifarPixels
	if len(data)%record != 0 {
		return fmt.Errorf("%d bytes are not a multiple of the record size %d: the file is truncated or of another set", len(data), record)
	}
	for ; len(data) > 0; data = data[record:] {
		d.Labels = append(d.Labels, data[c.labels-1])
		d.addPlanes(data[c.labels:record])
	}
	return nil
}

// addPython appends the pickled dictionary of a matrix of pixels and a list of labels.
func (c cifar) addPython(d *ImageSet, data []byte) error {
	v, err := torchpickle.DecodePlain(data)
	if err != nil {
		return err
	}
	batch, ok := v.(*torchpickle.Dict)
	if !ok {
		return errors.New("contains no dictionary")
	}
	x, _ := batch.Get("data")
	pixels, ok := x.(*torchpickle.Tensor)
	if !ok || pixels.DType != safetensors.U8 || len(pixels.Shape) != 2 || pixels.Shape[1] != cifarPixels {
		return fmt.Errorf("has no \"data\" with %d bytes for each image", cifarPixels)
	}
	y, _ := batch.Get(c.key)
	labels, ok := y.([]any)
	if !ok || len(labels) != pixels.Shape[0] {
		return fmt.Errorf("has no list of %d %q", pixels.Shape[0], c.key)
	}
	for i, label := range labels {
		class, ok := label.(int64)
		if !ok || class < 0 || class >= int64(len(c.classes)) {
			return fmt.Errorf("label %v of image %d is not one of the %d classes", label, i, len(c.classes))
		}
		d.Labels = append(d.Labels, uint8(class))
		d.addPlanes(pixels.Data[i*cifarPixels:][:cifarPixels])
	}
	return nil
}

// addPlanes appends an image, whose channels become interleaved.
func (d *ImageSet) addPlanes(planes []uint8) {
	r, g, b := planes[:cifarPlane], planes[cifarPlane:][:cifarPlane], planes[2*cifarPlane:][:cifarPlane]
	d.Pixels = slices.Grow(d.Pixels, cifarPixels)
	for i := range r {
		d.Pixels = append(d.Pixels, r[i], g[i], b[i])
	}
}
