# SPDX-License-Identifier: MIT
"""Writes the files that the tests read, with torch 2.15.0.

values.safetensors has the values of the tensors of state.pth, contiguous; half
floats and narrow integers are as they are. Run in this folder: python gen.py; needs
torch and safetensors.
"""

from collections import Counter, OrderedDict

import torch
from safetensors.torch import save_file

DTYPES = {
    "f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16,
    "i64": torch.int64, "i32": torch.int32, "i16": torch.int16, "i8": torch.int8,
    "u8": torch.uint8, "bool": torch.bool,
}

base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) - 5
state = OrderedDict((f"dtype.{name}", (torch.arange(6) - (0 if name in ("u8", "bool") else 2)).reshape(2, 3).to(dtype)) for name, dtype in DTYPES.items())
state["scalar"] = torch.tensor(2.5)
state["empty"] = torch.zeros(0, 3)
state["transposed"] = base.permute(2, 0, 1)
state["slice"] = base[1, ::2, 1:3]
state["shared"] = base
state["expanded"] = torch.tensor([[1.0], [2.0]]).expand(2, 3)
state["parameter"] = torch.nn.Parameter(torch.tensor([1.5, -2.5]))
state["naïve \"name\""] = torch.tensor([7], dtype=torch.uint8)

torch.save(state, "state.pth")
torch.save(state, "legacy.pth", _use_new_zipfile_serialization=False)
torch.save(state, "protocol4.pth", pickle_protocol=4)
save_file({k: v.detach().clone().contiguous() for k, v in state.items()}, "values.safetensors")

model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
with torch.no_grad():
    model[0].weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    model[0].bias.copy_(torch.tensor([5.0, 6.0]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model(torch.eye(2)).sum().backward()
optimizer.step()
checkpoint = {
    "epoch": 3,
    "best": 91.75,
    "name": "résumé",
    "done": False,
    "nothing": None,
    "large": 2**70,
    "negative": -(2**40),
    "history": [1, 300, 70000, -1, {"loss": (0.5, 0.25)}],
    "milestones": Counter({30: 1, 60: 2}),
    "classes": {"cat"},
    "shape": torch.Size([2, 3]),
    "device": torch.device("cuda", 1),
    "dtype": torch.bfloat16,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
}
torch.save(checkpoint, "checkpoint.pt")
