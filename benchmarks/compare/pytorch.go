// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/stheno-go/stheno/benchmarks/cases"
	"github.com/stheno-go/stheno/benchmarks/peer"
)

// pytorch is PyTorch's side.
type pytorch struct {
	*peer.Process
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
		// What inductor has compiled for another set would be taken from its cache, and
		// computes NaN.
		env = append(env, "ONEDNN_MAX_CPU_ISA="+s.isa, "ATEN_CPU_CAPABILITY="+s.isa,
			"TORCHINDUCTOR_CACHE_DIR="+filepath.Join(os.TempDir(), "torchinductor-"+s.isa))
	}
	return env
}

func start(s *settings) (*pytorch, error) {
	cmd := exec.Command(s.python, s.script, "serve", strconv.Itoa(s.threads))
	cmd.Env = s.environment()
	t := new(pytorch)
	var err error
	t.Process, err = peer.Start(cmd, "torch and torchvision", &t.hello)
	return t, err
}

// measure times every way on c for that many seconds each.
func (t *pytorch) measure(c cases.Case, s *settings, seconds float64) ([]timing, error) {
	var list []timing
	err := t.Ask(struct {
		Case    cases.Case      `json:"case"`
		Seconds float64         `json:"seconds"`
		Ways    json.RawMessage `json:"ways"`
	}{c, seconds, s.waysList()}, &list)
	if err == nil && len(list) == 0 {
		err = errors.New("PyTorch ran the case in no way; see its messages")
	}
	return list, err
}
