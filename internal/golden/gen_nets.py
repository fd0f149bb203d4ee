# SPDX-License-Identifier: MIT
"""Six small nets, each trained for 20 steps of SGD, read by gen.py.

nets.safetensors has, for dt in f32 and f64:

    <net>/init/<key>         the state dict before, F32 (exact for both runs)
    <net>/x, <net>/y         20 batches of inputs (F32) and targets (F32 or I64)
    <net>/<dt>/losses        (20), each before its step
    <net>/<dt>/final/<key>   the state dict after 20 steps
    <net>/<dt>/eval          the model in eval mode on batch 0, after 20 steps

The loss has reduction mean, the optimizer is SGD(lr, momentum=0.9) without
weight decay, and the model is in train mode. The initial parameters are
uniform in +-1/sqrt(fan in), the weights of norms in 0.5 to 1.5, all stored.
"""

import torch
from torch import nn

from gen_random import DTYPES, rng, uniform

STEPS = 20


class Block(nn.Module):
    """The basic block of a ResNet, halving the image.

    y = relu(bn2(conv2(relu(bn1(conv1(x))))) + downsample(x))
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(6)
        self.downsample = nn.Sequential(nn.Conv2d(4, 6, 1, stride=2, bias=False), nn.BatchNorm2d(6))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class Residual(nn.Module):
    """fc(flatten(avgpool 1x1(block(relu(bn(conv(x)))))))"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.block = Block()
        self.fc = nn.Linear(6, 5)

    def forward(self, x):
        x = self.block(torch.relu(self.bn(self.conv(x))))
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))


# Name, model, loss, learning rate, shape of a batch, kind of targets: the shape
# of a real or 0/1 target, or the number of classes.
NETS = [
    # Keys weight, bias. x (8,3), y (8,1) = 2 x0 - x1 + 0.5 + noise.
    ("linear", lambda: nn.Linear(3, 1), nn.MSELoss(), 0.05, (8, 3), "real"),
    # Keys weight, bias. y (8,1) of 0 and 1.
    ("logistic", lambda: nn.Linear(4, 1), nn.BCEWithLogitsLoss(), 0.1, (8, 4), "binary"),
    # Keys 0.weight, 0.bias, 2.weight, 2.bias. y (8) in 0..2.
    (
        "mlp",
        lambda: nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 3)),
        nn.CrossEntropyLoss(), 0.1, (8, 5), 3,
    ),
    # x (4,1,8,8) -> conv (4,4,8,8) -> pool (4,4,4,4) -> conv (4,6,2,2) -> (4,24) -> (4,3).
    # Keys 0.weight, 0.bias, 3.*, 4.* (batch norm), 7.weight, 7.bias.
    (
        "conv",
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6), nn.ReLU(),
            nn.Flatten(), nn.Linear(24, 3),
        ),
        nn.CrossEntropyLoss(), 0.05, (4, 1, 8, 8), 3,
    ),
    # Keys conv.weight, bn.*, block.conv1.weight, block.bn1.*, block.conv2.weight,
    # block.bn2.*, block.downsample.0.weight, block.downsample.1.*, fc.weight, fc.bias.
    ("residual", Residual, nn.CrossEntropyLoss(label_smoothing=0.1), 0.05, (4, 3, 8, 8), 5),
    # Keys 0.*, 1.* (layer norm), 4.*, 5.* (layer norm), 7.*.
    (
        "norm_mlp",
        lambda: nn.Sequential(
            nn.Linear(6, 12), nn.LayerNorm(12), nn.GELU(), nn.Dropout(0.0),
            nn.Linear(12, 12), nn.LayerNorm(12), nn.GELU(), nn.Linear(12, 4),
        ),
        nn.CrossEntropyLoss(), 0.05, (8, 6), 4,
    ),
]


def targets(stream, x, kind):
    """Targets that depend on x, so that there is something to learn."""
    flat = x.flatten(2)
    if kind == "real":
        noise = uniform(stream, (*flat.shape[:2], 1), -0.1, 0.1)
        return (2 * flat[..., :1] - flat[..., 1:2] + 0.5 + noise).float()
    if kind == "binary":
        return (flat[..., :1] + flat[..., 1:2] > 0).float()
    return flat[..., :kind].argmax(-1)


def initial(stream, model):
    state = model.state_dict()
    for key, value in state.items():
        if key.endswith("running_mean") or key.endswith("running_var") or not value.is_floating_point():
            continue
        if value.dim() == 1 and key.endswith("weight"):
            state[key] = uniform(stream, tuple(value.shape), 0.5, 1.5).float()
            continue
        bound = value[0].numel() ** -0.5 if value.dim() > 1 else 0.1
        state[key] = uniform(stream, tuple(value.shape), -bound, bound).float()
    return {k: v.clone() for k, v in state.items()}


def make():
    tensors, notes = {}, {}
    for name, build, loss, lr, shape, kind in NETS:
        stream = rng("net " + name)
        x = uniform(stream, (STEPS, *shape))
        y = targets(stream, x, kind)
        init = initial(stream, build())
        tensors[f"{name}/x"], tensors[f"{name}/y"] = x.float(), y
        for key, value in init.items():
            tensors[f"{name}/init/{key}"] = value
        for dt, dtype in DTYPES.items():
            model = build()
            model.load_state_dict(init)
            model.to(dtype)
            optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, foreach=False)
            losses = []
            for step in range(STEPS):
                target = y[step].to(dtype) if y.is_floating_point() else y[step]
                value = loss(model(x[step].to(dtype)), target)
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                losses.append(value.detach())
            tensors[f"{name}/{dt}/losses"] = torch.stack(losses)
            for key, value in model.state_dict().items():
                tensors[f"{name}/{dt}/final/{key}"] = value
            tensors[f"{name}/{dt}/eval"] = model.eval()(x[0].to(dtype))
        notes[name] = f"{loss}, lr {lr}: {model}"
    return tensors, notes
