// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// hello is what torchvision's side says of itself.
type hello struct {
	Torch       string `json:"torch"`
	Torchvision string `json:"torchvision"`
	Pillow      string `json:"pillow"`
}

// peer is the process of torchvision's side.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	hello
}

func start(s *settings) (*peer, error) {
	if s.python == "" {
		s.python = "python3"
	}
	p := &peer{cmd: exec.Command(s.python, s.script)}
	p.cmd.Stderr = os.Stderr
	p.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w; name a Python with torchvision by --python", err)
	}
	if err := p.read(&p.hello); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s did not start: %w; it needs torch, torchvision and NumPy", s.python, err)
	}
	return p, nil
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.cmd.Wait()
}

func (p *peer) read(v any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// ask has the other side do one job.
func (p *peer) ask(request map[string]any, answer any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return err
	}
	var raw json.RawMessage
	if err := p.read(&raw); err != nil {
		return fmt.Errorf("torchvision's side ended: %w", err)
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(raw, &failed); err != nil || failed.Error != "" {
		return errors.Join(err, errors.New(failed.Error))
	}
	return json.Unmarshal(raw, answer)
}

// photographs has pictures of 500x375 made in folder and returns what they are made of.
func (p *peer) photographs(s *settings, cifar, folder string) (string, error) {
	files := []string{}
	if s.photos != "" {
		var err error
		if files, err = filepath.Glob(filepath.Join(s.photos, "*.jpg")); err != nil || len(files) == 0 {
			return "", fmt.Errorf("--photos: there are no .jpg in %s", s.photos)
		}
	}
	var answer struct{ From string }
	err := p.ask(map[string]any{"job": "make", "files": files, "folder": folder, "cifar": cifar, "count": s.count}, &answer)
	return answer.From, err
}

// load returns how many images a second torchvision loads.
func (p *peer) load(c job, workers int, seconds float64) (float64, error) {
	var answer struct{ Images, Seconds float64 }
	err := p.ask(map[string]any{
		"job": "load", "root": c.Root, "pipeline": c.Pipeline, "workers": workers, "batch": batchSize, "seconds": seconds,
	}, &answer)
	return answer.Images / answer.Seconds, err
}
