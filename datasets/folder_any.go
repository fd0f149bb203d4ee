// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"io/fs"
	"math/rand/v2"

	"github.com/stheno-go/stheno"
)

// DatasetFolder is an [ImageFolder] of files of any kind, as
// torchvision.datasets.DatasetFolder. The fields must not be changed.
type DatasetFolder struct {
	Classes      []string
	ClassToIndex map[string]int
	Samples      []FolderSample

	files fileSystem
	cfg   DatasetFolderConfig
}

// DatasetFolderConfig holds the settings of [NewDatasetFolder]. It must have a Loader, and either
// Extensions or IsValidFile.
type DatasetFolderConfig struct {
	// Loader decodes a file. It must not retain data, whose memory is reused.
	Loader          func(path string, data []byte) (*stheno.Tensor, error)
	Transform       func(x *stheno.Tensor, r *rand.Rand) (*stheno.Tensor, error) // default: none
	TargetTransform func(class int) int                                          // default: none
	Extensions      []string                                                     // of files, any case
	IsValidFile     func(path string) bool                                       // excludes Extensions
	AllowEmpty      bool                                                         // allow classes without files
	ClassToIndex    map[string]int                                               // the folders to use and their classes; default: all
	MaxBytes        int64                                                        // largest file; default 1 GiB
}

// NewDatasetFolder returns the files below a folder. It reads only their names. A leading ~ is the
// home folder. A folder without files is a [*FolderError] with torchvision's text.
func NewDatasetFolder(root string, cfg DatasetFolderConfig) (*DatasetFolder, error) {
	return newDatasetFolder(diskFiles(root), cfg)
}

// NewDatasetFolderFS is [NewDatasetFolder] for the files of fsys.
func NewDatasetFolderFS(fsys fs.FS, cfg DatasetFolderConfig) (*DatasetFolder, error) {
	return newDatasetFolder(fileSystem{FS: fsys}, cfg)
}

func newDatasetFolder(files fileSystem, cfg DatasetFolderConfig) (*DatasetFolder, error) {
	if cfg.Loader == nil {
		return nil, fmt.Errorf("datasets: dataset folder: Loader is nil")
	}
	found, err := scan(files, folderRules{cfg.Extensions, cfg.IsValidFile, cfg.AllowEmpty, cfg.ClassToIndex})
	if err != nil {
		return nil, fmt.Errorf("datasets: dataset folder: %w", err)
	}
	return &DatasetFolder{found.classes, found.classToIndex, found.samples, files, cfg}, nil
}

// Len returns the number of files.
func (f *DatasetFolder) Len() int { return len(f.Samples) }

// Targets returns the class of each file, before TargetTransform.
func (f *DatasetFolder) Targets() []int { return sampleClasses(f.Samples) }

// At returns the tensor of file i after Loader and Transform, and its class, an int64. An error of
// theirs is wrapped in a [*fs.PathError].
func (f *DatasetFolder) At(i int, r *rand.Rand) (Sample, error) {
	if err := within(i, len(f.Samples)); err != nil {
		return Sample{}, err
	}
	s := f.Samples[i]
	var x *stheno.Tensor
	err := f.files.read(s.Path, f.cfg.MaxBytes, func(data []byte) (err error) {
		if x, err = f.cfg.Loader(s.Path, data); err == nil && f.cfg.Transform != nil {
			x, err = f.cfg.Transform(x, r)
		}
		if err == nil && x == nil {
			err = fmt.Errorf("loader returned no tensor")
		}
		return err
	})
	if err != nil {
		return Sample{}, err
	}
	return Sample{X: x, Y: stheno.ScalarOf(int64(transformTarget(f.cfg.TargetTransform, s.Class)))}, nil
}
