// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// tree is a folder of images: either parts such as train and test that contain a folder for
// each class, or the folders of the classes themselves.
type tree struct {
	name  string
	parts map[string]func(datasets.ImageFolderConfig) (*datasets.ImageFolder, error)
}

// Names of the parts of a tree.
const (
	trainPart = "train"
	valPart   = "val"
	testPart  = "test"
	wholePart = "" // of a tree without parts
)

// embeddedName is the name of the embedded images.
const embeddedName = "Fashion-MNIST (embedded)"

// openTree opens a folder; "" stands for the embedded images.
func openTree(dir string) (tree, error) {
	t := tree{name: dir, parts: map[string]func(datasets.ImageFolderConfig) (*datasets.ImageFolder, error){}}
	if dir == "" {
		t.name = embeddedName
		t.parts[trainPart], t.parts[testPart] = fashion.Train, fashion.Test
		return t, nil
	}
	if info, err := os.Stat(dir); err != nil {
		return t, err
	} else if !info.IsDir() {
		return t, fmt.Errorf("%s is not a folder", dir)
	}
	add := func(part, folder string) {
		if info, err := os.Stat(folder); err == nil && info.IsDir() && t.parts[part] == nil {
			t.parts[part] = func(cfg datasets.ImageFolderConfig) (*datasets.ImageFolder, error) {
				return datasets.NewImageFolder(folder, cfg)
			}
		}
	}
	add(trainPart, filepath.Join(dir, "train"))
	for _, name := range []string{"val", "valid", "validation"} {
		add(valPart, filepath.Join(dir, name))
	}
	add(testPart, filepath.Join(dir, "test"))
	if len(t.parts) == 0 {
		add(wholePart, dir)
	}
	return t, nil
}

func (t tree) has(part string) bool { return t.parts[part] != nil }

// evaluated returns the part to evaluate on: the first present of test, val and the whole.
func (t tree) evaluated() (string, error) {
	for _, part := range []string{testPart, valPart, wholePart} {
		if t.has(part) {
			return part, nil
		}
	}
	return "", fmt.Errorf("%s has neither test nor val; name the part with --split", t.name)
}

// folder opens a part. If classes is given, it determines the numbers of the classes.
func (t tree) folder(part string, classes []string, transform transforms.Transform) (*datasets.ImageFolder, error) {
	open := t.parts[part]
	if open == nil {
		var have []string
		for name := range t.parts {
			have = append(have, name)
		}
		slices.Sort(have)
		return nil, fmt.Errorf("%s has no part %q; have %s", t.name, part, strings.Join(have, ", "))
	}
	f, err := open(datasets.ImageFolderConfig{Transform: transform})
	if err != nil || len(classes) == 0 || classes[0] == "" {
		return f, err
	}
	numbers := make([]int, len(f.Classes))
	for i, name := range f.Classes {
		if numbers[i] = slices.Index(classes, name); numbers[i] < 0 {
			return nil, fmt.Errorf("%s: class %q is not a class of the model; have %s", t.name, name, strings.Join(classes, ", "))
		}
	}
	return open(datasets.ImageFolderConfig{Transform: transform, TargetTransform: func(class int) int { return numbers[class] }})
}

// sets are the images to train on, to evaluate on after each epoch (watch), and to evaluate
// on at the end (test).
type sets struct {
	train, watch, test datasets.Dataset
	classes            []string
	judged             string // name of the test set
	contents           []contents
}

// learning returns the sets of a tree. Without val and test, a fraction of the images, chosen
// by seed, is held out.
func (t tree) learning(c card, augment transforms.Transform, held float64, limit int, seed uint64) (s sets, err error) {
	whole := trainPart
	if !t.has(trainPart) {
		whole = wholePart
	}
	if t.has(valPart) || t.has(testPart) {
		if !t.has(trainPart) {
			return s, fmt.Errorf("%s has a folder val or test, but no train", t.name)
		}
		f, err := t.folder(trainPart, nil, augment)
		if err != nil {
			return s, err
		}
		s.classes, s.train = f.Classes, f
		if s.contents, err = contentsOf(trainPart, f); err != nil {
			return s, err
		}
		for _, part := range []string{testPart, valPart} { // if only one is present, it serves as both
			if !t.has(part) {
				continue
			}
			f, err := t.folder(part, s.classes, c.transform())
			if err != nil {
				return s, err
			}
			s.watch = f
			more, err := contentsOf(part, f)
			if err != nil {
				return s, err
			}
			s.contents = append(s.contents, more...)
			if s.test == nil {
				s.test, s.judged = f, map[string]string{testPart: "test", valPart: "validation"}[part]
			}
		}
	} else {
		f, err := t.folder(whole, nil, nil)
		if err != nil {
			return s, err
		}
		if !(held > 0 && held < 1) {
			return s, usagef("--holdout %g must be between 0 and 1", held)
		}
		parts, err := datasets.RandomSplit(f, []float64{1 - held, held}, seed)
		if err != nil {
			return s, err
		}
		if parts[0].Len() == 0 || parts[1].Len() == 0 {
			return s, fmt.Errorf("%s has too few images to hold out a fraction of %g: %d to train on and %d to evaluate on; add images or change --holdout",
				t.name, held, parts[0].Len(), parts[1].Len())
		}
		s.classes, s.judged = f.Classes, "held-out"
		if s.contents, err = contentsOf(whole, f); err != nil {
			return s, err
		}
		if s.train, err = datasets.WithTransform(parts[0], augment); err != nil {
			return s, err
		}
		if s.watch, err = datasets.WithTransform(parts[1], c.transform()); err != nil {
			return s, err
		}
		s.test = s.watch
	}
	same := !t.has(valPart) || !t.has(testPart)
	for _, d := range []*datasets.Dataset{&s.train, &s.watch, &s.test} {
		if *d, err = subset(*d, limit, seed); err != nil {
			return s, err
		}
	}
	if same {
		s.test = s.watch
	}
	return s, nil
}

// subset returns at most limit samples of d, chosen by seed; 0 stands for all.
func subset(d datasets.Dataset, limit int, seed uint64) (datasets.Dataset, error) {
	if limit <= 0 || limit >= d.Len() {
		return d, nil
	}
	return datasets.Subset(d, stheno.NewGenerator(seed).Perm(d.Len())[:limit])
}

// hintBroken adds to the error of an unreadable image how to skip it.
func hintBroken(err error) error {
	var sample *datasets.SampleError
	if errors.As(err, &sample) {
		return fmt.Errorf("%w; --skip-broken skips such images", err)
	}
	return err
}

// reportSkipped reports the images that were skipped in the last epochs.
func reportSkipped(log io.Writer, loaders ...*datasets.Loader) {
	for _, l := range loaders {
		if bad := l.Skipped(); len(bad) > 0 {
			fmt.Fprintf(log, "%d of %d images could not be read and were skipped; the first: %v\n", len(bad), l.Dataset.Len(), bad[0])
		}
	}
}

// workers returns the setting of a Loader for the flag --workers, where 0 is one per core.
func workers(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
