// SPDX-License-Identifier: MIT

package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync"

	"github.com/stheno-go/stheno/internal/regular"
)

// defaultMaxBytes is the default limit on the size of a file.
const defaultMaxBytes = 1 << 30

// fileSystem is the files of a folder: those of an fs.FS, or those on disk.
type fileSystem struct {
	fs.FS
	root   string // of files on disk
	onDisk bool
}

func diskFiles(root string) fileSystem {
	root = expandUser(root)
	return fileSystem{disk(root), root, true}
}

// path returns the path of a file in samples and errors: on disk it includes the root.
func (f fileSystem) path(name string) string {
	if f.onDisk {
		return disk(f.root).path(name)
	}
	return name
}

// open opens a regular file, to be read once and to the end. It returns an error for other files,
// such as named pipes, which could block.
func (f fileSystem) open(path string) (io.ReadCloser, error) {
	if f.onDisk {
		return openDisk(path)
	}
	if s, ok := f.FS.(fs.StatFS); ok { // such as os.DirFS, where opening a named pipe blocks
		if info, err := s.Stat(path); err == nil {
			if err := regular.Check(path, info.Mode()); err != nil {
				return nil, err
			}
		}
	}
	return f.Open(path)
}

func (f fileSystem) stat(path string) (fs.FileInfo, error) {
	if f.onDisk {
		return os.Stat(path)
	}
	return fs.Stat(f.FS, path)
}

// buffers reuses memory for the contents of files.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, 64<<10)
	return &b
}}

// read calls use with the bytes of a file, whose memory is reused afterwards. All errors, those of
// use included, are a [*fs.PathError].
func (f fileSystem) read(path string, limit int64, use func(data []byte) error) error {
	if limit <= 0 {
		limit = defaultMaxBytes
	}
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	n, err := f.readInto(buf, path, limit)
	if err != nil {
		var known *fs.PathError
		if errors.As(err, &known) {
			return err
		}
		return &fs.PathError{Op: "read", Path: path, Err: err}
	}
	if err := use((*buf)[:n]); err != nil {
		return &fs.PathError{Op: "decode", Path: path, Err: err}
	}
	return nil
}

// readInto reads without a stat of the file, since most files fit into the buffer.
func (f fileSystem) readInto(buf *[]byte, path string, limit int64) (n int, err error) {
	file, err := f.open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for {
		m, err := file.Read((*buf)[n:])
		n += m
		switch {
		case int64(n) > limit:
			return n, fmt.Errorf("the file is larger than the limit of %d bytes", limit)
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		case n == len(*buf):
			*buf = append(*buf, make([]byte, n)...)
		}
	}
}

// disk is a file system of the files below a folder. Unlike os.DirFS it allows any file name of the
// system, and its errors have the full path.
type disk string

func (d disk) path(name string) string {
	switch root := string(d); {
	case name == ".":
		return root
	case root == "" || os.IsPathSeparator(root[len(root)-1]):
		return root + filepath.FromSlash(name)
	default:
		return root + string(filepath.Separator) + filepath.FromSlash(name)
	}
}

func (d disk) Open(name string) (fs.File, error)          { return os.Open(d.path(name)) }
func (d disk) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(d.path(name)) }
func (d disk) Stat(name string) (fs.FileInfo, error)      { return os.Stat(d.path(name)) }

// expandUser replaces a leading ~ by the home folder of the user, and ~name by that of another, as
// Python's os.path.expanduser. For an unknown user it returns the path unchanged.
func expandUser(p string) string {
	if !strings.HasPrefix(p, "~") {
		return p
	}
	end := strings.IndexFunc(p, func(r rune) bool { return r == '/' || r == filepath.Separator })
	if end < 0 {
		end = len(p)
	}
	home := ""
	if end == 1 {
		home, _ = os.UserHomeDir()
	} else if u, err := user.Lookup(p[1:end]); err == nil {
		home = u.HomeDir
	}
	if home == "" {
		return p
	}
	return strings.TrimRight(home, "/") + p[end:]
}
