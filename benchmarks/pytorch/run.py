"""PyTorch's side of the benchmarks.

Reads a line `CASE-JSON` and a line with the seconds to measure from standard input,
answers with one line of JSON, and goes on until the input ends. The data, the initial
weights and the loop are those of ../cases.go.
"""
import json
import math
import sys
import time

import torch
import torch.nn as nn


def wave(*shape, scale=1.0):
    n = math.prod(shape)
    return torch.tensor([scale * math.sin(1.7 * (i + 1)) for i in range(n)], dtype=torch.float32).reshape(shape)


def setup(case):
    sizes, rows = case["sizes"], case["rows"]
    stack = []
    for i in range(1, len(sizes)):
        layer = nn.Linear(sizes[i - 1], sizes[i])
        with torch.no_grad():
            layer.weight.copy_(wave(sizes[i], sizes[i - 1], scale=1 / math.sqrt(sizes[i - 1])))
            layer.bias.zero_()
        stack += ([nn.ReLU()] if i > 1 else []) + [layer]
    model = nn.Sequential(*stack)
    x = wave(rows, sizes[0])
    if case["kind"] == "regression":
        y, loss = 2 * x + 1, nn.MSELoss()
    elif case["kind"] == "logistic":
        y, loss = (x.sum(1, keepdim=True) > 0).float(), nn.BCEWithLogitsLoss()
    else:
        y, loss = torch.arange(rows) % sizes[-1], nn.CrossEntropyLoss()
    opt = torch.optim.SGD(model.parameters(), lr=case["lr"])
    return model, loss, opt, x, y


def variants(case):
    """The ways to run the loop, of which the best counts."""
    model, loss, opt, x, y = setup(case)

    def eager():
        out = loss(model(x), y)
        opt.zero_grad()
        out.backward()
        opt.step()
        return out

    yield "eager", eager
    model2, loss2, opt2, x2, y2 = setup(case)
    try:
        forward = torch.compile(lambda a, b: loss2(model2(a), b))

        def compiled():
            out = forward(x2, y2)
            opt2.zero_grad()
            out.backward()
            opt2.step()
            return out

        yield "compile", compiled
    except Exception as e:  # no compiler on this machine
        print("torch.compile:", e, file=sys.stderr)


ready = {}


def measure(case, seconds):
    name = case["name"]
    if name not in ready:
        ready[name] = []
        for way, step in variants(case):
            try:
                for _ in range(20):
                    last = step()
                ready[name].append((way, step, float(last.detach())))
            except Exception as e:
                print(name, way, e, file=sys.stderr)
    best = None
    for way, step, check in ready[name]:
        count, begin = 0, time.perf_counter()
        while True:
            for _ in range(10):
                step()
            count += 10
            spent = time.perf_counter() - begin
            if spent > seconds / len(ready[name]):
                break
        ns = spent / count * 1e9
        if best is None or ns < best["ns"]:
            best = {"ns": ns, "way": way, "check": check}
    return best


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else torch.get_num_threads())
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(measure(case, float(sys.stdin.readline()))), flush=True)
