# SPDX-License-Identifier: MIT
"""Writes what torch and torchvision make of the models of this package:

keys.txt.gz   of each model its number of parameters, and the names and shapes of its state
torch.json    logits in evaluation and losses of training steps, in float64, in which
              torch itself repeats the losses after a change of the weights by 1e-14

The weights, images and labels are not stored: fill() and images() here and in
torch_test.go draw the same numbers from a counter.

Run in this folder: python gen.py; needs torch, torchvision, numpy. OMP_NUM_THREADS=1
makes it repeatable. weights_test.go runs "python gen.py check FILE MODEL [IMAGE ...]",
which loads the weights of FILE into MODEL and prints its logits of the images.
"""

import gzip
import json
import sys

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F


def uniform(stream, n):
    """n numbers in [-1, 1): SplitMix64 of a counter, the upper 24 bits of each."""
    z = np.arange(1, n + 1, dtype=np.uint64) + np.uint64(stream << 32)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def fill(model):
    """Sets the whole state: weights so that the values neither vanish nor explode, and so
    that bottlenecks add little, without which training amplifies rounding too much."""
    for stream, (name, v) in enumerate(model.state_dict().items()):
        if v.dtype == torch.int64:
            v.zero_()
            continue
        u = uniform(stream, v.numel())
        if v.dim() > 1:
            u *= np.float32(np.sqrt(3 / (v.numel() // v.shape[0])))
        elif name.endswith("var") or name.endswith("weight"):
            u = np.float32(1) + np.float32(0.5) * u
            if name.endswith("bn3.weight"):
                u *= np.float32(0.125)
        else:
            u *= np.float32(0.1)
        v.copy_(torch.from_numpy(u).reshape(v.shape))
    return model


def images(n, channels, size, batch=0):
    """Images of coarse squares and noise: images of noise alone look the same to a net."""

    def draw(stream, size):
        return torch.from_numpy(uniform(stream, n * channels * size * size).reshape(n, channels, size, size))

    stream = (1 << 20) + 2 * batch  # far from those of weights
    cell = 4
    coarse = draw(stream, size // cell).repeat_interleave(cell, 2).repeat_interleave(cell, 3)
    return coarse + 0.25 * draw(stream + 1, size)


class Lambda(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


class Block(nn.Module):
    """Basic block with a given shortcut, None for a plain network."""

    def __init__(self, cin, cout, stride, shortcut):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.shortcut = shortcut

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out if self.shortcut is None else out + self.shortcut(x))


class PreActBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(cin), nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(cout), nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False))

    def forward(self, x):
        out = F.relu(self.bn1(x))
        x = self.shortcut(out) if hasattr(self, "shortcut") else x
        return self.conv2(F.relu(self.bn2(self.conv1(out)))) + x


class CIFAR(nn.Module):
    """The networks for CIFAR-10 with the names of akamaster/pytorch_resnet_cifar10 and
    kuangliu/pytorch-cifar. A stage is (channels, blocks, stride)."""

    def __init__(self, stages, block, norm=True):
        super().__init__()
        c = stages[0][0]
        self.conv1 = nn.Conv2d(3, c, 3, 1, 1, bias=False)
        if norm:
            self.bn1 = nn.BatchNorm2d(c)
        self.stages = len(stages)
        for i, (channels, blocks, stride) in enumerate(stages):
            layer = []
            for b in range(blocks):
                layer.append(block(c, channels, stride if b == 0 else 1))
                c = channels
            setattr(self, f"layer{i + 1}", nn.Sequential(*layer))
        self.linear = nn.Linear(c, 10)

    def forward(self, x):
        x = self.conv1(x)
        if hasattr(self, "bn1"):
            x = F.relu(self.bn1(x))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


def option_a(cin, cout, stride):
    if cin == cout:
        return Block(cin, cout, stride, nn.Sequential())
    pad = (cout - cin) // 2
    return Block(cin, cout, stride, Lambda(lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, pad, pad))))


def option_b(cin, cout, stride):
    if stride == 1 and cin == cout:
        return Block(cin, cout, stride, nn.Sequential())
    return Block(cin, cout, stride, nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout)))


