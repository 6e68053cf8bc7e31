"""Records how PyTorch trains two small programs in float64: programs.json, beside this file.

    .venv/bin/python test/reference/programs.py

gan          a generator and a discriminator, each with its own Adam, in turn
autoencoder  an encoder whose weight is the decoder's, transposed; SGD with momentum
"""

import torch
from torch.nn import functional

from record import VERSION, flat, wave, write

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def tensors(shapes, phase):
    return {
        name: torch.tensor(wave(shape, phase + i, 0.5)).reshape(shape).requires_grad_()
        for i, (name, shape) in enumerate(shapes.items())
    }


def gan(steps=20, batch=5):
    generator = tensors({"g1.weight": [7, 3], "g1.bias": [7], "g2.weight": [2, 7], "g2.bias": [2]}, 0.0)
    discriminator = tensors({"d1.weight": [6, 2], "d1.bias": [6], "d2.weight": [1, 6], "d2.bias": [1]}, 10.0)
    start = {name: flat(each) for name, each in {**generator, **discriminator}.items()}

    def make(noise):
        hidden = torch.tanh(functional.linear(noise, generator["g1.weight"], generator["g1.bias"]))
        return functional.linear(hidden, generator["g2.weight"], generator["g2.bias"])

    def judge(x):
        hidden = functional.leaky_relu(functional.linear(x, discriminator["d1.weight"], discriminator["d1.bias"]), 0.2)
        return functional.linear(hidden, discriminator["d2.weight"], discriminator["d2.bias"])

    of_generator = torch.optim.Adam(list(generator.values()), lr=1e-2, betas=(0.5, 0.999))
    of_discriminator = torch.optim.Adam(list(discriminator.values()), lr=2e-2)
    losses = []
    for step in range(steps):
        noise = torch.tensor(wave([batch, 3], 100.0 + step)).reshape(batch, 3)
        real = torch.tensor(wave([batch, 2], 200.0 + step)).reshape(batch, 2)
        of_discriminator.zero_grad()
        loss = functional.softplus(-judge(real)).mean() + functional.softplus(judge(make(noise).detach())).mean()
        loss.backward()
        of_discriminator.step()
        of_generator.zero_grad()
        fooled = functional.softplus(-judge(make(noise))).mean()
        fooled.backward()
        of_generator.step()
        losses.append([loss.item(), fooled.item()])
    end = {name: flat(each) for name, each in {**generator, **discriminator}.items()}
    return {"program": "gan", "batch": batch, "start": start, "losses": losses, "end": end}


def autoencoder(steps=20, batch=5):
    parameters = tensors({"encoder.weight": [3, 11], "encoder.bias": [3], "decoder.bias": [11]}, 0.0)
    start = {name: flat(each) for name, each in parameters.items()}
    optimizer = torch.optim.SGD(list(parameters.values()), lr=0.05, momentum=0.9)
    losses = []
    for step in range(steps):
        x = torch.tensor(wave([batch, 11], 300.0 + step)).reshape(batch, 11)
        optimizer.zero_grad()
        code = torch.tanh(functional.linear(x, parameters["encoder.weight"], parameters["encoder.bias"]))
        decoded = code @ parameters["encoder.weight"] + parameters["decoder.bias"]
        loss = (decoded - x).square().mean()
        loss.backward()
        optimizer.step()
        losses.append([loss.item()])
    end = {name: flat(each) for name, each in parameters.items()}
    return {"program": "autoencoder", "batch": batch, "start": start, "losses": losses, "end": end}


write("programs.json", {"pytorch": VERSION}, "programs", [gan(), autoencoder()])
