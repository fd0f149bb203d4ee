// SPDX-License-Identifier: MIT

package datasets

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
)

// FolderSample is a file of an [ImageFolder] or a [DatasetFolder].
type FolderSample struct {
	Path  string
	Class int
}

// FolderError is the error for a folder that is not a data set. Where torchvision raises a
// FileNotFoundError, Err is [fs.ErrNotExist]; for a ValueError it is [stheno.ErrValue].
type FolderError struct {
	Root  string   // as given; empty for an fs.FS
	Empty []string // the classes without a valid file, if that is the error
	Text  string   // torchvision's message
	Err   error
}

// Error returns the text.
func (e *FolderError) Error() string { return e.Text }

// Unwrap returns the kind of error.
func (e *FolderError) Unwrap() error { return e.Err }

// folderRules determine which files of a folder are samples.
type folderRules struct {
	extensions   []string
	isValid      func(path string) bool
	allowEmpty   bool
	classToIndex map[string]int
}

// folderFiles is the result of a scan of a tree of class folders.
type folderFiles struct {
	fileSystem
	classes      []string
	classToIndex map[string]int
	samples      []FolderSample
	linked, deep int // number of folders reached through links, through many links
}

// scan finds the classes and the samples, by the rules of torchvision's find_classes and
// make_dataset.
func scan(files fileSystem, rules folderRules) (*folderFiles, error) {
	fail := func(kind error, format string, args ...any) (*folderFiles, error) {
		return nil, &FolderError{Root: files.root, Text: fmt.Sprintf(format, args...), Err: kind}
	}
	if files.FS == nil {
		return fail(stheno.ErrValue, "no file system given")
	}
	f := &folderFiles{fileSystem: files, classToIndex: maps.Clone(rules.classToIndex)}
	if f.classToIndex == nil {
		if err := f.findClasses(); err != nil {
			return nil, err
		}
		if len(f.classes) == 0 {
			return fail(fs.ErrNotExist, "Couldn't find any class folder in %s.", f.path("."))
		}
	}
	if len(f.classToIndex) == 0 {
		return fail(stheno.ErrValue, "'class_to_index' must have at least one entry to collect any samples.")
	}
	if (rules.extensions == nil) == (rules.isValid == nil) {
		return fail(stheno.ErrValue, "Both extensions and is_valid_file cannot be None or not None at the same time")
	}
	names := slices.Sorted(maps.Keys(f.classToIndex))
	if f.classes == nil {
		f.classes = slices.Clone(names)
		slices.SortStableFunc(f.classes, func(a, b string) int { return cmp.Compare(f.classToIndex[a], f.classToIndex[b]) })
	}
	isValid := rules.isValid
	if isValid == nil {
		isValid = hasExtension(rules.extensions)
	}
	var empty []string
	for _, class := range names {
		before := len(f.samples)
		if err := f.collect(class, f.classToIndex[class], isValid); err != nil {
			return nil, err
		}
		if len(f.samples) == before {
			empty = append(empty, class)
		}
	}
	if len(empty) > 0 && !rules.allowEmpty {
		text := fmt.Sprintf("Found no valid file for the classes %s. ", strings.Join(empty, ", "))
		if rules.extensions != nil {
			text += "Supported extensions are: " + strings.Join(rules.extensions, ", ")
		}
		return nil, &FolderError{Root: f.root, Empty: empty, Text: text, Err: fs.ErrNotExist}
	}
	return f, nil
}

// findClasses makes every folder in the root, and every link to one, a class.
func (f *folderFiles) findClasses() error {
	entries, err := fs.ReadDir(f.FS, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if isDir, _ := f.isDir(e.Name(), e); isDir {
			f.classes = append(f.classes, e.Name())
		}
	}
	slices.Sort(f.classes)
	f.classToIndex = make(map[string]int, len(f.classes))
	for i, class := range f.classes {
		f.classToIndex[class] = i
	}
	return nil
}

// isDir reports whether e, with that name in the file system, is a folder or a link to one.
func (f *folderFiles) isDir(name string, e fs.DirEntry) (isDir, isLink bool) {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir(), false
	}
	info, err := fs.Stat(f.FS, name)
	return err == nil && info.IsDir(), true
}

// collect appends the valid files of a class, sorted by folder, then by name.
func (f *folderFiles) collect(class string, index int, isValid func(string) bool) error {
	info, err := fs.Stat(f.FS, class)
	if err != nil || !info.IsDir() {
		return nil // a class of class_to_index without a folder
	}
	above := []fs.FileInfo{info}
	if root, err := fs.Stat(f.FS, "."); err == nil {
		above = append(above, root)
	}
	folders := map[string][]string{} // names of files by folder
	if err := f.walk(class, above, 0, folders); err != nil {
		return err
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		for _, name := range folders[folder] {
			if p := f.path(folder + "/" + name); isValid(p) {
				f.samples = append(f.samples, FolderSample{p, index})
			}
		}
	}
	return nil
}

// maxLinks is the largest number of links in a path, as in Linux. A few links to each other can
// make a huge number of paths, so the folders reached through links, and those through more than
// fewLinks, are limited too.
const (
	maxLinks  = 40
	fewLinks  = 3
	maxLinked = 100_000
	maxDeep   = 1000
)

// walk collects the names of files. above are the parents of the folder and the folder itself.
func (f *folderFiles) walk(folder string, above []fs.FileInfo, links int, folders map[string][]string) error {
	entries, err := fs.ReadDir(f.FS, folder)
	if err != nil {
		return err // torchvision silently ignores such a folder
	}
	files := make([]string, 0, len(entries))
	for _, e := range entries {
		name := folder + "/" + e.Name()
		isDir, isLink := f.isDir(name, e)
		if !isDir {
			files = append(files, e.Name())
			continue
		}
		through, info := links, fs.FileInfo(nil)
		if info, err = fs.Stat(f.FS, name); err != nil {
			return err
		}
		if isLink {
			if slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
				continue // a link back
			}
			if through++; through > maxLinks {
				return &fs.PathError{Op: "walk", Path: f.path(name), Err: fmt.Errorf("too many levels of symbolic links")}
			}
		}
		if through > 0 {
			f.linked++
		}
		if through > fewLinks {
			f.deep++
		}
		if f.linked > maxLinked || f.deep > maxDeep {
			return &fs.PathError{Op: "walk", Path: f.path(name), Err: fmt.Errorf("too many folders through symbolic links: %d, %d of them through more than %d links each", f.linked, f.deep, fewLinks)}
		}
		if err := f.walk(name, append(above[:len(above):len(above)], info), through, folders); err != nil {
			return err
		}
	}
	slices.Sort(files)
	folders[folder] = files
	return nil
}

func sampleClasses(samples []FolderSample) []int {
	out := make([]int, len(samples))
	for i, s := range samples {
		out[i] = s.Class
	}
	return out
}

func hasExtension(extensions []string) func(path string) bool {
	lower := make([]string, len(extensions))
	for i, e := range extensions {
		lower[i] = strings.ToLower(e)
	}
	return func(path string) bool {
		path = strings.ToLower(path)
		return slices.ContainsFunc(lower, func(e string) bool { return strings.HasSuffix(path, e) })
	}
}
