# SPDX-License-Identifier: MIT
"""Writes kfold.json: how scikit-learn divides samples. Run in this folder:

    python gen_kfold.py

scikit-learn 1.9.1 was used.
"""

import json

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

rng = np.random.default_rng(0)
CLASSES = [
    [0, 0, 1, 1],
    [2, 0, 1, 2, 0, 1, 2, 0, 1, 2],
    [0] * 7 + [1] * 5 + [2] * 3,
    [5, 5, 3, 5, 3, 3, 5, 3, 9, 9, 9, 3, 5],
    rng.integers(0, 4, 50).tolist(),
]

cases = []
for classes in CLASSES:
    for k in (2, 3, 5):
        case = {"classes": classes, "k": k}
        zeros = np.zeros(len(classes))
        if k <= len(classes):
            case["plain"] = [val.tolist() for _, val in KFold(k).split(zeros)]
        if k <= max(np.bincount(classes)):
            case["stratified"] = [val.tolist() for _, val in StratifiedKFold(k).split(zeros, classes)]
        cases.append(case)
with open("kfold.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
