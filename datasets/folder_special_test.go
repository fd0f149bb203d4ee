// SPDX-License-Identifier: MIT

//go:build unix

package datasets_test

import (
	"context"
	"fmt"
	"image/color"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/transforms"
)

// TestFolderOfNoFiles checks that pipes, sockets and devices with the name of an image are errors and
// do not block.
func TestFolderOfNoFiles(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "cat")
	require.NoError(t, os.Mkdir(dir, 0o777))
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(at("a.png"), pngOf(t, 4, 3, color.White), 0o666))
	require.NoError(t, unix.Mkfifo(at("b-pipe.png"), 0o666))
	l, err := net.Listen("unix", at("c-socket.png"))
	if err != nil { // the name of a socket must be short
		t.Skip(err)
	}
	defer l.Close()
	require.NoError(t, os.Symlink("/dev/zero", at("d-device.png")))
	require.NoError(t, os.Symlink("e-loop.png", at("e-loop.png")))
	require.NoError(t, os.Symlink("nowhere", at("f-broken.png")))
	require.NoError(t, os.Symlink("b-pipe.png", at("g-link.png")))
	require.NoError(t, os.Mkdir(at("h-folder.png"), 0o777))
	require.NoError(t, os.WriteFile(at("h-folder.png/x.png"), pngOf(t, 4, 3, color.Black), 0o666))
	require.NoError(t, os.Symlink(".", at("i-circle")))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for name, open := range map[string]func(datasets.ImageFolderConfig) (*datasets.ImageFolder, error){
			"disk": func(cfg datasets.ImageFolderConfig) (*datasets.ImageFolder, error) {
				return datasets.NewImageFolder(root, cfg)
			},
			"fs": func(cfg datasets.ImageFolderConfig) (*datasets.ImageFolder, error) {
				return datasets.NewImageFolderFS(os.DirFS(root), cfg)
			},
		} {
			d, err := open(datasets.ImageFolderConfig{Transform: transforms.ToTensor()})
			require.NoError(t, err)
			require.Len(t, d.Samples, 8)
			for i, want := range []string{"", "it is a named pipe, want a regular file", "it is a socket", "it is a device", "symbolic links", "no such file", "it is a named pipe", ""} {
				_, err := d.At(i, nil)
				if want == "" {
					require.NoError(t, err, name)
					continue
				}
				require.ErrorContains(t, err, want, name)
				var path *fs.PathError
				require.ErrorAs(t, err, &path)
				require.Contains(t, path.Path, d.Samples[i].Path)
			}
			loader := &datasets.Loader{Dataset: d, BatchSize: 8, SkipCorrupt: true}
			for b, err := range loader.All(context.Background()) {
				require.NoError(t, err)
				require.Equal(t, 2, b.X.Shape()[0])
			}
			require.Len(t, loader.Skipped(), 6)
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it hangs")
	}
}

// TestFolderOfManyLinks checks that links to each other are an error before there are too many paths.
func TestFolderOfManyLinks(t *testing.T) {
	root := t.TempDir()
	for i := range 20 {
		dir := filepath.Join(root, "all", fmt.Sprint(i))
		require.NoError(t, os.MkdirAll(dir, 0o777))
		for k := range 3 {
			require.NoError(t, os.Symlink(fmt.Sprintf("../%d", (i+1)%20), filepath.Join(dir, fmt.Sprint("l", k))))
		}
	}
	_, err := datasets.NewImageFolder(root, datasets.ImageFolderConfig{AllowEmpty: true})
	require.ErrorContains(t, err, "too many folders through symbolic links")
}

func TestCSVIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.csv")
	require.NoError(t, unix.Mkfifo(path, 0o666))
	_, err := datasets.OpenCSV(path, datasets.CSVConfig{})
	require.ErrorContains(t, err, "pipe.csv: it is a named pipe, want a regular file")
	_, err = datasets.OpenCSV("/dev/zero", datasets.CSVConfig{})
	require.ErrorContains(t, err, "it is a device")
	_, err = datasets.OpenCSV(t.TempDir(), datasets.CSVConfig{})
	require.ErrorContains(t, err, "it is a folder")
	_, err = datasets.NewMNIST(t.TempDir(), datasets.ImageSetConfig{})
	require.ErrorIs(t, err, fs.ErrNotExist)
}
