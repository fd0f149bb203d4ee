// SPDX-License-Identifier: MIT

// Page writes what studies have finished into docs/studies.md, between the marks
// <!-- NAME --> and <!-- /NAME -->, and their pictures beside it.
//
//	go run ./internal/studies/page runs
//
// The argument is a folder with the folders cifar (degradation of CIFAR-10), embedded
// (degradation of the embedded images), minima, overfit and sigmoid, as --out names them. A
// folder without results leaves its part as it is.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"

	"github.com/stheno-go/stheno/internal/studies"
)

const (
	page     = "docs/studies.md"
	pictures = "docs/images"
)

// part is the text of a study and its picture; a nil part has no results.
type part struct {
	settings string
	report   studies.Report
}

var parts = []struct {
	name string
	read func(dir string) (*part, error)
}{
	{"cifar", degradation}, {"embedded", degradation}, {"minima", minima}, {"overfit", overfit}, {"sigmoid", sigmoid},
}

func degradation(dir string) (*part, error) {
	list, s, err := studies.ReadDegradation(dir)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	images := fmt.Sprintf("%d images", s.MaxImages)
	if s.MaxImages == 0 {
		images = "all images"
	}
	return &part{fmt.Sprintf("%s, %d epochs, batches of %d, highest learning rate %g", images, s.Epochs, s.Batch, s.LR), studies.DegradationReport(list)}, nil
}

func minima(dir string) (*part, error) {
	list, s, err := studies.ReadMinima(dir)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &part{fmt.Sprintf("%d steps, learning rate %g at the start", s.Steps, s.LR), studies.MinimaReport(list)}, nil
}

func overfit(dir string) (*part, error) {
	list, s, err := studies.ReadOverfit(dir)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &part{fmt.Sprintf("%d images, %d parameters, %d epochs, batches of %d, learning rate %g", s.MaxImages, s.Parameters(), s.Epochs, s.Batch, s.LR), studies.OverfitReport(list)}, nil
}

func sigmoid(dir string) (*part, error) {
	list, s, err := studies.ReadSigmoid(dir)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &part{fmt.Sprintf("%d hidden layers, %d epochs", s.Depth, s.Epochs), studies.SigmoidReport(list)}, nil
}

func run(runs string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	for _, p := range parts {
		found, err := p.read(filepath.Join(runs, p.name))
		if err != nil {
			return err
		}
		if found == nil {
			fmt.Printf("%s: nothing is finished\n", p.name)
			continue
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, "<!-- %s -->\nSettings: %s.\n\n", p.name, found.settings)
		found.report.WriteMarkdown(&b)
		picture := "study-" + p.name + ".png"
		fmt.Fprintf(&b, "\n![%s](images/%s)\n<!-- /%s -->", p.name, picture, p.name)
		marks := regexp.MustCompile("(?s)<!-- " + p.name + " -->.*<!-- /" + p.name + " -->")
		if !marks.Match(text) {
			return fmt.Errorf("%s has no marks for %s", page, p.name)
		}
		text = marks.ReplaceAllLiteral(text, b.Bytes())
		if err := save(filepath.Join(pictures, picture), found.report.Panels); err != nil {
			return err
		}
	}
	return os.WriteFile(page, text, 0o666)
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run ./internal/studies/page RUNS")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
