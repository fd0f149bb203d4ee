# SPDX-License-Identifier: MIT
"""The operations' cases: one row each, read by gen.py.

A row is a name, a Python expression over the inputs a, b, c, d, e, and the
inputs. The file has, for dt in f32 and f64 (integers and bools do not change):

    <name>/<dt>/in0, in1, ...      the inputs before the operation
    <name>/<dt>/out                the result
    <name>/<dt>/seed               a random cotangent of the result's shape
    <name>/<dt>/grad0, grad1, ...  gradients, of the inputs marked grad
    <name>/<dt>/after3, ...        inputs that the operation changed in place

and the expression with its inputs as the metadata of the file under <name>.
"""

import itertools
import warnings
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from gen_random import DTYPES, rng, uniform

CASES = []


@dataclass
class Input:
    kind: str  # "float", "int" or "bool"
    shape: tuple
    grad: bool = False
    lo: float = -2.0
    hi: float = 2.0
    whole: bool = False  # whole numbers: for ties
    norm: int = None  # make this axis sum to 1
    values: object = None  # instead of random ones

    def make(self, stream):
        if self.values is not None:
            dtype = {"float": torch.float64, "int": torch.int64, "bool": torch.bool}[self.kind]
            return torch.tensor(self.values, dtype=dtype).reshape(self.shape)
        if self.kind == "int":
            return torch.from_numpy(np.array(stream.randint(self.lo, self.hi, size=self.shape), dtype=np.int64))
        if self.kind == "bool":
            return torch.from_numpy(np.array(stream.randint(0, 2, size=self.shape), dtype=bool))
        x = uniform(stream, self.shape, self.lo, self.hi)
        if self.whole:
            x = x.round()
        if self.norm is not None:
            x = (x / x.sum(self.norm, keepdim=True)).float().double()
        return x

    def text(self):
        what = {"float": "", "int": " int", "bool": " bool"}[self.kind]
        return "(" + ",".join(map(str, self.shape)) + ")" + what + (" grad" if self.grad else "")


def r(*shape, lo=-2.0, hi=2.0, grad=True, **kw):
    """A float input with uniform values."""
    return Input("float", shape, grad, lo, hi, **kw)


def pos(*shape, **kw):
    return r(*shape, lo=0.25, hi=3.0, **kw)


def unit(*shape, **kw):
    return r(*shape, lo=0.05, hi=0.95, **kw)


def whole(*shape, **kw):
    """Whole numbers from -2 to 2: equal ones are likely."""
    return r(*shape, whole=True, **kw)


def probs(*shape, axis=1, **kw):
    return r(*shape, lo=0.05, hi=1.0, norm=axis, **kw)


def given(values, *shape, grad=False):
    return Input("float", shape or (len(values),), grad, values=values)


def ints(hi, *shape, lo=0):
    return Input("int", shape, lo=lo, hi=hi)


def index(values, *shape):
    return Input("int", shape or (len(values),), values=values)


def bools(*shape):
    return Input("bool", shape)


def case(name, expr, *inputs):
    assert all(name != c[0] for c in CASES), name
    CASES.append((name, expr, inputs))


nan, inf = float("nan"), float("inf")
SPECIAL = [nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, -3.0, 20.0, 100.0, -100.0]
SPECIAL2 = [nan, inf, -inf, 0.0, -0.0, 2.0, -2.5]
PAIR = (given(SPECIAL2, 7, 1, grad=True), given(SPECIAL2, 1, 7, grad=True))


def special():
    return given(SPECIAL, grad=True)


def arithmetic():
    for name, op in [("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/")]:
        e = f"a {op} b"
        b = pos if name == "div" else r
        case(f"{name}", e, r(2, 3, 4), b(2, 3, 4))
        case(f"{name}_outer", e, r(3, 1), b(1, 4))
        case(f"{name}_rank", e, r(2, 3, 4), b(4))
        case(f"{name}_rank_left", e, r(3, 1), b(2, 3, 4))
        case(f"{name}_scalar_tensor", e, r(2, 3), b())
        case(f"{name}_size1", e, r(1, 1), b(1))
        case(f"{name}_empty", e, r(0, 3), b(1, 3))
        case(f"{name}_number", f"a {op} 2.5", r(2, 3, 4))
        case(f"number_{name}", f"2.5 {op} a", b(2, 3, 4))
        case(f"{name}_self", f"a {op} a", b(2, 3))
        case(f"{name}_special", e, *PAIR)
    for name, x in [("2", r), ("0.5", pos), ("3", r), ("-1", pos), ("0", r), ("1", r), ("2.5", pos)]:
        case(f"pow_{name}", f"a ** {name}", x(2, 3, 4))
        case(f"pow_{name}_special", f"a ** {name}", special())
    case("pow_tensor", "a ** b", pos(2, 3, 4), r(2, 3, 4))
    case("pow_tensor_broadcast", "a ** b", pos(2, 3, 1), r(4))
    case("pow_tensor_special", "a ** b", *PAIR)
    case("number_pow", "2.0 ** a", r(2, 3))
    for op in ["eq", "ne", "lt", "le", "gt", "ge"]:
        case(op, f"torch.{op}(a, b)", whole(2, 3, 4), whole(2, 3, 4))
        case(f"{op}_broadcast", f"torch.{op}(a, b)", whole(3, 1), whole(1, 4))
        case(f"{op}_number", f"torch.{op}(a, 1.0)", whole(2, 3))
        case(f"{op}_empty", f"torch.{op}(a, b)", r(0, 2), r(0, 2))
        case(f"{op}_special", f"torch.{op}(a, b)", *PAIR)
    for op in ["minimum", "maximum"]:
        case(op, f"torch.{op}(a, b)", r(2, 3, 4), r(2, 3, 4))
        case(f"{op}_broadcast", f"torch.{op}(a, b)", r(3, 1), r(1, 4))
        case(f"{op}_ties", f"torch.{op}(a, b)", whole(3, 4), whole(3, 4))
        case(f"{op}_special", f"torch.{op}(a, b)", *PAIR)
    case("where", "torch.where(a, b, c)", bools(2, 3), r(2, 3), r(2, 3))
    case("where_broadcast", "torch.where(a, b, c)", bools(3, 1), r(1, 4), r(2, 1, 1))
    case("where_number", "torch.where(a, b, -1.5)", bools(2, 3), r(2, 3))
    case("where_special", "torch.where(a > 0, a, b)", *PAIR)


