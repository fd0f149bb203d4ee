// SPDX-License-Identifier: MIT

package datasets_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
)

// folderCase is what torchvision found in a tree: see testdata/gen_folder.py.
type folderCase struct {
	Name       string
	Tree       []string // nil: the root is not there
	Valid      string   // is_valid_file: the path contains it
	AllowEmpty bool     `json:"allow_empty"`
	Extensions json.RawMessage
	ClassToIdx map[string]int `json:"class_to_idx"`

	Classes map[string]int
	Samples [][2]any
	Type    string
	Error   string
}

func folderCases(t *testing.T) (cases []folderCase) {
	text, err := os.ReadFile("testdata/folder.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &cases))
	require.NotEmpty(t, cases)
	return cases
}

// entry splits a line of a tree: a path that ends in / is a folder, "a -> b" a link.
func entry(line string) (name, target string, isDir bool) {
	name, target, _ = strings.Cut(line, " -> ")
	return strings.TrimSuffix(name, "/"), target, strings.HasSuffix(name, "/")
}

func hasLinks(tree []string) bool { return strings.Contains(strings.Join(tree, "\n"), " -> ") }

// writeTree makes the tree on disk, skipping the test where the system has no links.
func writeTree(t *testing.T, root string, tree []string) {
	require.NoError(t, os.Mkdir(root, 0o755))
	if _, err := os.Stat(strings.ToUpper(root)); err == nil && differInCase(tree) {
		t.Skip("names that differ in case only are one file here")
	}
	for _, line := range tree {
		name, target, isDir := entry(line)
		name = filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		switch {
		case isDir:
			require.NoError(t, os.MkdirAll(name, 0o755))
		case target != "":
			if err := os.Symlink(filepath.FromSlash(target), name); err != nil {
				t.Skip("no symbolic links here: ", err)
			}
		default:
			require.NoError(t, os.WriteFile(name, nil, 0o644))
		}
	}
}

// differInCase reports whether two names of a tree differ only in case.
func differInCase(tree []string) bool {
	spelled := map[string]string{}
	for _, line := range tree {
		name, _, _ := entry(line)
		for ; name != "."; name = path.Dir(name) {
			lower := strings.ToLower(name)
			if was, ok := spelled[lower]; ok && was != name {
				return true
			}
			spelled[lower] = name
		}
	}
	return false
}

func mapTree(tree []string) fs.FS {
	m := fstest.MapFS{".": &fstest.MapFile{Mode: fs.ModeDir | 0o755}}
	for _, line := range tree {
		name, target, isDir := entry(line)
		switch {
		case isDir:
			m[name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		case target != "":
			m[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		default:
			m[name] = &fstest.MapFile{Mode: 0o644}
		}
	}
	return m
}

func zipTree(t *testing.T, tree []string) fs.FS {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, line := range tree {
		name, _, isDir := entry(line)
		if isDir {
			name += "/"
		}
		_, err := w.Create(name)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	return r
}

// found is what a folder holds, with paths below root.
type found struct {
	Classes map[string]int
	Samples [][2]any
}

// open reads the tree of c as ImageFolder or DatasetFolder, as torchvision did.
func (c folderCase) open(root string, fsys fs.FS) (found, error) {
	var valid func(string) bool
	if c.Valid != "" {
		valid = func(path string) bool { return strings.Contains(strings.TrimPrefix(path, root), c.Valid) }
	}
	var f found
	var list []string
	var samples []datasets.FolderSample
	if c.Extensions == nil {
		cfg := datasets.ImageFolderConfig{IsValidFile: valid, AllowEmpty: c.AllowEmpty, ClassToIndex: c.ClassToIdx}
		d, err := datasets.NewImageFolder(root, cfg)
		if fsys != nil {
			d, err = datasets.NewImageFolderFS(fsys, cfg)
		}
		if err != nil {
			return found{}, err
		}
		f.Classes, list, samples = d.ClassToIndex, d.Classes, d.Samples
	} else {
		cfg := datasets.DatasetFolderConfig{IsValidFile: valid, AllowEmpty: c.AllowEmpty, ClassToIndex: c.ClassToIdx, Loader: length}
		if err := json.Unmarshal(c.Extensions, &cfg.Extensions); err != nil {
			return found{}, err
		}
		d, err := datasets.NewDatasetFolder(root, cfg)
		if fsys != nil {
			d, err = datasets.NewDatasetFolderFS(fsys, cfg)
		}
		if err != nil {
			return found{}, err
		}
		f.Classes, list, samples = d.ClassToIndex, d.Classes, d.Samples
	}
	for i, class := range list {
		if i > 0 && f.Classes[list[i-1]] > f.Classes[class] {
			return found{}, &fs.PathError{Op: "classes out of order", Path: class}
		}
	}
	for _, s := range samples {
		path := s.Path
		if fsys == nil {
			path = filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
		f.Samples = append(f.Samples, [2]any{path, float64(s.Class)})
	}
	return f, nil
}

// length is a Loader of DatasetFolder.
func length(_ string, data []byte) (*stheno.Tensor, error) {
	return stheno.ScalarOf(int64(len(data))), nil
}

func TestFoldersAreTorchvisions(t *testing.T) {
	for _, c := range folderCases(t) {
		check := func(t *testing.T, root string, fsys fs.FS) {
			got, err := c.open(root, fsys)
			if c.Type == "" {
				require.NoError(t, err)
				require.Equal(t, found{c.Classes, c.Samples}, got)
				return
			}
			kind := map[string]error{"FileNotFoundError": fs.ErrNotExist, "ValueError": stheno.ErrValue}[c.Type]
			require.NotNil(t, kind, c.Type)
			require.ErrorIs(t, err, kind)
			if strings.HasPrefix(c.Error, "[Errno 2]") {
				require.ErrorContains(t, err, root)
				return
			}
			var folder *datasets.FolderError
			require.ErrorAs(t, err, &folder)
			if fsys != nil {
				root = "."
			} else {
				require.Equal(t, root, folder.Root)
			}
			require.Equal(t, strings.ReplaceAll(c.Error, "ROOT", root), folder.Error())
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Run("disk", func(t *testing.T) {
				root := filepath.Join(t.TempDir(), "root")
				if c.Tree != nil {
					writeTree(t, root, c.Tree)
				}
				check(t, root, nil)
			})
			if c.Tree == nil {
				return
			}
			t.Run("map", func(t *testing.T) { check(t, "", mapTree(c.Tree)) })
			if !hasLinks(c.Tree) { // a zip does not follow them
				t.Run("zip", func(t *testing.T) { check(t, "", zipTree(t, c.Tree)) })
			}
		})
	}
}

func TestLinksInACircle(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	tree := []string{"a/1.png", "a/b/2.png", "a/b/up -> ..", "a/b/self -> .", "a/top -> ../../root"}
	writeTree(t, root, tree)
	d, err := datasets.NewImageFolder(root, datasets.ImageFolderConfig{})
	require.NoError(t, err)
	require.Len(t, d.Samples, 2)
	// Where files are not known to be the same, the depth ends it.
	_, err = datasets.NewImageFolderFS(mapTree(tree[:4]), datasets.ImageFolderConfig{})
	require.ErrorContains(t, err, "too many levels of symbolic links")
}

func TestFolderOfNothing(t *testing.T) {
	_, err := datasets.NewImageFolderFS(nil, datasets.ImageFolderConfig{})
	require.ErrorIs(t, err, stheno.ErrValue)
	_, err = datasets.NewDatasetFolder(t.TempDir(), datasets.DatasetFolderConfig{Extensions: []string{".x"}})
	require.ErrorContains(t, err, "Loader is nil")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err = datasets.NewImageFolder(file, datasets.ImageFolderConfig{})
	require.ErrorContains(t, err, file)
}

func TestHomeFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	writeTree(t, filepath.Join(home, "pictures"), []string{"a/1.png"})
	d, err := datasets.NewImageFolder("~/pictures", datasets.ImageFolderConfig{})
	require.NoError(t, err)
	require.Equal(t, filepath.Join(home, "pictures", "a", "1.png"), filepath.FromSlash(d.Samples[0].Path))
	_, err = datasets.NewImageFolder("~no-such-user-here/pictures", datasets.ImageFolderConfig{})
	require.ErrorContains(t, err, "~no-such-user-here")
}
