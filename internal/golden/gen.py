# SPDX-License-Identifier: MIT
"""Writes the fixtures in testdata/: what PyTorch computes, for Go to compare.

Run in this folder, with a Python that has the packages of requirements.txt:

    python gen.py           all files
    python gen.py ops nets  only these
    python gen.py --list    the operations' cases as text, writes nothing

Every random number comes from numpy's RandomState, whose stream is frozen,
seeded by the name of the case: a new case changes no other, and two runs write
the same bytes. All random values are exact in float32, so the float32 and the
float64 run of a case start from the same numbers.
"""

import json
import os
import sys

import numpy as np
import safetensors
import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, tensors, notes):
    """Saves tensors as testdata/<name>.safetensors with notes as metadata."""
    path = os.path.join(HERE, "testdata", name + ".safetensors")
    tensors = {k: v.detach().contiguous().clone() for k, v in tensors.items()}
    save_file(tensors, path, None)
    # The package writes metadata in random order; put it in ourselves.
    with open(path, "rb") as f:
        data = f.read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + n])
    header = {"__metadata__": dict(sorted(notes.items())), **header}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text + data[8 + n :])
    os.chmod(path, 0o644)
    print(f"{name}.safetensors: {len(tensors)} tensors, {os.path.getsize(path)} bytes")


def main(args):
    # One thread and no oneDNN: plain loops in a fixed order.
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = False

    import gen_extremes  # noqa: F401  adds rows to gen_ops
    import gen_integers
    import gen_kinks
    import gen_nets
    import gen_ops
    import gen_optim
    import gen_optim_more

    if args == ["--list"]:
        gen_ops.listing()
        return
    print(f"torch {torch.__version__}, numpy {np.__version__}, safetensors {safetensors.__version__}, "
          f"python {sys.version.split()[0]}")
    files = {"ops": gen_ops.make, "optim": gen_optim.make_optim, "optim_more": gen_optim_more.make, "lbfgs": gen_optim_more.make_lbfgs,
             "sched": gen_optim.make_sched, "nets": gen_nets.make,
             "kinks": gen_kinks.make, "integers": gen_integers.make}
    for name in args or files:
        if name not in files:
            sys.exit(f"no file {name}; have {', '.join(files)}")
        tensors, notes = files[name]()
        notes["torch"] = torch.__version__.split("+")[0]
        write(name, tensors, notes)


if __name__ == "__main__":
    main(sys.argv[1:])