def unary():
    for op, x in [
        ("neg", r), ("exp", r), ("log", pos), ("log1p", pos), ("expm1", r), ("sqrt", pos), ("rsqrt", pos),
        ("reciprocal", pos), ("abs", r), ("sign", r), ("sin", r), ("cos", r), ("tan", unit), ("tanh", r),
        ("sigmoid", r), ("erf", r), ("floor", r), ("ceil", r), ("round", r), ("relu", r), ("square", r),
    ]:
        case(op, f"torch.{op}(a)", x(2, 3, 4))
        case(f"{op}_scalar", f"torch.{op}(a)", x())
        case(f"{op}_empty", f"torch.{op}(a)", x(2, 0))
        case(f"{op}_special", f"torch.{op}(a)", special())
    for op in ["sign", "abs", "relu"]:
        case(f"{op}_at_zero", f"torch.{op}(a)", given([0.0, -0.0, 1.0, -1.0], grad=True))
    case("sqrt_at_zero", "torch.sqrt(a)", given([0.0, -0.0, 4.0], grad=True))
    case("softplus", "F.softplus(a)", r(2, 3, 4, lo=-4, hi=4))
    case("softplus_special", "F.softplus(a)", special())
    case("clamp", "torch.clamp(a, -1.0, 0.5)", r(2, 3, 4))
    case("clamp_min", "torch.clamp(a, min=-0.5)", r(2, 3, 4))
    case("clamp_max", "torch.clamp(a, max=0.5)", r(2, 3, 4))
    case("clamp_at_bounds", "torch.clamp(a, -1.0, 1.0)", given([-2.0, -1.0, 0.0, 1.0, 2.0], grad=True))
    case("clamp_special", "torch.clamp(a, -1.0, 1.0)", special())


# Axes of a (2,3,4) input, by the name they have in a case.
AXES = [("all", None), ("0", 0), ("1", 1), ("-1", -1), ("0_2", (0, 2)), ("-2_-1", (-2, -1)), ("0_1_2", (0, 1, 2))]


