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
	"strconv"

	"github.com/stheno-go/stheno/benchmarks/cases"
)

// peer is the process of PyTorch's side.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	hello
}

// hello is what it says of itself.
type hello struct {
	Torch string `json:"torch"`
	ISA   string `json:"isa"`
}

// timing is how one way of PyTorch's did.
type timing struct {
	Way   string  `json:"way"`
	NS    float64 `json:"ns"`
	Check float64 `json:"check"`
}

// environment limits PyTorch and oneDNN to the instruction set.
func (s *settings) environment() []string {
	env := append(os.Environ(), "OMP_NUM_THREADS="+strconv.Itoa(s.threads))
	if s.isa != "" {
		env = append(env, "ONEDNN_MAX_CPU_ISA="+s.isa, "ATEN_CPU_CAPABILITY="+s.isa)
	}
	return env
}

func start(s *settings) (*peer, error) {
	p := &peer{cmd: exec.Command(s.python, s.script, "serve", strconv.Itoa(s.threads))}
	p.cmd.Stderr = os.Stderr
	p.cmd.Env = s.environment()
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
		return nil, fmt.Errorf("%w; name a Python with torch by --python", err)
	}
	if err := p.read(&p.hello); err != nil {
		return nil, fmt.Errorf("%s did not start: %w; it needs torch and torchvision", s.python, err)
	}
	return p, nil
}

func (p *peer) read(v any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// measure times every way on c for that many seconds each.
func (p *peer) measure(c cases.Case, s *settings, seconds float64) ([]timing, error) {
	line, err := json.Marshal(struct {
		Case    cases.Case      `json:"case"`
		Seconds float64         `json:"seconds"`
		Ways    json.RawMessage `json:"ways"`
	}{c, seconds, s.waysList()})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(p.in, "%s\n", line); err != nil {
		return nil, err
	}
	var list []timing
	if err := p.read(&list); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("PyTorch ran the case in no way; see its messages")
	}
	return list, nil
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.cmd.Wait() // its results are in; how it ends does not matter
}
