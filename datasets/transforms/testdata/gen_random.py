# SPDX-License-Identifier: MIT
"""Writes random.json: how torchvision's random transforms are distributed, for
random_test.go to compare. Each runs many times on one small picture; for a few numbers
of what comes out (its height and width, some values, their mean) the file holds points
[x, share of runs with at most x] of the distribution function.

Run in this folder: python gen_random.py; needs torch, torchvision, Pillow, numpy.
"""

import json
import random

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode as Mode
from torchvision.transforms import transforms as T
from torchvision.transforms import v2

RUNS, POINTS = 15_000, 24
HEIGHT, WIDTH = 12, 15


def picture():
    """Each colour grows along an axis or both, so that a value tells where it is from."""
    y, x = np.meshgrid(np.arange(HEIGHT), np.arange(WIDTH), indexing="ij")
    return np.stack([20 + 15 * x, 10 + 20 * y, 250 - 7 * x - 9 * y], 2).astype(np.uint8)


class Recolor:
    def __init__(self, channel):
        self.channel = channel

    def __call__(self, img):
        a = np.array(img)
        a[..., self.channel] = 255 - a[..., self.channel]
        return Image.fromarray(a)


class Shift:
    """Moves all columns but the last one to the left: does not commute with flips."""

    def __call__(self, img):
        a = np.array(img)
        a[:, :-1] = a[:, 1:]
        return Image.fromarray(a)


cases = {
    "crop": T.RandomCrop(8, 2),
    "crop/needed": T.RandomCrop((20, 9), pad_if_needed=True, fill=1),
    "resizedcrop": T.RandomResizedCrop((7, 9)),
    "resizedcrop/wide": T.RandomResizedCrop((7, 9), (0.1, 0.5), (0.3, 3)),
    "resizedcrop/middle": T.RandomResizedCrop((7, 9), (0.5, 0.9), (3, 9)),
    "flip": T.Compose([T.RandomHorizontalFlip(0.3), T.RandomVerticalFlip(0.6)]),
    "jitter": T.ColorJitter(0.4, 0.3, 0.7, 0.2),
    "jitter/ranges": T.ColorJitter((1.1, 1.3), 0, (0.2, 0.4), (0.1, 0.3)),
    "gray": T.RandomGrayscale(0.1),
    "rotation": T.RandomRotation(40, expand=True),
    "rotation/range": T.RandomRotation((20, 70), Mode.BILINEAR, fill=7),
    "affine": T.RandomAffine(25, (0.2, 0.3), (0.7, 1.4), 15),
    "affine/both": T.RandomAffine((-3, 60), None, None, (-5, 25, 10, 30), fill=50),
    "blur": T.GaussianBlur(5, (0.2, 3)),
    "erasing": T.Compose([T.ToTensor(), T.RandomErasing(0.6)]),
    "erasing/noise": T.Compose([T.ToTensor(), T.RandomErasing(1, (0.1, 0.4), (0.4, 1.5), "random")]),
    "apply": T.RandomApply([Recolor(0), Recolor(1)], 0.3),
    "choice": T.RandomChoice([Recolor(0), Recolor(1), Recolor(2)]),
    "order": T.RandomOrder([T.RandomHorizontalFlip(1), Shift(), T.Pad((2, 0, 0, 0))]),
}


def numbers(out):
    a = np.array(out) if isinstance(out, Image.Image) else out.numpy().transpose(1, 2, 0) * 255
    h, w = a.shape[:2]
    at = [(1, 1, 0), (1, 1, 1), (h // 2, w // 2, 0), (h // 2, w // 2, 1), (h // 2, w // 2, 2), (h - 1, 0, 2)]
    return [h, w, float(a.mean(dtype=np.float64))] + [float(a[i]) for i in at]


def batch_numbers(mix):
    x = torch.arange(3 * 2 * 6 * 8, dtype=torch.float32).reshape(3, 2, 6, 8) * 0.5
    y = torch.eye(4)[:3]
    x, y = mix(x, y)
    return [float(y[0, 0]), float(x[0, 0, 2, 3]), float(x[1, 1, 0, 0]), float(x[2, 0, 5, 4]), float(x[0].mean())]


def points(values):
    values = np.sort(np.array(values, np.float64))
    out = []
    for x in sorted({values[i] for i in np.linspace(0, len(values) - 1, POINTS).astype(int)}):
        # A little more than x, so that the last bit of a float decides nothing.
        x = float(f"{x + 1e-4:.4f}")
        out.append([x, round(float(np.searchsorted(values, x, "right")) / len(values), 5)])
    return out


def seed():
    torch.manual_seed(1)
    random.seed(1)


def main():
    img, found = Image.fromarray(picture()), {}
    for name, t in cases.items():
        seed()
        rows = [numbers(t(img)) for _ in range(RUNS)]
        found[name] = [points(column) for column in zip(*rows)]
    for name, make in (("mixup", v2.MixUp), ("cutmix", v2.CutMix)):
        for alpha in (0.2, 1.0, 2.5):
            mix = make(alpha=alpha, num_classes=4)
            seed()
            rows = [batch_numbers(mix) for _ in range(RUNS // 2)]
            found[f"{name}/{alpha:g}"] = [points(column) for column in zip(*rows)]
    lines = (f" {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in found.items())
    open("random.json", "w").write("{\n" + ",\n".join(lines) + "\n}\n")


main()
