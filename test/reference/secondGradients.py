"""Records second gradients of a small net as PyTorch computes them (create_graph=True): secondGradients.json beside this file.

    .venv/bin/python test/reference/secondGradients.py

penalty   the gradient penalty of WGAN-GP, mean((||d critic / dx|| - 1)^2) over the rows of x, of a critic with two
          hidden layers: its value, its gradient with respect to the parameters, and the loss and parameters over steps
          of SGD with momentum and of Adam, the penalty being part of the loss
product   the Hessian of a regression loss times a vector: the gradient of (gradient . vector)

All in float64 and float32, for tanh, softplus and relu; inputs are those of record.py.
"""

import torch
from record import VERSION, flat, wave, write
from torch.nn import functional

ROWS, INPUTS, HIDDEN = 5, 3, 17
SHAPES = {
    "w1": [HIDDEN, INPUTS],
    "b1": [HIDDEN],
    "w2": [HIDDEN, HIDDEN],
    "b2": [HIDDEN],
    "w3": [1, HIDDEN],
    "b3": [1],
}
SCALES = {"w1": 0.8, "b1": 0.3, "w2": 0.4, "b2": 0.2, "w3": 0.7, "b3": 0.1}
ACTIVATIONS = {"tanh": torch.tanh, "softplus": functional.softplus, "relu": torch.relu}
OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.005, momentum=0.5, foreach=False),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.01, foreach=False),
}
STEPS = 20


def made(shape, phase, scale, dtype):
    return torch.tensor(wave(shape, phase, scale), dtype=dtype).reshape(shape)


def parameters_of(dtype):
    return {
        name: made(shape, 1.1 * position, SCALES[name], dtype).requires_grad_()
        for position, (name, shape) in enumerate(SHAPES.items())
    }


def net(parameters, x, activation):
    hidden = ACTIVATIONS[activation](x @ parameters["w1"].T + parameters["b1"])
    hidden = ACTIVATIONS[activation](hidden @ parameters["w2"].T + parameters["b2"])
    return hidden @ parameters["w3"].T + parameters["b3"]


def penalty_of(parameters, x, activation):
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(net(parameters, x, activation).sum(), x, create_graph=True)
    return ((slope.norm(dim=1) - 1) ** 2).mean()


def critic_loss(parameters, fake, real, mixed, activation):
    distance = net(parameters, fake, activation).mean() - net(parameters, real, activation).mean()
    return distance + 10 * penalty_of(parameters, mixed, activation)


def named(tensors):
    return {name: flat(tensor) for name, tensor in tensors.items()}


def case(activation, precision):
    dtype = getattr(torch, precision)
    fake, real, mixed = (made([ROWS, INPUTS], phase, 1.5, dtype) for phase in (0.4, 1.9, 3.1))
    target = made([ROWS, 1], 0.9, 1.0, dtype)
    parameters = parameters_of(dtype)
    values = list(parameters.values())
    record = {"activation": activation, "precision": precision, "parameters": named(parameters)}
    record["inputs"] = named({"fake": fake, "real": real, "mixed": mixed, "target": target})

    penalty = penalty_of(parameters, mixed, activation)
    gradients = torch.autograd.grad(penalty, values, allow_unused=True)
    zeros = [torch.zeros_like(each) if found is None else found for each, found in zip(values, gradients, strict=True)]
    record["penalty"] = {"value": flat(penalty)[0], "gradients": named(dict(zip(parameters, zeros, strict=True)))}

    vectors = {name: made(shape, 2.3 + position, 1.0, dtype) for position, (name, shape) in enumerate(SHAPES.items())}
    loss = ((net(parameters, mixed, activation) - target) ** 2).mean()
    slopes = torch.autograd.grad(loss, values, create_graph=True)
    along = sum((slope * vector).sum() for slope, vector in zip(slopes, vectors.values(), strict=True))
    products = torch.autograd.grad(along, values)
    record["product"] = {"vectors": named(vectors), "values": named(dict(zip(parameters, products, strict=True)))}

    record["training"] = {}
    for name, make in OPTIMIZERS.items():
        trained = parameters_of(dtype)
        optimizer = make(list(trained.values()))
        losses = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = critic_loss(trained, fake, real, mixed, activation)
            loss.backward()
            optimizer.step()
            losses += flat(loss)
        record["training"][name] = {"losses": losses, "parameters": named(trained)}
    return record


if __name__ == "__main__":
    torch.set_num_threads(1)
    cases = [case(activation, precision) for activation in ACTIVATIONS for precision in ("float64", "float32")]
    write("secondGradients.json", {"pytorch": VERSION, "shapes": SHAPES}, "cases", cases)
