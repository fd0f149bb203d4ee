# SPDX-License-Identifier: MIT
"""Writes cifar-python/test_batch: three images in the Python version of CIFAR-10.

Run in this folder: python gen_cifar.py; NumPy 2 was used. Byte j of image i is
(j * (i + 1) // 7) % 256.
"""

import os
import pickle

import numpy as np

j = np.arange(3072)
data = np.stack([j * (i + 1) // 7 for i in range(3)]).astype(np.uint8)
os.makedirs("cifar-python", exist_ok=True)
with open("cifar-python/test_batch", "wb") as f:
    pickle.dump({b"batch_label": b"testing batch 1 of 1", b"labels": [3, 8, 0], b"data": data, b"filenames": [b"a", b"b", b"c"]}, f, protocol=4)