def reductions():
    x = r(2, 3, 4)
    for op in ["sum", "mean"]:
        for (axis, dim), keep in itertools.product(AXES, [False, True]):
            expr = f"torch.{op}(a)" if dim is None and not keep else f"torch.{op}(a, dim={dim}, keepdim={keep})"
            case(f"{op}_{axis}" + ("_keep" if keep else ""), expr, x)
        case(f"{op}_scalar", f"torch.{op}(a)", r())
        case(f"{op}_size1", f"torch.{op}(a, dim=1)", r(3, 1))
        case(f"{op}_empty", f"torch.{op}(a)", r(0, 3))
        case(f"{op}_empty_axis", f"torch.{op}(a, dim=0)", r(0, 3))
    for op in ["var", "std"]:
        for (axis, dim), keep, unbiased in itertools.product(AXES, [False, True], [True, False]):
            if keep and axis not in ("all", "1", "-2_-1"):
                continue
            name = f"{op}_{axis}" + ("" if unbiased else "_biased") + ("_keep" if keep else "")
            case(name, f"torch.{op}(a, dim={dim}, correction={int(unbiased)}, keepdim={keep})", x)
        case(f"{op}_size1_biased", f"torch.{op}(a, dim=1, correction=0)", r(3, 1, grad=op == "var"))
        case(f"{op}_size1", f"torch.{op}(a, dim=1)", r(3, 1, grad=False))
    for op in ["max", "min"]:
        case(f"{op}_all", f"torch.{op}(a)", x)
        case(f"{op}_all_ties", f"torch.{op}(a)", whole(3, 4))
        for axis in [0, 1, -1]:
            case(f"{op}_{axis}", f"torch.{op}(a, dim={axis}).values", x)
            case(f"{op}_{axis}_keep", f"torch.{op}(a, dim={axis}, keepdim=True).values", x)
            case(f"{op}_{axis}_index", f"torch.{op}(a, dim={axis}).indices", x)
        case(f"{op}_ties", f"torch.{op}(a, dim=1).values", whole(4, 6))
        case(f"{op}_size1", f"torch.{op}(a, dim=1).values", r(3, 1))
        for axis, dim in AXES[1:]:
            case(f"a{op}_{axis}", f"torch.a{op}(a, dim={dim})", x)
        case(f"a{op}_all", f"torch.a{op}(a)", x)
        case(f"a{op}_0_2_keep", f"torch.a{op}(a, dim=(0, 2), keepdim=True)", x)
        case(f"a{op}_ties", f"torch.a{op}(a, dim=1)", whole(4, 6))
        case(f"a{op}_special", f"torch.a{op}(a, dim=1)", given([1, nan, inf, -inf, 0.0, -0.0, -inf, 1, inf], 3, 3, grad=True))
        case(f"arg{op}_all", f"torch.arg{op}(a)", x)
        for axis in [0, 1, -1]:
            case(f"arg{op}_{axis}", f"torch.arg{op}(a, dim={axis})", x)
        case(f"arg{op}_1_keep", f"torch.arg{op}(a, dim=1, keepdim=True)", x)
        case(f"arg{op}_ties", f"torch.arg{op}(a, dim=1)", whole(4, 6))
        case(f"arg{op}_special", f"torch.arg{op}(a, dim=1)", given([1, nan, inf, nan, nan, 0.0, -inf, inf, inf], 3, 3))
    for axis, dim in AXES[1:]:
        case(f"logsumexp_{axis}", f"torch.logsumexp(a, dim={dim})", x)
    case("logsumexp_1_keep", "torch.logsumexp(a, dim=1, keepdim=True)", x)
    case("logsumexp_large", "torch.logsumexp(a, dim=1)", r(3, 4, lo=-1000, hi=1000))
    case("logsumexp_special", "torch.logsumexp(a, dim=1)", given([1, nan, inf, -inf, -inf, -inf, -inf, 1, 2], 3, 3, grad=True))
    for p, value in [("2", "2"), ("1", "1"), ("inf", 'float("inf")')]:
        for axis, dim in [("all", None), ("0", 0), ("-1", -1), ("0_2", (0, 2))]:
            case(f"norm{p}_{axis}", f"torch.linalg.vector_norm(a, {value}, dim={dim})", x)
        case(f"norm{p}_1_keep", f"torch.linalg.vector_norm(a, {value}, dim=1, keepdim=True)", x)
    case("norm2_at_zero", "torch.linalg.vector_norm(a, 2)", given([0.0, 0.0], grad=True))
    case("prod_all", "torch.prod(a)", r(2, 3))
    for axis in [0, 1, -1]:
        case(f"prod_{axis}", f"torch.prod(a, dim={axis})", x)
    case("prod_1_keep", "torch.prod(a, dim=1, keepdim=True)", x)
    case("prod_zeros", "torch.prod(a, dim=1)", given([1, 2, 3, 4, 0, 5, 0, 6, 0], 3, 3, grad=True))
    case("prod_all_zero", "torch.prod(a)", given([2, 0, 3], grad=True))
    case("prod_empty_axis", "torch.prod(a, dim=1)", r(3, 0))
    for axis in [0, 1, -1]:
        case(f"cumsum_{axis}", f"torch.cumsum(a, dim={axis})", x)
    case("cumsum_empty", "torch.cumsum(a, dim=0)", r(0, 2))


def products():
    for name, a, b in [
        ("1x1", (4,), (4,)), ("1x2", (4,), (4, 3)), ("2x1", (3, 4), (4,)), ("2x2", (3, 4), (4, 5)),
        ("3x2", (2, 3, 4), (4, 5)), ("2x3", (3, 4), (2, 4, 5)), ("3x3", (2, 3, 4), (2, 4, 5)),
        ("1x3", (4,), (2, 4, 5)), ("3x1", (2, 3, 4), (4,)), ("4x4", (2, 3, 2, 4), (2, 3, 4, 5)),
        ("4x4_broadcast", (2, 1, 2, 4), (1, 3, 4, 5)), ("4x3_broadcast", (2, 3, 2, 4), (3, 4, 5)),
        ("one_row", (1, 4), (4, 1)), ("inner1", (3, 1), (1, 2)), ("inner0", (2, 0), (0, 3)), ("rows0", (0, 2), (2, 3)),
        ("17", (17, 19), (19, 18)),
    ]:
        case(f"matmul_{name}", "torch.matmul(a, b)", r(*a), r(*b))
    case("matmul_left_transposed", "torch.matmul(a.mT, b)", r(4, 3), r(4, 5))
    case("matmul_right_transposed", "torch.matmul(a, b.mT)", r(3, 4), r(5, 4))
    case("linear", "F.linear(a, b, c)", r(2, 4), r(3, 4), r(3))
    case("linear_3d", "F.linear(a, b, c)", r(2, 3, 4), r(5, 4), r(5))
    case("linear_no_bias", "F.linear(a, b)", r(2, 4), r(3, 4))


