# SPDX-License-Identifier: MIT
"""More optimizers, read by gen.py.

optim_more.safetensors: the parameters and gradients of optim.safetensors, stepped in the
same way, with the same keys but init and grads. Muon has p0 as (4,3), p1 as (1,5). The *_one_cycle are
stepped with OneCycleLR(o, max_lr=0.1, total_steps=101).

lbfgs.safetensors: the parameters of optim.safetensors, whose elements x in order are
stepped 6 times by the closure of minimum(). Keys:

    <case>/<dt>/step<n>/p0, p1   the parameters after n = 1 ... 6 steps
    <case>/<dt>/losses           what the steps returned
    <case>/<dt>/evals            the evaluations after each step
"""

import torch
from torch.optim import ASGD, LBFGS, Adadelta, Adafactor, Adamax, Muon, NAdam, Optimizer, RAdam, Rprop
from torch.optim import lr_scheduler as sched

from gen_optim import STEPS
from gen_random import DTYPES, rng, uniform


class Lion(Optimizer):
    """The program of Chen et al., 2023, in the order of timm.optim.Lion."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0, maximize=False, foreach=None):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay, maximize=maximize))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                grad = -p.grad if group["maximize"] else p.grad
                m = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(torch.sign(m.mul(beta1).add_(grad, alpha=1 - beta1)), alpha=-group["lr"])
                m.lerp_(grad, 1 - beta2)


# Name and constructor over the parameters p.
OPTIMIZERS = [
    ("adadelta", "Adadelta(p)"),
    ("adadelta_rho_eps_decay", "Adadelta(p, lr=0.5, rho=0.8, eps=1e-3, weight_decay=0.1)"),
    ("adadelta_maximize", "Adadelta(p, weight_decay=0.1, maximize=True)"),
    ("adamax", "Adamax(p, lr=0.01)"),
    ("adamax_betas_eps_decay", "Adamax(p, lr=0.01, betas=(0.4, 0.95), eps=1e-3, weight_decay=0.1)"),
    ("adamax_maximize", "Adamax(p, lr=0.01, maximize=True)"),
    ("nadam", "NAdam(p, lr=0.01)"),
    ("nadam_betas_eps_decay", "NAdam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, momentum_decay=0.1)"),
    ("nadam_decoupled", "NAdam(p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)"),
    ("nadam_maximize", "NAdam(p, lr=0.01, weight_decay=0.1, maximize=True)"),
    ("radam", "RAdam(p, lr=0.01)"),
    ("radam_betas_eps_decay", "RAdam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)"),
    ("radam_short", "RAdam(p, lr=0.01, betas=(0.9, 0.5))"),
    ("radam_decoupled", "RAdam(p, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)"),
    ("radam_maximize", "RAdam(p, lr=0.01, weight_decay=0.1, maximize=True)"),
    ("asgd", "ASGD(p, lr=0.1)"),
    ("asgd_averages", "ASGD(p, lr=0.1, lambd=0.01, alpha=0.9, t0=20, weight_decay=0.1)"),
    ("asgd_maximize", "ASGD(p, lr=0.1, t0=1, weight_decay=0.1, maximize=True)"),
    ("rprop", "Rprop(p)"),
    ("rprop_etas_sizes", "Rprop(p, lr=0.1, etas=(0.3, 1.5), step_sizes=(0.01, 0.5))"),
    ("rprop_maximize", "Rprop(p, maximize=True)"),
    ("lion", "Lion(p, lr=0.01)"),
    ("lion_betas_decay", "Lion(p, lr=0.01, betas=(0.8, 0.4), weight_decay=0.1)"),
    ("lion_maximize", "Lion(p, lr=0.01, weight_decay=0.1, maximize=True)"),
    ("muon", "Muon(p, lr=0.01)"),
    ("muon_plain", "Muon(p, lr=0.01, weight_decay=0, momentum=0.8, nesterov=False)"),
    ("muon_rms", 'Muon(p, lr=0.01, adjust_lr_fn="match_rms_adamw", ns_steps=3, ns_coefficients=(2, -1.5, 0.5))'),
    ("muon_spectral", 'Muon(p, lr=0.01, adjust_lr_fn="spectral_unclamped", eps=1)'),
    ("adafactor", "Adafactor(p)"),
    ("adafactor_decay", "Adafactor(p, lr=0.3, beta2_decay=-0.5, weight_decay=0.1)"),
    ("adafactor_eps_d", "Adafactor(p, lr=0.1, eps=(1e-2, 0.5), d=2)"),
    ("adafactor_maximize", "Adafactor(p, weight_decay=0.1, maximize=True)"),
]

# The learning rate and the momentum of these cycle.
CYCLES = [
    ("adamax_one_cycle", "Adamax(p, lr=0.1)"),
    ("nadam_one_cycle", "NAdam(p, lr=0.1)"),
    ("radam_one_cycle", "RAdam(p, lr=0.1)"),
    ("lion_one_cycle", "Lion(p, lr=0.1)"),
    ("muon_one_cycle", "Muon(p, lr=0.1)"),
    ("asgd_one_cycle", "ASGD(p, lr=0.1)"),
]


def make():
    stream = rng("optim")
    shapes = [(3, 4), (5,)]
    init = [uniform(stream, s) for s in shapes]
    grads = [uniform(stream, (max(STEPS), *s)) for s in shapes]
    tensors = {}
    for dt, dtype in DTYPES.items():
        for name, constructor in OPTIMIZERS + CYCLES:
            muon = name.startswith("muon")
            p = [x.to(dtype).clone() for x in init]
            if muon:
                p = [p[0].reshape(4, 3), p[1].reshape(1, 5)]
            p = [x.requires_grad_() for x in p]
            # The plain loop over parameters, not the one over lists of them.
            o = eval(constructor if muon else constructor[:-1] + ", foreach=False)", {**globals(), "p": p})
            cycle = None
            if (name, constructor) in CYCLES:
                momentum = not name.startswith("asgd")
                cycle = sched.OneCycleLR(o, max_lr=0.1, total_steps=max(STEPS) + 1, cycle_momentum=momentum)
            for step in range(1, max(STEPS) + 1):
                for k in range(2):
                    p[k].grad = grads[k][step - 1].to(dtype).reshape(p[k].shape).clone()
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


LBFGS_CASES = [
    ("lbfgs", "LBFGS(p, lr=0.5, max_iter=3)"),
    ("lbfgs_history", "LBFGS(p, lr=0.3, max_iter=4, history_size=2)"),
    ("lbfgs_wolfe", 'LBFGS(p, max_iter=4, line_search_fn="strong_wolfe")'),
    ("lbfgs_wolfe_evals", 'LBFGS(p, lr=30, max_iter=3, max_eval=6, line_search_fn="strong_wolfe")'),
    ("lbfgs_wolfe_maximize", 'LBFGS(p, lr=5, max_iter=3, line_search_fn="strong_wolfe", maximize=True)'),
    ("lbfgs_tolerances", "LBFGS(p, lr=0.5, tolerance_grad=0.05, tolerance_change=0.02)"),
]


def minimum(x):
    """A function of Rosenbrock's kind."""
    a, b = x[:-1], x[1:]
    return ((b - a * a) ** 2).sum() + ((1 - a) ** 2).sum()


def make_lbfgs():
    stream = rng("optim")
    init = [uniform(stream, s) for s in [(3, 4), (5,)]]
    tensors = {}
    for dt, dtype in DTYPES.items():
        for name, constructor in LBFGS_CASES:
            p = [x.to(dtype).clone().requires_grad_() for x in init]
            o = eval(constructor, {**globals(), "p": p})
            sign = -1 if "maximize" in constructor else 1

            def closure():
                o.zero_grad()
                loss = sign * minimum(torch.cat([x.reshape(-1) for x in p]))
                loss.backward()
                return loss

            losses, evals = [], []
            for step in range(1, 7):
                losses.append(float(o.step(closure).detach()))
                evals.append(float(o.state[p[0]]["func_evals"]))
                for k in range(2):
                    tensors[f"{name}/{dt}/step{step}/p{k}"] = p[k].detach().clone()
            tensors[f"{name}/{dt}/losses"] = torch.tensor(losses, dtype=torch.float64)
            tensors[f"{name}/{dt}/evals"] = torch.tensor(evals, dtype=torch.float64)
    return tensors, dict(LBFGS_CASES)
