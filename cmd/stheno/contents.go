// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/internal/regular"
)

// contents say what the images of a class were when a training began: how many, and a hash
// of their names, of the sizes of some and of the bytes of a few. So folders that have
// changed places are noticed.
type contents struct {
	Part   string `json:"part"`
	Class  string `json:"class"`
	Images int    `json:"images"`
	Hash   uint64 `json:"hash,string"`
}

// Of so many files of a class the size is asked for, of so many of these the beginning is
// read.
const (
	looked    = 16
	opened    = 4
	beginning = 64 << 10
)

func contentsOf(part string, f *datasets.ImageFolder) ([]contents, error) {
	byClass := make([][]int, len(f.Classes))
	for i, s := range f.Samples {
		byClass[s.Class] = append(byClass[s.Class], i)
	}
	var out []contents
	for class, list := range byClass {
		h := fnv.New64a()
		every := max(1, len(list)/looked)
		for n, i := range list {
			fmt.Fprintf(h, "%s\x00", filepath.Base(f.Samples[i].Path))
			if n%every == 0 {
				stamp, err := f.Stamp(i)
				if errors.Is(err, fs.ErrNotExist) { // a link to nowhere
					err = nil
				}
				if err != nil {
					return nil, err
				}
				fmt.Fprintf(h, "%d\x00", stamp.Size)
				if n/every < opened {
					hashFile(h, f.Samples[i].Path)
				}
			}
		}
		out = append(out, contents{part, f.Classes[class], len(list), h.Sum64()})
	}
	return out, nil
}

// hashFile adds the beginning of a file, if it is one: who reads it will say so else.
func hashFile(w io.Writer, path string) {
	f, err := regular.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = io.CopyN(w, f, beginning)
}

// changed says what is other about the images than when the training in a folder began;
// nothing if they are the same, or if an older version has not noted what they were.
func changed(out, name string, classes []string, data sets) (what string, err error) {
	if !slices.Equal(classes, data.classes) {
		return fmt.Sprintf("%s has the classes %s now, and the training in %s has learnt %s: folders were renamed, added or removed",
			name, someOf(data.classes), out, someOf(classes)), nil
	}
	b, err := os.ReadFile(filepath.Join(out, contentsName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var was []contents
	if err == nil {
		err = json.Unmarshal(b, &was)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(out, contentsName), err)
	}
	for i, c := range data.contents {
		if i >= len(was) || was[i] != c {
			return fmt.Sprintf("%s: the images of class %q are not those that the training in %s began with (%d now)",
				strings.TrimSpace(name+" "+c.Part), c.Class, out, c.Images), nil
		}
	}
	if len(was) != len(data.contents) {
		return fmt.Sprintf("%s: it has %d parts and classes now, and had %d when the training in %s began", name, len(data.contents), len(was), out), nil
	}
	return "", nil
}

// someOf lists names, not too many.
func someOf(list []string) string {
	const most = 20
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
