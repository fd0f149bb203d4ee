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

// contents records the images of a class at the start of training: their number, and a hash
// of their names, the sizes of some and the bytes of a few. It detects renamed folders and
// replaced images.
type contents struct {
	Part   string `json:"part"`
	Class  string `json:"class"`
	Images int    `json:"images"`
	Hash   uint64 `json:"hash,string"`
}

// Limits on the files of a class whose size, and whose first bytes, are hashed.
const (
	maxSizes  = 16
	maxOpened = 4
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
		every := max(1, len(list)/maxSizes)
		for n, i := range list {
			fmt.Fprintf(h, "%s\x00", filepath.Base(f.Samples[i].Path))
			if n%every == 0 {
				stamp, err := f.Stamp(i)
				if errors.Is(err, fs.ErrNotExist) { // a dangling link
					err = nil
				}
				if err != nil {
					return nil, err
				}
				fmt.Fprintf(h, "%d\x00", stamp.Size)
				if n/every < maxOpened {
					hashFile(h, f.Samples[i].Path)
				}
			}
		}
		out = append(out, contents{part, f.Classes[class], len(list), h.Sum64()})
	}
	return out, nil
}

// hashFile adds the first bytes of a file. Errors are reported by whatever reads the file later.
func hashFile(w io.Writer, path string) {
	f, err := regular.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = io.CopyN(w, f, beginning)
}

// changed describes how the images differ from those with which the run in out began. It
// returns "" if they are the same or were not recorded.
func changed(out, name string, classes []string, data sets) (what string, err error) {
	if !slices.Equal(classes, data.classes) {
		return fmt.Sprintf("%s has the classes %s, but the run in %s was trained on %s: folders were renamed, added or removed",
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
			return fmt.Sprintf("%s: the images of class %q differ from those at the start of the run in %s (%d images now)",
				strings.TrimSpace(name+" "+c.Part), c.Class, out, c.Images), nil
		}
	}
	if len(was) != len(data.contents) {
		return fmt.Sprintf("%s: found %d parts and classes, but the run in %s began with %d", name, len(data.contents), out, len(was)), nil
	}
	return "", nil
}

// someOf joins the first names of a list.
func someOf(list []string) string {
	const most = 20
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
