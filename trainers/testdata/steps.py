# SPDX-License-Identifier: MIT
"""Writes steps.json: the learning rates of PyTorch's schedulers stepped with every step.

    python steps.py

"<scheduler>/<epochs>/<steps>" has the rate of each of epochs·steps steps, the first being
that before any step of the scheduler. The optimizer is SGD with lr 0.5 and momentum 0.9;
"<scheduler>/momentum/..." has its momentum.
"""

import json
import os
import warnings

import torch
from torch.optim import lr_scheduler as sched

# Name and constructor over the optimizer o, e epochs of n steps, t in all.
SCHEDULERS = [
    ("constant", "sched.ConstantLR(o, factor=0.5, total_iters=n)"),
    ("step", "sched.StepLR(o, step_size=n, gamma=0.3)"),
    ("multi_step", "sched.MultiStepLR(o, milestones=[n, 2*n, 20*n], gamma=0.2)"),
    ("exponential", "sched.ExponentialLR(o, gamma=0.9**(1/n))"),
    ("linear", "sched.LinearLR(o, start_factor=0.1, end_factor=0.8, total_iters=2*n)"),
    ("cosine", "sched.CosineAnnealingLR(o, T_max=t, eta_min=0.005)"),
    ("cosine_restarts", "sched.CosineAnnealingWarmRestarts(o, T_0=n, T_mult=2)"),
    ("polynomial", "sched.PolynomialLR(o, total_iters=t, power=2.0)"),
    ("one_cycle", "sched.OneCycleLR(o, max_lr=0.5, epochs=e, steps_per_epoch=n)"),
    ("one_cycle_start_0", "sched.OneCycleLR(o, max_lr=0.5, total_steps=t, pct_start=0.0)"),
    ("one_cycle_linear_3", 'sched.OneCycleLR(o, max_lr=0.5, total_steps=t, pct_start=0.2, anneal_strategy="linear", '
     "three_phase=True, div_factor=10, final_div_factor=100)"),
    ("warmup_then_cosine", "sched.SequentialLR(o, [sched.LinearLR(o, start_factor=0.01, total_iters=n), "
     "sched.CosineAnnealingLR(o, T_max=t)], milestones=[n])"),
    ("warmup_times_cosine", "sched.ChainedScheduler([sched.LinearLR(o, start_factor=0.01, total_iters=n), "
     "sched.CosineAnnealingLR(o, T_max=t)])"),
    ("lambda", "sched.LambdaLR(o, lambda step: 0.95 ** (step / n))"),
]

# Epochs and steps of each: 2 and 3 steps are 7 and 10 batches of which 4 are accumulated.
LENGTHS = [(e, n) for e in (1, 2, 3, 30) for n in (1, 2, 3, 7, 10) if e < 30 or n in (1, 7, 10)]


def rates(make, e, n):
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5, momentum=0.9)
    s = eval(make, {"sched": sched, "o": o, "e": e, "n": n, "t": e * n})
    group = o.param_groups[0]
    lr, momentum = [], []
    for _ in range(e * n):
        lr.append(group["lr"])
        momentum.append(group["momentum"])
        o.step()
        s.step()
    return lr, momentum


def main():
    warnings.simplefilter("ignore")
    out = {}
    for name, make in SCHEDULERS:
        for e, n in LENGTHS:
            try:
                lr, momentum = rates(make, e, n)
            except ZeroDivisionError:  # OneCycleLR, where a phase has no length
                continue
            out[f"{name}/{e}/{n}"] = [float(f"{v:.11g}") for v in lr]
            if name.startswith("one_cycle"):
                out[f"{name}/momentum/{e}/{n}"] = [float(f"{v:.11g}") for v in momentum]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "steps.json")
    with open(path, "w") as f:
        f.write("{\n" + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in out.items()) + "\n}\n")
    print(len(out), "cases,", os.path.getsize(path), "bytes; torch", torch.__version__)


if __name__ == "__main__":
    main()
