# SPDX-License-Identifier: MIT
"""More rows for gen_ops.py: sizes 0 and 1, and NaN and infinities, of every operation."""

import itertools

from gen_ops import bools, case, given, index, inf, ints, nan, pos, r, special, unit

def table(grad=True):
    """(4,3): a row with NaN, one with infinities of both signs, one with zeros, one without."""
    return given([1, nan, 2, inf, -inf, 1, 0.0, -0.0, -3, 4, 0.5, -6], 4, 3, grad=grad)


def image():
    """(1,2,4,4): a channel with NaN, Inf and -Inf apart from each other, one without."""
    a = [0.5, -1.0, 2.0, 1.5] * 4
    b = list(a)
    b[0], b[7], b[13] = nan, inf, -inf
    return given(b + a, 1, 2, 4, 4, grad=True)


def pointwise():
    for shape, name in [((0, 3), "empty"), ((1, 1), "size1")]:
        x = r(*shape)
        case(f"clamp_{name}", "torch.clamp(a, -1.0, 0.5)", x)
        case(f"softplus_{name}", "F.softplus(a)", x)
        case(f"pow_2.5_{name}", "a ** 2.5", pos(*shape))
        case(f"pow_tensor_{name}", "a ** b", pos(*shape), r(*shape))
        case(f"where_{name}", "torch.where(a, b, c)", bools(*shape), x, r(1))
        for op in ["minimum", "maximum"]:
            case(f"{op}_{name}", f"torch.{op}(a, b)", x, r(1))
    for op, sign in [("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/")]:
        case(f"{op}_number_special", f"a {sign} 2.5", special())
    case("number_div_special", "2.5 / a", special())
    case("mul_inf_special", 'a * float("inf")', special())
    case("pow_number_special", "2.0 ** a", special())


def reductions():
    for op in ["sum", "mean", "prod", "cumsum", "amax", "amin", "logsumexp", "var", "std"]:
        case(f"{op}_rows_special", f"torch.{op}(a, dim=1)", table())
    for p in ["2", "1", "3", "0.5", "-1", "0", 'float("inf")', 'float("-inf")']:
        name = "norm" + {'float("inf")': "inf", 'float("-inf")': "-inf"}.get(p, p)
        case(f"{name}_rows_special", f"torch.linalg.vector_norm(a, {p}, dim=1)", table(grad=p != "0" and "inf" not in p))
        case(f"{name}_inf_special", f"torch.linalg.vector_norm(a, {p}, dim=1)", given([inf, 1, 0.5, -inf, 2, inf], 2, 3, grad=p != "0"))
        if name not in ("norm2", "norm1", "norminf"):
            x = r(2, 3, 4, grad=p != "0")
            case(f"{name}_all", f"torch.linalg.vector_norm(a, {p})", x)
            case(f"{name}_-1", f"torch.linalg.vector_norm(a, {p}, dim=-1)", x)
        case(f"{name}_size1", f"torch.linalg.vector_norm(a, {p}, dim=1)", r(3, 1, grad=p != "0"))
        case(f"{name}_empty", f"torch.linalg.vector_norm(a, {p}, dim=1)", r(0, 3, grad=p != "0"))
        if p in "2130":
            case(f"{name}_empty_axis", f"torch.linalg.vector_norm(a, {p}, dim=0)", r(0, 3, grad=p != "0"))
    for op in ["sum", "mean", "prod", "amax", "amin", "argmax", "argmin", "logsumexp", "var", "std", "cumsum"]:
        case(f"{op}_no_rows", f"torch.{op}(a, dim=1)", r(0, 3))
    for op in ["logsumexp", "cumsum", "argmax", "argmin", "prod", "amax", "amin"]:
        case(f"{op}_one_column", f"torch.{op}(a, dim=1)", r(3, 1))
    case("logsumexp_empty_axis", "torch.logsumexp(a, dim=0)", r(0, 3))
    case("var_empty_axis", "torch.var(a, dim=0)", r(0, 3))
    for op in ["prod", "amax", "amin", "logsumexp", "cumsum"]:
        case(f"{op}_scalar", f"torch.{op}(a, dim=0)", r())


