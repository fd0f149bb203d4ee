# SPDX-License-Identifier: MIT
"""Arithmetic of integers and booleans, and what types come of two.

Written to testdata/integers.safetensors:

    <operand>.<type>   the operands: a, b, d (without 0), x (small), s (without dimensions),
                       m, w (matrices), c (a condition)
    <case>             the result of an operation, as torch gives it

A case is an operation and its operands, each of which is a number or one of those above. What
torch refuses has no result; its message is in the metadata under the case.
"""

import warnings

import torch

from gen_random import rng

TYPES = {"f32": torch.float32, "i64": torch.int64, "u8": torch.uint8, "bool": torch.bool}
NUMBERS = ["-1", "0", "2", "300", "-256", "256", "2.5", "9007199254740993"]
BIG = 2**63 - 1


def operands():
    t = {}
    values = {
        "f32": ([1.5, -2.0, 0.0, 300.0, -0.5, 7.0], [[2.0], [-3.5], [1.0]], [[2.0], [-3.5], [1.0]], [0.5, -2.0, 3.0, 0.0], 2.5),
        "i64": ([-7, -1, 0, 300, BIG, 2**53 + 1], [[2], [-3], [0]], [[2], [-3], [7]], [-3, 0, 2, 7], -3),
        "u8": ([0, 1, 2, 44, 200, 255], [[3], [0], [250]], [[3], [7], [250]], [0, 1, 44, 255], 7),
        "bool": ([True, False, True, True, False, False], [[True], [False], [True]], [[True], [True], [True]], [True, False, True, True], True),
    }
    for dt, (a, b, d, x, s) in values.items():
        for key, v in zip("abdxs", (a, b, d, x, s)):
            t[f"{key}.{dt}"] = torch.tensor(v, dtype=TYPES[dt])
        stream = rng(dt)
        for key, shape in [("m", (2, 2, 3)), ("w", (3, 4))]:
            t[f"{key}.{dt}"] = torch.from_numpy(stream.randint(0, 200, size=shape)).to(TYPES[dt])
    t["c.bool"] = torch.tensor([True, False, True, False, False, True])
    return t


def both(op):
    """torch.maximum and minimum take no Python numbers."""
    return lambda x, y: op(torch.as_tensor(x), torch.as_tensor(y))


BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "pow": torch.pow,
    "maximum": both(torch.maximum), "minimum": both(torch.minimum), "eq": torch.eq, "ne": torch.ne, "lt": torch.lt,
    "le": torch.le, "gt": torch.gt, "ge": torch.ge, "remainder": torch.remainder, "floor_divide": torch.floor_divide,
}
WHOLE = ["neg", "abs", "square", "sign", "floor", "ceil", "round", "relu", "sum", "prod", "amax", "amin", "all", "any", "argmax", "argmin",
         "mean", "var", "norm"]
FLOAT = ["exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "tanh", "erf", "sigmoid"]


def cases(t):
    """Yields the name of each case and a function that computes it."""
    def number(text):
        return float(text) if "." in text else int(text)

    def where(x, y):
        return torch.where(t["c.bool"], x, y)

    for op, f in {**BINARY, "where": where}.items():
        right = "d" if op in ("remainder", "floor_divide") else "b"
        for dt in TYPES:
            x = t[f"a.{dt}"]
            names = [f"{k}.{other}" for k in (right, "s") for other in TYPES]
            for n in names:
                yield f"{op} a.{dt} {n}", lambda f=f, x=x, y=t[n]: f(x, y)
            if op in ("ne", "le", "gt", "ge"):
                continue
            for n in NUMBERS:
                yield f"{op} a.{dt} {n}", lambda f=f, x=x, n=n: f(x, number(n))
    for op in ["remainder", "floor_divide"]:
        for dt in ["i64", "u8"]:
            yield f"{op} a.{dt} b.{dt}", lambda f=BINARY[op], x=t[f"a.{dt}"], y=t[f"b.{dt}"]: f(x, y)
    for op, key in [(op, "a") for op in WHOLE] + [(op, "x") for op in FLOAT]:
        for dt in ["i64", "u8", "bool"] + (["f32"] if op in ("all", "any") else []):
            yield f"{op} {key}.{dt}", lambda op=op, x=t[f"{key}.{dt}"]: getattr(torch, op)(x)
    for op in ["sum", "prod", "amax", "amin", "all", "any", "argmax", "cumsum", "logsumexp", "softmax"]:
        for dt in ["i64", "u8", "bool"]:
            yield f"{op}_1 m.{dt}", lambda op=op, x=t[f"m.{dt}"]: getattr(torch, op)(x, 1)
    for lo, hi in [("-1", "1"), ("2", "300"), ("300", "400"), ("-5", "-1"), ("-1.5", "2"), ("0", "1.5"), ("5", "-2"), ("0", "1"), ("2", "2"),
                   ("9007199254740993", "9007199254740995")]:
        for dt in TYPES:
            yield f"clamp a.{dt} {lo} {hi}", lambda x=t[f"a.{dt}"], lo=lo, hi=hi: torch.clamp(x, number(lo), number(hi))
    for dt in ["i64", "u8", "bool"]:
        yield f"matmul m.{dt} w.{dt}", lambda dt=dt: t[f"m.{dt}"] @ t[f"w.{dt}"]
        yield f"matmul w.{dt}.t m.{dt}.t", lambda dt=dt: t[f"w.{dt}"].mT @ t[f"m.{dt}"].mT
        yield f"matmul a.{dt} a.{dt}", lambda dt=dt: t[f"a.{dt}"] @ t[f"a.{dt}"]
        for v in ["-1", "1.5", "255", "256"]:
            yield f"pad a.{dt} {v}", lambda dt=dt, v=v: torch.nn.functional.pad(t[f"a.{dt}"], (1, 2), value=number(v))


def make():
    t = operands()
    results, notes = {}, {}
    for name, f in cases(t):
        assert name not in results and name not in notes, name
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                results[name] = f()
        except (RuntimeError, NotImplementedError) as e:
            notes[name] = str(e).split("\n")[0]
    return {**t, **results}, notes