def shapes():
    x = r(2, 3, 4)
    for name, expr in [
        ("reshape", "a.reshape(4, 6)"), ("reshape_minus1", "a.reshape(3, -1)"), ("reshape_1d", "a.reshape(-1)"),
        ("reshape_ones", "a.reshape(1, 2, 1, 12)"), ("reshape_transposed", "a.transpose(0, 1).reshape(6, 4)"),
        ("flatten", "a.flatten()"), ("flatten_1", "a.flatten(1)"), ("flatten_0_1", "a.flatten(0, 1)"),
        ("flatten_-2_-1", "a.flatten(-2, -1)"), ("transpose_0_1", "a.transpose(0, 1)"),
        ("transpose_-1_-2", "a.transpose(-1, -2)"), ("transpose_0_2", "a.transpose(0, 2)"),
        ("permute_2_0_1", "a.permute(2, 0, 1)"), ("permute_-1_1_0", "a.permute(-1, 1, 0)"),
        ("unsqueeze_0", "a.unsqueeze(0)"), ("unsqueeze_2", "a.unsqueeze(2)"), ("unsqueeze_-1", "a.unsqueeze(-1)"),
        ("slice_1", "a[:, 1:3]"), ("slice_steps", "a[::2, 1::2, ::3]"), ("slice_negative", "a[-1:, :-1, -3:-1]"),
        ("slice_empty", "a[:, 2:2]"), ("slice_past_end", "a[:, 1:100]"), ("select_0", "a[1]"), ("select_-1", "a[..., -1]"),
        ("select_mid", "a[:, -2]"), ("narrow", "a.narrow(2, 1, 2)"),
        ("split_2_0", "torch.split(a, 2, dim=1)[0]"), ("split_2_1", "torch.split(a, 2, dim=1)[1]"),
        ("split_sizes_0", "torch.split(a, [1, 3], dim=-1)[0]"), ("split_sizes_1", "torch.split(a, [1, 3], dim=-1)[1]"),
        ("chunk_3_0", "torch.chunk(a, 3, dim=2)[0]"), ("chunk_3_1", "torch.chunk(a, 3, dim=2)[1]"),
        ("pad_1", "F.pad(a, (1, 2))"), ("pad_2", "F.pad(a, (1, 0, 2, 1))"), ("pad_3", "F.pad(a, (0, 1, 1, 0, 2, 0))"),
        ("pad_value", "F.pad(a, (1, 1, 0, 2), value=1.5)"), ("pad_crop", "F.pad(a, (-1, 2, 1, -1))"),
        ("flip", "a.flip(0, 2)"),
    ]:
        case(name, expr, x)
    case("squeeze", "a.squeeze()", r(1, 3, 1, 2))
    case("squeeze_0", "a.squeeze(0)", r(1, 3, 1, 2))
    case("squeeze_-2", "a.squeeze(-2)", r(1, 3, 1, 2))
    case("squeeze_not_1", "a.squeeze(1)", r(1, 3, 1, 2))
    case("squeeze_to_scalar", "a.squeeze()", r(1, 1))
    case("expand", "a.expand(2, 3, 4)", r(3, 1))
    case("expand_minus1", "a.expand(2, -1, 4)", r(1, 3, 1))
    case("expand_scalar", "a.expand(2, 3)", r())
    case("expand_to_empty", "a.expand(0, 3)", r(1, 3))
    case("index_select_0", "torch.index_select(a, 0, b)", r(4, 3), index([2, 0, 2]))
    case("index_select_-1", "torch.index_select(a, -1, b)", r(2, 3, 4), index([3, 3, 1, 0, 2]))
    case("index_select_empty", "torch.index_select(a, 1, b)", r(2, 3), Input("int", (0,), values=[]))
    case("gather_0", "torch.gather(a, 0, b)", r(3, 4), ints(3, 2, 4))
    case("gather_1", "torch.gather(a, 1, b)", r(3, 4), ints(4, 3, 6))
    case("gather_-1", "torch.gather(a, -1, b)", r(2, 3, 4), ints(4, 2, 3, 1))
    case("gather_smaller", "torch.gather(a, 1, b)", r(3, 4), ints(4, 2, 3))
    case("one_hot", "F.one_hot(a, 5)", index([0, 4, 2, 2]))
    case("one_hot_2d", "F.one_hot(a, 3)", index([0, 1, 2, 2, 1, 0], 2, 3))
    case("cat_0", "torch.cat((a, b), 0)", r(2, 3), r(1, 3))
    case("cat_1", "torch.cat((a, b, c), 1)", r(2, 3, 2), r(2, 1, 2), r(2, 2, 2))
    case("cat_-1", "torch.cat((a, b), -1)", r(2, 3), r(2, 4))
    case("cat_one", "torch.cat((a,), 0)", r(2, 3))
    case("cat_empty", "torch.cat((a, b), 1)", r(2, 0), r(2, 3))
    case("cat_same_twice", "torch.cat((a, a), 0)", r(2, 3))
    case("stack_0", "torch.stack((a, b), 0)", r(2, 3), r(2, 3))
    case("stack_1", "torch.stack((a, b, c), 1)", r(2, 3), r(2, 3), r(2, 3))
    case("stack_-1", "torch.stack((a, b), -1)", r(2, 3), r(2, 3))
    case("stack_scalars", "torch.stack((a, b))", r(), r())


