// SPDX-License-Identifier: MIT

package examples_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/models"
)

// TestImagesOfAFolder trains on folders of two classes, and resumes.
func TestImagesOfAFolder(t *testing.T) {
	dir := t.TempDir()
	for part, open := range map[string]func() (fs.FS, error){"train": fashion.TrainFS, "val": fashion.TestFS} {
		all, err := open()
		require.NoError(t, err)
		for _, class := range []string{"bag", "trouser"} {
			files, err := fs.Glob(all, class+"/*0.png")
			require.NoError(t, err)
			require.NoError(t, os.MkdirAll(filepath.Join(dir, part, class), 0o777))
			for _, f := range files {
				b, err := fs.ReadFile(all, f)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(dir, part, filepath.FromSlash(f)), b, 0o666))
			}
		}
	}
	out := run(t, dir, "images", "-epochs", "4", dir)
	require.Regexp(t, `2 classes\nepoch 1: .*\nepoch 2: .*\nepoch 3: .*\nepoch 4: .*, right (0.9|1.0)`, out)
	require.FileExists(t, filepath.Join(dir, "runs/images/last.safetensors"))
	out = run(t, dir, "images", "-epochs", "5", dir)
	require.Regexp(t, `2 classes\nresuming from runs/images\nepoch 5: .*$`, out)
}

// TestFinetuneOfAFile begins with a file of ResNet-18's weights.
func TestFinetuneOfAFile(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	path := filepath.Join(t.TempDir(), "resnet18.pth")
	require.NoError(t, stheno.Save(path, models.NewResNet18(models.ResNetConfig{})))
	out := run(t, t.TempDir(), "finetune", "-weights", path)
	require.Regexp(t, `^five others, the head alone: right 0.\d+\nfive others, all of the net: right 0.\d+$`, out)
}
