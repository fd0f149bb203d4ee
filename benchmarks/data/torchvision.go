// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/stheno-go/stheno/benchmarks/peer"
)

// hello is what torchvision's side says of itself.
type hello struct {
	Torch       string `json:"torch"`
	Torchvision string `json:"torchvision"`
	Pillow      string `json:"pillow"`
}

// torchvision is the process of torchvision's side.
type torchvision struct {
	*peer.Process
	hello
}

func start(s *settings) (*torchvision, error) {
	if s.python == "" {
		s.python = "python3"
	}
	cmd := exec.Command(s.python, s.script)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	t := new(torchvision)
	var err error
	t.Process, err = peer.Start(cmd, "torch, torchvision and NumPy", &t.hello)
	return t, err
}

// ask has the other side do one job.
func (t *torchvision) ask(request map[string]any, answer any) error {
	var raw json.RawMessage
	if err := t.Ask(request, &raw); err != nil {
		return err
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(raw, &failed); err != nil || failed.Error != "" {
		return errors.Join(err, errors.New(failed.Error))
	}
	return json.Unmarshal(raw, answer)
}

// photographs has pictures of 500x375 made in folder and returns what they are made of.
func (t *torchvision) photographs(s *settings, cifar, folder string) (string, error) {
	files := []string{}
	if s.photos != "" {
		var err error
		if files, err = filepath.Glob(filepath.Join(s.photos, "*.jpg")); err != nil || len(files) == 0 {
			return "", fmt.Errorf("--photos: there are no .jpg in %s", s.photos)
		}
	}
	var answer struct{ From string }
	err := t.ask(map[string]any{"job": "make", "files": files, "folder": folder, "cifar": cifar, "count": s.count}, &answer)
	return answer.From, err
}

// load returns how many images a second torchvision loads.
func (t *torchvision) load(c job, workers int, seconds float64) (float64, error) {
	var answer struct{ Images, Seconds float64 }
	err := t.ask(map[string]any{
		"job": "load", "root": c.Root, "pipeline": c.Pipeline, "workers": workers, "batch": batchSize, "seconds": seconds,
	}, &answer)
	return answer.Images / answer.Seconds, err
}