def softmaxes():
    for op in ["softmax", "log_softmax"]:
        for axis in [0, 1, 2, -1, -2]:
            case(f"{op}_{axis}", f"torch.{op}(a, {axis})", r(2, 3, 4))
        case(f"{op}_1d", f"torch.{op}(a, 0)", r(5))
        case(f"{op}_size1", f"torch.{op}(a, 1)", r(3, 1))
        case(f"{op}_empty", f"torch.{op}(a, 1)", r(0, 3))
        case(f"{op}_4d", f"torch.{op}(a, 1)", r(2, 3, 2, 2))
        case(f"{op}_large", f"torch.{op}(a, 1)", r(3, 4, lo=-1000, hi=1000))
        case(f"{op}_special", f"torch.{op}(a, 1)", given([1, nan, 2, inf, 1, 2, -inf, 1, 2, -inf, -inf, -inf], 4, 3, grad=True))


def convolutions():
    x = r(2, 4, 7, 6)
    for name, w, bias, args in [
        ("", (3, 4, 3, 3), True, ""),
        ("no_bias", (3, 4, 3, 3), False, ""),
        ("stride2", (3, 4, 3, 3), True, "stride=2"),
        ("stride_2_1", (3, 4, 3, 3), True, "stride=(2, 1)"),
        ("pad1", (3, 4, 3, 3), True, "padding=1"),
        ("pad_1_2", (3, 4, 3, 3), True, "padding=(1, 2)"),
        ("stride2_pad1", (3, 4, 3, 3), False, "stride=2, padding=1"),
        ("same", (3, 4, 3, 3), True, 'padding="same"'),
        ("same_even", (3, 4, 2, 4), True, 'padding="same"'),
        ("same_dilated", (3, 4, 3, 3), True, 'padding="same", dilation=2'),
        ("dilation2", (3, 4, 3, 3), True, "dilation=2"),
        ("dilation_2_1_pad2", (3, 4, 3, 3), True, "dilation=(2, 1), padding=2"),
        ("groups2", (6, 2, 3, 3), True, "groups=2, padding=1"),
        ("groups2_stride2", (4, 2, 3, 3), False, "groups=2, stride=2, padding=1"),
        ("depthwise", (4, 1, 3, 3), True, "groups=4, padding=1"),
        ("depthwise_twice", (8, 1, 3, 3), False, "groups=4, padding=1"),
        ("depthwise_stride2", (4, 1, 3, 3), True, "groups=4, stride=2, padding=1"),
        ("1x1", (5, 4, 1, 1), True, ""),
        ("1x1_no_bias", (5, 4, 1, 1), False, ""),
        ("1x1_stride2", (5, 4, 1, 1), False, "stride=2"),
        ("7x7_stride2_pad3", (3, 4, 7, 7), False, "stride=2, padding=3"),
        ("5x5_pad2", (2, 4, 5, 5), True, "padding=2"),
        ("3x1", (3, 4, 3, 1), True, "padding=(1, 0)"),
        ("whole_image", (3, 4, 7, 6), True, ""),
    ]:
        names = "a, b, c" if bias else "a, b"
        inputs = [x, r(*w, lo=-0.5, hi=0.5)] + ([r(w[0])] if bias else [])
        case("conv2d" + ("_" + name if name else ""), f"F.conv2d({names}{', ' + args if args else ''})", *inputs)
    case("conv2d_one_channel", "F.conv2d(a, b, c, padding=1)", r(1, 1, 5, 5), r(2, 1, 3, 3), r(2))
    case("conv2d_batch0", "F.conv2d(a, b, c, padding=1)", r(0, 2, 5, 5), r(3, 2, 3, 3), r(3))


