// SPDX-License-Identifier: MIT

// Package peer is what the paired benchmarks share: the process of the other side, which
// answers a line of JSON with a line of JSON, and the words and figures of their reports.
package peer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Process is the other side.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Start runs cmd, a Python that needs some packages, and reads its first line into hello.
// What the process writes to standard error goes to that of this one.
func Start(cmd *exec.Cmd, needs string, hello any) (*Process, error) {
	p := &Process{cmd: cmd}
	cmd.Stderr = os.Stderr
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w; name a Python with %s by --python", err, needs)
	}
	if err := p.read(hello); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s did not start: %w; it needs %s", cmd.Path, err, needs)
	}
	return p, nil
}

func (p *Process) read(v any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// Ask sends a request and reads the answer.
func (p *Process) Ask(request, answer any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := p.read(answer); err != nil {
		return fmt.Errorf("the other side ended: %w", err)
	}
	return nil
}

// Stop ends the process: its input ends, and with it its loop.
func (p *Process) Stop() {
	p.in.Close()
	_ = p.cmd.Wait() // its results are in; how it ends does not matter
}
