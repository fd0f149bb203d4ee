// SPDX-License-Identifier: MIT

// Command training trains CIFAR's ResNet-20 here and in PyTorch by the same recipe on
// the same image folders, in turn, from several seeds, and writes what both reached. It
// continues with the seeds of training.json, if those have as many epochs.
//
//	go run ./benchmarks/training --python venv/bin/python --data cifar10
//
// With --follow PyTorch takes each step of one training too, from the same weights with
// the same images, and the command prints the difference of the two steps.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/trainers/charts"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"
)

// epoch is how one ended, on either side.
type epoch struct {
	TrainLoss float64 `json:"train_loss"`
	Accuracy  float64 `json:"accuracy"`
	Loss      float64 `json:"loss"`
	Seconds   float64 `json:"seconds"` // of training
	Images    int     `json:"images"`
}

// result is what a run writes: the epochs of every seed.
type result struct {
	Epochs  int       `json:"epochs"`
	Threads int       `json:"threads"`
	Date    string    `json:"date"`
	Stheno  [][]epoch `json:"stheno"`
	PyTorch [][]epoch `json:"pytorch"`
}

func main() {
	python := flag.String("python", os.Getenv("STHENO_PYTHON"), "Python with torch and torchvision (default: the variable STHENO_PYTHON)")
	script := flag.String("script", "benchmarks/training/peer.py", "PyTorch's side")
	data := flag.String("data", "", "folder with train and test, a folder for each class in both")
	epochs := flag.Int("epochs", 2, "epochs")
	seeds := flag.Int("seeds", 3, "runs on either side")
	out := flag.String("out", "benchmarks/results", "folder for training.json, training.md and training.png")
	followed := flag.Bool("follow", false, "compare each step of a training instead of what trainings reach")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *data == "" || *python == "" || *epochs < 1 || *seeds < 1 {
		fmt.Fprintln(os.Stderr, "training: --data, --python, and at least one epoch and one seed are needed")
		os.Exit(2)
	}
	var err error
	if *followed {
		err = follow(ctx, *python, *script, *data, *epochs, *out)
	} else {
		err = run(ctx, *python, *script, *data, *epochs, *seeds, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "training:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, python, script, data string, epochs, seeds int, out string) error {
	r, err := read(filepath.Join(out, "training.json"))
	if err != nil {
		return err
	}
	if r.Epochs != epochs {
		r = result{Epochs: epochs}
	}
	r.Threads, r.Date = stheno.Threads(), time.Now().Format(time.DateOnly)
	for seed := len(r.PyTorch); seed < seeds; seed++ {
		o, err := newOurs(data, uint64(seed), epochs)
		if err != nil {
			return err
		}
		reached, err := o.fit(ctx)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		r.Stheno = append(r.Stheno, reached)
		theirs, err := peer(ctx, python, script, data, seed, epochs, r.Threads)
		if err != nil {
			return err
		}
		r.PyTorch = append(r.PyTorch, theirs)
		if err := r.write(out); err != nil {
			return err
		}
		fmt.Printf("seed %d: stheno %.2f %% in %.0f s, PyTorch %.2f %% in %.0f s\n", seed,
			100*reached[epochs-1].Accuracy, seconds(reached), 100*theirs[epochs-1].Accuracy, seconds(theirs))
	}
	return r.write(out)
}

// read returns what an earlier run has written; nothing if there was none.
func read(path string) (r result, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// peer runs PyTorch's side.
func peer(ctx context.Context, python, script, data string, seed, epochs, threads int) ([]epoch, error) {
	cmd := exec.CommandContext(ctx, python, script, data, strconv.Itoa(seed), strconv.Itoa(epochs), strconv.Itoa(threads))
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS="+strconv.Itoa(threads))
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var list []epoch
	for lines := json.NewDecoder(pipe); ; {
		var e epoch
		if lines.Decode(&e) != nil {
			break
		}
		list = append(list, e)
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("PyTorch's side: %w", err)
	}
	if len(list) != epochs {
		return nil, fmt.Errorf("PyTorch's side reported %d epochs, expected %d", len(list), epochs)
	}
	return list, nil
}

func seconds(list []epoch) (sum float64) {
	for _, e := range list {
		sum += e.Seconds
	}
	return sum
}

// write writes the numbers, a table and a picture.
func (r *result) write(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "training.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "training.md"), []byte(r.markdown()), 0o644); err != nil {
		return err
	}
	return charts.Save(filepath.Join(out, "training.png"),
		r.panel("Loss of training", "loss", func(e epoch) float64 { return e.TrainLoss }),
		r.panel("Test accuracy", "accuracy", func(e epoch) float64 { return e.Accuracy }))
}

// panel draws one figure of every seed, ours in one colour and PyTorch's in another.
func (r *result) panel(title, y string, of func(epoch) float64) *plot.Plot {
	p := charts.Panel(title, "epoch", y)
	for side, runs := range [][][]epoch{r.Stheno, r.PyTorch} {
		for i, list := range runs {
			name := ""
			if i == 0 {
				name = []string{"stheno", "PyTorch"}[side]
			}
			xs, ys := make([]float64, len(list)), make([]float64, len(list))
			for k, e := range list {
				xs[k], ys[k] = float64(k+1), of(e)
			}
			charts.Line(p, name, xs, ys, charts.Color(side))
		}
	}
	return p
}

func (r *result) markdown() string {
	rate := func(runs [][]epoch) (x []float64) {
		for _, list := range runs {
			images := 0
			for _, e := range list {
				images += e.Images
			}
			x = append(x, float64(images)/seconds(list))
		}
		return x
	}
	last := func(runs [][]epoch, of func(epoch) float64) (x []float64) {
		for _, list := range runs {
			x = append(x, of(list[len(list)-1]))
		}
		return x
	}
	accuracy, loss := func(e epoch) float64 { return 100 * e.Accuracy }, func(e epoch) float64 { return e.TrainLoss }
	ours, a := stat.MeanStdDev(last(r.Stheno, accuracy), nil)
	theirs, b := stat.MeanStdDev(last(r.PyTorch, accuracy), nil)
	noise := math.Hypot(a, b) / math.Sqrt(float64(len(r.Stheno)))
	return fmt.Sprintf("| CIFAR ResNet-20, %d epochs, %d seeds | stheno | PyTorch |\n|---|---|---|\n", r.Epochs, len(r.Stheno)) +
		fmt.Sprintf("| test accuracy, %% | %s | %s |\n", spread(last(r.Stheno, accuracy)), spread(last(r.PyTorch, accuracy))) +
		fmt.Sprintf("| – difference of the means, its standard error | %+.2f ± %.2f | |\n", ours-theirs, noise) +
		fmt.Sprintf("| loss of the last epoch | %s | %s |\n", spread(last(r.Stheno, loss)), spread(last(r.PyTorch, loss))) +
		fmt.Sprintf("| training, loading included, img/s: the fastest | %.0f | %.0f |\n", slices.Max(rate(r.Stheno)), slices.Max(rate(r.PyTorch))) +
		fmt.Sprintf("\nMean ± standard deviation of the seeds; %d threads on both sides, PyTorch in channels_last with 2 more processes that load; %s.\n", r.Threads, r.Date)
}

// spread returns mean ± standard deviation.
func spread(x []float64) string {
	mean, deviation := stat.MeanStdDev(x, nil)
	return fmt.Sprintf("%.2f ± %.2f", mean, deviation)
}