def pools():
    x = r(2, 3, 7, 6)
    for name, args in [
        ("k2", "2"), ("k3_s2_p1", "3, stride=2, padding=1"), ("k2_s1", "2, stride=1"),
        ("k2_ceil", "2, ceil_mode=True"), ("k3_s2_p1_ceil", "3, stride=2, padding=1, ceil_mode=True"),
        ("k2_dilation2", "2, stride=1, dilation=2"), ("k3_s2_p1_dilation2", "3, stride=2, padding=1, dilation=2"),
        ("k_3_2_s_2_1_p_1_0", "(3, 2), stride=(2, 1), padding=(1, 0)"),
    ]:
        case(f"max_pool2d_{name}", f"F.max_pool2d(a, {args})", x)
    case("max_pool2d_ties", "F.max_pool2d(a, 3, stride=2, padding=1)", whole(2, 2, 6, 6))
    case("max_pool2d_special", "F.max_pool2d(a, 2, stride=1)", given([1, nan, 2, -inf, -inf, 0, -inf, -inf, inf], 1, 1, 3, 3, grad=True))
    case("max_pool2d_indices", "F.max_pool2d(a, 3, stride=2, padding=1, return_indices=True)[1]", x)
    case("max_pool2d_batch0", "F.max_pool2d(a, 2)", r(0, 2, 4, 4))
    for name, args in [
        ("k2", "2"), ("k3_s2_p1", "3, stride=2, padding=1"), ("k2_s1", "2, stride=1"),
        ("k2_ceil", "2, ceil_mode=True"), ("k3_s2_p1_ceil", "3, stride=2, padding=1, ceil_mode=True"),
        ("k3_s2_p1_exclude", "3, stride=2, padding=1, count_include_pad=False"),
        ("k3_s2_p1_ceil_exclude", "3, stride=2, padding=1, ceil_mode=True, count_include_pad=False"),
        ("k2_divisor3", "2, divisor_override=3"), ("k3_s2_p1_divisor5", "3, stride=2, padding=1, divisor_override=5"),
        ("k_3_2_s_2_1_p_1_0", "(3, 2), stride=(2, 1), padding=(1, 0)"),
    ]:
        case(f"avg_pool2d_{name}", f"F.avg_pool2d(a, {args})", x)
    case("adaptive_avg_pool2d_1x1", "F.adaptive_avg_pool2d(a, 1)", r(2, 3, 7, 5))
    case("adaptive_avg_pool2d_3x2", "F.adaptive_avg_pool2d(a, (3, 2))", r(2, 3, 7, 5))
    case("adaptive_avg_pool2d_same", "F.adaptive_avg_pool2d(a, (7, 5))", r(2, 3, 7, 5))
    case("adaptive_avg_pool2d_larger", "F.adaptive_avg_pool2d(a, (9, 7))", r(2, 3, 7, 5))


def norms():
    affine = (r(3), r(3), r(3, grad=False), pos(3, grad=False))
    for name, x in [("2d", r(5, 3)), ("3d", r(4, 3, 2)), ("4d", r(2, 3, 4, 2))]:
        case(f"batch_norm_train_{name}", "F.batch_norm(a, d, e, b, c, training=True)", x, *affine)
        case(f"batch_norm_eval_{name}", "F.batch_norm(a, d, e, b, c, training=False)", x, *affine)
    x = r(2, 3, 4, 2)
    case("batch_norm_train_momentum", "F.batch_norm(a, d, e, b, c, training=True, momentum=0.3, eps=1e-3)", x, *affine)
    case("batch_norm_train_plain", "F.batch_norm(a, b, c, training=True)", x, *affine[2:])
    case("batch_norm_eval_plain", "F.batch_norm(a, b, c, training=False)", x, *affine[2:])
    case("batch_norm_no_running", "F.batch_norm(a, None, None, b, c, training=True)", x, *affine[:2])
    case("batch_norm_far_mean", "F.batch_norm(a, None, None, training=True)", r(8, 2, lo=99, hi=101))
    case("layer_norm", "F.layer_norm(a, (4,), b, c)", r(2, 3, 4), r(4), r(4))
    case("layer_norm_2", "F.layer_norm(a, (3, 4), b, c)", r(2, 3, 4), r(3, 4), r(3, 4))
    case("layer_norm_plain", "F.layer_norm(a, (4,))", r(2, 3, 4))
    case("layer_norm_no_bias", "F.layer_norm(a, (4,), b)", r(2, 3, 4), r(4))
    case("layer_norm_eps", "F.layer_norm(a, (4,), b, c, eps=0.1)", r(2, 3, 4), r(4), r(4))
    for groups in [1, 2, 4]:
        case(f"group_norm_{groups}", f"F.group_norm(a, {groups}, b, c)", r(2, 4, 3, 2), r(4), r(4))
    case("group_norm_2d", "F.group_norm(a, 2, b, c)", r(3, 4), r(4), r(4))
    case("group_norm_plain", "F.group_norm(a, 2)", r(2, 4, 3, 2))
    case("instance_norm", "F.instance_norm(a, weight=b, bias=c)", r(2, 3, 4, 2), r(3), r(3))
    case("embedding", "F.embedding(a, b)", index([1, 4, 4, 0]), r(5, 3))
    case("embedding_2d", "F.embedding(a, b)", ints(5, 2, 3), r(5, 4))
    case("embedding_padding", "F.embedding(a, b, padding_idx=1)", index([1, 3, 1, 0]), r(4, 2))


