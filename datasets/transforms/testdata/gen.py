# SPDX-License-Identifier: MIT
"""Writes torchvision.safetensors: what torchvision 0.29 on Pillow 13 makes of two small
images, for golden_test.go to compare. Its table has the same names.

Run in this folder: python gen.py; needs torch, torchvision, Pillow, numpy, safetensors.
"""

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms import InterpolationMode as Mode
from torchvision.transforms import functional as F
from torchvision.transforms import transforms as T

NEAREST, BILINEAR, BICUBIC = Mode.NEAREST, Mode.BILINEAR, Mode.BICUBIC


def picture(h, w, channels):
    """Smooth colours with noise, and areas of black and white."""
    stream = np.random.RandomState(7)
    y, x, c = np.meshgrid(np.arange(h), np.arange(w), np.arange(channels), indexing="ij")
    v = 127 + 120 * np.sin(x / 5.0 + c) * np.cos(y / 4.0 - c) + stream.uniform(-40, 40, (h, w, channels))
    v[: h // 4, : w // 4] = stream.choice([0, 255], (h // 4, w // 4, channels))
    return np.clip(v, 0, 255).astype(np.uint8)


rgb, gray = Image.fromarray(picture(23, 31, 3)), Image.fromarray(picture(17, 14, 1)[:, :, 0])
out = {}


def case(name, img):
    a = np.array(img)
    out[name] = torch.from_numpy(a.reshape(a.shape[0], a.shape[1], -1).copy())


case("rgb", rgb)
case("gray", gray)
for kind, img in (("rgb", rgb), ("gray", gray)):
    for mode in (NEAREST, BILINEAR, BICUBIC):
        for size in ([9], [40], [11, 35], [50, 6], [1, 1], [29, 31], [23, 13]):
            case(f"{kind}/resize/{mode.value}/{'x'.join(map(str, size))}", F.resize(img, size, mode))
    case(f"{kind}/resize/max", F.resize(img, [14], BILINEAR, max_size=16))
    case(f"{kind}/resizedcrop", F.resized_crop(img, 3, 2, 11, 9, [7, 16], BILINEAR))
    for size in (10, 15, 27):
        case(f"{kind}/center/{size}", F.center_crop(img, [size, 20]))
    for mode in ("constant", "edge", "reflect", "symmetric"):
        case(f"{kind}/pad/{mode}", F.pad(img, [1, 2, 3, 4], 77, mode))
    case(f"{kind}/pad/far", F.pad(img, [40, 0, 50, 45], 0, "reflect"))
    for f in (0, 0.35, 1, 1.7):
        case(f"{kind}/brightness/{f}", F.adjust_brightness(img, f))
        case(f"{kind}/contrast/{f}", F.adjust_contrast(img, f))
        case(f"{kind}/saturation/{f}", F.adjust_saturation(img, f))
    for f in (-0.5, -0.13, 0.001, 0.3, 0.5):
        case(f"{kind}/hue/{f}", F.adjust_hue(img, f))
    case(f"{kind}/gray1", F.rgb_to_grayscale(img, 1))
    case(f"{kind}/gray3", F.rgb_to_grayscale(img, 3))
    for angle in (0, 30, -77.5, 90, 135, 180, 270, 360.25):
        case(f"{kind}/rotate/{angle}", F.rotate(img, angle))
        case(f"{kind}/rotate/expand/{angle}", F.rotate(img, angle, expand=True, fill=9))
    case(f"{kind}/rotate/center", F.rotate(img, 180, center=[3, 5]))
    case(f"{kind}/rotate/bilinear", F.rotate(img, 21, BILINEAR, fill=200))
    case(f"{kind}/rotate/bicubic", F.rotate(img, 21, BICUBIC, fill=200))
    case(f"{kind}/rotate/bicubic/expand", F.rotate(img, 130, BICUBIC, expand=True))
    case(f"{kind}/blur/wide", F.gaussian_blur(img, [9, 3], [1.5, 1.5]))
    for mode in (NEAREST, BILINEAR, BICUBIC):
        case(f"{kind}/affine/{mode.value}/turn", F.affine(img, 12, [3, -4], 1.3, [5, -8], mode))
        case(f"{kind}/affine/{mode.value}/move", F.affine(img, 0, [3, -4], 1, [0, 0], mode, fill=50))
        case(f"{kind}/affine/{mode.value}/scale", F.affine(img, 0, [0, 0], 0.7, [0, 0], mode, fill=50))
        case(f"{kind}/affine/{mode.value}/lean", F.affine(img, 0, [0, 0], 1, [30, 0], mode, center=[0, 0]))
    for size, sigma in ((3, 0.1), (3, 1), (5, 2), (9, 0.7), (23, 3)):
        if size // 2 < min(img.size):
            case(f"{kind}/blur/{size}/{sigma}", F.gaussian_blur(img, [size, size], [sigma, sigma]))

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
out["rgb/totensor"] = F.to_tensor(rgb)
out["rgb/normalize"] = F.normalize(F.to_tensor(rgb), mean, std)
out["rgb/normalize/twice"] = F.normalize(F.normalize(F.to_tensor(rgb), mean, std), [0.1] * 3, [3] * 3)
out["gray/normalize"] = F.normalize(F.to_tensor(gray), [0.1307], [0.3081])
erased = F.normalize(F.to_tensor(F.hflip(F.crop(F.pad(rgb, 4), 2, 1, 24, 24))), mean, std)
out["rgb/pipeline"] = erased
padded = F.pad(F.to_tensor(rgb), [2, 1, 0, 3], 0.25)
out["rgb/padfloat"] = F.normalize(F.vflip(padded), mean, std)

save_file({k: v.contiguous() for k, v in out.items()}, "torchvision.safetensors")
