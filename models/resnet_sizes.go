// SPDX-License-Identifier: MIT

package models

// NewResNet18 returns torchvision's resnet18: 11.7 million parameters.
func NewResNet18(c ResNetConfig) *ResNet { return NewResNet([4]int{2, 2, 2, 2}, false, c) }

// NewResNet34 returns torchvision's resnet34: 21.8 million parameters.
func NewResNet34(c ResNetConfig) *ResNet { return NewResNet([4]int{3, 4, 6, 3}, false, c) }

// NewResNet50 returns torchvision's resnet50: 25.6 million parameters.
func NewResNet50(c ResNetConfig) *ResNet { return NewResNet([4]int{3, 4, 6, 3}, true, c) }

// NewResNet101 returns torchvision's resnet101: 44.5 million parameters.
func NewResNet101(c ResNetConfig) *ResNet { return NewResNet([4]int{3, 4, 23, 3}, true, c) }

// NewResNet152 returns torchvision's resnet152: 60.2 million parameters.
func NewResNet152(c ResNetConfig) *ResNet { return NewResNet([4]int{3, 8, 36, 3}, true, c) }

// NewResNeXt50 returns torchvision's resnext50_32x4d (Xie et al., 2016): a [NewResNet50]
// with 32 groups of width 4, 25.0 million parameters.
func NewResNeXt50(c ResNetConfig) *ResNet { return NewResNet50(c.grouped(32, 4)) }

// NewResNeXt101 returns torchvision's resnext101_32x8d: 32 groups of width 8, 88.8
// million parameters. With Groups 64 and Width 4 it is resnext101_64x4d.
func NewResNeXt101(c ResNetConfig) *ResNet { return NewResNet101(c.grouped(32, 8)) }

// NewWideResNet50 returns torchvision's wide_resnet50_2 (Zagoruyko and Komodakis, 2016):
// bottlenecks of twice the width, 68.9 million parameters.
func NewWideResNet50(c ResNetConfig) *ResNet { return NewResNet50(c.grouped(1, 128)) }

// NewWideResNet101 returns torchvision's wide_resnet101_2: 126.9 million parameters.
func NewWideResNet101(c ResNetConfig) *ResNet { return NewResNet101(c.grouped(1, 128)) }

// grouped sets groups and width where c does not.
func (c ResNetConfig) grouped(groups, width int) ResNetConfig {
	if c.Groups == 0 {
		c.Groups = groups
	}
	if c.Width == 0 {
		c.Width = width
	}
	return c
}