def activations():
    x = r(2, 3, 4, lo=-4, hi=4)
    for name, expr in [
        ("relu", "F.relu(a)"), ("relu6", "F.relu6(a * 2)"), ("leaky_relu", "F.leaky_relu(a)"),
        ("leaky_relu_0.2", "F.leaky_relu(a, 0.2)"), ("elu", "F.elu(a)"), ("elu_0.5", "F.elu(a, 0.5)"),
        ("selu", "F.selu(a)"), ("celu", "F.celu(a)"), ("celu_2", "F.celu(a, 2.0)"), ("gelu", "F.gelu(a)"),
        ("gelu_tanh", 'F.gelu(a, approximate="tanh")'), ("silu", "F.silu(a)"), ("mish", "F.mish(a)"),
        ("softplus", "F.softplus(a)"), ("softplus_beta", "F.softplus(a, beta=2.0, threshold=3.0)"),
        ("softsign", "F.softsign(a)"), ("hardtanh", "F.hardtanh(a)"), ("hardtanh_-2_0.5", "F.hardtanh(a, -2.0, 0.5)"),
        ("hardsigmoid", "F.hardsigmoid(a)"), ("hardswish", "F.hardswish(a)"), ("hardshrink", "F.hardshrink(a)"),
        ("hardshrink_1.5", "F.hardshrink(a, 1.5)"), ("softshrink", "F.softshrink(a)"),
        ("softshrink_1.5", "F.softshrink(a, 1.5)"), ("tanhshrink", "F.tanhshrink(a)"),
        ("threshold", "F.threshold(a, 0.5, -7.0)"), ("log_sigmoid", "F.logsigmoid(a)"), ("sigmoid", "F.sigmoid(a)"),
        ("tanh", "F.tanh(a)"), ("rrelu_eval", "F.rrelu(a, 0.1, 0.3, training=False)"),
    ]:
        case(f"act_{name}", expr, x)
        case(f"act_{name}_special", expr, special())
        case(f"act_{name}_empty", expr, r(0, 3))
        case(f"act_{name}_size1", expr, r(1, 1))
    case("act_glu", "F.glu(a)", x)
    case("act_glu_0", "F.glu(a, 0)", x)
    case("act_prelu_1", "F.prelu(a, b)", x, r(1))
    case("act_prelu_channels", "F.prelu(a, b)", x, r(3))
    case("act_prelu_2d", "F.prelu(a, b)", r(5, 3), r(3))
    case("act_softmax", "F.softmax(a, dim=1)", x)
    case("act_softmin", "F.softmin(a, dim=1)", x)
    case("act_log_softmax", "F.log_softmax(a, dim=1)", x)


