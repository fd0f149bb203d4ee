# SPDX-License-Identifier: MIT
# Writes types.pth: all values of the 8-bit floats beside what torch makes of them, unsigned
# integers, tensors that are no plain arrays, and an extra state.
import os
import torch

every = torch.arange(256).to(torch.uint8)
state = {}
for name in ("float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "float8_e4m3fnuz", "float8_e5m2fnuz"):
    x = every.view(getattr(torch, name))
    state[name], state[name + ".want"] = x, x.float()
state["uint16"] = torch.tensor([0, 1, 65535], dtype=torch.uint16)
state["uint32"] = torch.tensor([0, 4294967295], dtype=torch.uint32)
state["uint64"] = torch.tensor([1, 2**63 - 1], dtype=torch.uint64)
state["large"] = torch.tensor([2**63], dtype=torch.uint64)
state["complex"] = torch.complex(torch.ones(2), torch.ones(2))
state["sparse"] = torch.eye(2).to_sparse()
state["plain"] = torch.tensor([1.5, 2.5])
state["part._extra_state"] = b"anything"
torch.save(state, os.path.join(os.path.dirname(__file__), "types.pth"))
