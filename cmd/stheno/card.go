// SPDX-License-Identifier: MIT

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/regular"
	"github.com/stheno-go/stheno/models"
)

// cardName is the name of the file, in the folder of the weights, that describes the model.
const cardName = "model.json"

// maxCard is its largest size in bytes.
const maxCard = 16 << 20

// card describes how a model's weights are applied to images.
type card struct {
	Model    string    `json:"model"`
	Classes  []string  `json:"classes"`
	Channels int       `json:"channels"`
	Height   int       `json:"height"`
	Width    int       `json:"width"`
	Resize   int       `json:"resize,omitempty"` // shorter edge before the center crop; 0: resize to Height and Width directly
	Mean     []float32 `json:"mean"`
	Std      []float32 `json:"std"`
}

// Means and deviations of pixels between 0 and 1.
var (
	imageNetMean = []float32{0.485, 0.456, 0.406}
	imageNetStd  = []float32{0.229, 0.224, 0.225}
	greyMean     = []float32{0.449} // of ImageNet's grey values
	greyStd      = []float32{0.226}
	fashionMean  = []float32{0.2860}
	fashionStd   = []float32{0.3530}
)

// maxSide is the largest height or width that images are brought to.
const maxSide = 1 << 14

// newCard returns the card of a model of the catalogue; zeros stand for its defaults.
func newCard(model string, channels, size int) (card, error) {
	m, err := imageModel(model)
	if err != nil {
		return card{}, err
	}
	input := m.Input(models.Config{Channels: channels, Height: size, Width: size})
	c := card{Model: model, Channels: input[0], Height: input[1], Width: input[2], Mean: imageNetMean, Std: imageNetStd}
	if max(c.Height, c.Width) > maxSide {
		return c, usagef("images of %dx%d are too large: at most %d a side", c.Width, c.Height, maxSide)
	}
	if c.Height >= 160 { // as torchvision: 256 for 224
		c.Resize = int(math.Round(float64(c.Height) * 256 / 224))
	}
	switch c.Channels {
	case 1:
		c.Mean, c.Std = greyMean, greyStd
	case 3:
	default:
		return c, usagef("images have 1 or 3 channels, not %d", c.Channels)
	}
	return c, nil
}

// imageModel returns a model that classifies images.
func imageModel(name string) (models.Model, error) {
	m, err := models.Find(name)
	if err != nil {
		return m, usageError{err}
	}
	if len(m.Input(models.Config{})) != 3 || !slices.Contains(m.Options, "Classes") {
		return m, usagef("the model %s does not classify images; have %s", name, strings.Join(imageModels(), ", "))
	}
	return m, nil
}

// imageModels returns the names of the models that classify images.
func imageModels() []string {
	return slices.DeleteFunc(models.Names(), func(name string) bool {
		m, err := models.Find(name)
		return err != nil || len(m.Input(models.Config{})) != 3 || !slices.Contains(m.Options, "Classes")
	})
}

// network returns the model with initial weights.
func (c card) network() (stheno.Module, error) {
	return models.New(c.Model, models.Config{Classes: len(c.Classes), Channels: c.Channels, Height: c.Height, Width: c.Width})
}

// transform returns the transform of evaluation.
func (c card) transform() transforms.Transform {
	return append(c.resized(), c.normalized()...)
}

// resized returns the transforms to the model's image size.
func (c card) resized() transforms.Compose {
	if c.Resize > 0 {
		return transforms.Compose{transforms.Resize(c.Resize), transforms.CenterCrop(c.Height, transforms.Width(c.Width))}
	}
	return transforms.Compose{transforms.Resize(c.Height, transforms.Width(c.Width))}
}

// normalized returns the transforms from an image to the model's input.
func (c card) normalized() transforms.Compose {
	t := transforms.Compose{transforms.ToTensor(), transforms.Normalize(c.Mean, c.Std)}
	if c.Channels == 1 {
		t = append(transforms.Compose{transforms.Grayscale(1)}, t...)
	}
	return t
}

// augmentations are the names that augmented accepts.
var augmentations = []string{"auto", "none", "flip", "crop", "crop+flip", "resized"}

// augmented returns the transform of training.
func (c card) augmented(kind string) (transforms.Transform, error) {
	if kind == "auto" {
		if kind = "crop+flip"; c.Resize > 0 {
			kind = "resized"
		}
	}
	flip := transforms.RandomHorizontalFlip(0.5)
	crop := transforms.RandomCrop(c.Height, max(c.Height/8, 1), transforms.Width(c.Width))
	t := c.resized()
	switch kind {
	case "none":
	case "flip":
		t = append(t, flip)
	case "crop":
		t = append(t, crop)
	case "crop+flip":
		t = append(t, crop, flip)
	case "resized":
		t = transforms.Compose{transforms.RandomResizedCrop(c.Height, transforms.Width(c.Width)), flip}
	default:
		return nil, usagef("no augmentation %q; have %s", kind, strings.Join(augmentations, ", "))
	}
	return append(t, c.normalized()...), nil
}

// named reports whether the card has the names of the classes.
func (c card) named() bool { return len(c.Classes) > 0 && c.Classes[0] != "" }

// className returns the name of class i.
func (c card) className(i int) string {
	if i < len(c.Classes) && c.Classes[i] != "" {
		return c.Classes[i]
	}
	return fmt.Sprint(i)
}

// write writes the card to dir.
func (c card) write(dir string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, cardName), func(w io.Writer) error {
		_, err := w.Write(append(b, '\n'))
		return err
	})
}

// readCard reads the card of a file of weights, from its folder or, for a checkpoint, from
// the parent folder. ok reports whether there is one.
func readCard(weights string) (c card, ok bool, err error) {
	if weights == "" {
		return c, false, nil
	}
	dir := filepath.Dir(weights)
	for _, dir := range []string{dir, filepath.Dir(dir)} {
		path := filepath.Join(dir, cardName)
		b, err := regular.ReadFile(path, maxCard)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(b, &c)
		}
		if err != nil {
			return c, false, fmt.Errorf("%s: %w", path, err)
		}
		if c.Channels != len(c.Mean) || c.Channels != len(c.Std) || c.Height < 1 || c.Width < 1 || c.Resize < 0 || max(c.Height, c.Width, c.Resize) > maxSide {
			return c, false, fmt.Errorf("%s: %d channels of %dx%d, %d means and %d deviations are inconsistent", path, c.Channels, c.Height, c.Width, len(c.Mean), len(c.Std))
		}
		return c, true, nil
	}
	return c, false, nil
}
