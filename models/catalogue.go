// SPDX-License-Identifier: MIT

package models

import (
	"fmt"
	"slices"

	"github.com/stheno-go/stheno"
)

var (
	imageNet = []int{3, 224, 224}
	cifar10  = []int{3, 32, 32}
	mnist    = []int{1, 28, 28}

	imageOptions  = []string{"Classes", "Channels", "Height", "Width"}
	resnetOptions = append(slices.Clone(imageOptions), "Groups", "GroupWidth", "ZeroInit", "Dilate", "Norm")
	tableOptions  = []string{"Classes", "Features"}
)

// catalogue returns the networks of New. It is a function so that importing the package costs nothing
// at start.
func catalogue() []Model {
	list := []Model{
		resnet("resnet18", "ResNet-18 (He et al., 2015), as torchvision", NewResNet18),
		resnet("resnet34", "ResNet-34 (He et al., 2015), as torchvision", NewResNet34),
		resnet("resnet50", "ResNet-50 v1.5 (He et al., 2015), as torchvision", NewResNet50),
		resnet("resnet101", "ResNet-101 v1.5 (He et al., 2015), as torchvision", NewResNet101),
		resnet("resnet152", "ResNet-152 v1.5 (He et al., 2015), as torchvision", NewResNet152),
		resnet("resnext50_32x4d", "ResNeXt-50 32x4d (Xie et al., 2016), as torchvision", NewResNeXt50),
		resnet("resnext101_32x8d", "ResNeXt-101 32x8d (Xie et al., 2016), as torchvision", NewResNeXt101),
		resnet("resnext101_64x4d", "ResNeXt-101 64x4d (Xie et al., 2016), as torchvision", func(c ResNetConfig) *ResNet { return NewResNeXt101(c.grouped(64, 4)) }),
		resnet("wide_resnet50_2", "Wide ResNet-50-2 (Zagoruyko and Komodakis, 2016), as torchvision", NewWideResNet50),
		resnet("wide_resnet101_2", "Wide ResNet-101-2 (Zagoruyko and Komodakis, 2016), as torchvision", NewWideResNet101),
	}
	depths := []int{8, 14, 20, 32, 44, 56, 110}
	for _, d := range depths {
		list = append(list, cifar(fmt.Sprintf("resnet%d_cifar", d), fmt.Sprintf("ResNet-%d for CIFAR-10 (He et al., 2015, section 4.2, option A)", d),
			func(c CIFARConfig) stheno.Module { return NewCIFARResNet(d, c) }))
	}
	for _, d := range depths {
		list = append(list, cifar(fmt.Sprintf("plain%d_cifar", d), fmt.Sprintf("ResNet-%d for CIFAR-10 without its shortcuts", d),
			func(c CIFARConfig) stheno.Module { c.Plain = true; return NewCIFARResNet(d, c) }))
	}
	return append(list,
		cifar("resnet18_cifar", "ResNet-18 for images of 32x32, as kuangliu/pytorch-cifar", func(c CIFARConfig) stheno.Module { return NewResNet18CIFAR(c) }),
		cifar("preact_resnet18_cifar", "pre-activation ResNet-18 (He et al., 2016), as kuangliu/pytorch-cifar", func(c CIFARConfig) stheno.Module { return NewPreActResNet18(c) }),
		Model{Name: "lenet", About: "LeNet-5 (LeCun et al., 1998) with ReLU and maximum pooling", Options: imageOptions, input: mnist,
			make: func(c Config) stheno.Module { return NewLeNet(c.Channels, c.Height, c.Width, or(c.Classes, 10)) }},
		Model{Name: "net", About: "two 5x5 convolutions with ReLU, the first module of torch.nn.Module's manual", Options: []string{"Height", "Width"}, input: mnist,
			make: func(Config) stheno.Module { return NewNet() }},
		Model{Name: "mlp", About: "linear layers with ReLU between them", Options: append(slices.Clone(imageOptions), "Features", "Hidden"), input: mnist, make: newMLP},
		Model{Name: "linear", About: "linear regression", Options: tableOptions, input: []int{1},
			make: func(c Config) stheno.Module { return NewLinearRegression(c.Features, or(c.Classes, 1)) }},
		Model{Name: "logistic", About: "logistic regression with one logit", Options: tableOptions, input: []int{1},
			make: func(c Config) stheno.Module { return NewLogisticRegression(c.Features, or(c.Classes, 1)) }},
		Model{Name: "softmax", About: "logistic regression with a logit for each class", Options: tableOptions, input: []int{1},
			make: func(c Config) stheno.Module { return NewLogisticRegression(c.Features, or(c.Classes, 2)) }},
	)
}

func resnet(name, about string, f func(ResNetConfig) *ResNet) Model {
	return Model{Name: name, About: about, Options: resnetOptions, input: imageNet, make: func(c Config) stheno.Module {
		return f(ResNetConfig{
			Classes: c.Classes, Channels: c.Channels, Groups: c.Groups, Width: c.GroupWidth,
			ZeroInit: c.ZeroInit, Dilate: c.Dilate, Norm: c.Norm,
		})
	}}
}

func cifar(name, about string, f func(CIFARConfig) stheno.Module) Model {
	return Model{Name: name, About: about, Options: imageOptions, input: cifar10, make: func(c Config) stheno.Module {
		return f(CIFARConfig{Classes: c.Classes, Channels: c.Channels})
	}}
}

func newMLP(c Config) stheno.Module {
	in := c.Features
	switch image := c.Channels + c.Height + c.Width; {
	case in == 0:
		in = c.Channels * c.Height * c.Width
	case image > 0:
		return &MLP{err: fmt.Errorf("models: mlp: expects either Features or the size of an image, got both: %w", stheno.ErrValue)}
	}
	hidden := c.Hidden
	if hidden == nil {
		hidden = []int{128}
	}
	return NewMLP(nil, slices.Concat([]int{in}, hidden, []int{or(c.Classes, 10)})...)
}

func or(x, standard int) int {
	if x == 0 {
		return standard
	}
	return x
}
