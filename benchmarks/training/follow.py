"""PyTorch's side of `training --follow`.

    follow.py MOMENTUM DECAY THREADS

Reads lines "FILE<tab>RATE". The first FILE has the weights at the beginning; each other
one has x and y, the batch of a step that was taken with RATE, and the weights after it.
Takes that step itself, from the weights before, and prints a line of JSON: the length
of (FILE's step - its own) / RATE over that of the gradient, the part of it along the
gradient, and the largest relative difference of a layer's running statistics.
"""
import json
import os
import sys

import torch
import torch.nn as nn

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "pytorch"))
from run import CIFARResNet


def main(momentum, decay, threads):
    torch.set_num_threads(int(threads))
    model = CIFARResNet(3).to(memory_format=torch.channels_last)
    before, velocity = None, {}
    for line in sys.stdin:
        path, rate = line.rstrip("\n").split("\t")
        after, rate = torch.load(path, weights_only=True), float(rate)
        answer = {}
        if before is not None:
            x, y = after.pop("x"), after.pop("y")
            model.load_state_dict(before)
            model.train()
            model.zero_grad()
            nn.functional.cross_entropy(model(x.to(memory_format=torch.channels_last)), y).backward()
            wrong = length = along = 0.0
            for name, p in model.named_parameters():
                g = p.grad.double()
                v = g + decay * before[name].double()
                if name in velocity:
                    v += momentum * velocity[name]
                velocity[name] = (before[name].double() - after[name].double()) / rate  # what was taken
                d = velocity[name] - v
                wrong, length, along = wrong + (d * d).sum(), length + (g * g).sum(), along + (d * g).sum()
            running = max(((b - after[n]).norm() / b.norm()).item() for n, b in model.named_buffers() if "running" in n)
            answer = {"length": (wrong / length).sqrt().item(), "along": (along / length).item(), "running": running}
        print(json.dumps(answer), flush=True)
        before = after


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