def products():
    for name, a, b in [
        ("no_batch", (0, 2, 3), (0, 3, 4)), ("no_columns", (2, 3), (3, 0)), ("no_vector", (0,), (0,)),
        ("no_rows_vector", (0, 3), (3,)), ("vector_no_columns", (3,), (3, 0)), ("inner0_vector", (2, 0), (0,)),
        ("batch1", (1, 2, 3), (4, 3, 2)), ("no_batch_2d", (0, 2, 3), (3, 4)), ("inner0_batch", (2, 3, 0), (2, 0, 2)),
        ("size1", (1, 1), (1, 1)),
    ]:
        case(f"matmul_{name}", "torch.matmul(a, b)", r(*a), r(*b))
    case("matmul_special", "torch.matmul(a, b)", table(), given([1, 0, 2, nan, 0.5, 1], 3, 2, grad=True))
    case("linear_special", "F.linear(a, b, c)", table(), given([1, 0, 2, inf, 0.5, 1], 2, 3, grad=True), given([0.0, nan], grad=True))
    case("linear_no_rows", "F.linear(a, b, c)", r(0, 4), r(3, 4), r(3))
    case("linear_no_inputs", "F.linear(a, b, c)", r(2, 0), r(3, 0), r(3))
    case("linear_no_outputs", "F.linear(a, b, c)", r(2, 3), r(0, 3), r(0))
    case("linear_vector", "F.linear(a, b, c)", r(4), r(3, 4), r(3))
    case("linear_size1", "F.linear(a, b, c)", r(1, 1), r(1, 1), r(1))


def shapes():
    x = r(0, 3, 1)
    for name, expr in [
        ("reshape", "a.reshape(3, 0)"), ("flatten_1", "a.flatten(1)"), ("transpose_0_1", "a.transpose(0, 1)"),
        ("permute_2_0_1", "a.permute(2, 0, 1)"), ("squeeze", "a.squeeze()"), ("unsqueeze_0", "a.unsqueeze(0)"),
        ("expand", "a.expand(0, 3, 4)"), ("slice_1", "a[:, 1:3]"), ("select_mid", "a[:, -2]"),
        ("narrow", "a.narrow(0, 0, 0)"), ("split_2_1", "torch.split(a, 2, dim=1)[1]"),
        ("pad_1", "F.pad(a, (1, 2))"), ("pad_rows", "F.pad(a, (0, 0, 0, 0, 1, 1), value=1.5)"),
        ("cat_same_twice", "torch.cat((a, a), 0)"), ("stack_same_twice", "torch.stack((a, a), 1)"),
    ]:
        case(f"{name}_empty", expr, x)
    x = r(1, 1)
    for name, expr in [
        ("reshape_1d", "a.reshape(-1)"), ("transpose_0_1", "a.transpose(0, 1)"), ("permute_1_0", "a.permute(1, 0)"),
        ("expand", "a.expand(3, 4)"), ("slice_1", "a[:, 0:1]"), ("select_0", "a[0]"), ("pad_1", "F.pad(a, (1, 2))"),
        ("cat_same_twice", "torch.cat((a, a), 0)"),
    ]:
        case(f"{name}_size1", expr, x)
    for name, expr in [
        ("pad", 'F.pad(a, (1, 1), value=float("-inf"))'), ("pad_nan", 'F.pad(a, (1, 1), value=float("nan"))'),
        ("cat", "torch.cat((a, a), 1)"), ("stack", "torch.stack((a, a))"), ("expand", "a.expand(2, 4, 3)"),
        ("slice", "a[1:, ::2]"), ("transpose", "a.transpose(0, 1)"), ("split", "torch.split(a, 2)[1]"),
    ]:
        case(f"{name}_special", expr, table())
    case("index_select_special", "torch.index_select(a, 0, b)", table(), index([2, 0, 2, 1]))
    case("gather_special", "torch.gather(a, 1, b)", table(), index([0, 1, 1, 2, 0, 0, 2, 1], 4, 2))
    case("index_select_no_columns", "torch.index_select(a, 0, b)", r(4, 0), index([2, 0, 2]))
    case("gather_empty", "torch.gather(a, 1, b)", r(3, 4), given_ints(3, 0))
    case("gather_size1", "torch.gather(a, 1, b)", r(1, 1), index([0, 0], 1, 2))
    case("one_hot_empty", "F.one_hot(a, 5)", given_ints(0))
    case("one_hot_one_class", "F.one_hot(a, 1)", index([0, 0]))


def given_ints(*shape):
    return ints(1, *shape)


