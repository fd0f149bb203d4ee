# SPDX-License-Identifier: MIT
"""Optimizers and schedulers, read by gen.py.

optim.safetensors: two parameters, p0 of shape (3,4) and p1 of (5), stepped 100
times with stored gradients. For dt in f32 and f64:

    init/<dt>/p0, p1                       the parameters before
    grads/<dt>/p0, p1                      (100,3,4) and (100,5)
    <optimizer>/<dt>/step<n>/p0, p1        the parameters after n = 1, 10, 100 steps
    <optimizer>/<dt>/state100/p0/<key>...  the state after 100 steps

The *_one_cycle are stepped with OneCycleLR(o, max_lr=0.1, total_steps=101).

sched.safetensors, all F64: <scheduler> has the learning rate of 60 epochs, that
of epoch 0 before the first step of the scheduler. The optimizer is SGD with
lr 0.1 and momentum 0.9; one_cycle.../momentum and cyclic.../momentum have that. plateau_metric is what ReduceLROnPlateau was given.

The metadata has the constructor under the name.
"""

import math
import warnings

import torch
from torch.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from torch.optim import lr_scheduler as sched
from torch.optim import swa_utils

from gen_random import DTYPES, rng, uniform

STEPS = (1, 10, 100)

# Name and constructor over the parameters p.
OPTIMIZERS = [
    ("sgd", "SGD(p, lr=0.1)"),
    ("sgd_momentum", "SGD(p, lr=0.1, momentum=0.9)"),
    ("sgd_nesterov", "SGD(p, lr=0.1, momentum=0.9, nesterov=True)"),
    ("sgd_dampening", "SGD(p, lr=0.1, momentum=0.9, dampening=0.1)"),
    ("sgd_decay", "SGD(p, lr=0.1, weight_decay=0.01)"),
    ("sgd_momentum_decay", "SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)"),
    ("sgd_nesterov_decay", "SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)"),
    ("sgd_maximize", "SGD(p, lr=0.1, momentum=0.9, maximize=True)"),
    ("adam", "Adam(p, lr=0.01)"),
    ("adam_betas_eps", "Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3)"),
    ("adam_decay", "Adam(p, lr=0.01, weight_decay=0.1)"),
    ("adam_amsgrad", "Adam(p, lr=0.01, amsgrad=True)"),
    ("adam_maximize", "Adam(p, lr=0.01, maximize=True)"),
    ("adamw", "AdamW(p, lr=0.01, weight_decay=0.1)"),
    ("adamw_amsgrad", "AdamW(p, lr=0.01, weight_decay=0.1, amsgrad=True)"),
    ("adamw_betas_eps", "AdamW(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3)"),
    ("adamw_maximize", "AdamW(p, lr=0.01, weight_decay=0.1, maximize=True)"),
    ("rmsprop", "RMSprop(p, lr=0.01)"),
    ("rmsprop_eps", "RMSprop(p, lr=0.01, eps=1e-2)"),
    ("rmsprop_maximize", "RMSprop(p, lr=0.01, centered=True, momentum=0.5, weight_decay=0.1, maximize=True)"),
    ("rmsprop_alpha_decay", "RMSprop(p, lr=0.01, alpha=0.9, weight_decay=0.1)"),
    ("rmsprop_momentum", "RMSprop(p, lr=0.01, momentum=0.9)"),
    ("rmsprop_centered", "RMSprop(p, lr=0.01, centered=True)"),
    ("rmsprop_centered_momentum", "RMSprop(p, lr=0.01, centered=True, momentum=0.9)"),
    ("adagrad", "Adagrad(p, lr=0.1)"),
    ("adagrad_lr_decay", "Adagrad(p, lr=0.1, lr_decay=0.05)"),
    ("adagrad_initial", "Adagrad(p, lr=0.1, initial_accumulator_value=0.5)"),
    ("adagrad_decay", "Adagrad(p, lr=0.1, weight_decay=0.1)"),
    ("adagrad_eps", "Adagrad(p, lr=0.1, eps=1e-2)"),
    ("adagrad_maximize", "Adagrad(p, lr=0.1, lr_decay=0.05, weight_decay=0.1, maximize=True)"),
]


# The learning rate and the momentum of these cycle.
CYCLES = [
    ("sgd_one_cycle", "SGD(p, lr=0.1, momentum=0.9, nesterov=True)"),
    ("adamw_one_cycle", "AdamW(p, lr=0.1, weight_decay=0.1)"),
    ("rmsprop_one_cycle", "RMSprop(p, lr=0.1, momentum=0.9)"),
]


