# SPDX-License-Identifier: MIT
"""torchvision's side of the benchmark of data loading, and what makes the photographs.

Reads a line of JSON a request from standard input and answers with one; goes on until
the input ends.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image, ImageEnhance
from torchvision import transforms as T
from torchvision.datasets import ImageFolder

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
END = [T.ToTensor(), T.Normalize(MEAN, STD)]
PIPELINES = {
    "cifar": [T.RandomCrop(32, 4), T.RandomHorizontalFlip(), *END],
    "photos": [T.RandomResizedCrop(224), T.RandomHorizontalFlip(), *END],
    # Without random numbers, to compare tensors.
    "cifar-fixed": END,
    "photos-fixed": [T.Resize(256), T.CenterCrop(224), *END],
}


def photographs(folder, files, count):
    """Writes count pictures of 500x375, JPEG of quality 90 with 4:2:0, into four classes:
    crops of the files, of random size, mirrored and brighter or darker."""
    stream = random.Random(7)
    images = [Image.open(f).convert("RGB") for f in files]
    for i in range(count):
        image = images[i % len(images)]
        # A picture that is smaller than 500x375 is enlarged.
        share = stream.uniform(0.8, 1)
        w = int(min(image.width, image.height * 4 / 3) * share)
        h = w * 3 // 4
        x, y = stream.randint(0, image.width - w), stream.randint(0, image.height - h)
        part = image.crop((x, y, x + w, y + h)).resize((500, 375), Image.BICUBIC)
        if stream.random() < 0.5:
            part = part.transpose(Image.FLIP_LEFT_RIGHT)
        part = ImageEnhance.Brightness(part).enhance(stream.uniform(0.7, 1.3))
        path = Path(folder) / f"class{i % 4}" / f"{i:04d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        part.save(path, quality=90, subsampling="4:2:0")


def sklearn_photographs():
    """The two of scikit-learn, without loading all of it."""
    import importlib.util

    spec = importlib.util.find_spec("sklearn")
    if spec is None:
        return []
    return sorted((Path(spec.origin).parent / "datasets" / "images").glob("*.jpg"))


def make(request):
    files = request["files"] or sklearn_photographs()
    what = "scikit-learn's photographs"
    if request["files"]:
        what = "the photographs given"
    if not files:
        files = sorted(Path(request["cifar"]).glob("*/*.jpg"))[::37][: request["count"]]
        what = "pictures of CIFAR-10, enlarged"
    photographs(request["folder"], files, request["count"])
    return {"from": what}


def dataset(request):
    return ImageFolder(request["root"], T.Compose(PIPELINES[request["pipeline"]]))


def load(request):
    """Loads shuffled batches for some seconds; workers start before the clock."""
    data, batch = dataset(request), request["batch"]
    sampler = torch.utils.data.RandomSampler(data, replacement=True, num_samples=1_000_000)
    loader = torch.utils.data.DataLoader(data, batch, sampler=sampler, num_workers=request["workers"])
    batches = iter(loader)
    next(batches)  # workers are there, the code is warm
    begin, images, seconds = time.perf_counter(), 0, 0.0
    for x, _ in batches:
        images += len(x)
        seconds = time.perf_counter() - begin
        if seconds >= request["seconds"]:
            break
    return {"images": images, "seconds": seconds}


def tensors(request):
    """Writes the tensors of some images to a file, raw float32 one after the other."""
    data = dataset(request)
    with open(request["file"], "wb") as out:
        for i in request["index"]:
            x, _ = data[i]
            out.write(np.ascontiguousarray(x.numpy()).tobytes())
    return {"shape": list(x.shape)}


def main():
    torch.set_num_threads(1)
    hello = {"torch": torch.__version__, "torchvision": torchvision.__version__, "pillow": Image.__version__}
    print(json.dumps(hello), flush=True)
    jobs = {"make": make, "load": load, "tensors": tensors}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = jobs[request["job"]](request)
        except Exception as e:  # the other side tells it
            answer = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
