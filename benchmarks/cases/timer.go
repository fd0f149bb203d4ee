// SPDX-License-Identifier: MIT

package cases

import "time"

// Timer measures one case again and again.
type Timer struct {
	*Task
	Checked float64 // the number to compare, after the warm-up
}

// NewTimer sets c up and warms it up.
func NewTimer(c Case) (*Timer, error) {
	task, err := c.Task()
	if err != nil {
		return nil, err
	}
	t := &Timer{Task: task}
	for range task.WarmUp {
		if err := task.Step(); err != nil {
			return nil, err
		}
	}
	t.Checked, err = task.Check()
	return t, err
}

// Run repeats the step for about d and returns the mean time of one in nanoseconds. It
// looks at the clock seldom enough not to time that.
func (t *Timer) Run(d time.Duration) (float64, error) {
	count, chunk := 0, 1
	for begin := time.Now(); ; {
		for range chunk {
			if err := t.Step(); err != nil {
				return 0, err
			}
		}
		count += chunk
		spent := time.Since(begin)
		if spent >= d {
			return float64(spent.Nanoseconds()) / float64(count), nil
		}
		if chunk < 1000 && spent < d/100 {
			chunk *= 2
		}
	}
}
