"""Records what PyTorch's layers compute, for the tests to compare with.

    .venv/bin/python test/reference/layers.py

writes layers.json beside this file, in the environment and by the customs of record.py: for every layer and option
`cases`, the value in training and the gradients of its input and parameters under a fixed cotangent; and `runs`, several
steps of stochastic gradient descent on a net with batch normalization, with the loss, all parameters and states after
each, and what evaluation gives in the end.
"""

import platform

import torch
from torch import nn
from torch.nn import functional

from record import HERE, VERSION, compact, flat, wave


def fill(module):
    """Fixed numbers for all parameters: none 0, none alike."""
    for number, parameter in enumerate(module.parameters()):
        numbers = wave(list(parameter.shape), phase=1.0 + number)
        with torch.no_grad():
            parameter.copy_(torch.tensor(numbers, dtype=parameter.dtype).reshape(parameter.shape))


def case(layer, features, options, module, shape, indices=None, scale=2.0, dtype=torch.float64):
    module = module.to(dtype)
    module.train()
    fill(module)
    if indices is None:
        x = torch.tensor(wave(shape, scale=1.0), dtype=dtype).mul(scale).reshape(shape).requires_grad_(True)
    else:
        x = torch.tensor(indices, dtype=torch.int64).reshape(shape)
    value = module(x)
    cotangent = torch.tensor(wave(list(value.shape), phase=0.5), dtype=dtype).reshape(value.shape)
    value.backward(cotangent)
    name = f"{layer} {features} {compact(options)} of {shape}{'' if scale == 2.0 else f' times {scale}'}"
    return {
        "name": name,
        "layer": layer,
        "features": features,
        "options": options,
        "precision": "float32" if dtype == torch.float32 else "float64",
        "x": {"shape": shape, "data": flat(x), "element": "float" if indices is None else "int32"},
        "parameters": {key: flat(each) for key, each in module.named_parameters()},
        "cotangent": flat(cotangent),
        "value": {"shape": list(value.shape), "data": flat(value)},
        "gradients": {
            **({"x": flat(x.grad)} if indices is None else {}),
            **{key: flat(each.grad) for key, each in module.named_parameters()},
        },
    }


