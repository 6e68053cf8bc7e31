"""`python pytorch.py FOLDER`: PyTorch on one thread, with the fused forms of its optimizers."""

import json
import os
import sys
import time

import torch

torch.set_num_threads(1)
folder = sys.argv[1]
with open(os.path.join(folder, "workload.json")) as file:
    workload = json.load(file)
batch, loss_name, layers = workload["batch"], workload.get("loss"), workload.get("layers")


def tensor(name, shape, dtype=torch.float32):
    with open(os.path.join(folder, name), "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype).reshape(shape).clone()


if workload["kind"] == "polynomial":
    x = tensor("x", [batch])
    parameters = [torch.nn.Parameter(tensor(name, [])) for name in workload["parameters"]]
    a, b, c, d = parameters

    def predict():
        squares = x.square()
        return a + b * x + c * squares + d * (squares * x)

else:
    x = tensor("x", [batch, layers[0]])
    modules = []
    for i, (into, out) in enumerate(zip(layers, layers[1:])):
        linear = torch.nn.Linear(into, out)
        weight, bias = workload["parameters"][2 * i : 2 * i + 2]
        with torch.no_grad():
            linear.weight.copy_(tensor(weight, [out, into]))
            linear.bias.copy_(tensor(bias, [out]))
        modules += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*modules[:-1])
    parameters = list(net.parameters())

    def predict():
        return net(x)


def optimizer(name, **options):
    if name == "adam":
        return torch.optim.Adam(parameters, **options, fused=True)
    if name == "sgd":
        return torch.optim.SGD(parameters, **options, fused=True)
    return torch.optim.RMSprop(parameters, **options)


if loss_name is None:

    @torch.inference_mode()
    def step():
        return predict()

else:
    criterion = {
        "cross-entropy": torch.nn.CrossEntropyLoss(),
        "sum of squares": torch.nn.MSELoss(reduction="sum"),
        "mean of squares": torch.nn.MSELoss(),
    }[loss_name]
    if loss_name == "cross-entropy":
        y = tensor("y", [batch], torch.int32).long()
    else:
        y = tensor("y", x.shape if layers is None else [batch, layers[-1]])
    update = optimizer(**workload["optimizer"])

    def step():
        loss = criterion(predict(), y)
        update.zero_grad()
        loss.backward()
        update.step()
        return loss.item()


def comparable(result):
    """A step of training returns its loss; inference returns a tensor, of which the sum of squares is compared."""
    return result if loss_name else result.square().sum().item()


for line in sys.stdin:
    command, count = line.split()
    if command == "losses":
        print(json.dumps([comparable(step()) for _ in range(int(count))]), flush=True)
    else:
        start = time.perf_counter()
        for _ in range(int(count)):
            step()
        print((time.perf_counter() - start) / int(count) * 1000, flush=True)
