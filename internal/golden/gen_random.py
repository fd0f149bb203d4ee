# SPDX-License-Identifier: MIT
"""The types and random numbers of all fixtures."""

import zlib

import numpy as np
import torch

DTYPES = {"f32": torch.float32, "f64": torch.float64}


def rng(name):
    """The random stream that belongs to a name."""
    return np.random.RandomState(zlib.crc32(name.encode()))


def uniform(stream, shape, lo=-1.0, hi=1.0):
    """A float64 tensor of uniform values that float32 holds exactly."""
    values = stream.uniform(lo, hi, size=shape).astype(np.float32).astype(np.float64)
    return torch.from_numpy(np.array(values))