def embedding_cases():
    for count, features in [(1, 3), (3, 1), (5, 17), (17, 5)]:
        for shape in [[1], [3], [5, 3]]:
            total = torch.Size(shape).numel()
            indices = [(k * 7 + 2) % count for k in range(total)]
            for padding in dict.fromkeys([None, 0, -1, count // 2]):
                options = {} if padding is None else {"paddingIndex": padding}
                module = nn.Embedding(count, features, padding_idx=padding)
                yield case("embedding", [count, features], options, module, shape, indices)


def norm_cases():
    for features, lead in [([1], [3]), ([3], [1]), ([5], [17]), ([17], [5]), ([17], [3, 5]), ([3, 5], [3]), ([5], [])]:
        shape = lead + features
        for options in [{}, {"eps": 0.01}, {"affine": False}, {"bias": False}]:
            module = nn.LayerNorm(
                features,
                eps=options.get("eps", 1e-5),
                elementwise_affine=options.get("affine", True),
                bias=options.get("bias", True),
            )
            yield case("layerNorm", features, options, module, shape)
        for options in [{}, {"eps": 0.01}, {"affine": False}]:
            module = nn.RMSNorm(features, eps=options.get("eps"), elementwise_affine=options.get("affine", True))
            yield case("rmsNorm", features, options, module, shape)
    # The default eps is that of the type: it counts where the mean square is as small.
    yield case("rmsNorm", [5], {}, nn.RMSNorm(5), [3, 5], scale=1e-8)
    yield case("rmsNorm", [5], {}, nn.RMSNorm(5), [3, 5], scale=1e-4, dtype=torch.float32)


def batch_norm(features, options):
    return nn.BatchNorm1d(
        features,
        eps=options.get("eps", 1e-5),
        momentum=options.get("momentum", 0.1),
        affine=options.get("affine", True),
        track_running_stats=options.get("trackRunningStatistics", True),
    )


BATCH_NORMS = [
    {},
    {"eps": 0.01},
    {"momentum": 0.3},
    {"momentum": None},
    {"affine": False},
    {"trackRunningStatistics": False},
    {"affine": False, "trackRunningStatistics": False},
]


def batch_norm_cases():
    for shape in [[3, 1], [5, 3], [17, 5], [3, 17]]:
        for options in BATCH_NORMS:
            yield case("batchNorm", [shape[1]], options, batch_norm(shape[1], options), shape)


def image_cases():
    """Layers of images: features are what stands before the options."""
    own = {"paddingMode": "padding_mode", "outputPadding": "output_padding"}
    convolutions = [
        ("conv1d", nn.Conv1d, [3, 4, 3], {}, [2, 3, 8]),
        ("conv1d", nn.Conv1d, [4, 6, 5], {"padding": 2, "paddingMode": "reflect", "groups": 2}, [1, 4, 5]),
        ("conv1d", nn.Conv1d, [1, 2, 4], {"padding": "same", "paddingMode": "circular", "bias": False}, [3, 1, 6]),
        ("conv2d", nn.Conv2d, [3, 4, 3], {}, [2, 3, 5, 6]),
        ("conv2d", nn.Conv2d, [1, 3, [2, 3]], {"stride": [2, 1], "padding": [1, 2], "bias": False}, [2, 1, 5, 4]),
        ("conv2d", nn.Conv2d, [2, 4, 3], {"padding": 2, "paddingMode": "replicate", "dilation": 2}, [1, 2, 5, 5]),
        ("conv2d", nn.Conv2d, [2, 2, 3], {"padding": [1, 2], "paddingMode": "reflect"}, [1, 2, 3, 5]),
        ("conv2d", nn.Conv2d, [2, 2, 3], {"padding": 1, "paddingMode": "circular", "stride": 2}, [2, 2, 3, 4]),
        ("conv2d", nn.Conv2d, [3, 6, 3], {"padding": "same", "groups": 3}, [2, 3, 4, 5]),
        ("conv3d", nn.Conv3d, [2, 3, 2], {"padding": 1, "paddingMode": "replicate"}, [1, 2, 2, 3, 3]),
        ("convTranspose1d", nn.ConvTranspose1d, [3, 4, 3], {"stride": 2}, [2, 3, 4]),
        ("convTranspose2d", nn.ConvTranspose2d, [4, 6, 3], {"stride": 2, "padding": 1, "outputPadding": 1, "groups": 2}, [1, 4, 3, 3]),
        ("convTranspose2d", nn.ConvTranspose2d, [3, 2, 2], {"bias": False}, [2, 3, 3, 2]),
        ("convTranspose3d", nn.ConvTranspose3d, [2, 2, 2], {"stride": 2}, [1, 2, 2, 2, 3]),
    ]
    for name, make, features, options, shape in convolutions:
        named = {own.get(key, key): each for key, each in options.items()}
        yield case(name, features, options, make(*features, **named), shape)
    norms = {3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}
    for shape in [[3, 2, 5], [1, 3, 3, 4], [5, 1, 2, 3], [2, 2, 2, 3, 2]]:
        for options in [{}, {"eps": 0.01}, {"affine": False}, {"trackRunningStatistics": False}]:
            module = norms[len(shape)](
                shape[1],
                eps=options.get("eps", 1e-5),
                affine=options.get("affine", True),
                track_running_stats=options.get("trackRunningStatistics", True),
            )
            yield case("batchNorm2d", [shape[1]], options, module, shape)
    for shape, groups in [([3, 4], 2), ([2, 6, 5], 3), ([1, 4, 3, 5], 1), ([2, 3, 2, 3], 3)]:
        for options in [{}, {"eps": 0.01}, {"affine": False}]:
            affine = options.get("affine", True)
            module = nn.GroupNorm(groups, shape[1], eps=options.get("eps", 1e-5), affine=affine)
            yield case("groupNorm", [groups, shape[1]], options, module, shape)
    instances = {3: nn.InstanceNorm1d, 4: nn.InstanceNorm2d}
    for shape in [[2, 3, 5], [1, 2, 3, 4], [3, 1, 1, 2]]:
        for options in [{}, {"eps": 0.01}, {"affine": True}]:
            affine = options.get("affine", False)
            module = instances[len(shape)](shape[1], eps=options.get("eps", 1e-5), affine=affine)
            yield case("instanceNorm", [shape[1]], options, module, shape)


def states(net):
    parameters = {key: flat(each) for key, each in net.named_parameters()}
    return {"parameters": parameters, "state": {key: [float(n) for n in flat(each)] for key, each in net.named_buffers()}}


def run(options, twice):
    """first -> norm -> tanh -> second, where the norm may be applied again to what it gave."""
    net = nn.ModuleDict({"first": nn.Linear(4, 5), "norm": batch_norm(5, options), "second": nn.Linear(5, 2)}).double()
    fill(net)
    initial = states(net)

    def forward(x):
        h = net["norm"](net["first"](x))
        return net["second"](torch.tanh(net["norm"](h * 0.5 + 1) if twice else h))

    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    steps = []
    for number, rows in enumerate([5, 3, 17, 2, 5]):
        x = torch.tensor(wave([rows, 4], phase=number), dtype=torch.float64).reshape(rows, 4)
        y = torch.tensor(wave([rows, 2], phase=number + 0.5), dtype=torch.float64).reshape(rows, 2)
        net.train()
        optimizer.zero_grad()
        loss = functional.mse_loss(forward(x), y)
        loss.backward()
        optimizer.step()
        steps.append({"x": flat(x), "y": flat(y), "loss": loss.item(), **states(net)})
    net.eval()
    x = torch.tensor(wave([3, 4], phase=9), dtype=torch.float64).reshape(3, 4)
    evaluated = {"x": flat(x), "value": flat(forward(x))}
    name = f"{compact(options)}{' applied twice' if twice else ''}"
    return {"name": name, "options": options, "twice": twice, **initial, "steps": steps, "evaluated": evaluated}


def main():
    torch.set_num_threads(1)
    print(f"PyTorch {VERSION} on {platform.machine()}")
    cases = [*embedding_cases(), *norm_cases(), *batch_norm_cases(), *image_cases()]
    assert len({one["name"] for one in cases}) == len(cases), "two cases have one name"
    runs = [run(options, twice) for twice in [False, True] for options in BATCH_NORMS]
    lines = [f'"pytorch":{compact(VERSION)}']
    for key, rows in [("cases", cases), ("runs", runs)]:
        lines.append(f'"{key}":[\n' + ",\n".join(compact(row) for row in rows) + "\n]")
    (HERE / "layers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"layers.json: {len(cases)} cases, {len(runs)} runs, {(HERE / 'layers.json').stat().st_size} bytes")


if __name__ == "__main__":
    main()
