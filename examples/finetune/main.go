// SPDX-License-Identifier: MIT

// Finetune takes a net that was trained on other classes, replaces its head, and trains first
// that, then all of it with a smaller rate. With -weights resnet18.pth, the file of
// torchvision's ResNet-18, it begins with that; without, it first makes and saves the weights
// of a small ResNet that was trained on five kinds of clothes.
//
//	$ go run ./finetune
//	five kinds of clothes: right 0.86
//	five others, the head alone: right 0.79
//	five others, all of the net: right 0.84
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/metrics"
	"github.com/stheno-go/stheno/trainers/optim"
)

var (
	known = map[string]int{"ankle-boot": 0, "bag": 1, "coat": 2, "sandal": 3, "shirt": 4}
	fresh = map[string]int{"dress": 0, "pullover": 1, "sneaker": 2, "t-shirt": 3, "trouser": 4}
)

// loaders returns n images of the classes to learn from, and as many to test with.
func loaders(classes map[string]int, n, side int) (train, test *datasets.Loader, err error) {
	c := datasets.ImageFolderConfig{ClassToIndex: classes, Transform: transforms.Compose{
		transforms.Resize(side), transforms.ToTensor(),
		transforms.Normalize([]float32{0.485, 0.456, 0.406}, []float32{0.229, 0.224, 0.225}), // ImageNet's
	}}
	var parts [2]datasets.Dataset
	for i, open := range []func(datasets.ImageFolderConfig) (*datasets.ImageFolder, error){fashion.Train, fashion.Test} {
		all, err := open(c)
		if err != nil {
			return nil, nil, err
		}
		split, err := datasets.RandomSplit(all, []int{n, all.Len() - n}, 1)
		if err != nil {
			return nil, nil, err
		}
		parts[i] = split[0]
	}
	return &datasets.Loader{Dataset: parts[0], BatchSize: 50, Shuffle: true}, &datasets.Loader{Dataset: parts[1], BatchSize: 100}, nil
}

// fit trains what is not frozen and prints how many test images are right then.
func fit(what string, net stheno.Module, rate float64, epochs int, mode func(stheno.Module), train, test *datasets.Loader) error {
	// The optimizer is made after the head: it steps the parameters that there are now.
	t := trainers.Trainer{
		Model: net, Loss: layers.CrossEntropyLoss{}, Mode: mode, Epochs: epochs,
		Optimizer: optim.NewAdam(stheno.Parameters(net), rate, optim.AdamConfig{}),
		Metrics:   []metrics.Metric{metrics.TopK(1)},
	}
	if _, err := t.Fit(context.Background(), train, nil); err != nil {
		return err
	}
	figures, err := t.Evaluate(context.Background(), test)
	if err != nil {
		return err
	}
	fmt.Printf("%s: right %.2f\n", what, figures["top1"])
	return nil
}

func small(classes int) *models.ResNet {
	return models.NewResNet([4]int{1, 1, 1, 1}, false, models.ResNetConfig{Classes: classes})
}

// pretrain saves the weights of a small net, as torch.save(net.state_dict()) would.
func pretrain(path string) error {
	train, test, err := loaders(known, 1000, 28)
	if err != nil {
		return err
	}
	net := small(len(known))
	if err := fit("five kinds of clothes", net, 1e-3, 1, nil, train, test); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return stheno.Save(path, net)
}

func run(weights string) error {
	stheno.Seed(1)
	net, side := models.NewResNet18(models.ResNetConfig{}), 64
	if weights == "" {
		net, side, weights = small(len(known)), 28, "runs/finetune/small.pth"
		if err := pretrain(weights); err != nil {
			return err
		}
	}
	if err := stheno.Load(weights, net); err != nil {
		return err
	}
	train, test, err := loaders(fresh, 200, side)
	if err != nil {
		return err
	}
	if err := models.ReplaceHead(net, len(fresh)); err != nil {
		return err
	}
	if err := models.FreezeBody(net); err != nil {
		return err
	}
	// Eval leaves the statistics of the frozen normalizations as they were loaded.
	frozen := func(m stheno.Module) { stheno.Eval(m) }
	if err := fit("five others, the head alone", net, 1e-2, 4, frozen, train, test); err != nil {
		return err
	}
	stheno.Unfreeze(net)
	return fit("five others, all of the net", net, 3e-4, 3, frozen, train, test)
}

func main() {
	log.SetFlags(0)
	weights := flag.String("weights", "", "file of torchvision's ResNet-18, such as resnet18-f37072fd.pth")
	flag.Parse()
	if err := run(*weights); err != nil {
		log.Fatal(err)
	}
}
