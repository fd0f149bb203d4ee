# SPDX-License-Identifier: MIT
"""First and second derivatives at zero, at kinks, far out, and at infinities and NaN.

Written to testdata/kinks.safetensors, in float64:

    <name>/in0      the points
    <name>/out      the function there
    <name>/grad0    its derivative
    <name>/second0  its second derivative, if torch has it

and the expression as the metadata under <name>.
"""

import torch
import torch.nn.functional as F

inf, nan = float("inf"), float("nan")
FAR = [1e-310, 1e-6, 0.125, 0.5, 0.75, 1.0, 2.0, 3.0, 6.0, 9.0, 15.0, 20.0, 50.0, 100.0, 1000.0, 1e15, 1e30, inf]
UNIT = [0.0, 1.0, 0.5, 0.25, 1e-30, 1e-10, 1e-6, 0.75, 1 - 2.0**-20]
LINE = [0.0, -0.0] + FAR + [-x for x in FAR] + [nan]


CASES = {}
for name, expr in [
    ("relu", "F.relu(a)"), ("relu6", "F.relu6(a)"), ("leaky_relu", "F.leaky_relu(a)"), ("elu", "F.elu(a)"),
    ("elu_0.5", "F.elu(a, 0.5)"), ("selu", "F.selu(a)"), ("celu", "F.celu(a)"), ("celu_2", "F.celu(a, 2.0)"),
    ("gelu", "F.gelu(a)"), ("gelu_tanh", 'F.gelu(a, approximate="tanh")'), ("silu", "F.silu(a)"), ("mish", "F.mish(a)"),
    ("softplus", "F.softplus(a)"), ("softplus_2_3", "F.softplus(a, 2.0, 3.0)"), ("softsign", "F.softsign(a)"),
    ("hardtanh", "F.hardtanh(a)"), ("hardsigmoid", "F.hardsigmoid(a)"), ("hardswish", "F.hardswish(a)"),
    ("hardshrink", "F.hardshrink(a)"), ("softshrink", "F.softshrink(a)"), ("tanhshrink", "F.tanhshrink(a)"),
    ("threshold", "F.threshold(a, 0.5, -7.0)"), ("log_sigmoid", "F.logsigmoid(a)"), ("sigmoid", "torch.sigmoid(a)"),
    ("tanh", "torch.tanh(a)"), ("exp", "torch.exp(a)"), ("expm1", "torch.expm1(a)"), ("log", "torch.log(a)"),
    ("log1p", "torch.log1p(a)"), ("sqrt", "torch.sqrt(a)"), ("rsqrt", "torch.rsqrt(a)"), ("reciprocal", "torch.reciprocal(a)"),
    ("square", "torch.square(a)"), ("abs", "torch.abs(a)"), ("erf", "torch.erf(a)"), ("sin", "torch.sin(a)"),
    ("cos", "torch.cos(a)"), ("tan", "torch.tan(a)"), ("clamp", "torch.clamp(a, -1.0, 2.0)"),
    ("pow_2", "a ** 2"), ("pow_3", "a ** 3"), ("pow_0.5", "a ** 0.5"), ("pow_1.5", "a ** 1.5"), ("pow_-1", "a ** -1"),
    ("pow_0", "a ** 0"), ("pow_1", "a ** 1"), ("exp2", "2.0 ** a"),
    ("mse", 'F.mse_loss(a, torch.zeros_like(a), reduction="none")'),
    ("l1", 'F.l1_loss(a, torch.zeros_like(a), reduction="none")'),
    ("huber", 'F.huber_loss(a, torch.zeros_like(a), reduction="none")'),
    ("huber_3", 'F.huber_loss(a, torch.zeros_like(a), delta=3.0, reduction="none")'),
    ("smooth_l1", 'F.smooth_l1_loss(a, torch.zeros_like(a), reduction="none")'),
    ("smooth_l1_0.5", 'F.smooth_l1_loss(a, torch.zeros_like(a), beta=0.5, reduction="none")'),
    ("bce_logits_0", 'F.binary_cross_entropy_with_logits(a, torch.zeros_like(a), reduction="none")'),
    ("bce_logits_0.25", 'F.binary_cross_entropy_with_logits(a, torch.full_like(a, 0.25), reduction="none")'),
    ("bce_logits_1_pos", 'F.binary_cross_entropy_with_logits(a, torch.ones_like(a), pos_weight=torch.full_like(a[:1], 3.0), reduction="none")'),
    ("kl_div", 'F.kl_div(a, torch.full_like(a, 0.25), reduction="none")'),
    ("nll", 'F.nll_loss(torch.stack((a, -a), 1), torch.ones_like(a).long(), reduction="none")'),
    ("ce", 'F.cross_entropy(torch.stack((a, -a), 1), torch.ones_like(a).long(), reduction="none")'),
    ("ce_smooth_weight", 'F.cross_entropy(torch.stack((a, -a), 1), torch.ones_like(a).long(), weight=torch.tensor([1.0, 3.0]).to(a.dtype), label_smoothing=0.25, reduction="none")'),
    ("ce_soft", 'F.cross_entropy(torch.stack((a, -a), 1), torch.full_like(torch.stack((a, -a), 1), 0.5), reduction="none")'),
    ("softmax", "torch.softmax(torch.stack((a, -a), 1), 1)[:, 0]"),
    ("log_softmax", "torch.log_softmax(torch.stack((a, -a), 1), 1)[:, 0]"),
    ("logsumexp", "torch.logsumexp(torch.stack((a, -a), 1), 1)"),
]:
    CASES[name] = expr, LINE
for y in ["0.0", "1.0", "0.25"]:
    CASES[f"bce_{y}"] = f'F.binary_cross_entropy(a, torch.full_like(a, {y}), reduction="none")', UNIT


def make():
    tensors = {}
    for name, (expr, points) in CASES.items():
        x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
        out = eval(expr, {"torch": torch, "F": F, "a": x})
        (grad,) = torch.autograd.grad(out.sum(), x, create_graph=True)
        second = torch.zeros_like(x)
        try:
            if grad.requires_grad:
                (g,) = torch.autograd.grad(grad.sum(), x, allow_unused=True)
                second = second if g is None else g
        except RuntimeError as e:  # the hard ones have no second derivative in torch: it is 0 or constant
            assert "is not implemented" in str(e), name
            second = None
        for key, value in [("in0", x), ("out", out), ("grad0", grad), ("second0", second)]:
            if value is not None:
                tensors[f"{name}/{key}"] = value
    return tensors, {name: expr for name, (expr, _) in CASES.items()}
