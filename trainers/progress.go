// SPDX-License-Identifier: MIT

package trainers

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/stheno-go/stheno/trainers/metrics"
)

// plainEvery is the interval between lines within an epoch if the output is not a terminal.
const plainEvery = 30 * time.Second

// Progress returns a callback that writes a line for each epoch: loss, metrics, samples per second.
// Within an epoch, it shows the progress and the remaining time, on a terminal as a bar, otherwise
// as a line every 30 seconds.
func Progress(w io.Writer) Callback {
	p := &progressLines{w: w}
	if f, ok := w.(interface{ Fd() uintptr }); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal = true
	}
	return Callback{Name: "progress", FitStart: p.start, EpochStart: p.epochStart, StepEnd: p.step, EpochEnd: p.epochEnd, FitEnd: p.end}
}

type progressLines struct {
	w        io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	begun    time.Time // start of the epoch, or of the rest of it
	from     int       // samples done at begun
	spoken   time.Time
	figures  string    // metrics of the epoch so far
	counted  time.Time // when figures were computed
	fit      time.Time
	first    int // epochs done at the start of Fit
}

func (p *progressLines) start(_ context.Context, s *State) error {
	p.fit, p.first = time.Now(), s.Epoch
	if s.Epoch > 0 || s.Batch > 0 {
		fmt.Fprintf(p.w, "resuming after epoch %d, batch %d of %d\n", s.Epoch, s.Batch, s.Batches)
	}
	p.begin(s)
	return nil
}

func (p *progressLines) epochStart(_ context.Context, s *State) error {
	p.begin(s)
	return nil
}

func (p *progressLines) begin(s *State) {
	p.begun, p.spoken, p.from = time.Now(), time.Now(), s.Samples
	if s.Batch == 0 {
		p.from = 0
	}
	p.clear()
	if p.terminal {
		p.bar = progressbar.NewOptions(s.Batches, progressbar.OptionSetWriter(p.w), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
		_ = p.bar.Set(s.Batch) // a bar that cannot be drawn is harmless
	}
}

func (p *progressLines) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}

// rate returns the samples per second since begun.
func (p *progressLines) rate(s *State) float64 {
	return float64(s.Samples-p.from) / max(time.Since(p.begun).Seconds(), 1e-9)
}

func (p *progressLines) step(_ context.Context, s *State) error {
	if p.bar != nil {
		if time.Since(p.counted) >= time.Second { // some metrics take long to compute
			p.counted, p.figures = time.Now(), soFar(s.Trainer().Metrics)
		}
		p.bar.Describe(fmt.Sprintf("epoch %d/%d  loss %.4f%s%s  %.0f/s", s.Epoch+1, s.Epochs(), s.MeanLoss(), p.figures, leftOut(s), p.rate(s)))
		_ = p.bar.Set(s.Batch)
		return nil
	}
	if time.Since(p.spoken) >= plainEvery {
		p.spoken = time.Now()
		left := time.Duration(float64(s.Batches-s.Batch) / float64(s.Batch) * float64(time.Since(p.begun))).Round(time.Second)
		fmt.Fprintf(p.w, "epoch %d/%d  batch %d/%d  loss %.4f%s  %.0f/s  %v left in this epoch\n", s.Epoch+1, s.Epochs(), s.Batch, s.Batches, s.MeanLoss(), leftOut(s), p.rate(s), left)
	}
	return nil
}

// leftOut returns a text with the number of samples that were skipped, if any.
func leftOut(s *State) string {
	if s.Skipped == 0 {
		return ""
	}
	return fmt.Sprintf("  %s %d", skippedName, s.Skipped)
}

// soFar returns the values of the metrics as text.
func soFar(list []metrics.Metric) string {
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "  %s %.4f", m.Name(), m.Value())
	}
	return b.String()
}

func (p *progressLines) epochEnd(_ context.Context, s *State) error {
	p.clear()
	var line strings.Builder
	fmt.Fprintf(&line, "epoch %d/%d", s.Epoch, s.Epochs())
	for _, name := range s.ordered() {
		switch v := s.Metrics[name]; {
		case name == "lr":
			fmt.Fprintf(&line, "  %s %.3g", name, v)
		case name == skippedName || name == "val_"+skippedName:
			if v > 0 {
				fmt.Fprintf(&line, "  %s %.0f", name, v)
			}
		default:
			fmt.Fprintf(&line, "  %s %.4f", name, v)
		}
	}
	fmt.Fprintf(&line, "  %.0f/s", float64(s.Samples)/max(s.Seconds, 1e-9))
	if left := s.Epochs() - s.Epoch; left > 0 {
		each := time.Since(p.fit) / time.Duration(max(s.Epoch-p.first, 1))
		fmt.Fprintf(&line, "  %v left", (time.Duration(left) * each).Round(time.Second))
	}
	fmt.Fprintln(p.w, line.String())
	return nil
}

func (p *progressLines) end(_ context.Context, s *State) error {
	p.clear()
	if s.Interrupted() && !s.Failed() {
		fmt.Fprintf(p.w, "interrupted in epoch %d after batch %d of %d\n", s.Epoch+1, s.Batch, s.Batches)
	} else if s.History.Stopped != "" {
		fmt.Fprintf(p.w, "stopped by %s after epoch %d\n", s.History.Stopped, s.Epoch)
	}
	return nil
}

// ordered returns the keys of Metrics: training before validation, the loss first, the
// learning rate last.
func (s *State) ordered() []string {
	var train, val []string
	for _, name := range s.r.metricNames() {
		if _, ok := s.Metrics[name]; !ok || name == "lr" {
			continue
		}
		if strings.HasPrefix(name, "val_") {
			val = append(val, name)
		} else {
			train = append(train, name)
		}
	}
	return append(append(train, val...), "lr")
}
