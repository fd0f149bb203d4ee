"""PyTorch's side of the benchmarks.

    run.py serve THREADS                      answer requests, see serve()
    run.py peak THREADS CASE-JSON WAY STEPS   run some steps, print the memory, see peak()
    run.py checks CASES.json                  print the numbers of the small cases

The data, the weights and the work are those of ../cases: loop, gemm, conv and model.
"""
import json
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def wave(*shape, scale=1.0):
    i = torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)
    return (scale * torch.sin(1.7 * i)).float().reshape(shape)


def noise(seed, *shape, scale=1.0):
    m = 0xFFFFFFFF
    x = (torch.arange(math.prod(shape), dtype=torch.int64) + (seed * 0x9E3779B1 & m)) & m
    x = x ^ (x >> 16)
    x = x * 0x85EBCA6B & m
    x = x ^ (x >> 13)
    x = x * 0xC2B2AE35 & m
    x = x ^ (x >> 16)
    return (scale * (x.double() / 2**31 - 1)).float().reshape(shape)


def rms(t):
    return float(t.detach().double().pow(2).mean().sqrt())


class Block(nn.Module):
    """A block of the CIFAR ResNet with the parameter-free shortcut ("option A")."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.widen = (cout - cin) // 2
        self.stride = stride

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.widen or self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.widen, self.widen))
        return F.relu(y + x)


class CIFARResNet(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*[Block(16, 16, 1) for _ in range(n)])
        self.layer2 = nn.Sequential(*[Block(16 if i == 0 else 32, 32, 2 if i == 0 else 1) for i in range(n)])
        self.layer3 = nn.Sequential(*[Block(32 if i == 0 else 64, 64, 2 if i == 0 else 1) for i in range(n)])
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def network(name):
    if name == "resnet20_cifar":
        m = CIFARResNet(3)
    else:
        import torchvision

        m = getattr(torchvision.models, name)(weights=None)
    with torch.no_grad():
        for i, p in enumerate(m.parameters(), 1):
            if p.dim() > 1:
                p.copy_(noise(i, *p.shape, scale=math.sqrt(6 * p.shape[0] / p.numel())))
            else:
                p.zero_()
        for l in m.modules():
            if isinstance(l, nn.BatchNorm2d):
                l.weight.fill_(1)
        for name, p in m.named_parameters():
            if name.startswith(("fc.bias", "linear.bias")):
                p.zero_()
    return m


class Task:
    """What is timed: step() does the work once and returns what check() reduces."""

    def __init__(self, step, check, warm_up=3):
        self.step, self.check, self.warm_up = step, check, warm_up


def loop(case):
    sizes, rows = case["sizes"], case["rows"]
    stack = []
    for i in range(1, len(sizes)):
        layer = nn.Linear(sizes[i - 1], sizes[i])
        with torch.no_grad():
            layer.weight.copy_(wave(sizes[i], sizes[i - 1], scale=1 / math.sqrt(sizes[i - 1])))
            layer.bias.zero_()
        stack += ([nn.ReLU()] if i > 1 else []) + [layer]
    x = wave(rows, sizes[0])
    if case["loss"] == "regression":
        y, loss = 2 * x + 1, nn.MSELoss()
    elif case["loss"] == "logistic":
        y, loss = (x.sum(1, keepdim=True) > 0).float(), nn.BCEWithLogitsLoss()
    else:
        y, loss = torch.arange(rows) % sizes[-1], nn.CrossEntropyLoss()
    model = nn.Sequential(*stack)
    return model, loss, torch.optim.SGD(model.parameters(), lr=case["lr"]), x, y


def training(model, loss, opt, x, y, warm_up, compiled=False):
    forward = lambda a, b: loss(model(a), b)
    if compiled:
        forward = torch.compile(forward)

    def step():
        out = forward(x, y)
        opt.zero_grad()
        out.backward()
        opt.step()
        return out

    return Task(step, lambda out: float(out.detach()), warm_up)


def inference(f):
    def step():
        with torch.no_grad():
            return f()

    return Task(step, rms)


def frozen(m, x):
    """Compiled with the weights as constants, which only shows when it runs first."""
    with torch._inductor.config.patch(freezing=True), torch.no_grad():
        f = torch.compile(m.eval())
        f(x)
    return inference(lambda: f(x))


def loop_ways(case):
    yield "eager", lambda: training(*loop(case), 20)
    yield "compile", lambda: training(*loop(case), 20, compiled=True)


def gemm_ways(case):
    n = case["size"]
    a, b = noise(1, n, n), noise(2, n, n)
    yield "eager", lambda: inference(lambda: a @ b)


def conv_ways(case):
    def setup(channels_last):
        net = nn.Sequential(*[
            nn.Conv2d(case["in"], case["out"], case["kernel"], case["stride"], case["padding"], bias=False)
            for _ in range(case["depth"])])
        with torch.no_grad():
            for i, l in enumerate(net):
                l.weight.copy_(noise(i + 1, *l.weight.shape, scale=math.sqrt(3 / (case["in"] * case["kernel"] ** 2))))
        x = noise(100, case["batch"], case["in"], case["image"], case["image"])
        if channels_last:
            net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
        return net, x

    def task(channels_last=False, compiled=False):
        net, x = setup(channels_last)
        f = torch.compile(net) if compiled else net
        if not case.get("train"):
            return inference(lambda: f(x))
        x.requires_grad_()
        size = (case["image"] + 2 * case["padding"] - case["kernel"]) // case["stride"] + 1
        seed = noise(200, case["batch"], case["out"], size, size)
        if channels_last:
            seed = seed.to(memory_format=torch.channels_last)

        def step():
            x.grad = None
            for p in net.parameters():
                p.grad = None
            f(x).backward(seed)

        return Task(step, lambda _: rms(net[0].weight.grad))

    yield "eager", task
    yield "channels_last", lambda: task(True)
    yield "compile", lambda: task(compiled=True)
    if not case.get("train"):
        yield "compile+freezing", lambda: frozen(*setup(False))


def model_ways(case):
    def setup(channels_last):
        m = network(case["model"])
        x = noise(100, case["batch"], 3, case["image"], case["image"])
        if channels_last:
            m, x = m.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
        return m, x

    def task(channels_last=False, compiled=False):
        m, x = setup(channels_last)
        if case.get("train"):
            opt = torch.optim.SGD(m.parameters(), lr=1e-6, momentum=0.9, weight_decay=1e-4)
            classes = 10 if case["model"] == "resnet20_cifar" else 1000
            y = torch.arange(case["batch"]) % classes
            return training(m.train(), nn.CrossEntropyLoss(), opt, x, y, 3, compiled)
        m.eval()
        f = torch.compile(m) if compiled else m
        return inference(lambda: f(x))

    yield "eager", task
    yield "channels_last", lambda: task(True)
    yield "compile", lambda: task(compiled=True)
    if not case.get("train"):
        yield "compile+freezing", lambda: frozen(*setup(False))


WAYS = {"loop": loop_ways, "gemm": gemm_ways, "conv": conv_ways, "model": model_ways}


def start(case, only):
    """Sets up and warms up every way; one that does not work is reported and left out."""
    ready = []
    for way, make in WAYS[case["kind"]](case):
        if only and way not in only:
            continue
        try:
            task = make()
            for _ in range(task.warm_up):
                last = task.step()
            check = task.check(last)
            if not math.isfinite(check):
                raise ArithmeticError(f"computes {check}")
            ready.append((way, task.step, check))
        except Exception as e:
            print(case["name"], way, str(e).splitlines()[:1], file=sys.stderr)
    return ready


def measure(step, seconds):
    count, chunk, begin = 0, 1, time.perf_counter()
    while True:
        for _ in range(chunk):
            step()
        count += chunk
        spent = time.perf_counter() - begin
        if spent >= seconds:
            return spent / count * 1e9
        if chunk < 1000 and spent < seconds / 100:
            chunk *= 2


def serve():
    """Answers each line {"case", "seconds", "ways"} with one line: the time in ns of one
    step and the number to compare, of every way. Only the last case stays set up."""
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(),
                      "isa": torch.backends.cpu.get_cpu_capability()}), flush=True)
    name, ready = None, []
    for line in sys.stdin:
        request = json.loads(line)
        case = request["case"]
        if case["name"] != name:
            ready = []
            torch._dynamo.reset()
            name, ready = case["name"], start(case, request.get("ways"))
        answer = [{"way": way, "ns": measure(step, request["seconds"]), "check": check} for way, step, check in ready]
        print(json.dumps(answer), flush=True)


def resident(which):
    """VmRSS, what is in memory, or VmHWM, the most that was, in bytes."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) << 10 for line in f if line.startswith(which + ":"))


