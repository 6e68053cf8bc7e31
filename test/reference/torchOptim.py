"""Records the optimizers of torch.optim that record.py does not: torchOptim.json.

    .venv/bin/python test/reference/torchOptim.py        with what record.py says

The net, its data and what is recorded are those of record.py. Numbers that PyTorch keeps beside a tensor (mu_product, eta,
mu) are doubles here, as optimc has them; it would keep them in float32. Muon iterates in the precision of the run instead of
bfloat16, by the same code; biases, which it does not take, are updated by AdamW. "spectral_unclamped" is not in this
version of PyTorch: its factor sqrt(rows / columns) is put in here. Numbers have 12 significant digits in float64.

Where a learning rate is an object, it is a schedule: {base, decay} is base / (1 + decay t), with t from 0.
"""

import math

import torch
from record import DATA, PARAMETERS, VERSION, snake_case, squared_error, write
from torch.optim import _muon

STEPS = [1, 2, 5, 6, 7, 10, 50, 100]  # the loss is recorded at all of these,
FULL = {"float64": {2, 6, 100}, "float32": {6, 100}}  # parameters and state at these

OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "adamax": torch.optim.Adamax,
    "adadelta": torch.optim.Adadelta,
    "rprop": torch.optim.Rprop,
    "asgd": torch.optim.ASGD,
    "adafactor": torch.optim.Adafactor,
    "muon": torch.optim.Muon,
}

DECAYING = {"base": 0.01, "decay": 0.05}

OPTIONS = {
    "adam": [{"lr": 0.01, "weightDecay": 0.1, "decoupledWeightDecay": True, "amsgrad": True}],
    "nadam": [
        {},
        {"lr": 0.003, "betas": [0.8, 0.95], "eps": 1e-6, "momentumDecay": 0.02},
        {"weightDecay": 0.1},
        {"lr": 0.01, "weightDecay": 0.1, "decoupledWeightDecay": True},
        {"lr": DECAYING, "maximize": True, "weightDecay": 0.05},
    ],
    "radam": [
        {},
        {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-6},
        {"betas": [0.9, 0.6], "weightDecay": 0.1},
        {"lr": 0.01, "weightDecay": 0.1, "decoupledWeightDecay": True},
        {"lr": 1e-4, "maximize": True, "weightDecay": 0.05},
    ],
    "adamax": [
        {},
        {"lr": 0.001, "betas": [0.8, 0.95], "eps": 0.5, "weightDecay": 0.1},
        {"maximize": True},
    ],
    "adadelta": [
        {},
        {"lr": 0.2, "rho": 0.95, "eps": 1e-5, "weightDecay": 0.1},
        {"maximize": True},
    ],
    "rprop": [
        {},
        {"lr": 1e-3, "etas": [0.3, 1.5], "stepSizes": [1e-4, 0.02]},
        {"lr": 1e-4, "etas": [0.5, 1.05], "maximize": True},
    ],
    "asgd": [
        {},
        {"lr": 0.02, "lambd": 0.05, "alpha": 0.6, "t0": 3},
        {"lr": DECAYING, "weightDecay": 0.1, "t0": 50, "lambd": 0.1},
        {"lr": 1e-4, "maximize": True},
    ],
    "adafactor": [
        {},
        {"lr": 0.05, "beta2Decay": -0.5, "weightDecay": 0.1},
        {"lr": 0.02, "eps": [2, 0.5], "d": 2},
        {"lr": DECAYING, "maximize": True, "d": 1.5},
    ],
    "muon": [
        {},
        {"lr": 0.003, "momentum": 0.8, "nesterov": False, "weightDecay": 0},
        {"lr": 0.01, "adjustLrFn": "match_rms_adamw", "nsSteps": 3, "eps": 1e-3},
        {"lr": 0.01, "adjustLrFn": "spectral_unclamped", "nsCoefficients": [2, -1.5, 0.5]},
    ],
}

torch.Tensor.bfloat16 = torch.Tensor.clone
clamped_ratio = _muon._adjust_lr


def adjust_lr(lr, function, shape):
    return lr * math.sqrt(shape[0] / shape[1]) if function == "spectral_unclamped" else clamped_ratio(lr, function, shape)


_muon._adjust_lr = adjust_lr


def make(name, parameters, arguments):
    """The optimizers of one run."""
    if name != "muon":
        return [OPTIMIZERS[name](parameters, foreach=False, **arguments)]
    function = arguments.pop("adjust_lr_fn", None)
    muon = torch.optim.Muon([each for each in parameters if each.ndim == 2], **arguments)
    muon.param_groups[0]["adjust_lr_fn"] = function
    return [muon, torch.optim.AdamW([each for each in parameters if each.ndim != 2], foreach=False)]


def flat(tensor):
    assert tensor.isfinite().all(), "a run diverges"
    digits = 9 if tensor.dtype == torch.float32 else 12
    return [float(f"{number:.{digits}g}") for number in tensor.detach().reshape(-1).tolist()]


SHARED = {"mu_product", "eta", "mu"}


def train(name, options, precision):
    """The recorded steps of one run. A step's loss is the one before its update, the rest stands after it."""

    def tensor(source):
        return torch.tensor(source["data"], dtype=getattr(torch, precision)).reshape(source["shape"])

    x, y = tensor(DATA["x"]), tensor(DATA["y"])
    parameters = {parameter: tensor(source).requires_grad_() for parameter, source in PARAMETERS.items()}
    schedule = options.get("lr") if isinstance(options.get("lr"), dict) else None
    arguments = {snake_case(key): value["base"] if value is schedule else value for key, value in options.items()}
    optimizers = make(name, list(parameters.values()), arguments)

    def state_of(parameter):
        return next(each.state[parameter] for each in optimizers if parameter in each.state)

    steps = []
    for step in range(1, STEPS[-1] + 1):
        for group in optimizers[0].param_groups if schedule else []:
            group["lr"] = schedule["base"] / (1 + schedule["decay"] * (step - 1))
        for parameter in parameters.values():
            parameter.grad = None
        loss = squared_error(parameters, x, y)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        if step in STEPS:
            record = {"step": step, "loss": flat(loss)[0]}
            if step in FULL[precision]:
                states = {each: state_of(value) for each, value in parameters.items()}
                record["parameters"] = {each: flat(value) for each, value in parameters.items()}
                record["state"] = {
                    each: {
                        key: flat(value)
                        for key, value in state.items()
                        if key != "step" and key not in SHARED and value is not None
                    }
                    for each, state in states.items()
                }
                kept = {key: value for key, value in states["hidden.weight"].items() if key in SHARED}
                record["shared"] = {key: value.item() for key, value in kept.items()}
            steps.append(record)
    return steps


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    runs = [
        {"optimizer": name, "options": options, "precision": precision, "steps": train(name, options, precision)}
        for name, sets in OPTIONS.items()
        for options in sets
        for precision in ("float64", "float32")
    ]
    write("torchOptim.json", {"pytorch": VERSION, "data": DATA, "parameters": PARAMETERS}, "runs", runs)
