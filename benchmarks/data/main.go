// SPDX-License-Identifier: MIT

// Command data times how fast stheno and torchvision make batches of image files, in
// turn, on the same files, and writes the ratios. It needs a Python with torchvision:
// --python, or the variable STHENO_PYTHON; and CIFAR-10 as a tree of JPEGs.
//
//	go run ./benchmarks/data --python venv/bin/python --data cifar10
//
// The photographs of 500x375 pixels are made by the Python side of scikit-learn's two,
// where that is installed, of those in --photos, or of enlarged CIFAR pictures.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/stheno-go/stheno/internal/codec/picture"
	"github.com/stheno-go/stheno/internal/processor"
)

type settings struct {
	python, script, data, photos, out string
	rounds, count                     int
	seconds                           float64
}

func main() {
	var s settings
	flag.StringVar(&s.python, "python", os.Getenv("STHENO_PYTHON"), "Python with torchvision (default: the variable STHENO_PYTHON, then python3)")
	flag.StringVar(&s.script, "script", "benchmarks/data/peer.py", "torchvision's side")
	flag.StringVar(&s.data, "data", "", "folder with CIFAR-10's JPEGs in a folder for each class, or with a folder train of those")
	flag.StringVar(&s.photos, "photos", "", "folder with JPEGs to make the photographs of (default: scikit-learn's)")
	flag.StringVar(&s.out, "out", "bench-out/data", "folder for data.json and data.md")
	flag.IntVar(&s.rounds, "rounds", 5, "how often everything is timed")
	flag.IntVar(&s.count, "count", 400, "how many photographs to make")
	flag.Float64Var(&s.seconds, "seconds", 2, "how long each timing takes")
	flag.Parse()
	if err := run(&s); err != nil {
		fmt.Fprintln(os.Stderr, "data:", err)
		os.Exit(1)
	}
}

func run(s *settings) error {
	if !isFolder(s.data) {
		return fmt.Errorf("--data: name the folder of CIFAR-10's JPEGs, not %q", s.data)
	}
	if s.rounds < 1 || s.count < 4 || s.seconds <= 0 {
		return fmt.Errorf("want at least 1 round, 4 photographs and some seconds, got %d, %d and %g", s.rounds, s.count, s.seconds)
	}
	torch, err := start(s)
	if err != nil {
		return err
	}
	defer torch.Stop()
	folder, err := os.MkdirTemp("", "stheno-photos")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	cifar := s.data
	if sub := filepath.Join(cifar, "train"); isFolder(sub) {
		cifar = sub
	}
	from, err := torch.photographs(s, cifar, folder)
	if err != nil {
		return err
	}
	r := report{
		CPU: processor.Name(), Cores: runtime.GOMAXPROCS(0), Go: runtime.Version(), JPEG: picture.JPEGBackend(),
		Python: torch.hello, Photographs: from, Date: time.Now().Format(time.DateOnly),
	}
	for _, c := range []job{
		{Name: "CIFAR-10, 32x32 JPEG; random crop, flip, normalise", Root: cifar, Pipeline: "cifar"},
		{Name: "photographs, 500x375 JPEG; random resized crop to 224, flip, normalise", Root: folder, Pipeline: "photos"},
	} {
		res, err := compare(s, torch, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Pipeline, err)
		}
		fmt.Println(res.table())
		r.Results = append(r.Results, res)
	}
	return r.write(s.out)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// write makes data.json and data.md.
func (r *report) write(out string) error {
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "data.json"), append(raw, '\n'), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "data.md"), []byte(r.markdown()), 0o666)
}