def cifar(depth, plain=False):
    n = depth // 6
    block = (lambda cin, cout, stride: Block(cin, cout, stride, None)) if plain else option_a
    return CIFAR([(16, n, 1), (32, n, 2), (64, n, 2)], block)


wide_stages = [(64, 2, 1), (128, 2, 2), (256, 2, 2), (512, 2, 2)]


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(16 * 5 * 5, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def make(name, **options):
    """The model of a name in this package's catalogue."""
    if hasattr(torchvision.models, name):
        return getattr(torchvision.models, name)(**options)
    if name == "resnet18_cifar":
        return CIFAR(wide_stages, option_b)
    if name == "preact_resnet18_cifar":
        return CIFAR(wide_stages, PreActBlock, norm=False)
    if name == "lenet":
        return LeNet()
    kind, _ = name.split("_")
    return cifar(int(kind.lstrip("plainrest")), kind.startswith("plain"))


torchvisions = [
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d",
    "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
]
cifars = [f"{kind}{depth}_cifar" for kind in ("resnet", "plain") for depth in (20, 32, 44, 56, 110)]


def keys():
    for name in torchvisions + cifars + ["resnet18_cifar", "preact_resnet18_cifar", "lenet"]:
        with torch.device("meta"):
            model = make(name)
        yield f"{name} {sum(p.numel() for p in model.parameters())}"
        for key, v in model.state_dict().items():
            yield f"\t{key} {list(v.shape)}"


def logits(model, size, channels=3):
    model.eval().double()
    with torch.no_grad():
        return model(images(2, channels, size).double())


def losses(model, size, lr, steps=20):
    """Losses of training steps: SGD with momentum and weight decay, 4 new images a step."""
    model.train().double()
    opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    out = []
    for step in range(steps):
        x, y = images(4, 3, size, step).double(), torch.tensor([(step + 3 * i) % 10 for i in range(4)])
        opt.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        out.append(loss.item())
    return out


def flat(t):
    return t.double().flatten().tolist()


def main():
    with open("keys.txt.gz", "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", filename="", mtime=0) as z:
        z.write(("\n".join(keys()) + "\n").encode())
    ten = {"num_classes": 10}
    out = {"logits": {}, "losses": {}}
    for name in ("resnet18", "resnet34", "resnet50", "resnext50_32x4d", "wide_resnet50_2"):
        out["logits"][name] = flat(logits(fill(make(name, **ten)), 64))
    for name in ("resnet20_cifar", "plain20_cifar", "resnet56_cifar", "resnet18_cifar", "preact_resnet18_cifar"):
        out["logits"][name] = flat(logits(fill(make(name)), 32))
    out["logits"]["lenet"] = flat(logits(fill(make("lenet")), 28, 1))
    out["logits"]["resnet50 dilated"] = flat(logits(fill(make("resnet50", replace_stride_with_dilation=[False, True, True], **ten)), 64))
    out["logits"]["resnet18 groupnorm"] = flat(logits(fill(make("resnet18", norm_layer=lambda c: nn.GroupNorm(32, c), **ten)), 64))
    out["losses"]["resnet18"] = losses(fill(make("resnet18", **ten)), 64, 0.001)
    out["losses"]["resnet50"] = losses(fill(make("resnet50", **ten)), 32, 0.0003)
    out["losses"]["resnet20_cifar"] = losses(fill(make("resnet20_cifar")), 32, 0.01)
    with open("torch.json", "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


def check(path, name, *files):
    if path.endswith(".safetensors"):
        from safetensors.torch import load_file

        state = load_file(path)
    else:
        state = torch.load(path, weights_only=True, map_location="cpu")
    state = state.get("state_dict", state)
    model = make(name)
    model.load_state_dict({key.removeprefix("module."): v for key, v in state.items()})
    if not files:
        print(json.dumps(flat(logits(model, 32))))
        return
    from PIL import Image
    from torchvision.transforms import Compose, Normalize, ToTensor

    transform = Compose([ToTensor(), Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    with torch.no_grad():
        print(json.dumps(flat(model.eval()(torch.stack([transform(Image.open(f).convert("RGB")) for f in files])))))


if __name__ == "__main__":
    check(*sys.argv[2:]) if sys.argv[1:2] == ["check"] else main()