def make_optim():
    stream = rng("optim")
    shapes = [(3, 4), (5,)]
    init = [uniform(stream, s) for s in shapes]
    grads = [uniform(stream, (max(STEPS), *s)) for s in shapes]
    tensors = {}
    for dt, dtype in DTYPES.items():
        for k in range(2):
            tensors[f"init/{dt}/p{k}"] = init[k].to(dtype)
            tensors[f"grads/{dt}/p{k}"] = grads[k].to(dtype)
        for name, constructor in OPTIMIZERS + CYCLES:
            p = [x.to(dtype).clone().requires_grad_() for x in init]
            # The plain loop over parameters, not the one over lists of them.
            o = eval(constructor[:-1] + ", foreach=False)", {**globals(), "p": p})
            cycle = None
            if (name, constructor) in CYCLES:
                cycle = sched.OneCycleLR(o, max_lr=0.1, total_steps=max(STEPS) + 1)
            for step in range(1, max(STEPS) + 1):
                for k in range(2):
                    p[k].grad = grads[k][step - 1].to(dtype).clone()
                o.step()
                if cycle:
                    cycle.step()
                if step in STEPS:
                    for k in range(2):
                        tensors[f"{name}/{dt}/step{step}/p{k}"] = p[k].clone()
            for k in range(2):
                for key, value in o.state[p[k]].items():
                    if torch.is_tensor(value):
                        tensors[f"{name}/{dt}/state100/p{k}/{key}"] = value.clone()
    return tensors, dict(OPTIMIZERS + CYCLES)


EPOCHS = 60

# Name and constructor over the optimizer o.
SCHEDULERS = [
    ("constant", "sched.ConstantLR(o, factor=0.5, total_iters=7)"),
    ("step", "sched.StepLR(o, step_size=13, gamma=0.3)"),
    ("multi_step", "sched.MultiStepLR(o, milestones=[5, 20, 21, 50], gamma=0.2)"),
    ("exponential", "sched.ExponentialLR(o, gamma=0.93)"),
    ("linear", "sched.LinearLR(o, start_factor=0.1, end_factor=0.8, total_iters=20)"),
    ("cosine", "sched.CosineAnnealingLR(o, T_max=60, eta_min=0.001)"),
    ("cosine_short", "sched.CosineAnnealingLR(o, T_max=25)"),
    ("cosine_restarts", "sched.CosineAnnealingWarmRestarts(o, T_0=10, T_mult=2, eta_min=0.001)"),
    ("polynomial", "sched.PolynomialLR(o, total_iters=40, power=2.0)"),
    (
        "warmup_cosine",
        "sched.SequentialLR(o, [sched.LinearLR(o, start_factor=0.01, total_iters=5), "
        "sched.CosineAnnealingLR(o, T_max=55)], milestones=[5])",
    ),
    ("one_cycle", "sched.OneCycleLR(o, max_lr=0.5, total_steps=60)"),
    (
        "one_cycle_linear_3",
        'sched.OneCycleLR(o, max_lr=0.5, total_steps=60, pct_start=0.2, anneal_strategy="linear", '
        "three_phase=True, div_factor=10.0, final_div_factor=100.0)",
    ),
    ("lambda", "sched.LambdaLR(o, lambda epoch: 0.95 ** epoch)"),
    ("multiplicative", "sched.MultiplicativeLR(o, lambda epoch: 0.9 + 0.1 / epoch)"),
    (
        "chained",
        "sched.ChainedScheduler([sched.ConstantLR(o, factor=0.3, total_iters=6), sched.ExponentialLR(o, gamma=0.95), "
        "sched.StepLR(o, step_size=20, gamma=0.5)])",
    ),
    ("cyclic", "sched.CyclicLR(o, base_lr=0.01, max_lr=0.5, step_size_up=7)"),
    (
        "cyclic_2",
        'sched.CyclicLR(o, base_lr=0.01, max_lr=0.5, step_size_up=7, step_size_down=11, mode="triangular2", '
        "base_momentum=0.5, max_momentum=0.95)",
    ),
    (
        "cyclic_exp",
        'sched.CyclicLR(o, base_lr=0.01, max_lr=0.5, step_size_up=9, step_size_down=4, mode="exp_range", gamma=0.97)',
    ),
    ("swa", "swa_utils.SWALR(o, swa_lr=0.02, anneal_epochs=15)"),
    ("swa_linear", 'swa_utils.SWALR(o, swa_lr=0.3, anneal_epochs=15, anneal_strategy="linear")'),
    ("plateau", "sched.ReduceLROnPlateau(o, factor=0.5, patience=2)"),
    (
        "plateau_options",
        'sched.ReduceLROnPlateau(o, mode="max", factor=0.3, patience=1, threshold=0.05, '
        'threshold_mode="abs", cooldown=3, min_lr=0.002)',
    ),
]


def make_sched():
    stream = rng("sched")
    metric = [2 * math.exp(-e / 8) + 0.3 * float(uniform(stream, ())) for e in range(EPOCHS)]
    tensors = {"plateau_metric": torch.tensor(metric, dtype=torch.float64)}
    for name, constructor in SCHEDULERS:
        o = SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
        s = eval(constructor, {**globals(), "o": o})
        rates, momenta = [], []
        for epoch in range(EPOCHS):
            rates.append(float(o.param_groups[0]["lr"]))
            momenta.append(float(o.param_groups[0]["momentum"]))
            o.step()
            if epoch == EPOCHS - 1:
                break
            with warnings.catch_warnings():
                # SequentialLR calls its parts with an epoch, which warns.
                warnings.simplefilter("ignore")
                s.step(metric[epoch]) if name.startswith("plateau") else s.step()
        tensors[name] = torch.tensor(rates, dtype=torch.float64)
        if name.startswith(("one_cycle", "cyclic")):
            tensors[name + "/momentum"] = torch.tensor(momenta, dtype=torch.float64)
    return tensors, dict(SCHEDULERS)
