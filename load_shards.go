// SPDX-License-Identifier: MIT

package stheno

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-go/stheno/internal/regular"
)

// indexName ends the names of files that say which tensors are in which files.
const (
	indexName = ".index.json"
	maxIndex  = 100 << 20 // bytes
)

// openShards opens the files beside an index, {"weight_map": {name of tensor: file}}.
func openShards(path string) (_ *source, err error) {
	b, err := regular.ReadFile(path, maxIndex)
	if err != nil {
		return nil, err
	}
	var index struct {
		Map map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(b, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(index.Map) == 0 {
		return nil, fmt.Errorf("%s: stheno: missing weight_map: %w", path, ErrValue)
	}
	files := map[string]bool{}
	for name, file := range index.Map {
		if !filepath.IsLocal(file) || strings.HasSuffix(file, indexName) {
			return nil, fmt.Errorf("%s: stheno: tensor %q is in %q, must be in the folder of the index: %w", path, name, file, ErrValue)
		}
		files[file] = true
	}
	all := newSource(nil, nil)
	var parts []*source
	all.close = func() {
		for _, p := range parts {
			p.close()
		}
	}
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	for _, file := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(filepath.Dir(path), file)
		part, err := openState(at)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		for _, e := range part.tensors {
			if index.Map[e.name] != file {
				continue
			}
			read := e.read
			e.read = func() (*Tensor, error) {
				t, err := read()
				if err != nil {
					err = fmt.Errorf("%s: %w", at, err)
				}
				return t, err
			}
			all.tensors = append(all.tensors, e)
			delete(index.Map, e.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(index.Map)) {
		return nil, fmt.Errorf("%s: stheno: no tensor %q in %s: %w", path, name, index.Map[name], ErrValue)
	}
	return all, nil
}
