// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"image"
	"io/fs"
	"math/rand/v2"
	"sync"

	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/codec/picture"
)

// ImageExtensions returns the default extensions of [ImageFolder], torchvision's IMG_EXTENSIONS.
func ImageExtensions() []string {
	return []string{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}
}

// ImageFolder is a tree of images with a folder for each class, as
// torchvision.datasets.ImageFolder:
//
//	root/dog/xxx.png
//	root/dog/more/xxy.png
//	root/cat/123.jpg
//
// Classes are the folders in the root, including links to folders, in the order of their names'
// bytes. Subfolders are included. Samples are sorted by class, then by folder in the order of the
// paths (with / between names on every system), then by name. Links are followed, except in
// cycles. A folder that cannot be read is an error; torchvision ignores it.
//
// Images are read as RGB, as Pillow converts them: alpha is dropped, 16-bit values are
// clipped, EXIF is ignored. The format is detected from the bytes, not from the name.
//
// The fields must not be changed.
type ImageFolder struct {
	Classes      []string
	ClassToIndex map[string]int
	Samples      []FolderSample

	files fileSystem
	cfg   ImageFolderConfig
}

// ImageFolderConfig holds the settings of [NewImageFolder]. The zero value accepts
// [ImageExtensions] and applies no transform.
type ImageFolderConfig struct {
	Transform       transforms.Transform   // of the image, after decoding
	TargetTransform func(class int) int    // of the class; default: none
	Extensions      []string               // of files, any case; default [ImageExtensions]
	IsValidFile     func(path string) bool // reports whether a file is an image; excludes Extensions
	AllowEmpty      bool                   // allow classes without images
	ClassToIndex    map[string]int         // the folders to use and their classes; default: all
	MaxBytes        int64                  // largest file; default 1 GiB
	MaxPixels       int                    // width x height; default 178,956,970, as Pillow
}

// NewImageFolder returns the images below a folder. It reads only their names. A leading ~ is the
// home folder. A folder without images is a [*FolderError] with torchvision's text.
func NewImageFolder(root string, cfg ImageFolderConfig) (*ImageFolder, error) {
	return newImageFolder(diskFiles(root), cfg)
}

// NewImageFolderFS is [NewImageFolder] for the files of fsys, such as embedded files or a zip. For
// a subfolder use [fs.Sub].
func NewImageFolderFS(fsys fs.FS, cfg ImageFolderConfig) (*ImageFolder, error) {
	return newImageFolder(fileSystem{FS: fsys}, cfg)
}

func newImageFolder(files fileSystem, cfg ImageFolderConfig) (*ImageFolder, error) {
	if cfg.Extensions == nil && cfg.IsValidFile == nil {
		cfg.Extensions = ImageExtensions()
	}
	if err := checkTransform(cfg.Transform); err != nil {
		return nil, fmt.Errorf("datasets: image folder: %w", err)
	}
	found, err := scan(files, folderRules{cfg.Extensions, cfg.IsValidFile, cfg.AllowEmpty, cfg.ClassToIndex})
	if err != nil {
		return nil, fmt.Errorf("datasets: image folder: %w", err)
	}
	return &ImageFolder{found.classes, found.classToIndex, found.samples, files, cfg}, nil
}

// Len returns the number of images.
func (f *ImageFolder) Len() int { return len(f.Samples) }

// Targets returns the class of each image, before TargetTransform.
func (f *ImageFolder) Targets() []int { return sampleClasses(f.Samples) }

// At returns image i as a tensor (C, H, W), float32 after ToTensor and otherwise uint8, and its
// class, an int64. If the file cannot be read or decoded, the error is a [*fs.PathError]. If r is
// nil, random transforms depend on i only.
func (f *ImageFolder) At(i int, r *rand.Rand) (Sample, error) { return pictureAt(f, i, r) }

// Picture implements [Pictures]. If the transforms begin with a crop, only the cropped part of the
// picture is decoded where the format allows it.
func (f *ImageFolder) Picture(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	if err := within(i, len(f.Samples)); err != nil {
		return 0, err
	}
	path := f.Samples[i].Path
	p := opened.Get().(*openedPicture)
	defer p.close()
	err = f.files.read(path, f.cfg.MaxBytes, func(data []byte) error {
		var err error
		if p.Opened, err = picture.Open(data, picture.Limit{Pixels: f.cfg.MaxPixels}); err != nil {
			return err
		}
		img.Defer(p.Width, p.Height, 3, p)
		if class, err = f.Finish(i, img, r); err == nil || p.err != nil {
			return img.Load()
		}
		p.transform = err
		return nil
	})
	if err == nil {
		err = p.transform
	}
	if err != nil {
		img.Reset(0, 0, 0) // it may still refer to the file
		return 0, err
	}
	return class, nil
}

// openedPicture is a file for [transforms.Image.Defer].
type openedPicture struct {
	picture.Opened
	err, transform error
}

// opened reuses openedPictures, so that reading a picture does not allocate.
var opened = sync.Pool{New: func() any { return new(openedPicture) }}

func (p *openedPicture) Decode(dst []uint8, part image.Rectangle) error {
	p.err = p.Opened.Decode(dst, part)
	return p.err
}

func (p *openedPicture) close() {
	*p = openedPicture{}
	opened.Put(p)
}

// Decode implements [Decoder]. The pixels are RGB.
func (f *ImageFolder) Decode(i int, img *transforms.Image) error {
	if err := within(i, len(f.Samples)); err != nil {
		return err
	}
	path := f.Samples[i].Path
	return f.files.read(path, f.cfg.MaxBytes, func(data []byte) error {
		_, _, err := picture.Decode(data, func(w, h int) []uint8 { return img.Reset(w, h, 3) }, picture.Limit{Pixels: f.cfg.MaxPixels})
		return err
	})
}

// Finish implements [Decoder].
func (f *ImageFolder) Finish(i int, img *transforms.Image, r *rand.Rand) (class int, err error) {
	if err := within(i, len(f.Samples)); err != nil {
		return 0, err
	}
	s := f.Samples[i]
	if err := apply(f.cfg.Transform, img, r); err != nil {
		return 0, &fs.PathError{Op: "transform", Path: s.Path, Err: err}
	}
	return transformTarget(f.cfg.TargetTransform, s.Class), nil
}

// Stamp implements [Decoder] with the size and time of the file.
func (f *ImageFolder) Stamp(i int) (Stamp, error) {
	if err := within(i, len(f.Samples)); err != nil {
		return Stamp{}, err
	}
	path := f.Samples[i].Path
	info, err := f.files.stat(path)
	if err != nil {
		return Stamp{}, err
	}
	return Stamp{Name: path, Size: info.Size(), ModTime: info.ModTime()}, nil
}

func transformTarget(f func(int) int, class int) int {
	if f == nil {
		return class
	}
	return f(class)
}
