"""PyTorch's side of the training comparison: CIFAR ResNet-20 by the recipe of main.go.

    peer.py DATA SEED EPOCHS THREADS

DATA has the folders train and test. Prints a line of JSON after each epoch.
"""
import json
import os
import sys
import time

import torch
import torch.nn as nn
import torchvision
from torchvision import transforms as T

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "pytorch"))
from run import CIFARResNet

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
BATCH = 128


def initialise(m):
    """He et al.'s initialisation, as akamaster/pytorch_resnet_cifar10 has it."""
    if isinstance(m, (nn.Linear, nn.Conv2d)):
        nn.init.kaiming_normal_(m.weight)


def factor(epoch, epochs):
    """A line up for a quarter of the time, then one down to zero."""
    rise = 0.25 * epochs
    return 0.05 + 0.95 * epoch / rise if epoch < rise else max(1 - (epoch - rise) / (epochs - rise), 0.002)


def evaluate(model, loader):
    model.eval()
    right = loss = count = 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            loss += nn.functional.cross_entropy(out, y, reduction="sum").item()
            right += (out.argmax(1) == y).sum().item()
            count += len(y)
    return right / count, loss / count


def main(data, seed, epochs, threads):
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    plain = [T.ToTensor(), T.Normalize(MEAN, STD)]
    train = torchvision.datasets.ImageFolder(os.path.join(data, "train"), T.Compose([T.RandomCrop(32, 4), T.RandomHorizontalFlip()] + plain))
    test = torchvision.datasets.ImageFolder(os.path.join(data, "test"), T.Compose(plain))
    train = torch.utils.data.DataLoader(train, BATCH, shuffle=True, drop_last=True, num_workers=2, persistent_workers=True)
    test = torch.utils.data.DataLoader(test, 250, num_workers=2)
    model = CIFARResNet(3)
    model.apply(initialise)
    model = model.to(memory_format=torch.channels_last)
    opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    for epoch in range(epochs):
        begin, total, count = time.perf_counter(), 0.0, 0
        model.train()
        for i, (x, y) in enumerate(train):
            opt.param_groups[0]["lr"] = 0.1 * factor(epoch + i / len(train), epochs)
            loss = nn.functional.cross_entropy(model(x.to(memory_format=torch.channels_last)), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total, count = total + loss.item() * len(y), count + len(y)
        seconds = time.perf_counter() - begin
        accuracy, test_loss = evaluate(model, test)
        print(json.dumps({"train_loss": total / count, "accuracy": accuracy, "loss": test_loss, "seconds": seconds, "images": count}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