def losses():
    ignore = index([0, -100, 3, 1])
    for red in ["none", "mean", "sum"]:

        def loss(name, expr, *inputs):
            case(f"{name}_{red}", expr[:-1] + f', reduction="{red}")', *inputs)

        pair = (r(2, 3, 4), r(2, 3, 4))
        loss("mse", "F.mse_loss(a, b)", *pair)
        loss("l1", "F.l1_loss(a, b)", *pair)
        loss("smooth_l1", "F.smooth_l1_loss(a, b)", *pair)
        loss("smooth_l1_0.5", "F.smooth_l1_loss(a, b, beta=0.5)", *pair)
        loss("huber", "F.huber_loss(a, b)", *pair)
        loss("huber_0.7", "F.huber_loss(a, b, delta=0.7)", *pair)
        target = unit(4, 3, grad=False)
        loss("bce", "F.binary_cross_entropy(a, b)", unit(4, 3), target)
        loss("bce_weight", "F.binary_cross_entropy(a, b, weight=c)", unit(4, 3), target, pos(3, grad=False))
        edges = given([0, 0, 1, 1, 0.5, 0.5], grad=True), given([0, 1, 0, 1, 0, 1])
        loss("bce_edges", "F.binary_cross_entropy(a, b)", *edges)
        logits, weight, pos_weight = r(4, 3), pos(4, 1, grad=False), pos(3, grad=False)
        loss("bce_logits", "F.binary_cross_entropy_with_logits(a, b)", logits, target)
        loss("bce_logits_weight", "F.binary_cross_entropy_with_logits(a, b, weight=c)", logits, target, weight)
        loss("bce_logits_pos_weight", "F.binary_cross_entropy_with_logits(a, b, pos_weight=c)", logits, target, pos_weight)
        loss("bce_logits_both", "F.binary_cross_entropy_with_logits(a, b, weight=c, pos_weight=d)", logits, target, weight, pos_weight)
        loss("bce_logits_large", "F.binary_cross_entropy_with_logits(a, b)", r(4, 3, lo=-200, hi=200), target)
        x, classes, classweight = r(4, 5), index([0, 4, 2, 1]), pos(5, grad=False)
        loss("nll", "F.nll_loss(a, b)", x, classes)
        loss("nll_weight", "F.nll_loss(a, b, weight=c)", x, classes, classweight)
        loss("nll_ignore", "F.nll_loss(a, b, ignore_index=2)", x, classes)
        loss("nll_ignore_weight", "F.nll_loss(a, b, weight=c)", x, ignore, classweight)
        loss("nll_4d", "F.nll_loss(a, b, weight=c)", r(2, 5, 3, 2), ints(5, 2, 3, 2), classweight)
        loss("ce", "F.cross_entropy(a, b)", x, classes)
        loss("ce_large", "F.cross_entropy(a, b)", r(4, 5, lo=-1000, hi=1000), classes)
        loss("ce_1d", "F.cross_entropy(a, b)", r(5), Input("int", (), values=3))
        loss("ce_weight", "F.cross_entropy(a, b, weight=c)", x, classes, classweight)
        loss("ce_ignore", "F.cross_entropy(a, b)", x, ignore)
        loss("ce_ignore_2", "F.cross_entropy(a, b, ignore_index=2)", x, classes)
        loss("ce_smooth", "F.cross_entropy(a, b, label_smoothing=0.1)", x, classes)
        loss("ce_smooth_ignore", "F.cross_entropy(a, b, label_smoothing=0.1)", x, ignore)
        loss("ce_smooth_weight_ignore", "F.cross_entropy(a, b, weight=c, label_smoothing=0.1)", x, ignore, classweight)
        loss("ce_probs", "F.cross_entropy(a, b)", x, probs(4, 5))
        loss("ce_probs_weight", "F.cross_entropy(a, b, weight=c)", x, probs(4, 5, grad=False), classweight)
        loss("ce_probs_smooth_weight", "F.cross_entropy(a, b, weight=c, label_smoothing=0.1)", x, probs(4, 5, grad=False), classweight)
        loss("ce_4d", "F.cross_entropy(a, b)", r(2, 5, 3, 2), ints(5, 2, 3, 2))
        loss("ce_4d_weight_smooth", "F.cross_entropy(a, b, weight=c, label_smoothing=0.2)", r(2, 5, 3, 2), ints(5, 2, 3, 2), classweight)
        loss("ce_4d_probs", "F.cross_entropy(a, b)", r(2, 5, 3, 2), probs(2, 5, 3, 2, grad=False))
    loss_in = r(3, 4, lo=-3, hi=-0.1)
    for red in ["none", "mean", "sum", "batchmean"]:
        case(f"kl_div_{red}", f'F.kl_div(a, b, reduction="{red}")', loss_in, probs(3, 4, grad=False))
        case(f"kl_div_log_target_{red}", f'F.kl_div(a, b, log_target=True, reduction="{red}")', loss_in, r(3, 4, lo=-3, hi=-0.1, grad=False))
        case(f"kl_div_zero_target_{red}", f'F.kl_div(a, b, reduction="{red}")', r(2, 2), given([0, 1, 0.5, 0.5], 2, 2))
    case("ce_ignore_all_mean", "F.cross_entropy(a, b)", r(2, 3, grad=False), index([-100, -100]))
    case("ce_ignore_all_sum", 'F.cross_entropy(a, b, reduction="sum")', r(2, 3), index([-100, -100]))


for family in [arithmetic, unary, reductions, products, shapes, softmaxes, convolutions, pools, norms, activations, losses]:
    family()


def note(expr, inputs):
    return expr + " | " + ", ".join(f"{n} {i.text()}" for n, i in zip("abcde", inputs))


def run(name, expr, inputs, dt, tensors):
    """Computes one case in one dtype."""
    stream = rng(name)
    xs = [i.make(stream) for i in inputs]
    xs = [x.to(DTYPES[dt]) if x.is_floating_point() else x for x in xs]
    for k, x in enumerate(xs):
        tensors[f"{name}/{dt}/in{k}"] = x.clone()
    wants = [k for k, i in enumerate(inputs) if i.grad]
    for k in wants:
        xs[k].requires_grad_()
    out = eval(expr, {"torch": torch, "F": F, **dict(zip("abcde", xs))})
    tensors[f"{name}/{dt}/out"] = out
    for k, x in enumerate(xs):
        before = tensors[f"{name}/{dt}/in{k}"]
        if not torch.equal(before.nan_to_num(), x.detach().nan_to_num()):
            tensors[f"{name}/{dt}/after{k}"] = x
    if not wants or not out.requires_grad:
        return
    seed = uniform(stream, tuple(out.shape)).to(DTYPES[dt])
    tensors[f"{name}/{dt}/seed"] = seed
    grads = torch.autograd.grad(out, [xs[k] for k in wants], seed)
    for k, g in zip(wants, grads):
        tensors[f"{name}/{dt}/grad{k}"] = g


def make():
    tensors = {}
    with warnings.catch_warnings():
        # Variances of one value and losses without a target are meant.
        warnings.simplefilter("ignore")
        for name, expr, inputs in CASES:
            for dt in DTYPES:
                try:
                    run(name, expr, inputs, dt, tensors)
                except Exception as e:
                    raise RuntimeError(f"case {name}: {expr}") from e
    return tensors, {name: note(expr, inputs) for name, expr, inputs in CASES}


def listing():
    for name, expr, inputs in CASES:
        print(f"{name}: {note(expr, inputs)}")
