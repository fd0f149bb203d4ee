# SPDX-License-Identifier: MIT
"""Writes plain2.pkl and plain4.pkl, pickles with a NumPy array, as those of CIFAR-10.

Run in this folder: python gen_plain.py; NumPy 2 was used.
"""

import pickle

import numpy as np

for protocol in (2, 4):
    value = {
        b"batch_label": b"training batch 1 of 5",
        b"labels": [6, 9, 300],
        b"data": (np.arange(12, dtype=np.uint8) * 23).reshape(3, 4),
        "text": "é",
        "empty": np.zeros((0, 4), np.uint8),
    }
    with open(f"plain{protocol}.pkl", "wb") as f:
        pickle.dump(value, f, protocol=protocol)