def layers():
    for op in ["softmax", "log_softmax"]:
        case(f"{op}_no_columns", f"torch.{op}(a, 1)", r(3, 0))
        case(f"{op}_scalar", f"torch.{op}(a, 0)", r())
    w = given([1, 0.5, -1, 2] * 4, 2, 2, 2, 2, grad=True)
    case("conv2d_special", "F.conv2d(a, b, c, padding=1)", image(), w, given([0.0, inf], grad=True))
    case("conv2d_zero_special", "F.conv2d(a, b)", image(), given([0.0] * 8, 1, 2, 2, 2, grad=True))
    case("conv2d_unbatched", "F.conv2d(a, b, c, padding=1)", r(2, 4, 5), r(3, 2, 3, 3), r(3))
    case("conv2d_size1", "F.conv2d(a, b, c)", r(1, 1, 1, 1), r(1, 1, 1, 1), r(1))
    case("conv2d_1xW", "F.conv2d(a, b, c, padding=(0, 1))", r(2, 2, 1, 5), r(3, 2, 1, 3), r(3))
    case("conv2d_batch0_groups", "F.conv2d(a, b, groups=2)", r(0, 4, 5, 5), r(2, 2, 3, 3))
    for op in ["max", "avg"]:
        case(f"{op}_pool2d_all_special", f"F.{op}_pool2d(a, 2, stride=1, padding=1)", image())
        case(f"{op}_pool2d_unbatched", f"F.{op}_pool2d(a, 2)", r(2, 4, 5))
        case(f"{op}_pool2d_size1", f"F.{op}_pool2d(a, 1)", r(1, 1, 1, 1))
        case(f"{op}_pool2d_no_batch", f"F.{op}_pool2d(a, 2)", r(0, 2, 4, 4))
    case("adaptive_avg_pool2d_special", "F.adaptive_avg_pool2d(a, (3, 1))", image())
    case("adaptive_avg_pool2d_unbatched", "F.adaptive_avg_pool2d(a, 2)", r(2, 4, 5))
    case("adaptive_avg_pool2d_size1", "F.adaptive_avg_pool2d(a, 1)", r(2, 3, 1, 1))
    case("adaptive_avg_pool2d_batch0", "F.adaptive_avg_pool2d(a, 2)", r(0, 2, 4, 4))
    affine = (r(2), r(2))
    running = (r(2, grad=False), pos(2, grad=False))
    case("batch_norm_train_special", "F.batch_norm(a, d, e, b, c, training=True)", image(), *affine, *running)
    case("batch_norm_eval_special", "F.batch_norm(a, d, e, b, c, training=False)", image(), *affine, *running)
    case("batch_norm_eval_batch0", "F.batch_norm(a, d, e, b, c, training=False)", r(0, 2, 3, 3), *affine, *running)
    case("batch_norm_eval_size1", "F.batch_norm(a, d, e, b, c, training=False)", r(1, 2), *affine, *running)
    case("batch_norm_train_constant", "F.batch_norm(a, d, e, b, c, training=True)", given([1.0] * 8, 4, 2, grad=True), *affine, *running)
    case("layer_norm_special", "F.layer_norm(a, (3,), b, c)", table(), r(3), r(3))
    case("layer_norm_batch0", "F.layer_norm(a, (4,), b, c)", r(0, 4), r(4), r(4))
    case("layer_norm_size1", "F.layer_norm(a, (1,), b, c)", r(3, 1), r(1), r(1))
    case("group_norm_special", "F.group_norm(a, 2, b, c)", image(), *affine)
    case("group_norm_batch0", "F.group_norm(a, 2, b, c)", r(0, 2, 3), *affine)
    case("group_norm_one_each", "F.group_norm(a, 2, b, c, eps=0.1)", r(3, 2), *affine)
    case("embedding_special", "F.embedding(b, a)", table(), index([1, 0, 0, 3]))
    case("embedding_empty", "F.embedding(a, b)", given_ints(0), r(5, 3))
    case("embedding_scalar", "F.embedding(a, b)", given_ints(), r(5, 3))
    case("embedding_size1", "F.embedding(a, b)", index([0, 0]), r(1, 1))


def losses():
    shapes = {"special": None, "empty": (0, 3), "size1": (1, 1)}
    for (size, shape), red in itertools.product(shapes.items(), ["none", "mean", "sum"]):
        x, y = (table(), r(4, 3)) if shape is None else (r(*shape), r(*shape))
        for name in ["mse", "l1", "smooth_l1", "huber"]:
            case(f"{name}_{size}_{red}", f'F.{name}_loss(a, b, reduction="{red}")', x, y)
        prob = given([0.0, 1.0, 0.5, 1.0], grad=True) if shape is None else unit(*shape)
        target = given([1.0, 0.0, 1.0, 1.0]) if shape is None else unit(*shape, grad=False)
        case(f"bce_{size}_{red}", f'F.binary_cross_entropy(a, b, reduction="{red}")', prob, target)
        logit = given([nan, inf, -inf, 0.0], grad=True) if shape is None else x
        case(f"bce_logits_{size}_{red}", f'F.binary_cross_entropy_with_logits(a, b, reduction="{red}")', logit, target)
        classes = index([0, 1, 2, 1]) if shape is None else ints(1, shape[0])
        case(f"nll_{size}_{red}", f'F.nll_loss(a, b, reduction="{red}")', x, classes)
        case(f"ce_{size}_{red}", f'F.cross_entropy(a, b, reduction="{red}")', x, classes)


for family in [losses, pointwise, reductions, products, shapes, layers]:
    family()