def peak(case, way, steps):
    """Prints what this process has in memory: with the libraries loaded, before the first
    step, and the most from there on. A way that compiles before it is timed has done so
    before the first step."""
    if case.get("model") not in (None, "resnet20_cifar"):
        import torchvision  # noqa: F401
    loaded = resident("VmRSS")
    task = dict(WAYS[case["kind"]](case))[way]()
    ready = resident("VmRSS")
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")  # forget the peak, proc(5)
    for _ in range(task.warm_up + steps):
        task.step()
    print(json.dumps({"loaded_bytes": loaded, "ready_bytes": ready, "peak_bytes": resident("VmHWM")}))


def small(case):
    case = dict(case)
    for key, limit in (("size", 128), ("batch", 4)):
        if key in case:
            case[key] = min(case[key], limit)
    if case["kind"] in ("conv", "model"):
        case["image"] = min(case["image"], 14 if case["kind"] == "conv" else 64)
    return case


if __name__ == "__main__":
    if sys.argv[1] == "checks":
        with open(sys.argv[2]) as f:
            print(json.dumps({c["name"]: start(small(c), ["eager"])[0][2] for c in json.load(f)}, indent=1))
        sys.exit()
    torch.set_num_threads(int(sys.argv[2]))
    if sys.argv[1] == "peak":
        peak(json.loads(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
    else:
        serve()
