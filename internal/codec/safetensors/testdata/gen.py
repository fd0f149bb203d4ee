# SPDX-License-Identifier: MIT
"""Writes python.safetensors with the Python safetensors package (0.8.0).

Run in this folder: python gen.py; needs torch and safetensors.
"""

import torch
from safetensors.torch import save_file

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool,
}

values = torch.arange(6).reshape(2, 3)
tensors = {"t." + name: values.to(dtype) for name, dtype in DTYPES.items()}
tensors["scalar"] = torch.tensor(2.5)
tensors["empty"] = torch.zeros(0, 3)
tensors['naïve "name"\n<&>'] = torch.tensor([7], dtype=torch.uint8)
save_file(tensors, "python.safetensors", {"über": "\u2028 <html>"})
